"""The store step: one transaction a page holds the article or revision, its aliases and copies, and the ledger's line.

    look ahead, no lock held: is it known? what may it be a copy of? → compare (pipelines.copies.store)
    transaction: known → decide → locks → insert, aliases, links, findings → the ledger's line

The decision is `pipelines.dedupe.decide`; this is the edge that looks up what it needs and carries it out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row, tuple_row

from dateline.errors import ParserPoolError
from dateline.parser_pool.pool import ParserPool
from dateline.text import content_hash, storable, storable_line
from dateline.types.article import Extraction, Page
from dateline.urls import redirect_is_trusted, site_of, url_key
from pipelines.article_row import article_row
from pipelines.boilerplate.store import learn
from pipelines.copies.match import Document
from pipelines.copies.store import LONGEST_COMPARED, CopyLinks, Proposal, replace_sketch, sketch_of
from pipelines.dedupe import (
    LONGEST_PROVED,
    MIN_WORDS_TO_COMPARE,
    Alias,
    Decision,
    Known,
    Reject,
    Revise,
    StoreNew,
    Unchanged,
    claimed_key,
    decide,
    named_addresses,
    reject_reason,
)
from pipelines.quarantine import PARSE_ENDS, page_retry_at
from pipelines.revisions.cause import Before, cause_of
from pipelines.revisions.live_blog import keep_entries
from pipelines.revisions.repeated_body import MOST_WORDS
from pipelines.version import EXTRACTOR
from sql import query
from sql.database import Pool, reading
from sql.frontier.frontier import finish_url
from sql.frontier.quarantine import Broken, add_failure
from sql.frontier.rechecks import plan_recheck
from sql.frontier.rows import DueUrl, UrlResult, as_recheck

DEADLOCK_TRIES = 4
SOONEST_RECHECK = dt.timedelta(minutes=10)
UNSTORABLE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    UnicodeEncodeError,
)
"""What is wrong with one row, and will be wrong again; a lost connection is not among them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store step did with a page. `decision` is why, `article_id` where it is to be found."""

    decision: Decision
    result: UrlResult
    article_id: int | None


@dataclass(frozen=True)
class Arrival:
    """A page on its way into the archive, with what is computed of it once, however often its transaction is begun."""

    due: DueUrl
    page: Page
    found: Extraction
    now: dt.datetime

    @cached_property
    def keys(self) -> list[uuid.UUID]:
        return identity_keys(self.due, self.page)

    @cached_property
    def site(self) -> str:
        return site_of(self.page.final_url)

    @cached_property
    def text_hash(self) -> uuid.UUID:
        return content_hash(self.found.text)

    @cached_property
    def canonical_key(self) -> uuid.UUID | None:
        return claimed_key(self.found)

    @cached_property
    def hashes(self) -> tuple[int, ...]:
        return sketch_of(self.found.text)

    @cached_property
    def document(self) -> Document:
        return document_of(self.page, self.found, self.site, self.now)


class Store:
    """Writes pages, each in a transaction of its own."""

    def __init__(
        self,
        pool: Pool,
        *,
        parser_pool: ParserPool | None = None,
        obey_reservations: Sequence[str] = (),
        learns: bool = True,
        recheck_ages: Sequence[dt.timedelta] = (),
    ) -> None:
        self._pool = pool
        self._learns = learns
        self._recheck_ages = tuple(recheck_ages)
        self._obeyed = tuple(obey_reservations)
        self._copies = CopyLinks(pool, parser_pool)

    async def store(self, due: DueUrl, page: Page, found: Extraction | Reject, *, now: dt.datetime) -> Stored:
        """Decide on a page and commit the decision together with the ledger's line.

        A page that could not be read is refused. A page that the database can't store goes to quarantine with the error; other
        pages are not affected. When the parser pool fails for a while, its error is raised: the page is not at fault.
        """
        if isinstance(found, Reject):
            return await self.refuse(due, page, found, now=now)
        arrival, refusal = Arrival(due, page, found, now), self._refusal(page, found)
        for last in (*[False] * DEADLOCK_TRIES, True):
            try:
                return await self._commit(arrival, refusal, await self._look_ahead(arrival, refusal))
            except psycopg.errors.DeadlockDetected:
                # two families that grow into each other at once; PostgreSQL has undone one of the two, which goes again
                if last:
                    raise
            except (*UNSTORABLE, ParserPoolError) as error:
                if isinstance(error, ParserPoolError) and error.is_temporary:
                    raise
                return await self.refuse(due, page, Reject("store_error", f"{type(error).__name__}: {error}"), now=now)
        raise AssertionError("the last try returns or raises")

    async def _look_ahead(self, arrival: Arrival, refusal: Reject | None) -> Proposal:
        """What a new text is probably a copy of; nothing for a page that is known already, or refused."""
        if refusal is not None:
            return Proposal()
        async with self._pool.connection() as conn, reading(conn):
            wanted = {"url_keys": arrival.keys, "content_hash": arrival.text_hash}
            found = await conn.cursor(row_factory=tuple_row).execute(query("store", "outlook"), wanted)
            is_known, equal = await found.fetchone() or (True, [])
        if is_known:
            return Proposal()
        is_comparable = arrival.found.word_count >= MIN_WORDS_TO_COMPARE
        return await self._copies.propose(arrival.document, arrival.hashes, equal if is_comparable else (), arrival.now)

    async def _commit(self, arrival: Arrival, refusal: Reject | None, proposal: Proposal) -> Stored:
        """One transaction; in pipeline mode, so that its statements travel together and it waits for few answers."""
        async with self._pool.connection() as conn, conn.pipeline(), conn.transaction():
            is_copy = False
            if refusal is None:
                decision, article_id, is_copy = await self._store_article(conn, arrival, proposal)
            else:
                decision, article_id = refusal, None
            result = ledger_line(arrival.due, arrival.page, decision, article_id, is_copy=is_copy, now=arrival.now)
            await finish_url(conn, result)
            if self._is_asked_again(arrival.due, result):
                await plan_recheck(conn, result, self._recheck_ages, soonest=arrival.now + SOONEST_RECHECK)
        return Stored(decision, result, article_id)

    def _is_asked_again(self, due: DueUrl, line: UrlResult) -> bool:
        is_watched = due.source_id is not None and due.crawl_id is None and not due.is_recheck
        return bool(self._recheck_ages) and is_watched and line.state == "stored"

    async def refuse(self, due: DueUrl, page: Page, refusal: Reject, *, now: dt.datetime) -> Stored:
        """Commit that a page could not be read. One that broke a worker is tried twice more, then held in quarantine."""
        async with self._pool.connection() as conn, conn.transaction():
            result = ledger_line(due, page, refusal, None, now=now)
            if refusal.reason == "store_error" or refusal.reason in PARSE_ENDS:
                result = await self._quarantined(conn, due, result, refusal, now)
            await finish_url(conn, result)
        return Stored(refusal, result, None)

    async def _quarantined(
        self, conn: AsyncConnection[Any], due: DueUrl, result: UrlResult, refusal: Reject, now: dt.datetime
    ) -> UrlResult:
        """The failure written down; the ledger's line says when to try again, or ends where that is held now."""
        step = "store" if refusal.reason == "store_error" else "extract"
        broken = Broken(due.url, due.url_key, step, refusal.reason, refusal.detail, EXTRACTOR)
        failures = await add_failure(conn, broken, now=now)
        if step == "store" or due.via == "import":
            return result
        retry_at = page_retry_at(failures, now=now, is_one_off=due.crawl_id is not None)
        return replace(result, state="pending", result="retry", next_attempt_at=retry_at) if retry_at else result

    def _refusal(self, page: Page, found: Extraction) -> Reject | None:
        if page.redirects and not redirect_is_trusted(page.url, page.final_url):
            return Reject("redirected_away", f"led to {page.final_url}")
        return reject_reason(found, obeyed=self._obeyed)

    async def _store_article(
        self, conn: AsyncConnection[Any], arrival: Arrival, proposal: Proposal
    ) -> tuple[Decision, int | None, bool]:
        found, now = arrival.found, arrival.now
        forgotten = conn.cursor(row_factory=scalar_row)
        await forgotten.execute(query("store", "is_forgotten"), {"url_keys": arrival.keys, "site": arrival.site})
        turns = [arrival.text_hash, arrival.canonical_key or arrival.keys[0]]
        await conn.execute(query("store", "lock_identity"), {"keys": turns})
        turn = None
        while True:
            known = await _known(conn, arrival)
            if await forgotten.fetchone():
                return Reject("forgotten", "this URL or its source was forgotten on request"), None, False
            decided = decide(found, site=arrival.site, text_hash=arrival.text_hash, known=known)
            decision = await _with_cause(conn, decided, found)
            if isinstance(decision, Reject):
                await conn.execute(query("store", "mark_repeated"), {"article_id": decision.repeats})
                return decision, None, False
            if isinstance(decision, StoreNew):
                if known:
                    await conn.execute(query("store", "free_claims"), {"url_keys": arrival.keys})
                turn = await self._copies.begin(conn, arrival.hashes, proposal, now)
            elif isinstance(decision, Revise):
                await self._resketch(conn, decision.article_id, arrival.hashes)
            article_id = await _carry_out(conn, decision, arrival)
            if article_id is not None:
                break
            # another worker stored the same identity between look-up and insert: what it wrote is visible now
        await _add_aliases(conn, article_id, arrival, decision)
        is_copy = False
        if isinstance(decision, StoreNew) and turn is not None:
            is_copy = await self._copies.link(
                conn, turn, article_id, arrival.document, arrival.hashes, decision.equal, now
            )
        await self._keep_findings(conn, article_id, decision, found, now)
        return decision, article_id, is_copy

    async def _keep_findings(
        self, conn: AsyncConnection[Any], article_id: int, decision: Decision, found: Extraction, now: dt.datetime
    ) -> None:
        """A live blog's entries, and what the page teaches of its host; last, since the host's row stays locked."""
        if found.live_entries and not isinstance(decision, Alias):
            await keep_entries(conn, article_id, found.live_entries, now=now)
        if self._learns and isinstance(decision, StoreNew | Revise):
            await learn(conn, article_id, found, now=now)

    async def _resketch(self, conn: AsyncConnection[Any], article_id: int, hashes: Sequence[int]) -> None:
        async with conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(query("store", "text_of"), {"article_id": article_id})
            before = sketch_of(str(await cur.fetchone() or ""))
        await replace_sketch(conn, article_id, before, hashes)


