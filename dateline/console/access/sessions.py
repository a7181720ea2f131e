"""Sessions of the console: signed cookies, how long they last, and the forms' tokens.

A cookie is `ID.ISSUED.STATE.MAC`; nothing is kept on the server. STATE is `out`, `in` (the shared password was given) or a user's
number and mark. The key changes with the shared password and the mark with the user's, so a new password ends its sessions.
A form's token is another MAC over the same ID (OWASP, Cross-Site Request Forgery Prevention, HMAC-based tokens).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

LIFE_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks: an id drawn by chance, since when, and who logged in (`in`: with the shared password; `out`: no one)."""

    id: str
    issued_at: float
    state: str


def new_session(now: float, *, state: str = "out") -> Session:
    """A session with a fresh id; a login starts a new one, against session fixation."""
    return Session(secrets.token_urlsafe(18), now, state)


def session_key(secret: bytes, password: str) -> bytes:
    """The key that signs sessions under this password."""
    return hmac.digest(secret, b"session\0" + password.encode(), "sha256")


def cookie_of(session: Session, key: bytes) -> str:
    """The session as its cookie holds it."""
    body = f"{session.id}.{session.issued_at:.0f}.{session.state}"
    return f"{body}.{_mac(key, 'cookie', body)}"


def session_of(cookie: str, key: bytes, *, now: float) -> Session | None:
    """The session that a cookie names; None where its signature is wrong or its time is over.

    One from the future is valid as long: the clock was set back since.
    """
    body, _, mac = cookie.rpartition(".")
    if not hmac.compare_digest(_mac(key, "cookie", body).encode(), mac.encode("utf-8", "replace")):
        return None
    session_id, issued, state = body.split(".")
    session = Session(session_id, float(issued), state)
    return session if abs(now - session.issued_at) < LIFE_S else None


def token_of(session: Session, key: bytes) -> str:
    """What a form of this session has to bring back."""
    return _mac(key, "form", session.id)


def is_token(token: str, session: Session, key: bytes) -> bool:
    """Whether a form's token is this session's."""
    return hmac.compare_digest(token_of(session, key).encode(), token.encode("utf-8", "replace"))


def is_password(given: str, wanted: str) -> bool:
    """Whether a password is the right one; takes as long for a wrong one, whatever its length."""
    return hmac.compare_digest(*(hashlib.sha256(one.encode("utf-8", "replace")).digest() for one in (given, wanted)))


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode("utf-8", "replace"), "sha256").hexdigest()


def device_cookie(key: bytes) -> str:
    """A new device's cookie: `ID.MAC`. It proves that the password was given there once, and opens nothing by itself."""
    name = secrets.token_urlsafe(18)
    return f"{name}.{_mac(key, 'device', name)}"


def device_of(cookie: str, key: bytes) -> str | None:
    """The device that a cookie names; None where its signature is wrong."""
    name, _, mac = cookie.rpartition(".")
    is_ours = hmac.compare_digest(_mac(key, "device", name).encode(), mac.encode("utf-8", "replace"))
    return name if is_ours and name else None
