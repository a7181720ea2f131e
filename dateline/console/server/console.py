"""What the console's routes share: the settings, the pools, the session key, notices, and how a page becomes HTML."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from psycopg import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dateline.clock import Clock
from dateline.config import Settings
from dateline.console.access.authentication import ANYONE, Access, Authentication
from dateline.console.access.sessions import token_of
from dateline.console.pages.operations.names import SourceName
from dateline.console.rendering import render
from dateline.console.rendering.wording import shortened
from dateline.console.request import Ask
from dateline.console.server.commands import Commands
from dateline.console.server.export_jobs import ExportJobs
from dateline.console.server.routes import VIEWS
from sql.analysts.console_actions import Writer
from sql.analysts.queries import AnalystQueries
from sql.database import connect
from sql.search.reading import Reader, plain_errors

T = TypeVar("T")
MOST_NOTICES = 1_000
TITLES_S = 5.0


@dataclass(frozen=True, slots=True)
class Notice:
    """What an action did, for the next page of its session to say once; `code` is a value to be copied."""

    text: str
    code: str = ""
    is_bad: bool = False


@dataclass(slots=True)
class Console:
    """The state that all routes of one running console share."""

    settings: Settings
    reader: Reader
    writer: Writer
    key: bytes
    url: str = field(repr=False)
    queries: AnalystQueries | None
    clock: Clock
    commands: Commands
    exports: ExportJobs
    authentication: Authentication
    notices: OrderedDict[str, Notice] = field(default_factory=OrderedDict, repr=False)
    titles: dict[str, str] = field(default_factory=dict, repr=False)
    outlets: dict[str, str] = field(default_factory=dict, repr=False)
    """Titles by site, of sites with one source."""
    titles_until: float = 0.0

    def ask(self, request: Request, ending: str = "") -> Ask:
        """The request's parameters, for the function that reads a page."""
        access: Access | None = request.scope.get("access")
        who = (access.user_id, access.role == "operator") if access else (None, False)
        return Ask(dict(request.query_params), self.reader, self.clock(), ending, *who)

    def done(self, request: Request, location: str, text: str, *, code: str = "", is_bad: bool = False) -> Response:
        """The way to a page that says, once, what an action did (POST, redirect, GET)."""
        self.titles_until = 0.0
        self.notices.pop(request.scope["session"].id, None)
        self.notices[request.scope["session"].id] = Notice(text, code, is_bad)
        while len(self.notices) > MOST_NOTICES:
            self.notices.popitem(last=False)
        return RedirectResponse(location, 303)

    async def in_thread(self, work: Callable[[Connection[Any]], T]) -> T:
        """What a function of the command line does, in one transaction and a thread of its own."""

        def run() -> T:
            with plain_errors(), connect(self.url, application_name="dateline-console-forms") as connection:
                return work(connection)

        return await asyncio.to_thread(run)

    async def html(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page rendered through its template, with the values that every template uses."""
        is_page = context.get("view") is not None
        is_live = "x-live" in request.headers
        access: Access | None = request.scope["access"]
        around = {
            "views": VIEWS,
            "view": None,
            "ask": self.ask(request),
            "now": self.clock(),
            "token": token_of(request.scope["session"], self.key),
            "has_login": access is not None and access is not ANYONE,
            "user": access.name if access else "",
            "is_operator": access is not None and access.role == "operator",
            "alarm_mail": self.settings.alarm_mail,
            "notice": self.notices.pop(request.scope["session"].id, None) if is_page and not is_live else None,
            "alarms": await self.reader.value("console", "active_alarms") if is_page else 0,
            "titles": await self._titles() if is_page else {},
            "outlets": self.outlets,
        }
        return render.as_html(template, around | context, status=status)

    async def _titles(self) -> dict[str, str]:
        """The titles of all sources by short name, in the order of the titles, shortened for lists; kept for some seconds."""
        if time.monotonic() > self.titles_until:
            found = await self.reader.rows(SourceName, "console", "source_names")
            self.titles = {one.name: shortened(one.title) for one in found}
            sources = Counter(one.site for one in found)
            self.outlets = {one.site: shortened(one.title) for one in found if sources[one.site] == 1}
            self.titles_until = time.monotonic() + TITLES_S
        return self.titles
