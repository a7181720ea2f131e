"""A watch's articles as an Atom feed (RFC 4287). Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID
from xml.etree import ElementTree as Xml

from dateline.types.shown import Shown

ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 100
SUMMARY_LENGTH = 500
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All but the Char production (XML 1.0, 2.2)."""


class AtomEntry(Shown, Protocol):
    """What an entry of a feed is made of."""

    @property
    def url_key(self) -> UUID: ...
    @property
    def revised_at(self) -> dt.datetime: ...


def atom_feed(
    name: str,
    query: str,
    key: UUID,
    created_at: dt.datetime,
    entries: Sequence[AtomEntry],
    *,
    self_url: str | None = None,
) -> bytes:
    """The feed: the same bytes for the same articles. Identities are of the watch and of the articles' URLs."""
    feed = Xml.Element("feed", xmlns=ATOM)
    _add(feed, "id", f"urn:uuid:{key}")
    _add(feed, "title", f"{name}: {query}")
    _add(feed, "updated", _instant(max((entry.revised_at for entry in entries), default=created_at)))
    _add(_add(feed, "author"), "name", "Dateline")
    _add(feed, "generator", "Dateline")
    if self_url:
        Xml.SubElement(feed, "link", rel="self", type="application/atom+xml", href=_clean(self_url))
    for entry in entries:
        _add_entry(feed, entry)
    Xml.indent(feed)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(feed, encoding="unicode").encode() + b"\n"


def _add_entry(feed: Xml.Element, entry: AtomEntry) -> None:
    item = Xml.SubElement(feed, "entry")
    _add(item, "id", f"urn:uuid:{entry.url_key}")
    _add(item, "title", entry.title or entry.url)
    Xml.SubElement(item, "link", rel="alternate", href=_clean(entry.url))
    if entry.published_at:
        _add(item, "published", _instant(entry.published_at))
    _add(item, "updated", _instant(entry.revised_at))
    for author in entry.authors or (entry.site,):
        _add(_add(item, "author"), "name", author)
    _add(item, "summary", (entry.summary or entry.beginning)[:SUMMARY_LENGTH])


def _add(parent: Xml.Element, tag: str, text: str | None = None) -> Xml.Element:
    child = Xml.SubElement(parent, tag)
    child.text = None if text is None else _clean(text)
    return child


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _instant(at: dt.datetime) -> str:
    """RFC 3339, in UTC."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
