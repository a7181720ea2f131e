"""A kill of the process that read a page counts against that page: from the third time on it is held."""

from __future__ import annotations

import datetime as dt

from crawler.discovery.discover import READER
from pipelines.quarantine import PAGE_WAIT, feed_retry_at, page_retry_at
from pipelines.version import EXTRACTOR
from sql.database import Pool
from sql.frontier.quarantine import Broken, add_failure, hold_feed, hold_page, read_as

STEP, REASON = "worker", "parse_crash"
FIRST_WAIT = dt.timedelta(seconds=5)
WHAT = "the process was killed while it read this"


def retry_after_kill(failures: int, *, now: dt.datetime) -> dt.datetime:
    """When to read again what a killed process read: at first soon, since the machine or an operator may have killed it."""
    return now + (FIRST_WAIT if failures == 1 else PAGE_WAIT * failures)


async def count_kill(pool: Pool, url: str, *, now: dt.datetime) -> int:
    """Count a kill against each watched page and each URL of the ledger with this address; returns the most that one has."""
    most = 0
    async with pool.connection() as conn, conn.transaction():
        for found in await read_as(conn, url):
            reader = READER if found.feed_id is not None else EXTRACTOR
            broken = Broken(url, found.url_key, STEP, REASON, WHAT, reader, found.feed_id)
            failures = await add_failure(conn, broken, now=now)
            if found.feed_id is not None:
                held_until = feed_retry_at(failures, now=now) or retry_after_kill(failures, now=now)
                await hold_feed(conn, found.feed_id, until=held_until)
            else:
                until = page_retry_at(failures, now=now, is_one_off=found.is_one_off)
                until = until and min(until, retry_after_kill(failures, now=now))
                await hold_page(conn, found.url_key, until=until, reason=REASON, now=now)
            most = max(most, failures)
    return most
