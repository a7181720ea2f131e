"""Users of the console and tokens for programs: stored as hashes only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row

from dateline.errors import UsageError
from dateline.text import SHORT_NAME
from sql import query

UserRole = Literal["reader", "operator"]
TokenScope = Literal["read", "sql", "operate"]
ROLES: tuple[UserRole, ...] = ("reader", "operator")
SCOPES: tuple[TokenScope, ...] = ("read", "sql", "operate")
"""Each may do what those before it may."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user of the console."""

    id: int
    name: str
    role: UserRole
    password_hash: str = field(repr=False)
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token without its secret; `owner` is the user that it belongs to."""

    id: int
    name: str
    owner_id: int | None
    owner: str | None
    owner_role: UserRole | None
    scope: TokenScope
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    @property
    def role(self) -> UserRole:
        """What it may do: what its scope says, and never more than its owner."""
        return "operator" if self.scope == "operate" and self.owner_role in (None, "operator") else "reader"

    def state(self, now: dt.datetime) -> Literal["active", "expired", "revoked"]:
        """Whether it is accepted."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


def checked_name(name: str) -> str:
    """The name of a user or token; a UsageError where it can't be one."""
    if not SHORT_NAME.fullmatch(name):
        raise UsageError(
            f"Invalid name {name[:100]!r}: use lower-case letters, digits, dots, underscores and hyphens, and begin with a"
            " letter or digit",
            subject=name[:100],
        )
    return name


def add_user(
    connection: psycopg.Connection[Any], name: str, role: UserRole, password_hash: str, *, now: dt.datetime
) -> None:
    """Add a user; a UsageError where the name is taken."""
    params = {"name": checked_name(name), "role": role, "password_hash": password_hash, "now": now}
    if connection.execute(query("access", "add_user"), params).fetchone() is None:
        raise UsageError(
            f"There is a user {name!r} already", advice=f"`dateline user password {name}` changes the password"
        )


def list_users(connection: psycopg.Connection[Any]) -> list[UserRow]:
    """All users by name."""
    with connection.cursor(row_factory=class_row(UserRow)) as cur:
        return cur.execute(query("access", "users")).fetchall()


def change_user(
    connection: psycopg.Connection[Any],
    what: Literal["remove_user", "set_password", "set_role"],
    name: str,
    **more: str,
) -> None:
    """Remove a user with all tokens, or set a password or role; a UsageError where there is no such user."""
    if not SHORT_NAME.fullmatch(name) or not connection.execute(query("access", what), {"name": name, **more}).rowcount:
        raise _no_user(name)


def _no_user(name: str) -> UsageError:
    return UsageError(f"Unknown user {name[:100]!r}", subject=name[:100], advice="`dateline user list` shows the names")


def lock_users(connection: psycopg.Connection[Any]) -> None:
    """Wait for others who change users, and let them wait until this transaction ends."""
    connection.execute(query("access", "lock_users"))


def add_token(
    connection: psycopg.Connection[Any],
    name: str,
    scope: TokenScope,
    token_hash: bytes,
    *,
    owner: str | None,
    expires_at: dt.datetime | None,
    now: dt.datetime,
) -> None:
    """Add a token; a UsageError where its name is taken, or where its owner is unknown or may do less than the token."""
    user = next((one for one in list_users(connection) if one.name == owner), None)
    if owner is not None and user is None:
        raise _no_user(owner)
    if user is not None and user.role == "reader" and scope == "operate":
        raise UsageError(
            f"User {user.name} is a reader, so its tokens can't have scope operate", advice="Use --scope read"
        )
    params = {"name": checked_name(name), "scope": scope, "token_hash": token_hash, "now": now}
    params |= {"user_id": user.id if user else None, "expires_at": expires_at}
    if connection.execute(query("access", "add_token"), params).fetchone() is None:
        raise UsageError(
            f"There is a token {name!r} already. Revoke it first", advice=f"`dateline token revoke {name}` does so"
        )


def list_tokens(connection: psycopg.Connection[Any]) -> list[TokenRow]:
    """All tokens by name, revoked ones included."""
    with connection.cursor(row_factory=class_row(TokenRow)) as cur:
        return cur.execute(query("access", "tokens")).fetchall()


def revoke_all(connection: psycopg.Connection[Any], *, now: dt.datetime) -> int:
    """Revoke every token; how many were not revoked before."""
    return connection.execute(query("access", "revoke_all"), {"now": now}).rowcount


def revoke_token(connection: psycopg.Connection[Any], name: str, *, now: dt.datetime) -> None:
    """Let a token be refused from now on; a UsageError where no valid token has this name."""
    params = {"name": name, "now": now}
    if not SHORT_NAME.fullmatch(name) or not connection.execute(query("access", "revoke_token"), params).rowcount:
        raise UsageError(
            f"Unknown token {name[:100]!r}", subject=name[:100], advice="`dateline token list` shows the names"
        )
