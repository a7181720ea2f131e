"""The store step: one transaction holds the article or revision, its aliases and copies, and the ledger's line.

    look ahead, without locks: is the page known? what may it be a copy of? → compare (pipelines.copies.store)
    transaction: known → decide → locks → insert, aliases, links, findings → the ledger's line

`pipelines.dedupe.decide` decides; this module looks up what the decision needs and carries it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from dateline.errors import ParserPoolError
from dateline.parser_pool.pool import ParserPool
from dateline.text import storable_line
from dateline.types.article import Extraction, Page
from dateline.urls import host_of, site_of, url_key
from pipelines.arrival import Arrival, row_of
from pipelines.boilerplate.store import count_page
from pipelines.copies.store import CopyLinks, Outdated, Proposal, replace_sketch, sketch_of
from pipelines.dedupe import (
    MIN_WORDS_TO_COMPARE,
    Alias,
    Decision,
    Known,
    Reject,
    Revise,
    StoreNew,
    Unchanged,
    decide,
    equal_texts,
    outside_dates,
    redirect_reason,
    reject_reason,
    was_fetched,
)
from pipelines.groups.commit import NEW, GroupCommit
from pipelines.groups.on_disk import Durable, on_disk
from pipelines.groups.plan import may_share
from pipelines.ledger import ledger_line
from pipelines.quarantine import PARSE_ENDS, page_retry_at
from pipelines.revisions.cause import Before, cause_of
from pipelines.revisions.live_blog import keep_entries
from pipelines.rights import keep_rights
from pipelines.store_statements import (
    STORE,
    add_aliases,
    ask_outlooks,
    find_known,
    hold_texts,
    lock_identities,
    plan_first_recheck,
)
from pipelines.version import EXTRACTOR
from sql.database import Pool, autocommit
from sql.frontier.frontier import finish_url, keep_answering_address
from sql.frontier.quarantine import Broken, add_failure
from sql.frontier.rows import DueUrl, UrlResult
from sql.statements import UNSTORABLE, Connection, Deadlock

TRIES = 4
GIVEN_UP = frozenset({"ended", "failed"})
"""States of a URL whose page is not fetched again, unless something new is heard of it."""
SAME_TEXT = 0.5
"""Share of a revision's text that must be of the first one: with less, who had it first is asked of the revision."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store step did with a page: the decision, the ledger's line, and the article, if there is one."""

    decision: Decision
    result: UrlResult
    article_id: int | None


class Store:
    """Stores pages: each in a transaction of its own, or plainly new ones that come at the same time in groups.

    `group_wait_s` is how long a new page waits for others; None: each goes alone. `archive` is on disk before a row names it.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        parser_pool: ParserPool | None = None,
        obey_reservations: Sequence[str] = (),
        learns: bool = True,
        recheck_ages: Sequence[dt.timedelta] = (),
        archive: Durable | None = None,
        group_wait_s: float | None = None,
    ) -> None:
        self._pool = pool
        self._learns = learns
        self._recheck_ages = tuple(recheck_ages)
        self._obeyed = tuple(obey_reservations)
        self._copies = CopyLinks(pool, parser_pool)
        self._archive = archive
        self._groups: GroupCommit | None = None
        if group_wait_s is not None:
            ages = self._recheck_ages
            self._groups = GroupCommit(pool, archive, wait_s=group_wait_s, learns=learns, recheck_ages=ages)

    async def store(
        self,
        due: DueUrl,
        page: Page,
        found: Extraction | Reject,
        *,
        now: dt.datetime,
        instead: Extraction | None = None,
    ) -> Stored:
        """Decide on a page and commit the decision together with the ledger's line.

        `instead` is what the site's own feed says of it: that is stored if the page is refused for good.
        A page that could not be read is refused. A page that the database can't store goes to quarantine with the error; other
        pages are not affected. When the parser pool fails for a while, its error is raised: the page is not at fault.
        """
        if isinstance(found, Reject):
            return await self.refuse(due, page, found, now=now, instead=instead)
        arrival, refusal = Arrival(due, page, found, now), self.refusal(page, found) or outside_dates(found, due.window)
        if refusal is None and arrival.is_reflection:
            refusal = Reject("not_article", "the page repeats words that another site put into the query of its URL")
        if refusal is not None:
            return await self.refuse(due, page, refusal, now=now, instead=instead)
        if self._groups is not None and may_share(arrival) and (line := await self._groups.store(arrival)):
            return Stored(NEW, line, line.article_id)
        await on_disk(self._archive, arrival.refs)
        stored = await self._stored(arrival)
        if isinstance(stored, Reject):
            return await self.refuse(due, page, stored, now=now, instead=instead)
        return stored

    def coming(self) -> AbstractContextManager[None]:
        """A page is being read that may be stored soon: new pages wait for it a little."""
        return nullcontext() if self._groups is None else self._groups.coming()

    async def _stored(self, arrival: Arrival, line: UrlResult | None = None) -> Stored | Reject:
        """Commit an arrival that is not refused, again when another writer was in its way; or why it can't be stored."""
        for is_last in (*[False] * TRIES, True):
            try:
                async with self._copies.turn(arrival.hashes):
                    told, proposal = await self._look_ahead(arrival)
                    return await self._commit(told, replace(proposal, is_last=is_last), line)
            except (Deadlock, Outdated):  # Deadlock: two families that grow into each other at once
                if is_last:
                    raise
            except (*UNSTORABLE, ParserPoolError) as error:
                if isinstance(error, ParserPoolError) and error.is_temporary:
                    raise
                return Reject("store_error", f"{type(error).__name__}: {error}")
        raise AssertionError("the last try returns or raises")

    async def _look_ahead(self, arrival: Arrival) -> tuple[Arrival, Proposal]:
        """Returns the arrival with when it was looked for in vain, and what a new text is probably a copy of."""
        async with self._pool.connection() as conn, autocommit(conn):
            outlook = await (await ask_outlooks(conn, [arrival])).first()
        if outlook is None or outlook.is_known:
            return arrival, Proposal()
        arrival = arrival.told(outlook.absent_at, outlook.sought_at)
        equal = outlook.equal if arrival.found.word_count >= MIN_WORDS_TO_COMPARE else ()
        return arrival, await self._copies.propose(arrival.document, arrival.hashes, equal, arrival.now)

    async def _commit(self, arrival: Arrival, proposal: Proposal, line: UrlResult | None = None) -> Stored:
        """Run the transaction in pipeline mode: its statements travel together, and few answers are waited for.

        `line` is the ledger's line where the page was refused or missed: the arrival replaces it.
        """
        async with self._pool.connection() as conn, conn.pipeline(), conn.transaction():
            decision, article_id, is_copy = await self._store_article(conn, arrival, proposal)
            made = ledger_line(arrival.due, arrival.page, decision, article_id, is_copy=is_copy, now=arrival.now)
            result = made if line is None else replace(line, article_id=article_id)
            await finish_url(conn, result)
            if article_id is not None:
                await hold_texts(conn, [arrival])
            of_article = result if line is not None else await _line_of_article(conn, arrival, result)
            await plan_first_recheck(conn, arrival, of_article, self._recheck_ages)
        return Stored(decision, result, article_id)

    async def miss(self, due: DueUrl, line: UrlResult, instead: Extraction | None) -> UrlResult:
        """Commit the ledger's line of a URL without a page that can be stored, with what replaces the page.

        Returns the line as it was committed. A re-check's article stays as it is.
        """
        if instead is not None and line.state in GIVEN_UP and not due.is_recheck:
            page = Page(due.url, due.url, line.status or 0, (), b"", line.now)
            stored = await self._stored(Arrival(due, page, instead, line.now), line)
            if not isinstance(stored, Reject):
                return stored.result
        async with self._pool.connection() as conn, conn.transaction():
            await finish_url(conn, line)
        return line

    async def refuse(
        self, due: DueUrl, page: Page, refusal: Reject, *, now: dt.datetime, instead: Extraction | None = None
    ) -> Stored:
        """Commit a refusal. A page that broke its parser is tried twice more, then held in quarantine."""
        await on_disk(self._archive, [page.archived])
        result = ledger_line(due, page, refusal, None, now=now)
        if refusal.reason == "store_error" or refusal.reason in PARSE_ENDS:
            async with self._pool.connection() as conn, conn.transaction():
                result = await self._quarantined(conn, due, result, refusal, now)
                if result.state not in GIVEN_UP:
                    await finish_url(conn, result)
                    return Stored(refusal, result, None)
        result = await self.miss(due, result, instead)
        return Stored(refusal, result, result.article_id)

    async def _quarantined(
        self, conn: Connection, due: DueUrl, result: UrlResult, refusal: Reject, now: dt.datetime
    ) -> UrlResult:
        """Record the failure. The ledger's line that is returned says when to try again, or ends if the page is held."""
        step = "store" if refusal.reason == "store_error" else "extract"
        broken = Broken(due.url, due.url_key, step, refusal.reason, refusal.detail, EXTRACTOR)
        failures = await add_failure(conn, broken, now=now)
        if step == "store" or due.via == "import":
            return result
        retry_at = page_retry_at(failures, now=now, is_one_off=due.crawl_id is not None)
        return replace(result, state="pending", result="retry", next_attempt_at=retry_at) if retry_at else result

    def refusal(self, page: Page, found: Extraction) -> Reject | None:
        """Why a page is not stored, whatever the archive holds."""
        return redirect_reason(page, found) or reject_reason(found, obeyed=self._obeyed)

    async def _store_article(
        self, conn: Connection, arrival: Arrival, proposal: Proposal
    ) -> tuple[Decision, int | None, bool]:
        found, now = arrival.found, arrival.now
        wanted = {"url_keys": arrival.passed_keys, "site": arrival.site}
        forgotten = await STORE.ask_values(conn, "is_forgotten", wanted)
        await lock_identities(conn, [arrival])
        turn = None
        while True:
            known = await find_known(conn, arrival)
            if await forgotten.first():
                return Reject("forgotten", "this URL or its source was forgotten on request"), None, False
            decided = decide(
                found, site=arrival.site, text_hash=arrival.text_hash, known=known, may_rename=arrival.may_rename,
                import_fetched_at=arrival.import_fetched_at)  # fmt: skip
            if isinstance(decided, Unchanged) and decided.why == "older":
                return decided, decided.article_id, False
            decision = await _with_cause(conn, decided, found)
            if isinstance(decision, Reject):
                await STORE.run(conn, "mark_repeated", {"article_id": decision.repeats})
                return decision, None, False
            is_first_text = _is_first_text(decision, known, found)
            if isinstance(decision, StoreNew) and known:
                await STORE.run(conn, "free_claims", {"url_keys": [arrival.key]})
            if is_first_text:
                turn = await self._copies.begin(conn, arrival.hashes, proposal, now)
                if isinstance(decision, Revise):
                    await _time_of_text(conn, decision, arrival)
            elif isinstance(decision, Revise):
                await _resketch(conn, decision, arrival)
            article_id = await _carry_out(conn, decision, arrival)
            if article_id is not None:
                break
            # another worker stored the same identity between look-up and insert; its article is visible now
        await _unite(conn, article_id, arrival, decision, known)
        await _add_aliases(conn, article_id, arrival, decision)
        if found.parts:
            await _keep_parts(conn, article_id, arrival)
        is_copy = False
        if turn is not None:
            equal = equal_texts(found, arrival.text_hash, known)
            is_copy = await self._copies.link(conn, turn, article_id, arrival.document, arrival.hashes, equal, now)
        await self._keep_findings(conn, article_id, decision, found, now)
        return decision, article_id, is_copy

    async def _keep_findings(
        self, conn: Connection, article_id: int, decision: Decision, found: Extraction, now: dt.datetime
    ) -> None:
        """Store statements on use and a live blog's entries; count boilerplate, last because the host's row stays locked."""
        is_new = isinstance(decision, StoreNew)
        if was_fetched(found.extractor) and not isinstance(decision, Alias) and (found.rights or not is_new):
            await keep_rights(conn, article_id, found, now=now)
        if found.live_entries and not isinstance(decision, Alias):
            await keep_entries(conn, article_id, found.live_entries, now=now)
        if self._learns and isinstance(decision, StoreNew | Revise):
            await count_page(conn, article_id, found, now=now)


