"""The Internet Archive's index of captures (CDX server) as a list of a site's addresses; pure.

Nothing is taken from its archive: the pages are asked for at the site itself. The first capture of an address is not earlier
than its publication.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote, urlencode

import orjson

from crawler.history.lists import Window
from dateline.types.article import Candidate
from dateline.urls import is_home, site_of
from dateline.urls.article_url import score_url
from dateline.urls.links import absolute_url

DELAY_S = 4.0
"""Seconds between two requests to the index, at least."""
_ROWS = 5_000


def first_captures(base: str, site: str, window: Window) -> str:
    """The address of the first list of captures of a site's pages since the earlier date."""
    asked = {"url": site, "matchType": "domain", "from": f"{window.since:%Y%m%d}", "output": "json"}
    asked |= {"fl": "timestamp,original", "collapse": "urlkey", "limit": str(_ROWS), "showResumeKey": "true"}
    filters = "&filter=statuscode:200&filter=mimetype:text/html"
    return f"{base}{'&' if '?' in base else '?'}{urlencode(asked)}{filters}"


def read_captures(body: bytes, url: str, site: str) -> tuple[tuple[Candidate, ...], str | None] | None:
    """The addresses that may be articles, with the date of their first capture, and the next list; None for other bytes."""
    try:
        rows = orjson.loads(body or b"[]")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    texts = [[text for text in row if isinstance(text, str)] for row in rows[: _ROWS + 10]]
    found = {one.url: one for row in texts if len(row) == 2 and (one := _capture(*row, site=site)) is not None}
    resume = texts[-1][0] if len(texts) > 1 and texts[-2] == [] and len(texts[-1]) == 1 else None
    head = url.partition("&resumeKey=")[0]
    return tuple(found.values()), f"{head}&resumeKey={quote(resume, safe='')}" if resume else None


def _capture(timestamp: str, original: str, *, site: str) -> Candidate | None:
    url = absolute_url(original.replace(":80/", "/", 1), original)
    if url is None or site_of(url) != site or is_home(url) or score_url(url).points <= 0:
        return None
    try:
        at = dt.datetime.strptime(timestamp[:14], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return Candidate(url, via="wayback", modified_at=at)
