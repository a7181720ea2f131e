"""What a URL of the newsroom answers, in which round, to which request: pure, and the same for the same arguments.

    host ─► outlet ─► path ─► its trouble, if any (429, 503 at the first request)
                              its document: robots.txt, listing, story, AMP page, redirect, trap
                              ─► 304 where a validator matches ─► content coding ─► PageAnswer

Queries are ignored, as most sites do: a link with tracking parameters answers like one without. Only the list of posts of a
WordPress site reads its own.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime

import brotli

from dateline.demo import feeds, pages, wordpress
from dateline.demo.listings import items_of
from dateline.demo.outlets import OUTLETS, Listing, Outlet
from dateline.demo.stories import LATEST, DemoFault, Edition, FictionalStory, Trap, load_edition

ROUNDS = 2
RETRY_AFTER_S = 2
RELATED = 3

_FEED_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json_feed": "application/feed+json"}


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A whole HTTP response; the header names are lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Document:
    """What a path holds in a round, before conditions and content codings; `charset` is what Content-Type claims."""

    content_type: str
    body: bytes
    modified_at: dt.datetime | None = None
    charset: str = "utf-8"

    @property
    def claimed_type(self) -> str:
        """The value of Content-Type."""
        return f"{self.content_type}; charset={self.charset}" if self.charset else self.content_type


@dataclass(frozen=True, slots=True)
class Moved:
    """A redirect."""

    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing here: 404, 410 for what was taken down, or 403 for what is kept from crawlers."""

    status: int


Holding = Document | Moved | Absent
Shelf = Callable[[int], Holding]
"""What is served at a path, by round."""


