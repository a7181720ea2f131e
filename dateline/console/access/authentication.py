"""Who asks: a session's user, a program with a token (Bearer, RFC 6750) or a password (Basic, RFC 7617), and what each may do."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dateline import log
from dateline.clock import Clock
from dateline.console.access.login_tries import Tries
from dateline.console.access.request_budget import RequestBudget
from dateline.console.access.secrets import LONGEST, hash_of_password, hash_of_token, is_password_of, is_token_like
from dateline.console.access.sessions import Session, is_password
from dateline.errors import DatabaseError
from dateline.text import SHORT_NAME
from sql.analysts.console_actions import Writer
from sql.search.reading import Reader
from sql.service.access import TokenRow, UserRole, UserRow

LoginRefusal = Literal["wrong", "slow", "busy"]
"""Why somebody is not known: wrong secret, wrong ones too often, or a right one that asks too often."""
NOTED_EVERY_S = 600.0
"""Seconds between two notes of a token's last use: reading should not write each time."""
HASHES_AT_ONCE = 2
"""Argon2 takes 64 MiB and some 50 ms of CPU each."""
MOST_KNOWN = 100
_BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and what they may do; the name is empty with the shared password and without a login."""

    role: UserRole
    name: str = ""
    state: str = "in"
    """What the cookie of a session says of them."""
    user_id: int | None = None
    """The user, or the one that a token belongs to."""
    owner: str = ""
    """Whose its jobs and exports are. A later user or token of the same name has another one."""
    may_sql: bool = True
    """Whether it may run SQL, read-only."""


ANYONE = Access("operator")


@dataclass(slots=True)
class Authentication:
    """Recognises people and programs. Wrong passwords make the next tries slow, never impossible."""

    password: str = field(repr=False)
    reader: Reader
    writer: Writer
    clock: Clock
    is_exposed: bool
    """Whether others than this machine can reach the console: then it is never open."""
    budget: RequestBudget
    tries: Tries = field(default_factory=Tries)
    _known: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)
    _salt: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))

    async def is_open(self, *, to_programs: bool = False) -> bool:
        """Whether everyone may come in: no password, no user, and, for the interface of programs, no token."""
        if self.password or self.is_exposed:
            return False
        return not await self.reader.value("access", "any_user_or_token" if to_programs else "any_user")

    async def of_session(self, session: Session) -> Access | None:
        """Who logged in; None for a user that was removed or has another password now."""
        if session.state == "in" and self.password:
            return Access("operator")
        number, dash, _ = session.state.removeprefix("u").partition("-")
        if not dash:
            return None
        user = await self.reader.row(UserRow, "access", "user_numbered", {"id": int(number)})
        return _as_access(user) if user is not None and _as_access(user).state == session.state else None

    async def of_headers(self, headers: Sequence[str], client: str) -> Access | LoginRefusal | None:
        """Who the Authorization headers name; None where there are none. Two of them are refused."""
        if not headers:
            return None
        bearer = _BEARER.fullmatch(headers[0])
        credentials = basic_credentials(headers[0])
        if len(headers) > 1 or (bearer is None and credentials is None):
            return "wrong"
        found = await (self._of_token(bearer[1]) if bearer else self.log_in(client, *(credentials or ("", ""))))
        if isinstance(found, Access) and found.name and not self.budget.takes(found.name, time.monotonic()):
            return "busy"
        return found

    async def _of_token(self, token: str) -> Access | LoginRefusal:
        """What a token opens. Found by its hash, so that the time it takes says nothing of it."""
        if not is_token_like(token):
            return "wrong"
        row = await self.reader.row(TokenRow, "access", "token_of_hash", {"token_hash": hash_of_token(token)})
        now = self.clock()
        if row is None or row.state(now) != "active":
            return "wrong"
        if row.last_used_at is None or (now - row.last_used_at).total_seconds() > NOTED_EVERY_S:
            await self._note_use(row)
        return Access(
            row.role,
            f"token {row.name}",
            user_id=row.owner_id,
            owner=f"token {row.id}",
            may_sql=row.scope != "read",
        )

    async def _note_use(self, row: TokenRow) -> None:
        try:
            await self.writer.note_token_use(row.id, self.clock())
        except DatabaseError as error:  # reading goes on where nothing can be written
            logger.debug("the use of a token was not noted", token=row.name, error=str(error))

    async def log_in(self, who: str, name: str, given: str) -> Access | LoginRefusal:
        """Who has this password: with the shared one anyone, under any name, else the user."""
        is_slow = self.tries.is_slow(who, time.time())
        has_turn = not is_slow or await self.tries.turn(who)
        found = await self._with_password(name, given) if has_turn else None
        if found is not None:
            return found
        self.tries.note_wrong(who, time.time())
        return "slow" if is_slow else "wrong"

    async def _with_password(self, name: str, given: str) -> Access | None:
        if self.password and is_password(given, self.password):
            return Access("operator")
        if not SHORT_NAME.fullmatch(name) or len(given) > LONGEST or not await self.reader.value("access", "any_user"):
            return None
        user = await self.reader.row(UserRow, "access", "user_named", {"name": name})
        is_right = await self._is_right(name, given, user.password_hash if user else _unknown_hash())
        return _as_access(user) if user is not None and is_right else None

    async def _is_right(self, name: str, given: str, stored: str) -> bool:
        """Whether a password fits; the last right ones are remembered as hashes, since programs send them each time."""
        mark = hashlib.sha256(
            b"\0".join((self._salt, name.encode(), stored.encode(), given.encode("utf-8", "replace")))
        )
        if mark.digest() in self._known:
            return True
        async with self._hashing:
            is_right = await asyncio.to_thread(is_password_of, given, stored)
        if is_right:
            self._known[mark.digest()] = None
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return is_right


def _as_access(user: UserRow) -> Access:
    mark = hashlib.sha256(user.password_hash.encode()).hexdigest()[:24]
    return Access(user.role, user.name, f"u{user.id}-{mark}", user.id, f"user {user.id}")


_UNKNOWN: list[str] = []


def _unknown_hash() -> str:
    """The hash of no password: an unknown name must take as long as a known one."""
    if not _UNKNOWN:
        _UNKNOWN.append(hash_of_password(os.urandom(16).hex()))
    return _UNKNOWN[0]


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User name and password of an Authorization header of the scheme Basic; None where there are none."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None
