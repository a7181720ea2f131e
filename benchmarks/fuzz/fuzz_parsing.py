"""One hostile input through the line's own functions, as they run in the parser pool: what comes out must be storable."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from benchmarks.fuzz.fuzz_inputs import HOST, Input
from crawler.discovery.discover import discover
from crawler.discovery.sections import section_links
from crawler.discovery.sitemaps import robots_sitemaps
from crawler.exchange import NoFetch
from crawler.fetch.content_encoding import decode
from crawler.politeness.robots_parser import read_robots
from crawler.source_finder.probe import feed_links
from dateline.types.article import Hints, Page
from dateline.urls import url_key
from pipelines.article_row import article_row
from pipelines.extract.extract import extract_page
from pipelines.reader import refuse_unreadable
from sql.frontier.rows import DueUrl, hints_of

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = f"{HOST}/2026/05/04/a-page-of-the-fuzzer.html"
DUE = DueUrl(1, url_key(URL), URL, "fuzz.test", None, None, None, "target", 0, {}, 0, {}, {}, "", {})
MAX_BYTES = 10 * 1024 * 1024


def read(one: Input) -> int:
    """How many strings came out of the input; raises where a parser does, or where PostgreSQL would refuse one of them."""
    try:
        body = decode(one.body, [one.encoding], max_bytes=MAX_BYTES)
    except NoFetch:
        return 0
    match one.kind:
        case "robots":
            file = read_robots(body, "dateline")
            return check([file.allows("/a/b?c"), file.sitemaps, robots_sitemaps(body, URL)])
        case "page" | "wire":
            return _read_page(body, one.content_type)
        case _:
            return _read_feed(body, one.content_type)


def _read_page(body: bytes, content_type: str) -> int:
    page = Page(URL, URL, 200, (("content-type", content_type),), body, NOW)
    section_links(body, url=URL, content_type=content_type)
    feed_links(body, URL, content_type)
    if refuse_unreadable(page):
        return 0
    found = extract_page(body, url=URL, hints=Hints(content_type=content_type, headers=page.headers), now=NOW)
    row = article_row(DUE, page, found, site="fuzz.test", text_hash=uuid.UUID(int=0), now=NOW)
    return check({name: value.obj if name == "links" else value for name, value in row.items()})


def _read_feed(body: bytes, content_type: str) -> int:
    found = discover(body, url=URL, content_type=content_type, kind="auto", now=NOW)
    hints = [hints_of(candidate) for candidate in found.candidates]
    json.dumps(hints)
    urls = [candidate.url for candidate in found.candidates]
    keys = [str(url_key(url)) for url in urls]
    return check([hints, urls, keys, [child.url for child in found.children]])


def check(value: Any) -> int:
    """How many strings are in a value; ValueError for what PostgreSQL, or a reader of its rows, would refuse."""
    match value:
        case str():
            value.encode("utf-8")
            if "\x00" in value:
                raise ValueError("a NUL")
            return 1
        case dict():
            return sum(check(key) + check(inner) for key, inner in value.items())
        case list() | tuple():
            return sum(map(check, value))
        case dt.datetime() if not 1000 < value.year < 9999:
            raise ValueError(f"an instant in the year {value.year}")
        case int() if abs(value) >= 2**31:
            raise ValueError(f"a number of {value}")
    return 0