class Newsroom:
    """Eleven outlets and what they publish around `base`, the instant of the first round.

    Nothing is dated later than `base` + 15 minutes (what comes with the second round): `Newsroom.fresh(now)` is the
    newsroom that holds nothing from the future.
    """

    def __init__(self, *, base: dt.datetime) -> None:
        self.base = base
        self.outlets = OUTLETS
        self.edition: Edition = load_edition(base)
        self._by_host = {outlet.host: outlet for outlet in OUTLETS}
        self._shelves = dict(self._all_shelves())
        self._for_members = {(one.outlet.host, one.path) for one in self.edition.stories if one.is_for_members}
        self._troubles: dict[tuple[str, str], DemoFault] = {
            (story.outlet.host, story.path): story.trouble for story in self.edition.stories if story.trouble
        }

    @classmethod
    def fresh(cls, now: dt.datetime) -> Newsroom:
        """The newsroom whose latest news, the second round's included, is not dated after `now`."""
        return cls(base=now - LATEST)

    def answer(self, *, host: str, path: str, headers: Mapping[str, str], round: int, hit: int) -> PageAnswer:
        """The response to GET `path` (with its query) at `host` (a port is ignored); header names are lower case.

        `hit` is how often this URL was asked for before.
        """
        outlet = self._by_host.get(host.partition(":")[0].lower())
        if outlet is None:
            return _plain(421, "No such outlet in this newsroom.")
        place = (outlet.host, path.partition("?")[0])
        if hit == 0 and place in self._troubles:
            return _troubled(self._troubles[place])
        if outlet.is_wordpress and place[1] == wordpress.POSTS:
            body = wordpress.posts(self._posts(outlet, round), path.partition("?")[2], round)
            return PageAnswer(200, (("content-type", "application/json"), ("content-length", str(len(body)))), body)
        shelf = self._shelves.get(place)
        holding = shelf(round) if shelf else Absent(404)
        if place in self._for_members and f"member={outlet.member_cookie}" not in headers.get("cookie", ""):
            holding = Document("text/html", pages.login_page().encode())
        match holding:
            case Moved(status, location):
                return PageAnswer(status, (("location", location), ("content-length", "0")), b"")
            case Absent(status):
                return _plain(status, {403: "Forbidden.", 410: "Gone."}.get(status, "Not found."))
            case Document():
                return _served(outlet, holding, headers, hit)

    def _all_shelves(self) -> Iterator[tuple[tuple[str, str], Shelf]]:
        for outlet in self.outlets:
            if outlet.robots:
                yield (outlet.host, "/robots.txt"), _always(Document("text/plain", outlet.robots.encode()))
            if outlet.draws_with == "script":
                yield (outlet.host, pages.SCRIPT), _always(Document("text/javascript", pages.drawing_script().encode()))
            for listing in outlet.listings:
                yield (outlet.host, listing.path), self._listing_shelf(outlet, listing)
        for story in self.edition.stories:
            yield from self._story_shelves(story)
        for trap in self.edition.traps:
            yield (trap.outlet.host, trap.path), _always(_sprung(trap))

    def _story_shelves(self, story: FictionalStory) -> Iterator[tuple[tuple[str, str], Shelf]]:
        host = story.outlet.host
        for path in filter(None, (story.path, story.also_path)):
            yield (host, path), lambda round: _while_out(story, round, self._article)
        for number, path in enumerate(story.part_paths, start=2):
            yield (host, path), self._part_shelf(story, number)
        if story.outlet.draws_with == "script":
            yield (host, f"{pages.CONTENT}{story.path}"), lambda round: _while_out(story, round, _content)
        if story.amp_path:
            yield (host, story.amp_path), lambda round: _while_out(story, round, _amp)
        if story.short_link:
            yield (host, story.short_link), _always(Moved(301, story.url))

    def _part_shelf(self, story: FictionalStory, number: int) -> Shelf:
        return lambda round: _while_out(story, round, lambda one, at: self._article(one, at, part=number))

    def _posts(self, outlet: Outlet, round: int) -> tuple[FictionalStory, ...]:
        return tuple(story for story in self.edition.of(outlet) if story.is_out(round))

    def _article(self, story: FictionalStory, round: int, part: int = 1) -> Document:
        text = pages.article_page(
            story, round, related=self.related(story), most_read=self._most_read(story.outlet), part=part
        )
        body = text.encode(story.charset)
        return Document("text/html", body, story.version(round).modified_at, story.declared_charset)

    def related(self, story: FictionalStory) -> tuple[FictionalStory, ...]:
        """The stories that its page links to: those of its section first, never one that comes or goes."""
        others = [other for other in self._lasting(story.outlet) if other is not story]
        return tuple(sorted(others, key=lambda other: other.section != story.section)[:RELATED])

    def _most_read(self, outlet: Outlet) -> tuple[FictionalStory, ...]:
        return self._lasting(outlet)[-4:]

    def _lasting(self, outlet: Outlet) -> tuple[FictionalStory, ...]:
        return tuple(
            s
            for s in self.edition.of(outlet)
            if s.since_round == 1 and not (s.removed_in or s.is_in_old_sitemap or s.is_history)
        )

    def _listing_shelf(self, outlet: Outlet, listing: Listing) -> Shelf:
        return lambda round: self._listed(outlet, listing, round)

    def _listed(self, outlet: Outlet, listing: Listing, round: int) -> Document:
        if listing.format == "sitemap_index":
            return self._index(outlet, round)
        items = items_of(self.edition, outlet, listing, round)
        content_type = _FEED_TYPES.get(listing.format, "application/xml")
        match listing.format:
            case "rss":
                text = feeds.rss(outlet, listing, items)
            case "atom":
                text = feeds.atom(outlet, listing, items)
            case "json_feed":
                text = feeds.json_feed(outlet, listing, items)
            case "news_sitemap":
                text = feeds.news_sitemap(outlet, items)
            case "old_sitemap":
                text = feeds.sitemap(items)
            case "section":
                content_type = "text/html"
                text = pages.listing_page(outlet, listing.only_section or outlet.title, items)
        charset = outlet.charset if listing.format == "section" else "utf-8"
        document = Document(content_type, text.encode(charset), feeds.newest_change(items) if items else None, charset)
        return _gzipped_file(document) if listing.is_gzipped else document

    def _index(self, outlet: Outlet, round: int) -> Document:
        parts = [part for part in outlet.listings if part.format in {"news_sitemap", "old_sitemap"}]
        dated = [(part, feeds.newest_change(items_of(self.edition, outlet, part, round))) for part in parts]
        text = feeds.sitemap_index(outlet, dated)
        return Document("application/xml", text.encode(), max(modified_at for _, modified_at in dated))


