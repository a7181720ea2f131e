"""A fictional site with years of articles, and every way into its past: REST, archived feeds, sitemaps, numbered pages."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.acceptance.support.site import DID, WHO
from tests.acceptance.support.web import XML, Answer

HOST = "old.test"
HOME = f"http://{HOST}/"
ZONE = dt.timezone(dt.timedelta(hours=2))
JSON = "application/json; charset=UTF-8"
A_PAGE = 20
_WORDS_TEXT = """
    harbour ferry council bridge lantern market garden letter winter river engine school doctor weather kitchen window village
    season captain farmer holiday museum station library concert teacher painter morning evening history journey question answer
    island forest meadow valley orchard chapel tunnel ladder barrel basket blanket candle hammer needle pocket ribbon saddle
    whistle anchor barley copper cotton timber marble pepper ginger walnut cherry almond butter cheese dinner supper coffee
"""
WORDS = tuple(_WORDS_TEXT.split())


def paragraphs(number: int) -> list[str]:
    """The text of an article; no two numbers share five words in a row: none is a copy of another."""
    chance = random.Random(number)
    pick = chance.choice

    def sentence() -> str:
        said = " ".join(pick(WORDS) for _ in range(9))
        return f"{pick(WHO).capitalize()} {pick(DID)} the {said}, lot {number} entry {chance.randrange(10**9)}."

    return [" ".join(sentence() for _ in range(4)) for _ in range(4)]


@dataclass(frozen=True, slots=True)
class Old:
    """An article of the site."""

    number: int
    at: dt.datetime
    is_dated: bool = True
    """Its address has its date."""

    @property
    def url(self) -> str:
        """Its address."""
        day = f"{self.at:%Y/%m/%d}/" if self.is_dated else "stories/"
        return f"{HOME}{day}what-the-harbour-saw-in-report-{self.number}.html"

    @property
    def title(self) -> str:
        """Its headline."""
        return f"Report {self.number} from the harbour"

    def page(self) -> Answer:
        """Its page."""
        body = "".join(f"<p>{text}</p>" for text in paragraphs(self.number))
        meta = '<meta property="og:type" content="article">'
        meta += f'<meta property="article:published_time" content="{self.at.isoformat()}">'
        head = f"<title>{self.title}</title>{meta}"
        text = f"<article><h1>{self.title}</h1>{body}</article>"
        return Answer(f"<!doctype html><html lang=en><head>{head}</head><body>{text}</body></html>".encode())

    def post(self) -> dict[str, object]:
        """The same as WordPress' REST interface gives it."""
        text = "".join(f"<p>{one}</p>" for one in paragraphs(self.number))
        gmt = self.at.astimezone(dt.UTC)
        return {
            "id": self.number,
            "date": f"{self.at:%Y-%m-%dT%H:%M:%S}",
            "date_gmt": f"{gmt:%Y-%m-%dT%H:%M:%S}",
            "modified": f"{self.at:%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{gmt:%Y-%m-%dT%H:%M:%S}",
            "guid": {"rendered": f"{HOME}?p={self.number}"},
            "link": self.url,
            "status": "publish",
            "title": {"rendered": self.title},
            "content": {"rendered": text, "protected": False},
            "excerpt": {"rendered": f"<p>{paragraphs(self.number)[0][:80]} [&hellip;]</p>", "protected": False},
            "_embedded": {"author": [{"name": "Maren Holt"}], "wp:term": [[{"name": "Harbour"}], []]},
        }


def spread(count: int, since: dt.datetime, until: dt.datetime, *, is_dated: bool = True) -> list[Old]:
    """So many articles, evenly over a span; the newest first."""
    step = (until - since) / count
    return [
        Old(number, (since + step * (number - 0.5)).replace(microsecond=0, tzinfo=ZONE), is_dated)
        for number in range(count, 0, -1)
    ]


