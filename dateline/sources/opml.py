"""Sources as OPML 2.0, the format in which feed readers exchange subscriptions; pure.

OPML has only feeds: news sitemaps, sections and schedules are lost when a source is written as OPML. Folders are tags.
Names that OPML has no place for are written as attributes in Dateline's namespace, so that they are read back.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from dateline.errors import ConfigError
from dateline.files import decode_text
from dateline.log import without_credentials
from dateline.sources.fields import Problem, slug, slugify, unique_slug, written_address
from dateline.text import storable_line
from dateline.types.source import Source, WatchedPage
from dateline.urls import host_of, site_of
from dateline.xml_repair import only_xml, with_numeric_references

_MAX_BYTES = 20 << 20
_MAX_DEPTH = 20
_LANGUAGE = re.compile(r"[a-zA-Z]{2}(?=$|[-_])")
_NAMESPACE = "urn:dateline:opml"
_NAME = f"{{{_NAMESPACE}}}name"
_XML_DECLARATION = re.compile(r"<\?xml\b[^<>]*\?>")
_UNQUOTED = re.compile(
    r"(?<=\s)([\w:.-]{1,60})\s{0,9}=\s{0,9}(?:\"[^\"]{0,8192}\"|'[^']{0,8192}'|([^\s\"'<>]{1,8192}?)(?=\s|/?>))"
)
_VALUE_BEGINS = re.compile(r"(?<=\s)[\w:.-]{1,60}\s*=\s*([\"'])")
_VALUE_ENDS = re.compile(r"([\"'])(?=\s+[\w:.-]{1,60}\s*=\s*[\"']|\s*/?>)")
_LONGEST_VALUE = 8192


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An outline that is not imported: its title, its address without credentials, and why."""

    title: str
    address: str
    why: str

    @property
    def named(self) -> str:
        """What a message calls it."""
        title = self.title or "an outline without a title"
        return f"{title} ({self.address})" if self.address else title


@dataclass(frozen=True, slots=True)
class Opml:
    """The sources of an OPML file, the outlines that give none, and the names of sources whose home page is only guessed."""

    sources: list[Source]
    left_out: list[LeftOut]
    guessed: frozenset[str] = frozenset()


def read_opml(content: bytes, *, file: str = "subscriptions.opml") -> Opml:
    """One source per site, with all feeds of that site, and folders and categories as tags.

    A feed whose site is not named is a source of its own, unless another of its host has the same title. Of ill-formed XML
    as much as possible is read. A ConfigError if it has no feed; entities are never resolved.
    """
    if len(content) > _MAX_BYTES:
        raise ConfigError(f"{file} is larger than {_MAX_BYTES >> 20} MB; split it", subject=file)
    root = _parsed(content, file)
    body = next((child for child in root if _tag(child) == "body"), root) if root is not None else None
    reading = _Reading({}, [], set())
    for outline, tags in _feeds(body, (), reading.left_out):
        reading.take(outline, tags)
    if _is_cut_off(content, root):
        reading.left_out.append(LeftOut("the rest of the file", "", "it has no end: it was cut off, so get it again"))
    if not reading.sources:
        why = "".join(f"\nleft out: {one.named}: {one.why}" for one in reading.left_out[:20])
        raise ConfigError(f"{file} contains no feed; a feed is an outline with an xmlUrl{why}", subject=file)
    return Opml(list(reading.sources.values()), reading.left_out, frozenset(reading.guessed))


