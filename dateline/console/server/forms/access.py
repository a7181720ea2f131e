"""Adding and removing users and tokens. An operator is always left who can do that."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from psycopg import Connection
from starlette.requests import Request
from starlette.responses import Response

from dateline.console.access.secrets import hash_of_password, hash_of_token, new_token
from dateline.console.pages.operations import access as pages
from dateline.console.rendering.wording import without_command
from dateline.console.request import address
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import UsageError
from dateline.text import storable_line
from sql.service.access import (
    ROLES,
    SCOPES,
    TokenScope,
    UserRole,
    add_token,
    add_user,
    change_user,
    list_users,
    lock_users,
    revoke_token,
)

DAYS = ("30", "90", "365", "")
"""After how many days a token expires; empty: never."""


async def change_users(console: Console, request: Request) -> Response:
    """Add a user, set a password or role, or remove one: what the form's `do` says."""
    form = request.scope["form"]
    try:
        said = await console.in_thread(lambda connection: _changed_user(console, connection, form))
    except UsageError as error:
        page = await pages.read_users(console.ask(request))
        wrong = dataclasses.replace(page, trouble=without_command(error), name=_line(form, "name"))
        return await console.html(request, "users", status=400, view=BY_NAME["users"], page=wrong)
    return console.done(request, address("/users"), said)


def _changed_user(console: Console, connection: Connection[Any], form: Mapping[str, str]) -> str:
    """What was done, in a sentence."""
    name, what, role = _line(form, "name"), form.get("do"), cast(UserRole, form.get("role"))
    _require_sound(form, what)
    if not console.settings.console_password and (what == "remove" or role == "reader"):
        _require_operator_beside(connection, name, is_new=what == "add")
    hashed = hash_of_password(form.get("password", "")) if what in ("add", "password") else ""
    match what:
        case "add":
            add_user(connection, name, role, hashed, now=console.clock())
            return f"{name} added ({role})."
        case "password":
            change_user(connection, "set_password", name, password_hash=hashed)
            return f"The password of {name} is another now, and the sessions of {name} are over."
        case "role":
            change_user(connection, "set_role", name, role=role)
            return f"{name} is {'an operator' if role == 'operator' else 'a reader'} now."
        case _:
            change_user(connection, "remove_user", name)
            return f"{name} removed, with all tokens and saved queries."


def _require_sound(form: Mapping[str, str], what: str | None) -> None:
    """A UsageError where the form lacks what is to be done, or its role or passwords are wrong."""
    if what not in ("add", "password", "role", "remove"):
        raise UsageError("Choose what to do with the user.")
    if what in ("add", "role") and form.get("role") not in ROLES:
        raise UsageError(f"Choose a role: {' or '.join(ROLES)}.")
    if what in ("add", "password") and form.get("password") != form.get("again"):
        raise UsageError("The two passwords differ. Enter the same one twice.")


def _require_operator_beside(connection: Connection[Any], name: str, *, is_new: bool) -> None:
    """A UsageError where no other user is an operator, which cannot change before this transaction ends."""
    lock_users(connection)
    if not any(one.role == "operator" and one.name != name for one in list_users(connection)):
        raise UsageError(
            "The first user must be an operator."
            if is_new
            else "This is the last operator. Make another user an operator first."
        )


async def make_token(console: Console, request: Request) -> Response:
    """Make a token and show it this once."""
    form, now, made = request.scope["form"], console.clock(), new_token()
    name, days = _line(form, "name"), form.get("days", "90")
    try:
        owner, scope, ends = _line(form, "user") or None, _scope_of(form), _end_of(days, now)
        await console.in_thread(
            lambda it: add_token(it, name, scope, hash_of_token(made), owner=owner, expires_at=ends, now=now),
        )
    except UsageError as error:
        page = await pages.read_tokens(console.ask(request))
        wrong = dataclasses.replace(page, trouble=without_command(error), name=name)
        return await console.html(request, "tokens", status=400, view=BY_NAME["tokens"], page=wrong)
    said = f"Token {name} made. Copy it now, since it is not shown again. Programs send it as Authorization: Bearer"
    return console.done(request, address("/tokens"), said, code=made)


def _scope_of(form: Mapping[str, str]) -> TokenScope:
    if form.get("scope") not in SCOPES:
        raise UsageError(f"Choose a scope: {' or '.join(SCOPES)}.")
    return cast(TokenScope, form["scope"])


def _end_of(days: str, now: dt.datetime) -> dt.datetime | None:
    if days not in DAYS:
        raise UsageError("Choose when the token expires.")
    return now + dt.timedelta(days=int(days)) if days else None


async def revoke(console: Console, request: Request) -> Response:
    """Let a token be refused from now on."""
    name = _line(request.scope["form"], "name")
    try:
        await console.in_thread(lambda connection: revoke_token(connection, name, now=console.clock()))
    except UsageError:
        return console.done(request, address("/tokens"), f"No active token is called “{name}”.", is_bad=True)
    return console.done(request, address("/tokens"), f"Token {name} is refused from now on.")


def _line(form: Mapping[str, str], name: str) -> str:
    return storable_line(form.get(name, ""), 200)


ROUTES = (
    ("/users/change", "POST", change_users),
    ("/tokens/add", "POST", make_token),
    ("/tokens/revoke", "POST", revoke),
)
