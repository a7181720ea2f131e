"""The checks before every page (host name, session, password, form token, form size) and its security headers.

Sources: OWASP cheat sheets (CSRF Prevention, HTTP Headers), CSP Level 3.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dateline.console.access.origin import is_same_origin
from dateline.console.access.passwords import Passwords, basic_password
from dateline.console.access.sessions import (
    LIFE_S,
    MOST_WAITING,
    TURN_S,
    Session,
    cookie_of,
    device_cookie,
    is_token,
    new_session,
    session_of,
)
from dateline.console.prefix import prefixed
from scheduler.processes.http_server import is_own_host

COOKIE, DEVICE = "dateline_console", "dateline_device"
DEVICE_LIFE_S = 400 * 86_400
MAX_FORM = 256 * 1024
"""Bytes of a form: a query of the SQL page is the largest, but for a file of sources."""
MOST_FIELDS = 5_000
"""Of a form: one for each source that is ticked."""
LARGE_FORMS = {"/sources/import": 8 * 1024 * 1024}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN = ("/static/", "/login", "/healthz", "/robots.txt", "/favicon.ico")


class Guard:
    """An ASGI application that passes on only permitted requests."""

    def __init__(self, app: ASGIApp, *, key: bytes, passwords: Passwords, names: Collection[str]) -> None:
        self._app, self._key, self._passwords = app, key, passwords
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on with `scope["session"]` and, for a form, `scope["form"]`."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        known = session_of(request.cookies.get(COOKIE, ""), self._key, now=time.time())
        session = known or new_session(time.time())
        scope["session"] = session
        refusal = await self._refusal(request, session)
        send = _with_headers(scope, send, None if known else cookie_header(session, self._key))
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, request: Request, session: Session) -> Response | None:
        """Why a request is not let through."""
        headers, path = request.headers, request.url.path
        if not is_own_host(headers.get("host", ""), self._names):
            return PlainTextResponse("Unknown host name. Add it to DATELINE_CONSOLE_HOSTS.\n", 421)
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Method not allowed. Use GET or POST.\n", 405, {"Allow": "GET, HEAD, POST"})
        if self._passwords.right and not session.is_in and not path.startswith(OPEN):
            return await self._password_refusal(request)
        return await self._form_refusal(request, session, headers) if request.method == "POST" else None

    async def _password_refusal(self, request: Request) -> Response | None:
        """None for a program that sends the password, or for a watch's feed at its secret address, whose key is checked there."""
        if not is_for_programs(request):
            return _ask_password(request)
        if is_secret_feed(request):
            return None
        given = basic_password(request.headers.get("authorization", ""))
        if given is None:
            return _ask_password(request)
        verdict = await self._passwords.judge(request.client.host if request.client else "", given)
        return None if verdict == "right" else _ask_password(request, is_slow=verdict == "slow")

    async def _form_refusal(self, request: Request, session: Session, headers: Headers) -> Response | None:
        if not is_same_origin(headers.get("origin", f"http://{headers['host']}"), headers["host"]):
            return PlainTextResponse("Forms from other sites are not accepted.\n", 403)
        most = LARGE_FORMS.get(request.url.path, MAX_FORM)
        body = await _body(request, most)
        if body is None:
            return PlainTextResponse(f"Form too large: at most {most} bytes.\n", 413)
        form = _fields(body)
        if form is None:
            return PlainTextResponse(f"Form too large: at most {MOST_FIELDS:,} fields.\n", 413)
        request.scope["form"] = form
        if not is_token(form.get("token", ""), session, self._key):
            return PlainTextResponse("This form has expired. Go back, reload the page, and send it again.\n", 403)
        return None


async def _body(request: Request, most: int) -> bytes | None:
    """The form's bytes; None where they are too many."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _fields(body: bytes) -> dict[str, str] | None:
    """The fields of an urlencoded form, the last of each name; None where they are too many."""
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return None


def is_for_programs(request: Request) -> bool:
    """Whether a request is for data, which programs read: it may bring the password with it. Forms never may."""
    is_data = request.url.path.endswith((".json", ".csv", ".jsonl", ".atom")) or request.url.path == "/export"
    return is_data and request.method in ("GET", "HEAD")


def is_secret_feed(request: Request) -> bool:
    """Whether a watch's feed is asked for with a key."""
    path = request.url.path
    return path.startswith("/watches/") and path.endswith(".atom") and bool(request.query_params.get("key"))


def _ask_password(request: Request, *, is_slow: bool = False) -> Response:
    """A way to the login for people; a 401 (429 after many wrong passwords) for programs."""
    if is_slow:
        wait = f"{MOST_WAITING * TURN_S:.0f}"
        return PlainTextResponse("Too many wrong passwords. Try again later.\n", 429, {"Retry-After": wait})
    is_browser = "text/html" in request.headers.get("accept", "")
    if request.method == "POST" or (is_for_programs(request) and not is_browser):
        said = f"Password required: send it (HTTP Basic, any user name), or log in at {prefixed('/login')}\n"
        return PlainTextResponse(said, 401, {"WWW-Authenticate": 'Basic realm="Dateline", charset="UTF-8"'})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(prefixed(f"/login?{urlencode({'next': wanted})}"), 303)


def device_header(key: bytes) -> str:
    """Set-Cookie for a device where the password was given."""
    return f"{DEVICE}={device_cookie(key)}; Path={prefixed('/login')}; Max-Age={DEVICE_LIFE_S}; HttpOnly; SameSite=Lax"


def cookie_header(session: Session, key: bytes) -> str:
    """Set-Cookie for a session. Without `Secure`, which would shut out a console on plain loopback HTTP."""
    return (
        f"{COOKIE}={cookie_of(session, key)}; Path={prefixed('') or '/'}; Max-Age={LIFE_S:.0f}; HttpOnly; SameSite=Lax"
    )


def _with_headers(scope: Scope, send: Send, cookie: str | None) -> Send:
    is_static = scope["path"].startswith("/static/")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "max-age=86400, immutable" if is_static else "no-store")
            if cookie and not is_static and "set-cookie" not in headers:
                headers.append("Set-Cookie", cookie)
        await send(message)

    return sending
