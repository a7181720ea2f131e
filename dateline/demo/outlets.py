"""The eleven fictional outlets of the newsroom, each with its own host, feeds and server behaviour.

The hosts end in `.test`, which never resolves (RFC 6761, section 6.2): `DATELINE_RESOLVE` leads them to the server.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from dateline.types.source import ExtractionOverrides, FeedKind, Politeness, Source, WatchedPage

MetadataForm = Literal["json-ld", "opengraph", "none"]
Drawing = Literal["", "next", "script"]
"""How a page shows its text: as HTML, as data of Next.js, or by a script that fetches it."""
FeedFormat = Literal["rss", "atom", "json_feed", "sitemap_index", "news_sitemap", "old_sitemap", "section"]

_UNSAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that names stories: a feed, a sitemap, the home page ("section" of everything) or a section page.

    `only_section` limits it to one section, `only_languages` to some languages. `tracking` is appended to each link.
    """

    path: str
    format: FeedFormat
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

    `encodings` are the content codings that its server knows, best first; `robots` is empty where there is no
    robots.txt. With `changes_etag` every answer carries another entity tag although the body is the same; with
    `tells_time` answers carry Last-Modified. The cookie `member` with the value `member_cookie` opens its pages for members.
    `is_closed`: they answer 403.
    With `is_wordpress` its REST interface gives all its posts, those of past years too.
    """

    name: str
    title: str
    host: str
    language: str
    country: str
    offset_h: int
    article_path: str
    metadata: MetadataForm
    sections: tuple[str, ...]
    listings: tuple[Listing, ...]
    charset: str = "utf-8"
    encodings: tuple[str, ...] = ()
    changes_etag: bool = False
    tells_time: bool = True
    robots: str = "User-agent: *\nAllow: /\n"
    member_cookie: str = ""
    draws_with: Drawing = ""
    is_wordpress: bool = False
    is_closed: bool = False

    @property
    def home(self) -> str:
        """The home page's URL."""
        return f"http://{self.host}/"

    @property
    def clock(self) -> dt.timezone:
        """The outlet's own offset from UTC."""
        return dt.timezone(dt.timedelta(hours=self.offset_h))

    @property
    def pages(self) -> str:
        """How its pages hold their text, in a few words."""
        if self.member_cookie:
            return "for members"
        if self.is_closed:
            return "closed (403)"
        drawn = {"next": "data of Next.js", "script": "drawn by a script"}
        return "WordPress" if self.is_wordpress else drawn.get(self.draws_with, "HTML")

    @property
    def watched(self) -> tuple[Listing, ...]:
        """The listings that its source watches."""
        return tuple(listing for listing in self.listings if listing.is_watched)

    @property
    def cookies(self) -> str:
        """The cookies of a member's session, as a browser exports them."""
        return f"# Netscape HTTP Cookie File\n{self.host}\tFALSE\t/\tFALSE\t0\tmember\t{self.member_cookie}\n"

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
            extraction=ExtractionOverrides(site_names=(self.title,), render=self.draws_with == "script"),
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


def _outlet(row: dict[str, Any]) -> Outlet:
    """An outlet from the file: its listings, then its home page and a page per section (`watches`: "home" or all "pages")."""
    sections, watches = tuple(row["sections"]), row.pop("watches", "")
    listings = [Listing(**_frozen(listing)) for listing in row.pop("listings", ())]
    home = Listing("/", "section", is_watched=bool(watches))
    pages = [Listing(f"/{slugified(name)}/", "section", watches == "pages", only_section=name) for name in sections]
    return Outlet(**_frozen(row), listings=(*listings, home, *pages))


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


_FILE = files("dateline.demo") / "outlets.toml"
OUTLETS = tuple(map(_outlet, tomllib.loads(_FILE.read_text(encoding="utf-8"))["outlet"]))
