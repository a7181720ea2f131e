"""The quarantine in PostgreSQL: failures written with the ledger's line, what is held, and its release."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from dateline.text import bytes_hash, storable, storable_line
from dateline.urls import host_of, url_key
from sql import query
from sql.statements import Area

AREA = Area("quarantine")


@dataclass(frozen=True, slots=True)
class Broken:
    """A page (or watched page: `feed_id`) that broke a step, under this reader."""

    url: str
    url_key: uuid.UUID
    step: str
    reason: str
    error: str
    reader: str
    feed_id: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is held, with its last failure."""

    url: str
    kind: str
    source: str | None
    reason: str
    error: str
    failures: int
    first_at: dt.datetime
    last_at: dt.datetime
    reader: str
    next_attempt_at: dt.datetime | None


async def add_failure(conn: AsyncConnection[Any], broken: Broken, *, now: dt.datetime) -> int:
    """Within the caller's transaction, write a failure down; how many of this URL count now."""
    params = {
        "url_key": broken.url_key,
        "url": storable_line(broken.url, 8192),
        "step": broken.step,
        "reason": broken.reason,
        "error": storable(broken.error, 2000),
        "reader": broken.reader,
        "feed_id": broken.feed_id,
        "now": now,
    }
    return int(await AREA.value(conn, "add", params) or 0)


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What an address was read as: a watched page (`feed_id`) or a URL of the ledger."""

    url_key: uuid.UUID
    feed_id: int | None
    is_one_off: bool


async def read_as(conn: AsyncConnection[Any], url: str) -> list[ReadAs]:
    """What this address is due as, or was when its reader died."""
    params = {"url": url, "url_hash": bytes_hash(url.encode()), "url_key": url_key(url), "host": host_of(url)}
    return await AREA.rows(conn, ReadAs, "read_as", params)


async def hold_feed(conn: AsyncConnection[Any], feed_id: int, *, until: dt.datetime) -> None:
    """Let a watched page wait until then."""
    await conn.execute(query("quarantine", "hold_feed"), {"feed_id": feed_id, "until": until})


async def hold_page(
    conn: AsyncConnection[Any], key: uuid.UUID, *, until: dt.datetime | None, reason: str, now: dt.datetime
) -> None:
    """Let a URL and its re-checks wait until then; None ends it."""
    params = {"url_key": key, "until": until, "reason": reason, "now": now}
    await conn.execute(query("quarantine", "hold_page"), params)


def held(conn: psycopg.Connection[Any]) -> list[Held]:
    """All that is held, the latest first."""
    with conn.cursor(row_factory=class_row(Held)) as cur:
        return cur.execute(query("quarantine", "held")).fetchall()


def release(conn: psycopg.Connection[Any], urls: Sequence[str] | None, *, now: dt.datetime) -> int:
    """Let go of these URLs, or of all (None), so that they are tried again now; how many those were."""
    keys = None if urls is None else [url_key(url) for url in urls]
    with conn.cursor(row_factory=scalar_row) as cur:
        return int(cur.execute(query("quarantine", "release"), {"url_keys": keys, "now": now}).fetchone() or 0)


async def release_for_new_readers(
    conn: AsyncConnection[Any], *, page_reader: str, feed_reader: str, now: dt.datetime
) -> int:
    """Let go of what broke other readers than these; how many URLs those were."""
    readers = {"page_reader": page_reader, "feed_reader": feed_reader}
    keys = await AREA.values(conn, "read_by_others", readers)
    if keys:
        await AREA.run(conn, "release", {"url_keys": keys, "now": now})
    return len(keys)
