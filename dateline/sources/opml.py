"""Sources as OPML 2.0, the format in which feed readers exchange subscriptions; pure.

OPML has only feeds: news sitemaps, sections and schedules are lost when a source is written as OPML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from dateline.errors import ConfigError
from dateline.sources.fields import Problem, slugify, unique_slug, web_address
from dateline.text import storable_line
from dateline.types.source import Source, WatchedPage
from dateline.urls import host_of

_MAX_BYTES = 20 << 20
_MAX_DEPTH = 20
_LANGUAGE = re.compile(r"[a-zA-Z]{2}(?=$|[-_])")


def read_opml(content: bytes, *, file: str = "subscriptions.opml") -> list[Source]:
    """One source per site, with all feeds of that site, and folders and categories as tags.

    Of ill-formed XML as much as possible is read. A ConfigError if it has no feed; entities are never resolved.
    """
    if len(content) > _MAX_BYTES:
        raise ConfigError(f"{file} is larger than {_MAX_BYTES >> 20} MB; split it", subject=file)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(content.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ConfigError(f"{file} is not OPML: {error}", subject=file) from error
    body = root.find("body") if root is not None else None
    sources: dict[str, Source] = {}
    for outline, tags in _feeds(body if body is not None else root, ()):
        _add(sources, outline, tags)
    if not sources:
        raise ConfigError(f"{file} contains no feed; a feed is an outline with an xmlUrl", subject=file)
    return list(sources.values())


def _feeds(parent: Any, tags: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The outlines with a feed, each with the names of its folders as tags."""
    for outline in [] if parent is None or len(tags) > _MAX_DEPTH else parent.iterchildren("outline", "{*}outline"):
        if _attribute(outline, "xmlUrl"):
            yield outline, tags
        yield from _feeds(outline, (*tags, _attribute(outline, "text") or _attribute(outline, "title")))


def _add(sources: dict[str, Source], outline: Any, folders: tuple[str, ...]) -> None:
    """Add a feed to its site's source, or to a new one; URLs other than http(s) are skipped."""
    try:
        feed = WatchedPage(web_address(_attribute(outline, "xmlUrl")), "feed")
        home = _home(outline, feed.url)
    except Problem:
        return
    title = _attribute(outline, "title") or _attribute(outline, "text") or host_of(feed.url)
    tags = [*folders, *(part for part in re.split(r"[,/]", _attribute(outline, "category")))]
    language = _LANGUAGE.match(_attribute(outline, "language"))
    known = sources.get(home)
    sources[home] = Source(
        name=known.name if known else unique_slug(title, {s.name for s in sources.values()}, fallback=_host_slug(home)),
        title=known.title if known else title,
        home=home,
        languages=known.languages if known else (language[0].lower(),) if language else (),
        tags=tuple(dict.fromkeys([*(known.tags if known else ()), *filter(None, map(str.strip, tags))])),
        watched=tuple(dict.fromkeys([*(known.watched if known else ()), feed])),
    )


def _home(outline: Any, feed: str) -> str:
    """The outline's htmlUrl, else the root of the feed's host."""
    named = _attribute(outline, "htmlUrl")
    try:
        return web_address(named)
    except Problem:
        scheme, _, rest = feed.partition("://")
        return web_address(f"{scheme}://{rest.partition('/')[0]}/")


def _host_slug(home: str) -> str:
    return slugify(host_of(home)) or "source"


def _attribute(outline: Any, name: str) -> str:
    """An attribute as one storable line; its name may be in any case."""
    found = next((value for key, value in outline.attrib.items() if key.lower() == name.lower()), "")
    return storable_line(found, 1_000)


def merge_opml(found: Iterable[Source], known: Iterable[Source]) -> list[Source]:
    """The sources of an OPML file, merged into known sources with the same home page: feeds and tags are added.

    Countries, schedules and sitemaps of known sources are kept, because OPML has none. A name that another source has gets
    a number.
    """
    by_home = {plain_home(source.home): source for source in known}
    names = {source.name for source in by_home.values()}
    merged = []
    for source in found:
        old = by_home.get(plain_home(source.home))
        if old is None:
            old = replace(source, name=unique_slug(source.name, names))
            names.add(old.name)
        feeds = [page for page in source.watched if page.url not in {known.url for known in old.watched}]
        tags = tuple(dict.fromkeys([*old.tags, *source.tags]))
        merged.append(replace(old, tags=tags, watched=(*old.watched, *feeds)))
    return merged


def plain_home(home: str) -> str:
    """A home page's URL without scheme, www. and final slash, for comparison."""
    return home.partition("://")[2].lower().removeprefix("www.").rstrip("/")


def write_opml(sources: Iterable[Source], *, title: str = "Sources") -> str:
    """An OPML text with one outline per feed; sources without feeds are left out."""
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = title
    body = etree.SubElement(opml, "body")
    for source in sources:
        for page in source.watched:
            if page.kind == "feed":
                etree.SubElement(body, "outline", _outline(source, page.url))
    return etree.tostring(opml, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode("utf-8")


def _outline(source: Source, feed: str) -> dict[str, str]:
    fields = {
        "type": "rss",
        "text": source.title,
        "title": source.title,
        "xmlUrl": feed,
        "htmlUrl": source.home,
        "category": ",".join(source.tags),
        "language": source.languages[0] if len(source.languages) == 1 else "",
    }
    return {key: value for key, value in fields.items() if value}
