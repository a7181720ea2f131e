"""Who may read without a session: programs that send the password with each request (RFC 7617), at the pace of the login."""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass, field
from typing import Literal

from dateline.console.access.sessions import Tries, is_password

Verdict = Literal["right", "wrong", "slow"]


@dataclass(slots=True)
class Passwords:
    """The console's password and the wrong tries at it, by device or address; they make the next ones slow, never impossible."""

    right: str = field(repr=False)
    tries: Tries = field(default_factory=Tries)

    async def judge(self, who: str, given: str) -> Verdict:
        """Whether a password is right; "slow" where it is wrong after too many wrong ones."""
        is_slow = self.tries.is_slow(who, time.time())
        has_turn = not is_slow or await self.tries.turn(who)
        if has_turn and self.right and is_password(given, self.right):
            return "right"
        self.tries.note_wrong(who, time.time())
        return "slow" if is_slow else "wrong"


def basic_password(header: str) -> str | None:
    """The password of an Authorization header of the scheme Basic, with any user name; None where there is none."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    _, colon, password = text.partition(":")
    return password if colon else None
