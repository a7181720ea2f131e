"""The six fictional outlets of the newsroom, each with its own host, feeds and server behaviour.

The hosts end in `.test`, which never resolves (RFC 6761, section 6.2): `DATELINE_RESOLVE` leads them to the server.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from dateline.types.source import ExtractionOverrides, FeedKind, Politeness, Source, WatchedPage

Metadata = Literal["json-ld", "opengraph", "none"]
Format = Literal["rss", "atom", "json_feed", "sitemap_index", "news_sitemap", "old_sitemap", "section"]

_UNSAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that names stories: a feed, a sitemap, the home page ("section" of everything) or a section page.

    `only_section` limits it to one section, `only_languages` to some languages. `tracking` is appended to each link.
    """

    path: str
    format: Format
    is_watched: bool = True
    only_section: str | None = None
    only_languages: tuple[str, ...] = ()
    tracking: str = ""
    links_amp: bool = False
    links_short: bool = False
    is_broken: bool = False
    is_gzipped: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """A fictional publisher. `article_path` is a format string; `offset_h` its clock's distance from UTC.

    `encodings` are the content codings that its server knows, best first. With `changes_etag` every answer carries
    another entity tag although the body is the same; with `tells_time` answers carry Last-Modified.
    """

    name: str
    title: str
    host: str
    language: str
    country: str
    offset_h: int
    article_path: str
    metadata: Metadata
    sections: tuple[str, ...]
    listings: tuple[Listing, ...]
    charset: str = "utf-8"
    encodings: tuple[str, ...] = ()
    changes_etag: bool = False
    tells_time: bool = True
    robots: str | None = "User-agent: *\nAllow: /\n"

    @property
    def home(self) -> str:
        """The home page's URL."""
        return f"http://{self.host}/"

    @property
    def clock(self) -> dt.timezone:
        """The outlet's own offset from UTC."""
        return dt.timezone(dt.timedelta(hours=self.offset_h))

    @property
    def watched(self) -> tuple[Listing, ...]:
        """The listings that its source watches."""
        return tuple(listing for listing in self.listings if listing.is_watched)

    @property
    def source(self) -> Source:
        """The outlet as `dateline sources import` takes it. The pause between requests suits a server of one's own."""
        return Source(
            name=self.name,
            title=self.title,
            home=self.home,
            country=self.country,
            languages=(self.language,),
            tags=("demonstration",),
            watched=tuple(WatchedPage(f"http://{self.host}{page.path}", _kind(page)) for page in self.watched),
            schedule="every 30s",
            politeness=Politeness(delay_s=0.1),
            extraction=ExtractionOverrides(site_names=(self.title,)),
        )


def _kind(page: Listing) -> FeedKind:
    match page.format:
        case "sitemap_index" | "old_sitemap":
            return "sitemap"
        case "news_sitemap":
            return "news_sitemap"
        case "section":
            return "home" if page.path == "/" else "section"
        case _:
            return "feed"