def _parsed(content: bytes, file: str) -> Any:
    """The root of the document, read with bare ampersands, HTML's entities and unescaped marks in its attributes."""
    text = only_xml(_XML_DECLARATION.sub("", decode_text(content), count=1)).lstrip()
    repaired = _with_escaped_values(_UNQUOTED.sub(_quoted, with_numeric_references(text)))
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, remove_comments=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(repaired.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = error.msg if isinstance(error, etree.XMLSyntaxError) else error
        raise ConfigError(f"{file} is not OPML: {said}", subject=file) from error


def _is_cut_off(content: bytes, root: Any) -> bool:
    """Whether the file ends before its root does."""
    if root is None:
        return False
    name = f"{root.prefix}:{_tag(root)}" if root.prefix else _tag(root)
    return f"</{name}".lower() not in decode_text(content).lower()


def _quoted(attribute: re.Match[str]) -> str:
    """The attribute as it is, or with the quotes that its value lacks."""
    return f'{attribute[1]}="{attribute[2]}"' if attribute[2] else attribute[0]


def _with_escaped_values(text: str) -> str:
    """The text with marks in attributes' values escaped. A value ends where another attribute or the end of its tag follows."""
    ends: dict[str, list[int]] = {'"': [], "'": []}
    for end in _VALUE_ENDS.finditer(text):
        ends[end[1]].append(end.start())
    parts, done = [], 0
    for begin in _VALUE_BEGINS.finditer(text):
        at = bisect_left(ends[begin[1]], begin.end())
        end_at = ends[begin[1]][at] if at < len(ends[begin[1]]) else len(text)
        if begin.start() >= done and end_at <= min(begin.end() + _LONGEST_VALUE, len(text) - 1):
            value = text[begin.end() : end_at].replace("<", "&#60;").replace('"', "&#34;")
            parts += [text[done : begin.end() - 1], f'"{value}"']
            done = end_at + 1
    return "".join([*parts, text[done:]])


def _tag(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _feeds(parent: Any, tags: tuple[str, ...], left_out: list[LeftOut]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The outlines with a feed, each with the names of its folders as tags."""
    for outline in [] if parent is None else parent:
        if _tag(outline) != "outline":
            continue
        if len(tags) > _MAX_DEPTH:
            left_out.append(_left_out(outline, f"folders deeper than {_MAX_DEPTH} are not read"))
            continue
        if _feed_address(outline):
            yield outline, tags
        elif not len(outline) and (_attribute(outline, "type") or _attribute(outline, "htmlUrl")):
            left_out.append(_left_out(outline, "has no xmlUrl"))
        yield from _feeds(outline, (*tags, _attribute(outline, "text") or _attribute(outline, "title")), left_out)


def _feed_address(outline: Any) -> str:
    is_feed = _attribute(outline, "type").lower() in {"rss", "atom", "feed"}
    return _attribute(outline, "xmlUrl") or (_attribute(outline, "url") if is_feed else "")


def _left_out(outline: Any, why: str) -> LeftOut:
    address = _feed_address(outline) or _attribute(outline, "url") or _attribute(outline, "htmlUrl")
    return LeftOut(_title(outline), without_credentials(address), why)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sources read so far, by the site or feed that they are recognised by, and what was left out."""

    sources: dict[str, Source]
    left_out: list[LeftOut]
    guessed: set[str]

    def take(self, outline: Any, folders: tuple[str, ...]) -> None:
        """Add a feed to its site's source, or to a new one."""
        try:
            feed = WatchedPage(written_address(_feed_address(outline), _attribute(outline, "htmlUrl")), "feed")
        except Problem as problem:
            self.left_out.append(_left_out(outline, without_credentials(str(problem))))
            return
        title = _title(outline) or host_of(feed.url)
        named = _home(outline, feed.url)
        home = named or self._home_of_unnamed(feed.url, title)
        known = self.sources.get(plain_home(home))
        name = known.name if known else self._name(outline, title, home)
        if named:
            self.guessed.discard(name)
        elif known is None:
            self.guessed.add(name)
        tags = [*folders, *re.split(r"[,/]", _attribute(outline, "category"))]
        language = _LANGUAGE.match(_attribute(outline, "language"))
        self.sources[plain_home(home)] = Source(
            name=name,
            title=known.title if known else title,
            home=known.home if known else home,
            languages=known.languages if known else (language[0].lower(),) if language else (),
            tags=tuple(dict.fromkeys([*(known.tags if known else ()), *filter(None, map(str.strip, tags))])),
            watched=tuple(dict.fromkeys([*(known.watched if known else ()), feed])),
        )

    def _home_of_unnamed(self, feed: str, title: str) -> str:
        """The root of the feed's host, or the feed itself where a publisher of another title has that root."""
        root = _root(feed)
        other = self.sources.get(plain_home(root))
        return root if other is None or other.title == title else feed

    def _name(self, outline: Any, title: str, home: str) -> str:
        taken = {source.name for source in self.sources.values()}
        try:
            written = slug(outline.get(_NAME))
        except Problem:
            written = ""
        if written and written not in taken:
            return written
        return unique_slug(title, taken, fallback=slugify(host_of(home)) or "source")


def _home(outline: Any, feed: str) -> str | None:
    """The site that the outline names, or None. A name of the same address as the feed is none."""
    try:
        named = written_address(_attribute(outline, "htmlUrl"), "")
    except Problem:
        return None
    return named if plain_home(named) != plain_home(feed) or outline.get(_NAME) else None


def _root(feed: str) -> str:
    scheme, _, rest = feed.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}/"


def _title(outline: Any) -> str:
    """The outline's name; readers that take a feed's title as HTML escape it twice."""
    title = _attribute(outline, "title") or _attribute(outline, "text")
    return storable_line(html.unescape(title), 1_000) if "&" in title else title


def _attribute(outline: Any, name: str) -> str:
    """An attribute as one storable line; its name may be in any case."""
    found = next((value for key, value in outline.attrib.items() if key.lower() == name.lower()), "")
    return storable_line(found, 1_000)


def merge_opml(found: Iterable[Source], known: Iterable[Source], *, guessed: Container[str] = ()) -> list[Source]:
    """The sources of an OPML file, merged into known sources: feeds and tags are added.

    A known source is one that watches a feed of it, or has the same home page; of sources whose home page is guessed, the
    title must be the same, too. Feeds of sites of which it has none so far become a source of their own: what a source watches
    may speak for its site, and a file that is passed around may name any home page. Countries, schedules and sitemaps of known
    sources are kept, because OPML has none. A name that another source has gets a number.
    """
    sources = _Sources()
    for one in known:
        sources.add(one)
    merged: dict[str, Source] = {}
    for source in found:
        is_guess = source.name in guessed
        old = sources.same(source, is_guess=is_guess)
        if old is None:
            home = sources.free_home(source) if is_guess else source.home
            old = sources.add(replace(source, name=unique_slug(source.name, sources.by_name), home=home))
        feeds = [page for page in source.watched if not sources.is_watched(page)]
        sites = {site_of(old.home), *(site_of(page.url) for page in old.watched)}
        own = [page for page in feeds if site_of(page.url) in sites]
        tags = tuple(dict.fromkeys([*old.tags, *source.tags]))
        merged[old.name] = sources.add(replace(old, tags=tags, watched=(*old.watched, *own)))
        if other := tuple(page for page in feeds if site_of(page.url) not in sites):
            home = source.home if plain_home(source.home) != plain_home(old.home) else _root(other[0].url)
            apart = replace(source, name=unique_slug(source.name, sources.by_name), home=home, watched=other)
            merged[apart.name] = sources.add(replace(apart, home=sources.free_home(apart)))
    return list(merged.values())


class _Sources:
    """Sources by name; the name of the first one by feed, by home page, and by home page and title."""

    def __init__(self) -> None:
        self.by_name: dict[str, Source] = {}
        self._by_feed: dict[str, str] = {}
        self._by_home: dict[str | tuple[str, str], str] = {}

    def add(self, source: Source) -> Source:
        """Add the source, or replace the one of its name; returns it."""
        self.by_name[source.name] = source
        for page in source.watched:
            self._by_feed.setdefault(plain_address(page.url), source.name)
        home = plain_home(source.home)
        for key in (home, (home, source.title)):
            self._by_home.setdefault(key, source.name)
        return source

    def is_watched(self, page: WatchedPage) -> bool:
        """Whether a source watches this page."""
        return plain_address(page.url) in self._by_feed

    def same(self, source: Source, *, is_guess: bool) -> Source | None:
        """The known source that a source of an OPML file is."""
        feeds = (self._by_feed.get(plain_address(page.url)) for page in source.watched)
        home = plain_home(source.home)
        name = next(filter(None, feeds), None) or self._by_home.get((home, source.title) if is_guess else home)
        return self.by_name[name] if name else None

    def free_home(self, source: Source) -> str:
        """The source's guessed home page; its first feed where another source has that home page."""
        return source.watched[0].url if plain_home(source.home) in self._by_home else source.home


def plain_home(home: str) -> str:
    """A home page's URL for comparison: like `plain_address`, in lower case."""
    return plain_address(home.lower())


def plain_address(url: str) -> str:
    """A URL without scheme, www. and final slash, for comparison."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


def write_opml(sources: Iterable[Source], *, title: str = "Sources") -> str:
    """An OPML text with one outline per feed, in folders named for the source's tags; sources without feeds are left out."""
    opml = etree.Element("opml", version="2.0", nsmap={"dateline": _NAMESPACE})
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = title
    folders: dict[tuple[str, ...], Any] = {(): etree.SubElement(opml, "body")}
    for source in sources:
        for page in source.watched:
            if page.kind == "feed":
                etree.SubElement(_folder(folders, source.tags[:_MAX_DEPTH]), "outline", _outline(source, page.url))
    return etree.tostring(opml, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode("utf-8")


def _folder(folders: dict[tuple[str, ...], Any], path: tuple[str, ...]) -> Any:
    """The outline of a folder, made where it is missing."""
    if path not in folders:
        folders[path] = etree.SubElement(_folder(folders, path[:-1]), "outline", {"text": path[-1]})
    return folders[path]


def _outline(source: Source, feed: str) -> dict[str, str]:
    fields = {
        "type": "rss",
        "text": source.title,
        "title": source.title,
        "xmlUrl": feed,
        "htmlUrl": source.home,
        "language": source.languages[0] if len(source.languages) == 1 else "",
        _NAME: source.name,
    }
    return {key: value for key, value in fields.items() if value}
