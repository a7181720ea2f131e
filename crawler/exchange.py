"""What goes into the crawler and what comes out: one request, one outcome.

    FetchRequest ──► Page         the body, decompressed
                 ├─► NotModified  what was kept still holds (304)
                 └─► NotFetched   why there is no page, and whether another try can help

An outcome is a value; only what nobody foresaw (the database is gone, a pipeline is wrong) is an exception.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from dateline.errors import FetchError
from dateline.types.article import Page

Role = Literal["page", "feed"]

META_KEY = "pending fetch"
"""Where a Scrapy request carries its PendingFetch."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One URL to fetch. `role` "feed" is any watched page; `payload` is carried to the item pipelines untouched.

    delay_s: seconds from one request to this host to the next (0: none, and no daily limit: one's own servers);
    concurrency: requests at once to it; pages_a_day: page fetches a day (UTC) from it, over all workers.
    """

    url: str
    role: Role = "page"
    etag: str | None = None
    last_modified: str | None = None
    delay_s: float = 1.0
    concurrency: int = 1
    pages_a_day: int | None = None
    obey_robots: bool = True
    payload: Any = None


@dataclass(frozen=True, slots=True)
class RawExchange:
    """An exchange as it went over the wire, for the archive.

    `body` has lost its chunked framing (as WARC tools expect) but not its Content-Encoding; header pairs are in order
    and spelled as received. `address` is the one connected to.
    """

    url: str
    status_line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)
    request_headers: tuple[tuple[bytes, bytes], ...]
    address: str
    fetched_at: dt.datetime


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304: what was fetched with these validators still holds."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    final_url: str
    fetched_at: dt.datetime
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class NotFetched:
    """Why there is no page.

    Reasons: robots, robots_unreachable; guard, bad_url, url_too_long, trap; dns, connect, tls, timeout, connection_lost,
    bad_response; too_large, headers_too_large, bad_encoding; redirect_loop; too_many_requests (429), host_backoff (an
    earlier answer asked to stay away), daily_limit (enough was fetched today), http_STATUS; stopped (this process ends).
    """

    url: str
    reason: str
    status: int | None = None
    is_temporary: bool = True
    retry_after: dt.datetime | None = None
    detail: str = ""
    final_url: str | None = None


Outcome = Page | NotModified | NotFetched


@dataclass(frozen=True, slots=True)
class PageItem:
    """What the spider yields into the item pipelines."""

    page: Page = field(repr=False)
    raw: RawExchange = field(repr=False)
    request: FetchRequest


class NoFetch(FetchError):
    """A fetch that ends here and why, on its way through Scrapy to whoever asked."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        is_temporary: bool = True,
        status: int | None = None,
        retry_after: dt.datetime | None = None,
    ) -> None:
        super().__init__(detail or reason, reason=reason, is_temporary=is_temporary, status=status)
        self.detail = detail
        self.retry_after = retry_after

    def outcome(self, url: str, *, final_url: str | None = None) -> NotFetched:
        """The same as a value."""
        return NotFetched(url, self.reason, self.status, self.is_temporary, self.retry_after, self.detail, final_url)


@dataclass(slots=True, eq=False)
class PendingFetch:
    """One FetchRequest under way: rides in the meta of its Scrapy request and of every redirect of that.

    `passed` are the URLs that redirected, `is_moved` whether all of them did so for good (301, 308), `delay_s` the pace after
    robots.txt had its say, `spent_s` the network time so far.
    """

    fetch_request: FetchRequest
    future: asyncio.Future[Any]
    is_robots: bool = False
    delay_s: float = 0.0
    spent_s: float = 0.0
    redirects: list[str] = field(default_factory=list)
    is_moved: bool = True
    raw: RawExchange | None = None

    @property
    def final_url(self) -> str | None:
        """The last URL that redirected, if any did."""
        return self.redirects[-1] if self.redirects else None

    def settle(self, outcome: object) -> None:
        """Hand the outcome to whoever waits; only the first one counts."""
        if not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: BaseException | None) -> None:
        """Raise the error to whoever waits, unless there is an outcome already."""
        if not self.future.done():
            self.future.set_exception(error or RuntimeError("a failure without an error"))