def _always(holding: Holding) -> Shelf:
    return lambda _round: holding


def _while_out(story: FictionalStory, round: int, page: Callable[[FictionalStory, int], Document]) -> Holding:
    if not story.is_out(round):
        return Absent(404)
    return Absent(410) if story.is_gone(round) else page(story, round)


def _amp(story: FictionalStory, round: int) -> Document:
    return Document("text/html", pages.amp_page(story, round).encode(), story.version(round).modified_at)


def _content(story: FictionalStory, round: int) -> Document:
    return Document("application/json", pages.content(story, round).encode(), story.version(round).modified_at)


def _sprung(trap: Trap) -> Holding:
    match trap.what:
        case "soft_404":
            return Document("text/html", pages.soft_404_page(trap.outlet).encode(trap.outlet.charset))
        case "consent_wall":
            return Document("text/html", pages.consent_page().encode())
        case "redirect_home":
            return Moved(302, trap.outlet.home)
        case "missing":
            return Absent(404)
        case "forbidden":
            return Absent(403)
        case "members_only":
            return Document("text/html", pages.login_page().encode())
        case "disallowed":
            return Document("text/html", b"<title>Internal</title><p>No crawler should ever read this line.</p>")


def _troubled(trouble: DemoFault) -> PageAnswer:
    wait = ("retry-after", str(RETRY_AFTER_S))
    if trouble == "rate_limited_once":
        return _plain(429, "Too many requests.", wait)
    return _plain(503, "Our server is taking a short break.", wait)


def _plain(status: int, words: str, *more: tuple[str, str]) -> PageAnswer:
    body = f"{words}\n".encode()
    fixed = (("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))))
    return PageAnswer(status, (*fixed, *more), body)


def _gzipped_file(document: Document) -> Document:
    """The document as a .gz file (no content coding: the file itself is compressed)."""
    return Document("application/gzip", gzip.compress(document.body, mtime=0), document.modified_at, "")


def _served(outlet: Outlet, document: Document, headers: Mapping[str, str], hit: int) -> PageAnswer:
    """200 with validators and the best content coding that the request accepts, or 304 (RFC 9110, section 13.2.2)."""
    coding = next((name for name in outlet.encodings if name in _accepted(headers)), None)
    tag = _entity_tag(document.body, coding, salt=str(hit) if outlet.changes_etag else "")
    validators = [("etag", tag), ("vary", "Accept-Encoding"), ("cache-control", "max-age=60")]
    if outlet.tells_time and document.modified_at:
        validators.append(("last-modified", format_datetime(document.modified_at.astimezone(dt.UTC), usegmt=True)))
    if _is_unmodified(headers, tag, document.modified_at if outlet.tells_time else None):
        return PageAnswer(304, tuple(validators), b"")
    body = _coded(document.body, coding)
    fixed = [("content-type", document.claimed_type), ("content-length", str(len(body)))]
    return PageAnswer(200, (*fixed, *([("content-encoding", coding)] if coding else []), *validators), body)


def _accepted(headers: Mapping[str, str]) -> set[str]:
    return {part.partition(";")[0].strip() for part in headers.get("accept-encoding", "").lower().split(",")}


def _entity_tag(body: bytes, coding: str | None, *, salt: str) -> str:
    digest = hashlib.blake2b(body + salt.encode(), digest_size=8).hexdigest()
    return f'"{digest}-{coding}"' if coding else f'"{digest}"'


def _is_unmodified(headers: Mapping[str, str], tag: str, modified_at: dt.datetime | None) -> bool:
    if "if-none-match" in headers:
        return tag in {part.strip().removeprefix("W/") for part in headers["if-none-match"].split(",")}
    if modified_at is None or "if-modified-since" not in headers:
        return False
    return modified_at <= parsedate_to_datetime(headers["if-modified-since"])


def _coded(body: bytes, coding: str | None) -> bytes:
    match coding:
        case "br":
            return bytes(brotli.compress(body, quality=5))
        case "gzip":
            return gzip.compress(body, mtime=0)
        case _:
            return body
