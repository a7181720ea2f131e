"""RSS 0.9x, 1.0 and 2.0 and Atom to candidates, however ill-formed.

    text ─► well-formed XML ─► a lean, canonical copy ─► feedparser ─► entries ─► candidates

feedparser gets only well-formed UTF-8 (`crawler.discovery.xml_text`), so that its regular-expression parser for broken
documents never runs: that parser took over a minute for 400 KB of "<!--". Sanitizing HTML and resolving its links are off,
because feed HTML is never shown: 18 ms instead of 119 for a feed of 132 KB.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import feedparser
from lxml import etree

from crawler.discovery.entries import Entry, to_candidates, with_authors
from crawler.discovery.feed_trim import PLACE, lean_copy
from crawler.discovery.full_text import content_of, credits_of, description_of, enclosures_of, keywords_of
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.markup import as_markup, plain_text
from crawler.discovery.polling_hints import read_polling_hints
from crawler.discovery.xml_text import local_name, read_xml
from dateline.text import quantity, storable_line
from dateline.types.source import Discovery, PollingHints
from dateline.urls.links import absolute_url

_FEEDPARSER_FAILURES = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""Exceptions that feedparser has raised on elements in unexpected places."""
_ARTICLE_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class _Feed:
    via: str
    about: dict[str, Any]
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()


def read_feed(text: str, *, url: str, now: dt.datetime, limits: DiscoveryLimits) -> Discovery:
    """The candidates of an XML feed; the warnings name what could not be read."""
    document = read_xml(text)
    if document is None:
        return Discovery(found_kind=None, warnings=("it contains no readable XML",))
    lean, units, surplus = lean_copy(document.root, limits.max_entries, now=now)
    capped = (f"{quantity(surplus, 'entry')} beyond {limits.max_entries}",) if surplus else ()
    feed = _by_feedparser(lean, units, url)
    entries = with_authors(feed.entries, _authors(feed.about)) if feed.via == "atom" else feed.entries
    found = to_candidates(
        entries,
        via=feed.via,
        base=url,
        now=now,
        language=_said(feed.about, "language"),
        site=_said(feed.about, "link"),
    )
    return _discovery(
        feed.about,
        read_polling_hints(document.root),
        url,
        found.found,
        (*document.warnings, *capped, *feed.warnings, *found.warnings),
    )


def _discovery(
    about: dict[str, Any], polling_hints: PollingHints, url: str, found: tuple[Any, ...], warnings: tuple[str, ...]
) -> Discovery:
    return Discovery(
        found_kind="feed",
        candidates=found,
        polling_hints=polling_hints,
        hub_url=_link_of(about, "hub", url),
        self_url=_link_of(about, "self", url),
        title=plain_text(_said(about, "title")),
        language=storable_line(_said(about, "language"), 35) or None,
        warnings=warnings,
    )


def _by_feedparser(lean: etree._Element, units: Sequence[etree._Element], url: str) -> _Feed:
    """The feed as feedparser reads it. It gets no base URL: joining it at every element took half of the time."""
    via = {"feed": "atom", "entry": "atom", "rdf": "rdf"}.get(local_name(lean), "rss")
    try:
        parsed = feedparser.parse(
            io.BytesIO(etree.tostring(lean, encoding="utf-8")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        entries = tuple(_with_full_text(_entry(raw), raw, units, url) for raw in parsed["entries"])
    except _FEEDPARSER_FAILURES as error:
        return _Feed(via, {}, (), (f"feedparser failed: {error!r}"[:200],))
    return _Feed(via, parsed["feed"], entries)


def _said(raw: dict[str, Any], key: str) -> str:
    """The string under a key, past feedparser's aliases (it answers "updated" with "published", with a warning)."""
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _markup(raw: dict[str, Any], key: str) -> str:
    """The HTML under a key; what is declared as plain text, or is a title without a declaration, is made HTML."""
    detail = dict.get(raw, f"{key}_detail")
    is_plain = isinstance(detail, dict) and detail.get("type") == "text/plain"
    said = _said(raw, key)
    return as_markup(said) if is_plain else said


def _dicts(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(raw, key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _entry(raw: dict[str, Any]) -> Entry:
    return Entry(
        links=tuple(_article_links(raw)),
        title=_markup(raw, "title"),
        summary=_markup(raw, "summary"),
        published=_instants(raw, "published", "created"),
        modified=_instants(raw, "updated"),
        guid=_said(raw, "id"),
        language=_said(raw, "language"),
        authors=_authors(raw),
        tags=tuple(_said(tag, "label") or _said(tag, "term") for tag in _dicts(raw, "tags")),
    )


def _authors(raw: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for author in _dicts(raw, "authors") if (name := _said(author, "name")))


def _with_full_text(entry: Entry, raw: dict[str, Any], units: Sequence[etree._Element], url: str) -> Entry:
    """The entry with what only the feed's own element has: its texts in full, and its enclosures."""
    place = _said(raw, PLACE)
    if not place.isdecimal() or int(place) >= len(units):
        return entry
    unit = units[int(place)]
    return replace(
        entry,
        content=content_of(unit),
        description=description_of(unit),
        enclosures=enclosures_of(unit, url),
        tags=entry.tags or keywords_of(unit),
        authors=entry.authors if any(entry.authors) else credits_of(unit),
    )


def _instants(raw: dict[str, Any], *keys: str) -> tuple[str, ...]:
    """What the feed wrote, with the publisher's own offset: feedparser's readings of it have none."""
    return tuple(claim for key in keys if (claim := _said(raw, key)))


def _article_links(raw: dict[str, Any]) -> Iterator[str]:
    """Links to the article, best first: FeedBurner's original, then alternates, then a permalink guid.

    Enclosures are audio and pictures; "self", "edit", "replies" and "related" do not lead to the article.
    """
    yield _said(raw, "feedburner_origlink")
    links = [link for link in _dicts(raw, "links") if _said(link, "rel") in {"alternate", ""}]
    for link in sorted(links, key=lambda link: _said(link, "type") not in _ARTICLE_TYPES):
        yield _said(link, "href").replace("&amp;", "&")
    guid, target = _said(raw, "id"), _said(raw, "link")
    if target != guid or target.startswith("/"):  # feedparser takes any guid for a link
        yield target
    yield _web_address(guid)


def _web_address(guid: str) -> str:
    return guid if guid.startswith(("http://", "https://")) else ""


def _link_of(about: dict[str, Any], rel: str, url: str) -> str | None:
    links = (link for link in _dicts(about, "links") if _said(link, "rel") == rel)
    return next((target for link in links if (target := absolute_url(_said(link, "href"), url))), None)
