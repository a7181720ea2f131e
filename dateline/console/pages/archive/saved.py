"""The saved queries of the one who asks: searches and SQL statements under a name."""

from __future__ import annotations

from dataclasses import dataclass

from dateline.console.request import Ask, MissingPageError
from sql.analysts.saved import LONGEST_NAME, SavedKind, SavedQueries, SavedQuery


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The data of the page."""

    title: str
    saved: list[SavedQuery]


async def read(ask: Ask) -> SavedPage:
    """All saved queries, by name."""
    return SavedPage("Saved queries", await ask.reader.through(lambda pool: SavedQueries(pool, ask.user_id).all()))


async def opened(ask: Ask, kind: SavedKind) -> SavedQuery | None:
    """The query that `saved` names; None where it names none, a MissingPageError where there is none of this kind."""
    name = ask.text("saved", limit=LONGEST_NAME)
    if not name:
        return None
    found = await ask.reader.through(lambda pool: SavedQueries(pool, ask.user_id).all(name))
    if not found or found[0].kind != kind:
        raise MissingPageError(f"No saved {'search' if kind == 'search' else 'statement'} is called “{name}”.")
    return found[0]
