"""The copies: which outlets take texts from which, and how long after."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dateline.api.records import CopyLine
from dateline.console.pages.operations.names import source_names
from dateline.console.request import MAX_ID, Ask

PAGE = 40
MOST_DAYS = 366
MOST_COPIES = 15_000
"""Copies among which pairs are counted, the newest of the period, so that a page takes no longer in a great archive."""
MOST_PAIRS = 2_000
WIDTH = 12
"""Outlets on a side of the matrix."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Copies of one outlet's texts at another. Without `is_known`, which of both was first is not known."""

    taker: str
    giver: str
    is_known: bool
    copies: int
    median_lag_min: float | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Copies by outlet that took (rows) and outlet that gave (columns), those with most first."""

    givers: list[str]
    takers: list[str]
    counts: list[list[int]]


@dataclass(frozen=True, slots=True)
class CopiesPage:
    """The data of the page. `undirected` copies have no known first outlet and are not in the matrix."""

    title: str
    days: int
    order: str
    taker: str
    giver: str
    matrix: Matrix
    pairs: list[Pair]
    more_pairs: int
    are_more_pairs: bool
    """Whether there may be further pairs, which were not read."""
    counted_among: int | None
    """Pairs are counted among so many of the newest copies; None: among all of the period."""
    undirected: int
    copies: list[CopyLine]
    next: str | None


ORDERS: dict[str, Callable[[Pair], Any]] = {
    "copies": lambda pair: (-pair.copies, pair.taker, pair.giver),
    "taker": lambda pair: (pair.taker, -pair.copies, pair.giver),
    "giver": lambda pair: (pair.giver, -pair.copies, pair.taker),
    "lag": lambda pair: (pair.median_lag_min is None, pair.median_lag_min or 0.0, pair.taker, pair.giver),
}


async def read(ask: Ask) -> CopiesPage:
    """The copies of the last `days` days; `taker` and `giver`, sites or titles, narrow the list."""
    days, order = ask.number("days", 30, low=1, high=MOST_DAYS), ask.choice("order", tuple(ORDERS))
    sites = {one.title.casefold(): one.site for one in await source_names(ask)}
    taker, giver = (
        sites.get(text.casefold(), text) for text in (ask.text("taker", limit=300), ask.text("giver", limit=300))
    )
    span = {"since": ask.now - dt.timedelta(days=days), "until": ask.now + dt.timedelta(days=1)}
    newest = span | {"most": MOST_COPIES, "most_pairs": MOST_PAIRS}
    found = await ask.reader.rows(Pair, "console_copies", "pairs", newest)
    known = sorted((pair for pair in found if pair.is_known), key=ORDERS[order])
    wanted = span | {
        "taker": taker or None, "giver": giver or None, "at": ask.instant("before"), "id": ask.number("id", MAX_ID),
        "limit": PAGE + 1,
    }  # fmt: skip
    copies = await ask.reader.rows(CopyLine, "console_copies", "list", wanted)
    last = copies[PAGE - 1] if len(copies) > PAGE else None
    return CopiesPage(
        title="Copies",
        days=days,
        order=order,
        taker=taker,
        giver=giver,
        matrix=matrix_of(known),
        pairs=known[:PAGE],
        more_pairs=max(0, len(known) - PAGE),
        are_more_pairs=len(found) == MOST_PAIRS,
        counted_among=MOST_COPIES if await ask.reader.value("console_copies", "are_more", newest) else None,
        undirected=sum(pair.copies for pair in found if not pair.is_known),
        copies=copies[:PAGE],
        next=ask.onward("/copies", before=last.dated_at.isoformat(), id=last.article_id) if last else None,
    )


def matrix_of(pairs: Sequence[Pair]) -> Matrix:
    """The matrix of the outlets with most copies."""
    gave, took = Counter[str](), Counter[str]()
    for pair in pairs:
        gave[pair.giver] += pair.copies
        took[pair.taker] += pair.copies
    givers = sorted(gave, key=lambda site: (-gave[site], site))[:WIDTH]
    takers = sorted(took, key=lambda site: (-took[site], site))[:WIDTH]
    counts = {(pair.taker, pair.giver): pair.copies for pair in pairs}
    return Matrix(givers, takers, [[counts.get((taker, giver), 0) for giver in givers] for taker in takers])
