"""Finds and links copies: candidates are compared before a page's transaction, and links are written in it.

    propose   no lock is held: look up the candidates and their families → compare and settle, in the parser pool
    begin     in the transaction: take turns with all whose texts share a hash → look the same up once more
    link      nothing has changed since? write what was proposed : begin again, or compare now, while the others wait

A comparison takes ten times as long as all that the transaction writes; that is why it is not done under its locks.
`link` is safe under races: it uses a proposal only if candidates, texts and families are still the same once the locks
are held. Near copies that come at the same time would find them changed each time, so they take turns before (`turn`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from dateline.instants import Precision
from dateline.parser_pool.pool import ParserPool
from dateline.text import MAX_TEXT
from pipelines.copies.families import Member, Settlement, settle_newcomer
from pipelines.copies.match import CANDIDATES, HASH_ROWS, WINDOW, Document, nearest_by_hashes
from pipelines.copies.originals import Evidence
from pipelines.copies.sketch import sketch
from sql.database import Pool, autocommit
from sql.statements import Area, Connection, SentQuery, array, json_value

COPIES = Area("copies")
DEADLINE_S = 20.0
LONGEST_COMPARED = 100_000
"""Characters of a text that are compared: ten times the longest article of the corpora."""
NOT_YET_STORED = 0
"""The newcomer's id in a proposal; articles count from 1."""


@dataclass(frozen=True, slots=True)
class ArticleState:
    """An article that a decision rests on. Any change to it changes `version` or `family`."""

    id: int
    version: int
    family: int


@dataclass(frozen=True, slots=True)
class HolderRow:
    """The articles that hold one hash."""

    hash: int
    articles: list[int]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An article as it is compared, and the family that it belongs to."""

    id: int
    version: int
    family: int
    url: str
    site: str
    text: str
    word_count: int
    published_at: dt.datetime | None
    precision: Precision | None
    seen_at: dt.datetime
    absent_at: dt.datetime | None
    sought_at: dt.datetime | None
    credited_to: str | None
    canonical_url: str | None
    first_by: Evidence | None
    original_id: int | None

    @property
    def state(self) -> ArticleState:
        return ArticleState(self.id, self.version, self.family)

    @property
    def member(self) -> Member:
        """The same as the comparison takes it."""
        text = self.text[:LONGEST_COMPARED]
        document = Document(
            self.url,
            text,
            self.site,
            self.published_at,
            self.precision,
            self.seen_at,
            self.absent_at,
            self.sought_at,
            self.credited_to,
            self.canonical_url,
            self.word_count,
        )
        return Member(self.id, document, self.family, self.first_by, self.original_id)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was decided on a text before its turn came, and on what that rests: the candidates and their families."""

    near: tuple[int, ...] = ()
    states: frozenset[ArticleState] = frozenset()
    settlement: Settlement | None = None
    is_last: bool = False
    """If it no longer holds once the locks are held, the comparison is repeated while they are; else `Outdated` is raised."""

    @property
    def families(self) -> list[int]:
        """The families that it changes, sorted, as they are locked."""
        return sorted(self.settlement.families) if self.settlement else []


class Outdated(Exception):
    """Another near copy was stored since the proposal was made: the transaction must be rolled back and run again."""


@dataclass(frozen=True, slots=True)
class LockedLookup:
    """What was asked once the locks were held; its answers are read in `link`."""

    proposal: Proposal
    holders: SentQuery[HolderRow]
    states: SentQuery[DocumentRow] | None


def sketch_of(text: str) -> tuple[int, ...]:
    """The hashes under which a text is found."""
    return sketch(text[: min(LONGEST_COMPARED, MAX_TEXT)])


