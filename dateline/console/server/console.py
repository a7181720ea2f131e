"""What the console's routes share: the settings, the pools, the session key, and how a page becomes HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dateline.clock import Clock
from dateline.config import Settings
from dateline.console.access.sessions import Tries, token_of
from dateline.console.rendering import render
from dateline.console.request import Ask
from dateline.console.server.routes import VIEWS
from sql.analysts.console_actions import Writer
from sql.analysts.queries import AnalystQueries
from sql.search.reading import Reader


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
    tries: Tries = field(default_factory=Tries)

    def ask(self, request: Request) -> Ask:
        """The request's parameters, for the function that reads a page."""
        return Ask(dict(request.query_params), self.reader, self.clock())

    def html(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page rendered through its template, with the values that every template uses."""
        around = {
            "views": VIEWS,
            "view": None,
            "ask": self.ask(request),
            "now": self.clock(),
            "token": token_of(request.scope["session"], self.key),
            "has_password": bool(self.settings.console_password),
        }
        return render.as_html(template, around | context, status=status)