def _is_first_text(decision: Decision, known: Sequence[Known], found: Extraction) -> bool:
    """Whether the archive has no text of the article so far: it is new, or was a headline."""
    if isinstance(decision, Revise):
        was_headline = any(k.article_id == decision.article_id and k.text_origin == "none" for k in known)
        return was_headline and found.text_origin != "none"
    return isinstance(decision, StoreNew) and found.text_origin != "none"


async def _unite(
    conn: Connection, article_id: int, arrival: Arrival, decision: Decision, known: Sequence[Known]
) -> None:
    """Make one article of an item that was known from a feed alone and the page that its address led to."""
    if not was_fetched(arrival.found.extractor):
        return
    where = row_of(arrival) | {"article_id": article_id}
    by_hearsay = [k.article_id for k in known if k.is_hearsay and not k.is_identity]
    of_feeds = [k for k in known if not was_fetched(k.extractor) and k.site == arrival.site]
    if by_hearsay or of_feeds:
        await STORE.run(conn, "hold_tasks", {"article_ids": [article_id, *(k.article_id for k in of_feeds)]})
    if article_id in by_hearsay and not isinstance(decision, Alias):
        await STORE.run(conn, "readdress", where | {"why": "same_text"})
    own = next((k for k in of_feeds if k.article_id == article_id), None)
    if own is not None and isinstance(decision, Revise):
        why = {"moved": "redirect", "canonical": "canonical"}.get(own.claim or "", "same_text")
        await STORE.run(conn, "readdress", where | {"why": why})
    for each in of_feeds:
        if each.claim == "moved" and each.article_id != article_id:
            await STORE.run(conn, "absorb", {"article_id": article_id, "absorbed_id": each.article_id})


