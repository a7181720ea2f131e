"""The checks before every page (host name, who asks, role, form token, form size) and its security headers.

Sources: OWASP cheat sheets (CSRF Prevention, HTTP Headers), CSP Level 3.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dateline import log
from dateline.api.problems import problem
from dateline.console.access.authentication import ANYONE, Access, Authentication, LoginRefusal
from dateline.console.access.login_tries import MOST_WAITING, TURN_S
from dateline.console.access.origin import is_same_origin
from dateline.console.access.secrets import is_token_like
from dateline.console.access.sessions import (
    LIFE_S,
    Session,
    cookie_of,
    device_cookie,
    is_token,
    new_session,
    session_of,
)
from dateline.console.prefix import cookie_place, prefixed
from dateline.console.rendering import render
from dateline.errors import DatabaseError
from scheduler.processes.http_server import is_own_host

COOKIE, DEVICE = "dateline_console", "dateline_device"
DEVICE_LIFE_S = 400 * 86_400
MAX_FORM = 256 * 1024
"""Bytes of a form: a query of the SQL page is the largest, but for a file of sources."""
MOST_FIELDS = 5_000
"""Of a form: one for each source that is ticked."""
LARGE_FORMS = {"/sources/import": 8 * 1024 * 1024, "/names/import": 8 * 1024 * 1024}
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
OPEN = ("/static/", "/login", "/healthz", "/robots.txt", "/favicon.ico", "/api/v1/openapi.json")


API = "/api/"
"""The interface for programs: no forms, its own error bodies, and its own check of scopes."""
READERS_FORMS = (
    *("/login", "/logout", "/password", "/sql", "/sql.json", "/sql.csv", "/sql/cancel"),
    *("/saved/save", "/saved/rename", "/saved/remove"),
)
OPERATORS_PAGES = (
    *("/sources/new", "/sources/edit", "/sources/import"),
    *(f"/{name}{end}" for name in ("users", "tokens") for end in ("", ".json", ".csv")),
)
CHALLENGE = 'Basic realm="Dateline", charset="UTF-8", Bearer realm="Dateline"'

logger = log.get(__name__)


class Guard:
    """An ASGI application that passes on only permitted requests."""

    def __init__(self, app: ASGIApp, *, key: bytes, authentication: Authentication, names: Collection[str]) -> None:
        self._app, self._key, self._authentication = app, key, authentication
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on with `scope["session"]`, `scope["access"]` and, for a form, `scope["form"]`."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        known = session_of(request.cookies.get(COOKIE, ""), self._key, now=time.time())
        session = known or new_session(time.time())
        scope["session"], scope["access"] = session, None
        try:
            refusal = await self._refusal(request, session)
        except DatabaseError as error:
            refusal = _refused(request, 503, f"{str(error)[:1].upper()}{str(error)[1:]}. Try again.")
        is_silent = known is not None or request.url.path.startswith(API)
        send = _with_headers(scope, send, None if is_silent else cookie_header(session, self._key))
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, request: Request, session: Session) -> Response | None:
        """Why a request is not let through."""
        headers, path = request.headers, request.url.path
        if not is_own_host(headers.get("host", ""), self._names):
            return _refused(request, 421, "Unknown host name. Add it to DATELINE_CONSOLE_HOSTS.")
        if request.method not in ("GET", "HEAD", "POST") and not path.startswith(API):
            return PlainTextResponse("Method not allowed. Use GET or POST.\n", 405, {"Allow": "GET, HEAD, POST"})
        if any(map(is_token_like, request.query_params.values())):
            return _unauthorized(request, IN_ADDRESS)
        if not path.startswith(OPEN):
            found = await self._access(request, session)
            if not isinstance(found, Access):
                # a watch's feed at its secret address needs no more: its key is checked there
                wait_s = self._authentication.budget.wait_s
                return None if is_secret_feed(request) else _ask_password(request, found, wait_s)
            request.scope["access"] = found
            if found.role != "operator" and is_for_operators(request):
                return _refused(request, 403, "Only operators may do this, and you are a reader.")
        if request.method != "POST":
            return None
        refusal = await self._form_refusal(request, session, headers)
        if refusal is None and (by := request.scope["access"]) is not None:
            logger.info("asked to change something", by=by.name or "the shared password", path=path[:200])
        return refusal

    async def _access(self, request: Request, session: Session) -> Access | LoginRefusal | None:
        """Who asks; None where it is not known."""
        path = request.url.path
        if is_for_programs(request):
            client = request.client.host if request.client else ""
            is_api = path.startswith(API)
            given = request.headers.getlist("authorization")
            if given and (is_api or _is_bearer(given) or not await self._authentication.is_open()):
                return await self._authentication.of_headers(given, client)
            if is_api and request.method not in ("GET", "HEAD"):
                # a browser sends cookies by itself, so they change nothing here
                return ANYONE if await self._authentication.is_open(to_programs=True) else None
            if is_api and await self._authentication.is_open(to_programs=True):
                return ANYONE
        else:
            is_api = False
        if (known := await self._authentication.of_session(session)) is not None:
            return known
        return ANYONE if not is_api and await self._authentication.is_open() else None

    async def _form_refusal(self, request: Request, session: Session, headers: Headers) -> Response | None:
        if not is_same_origin(headers.get("origin", f"http://{headers['host']}"), headers["host"]):
            return _refused(request, 403, "Forms from other sites are not accepted.")
        if request.url.path.startswith(API):
            return None
        most = LARGE_FORMS.get(request.url.path, MAX_FORM)
        body = await _body(request, most)
        if body is None:
            return _refused(request, 413, f"Form too large: at most {most} bytes.")
        form = _fields(body)
        if form is None:
            return _refused(request, 413, f"Form too large: at most {MOST_FIELDS:,} fields.")
        request.scope["form"] = form
        if not is_token(form.get("token", ""), session, self._key):
            return _refused(request, 403, "This form has expired. Go back, reload the page, and send it again.")
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
    """Whether a request is for data, which programs read: it may bring a token or password with it. Forms never may."""
    path = request.url.path
    is_data = path.endswith((".json", ".csv", ".jsonl", ".atom")) or path == "/export"
    return path.startswith(API) or (is_data and request.method in ("GET", "HEAD"))


def is_for_operators(request: Request) -> bool:
    """Whether a reader may not have this: all forms but a few, and the pages that hold only forms."""
    path = request.url.path
    if path.startswith(API):
        return False
    return path in OPERATORS_PAGES if request.method != "POST" else path not in READERS_FORMS


def _is_bearer(given: list[str]) -> bool:
    return any(one.lower().startswith("bearer") for one in given)


def is_secret_feed(request: Request) -> bool:
    """Whether a watch's feed is asked for with a key."""
    path = request.url.path
    return path.startswith("/watches/") and path.endswith(".atom") and bool(request.query_params.get("key"))