@dataclass
class OldSite(Mapping[str, Answer]):
    """The site's answers by URL. `ways` are those that it has: rest, feeds, sitemaps, sections."""

    articles: Sequence[Old]
    ways: frozenset[str]
    more: dict[str, Answer] = field(default_factory=dict)
    period: str = "%Y-%m"
    """What a sitemap covers."""

    def __getitem__(self, url: str) -> Answer:
        if url in self.more:
            return self.more[url]
        if (old := self.pages.get(url)) is not None:
            return old.page()
        found = self._listed(url)
        if found is None:
            raise KeyError(url)
        return found

    def __len__(self) -> int:
        return len(self.articles)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self.pages)

    @cached_property
    def pages(self) -> dict[str, Old]:
        """Its articles by address."""
        return {one.url: one for one in self.articles}

    @property
    def posted(self) -> Sequence[Old]:
        """The articles that are posts."""
        return self.articles

    @property
    def in_feed(self) -> Sequence[Old]:
        """The articles of the feed and its archives."""
        return self.articles

    @property
    def in_sitemaps(self) -> Sequence[Old]:
        """The articles of the sitemaps."""
        return self.articles

    @cached_property
    def _periods(self) -> dict[str, list[Old]]:
        found: dict[str, list[Old]] = {}
        for one in self.in_sitemaps:
            found.setdefault(f"{one.at:{self.period}}", []).append(one)
        return found

    def _listed(self, url: str) -> Answer | None:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        if path == "/":
            return self._front()
        if path == "/wp-json/wp/v2/posts" and "rest" in self.ways:
            return self._posts(query)
        if path.startswith("/feed") and "feeds" in self.ways:
            return self._feed(int(path.removeprefix("/feed").removeprefix("-") or 0))
        if path == "/sitemap.xml" and "sitemaps" in self.ways:
            return self._index()
        if path.startswith("/sitemap-") and "sitemaps" in self.ways:
            return self._sitemap(path.removeprefix("/sitemap-").removesuffix(".xml.gz"))
        if path.startswith("/news") and "sections" in self.ways:
            return self._section(int(query.get("page", ["1"])[0]))
        return None

    def _front(self) -> Answer:
        api = f"<link rel='https://api.w.org/' href='{HOME}wp-json/'>" if "rest" in self.ways else ""
        section = "<a href='/news'>News</a>" if "sections" in self.ways else ""
        return Answer(f"<html lang=en><head><title>Old</title>{api}</head><body>{section}</body></html>".encode())

    def _posts(self, asked: dict[str, list[str]]) -> Answer:
        def clock(name: str, otherwise: dt.datetime) -> dt.datetime:
            return dt.datetime.fromisoformat(asked[name][0]) if name in asked else otherwise

        after, before = clock("after", dt.datetime.min), clock("before", dt.datetime.max)
        found = [one for one in self.posted if after < one.at.replace(tzinfo=None) < before]
        size, page = int(asked.get("per_page", ["10"])[0]), int(asked.get("page", ["1"])[0])
        chosen = found[(page - 1) * size : page * size]
        if page > 1 and not chosen:
            return Answer(b'{"code":"rest_post_invalid_page_number","message":"no","data":{"status":400}}', JSON, 400)
        return Answer(json.dumps([one.post() for one in chosen]).encode(), JSON)

    def _feed(self, number: int) -> Answer:
        """The feed, and its archives: the higher the number, the older."""
        chosen = self.in_feed[number * A_PAGE : (number + 1) * A_PAGE]
        is_last = (number + 1) * A_PAGE >= len(self.in_feed)
        link = "" if is_last else f"<link rel='prev-archive' href='{HOME}feed-{number + 1}'/>"
        entries = "".join(
            f"<entry><title>{one.title}</title><link href='{one.url}'/><id>{one.url}</id>"
            f"<published>{one.at.isoformat()}</published><updated>{one.at.isoformat()}</updated></entry>"
            for one in chosen
        )
        return Answer(
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Old</title>{link}{entries}</feed>".encode(), XML
        )

    def _index(self) -> Answer:
        lines = "".join(f"<sitemap><loc>{HOME}sitemap-{name}.xml.gz</loc></sitemap>" for name in self._periods)
        return Answer(f"<sitemapindex>{lines}</sitemapindex>".encode(), XML)

    def _sitemap(self, name: str) -> Answer:
        lines = "".join(
            f"<url><loc>{escape(one.url)}</loc><lastmod>{one.at.isoformat()}</lastmod></url>"
            for one in self._periods.get(name, ())
        )
        return Answer(gzip.compress(f"<urlset>{lines}</urlset>".encode()), "application/x-gzip")

    def _section(self, page: int) -> Answer:
        chosen = self.articles[(page - 1) * A_PAGE : page * A_PAGE]
        items = "".join(f"<li><h3><a href='{one.url}'>{one.title} and what came of it</a></h3></li>" for one in chosen)
        more = page * A_PAGE < len(self.articles)
        pager = f"<nav><a rel=next href='/news?page={page + 1}'>{page + 1}</a></nav>" if more else ""
        return Answer(
            f"<html lang=en><head><title>News</title></head><body><ul>{items}</ul>{pager}</body></html>".encode()
        )
