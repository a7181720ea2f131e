"""What goes into the crawler and what comes out: one request, one outcome.

    FetchRequest ──► Page         the body, decompressed
                 ├─► NotModified  the stored version is still valid (304)
                 └─► NotFetched   why there is no page, and whether another try can help

An outcome is a value, failures included. Only unexpected errors (the database is down, a pipeline has a bug) are exceptions.
What a visit records about an outcome is decided in `scheduler.visits.results`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from crawler.access.login import Login
from crawler.cookies import ChainCookies
from dateline.errors import FetchError
from dateline.types.article import Page
from dateline.types.rights import Statement
from dateline.types.source import Access
from dateline.urls import site_of

RequestRole = Literal["page", "feed", "resource"]

OWN_ACCESS = frozenset({"proxy_unreachable", "proxy_auth", "proxy_refused", "proxy_failed", "login_unreadable"})
"""Reasons that are a matter of our own proxy or login: they never count against the site."""
META_KEY = "pending fetch"
"""Where a Scrapy request carries its PendingFetch."""


class Slot(Protocol):
    """A URL's place among those that its host is asked for at once."""

    def leave(self, size: int) -> None:
        """Give the place up: the page is there, with so many bytes."""
        ...

    def enter(self) -> None:
        """Take a place again, to the end: the page needs more of its host."""
        ...


@dataclass(frozen=True, slots=True)
class PaceElsewhere:
    """Seconds between two requests to a host, and how many may run at the same time."""

    delay_s: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One URL to fetch. `role` "feed" means any watched page, "resource" what a rendered page
    asks for; `payload` is passed to the item pipelines unchanged.

    delay_s: seconds between two requests to this host (0: none, and no daily limit; for the operator's own servers);
    concurrency: simultaneous requests to it; pages_a_day: page fetches per day (UTC) from it by all workers together;
    elsewhere: at most so fast are the hosts of sites asked that it may not speak for, where a redirect or a script leads there;
    named_by: sites whose links may use the whole limit; links of others get half; empty: no distinction;
    access: certificates, login and proxy of the source that it is for; permit: called before each request for it (redirects
    too), and raises a NoFetch where none may be made; slot: left when the page is there.
    """

    url: str
    role: RequestRole = "page"
    etag: str | None = None
    last_modified: str | None = None
    delay_s: float = 1.0
    concurrency: int = 1
    elsewhere: PaceElsewhere | None = None
    pages_a_day: int | None = None
    named_by: Sequence[str] = ()
    obey_robots: bool = True
    access: Access = field(default=Access(), repr=False)
    permit: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)
    slot: Slot | None = field(default=None, repr=False)
    payload: Any = None

    def at(self, *, is_own: bool) -> FetchRequest:
        """The request as it is made to a host of a site that it may speak for, or of another."""
        if is_own or self.elsewhere is None:
            return self
        polite = self.elsewhere
        return replace(
            self, delay_s=max(self.delay_s, polite.delay_s), concurrency=min(self.concurrency, polite.concurrency)
        )


@dataclass(frozen=True, slots=True)
class RawExchange:
    """An HTTP exchange as sent and received, for the archive.

    `body` is without chunked framing (as WARC tools expect) but keeps its Content-Encoding; header pairs keep their order
    and spelling. `address` is the IP address of the server. `cut` says why the body's end may be missing, if so.
    """

    url: str
    status_line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)
    request_headers: tuple[tuple[bytes, bytes], ...]
    address: str
    fetched_at: dt.datetime
    cut: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server answered 304: the version that these validators came with is still valid."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    final_url: str
    fetched_at: dt.datetime
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class NotFetched:
    """Why there is no page.

    Reasons: robots, robots_unreachable; guard, bad_url, url_too_long, trap; dns, connect (also
    _refused, _no_route, _reset, _closed),
    tls (also _self_signed, _untrusted, _incomplete_chain, _wrong_name, _expired, _not_yet_valid, _revoked, _old_protocol),
    timeout, connection_lost, bad_response; too_large, headers_too_large, bad_encoding;
    redirect_loop, cookie_loop (a cookie is missing);
    proxy_unreachable, proxy_auth (it asks for a login), proxy_refused (it opens no tunnel), proxy_failed (it could not reach the
    site), login_unreadable (a secret or the cookies file can't be read here): none of these says anything about the site;
    too_many_requests (429), host_backoff (an earlier answer asked to wait), daily_limit (the host's page fetches of today
    are used up), http_STATUS; local_limit (this machine has no room for a connection); stopped (this process is ending).
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
    """Ends a fetch, with the reason. It passes through Scrapy to the caller, who gets it as a NotFetched."""

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
        """This failure as a value."""
        return NotFetched(url, self.reason, self.status, self.is_temporary, self.retry_after, self.detail, final_url)


@dataclass(slots=True, eq=False)
class PendingFetch:
    """A FetchRequest that has no outcome yet: kept in the meta of its Scrapy request and of every redirect of that.

    `redirects` are the URLs that redirected; `is_moved`: all of them permanently (301, 308); `delay_s`: the host's delay,
    robots.txt considered; `spent_s`: network time so far; `asked`: the URL and Cookie header of each request so far;
    `site_rights`: what the site's files state about the use of the last URL;
    `login`: what its source's site is sent besides.
    """

    fetch_request: FetchRequest
    future: asyncio.Future[Any]
    is_robots: bool = False
    delay_s: float = 0.0
    spent_s: float = 0.0
    redirects: list[str] = field(default_factory=list)
    is_moved: bool = True
    cookies: ChainCookies = field(default_factory=ChainCookies)
    asked: set[tuple[str, str]] = field(default_factory=set)
    raw: RawExchange | None = None
    is_second_try: bool = False
    site_rights: tuple[Statement, ...] = ()
    login: Login = Login()

    @property
    def final_url(self) -> str | None:
        """The last URL that redirected, if any did."""
        return self.redirects[-1] if self.redirects else None

    def speaks_for(self, url: str) -> bool:
        """Whether the source, or the page that named what is fetched, may speak for the site of this URL."""
        order = self.fetch_request
        return site_of(url) in {site_of(order.access.home), *(order.named_by or (site_of(order.url),))}

    def order_at(self, url: str) -> FetchRequest:
        """The request as it is made to the host of this URL."""
        return self.fetch_request.at(is_own=self.speaks_for(url))

    def begin_again(self) -> bool:
        """Forget the answer, for a second try; False if this was the second."""
        if self.is_second_try:
            return False
        self.is_second_try, self.is_moved, self.raw = True, True, None
        self.redirects.clear()
        self.asked.clear()
        self.cookies = ChainCookies()
        return True

    def settle(self, outcome: object) -> None:
        """Give the outcome to the caller who waits; only the first one counts."""
        if not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: BaseException | None) -> None:
        """Raise the error for the caller who waits, unless there is an outcome already."""
        if not self.future.done():
            self.future.set_exception(error or RuntimeError("a failure without an error"))