IN_ADDRESS = (
    "A token in an address ends up in logs and histories. Revoke it (`dateline token revoke NAME`), make another, and send"
    " that in the header Authorization."
)


def _form_of(request: Request) -> str:
    """The path of the page that a form was sent from; the first page where a browser does not say, or says no address."""
    try:
        form = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    return form._replace(scheme="", netloc="", fragment="").geturl().removeprefix(prefixed("")) or "/"


def _ask_password(request: Request, why: LoginRefusal | None, wait_s: int) -> Response:
    """A way to the login for people; a 401 for programs, or a 429 after many wrong passwords or too many requests."""
    if why in ("slow", "busy"):
        return _too_many(request, why, wait_s)
    is_browser = "text/html" in request.headers.get("accept", "")
    is_api = request.url.path.startswith(API)
    if not is_for_programs(request) and request.method == "POST":
        if is_browser or "hx-request" in request.headers:  # a 401 would open the browser's own dialog over the form
            return RedirectResponse(prefixed(f"/login?{urlencode({'next': _form_of(request), 'ended': 1})}"), 303)
        return _unauthorized(request, "Log in first, at {login}. Programs use /api/v1: forms take no tokens.")
    if is_api or (is_for_programs(request) and (why or not is_browser)):
        return _unauthorized(request, HELP[why == "wrong"])
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(prefixed(f"/login?{urlencode({'next': wanted})}"), 303)


HELP = {
    False: "Password or token required. Make a token with `dateline token add NAME`, and send it: curl -H 'Authorization:"
    " Bearer TOKEN' {url}. Or send a user's name and password (HTTP Basic), or log in at {login}",
    True: "This token or password is not valid: it is wrong, revoked, expired, or sent twice. `dateline token list` shows"
    " which tokens are active. Send one header: Authorization: Bearer TOKEN",
}


def _unauthorized(request: Request, said: str) -> Response:
    text = said.replace("{url}", str(request.url.replace(query=""))).replace("{login}", prefixed("/login"))
    return _refused(request, 401, text, {"WWW-Authenticate": CHALLENGE})


def _too_many(request: Request, why: LoginRefusal | None, wait_s: int) -> Response:
    wait = f"{MOST_WAITING * TURN_S:.0f}" if why == "slow" else str(wait_s)
    said = "Too many wrong passwords. Try again later." if why == "slow" else "Too many requests. Wait before the next."
    return _refused(request, 429, said, {"Retry-After": wait})


def _refused(request: Request, status: int, said: str, headers: Mapping[str, str] | None = None) -> Response:
    if request.url.path.startswith(API):
        return problem(status, said, headers=headers)
    if "text/html" in request.headers.get("accept", "") and not is_for_programs(request):
        page = render.as_html("refused", {"message": said}, status=status)
        page.headers.update(headers or {})
        return page
    return PlainTextResponse(f"{said}\n", status, dict(headers or {}))


def device_header(key: bytes) -> str:
    """Set-Cookie for a device where the password was given."""
    return f"{DEVICE}={device_cookie(key)}; Max-Age={DEVICE_LIFE_S}; {cookie_place('/login')}"


def cookie_header(session: Session, key: bytes) -> str:
    """Set-Cookie for a session."""
    return f"{COOKIE}={cookie_of(session, key)}; Max-Age={LIFE_S:.0f}; {cookie_place()}"


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
