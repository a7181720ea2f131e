"""Searches of the pages: parsed, run without copies unless wanted, and their errors as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from dateline.console.rendering.wording import without_command
from dateline.console.request import Ask
from dateline.errors import QueryError, UsageError
from dateline.search.query import And, Filter, Query, leaves, parse
from sql.search.search import Plan, run_async

T = TypeVar("T")
AROUND = 60


@dataclass(frozen=True, slots=True)
class QueryTrouble:
    """What is wrong with a search, where, and the cure."""

    problem: str
    cure: str
    text: str = ""
    pointer: str = ""

    @property
    def sentence(self) -> str:
        """The problem and its cure in one sentence."""
        said = f"{self.problem}: {self.cure}" if self.cure else self.problem
        return f"{said[:1].upper()}{said[1:].rstrip('.')}."


def trouble_of(error: UsageError) -> QueryTrouble:
    """The error as data for the page."""
    if not isinstance(error, QueryError):
        return QueryTrouble(without_command(error), "")
    start = max(0, error.position - AROUND)
    near = "".join(c if c.isprintable() else " " for c in error.query[start : error.position + AROUND])
    return QueryTrouble(error.problem, error.cure, near, " " * (error.position - start) + "^")


def query_of(text: str, *, with_copies: bool) -> Query:
    """The parsed search, without copies unless they are wanted or the search itself decides. A QueryError names the position."""
    asked = parse(text)
    says = any(isinstance(leaf, Filter) and leaf.field == "copies" for leaf in leaves(asked.root))
    if says or with_copies:
        return asked
    return Query(asked.text, And((asked.root, Filter("copies", ("no",), 0))))


async def found(ask: Ask, plan: Plan[T]) -> T:
    """The result of a search plan, read only and within the time limit."""
    return await ask.reader.on_connection(lambda connection: run_async(connection, plan))
