"""Downloader middleware: follows a few redirects; guard, robots.txt and pace apply to each target."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from w3lib.html import get_base_url, get_meta_refresh
from w3lib.url import safe_url_string

from crawler.exchange import META_KEY, NoFetch, PendingFetch
from crawler.fetch.content_encoding import decode_what_came
from crawler.fetch.settings import FetchSettings
from crawler.fetch.spider import CrawlContext, headers_for
from dateline.clock import utc_now
from dateline.urls.links import with_slashes

STATUSES = frozenset({300, 301, 302, 303, 307, 308})
"""300 names the server's choice in Location (RFC 9110, 15.4.1)."""
PERMANENT = frozenset({301, 308})
"""Moved permanently (RFC 9110, 15.4.2 and 15.4.9)."""
_REFRESH = re.compile(rb"\s*(\d{1,9}(?:\.\d{0,9})?)\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script", re.IGNORECASE | re.DOTALL)
_SCRIPT_MOVES = re.compile(r"\blocation(?:\.href)?\s*(?:=|\.(?:replace|assign)\s*\()\s*([\"'])([^\"']+)\1")
"""`location.replace("…")`, `window.location = "…"`: what a browser with scripts does."""
_LONGEST_REFRESH_S = 5.0
"""A page that is replaced later than that is meant to be read, or reloads itself."""
_LONGEST_HEAD = 8_192
"""Bytes of a page in which a refresh is looked for."""
_PARAGRAPH, _TO_BE_READ = re.compile(r"<p[\s>]", re.IGNORECASE), 3
"""A page with so many paragraphs is read, wherever it sends its reader: a tag that a stranger wrote into it would hide it."""
_LARGEST_HEAD = 10 * 2**20
"""Bytes that they may have without their encoding: more is a bomb."""


class RedirectMiddleware:
    """Follows redirects of the server, and a refresh that the answer or its page asks for at once (WHATWG HTML, meta refresh).

    Cookies that the chain sets are sent back within it where their site allows, as paywalls and load balancers expect. A source's
    login goes on to its own site only.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._max_redirects = settings.max_redirects

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for this crawler (Scrapy calls this)."""
        return cls(CrawlContext.of(crawler).settings)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for a redirect's target, or the response if it is not a redirect."""
        location = _location(request.url, response)
        if location is None:
            return response
        pending: PendingFetch = request.meta[META_KEY]
        target = redirect_target(request.url, location)
        sent = (request.headers.get("Cookie") or b"").decode("latin-1")
        lines = [line.decode("latin-1") for line in response.headers.getlist("Set-Cookie")]
        pending.cookies.take(request.url, lines, now=utc_now())
        pending.asked.add((request.url, sent))
        pending.redirects.append(request.url)
        pending.is_moved = pending.is_moved and response.status in PERMANENT
        cookie = pending.cookies.header(target)
        if why := loop_reason(pending, target, cookie, max_redirects=self._max_redirects):
            raise NoFetch(*why, status=response.status)
        try:
            return request.replace(url=target, headers=headers_for(pending, target, self._settings))
        except ValueError as error:
            raise NoFetch("bad_url", "it redirects to an invalid URL", is_temporary=False) from error


def _location(url: str, response: Response) -> bytes | None:
    """Where an answer leads in its place; None where it does not redirect."""
    if response.status in STATUSES:
        return response.headers.get("Location") or None
    try:
        wait, target = _refresh(url, response) if response.status == 200 else (None, None)
        if wait is None or not target or wait > _LONGEST_REFRESH_S:
            return None
        leads_to = redirect_target(url, target)
    except (NoFetch, ValueError):
        return None  # browsers show the page where its refresh leads to no address
    return target if leads_to != url and leads_to.startswith(("http://", "https://")) else None


def _refresh(url: str, response: Response) -> tuple[float, bytes] | tuple[None, None]:
    """The seconds until the answer is to be replaced, and by what.

    What only browsers without scripts read counts where the page's script leads there, too.
    """
    found = _REFRESH.match(response.headers.get("Refresh") or b"")
    if found is not None:
        return float(found[1]), found[2]
    if b"html" not in (response.headers.get("Content-Type") or b"html").lower():
        return None, None
    head = _head_of(response)
    if len(_PARAGRAPH.findall(head)) >= _TO_BE_READ:
        return None, None
    base = get_base_url(head, url, max_scan=_LONGEST_HEAD)
    wait, target = get_meta_refresh(head, base, max_scan=_LONGEST_HEAD)
    if target is None:
        wait, target = get_meta_refresh(head, base, ignore_tags=("script",), max_scan=_LONGEST_HEAD)
        if target not in _script_moves(head, base):
            return None, None
    return (wait, target.encode()) if wait is not None and target is not None else (None, None)


def _script_moves(head: str, base: str) -> list[str]:
    moves = (move[2] for script in _SCRIPT.findall(head) for move in _SCRIPT_MOVES.finditer(script))
    return [safe_url_string(urljoin(base, move.replace("\\/", "/"))) for move in moves]


def _head_of(response: Response) -> str:
    encodings = [line.decode("latin-1") for line in response.headers.getlist("Content-Encoding")]
    try:
        head = decode_what_came(response.body[:_LONGEST_HEAD], encodings, max_bytes=_LARGEST_HEAD).content
    except NoFetch:
        return ""
    return head[: 2 * _LONGEST_HEAD].decode("utf-8", "replace")


def loop_reason(pending: PendingFetch, target: str, cookie: str, *, max_redirects: int) -> tuple[str, str] | None:
    """Why a chain of redirects ends before this target: its reason and detail; None where it may go on."""
    comes_back = target in pending.redirects
    if (target, cookie) in pending.asked:
        detail = "it leads back to an earlier URL of the same fetch"
    elif len(pending.redirects) > max_redirects:
        detail = f"more than {max_redirects} redirects"
    else:
        return None
    if comes_back and pending.cookies.were_refused:
        return (
            "cookie_loop",
            f"{detail}: it waits for a cookie that it may not set there (for another site, or invalid)",
        )
    if comes_back and (target, cookie) not in pending.asked:
        return "cookie_loop", f"{detail}: each answer sets another cookie"
    if comes_back and pending.cookies.hold_back(target):
        return (
            "cookie_loop",
            f"{detail}: it set a cookie that may not be sent there (Secure, or for another path or host)",
        )
    sent_back = ", although the cookies that it set were sent back" if pending.cookies.of_chain() else ""
    return "redirect_loop", detail + sent_back


def redirect_target(url: str, location: bytes) -> str:
    """The absolute URL of a Location header, without its fragment; raw bytes are read as UTF-8, as browsers do."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        return safe_url_string(urljoin(url, with_slashes(text.strip()))).partition("#")[0]
    except ValueError as error:
        raise NoFetch("bad_url", "it redirects to an invalid URL", is_temporary=False) from error