async def _line_of_article(conn: Connection, arrival: Arrival, result: UrlResult) -> UrlResult | None:
    """Returns the line of the address that answered: the one that was asked, or after redirects one of its own."""
    if arrival.key == arrival.due.url_key or result.state != "stored":
        return result
    url_id = await keep_answering_address(conn, result, is_hearsay=not arrival.may_speak)
    return None if url_id is None else replace(result, url_id=url_id)


async def _with_cause(conn: Connection, decision: Decision, found: Extraction) -> Decision:
    """Returns the decision; a revision with its cause."""
    if not isinstance(decision, Revise):
        return decision
    before = await STORE.row(conn, Before, "before", {"article_id": decision.article_id})
    return decision if before is None else Revise(decision.article_id, cause_of(before, found))


async def _resketch(conn: Connection, decision: Revise, arrival: Arrival) -> None:
    """Have a revised article found by its new text; one that says something else now has its time from now on."""
    where = {"article_id": decision.article_id}
    text = await STORE.value(conn, "text_of", where)
    await replace_sketch(conn, decision.article_id, sketch_of(str(text or "")), arrival.hashes)
    if decision.cause in ("publisher", "opened") and arrival.hashes:
        first = set(sketch_of(str(await STORE.value(conn, "first_text", where) or "")))
        if len(first.intersection(arrival.hashes)) < SAME_TEXT * len(arrival.hashes):
            await _time_of_text(conn, decision, arrival)


