"""robots.txt as RFC 9309 has it: who may fetch what, decided from a record; pure.

What a status means (2.3.1): 2xx, its rules; 4xx, no rules; 5xx and no answer at all, stay away. 429 counts with the
latter, since it says "not now" and not "there is none".
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from crawler.politeness.robots_parser import MAX_BYTES, RobotsFile

LIFETIME = dt.timedelta(days=1)
"""RFC 9309, 2.4: not to be used for more than 24 hours."""
UNREACHABLE_LIFETIME = dt.timedelta(minutes=10)
"""How long a site whose robots.txt can't be had is left alone before it is asked for again."""
MAX_CRAWL_DELAY_S = 60.0
"""A longer Crawl-delay (no part of RFC 9309) is cut to this: at a day a page no newspaper could be read."""
UNREACHABLE = 0
"""The status of a robots.txt that nobody answered for."""

_PRODUCT = re.compile(r"[A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class RobotsRecord:
    """What an origin ("https://host", "http://host:8080") answered for its robots.txt, and until when that holds."""

    origin: str
    status: int
    body: bytes
    fetched_at: dt.datetime
    expires_at: dt.datetime


class RobotsStore(Protocol):
    """Where robots.txt records are kept for all workers."""

    async def load(self, origin: str) -> RobotsRecord | None:
        """The origin's record, expired or not."""
        ...

    async def save(self, record: RobotsRecord) -> None:
        """Keep this record in place of the origin's earlier one."""
        ...


@dataclass(frozen=True, slots=True)
class RobotsDecision:
    """What robots.txt says of one URL; `crawl_delay_s` is at most MAX_CRAWL_DELAY_S."""

    is_allowed: bool
    is_reachable: bool = True
    crawl_delay_s: float = 0.0


class RobotsRules:
    """One record's rules for us: the status decides first, then what the file says."""

    def __init__(self, record: RobotsRecord, file: RobotsFile) -> None:
        self.record = record
        self._file = file
        self._decision = RobotsDecision(True, crawl_delay_s=min(file.crawl_delay_s, MAX_CRAWL_DELAY_S))

    @property
    def weight(self) -> int:
        """About how many bytes these rules take in memory."""
        patterns = (*self._file.allowed, *self._file.disallowed)
        return 1_500 + sum(200 + 2 * len(pattern) for pattern in patterns) + sum(map(len, self._file.sitemaps))

    def decide(self, url: str) -> RobotsDecision:
        """Whether the URL may be fetched, and how slowly."""
        if is_unreachable(self.record.status):
            return RobotsDecision(is_allowed=False, is_reachable=False)
        parts = urlsplit(url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return self._decision if self._file.allows(path) else replace(self._decision, is_allowed=False)


def record_of(origin: str, status: int, body: bytes, *, now: dt.datetime) -> RobotsRecord:
    """The record of an answer with this status and (decompressed) body."""
    lifetime = UNREACHABLE_LIFETIME if is_unreachable(status) else LIFETIME
    kept = body[:MAX_BYTES] if has_rules(status) else b""
    return RobotsRecord(origin, status, kept, fetched_at=now, expires_at=now + lifetime)


def is_unreachable(status: int) -> bool:
    """Whether this answer leaves unknown what the site wants, so that all of it is to be left alone."""
    return status < 200 or status >= 500 or status == 429


def product_token(user_agent: str) -> str:
    """The name that robots.txt files address this crawler by (RFC 9309, 2.2.1: letters, - and _)."""
    found = _PRODUCT.match(user_agent)
    return found.group() if found else "*"


def origin_of(url: str) -> str:
    """Scheme and authority of a URL: what one robots.txt holds for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def robots_url(origin: str) -> str:
    """Where an origin's robots.txt is."""
    return f"{origin}/robots.txt"


def has_rules(status: int) -> bool:
    """Whether the body of an answer with this status is a robots.txt."""
    return 200 <= status < 300
