"""The console as an ASGI application: pages in three forms, actions, login, static files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from dateline import log
from dateline.api.problems import problem
from dateline.clock import Clock, utc_now
from dateline.config import Settings
from dateline.console.access.authentication import Authentication
from dateline.console.access.middleware import API, Guard
from dateline.console.access.origin import is_loopback
from dateline.console.access.request_budget import RequestBudget
from dateline.console.access.sessions import session_key
from dateline.console.prefix import Prefixed
from dateline.console.rendering import render
from dateline.console.request import MissingPageError, address
from dateline.console.server import (
    actions,
    export_routes,
    queue_routes,
    source_routes,
    sql_routes,
    watch_routes,
)
from dateline.console.server.api_routes import api_app
from dateline.console.server.commands import Commands
from dateline.console.server.console import Console
from dateline.console.server.export_jobs import ExportJobs
from dateline.console.server.forms import access, login, names, saved
from dateline.console.server.routes import VIEWS, View
from dateline.errors import DatabaseError
from sql.analysts.console_actions import Writer
from sql.analysts.queries import AnalystQueries
from sql.search.reading import Reader

STATIC = Path(__file__).parents[1] / "static"
FORMS = {"": "html", ".json": "json", ".csv": "csv"}
"""Endings of a page's address, and what it is then."""

logger = log.get(__name__)


def make_app(
    settings: Settings,
    reader: Reader,
    writer: Writer,
    *,
    url: str,
    secret: bytes,
    queries: AnalystQueries | None,
    commands: Commands,
    exports: ExportJobs,
    clock: Clock = utc_now,
) -> ASGIApp:
    """The console behind its guard; `secret` signs the sessions, `queries` run what is typed into the SQL page."""
    console = Console(
        settings,
        reader,
        writer,
        session_key(secret, settings.console_password),
        url,
        queries,
        clock,
        commands,
        exports,
        authentication_of(settings, reader, writer, clock=clock),
    )
    routes = [
        Route("/", partial(_page, console, VIEWS[0], "html")),
        Route("/healthz", lambda _: PlainTextResponse("ok\n")),
        Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
        Route("/favicon.ico", lambda _: FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")),
        *(
            Route(view.path + suffix, partial(_page, console, view, form))
            for view in VIEWS
            if view.name != "sql"
            for suffix, form in FORMS.items()
        ),
        *(
            Route(f"/sql{suffix}", partial(work, console, form), methods=[method])
            for suffix, form in FORMS.items()
            for method, work in (("GET", sql_routes.show), ("POST", sql_routes.run))
        ),
        Route("/sql/cancel", partial(sql_routes.cancel, console), methods=["POST"]),
        *(Route(path, partial(_act, console, act), methods=["POST"]) for path, act in actions.ACTIONS.items()),
        *(
            Route(path, partial(work, console), methods=[method])
            for path, method, work in (
                *login.ROUTES,
                *source_routes.ROUTES,
                *queue_routes.ROUTES,
                *saved.ROUTES,
                *access.ROUTES,
                *names.ROUTES,
                *watch_routes.ROUTES,
            )
        ),
        Route("/export", partial(export_routes.download, console)),
        Route("/watches/{name}.atom", partial(watch_routes.feed, console)),
        Mount("/api", api_app(console)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        HTTPException: partial(_http_error, console),
        MissingPageError: partial(_missing, console),
        DatabaseError: partial(_database_error, console),
        Exception: partial(_broken, console),
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    guard = Guard(app, key=console.key, authentication=console.authentication, names=settings.console_hosts)
    return Prefixed(guard, prefix=settings.console_prefix)


def authentication_of(settings: Settings, reader: Reader, writer: Writer, *, clock: Clock = utc_now) -> Authentication:
    """Who may use what is served, by these settings."""
    is_exposed = not is_loopback(settings.console_host)
    budget = RequestBudget(settings.console_requests_a_minute)
    return Authentication(settings.console_password, reader, writer, clock, is_exposed, budget)


async def _page(console: Console, view: View, form: str, request: Request) -> Response:
    ending = next(suffix for suffix, kind in FORMS.items() if kind == form)
    page = await view.read(console.ask(request, ending))
    wrong = view.error(page)
    status = 400 if wrong else 200
    if form == "html":
        return await console.html(request, view.name, status=status, view=view, page=page)
    if form == "json" or wrong:
        return render.as_json(render.fields_of(page, wrong), status=status)
    answer = (
        render.table_as_csv(view.columns(page), view.table(page), name=view.name)
        if view.columns
        else render.as_csv(view.row, view.table(page), name=view.name)
    )
    if onward := getattr(page, "next", None):
        answer.headers["Link"] = f'<{onward}>; rel="next"'  # RFC 8288
    return answer


async def _act(console: Console, act: actions.Action, request: Request) -> Response:
    form = request.scope["form"]
    said = await act(console.writer, form)
    return console.done(request, address("/source", name=actions.name_of(form)), said)


async def _http_error(console: Console, request: Request, error: HTTPException) -> Response:
    known = {404: "No page has this address.", 405: "This address takes a form. Open the page that has it."}
    message = known.get(error.status_code, str(error.detail))
    return await _failure(console, request, error.status_code, message)


async def _missing(console: Console, request: Request, error: MissingPageError) -> Response:
    return await _failure(console, request, 404, str(error))


async def _database_error(console: Console, request: Request, error: DatabaseError) -> Response:
    more = " Reload the page to try again." if error.is_temporary else ""
    logger.warning("a page could not be shown", path=request.url.path, error=str(error))
    return await _failure(console, request, 503, f"{str(error)[:1].upper()}{str(error)[1:]}.{more}")


async def _broken(console: Console, request: Request, error: Exception) -> Response:
    logger.error("a page failed", path=request.url.path, error=f"{type(error).__name__}: {error}")
    return await _failure(console, request, 500, "Internal error on this page. See the log of the console for details.")


async def _failure(console: Console, request: Request, status: int, message: str) -> Response:
    if request.url.path.startswith(API):
        return problem(status, message)
    if request.url.path.endswith((".json", ".csv")):
        return render.as_json({"error": message}, status=status)
    heading = "Page not found" if status == 404 else "Error"
    return await console.html(request, "failure", status=status, heading=heading, message=message)
