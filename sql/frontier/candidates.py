"""What a watched page names, put into the ledger: candidates and pages to watch, within what one source may bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from dateline.text import bytes_hash, storable
from dateline.types.article import Candidate
from dateline.urls import UrlIdentity, host_of, identify, site_of, unwrap
from sql.frontier.rows import FeedVisit, Validators, hints_of
from sql.statements import Area

AREA = Area("frontier")
MAX_URLS_A_STATEMENT = 5_000
CACHED_FOR = dt.timedelta(minutes=10)
"""How long after a change a feed may still show the old date, because servers cache feeds."""
MOST_SITEMAP_LEVELS = 3
"""Sitemap indexes above a sitemap. The protocol allows one (sitemaps.org); a few sites have two."""
MOST_CHILD_PAGES = 1_000
"""Pages that a source's or crawl's own pages may name to be watched, in all and added per day: twice a full index."""
MOST_CHILD_PAGES_ELSEWHERE = 50
"""How many of those may be at one site that the page that names them may not speak for."""
MOST_NEW_A_DAY = 20_000
"""New URLs of one source per day: ten times what the largest agencies publish. The rest is read on the next days."""
NO_IDENTITIES: Mapping[str, UrlIdentity] = {}


@dataclass(frozen=True, slots=True)
class Added:
    """How many URLs are to be fetched because they were named, and how many of them were not in the ledger before."""

    due: int = 0
    first_seen: int = 0


async def within_the_day(conn: AsyncConnection[Any], visit: FeedVisit) -> FeedVisit:
    """The visit without what is too much for one day; the page is then read again, as if it had changed."""
    if visit.feed.crawl_id is not None or len(visit.candidates) <= 1_000:
        return visit
    named = await AREA.value(conn, "named_today", {"source_id": visit.feed.source_id, "now": visit.now})
    room = max(0, MOST_NEW_A_DAY - int(named or 0))
    if len(visit.candidates) <= room:
        return visit
    return replace(visit, candidates=visit.candidates[:room], validators=Validators(None, None, None))


async def add_candidates(
    conn: AsyncConnection[Any],
    candidates: Sequence[Candidate],
    where: dict[str, Any],
    *,
    now: dt.datetime,
    depth: int,
    priority: int,
    force: bool,
    identities: Mapping[str, UrlIdentity] = NO_IDENTITIES,
) -> Added:
    """Within the caller's transaction, put candidates into the ledger; returns how many are now to be fetched.

    `where["speaks_for"]` are the sites that the naming page may speak for; None: an operator names them. Lines are locked in
    the order of their keys, whatever the page's order: two pages that name the same URLs then wait for one another only once.
    """
    added, columns = Added(), _columns(sorted(targets_of(candidates), key=_newest_first), identities)
    columns["behind"] = list(reversed(range(len(candidates))))
    by_key = sorted(range(len(candidates)), key=columns["url_keys"].__getitem__)
    columns = {name: [values[place] for place in by_key] for name, values in columns.items()}
    if where["feed_id"] is not None:
        await AREA.run(conn, "own_source", columns | where)
    for start in range(0, len(candidates), MAX_URLS_A_STATEMENT):
        batch = {name: values[start : start + MAX_URLS_A_STATEMENT] for name, values in columns.items()}
        params = {"now": now, "depth": depth, "priority": priority, "force": force, "cached_for": CACHED_FOR}
        params |= batch | where
        rows = await AREA.values(conn, "add_urls", params)
        added = Added(added.due + len(rows), added.first_seen + sum(rows))
    return added


def _newest_first(candidate: Candidate) -> float:
    """The sort key of a candidate: dated ones newest first, then undated ones in the order of the page."""
    return -candidate.published_at.timestamp() if candidate.published_at else 0.0


async def keep_words(
    conn: AsyncConnection[Any],
    candidates: Sequence[Candidate],
    where: dict[str, Any],
    *,
    now: dt.datetime,
    identities: Mapping[str, UrlIdentity] = NO_IDENTITIES,
) -> None:
    """Within the caller's transaction, keep what a feed says of its items: only words that are new travel to the database."""
    of_feed = [one for one in targets_of(candidates) if one.said is not None]
    for start in range(0, len(of_feed), MAX_URLS_A_STATEMENT):
        batch = of_feed[start : start + MAX_URLS_A_STATEMENT]
        columns = _columns(batch, identities)
        asked = {name: columns[name] for name in ("url_keys", "sites")} | {"said": [one.said for one in batch]}
        unheard = set(await AREA.values(conn, "unheard_words", asked | {"speaks_for": where["speaks_for"]}))
        new = [place for place, key in enumerate(columns["url_keys"]) if key in unheard]
        if new:
            row: dict[str, Any] = {name: [columns[name][place] for place in new] for name in ("url_keys", "hints")}
            row |= {"said": [batch[place].said for place in new]}
            row |= {"now": now, "crawl_id": where["crawl_id"]}
            row["contents"] = [storable(batch[place].content) for place in new]
            await AREA.run(conn, "keep_words", row)