def document_of(page: Page, found: Extraction, site: str, now: dt.datetime) -> Document:
    """The page as it is compared with others."""
    published = found.published.at if found.published else None
    return Document(
        page.final_url,
        storable(found.text)[:LONGEST_COMPARED],
        site,
        published,
        now,
        found.credited_to,
        found.canonical_url,
        found.word_count,
    )


def identity_keys(due: DueUrl, page: Page) -> list[uuid.UUID]:
    """Keys of the URLs that are this page: where it answered first, then what was asked for and passed on the way."""
    keys = [url_key(page.final_url), due.url_key, *(url_key(url) for url in page.redirects)]
    return list(dict.fromkeys(keys))


def ledger_line(
    due: DueUrl, page: Page, decision: Decision, article_id: int | None, *, is_copy: bool = False, now: dt.datetime
) -> UrlResult:
    """The ledger's line for a decision."""
    state, result, reason, detail = _verdict(decision, is_copy=is_copy)
    line = UrlResult(
        url_id=due.id,
        state=state,
        result=result,
        reason=reason,
        detail=detail or None,
        now=now,
        article_id=article_id,
        status=page.status,
        final_url=page.final_url,
        size=len(page.body),
        archived=page.archived,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
    )
    return as_recheck(line) if due.is_recheck else line


