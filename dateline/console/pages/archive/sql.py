"""The SQL page: the schema with its comments, a statement, its answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from dateline.console.pages.archive.saved import opened
from dateline.console.request import Ask
from dateline.text import storable
from sql.analysts.queries import SqlAnswer, SqlError

MAX_SQL = 100_000
READ_ONLY = "This page is read only. It runs SELECT, WITH, VALUES, TABLE, SHOW and EXPLAIN."
EXAMPLE = """SELECT site, count(*) AS articles
FROM articles
WHERE first_seen_at > now() - interval '7 days'
GROUP BY site ORDER BY articles DESC"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view, as the catalog comments it."""

    view: str
    view_comment: str | None
    name: str
    type: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a statement failed, with the line of the error."""

    message: str
    hint: str | None
    line: int | None
    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class SqlPage:
    """The data of the page."""

    title: str
    sql: str
    run: str
    columns: list[Column]
    answer: SqlAnswer | None = None
    trouble: Trouble | None = None
    saved: str = ""

    @property
    def views(self) -> dict[str, list[Column]]:
        """The columns by view."""
        found: dict[str, list[Column]] = {}
        for one in self.columns:
            found.setdefault(one.view, []).append(one)
        return found


async def read(ask: Ask) -> SqlPage:
    """The page before anything was run; `q` or the statement that `saved` names fills it in."""
    saved = await opened(ask, "sql")
    columns = await ask.reader.rows(Column, "console", "schema")
    statement = ask.text("q", limit=MAX_SQL) or (saved.query if saved else EXAMPLE)
    name = saved.name if saved else ""
    return SqlPage(name or "SQL", statement, secrets.token_urlsafe(12), columns, saved=name)


def statement_of(form: Mapping[str, str]) -> str:
    """The statement that a form asks for."""
    return storable(form.get("sql", ""), MAX_SQL).strip()


def writes(statement: str) -> bool:
    """Whether a statement is one that changes data."""
    return re.match(r"\s*(insert|update|delete|merge|truncate)\b", statement, re.IGNORECASE) is not None


def trouble_of(error: SqlError, statement: str) -> Trouble:
    """The error with the place at which it points."""
    if writes(statement):
        return Trouble(READ_ONLY, None, None, "", "")
    if error.position is None or error.position > len(statement) + 1:
        return Trouble(str(error), error.hint, None, "", "")
    before = statement[: error.position - 1]
    column = len(before) - (before.rfind("\n") + 1)
    text = statement.splitlines()[before.count("\n")] if statement else ""
    start = max(0, column - 60)
    return Trouble(
        str(error), error.hint, before.count("\n") + 1, text[start : start + 120], " " * (column - start) + "^"
    )