def targets_of(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Returns the candidates with the target in place of a redirector's or cache's URL: it is asked for itself."""
    return [one if (url := unwrap(one.url)) == one.url else replace(one, url=url) for one in candidates]


async def leave_out(
    conn: AsyncConnection[Any],
    candidates: Sequence[Candidate],
    where: dict[str, Any],
    *,
    reason: str,
    now: dt.datetime,
    identities: Mapping[str, UrlIdentity] = NO_IDENTITIES,
) -> None:
    """Within the caller's transaction, note candidates that are not to be fetched, for this reason."""
    for start in range(0, len(candidates), MAX_URLS_A_STATEMENT):
        params = _columns(candidates[start : start + MAX_URLS_A_STATEMENT], identities) | where
        params |= {"now": now, "reason": reason}
        await AREA.run(conn, "leave_out", params)


async def commit_children(conn: AsyncConnection[Any], visit: FeedVisit) -> None:
    """Within the caller's transaction, watch the pages that the visited page names, and no longer those that it does not."""
    feed, children = visit.feed, visit.children
    if not children and visit.outcome != "changed":
        return
    hashes = [bytes_hash(child.url.encode()) for child in children]
    where = {"parent_id": feed.id, "url_hashes": hashes, "now": visit.now}
    if children:
        row: dict[str, Any] = {
            "source_id": feed.source_id,
            "crawl_id": feed.crawl_id,
            "depth": visit.child_depth,
            "kind": visit.child_kind,
        }
        row |= {"most_levels": MOST_SITEMAP_LEVELS, "most_pages": MOST_CHILD_PAGES}
        row |= {"most_elsewhere": MOST_CHILD_PAGES_ELSEWHERE}
        row |= {"speaks_for": list(visit.speaks_for or feed.speaks_for(feed.url))}
        row |= {"urls": [child.url for child in children], "hosts": [host_of(child.url) for child in children]}
        row |= {"sites": [site_of(child.url) for child in children]}
        await AREA.run(conn, "add_child_feeds", where | row)
        await AREA.run(conn, "wake_child_feeds", where | {"modified": [child.modified_at for child in children]})
    if feed.crawl_id is None:
        await AREA.run(conn, "retire_child_feeds", where)


def _columns(candidates: Sequence[Candidate], identities: Mapping[str, UrlIdentity]) -> dict[str, Any]:
    known = {**identities, **identify(c.url for c in candidates if c.url not in identities)}
    return {
        "url_keys": [known[c.url].key for c in candidates],
        "urls": [c.url for c in candidates],
        "hosts": [known[c.url].host for c in candidates],
        "sites": [known[c.url].site for c in candidates],
        "vias": [c.via for c in candidates],
        "hints": [Jsonb(hints_of(c)) for c in candidates],
        "modified": [c.modified_at for c in candidates],
    }
