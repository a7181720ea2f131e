"""The exports: the views that can be downloaded as files."""

from __future__ import annotations

from dataclasses import dataclass

from dateline.console.request import Ask


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view that can be exported whole."""

    view: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class Exports:
    """The data of the page."""

    title: str
    views: list[ViewLine]
    query: str = ""
    trouble: str = ""


async def read(ask: Ask) -> Exports:
    """The views."""
    return Exports("Exports", await ask.reader.rows(ViewLine, "console", "views"), ask.text("q", limit=2000))
