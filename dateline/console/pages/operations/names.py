"""The names of sources: for the lists that filters offer, and for the check that a name is known."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from dateline.console.request import Ask, MissingPageError


@dataclass(frozen=True, slots=True)
class SourceName:
    """A source by its short name and title, with its site."""

    name: str
    title: str
    site: str


async def source_names(ask: Ask) -> list[SourceName]:
    """All sources, by title."""
    return await ask.reader.rows(SourceName, "console", "source_names")


async def chosen_source(ask: Ask) -> str:
    """The short name of the source that `source` names, by short name or title; "" where it names none.

    A MissingPageError names sources that are called much the same.
    """
    asked = ask.text("source", limit=300)
    return named_source(asked, await source_names(ask)) if asked else ""


def named_source(asked: str, known: list[SourceName]) -> str:
    """The short name of a source that is called so."""
    folded = asked.casefold()
    for one in known:
        if folded == one.name.casefold():
            return one.name
    for one in known:
        if folded == one.title.casefold():
            return one.name
    raise MissingPageError(unknown_source(asked, known))


def unknown_source(asked: str, known: list[SourceName]) -> str:
    """A sentence about a name that no source has, with similar ones."""
    words = {one.name: one.name for one in known} | {one.title.casefold(): one.name for one in known}
    close = [words[one] for one in difflib.get_close_matches(asked.casefold()[:100], words, 3)]
    hint = f" Did you mean {' or '.join(dict.fromkeys(close))}?" if close else ""
    if not asked:
        return "Name a source: choose one on the page Sources."
    return f"No source called “{asked}”.{hint}"
