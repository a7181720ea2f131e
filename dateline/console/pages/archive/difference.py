"""What differs between two texts: two revisions of an article, a copy and its original, or any two articles."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dateline.console.request import MAX_ID, Ask, MissingPageError
from pipelines.revisions.diff import Piece
from pipelines.revisions.paragraphs import ParagraphPair, compare_texts, compare_words, is_same

SHOWN = 2
"""Equal paragraphs that are shown before and after a change; more between them are folded."""


@dataclass(frozen=True, slots=True)
class TextPair:
    """Two headlines and texts, compared. `paragraphs` are the rows in one line each."""

    title: list[Piece]
    paragraphs: list[list[Piece]]
    rows: list[ParagraphPair]
    is_same: bool

    @property
    def runs(self) -> list[tuple[bool, list[ParagraphPair]]]:
        """The rows in runs, the long equal ones to be folded."""
        return folded(self.rows)


@dataclass(frozen=True, slots=True)
class ComparedArticle:
    """One of the two articles."""

    article_id: int
    url: str
    site: str
    source: str | None
    title: str | None
    text: str
    published_at: dt.datetime | None
    published_precision: str | None
    first_seen_at: dt.datetime
    revision: int


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A paragraph of both texts, as the CSV has it."""

    change: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """The data of the page; `asked` is what the form was sent with."""

    title: str
    asked: dict[str, str]
    older: ComparedArticle | None
    newer: ComparedArticle | None
    difference: TextPair | None
    table: list[DifferenceRow]


async def read(ask: Ask) -> DifferencePage:
    """The articles that `older` and `newer` name, by number or URL."""
    asked = {name: ask.text(name) for name in ("older", "newer")}
    named = {name: await _article(ask, text) for name, text in asked.items() if text}
    one, other = named.get("older"), named.get("newer")
    if one is None or other is None:
        return DifferencePage("Compare two articles", asked, one, other, None, [])
    # in a thread: texts without anything in common take a while, and other pages should not wait for them
    found = await asyncio.to_thread(compared, one.title, one.text, other.title, other.text)
    table = [DifferenceRow(row.op, _text(row.old), _text(row.new)) for row in found.rows]
    return DifferencePage("Compare two articles", asked, one, other, found, table)


async def _article(ask: Ask, named: str) -> ComparedArticle:
    number = int(named) if named.isascii() and named.isdigit() and int(named) <= MAX_ID else None
    found = await ask.reader.row(ComparedArticle, "console", "compared_article", {"id": number, "url": named})
    if found is None:
        raise MissingPageError(f"No article has the number or URL “{named[:300]}”.")
    return found


def compared(old_title: str | None, old: str, new_title: str | None, new: str) -> TextPair:
    """What differs between two headlines and texts."""
    _, _, title = compare_words(old_title or "", new_title or "")
    rows = compare_texts(old, new)
    same = is_same(rows) and all(piece.op == "equal" for piece in title)
    return TextPair(list(title), [list(row.inline) for row in rows], rows, same)


def folded(rows: Sequence[ParagraphPair]) -> list[tuple[bool, list[ParagraphPair]]]:
    """The rows in runs; of equal paragraphs all but those beside a change are a run to be folded (True)."""
    runs = [(is_equal, list(run)) for is_equal, run in groupby(rows, key=lambda row: row.op == "equal")]
    out: list[tuple[bool, list[ParagraphPair]]] = []
    for place, (is_equal, run) in enumerate(runs):
        before = SHOWN if place else 0
        after = SHOWN if place < len(runs) - 1 else 0
        if not is_equal or len(run) <= before + after + 1:
            out.append((False, run))
            continue
        out += [(False, run[:before]), (True, run[before : len(run) - after]), (False, run[len(run) - after :])]
    return [one for one in out if one[1]]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
