"""Sessions of the console: signed cookies, the forms' tokens, and the pace of tries at the password. Pure.

A cookie is `ID.ISSUED.in|out.MAC`; nothing is kept on the server. The key changes with the password, so a new password ends
every session. A form's token is another MAC over the same ID (OWASP, Cross-Site Request Forgery Prevention, HMAC-based tokens).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field

LIFE_S = 12 * 3600.0
TRIES = 5
"""Wrong passwords from one address within TRY_WINDOW_S before it has to wait; ten times as many from all together."""
TRY_WINDOW_S = 60.0
MAX_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks: an id drawn by chance, since when, and whether the password was given."""

    id: str
    issued_at: float
    is_in: bool


def new_session(now: float, *, is_in: bool = False) -> Session:
    """A session with a fresh id; a login starts a new one, against session fixation."""
    return Session(secrets.token_urlsafe(18), now, is_in)


def session_key(secret: bytes, password: str) -> bytes:
    """The key that signs sessions under this password."""
    return hmac.digest(secret, b"session\0" + password.encode(), "sha256")


def cookie_of(session: Session, key: bytes) -> str:
    """The session as its cookie holds it."""
    body = f"{session.id}.{session.issued_at:.0f}.{'in' if session.is_in else 'out'}"
    return f"{body}.{_mac(key, 'cookie', body)}"


def session_of(cookie: str, key: bytes, *, now: float) -> Session | None:
    """The session that a cookie names; None where its signature is wrong or its time is over."""
    body, _, mac = cookie.rpartition(".")
    if not hmac.compare_digest(_mac(key, "cookie", body).encode(), mac.encode("utf-8", "replace")):
        return None
    session_id, issued, state = body.split(".")
    session = Session(session_id, float(issued), state == "in")
    return session if 0 <= now - session.issued_at + 60 < LIFE_S + 60 else None


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


@dataclass(slots=True)
class Tries:
    """Wrong passwords of the last minute, by address and in all."""

    of: dict[str, deque[float]] = field(default_factory=dict)
    all: deque[float] = field(default_factory=deque)

    def wait_s(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0 is now."""
        mine = self.of.get(address, deque())
        return max(_wait_s(mine, TRIES, now), _wait_s(self.all, 10 * TRIES, now))

    def note_wrong(self, address: str, now: float) -> None:
        """Remember a wrong password."""
        if len(self.of) >= MAX_ADDRESSES:
            self.of.clear()
        for tries in (self.of.setdefault(address, deque()), self.all):
            tries.append(now)
            while tries[0] <= now - TRY_WINDOW_S:
                tries.popleft()


def _wait_s(tries: deque[float], limit: int, now: float) -> float:
    late = [at for at in tries if at > now - TRY_WINDOW_S]
    return late[-limit] + TRY_WINDOW_S - now if len(late) >= limit else 0.0
