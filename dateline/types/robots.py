"""A site's robots.txt (or another file of rules) as it was last answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ROBOTS_PATH = "/robots.txt"


@dataclass(frozen=True, slots=True)
class RobotsRecord:
    """An origin's ("https://host", "http://host:8080") answer for its robots.txt (or tdmrep.json), and when it expires.

    Without an answer the status is 0, and the body says why (crawler.politeness.robots.failure_of).
    """

    origin: str
    status: int
    body: bytes
    fetched_at: dt.datetime
    expires_at: dt.datetime
    path: str = ROBOTS_PATH

    @property
    def is_unreachable(self) -> bool:
        """Whether this answer leaves the site's rules unknown, so that nothing may be fetched. 429 means "not now"."""
        return self.status < 200 or self.status >= 500 or self.status == 429
