"""Passwords and tokens as they are made, hashed and recognised.

A token holds 256 random bits, which can't be guessed, so a plain SHA-256 keeps it (OWASP, Cryptographic Storage). A password is
chosen by a person, so Argon2id makes each guess expensive (RFC 9106; the parameters are argon2-cffi's defaults).
"""

from __future__ import annotations

import hashlib
import re
import secrets

from dateline.errors import UsageError
from dateline.log import TOKEN_PREFIX

SHORTEST, LONGEST = 8, 1_000
"""Characters of a password (NIST SP 800-63B, 3.1.1.2: at least eight)."""
_TOKEN = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}")


def new_token() -> str:
    """A fresh token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def is_token_like(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def hash_of_token(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def hash_of_password(password: str) -> str:
    """What is stored of a password; a UsageError where it is too short or too long."""
    from argon2 import PasswordHasher

    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"A password has {SHORTEST} to {LONGEST:,} characters; this one has {len(password):,}")
    return PasswordHasher().hash(password)


def is_password_of(password: str, stored: str) -> bool:
    """Whether the password is the one that was stored; takes some 50 ms of CPU either way."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(stored, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