def slugified(words: str) -> str:
    """The words as a path segment: lower-case ASCII letters and digits, parted by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", words.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", ascii_only.lower()).strip("-")


def _section_pages(sections: tuple[str, ...], *, are_watched: bool = False) -> tuple[Listing, ...]:
    home = Listing("/", "section", is_watched=are_watched)
    rest = (Listing(f"/{slugified(name)}/", "section", are_watched, only_section=name) for name in sections)
    return (home, *rest)


_POST_SECTIONS = ("Harbour", "Council", "Sport", "Culture", "Opinion", "Weather")
_KURIER_SECTIONS = ("Lokales", "Wirtschaft", "Kultur", "Sport", "Meinung")
_VALLE_SECTIONS = ("Política", "Economía", "Cultura", "Deportes", "Sociedad", "Opinión")
_WIRE_SECTIONS = ("World", "Business", "Science", "Deutsch", "Español")
_LANTERN_SECTIONS = ("Travel", "Living", "People", "Weather")
_BLICK_SECTIONS = ("Strandleben", "Wirtschaft", "Gemeinde")

HARBOUR_POST = Outlet(
    name="harbour-post",
    title="The Harbour Post",
    host="harbour-post.test",
    language="en",
    country="gb",
    offset_h=1,
    article_path="/{section}/{slug}",
    metadata="json-ld",
    sections=_POST_SECTIONS,
    listings=(
        Listing("/feed.xml", "rss", tracking="?utm_source=rss&utm_medium=feed&utm_campaign=all", links_short=True),
        Listing("/feeds/sport.xml", "rss", only_section="Sport", links_amp=True),
        *_section_pages(_POST_SECTIONS),
    ),
    encodings=("gzip",),
    robots="User-agent: *\nDisallow: /internal/\nDisallow: /search\n",
)
NORDLICHT_KURIER = Outlet(
    name="nordlicht-kurier",
    title="Nordlicht-Kurier",
    host="nordlicht-kurier.test",
    language="de",
    country="de",
    offset_h=2,
    article_path="/{section}/{slug}-{number}.html",
    metadata="json-ld",
    sections=_KURIER_SECTIONS,
    listings=(
        Listing("/atom.xml", "atom", tracking="?utm_source=feed&utm_medium=atom"),
        *_section_pages(_KURIER_SECTIONS),
    ),
    encodings=("br", "gzip"),
)
VALLE_DIARIO = Outlet(
    name="valle-diario",
    title="Valle Diario",
    host="valle-diario.test",
    language="es",
    country="es",
    offset_h=-5,
    article_path="/{section}/{date}/{slug}/",
    metadata="opengraph",
    sections=_VALLE_SECTIONS,
    listings=(Listing("/feed.json", "json_feed"), *_section_pages(_VALLE_SECTIONS)),
    changes_etag=True,
    tells_time=False,
    robots=None,
)
MERIDIAN_WIRE = Outlet(
    name="meridian-wire",
    title="Meridian Wire",
    host="meridian-wire.test",
    language="en",
    country="se",
    offset_h=0,
    article_path="/story/{slug}-mw{number}",
    metadata="json-ld",
    sections=_WIRE_SECTIONS,
    listings=(
        Listing("/sitemap.xml", "sitemap_index"),
        Listing("/sitemaps/news-en.xml", "news_sitemap", is_watched=False, only_languages=("en",)),
        Listing(
            "/sitemaps/news-de-es.xml.gz",
            "news_sitemap",
            is_watched=False,
            only_languages=("de", "es"),
            is_gzipped=True,
        ),
        Listing("/sitemaps/archive-1.xml", "old_sitemap", is_watched=False),
        *_section_pages(_WIRE_SECTIONS),
    ),
    encodings=("gzip",),
    robots="User-agent: *\nDisallow: /clients/\nSitemap: http://meridian-wire.test/sitemap.xml\n",
)
DAILY_LANTERN = Outlet(
    name="daily-lantern",
    title="The Daily Lantern",
    host="daily-lantern.test",
    language="en",
    country="us",
    offset_h=-4,
    article_path="/p/{number}/{slug}",
    metadata="json-ld",
    sections=_LANTERN_SECTIONS,
    listings=(
        Listing("/rss", "rss", tracking="?utm_source=lantern&ref=rss", is_broken=True),
        Listing("/", "section"),  # has the items that the truncated feed loses
        *_section_pages(_LANTERN_SECTIONS)[1:],
    ),
)
KUESTENBLICK = Outlet(
    name="kuestenblick",
    title="Küstenblick",
    host="kuestenblick.test",
    language="de",
    country="de",
    offset_h=2,
    article_path="/{section}/{slug}-{number}.html",
    metadata="opengraph",
    sections=_BLICK_SECTIONS,
    listings=_section_pages(_BLICK_SECTIONS, are_watched=True),
    charset="iso-8859-1",
    robots="User-agent: *\nCrawl-delay: 0.5\nDisallow: /intern/\n",
)

OUTLETS = (HARBOUR_POST, NORDLICHT_KURIER, VALLE_DIARIO, MERIDIAN_WIRE, DAILY_LANTERN, KUESTENBLICK)