class CopyLinks:
    """Finds and links copies. The comparison runs in the parser pool, so that long texts do not hold up the loop."""

    def __init__(self, pool: Pool, parser_pool: ParserPool | None) -> None:
        self._pool = pool
        self._parser_pool = parser_pool
        self._turns = WeakValueDictionary[int, asyncio.Lock]()

    @asynccontextmanager
    async def turn(self, hashes: Sequence[int]) -> AsyncIterator[None]:
        """Let texts that are nearly alike come one after the other in this process, before any of them holds a lock.

        They share most hashes, so the lowest one stands for them: a site's flood of near copies waits for itself alone.
        """
        turn = self._turns.setdefault(min(hashes), asyncio.Lock()) if hashes else asyncio.Lock()
        async with turn:
            yield

    async def propose(
        self, newcomer: Document, hashes: Sequence[int], equal: Sequence[int], now: dt.datetime
    ) -> Proposal:
        """Returns what the archive says about a text now; it locks and writes nothing."""
        async with self._pool.connection() as conn, autocommit(conn):
            near = _near(await (await ask_holders(conn, hashes, now)).rows(), equal)
            rows = await (await _ask_neighbours(conn, near)).rows() if near else []
        return Proposal(near, _states(rows), await self._settled(newcomer, near, rows))

    async def begin(
        self, conn: Connection, hashes: Sequence[int], proposal: Proposal, now: dt.datetime
    ) -> LockedLookup:
        """Take turns with every writer whose text shares a hash or whose family is concerned, and only then look up."""
        await lock_texts(conn, hashes)
        if proposal.families:
            await COPIES.run(conn, "lock_families", {"families": proposal.families})
        return LockedLookup(
            proposal,
            await ask_holders(conn, hashes, now),
            await _ask_neighbours(conn, proposal.near, with_texts=False) if proposal.near else None,
        )

    async def link(
        self,
        conn: Connection,
        turn: LockedLookup,
        article_id: int,
        newcomer: Document,
        hashes: Sequence[int],
        equal: Sequence[int],
        now: dt.datetime,
    ) -> bool:
        """Write down the newcomer's sketch and its family's links; returns whether another has its text."""
        near = _near(await turn.holders.rows(), equal)
        settlement = turn.proposal.settlement
        states = _states(await turn.states.rows()) if turn.states else frozenset()
        if _is_outdated(turn.proposal, near, states):
            if not turn.proposal.is_last:
                raise Outdated
            settlement = await self._decide_in_turn(conn, newcomer, near)
        await add_sketches(conn, {article_id: hashes})
        if settlement is None:
            return False
        await _write(conn, settlement.of(article_id), now)
        return settlement.family_id != NOT_YET_STORED

    async def _decide_in_turn(self, conn: Connection, newcomer: Document, near: tuple[int, ...]) -> Settlement | None:
        """As `propose`, under the locks; again, when a family grew before its own lock was held."""
        while True:
            rows = await (await _ask_neighbours(conn, near)).rows() if near else []
            settlement = await self._settled(newcomer, near, rows)
            if settlement is None:
                return None
            await COPIES.run(conn, "lock_families", {"families": sorted(settlement.families)})
            now = await _ask_neighbours(conn, near, with_texts=False)
            if _states(await now.rows()) == _states(rows):
                return settlement

    async def _settled(self, newcomer: Document, near: Sequence[int], rows: Sequence[DocumentRow]) -> Settlement | None:
        if not rows:
            return None
        arguments = Member(NOT_YET_STORED, newcomer, NOT_YET_STORED), [row.member for row in rows], frozenset(near)
        if self._parser_pool is None:
            return settle_newcomer(*arguments)
        return await self._parser_pool.run(settle_newcomer, *arguments, deadline_s=DEADLINE_S, subject=newcomer.url)


async def replace_sketch(conn: Connection, article_id: int, old: Sequence[int], new: Sequence[int]) -> None:
    """A revised article is found by its new text."""
    await COPIES.run(conn, "drop_sketch", {"article_id": article_id, "hashes": array(old)})
    await add_sketches(conn, {article_id: new})


async def add_sketches(conn: Connection, sketches: Mapping[int, Sequence[int]]) -> None:
    """Have articles found by the hashes of their texts."""
    pairs = [(hash_, article_id) for article_id, hashes in sketches.items() for hash_ in hashes]
    columns = {"hashes": array(hash_ for hash_, _ in pairs), "article_ids": array(each for _, each in pairs)}
    await COPIES.run(conn, "add_sketches", columns)


async def lock_texts(conn: Connection, hashes: Iterable[int]) -> None:
    """Take turns with every writer whose text shares one of these hashes."""
    await COPIES.run(conn, "lock_buckets", {"hashes": array(hashes)})


def _near(holders: Iterable[HolderRow], equal: Sequence[int]) -> tuple[int, ...]:
    """The candidates: articles with the same text, then those that share most hashes."""
    return tuple(dict.fromkeys([*equal[:CANDIDATES], *nearest_by_hashes({row.hash: row.articles for row in holders})]))


def _is_outdated(proposal: Proposal, near: tuple[int, ...], states: frozenset[ArticleState]) -> bool:
    """Whether it rests on anything that is not so any more."""
    return (near, states) != (proposal.near, proposal.states)


def _states(rows: Iterable[DocumentRow]) -> frozenset[ArticleState]:
    return frozenset(row.state for row in rows)


async def ask_holders(conn: Connection, hashes: Iterable[int], now: dt.datetime) -> SentQuery[HolderRow]:
    """Ask which articles of the window hold these hashes."""
    where = {"hashes": array(hashes), "since": now - WINDOW, "hash_rows": HASH_ROWS}
    return await COPIES.ask(conn, HolderRow, "holders", where)


async def _ask_neighbours(conn: Connection, near: Sequence[int], *, with_texts: bool = True) -> SentQuery[DocumentRow]:
    where = {"ids": list(near), "with_texts": with_texts}
    return await COPIES.ask(conn, DocumentRow, "neighbours", where)


async def _write(conn: Connection, settled: Settlement, now: dt.datetime) -> None:
    for link in settled.links:
        row: dict[str, Any] = {"article_id": link.article_id, "family_id": link.family_id, "kind": link.kind}
        row |= {
            "original_id": link.original_id,
            "containment": link.containment,
            "containment_back": link.containment_back,
            "now": now,
        }
        row |= {"first_by": link.reason.evidence, "confidence": link.reason.confidence, "why": link.reason.sentence}
        await COPIES.run(conn, "add_link", row | {"evidence": json_value(link.evidence)})
    if settled.families != {settled.family_id}:
        moved = {"family_id": settled.family_id, "families": sorted(settled.families), "now": now}
        await COPIES.run(conn, "move_links", moved)
        await COPIES.run(conn, "drop_links", {"article_ids": [settled.family_id]})
