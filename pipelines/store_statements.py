"""The store's statements that take several pages at once: a page's own transaction and that of a group use the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.arrival import Arrival
from pipelines.dedupe import LONGEST_PROVED, Decision, Known
from pipelines.revisions.repeated_body import MOST_WORDS
from sql.frontier.rechecks import plan_recheck
from sql.frontier.rows import UrlResult
from sql.statements import Area, Connection, SentQuery, array

STORE = Area("store")
SOONEST_RECHECK = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the archive has before a page is stored: the page itself, articles with the same text, and when we last looked
    for the page in vain or began to ask for it."""

    is_known: bool
    equal: list[int]
    absent_at: dt.datetime | None
    sought_at: dt.datetime | None


async def ask_outlooks(conn: Connection, pages: Sequence[Arrival]) -> SentQuery[Outlook]:
    """Ask for the outlook of each page."""
    columns = {"url_ids": array(page.due.id for page in pages), "nows": [page.now for page in pages]}
    return await STORE.ask(conn, Outlook, "outlook", columns | _identities(pages))


async def ask_met_before(conn: Connection, pages: Sequence[Arrival]) -> SentQuery[int]:
    """Ask for the places (from 1) of those pages which are, or may be tied to, something that the archive has."""
    columns = {"canonical_keys": array(page.canonical_key for page in pages), "sites": [page.site for page in pages]}
    return await STORE.ask_values(conn, "met_before", columns | _identities(pages))


def _identities(pages: Sequence[Arrival]) -> dict[str, str]:
    keys, texts = array(page.key for page in pages), array(page.text_hash for page in pages)
    return {"url_keys": keys, "content_hashes": texts}


async def lock_identities(conn: Connection, pages: Sequence[Arrival]) -> None:
    """Take turns with every writer of the same text or address."""
    turns = [(page.text_hash, page.canonical_key or page.asked_key or page.key) for page in pages]
    await STORE.run(conn, "lock_identity", {"keys": array(key for pair in turns for key in pair)})


async def find_known(conn: Connection, page: Arrival) -> list[Known]:
    """The articles that the page may be the same as, locked until the transaction ends."""
    wanted = {"url_keys": [page.key], "asked_key": page.asked_key, "canonical_key": page.canonical_key}
    more = {"content_hash": page.text_hash, "longest_proved": LONGEST_PROVED, "most_words": MOST_WORDS}
    return await STORE.rows(conn, Known, "known", wanted | more)


async def add_aliases(conn: Connection, article_id: int, page: Arrival, decision: Decision) -> None:
    """Write the addresses that lead to the article."""
    where = {"article_id": article_id, "now": page.now}
    await STORE.run(conn, "add_alias", where | page.aliases(decision))


async def hold_texts(conn: Connection, pages: Sequence[Arrival]) -> None:
    """Drop the feed's text of those pages whose article has all of it: it is not stored twice."""
    held = [page.due.id for page in pages if page.found.holds_feed_text]
    if held:
        await STORE.run(conn, "text_held", {"url_ids": held})


async def plan_first_recheck(
    conn: Connection, page: Arrival, line: UrlResult | None, ages: Sequence[dt.timedelta]
) -> None:
    """Note when the article of a watched source is asked for again; `line` is that of the address that answered."""
    due = page.due
    is_watched = due.source_id is not None and due.crawl_id is None and not due.is_recheck
    if ages and is_watched and line is not None and (line.state == "stored" or line.article_id is not None):
        await plan_recheck(conn, line, ages, soonest=page.now + SOONEST_RECHECK)