async def _time_of_text(conn: Connection, decision: Revise, arrival: Arrival) -> None:
    """The article says something else from now on: since when we looked for that text depends on why."""
    times = {"now": arrival.now, "absent_at": arrival.absent_at, "sought_at": arrival.sought_at}
    name = "new_text" if decision.cause == "publisher" else "opened_text"
    await STORE.run(conn, name, times | {"article_id": decision.article_id})


async def _carry_out(conn: Connection, decision: Decision, arrival: Arrival) -> int | None:
    """Write what was decided; returns the article's id, or None if another worker was first."""
    match decision:
        case StoreNew():
            article_id: int | None = await STORE.value(conn, "insert_article", row_of(arrival))
            return article_id
        case Revise(article_id, cause):
            row = row_of(arrival)
            await STORE.run(conn, "keep_revision", {"article_id": article_id})
            await STORE.run(conn, "revise_article", row | {"article_id": article_id, "cause": cause})
            await STORE.run(conn, "touch", {"article_id": article_id, "now": arrival.seen_at})
            await _fill_gaps(conn, article_id, arrival)
            return article_id
        case Unchanged(article_id, _) | Alias(article_id, _) if not was_fetched(arrival.found.extractor):
            await _fill_gaps(conn, article_id, arrival)
            return article_id
        case Unchanged(article_id, _):
            await STORE.run(conn, "touch", {"article_id": article_id, "now": arrival.seen_at})
            await _fill_gaps(conn, article_id, arrival)
            return article_id
        case Alias(article_id, _):
            await STORE.run(conn, "touch", {"article_id": article_id, "now": arrival.seen_at})
            return article_id
        case Reject():
            return None


async def _fill_gaps(conn: Connection, article_id: int, arrival: Arrival) -> None:
    """Write what a page of the article's own site says of it, where another site had named it first."""
    if arrival.may_rename:
        where = {"article_id": article_id, "is_direct": arrival.page.final_url == arrival.due.url}
        await STORE.run(conn, "fill_gaps", row_of(arrival) | where)


async def _keep_parts(conn: Connection, article_id: int, arrival: Arrival) -> None:
    parts = {url_key(part.url): part for part in arrival.found.parts if site_of(part.url) == arrival.site}
    refs = [part.archived for part in parts.values()]
    due, urls = arrival.due, [storable_line(part.url, 8192) for part in parts.values()]
    row: dict[str, Any] = {"article_id": article_id, "source_id": due.source_id, "url_id": due.id, "now": arrival.now}
    row |= {"url_keys": list(parts), "urls": urls}
    row |= {"hosts": [host_of(part.url) for part in parts.values()], "named_by": list(due.named_by)}
    row |= {"files": [ref and ref.file for ref in refs], "offsets": [ref and ref.offset for ref in refs]}
    await STORE.run(conn, "keep_parts", row | {"lengths": [ref and ref.length for ref in refs]})


async def _add_aliases(conn: Connection, article_id: int, arrival: Arrival, decision: Decision) -> None:
    if arrival.asked_key is not None:
        await STORE.run(conn, "free_shifting", {"asked_key": arrival.asked_key, "article_id": article_id})
    await add_aliases(conn, article_id, arrival, decision)
