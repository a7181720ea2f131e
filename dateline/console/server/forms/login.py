"""Logging in and out, and a user's own password."""

from __future__ import annotations

import time
from typing import Any

from psycopg import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dateline import log
from dateline.console.access.authentication import Access, LoginRefusal
from dateline.console.access.login_tries import MOST_WAITING, TRY_WINDOW_S, TURN_S
from dateline.console.access.middleware import DEVICE, cookie_header, device_header
from dateline.console.access.secrets import hash_of_password
from dateline.console.access.sessions import device_of, new_session
from dateline.console.prefix import prefixed
from dateline.console.rendering.wording import without_command
from dateline.console.request import MissingPageError, address
from dateline.console.server.console import Console
from dateline.errors import UsageError
from sql.service.access import change_user

SLOW = f"Too many wrong passwords: tries are slow for {TRY_WINDOW_S:.0f} s."

logger = log.get(__name__)


async def login_form(console: Console, request: Request) -> Response:
    """The form for a password."""
    return await _login_page(console, request)


async def log_in(console: Console, request: Request) -> Response:
    """Start a new session for the right password."""
    form = request.scope["form"]
    found = await _checked(console, request, form.get("user", "").strip(), form.get("password", ""))
    if not isinstance(found, Access):
        return await _login_page(console, request, found)
    answer = RedirectResponse(prefixed(local_path(request.query_params.get("next", "/"))), 303)
    if device_of(request.cookies.get(DEVICE, ""), console.key) is None:
        answer.headers.append("Set-Cookie", device_header(console.key))
    answer.headers.append("Set-Cookie", cookie_header(new_session(time.time(), state=found.state), console.key))
    return answer


async def _checked(console: Console, request: Request, name: str, password: str) -> Access | LoginRefusal:
    """Who has the password; tries are counted by device, or else by address."""
    client = request.client.host if request.client else ""
    device = device_of(request.cookies.get(DEVICE, ""), console.key)
    found = await console.authentication.log_in(device or client, name, password)
    if found == "wrong":
        logger.warning("wrong password for the console", address=client)
    return found


async def _login_page(console: Console, request: Request, refusal: LoginRefusal | None = None) -> Response:
    has_users = await console.reader.value("access", "any_user")
    ended = "Your session has ended, so nothing was changed. Log in, and send the form again."
    wrong = "Wrong user name or password." if has_users else "Wrong password."
    first = ended if "ended" in request.query_params else ""
    status, message = {None: (200, first), "slow": (429, SLOW)}.get(refusal, (403, wrong))
    wanted = local_path(request.query_params.get("next", "/"))
    page = await console.html(request, "login", status=status, next=wanted, message=message, has_users=has_users)
    return _slow_down(page)


def _slow_down(page: Response) -> Response:
    if page.status_code == 429:
        page.headers["Retry-After"] = f"{MOST_WAITING * TURN_S:.0f}"
    return page


async def log_out(console: Console, request: Request) -> Response:
    """End the session."""
    return RedirectResponse(
        address("/login"), 303, {"Set-Cookie": cookie_header(new_session(time.time()), console.key)}
    )


async def password_form(console: Console, request: Request) -> Response:
    """The form for a user's own password."""
    _require_user(request)
    return await console.html(request, "password", message="")


async def change_password(console: Console, request: Request) -> Response:
    """Set a user's own password. All sessions of the user end but this one, which is replaced."""
    form, user = request.scope["form"], _require_user(request)
    known = await _checked(console, request, user.name, form.get("current", ""))
    wanted = form.get("password", "")
    try:
        _require_own(user, known)
        _require_same(wanted, form.get("again", ""))
        await console.in_thread(lambda it: set_password(it, user.name, wanted))
    except UsageError as error:
        status = 429 if known == "slow" else 400
        return _slow_down(await console.html(request, "password", status=status, message=without_command(error)))
    found = await console.authentication.log_in("", user.name, wanted)
    session = new_session(time.time(), state=found.state if isinstance(found, Access) else "out")
    request.scope["session"] = session
    answer = console.done(request, address("/"), "Your password is changed. Your other sessions are over.")
    answer.headers.append("Set-Cookie", cookie_header(session, console.key))
    return answer


def _require_own(user: Access, known: Access | LoginRefusal) -> None:
    if not isinstance(known, Access) or known.user_id != user.user_id:
        raise UsageError(SLOW if known == "slow" else "The current password is wrong.")


def _require_same(password: str, again: str) -> None:
    if password != again:
        raise UsageError("The two new passwords differ. Enter the same one twice.")


def set_password(connection: Connection[Any], name: str, password: str) -> None:
    """Store a user's new password as a hash, which takes some 50 ms of CPU."""
    change_user(connection, "set_password", name, password_hash=hash_of_password(password))


def _require_user(request: Request) -> Access:
    """The user who asks. The password that all share is a setting, and a token has none."""
    access: Access = request.scope["access"]
    if access.user_id is None:
        raise MissingPageError("Only users have a password of their own, and you are not logged in as one.")
    return access


def local_path(wanted: str) -> str:
    """The path if it leads to a page of the console, else its first page: a login never leads to another site."""
    is_local = (
        wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() and "\\" not in wanted
    )
    return wanted if is_local else "/"


ROUTES = (
    ("/login", "GET", login_form),
    ("/login", "POST", log_in),
    ("/logout", "POST", log_out),
    ("/password", "GET", password_form),
    ("/password", "POST", change_password),
)
