"""Who may use the console: its users with their roles, and the tokens of programs. Operators alone see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.request import Ask
from sql.service.access import TokenRow, UserRow


@dataclass(frozen=True, slots=True)
class UserLine:
    """A user; the hash of the password stays in the database."""

    name: str
    role: str
    created_at: dt.datetime
    tokens: int


@dataclass(frozen=True, slots=True)
class UsersPage:
    """The data of the page; `trouble` is what is wrong with a form that was sent with this name."""

    title: str
    users: list[UserLine]
    trouble: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token without its secret, which was shown when it was made."""

    name: str
    user: str | None
    scope: str
    state: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TokensPage:
    """The data of the page; `trouble` is what is wrong with a form that was sent with this name."""

    title: str
    tokens: list[TokenLine]
    users: list[str]
    trouble: str = ""
    name: str = ""


async def read_users(ask: Ask) -> UsersPage:
    """All users, by name."""
    tokens = [one for one in await _tokens(ask) if one.state == "active"]
    return UsersPage(
        "Users",
        [
            UserLine(one.name, one.role, one.created_at, sum(token.user == one.name for token in tokens))
            for one in await ask.reader.rows(UserRow, "access", "users")
        ],
    )


async def read_tokens(ask: Ask) -> TokensPage:
    """All tokens, those that are accepted first."""
    tokens = sorted(await _tokens(ask), key=lambda one: (one.state != "active", one.name))
    return TokensPage("Tokens", tokens, [one.name for one in await ask.reader.rows(UserRow, "access", "users")])


async def _tokens(ask: Ask) -> list[TokenLine]:
    return [
        TokenLine(one.name, one.owner, one.scope, one.state(ask.now), one.created_at, one.expires_at, one.last_used_at)
        for one in await ask.reader.rows(TokenRow, "access", "tokens")
    ]
