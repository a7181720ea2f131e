"""Which URLs robots.txt allows, decided from a stored record by RFC 9309; pure.

By status (2.3.1): 2xx: its rules apply; 4xx: everything is allowed; 5xx or no answer: nothing is. 429 counts as no
answer, because it means "not now" rather than "there is none".
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from crawler.politeness.robots_parser import MAX_BYTES, RobotsFile
from dateline.types.rights import Statement, kept, preferences
from dateline.types.robots import ROBOTS_PATH, RobotsRecord
from dateline.urls.links import absolute_url

LIFETIME = dt.timedelta(days=1)
"""RFC 9309, 2.4: a cached copy may be used for at most 24 hours."""
UNREACHABLE_LIFETIME = dt.timedelta(minutes=10)
"""How long to wait before the next try when robots.txt can't be fetched."""
MAX_CRAWL_DELAY_S = 60.0
"""A longer Crawl-delay (which RFC 9309 does not define) is cut to this: one page per day would be useless."""
UNREACHABLE = 0
"""The status of a robots.txt request that got no answer."""

ROBOTS = "robots.txt"
_PRODUCT = re.compile(r"[A-Za-z_-]+")


class RobotsStore(Protocol):
    """Stores robots.txt records for all workers."""

    async def load(self, origin: str, path: str = ROBOTS_PATH) -> RobotsRecord | None:
        """The origin's record, expired or not."""
        ...

    async def save(self, record: RobotsRecord) -> None:
        """Keep this record in place of the origin's earlier one."""
        ...


@dataclass(frozen=True, slots=True)
class RobotsDecision:
    """What robots.txt decides about one URL; `crawl_delay_s` is at most MAX_CRAWL_DELAY_S."""

    is_allowed: bool
    is_reachable: bool = True
    crawl_delay_s: float = 0.0


class RobotsRules:
    """One record's rules for this crawler: its status decides first, then the file."""

    def __init__(self, record: RobotsRecord, file: RobotsFile) -> None:
        self.record = record
        self._file = file
        self._decision = RobotsDecision(True, crawl_delay_s=min(file.crawl_delay_s, MAX_CRAWL_DELAY_S))

    @property
    def weight(self) -> int:
        """The approximate size of these rules in memory, in bytes."""
        patterns = (*self._file.allowed, *self._file.disallowed)
        texts = (*self._file.sitemaps, *self._file.licenses, *(usage.value for usage in self._file.usages))
        return 1_500 + sum(200 + 2 * len(pattern) for pattern in patterns) + sum(map(len, texts))

    def decide(self, url: str) -> RobotsDecision:
        """Whether the URL may be fetched, and how slowly."""
        if self.record.is_unreachable:
            return RobotsDecision(is_allowed=False, is_reachable=False)
        return self._decision if self._file.allows(path_of(url)) else replace(self._decision, is_allowed=False)

    def rights(self, url: str) -> tuple[Statement, ...]:
        """What robots.txt states about the use of the URL."""
        licences = (
            Statement("rsl", absolute_url(each, self.record.origin) or each, ROBOTS) for each in self._file.licenses
        )
        uses = (preferences(use.record, use.value, ROBOTS) for use in self._file.usages_of(path_of(url)))
        return kept((*licences, *(each for use in uses for each in use)))


def record_of_failure(origin: str, reason: str, detail: str, *, now: dt.datetime) -> RobotsRecord:
    """The record of a request that got no answer; its body holds reason and detail, so that all workers can say why."""
    said = f"{reason}\n{detail}".encode()
    return RobotsRecord(origin, UNREACHABLE, said, fetched_at=now, expires_at=now + UNREACHABLE_LIFETIME)


def failure_of(record: RobotsRecord) -> tuple[str, str] | None:
    """Reason and detail of a request that got no answer, if the record has them."""
    if record.status != UNREACHABLE or not record.body:
        return None
    reason, _, detail = record.body.decode("utf-8", "replace").partition("\n")
    return reason, detail


def record_of(origin: str, status: int, body: bytes, *, now: dt.datetime, path: str = ROBOTS_PATH) -> RobotsRecord:
    """The record of an answer with this status and (decompressed) body."""
    rules = body[:MAX_BYTES] if has_rules(status) else b""
    record = RobotsRecord(origin, status, rules, fetched_at=now, expires_at=now + LIFETIME, path=path)
    return replace(record, expires_at=now + UNREACHABLE_LIFETIME) if record.is_unreachable else record


def product_token(user_agent: str) -> str:
    """This crawler's name in robots.txt files (RFC 9309, 2.2.1: letters, - and _)."""
    found = _PRODUCT.match(user_agent)
    return found.group() if found else "*"


def origin_of(url: str) -> str:
    """Scheme and authority of a URL: the scope of one robots.txt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def path_of(url: str) -> str:
    """The path of a URL with its query, as rules are matched against it."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def robots_url(origin: str) -> str:
    """The URL of an origin's robots.txt."""
    return f"{origin}{ROBOTS_PATH}"


def has_rules(status: int) -> bool:
    """Whether the body of an answer with this status is a robots.txt."""
    return 200 <= status < 300