def _verdict(decision: Decision, *, is_copy: bool) -> tuple[str, str, str, str]:
    match decision:
        case Reject(reason, detail):
            return "ended", "rejected", reason, detail
        case StoreNew():
            return "stored", "copy" if is_copy else "new", "copy" if is_copy else "new", ""
        case Revise(_, cause):
            return "stored", "revised", cause, ""
        case Unchanged():
            return "stored", "unchanged", "unchanged", ""
        case Alias(_, why):
            return "duplicate", "alias", why, ""


async def _known(conn: AsyncConnection[Any], arrival: Arrival) -> list[Known]:
    wanted = {"url_keys": arrival.keys, "content_hash": arrival.text_hash, "canonical_key": arrival.canonical_key}
    wanted |= {"longest_proved": LONGEST_PROVED, "most_words": MOST_WORDS}
    async with conn.cursor(row_factory=class_row(Known)) as cur:
        await cur.execute(query("store", "known"), wanted)
        return await cur.fetchall()


async def _with_cause(conn: AsyncConnection[Any], decision: Decision, found: Extraction) -> Decision:
    """The decision, a revision with why it came to be."""
    if not isinstance(decision, Revise):
        return decision
    async with conn.cursor(row_factory=class_row(Before)) as cur:
        await cur.execute(query("store", "before"), {"article_id": decision.article_id})
        before = await cur.fetchone()
    return decision if before is None else Revise(decision.article_id, cause_of(before, found))


async def _carry_out(conn: AsyncConnection[Any], decision: Decision, arrival: Arrival) -> int | None:
    """Write what was decided; the article's id, or None when another worker was first."""
    match decision:
        case StoreNew():
            row = _row_of(arrival)
            async with conn.cursor(row_factory=scalar_row) as cur:
                await cur.execute(query("store", "insert_article"), row)
                return await cur.fetchone()
        case Revise(article_id, cause):
            row = _row_of(arrival)
            await conn.execute(query("store", "keep_revision"), {"article_id": article_id})
            await conn.execute(query("store", "revise_article"), row | {"article_id": article_id, "cause": cause})
            await conn.execute(query("store", "touch"), {"article_id": article_id, "now": arrival.now})
            return article_id
        case Unchanged(article_id) | Alias(article_id, _):
            await conn.execute(query("store", "touch"), {"article_id": article_id, "now": arrival.now})
            return article_id
        case Reject():
            return None


async def _add_aliases(conn: AsyncConnection[Any], article_id: int, arrival: Arrival, decision: Decision) -> None:
    page = arrival.page
    why = decision.why if isinstance(decision, Alias) else "redirect" if page.redirects else "fetched"
    urls = {url_key(page.final_url): (page.final_url, why)}
    for passed in (arrival.due.url, page.url, *page.redirects):
        urls.setdefault(url_key(passed), (passed, why))
    for named, reason in named_addresses(arrival.found, decision):
        urls.setdefault(url_key(named), (named, reason))
    params = {
        "article_id": article_id,
        "url_keys": list(urls),
        "urls": [storable_line(url, 8192) for url, _ in urls.values()],
        "whys": [reason for _, reason in urls.values()],
        "now": arrival.now,
    }
    await conn.execute(query("store", "add_alias"), params)


def _row_of(arrival: Arrival) -> dict[str, Any]:
    return article_row(
        arrival.due, arrival.page, arrival.found, site=arrival.site, text_hash=arrival.text_hash, now=arrival.now
    )
