"""A small, canonical copy of a feed for feedparser: only the elements that candidates are made of.

Full texts and media are most of a feed's bytes, and are read beside feedparser (`full_text`): its regular expressions take time
quadratic in their input (one author of 400 KB hung it); and half of all faults are in namespaces. So each copied element is
cut to a length and gets its correct name and namespace. Copying is the cheapest way: removing elements from an lxml
tree visits everything below them.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from functools import partial
from itertools import islice
from typing import cast

from lxml import etree

from crawler.discovery.newest import newest
from crawler.discovery.xml_text import is_foreign, local_name
from dateline.instants import is_plausible, read_instant
from dateline.instants.reading import EARLIEST
from dateline.xml_repair import only_xml

UNITS = frozenset({"item", "entry"})
"""The element names of entries."""

_HTML, _LINE, _NAME, _INSTANT = 20_000, 8_192, 200, 100
_SUMMARIES = ("description", "summary", "abstract")
_TEXTS = frozenset({"content", "encoded", "body", "div"})
"""Elements with an entry's text, which is its summary where it has no other."""
_DATES = ("pubdate", "published", "issued", "updated", "modified", "date", "created")
_LONGEST = {
    **dict.fromkeys(("title", *_SUMMARIES), _HTML),
    **dict.fromkeys(("link", "guid", "id", "origlink"), _LINE),
    **dict.fromkeys(("author", "creator", "name", "category", "subject", "keywords", "language"), _NAME),
    **dict.fromkeys(_DATES, _INSTANT),
}
"""The elements that are read, by local name, and the number of characters read of each."""

_XML = "http://www.w3.org/XML/1998/namespace"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_FEEDBURNER = "http://rssnamespace.org/feedburner/ext/1.0"
_PREFIXES: dict[str | None, str] = {"dc": _DUBLIN_CORE, "feedburner": _FEEDBURNER, "rdf": _RDF}
"""Declared at the root: declaring them at each element doubles feedparser's time."""

_NAMESPACES = {
    **dict.fromkeys(("creator", "subject"), _DUBLIN_CORE),
    "origlink": _FEEDBURNER,
}
_ATOM = ("{http://www.w3.org/2005/Atom}feed", "http://www.w3.org/2005/Atom")
_ROOTS = {
    "rdf": (f"{{{_RDF}}}RDF", "http://purl.org/rss/1.0/"),
    "feed": _ATOM,
    "entry": _ATOM,
}
"""Root element and default namespace by the root's local name; all else is RSS, which has none."""

_ATTRIBUTES = {
    **{name: name for name in ("href", "rel", "type", "ispermalink", "term", "label", "version")},
    "lang": f"{{{_XML}}}lang",
    "base": f"{{{_XML}}}base",
    "about": f"{{{_RDF}}}about",
}
_PEOPLE = frozenset({"author", "creator"})
_MOST_PEOPLE = 5
_MOST_CHILDREN = 40
_MOST_CHILDREN_LOOKED_AT = 1_000
_MOST_TEXT_NODES = 1_000
PLACE = "datelineplace"
"""The element of the copy by which an entry of feedparser's leads to that of the feed: its place among the entries."""
_LONGEST_WORD_OF_A_NAME = 100
_ADDRESS_THEN_NAME = re.compile(r"\s*[^\s()]{1,200}@[^\s()]{1,200}\s*\(([^()]+)\)\s*$")


def lean_copy(
    root: etree._Element, most_units: int, *, now: dt.datetime
) -> tuple[etree._Element, list[etree._Element], int]:
    """A feed of the root's own description and its newest entries, these entries, and the number of those left out.

    Entries inside other entries, which unclosed tags cause, are separate entries in the copy.
    """
    units = [element for element in root.iter() if local_name(element) in UNITS]
    tag, default = _ROOTS.get(local_name(root), ("rss", None))
    namespaces = _PREFIXES | ({None: default} if default else {})
    copy = etree.Element(tag, _attributes(root), nsmap=cast("dict[str, str]", namespaces))  # the stubs know no default
    tops = [root, *islice(root, _MOST_CHILDREN_LOOKED_AT)]
    channel = next((element for element in tops if local_name(element) == "channel"), None)
    holder = copy if channel is None else etree.SubElement(copy, _named("channel", default), _attributes(channel))
    _copy_children(root if channel is None else channel, holder, default)
    taken = list(newest(units, most_units, partial(_date_of, now=now)))
    for place, unit in enumerate(taken):
        copied = etree.SubElement(holder, _named(local_name(unit), default), _attributes(unit))
        etree.SubElement(copied, _named(PLACE, default)).text = str(place)
        _copy_children(unit, copied, default)
        if tag == "rss":
            _add_attributes_of_channel_definition(unit, copied)
    return copy, taken, max(0, len(units) - most_units)


def _add_attributes_of_channel_definition(unit: etree._Element, entry: etree._Element) -> None:
    """The link and date that an item of the Channel Definition Format (W3C note, 1997) has in its attributes."""
    said = {str(name).lower(): (unit.get(name) or "")[:_LINE] for name in islice(unit.attrib, _MOST_CHILDREN)}
    present = {local_name(child) for child in islice(entry, _MOST_CHILDREN)}
    for attribute, name in (("href", "link"), ("lastmod", "pubDate")):
        if said.get(attribute) and name.lower() not in present:
            etree.SubElement(entry, name).text = said[attribute]


def _date_of(unit: etree._Element, *, now: dt.datetime) -> dt.datetime | None:
    """The first plausible date of an entry, for choosing among too many."""
    texts = (child.text or "" for child in islice(unit, _MOST_CHILDREN) if local_name(child) in _DATES)
    readings = (read_instant(text[:_INSTANT]) for text in texts)
    return next((found.at for found in readings if found and is_plausible(found.at, now)), None)


def _named(name: str, default: str | None) -> str:
    namespace = _NAMESPACES.get(name, default)
    return f"{{{namespace}}}{name}" if namespace else name


def _copy_children(source: etree._Element, target: etree._Element, default: str | None) -> None:
    """Copy the children that are read, each cut to its length and flattened to text."""
    children = list(islice(source, _MOST_CHILDREN_LOOKED_AT))
    read = [child for child in children if _is_read(child)]
    surplus_people = [child for child in read if local_name(child) in _PEOPLE][_MOST_PEOPLE:]
    dates = ([child for child in read if local_name(child) == name] for name in _DATES)
    repeated = [child for alike in dates if len(alike) > 1 for child in _later_ones(alike)]
    for child in read[:_MOST_CHILDREN]:
        if child not in surplus_people and child not in repeated:
            _copy(child, target, default)
    of_prism = next((child for child in children if local_name(child) == "publicationdate"), None)
    if of_prism is not None and not any(local_name(child) in _DATES for child in read):
        etree.SubElement(target, _named("pubDate", default)).text = (of_prism.text or "")[:_INSTANT]
    has_summary = any(local_name(child) in _SUMMARIES for child in read)
    if local_name(source) in UNITS and not has_summary and (text := _full_text(children)) is not None:
        name = "summary" if default and "Atom" in default else "description"
        etree.SubElement(target, _named(name, default)).text = text


def _later_ones(dates: list[etree._Element]) -> list[etree._Element]:
    """All but the earliest of the dates that an entry gives under one name: it was published then, and changed since."""
    found = {date: read_instant((date.text or "")[:_INSTANT]) for date in dates}
    read = {date: reading.at for date, reading in found.items() if reading and reading.at >= EARLIEST}
    first = min(read, key=lambda date: read[date], default=None)
    return [] if first is None else [date for date in dates if date is not first]


def _full_text(children: list[etree._Element]) -> str | None:
    """The text of an entry that has no summary: Atom's content, content:encoded and the like."""
    found = next((child for child in children if local_name(child) in _TEXTS), None)
    if found is None or not len(found):
        return None if found is None else _text(found, "summary")
    markup = (str(etree.tostring(part, encoding="unicode")) for part in islice(found, _MOST_TEXT_NODES))
    return "".join((found.text or "", *markup))[:_HTML]


def _copy(source: etree._Element, target: etree._Element, default: str | None) -> None:
    name = local_name(source)
    # feedparser would call dc:date, which nearly always is the date of publication, "updated"
    copied = etree.SubElement(target, _named("created" if name == "date" else name, default), _attributes(source))
    named = [part for part in islice(source, 10) if local_name(part) == "name"] if name == "author" else []
    if named:
        etree.SubElement(copied, _named("name", default)).text = _name(_text(named[0], "name"))
    else:
        copied.text = _text(source, name)


def _is_read(child: etree._Element) -> bool:
    """Whether the child describes the entry itself; the title of a podcast or picture would be taken for the entry's."""
    name = local_name(child)
    is_empty = name in _SUMMARIES and not len(child) and not (child.text or "").strip()
    return name in _LONGEST and not is_empty and not is_foreign(child)


def _attributes(element: etree._Element) -> dict[str, str]:
    """The attributes that are read, under their correct names."""
    wanted = {}
    for name in islice(element.attrib, _MOST_CHILDREN):  # items() takes time quadratic in their number
        plain, value = str(name).rpartition("}")[2].rpartition(":")[2].lower(), element.get(name) or ""
        if plain in _ATTRIBUTES and len(value) <= _LINE:
            wanted[_ATTRIBUTES[plain]] = value
    return wanted


def _text(element: etree._Element, name: str) -> str:
    longest = _LONGEST[name]
    if len(element):
        text = "".join(map(str, islice(element.itertext(), _MOST_TEXT_NODES)))[:longest]
    else:
        text = (element.text or "")[:longest]
    if element.get("mode") == "base64":
        text = _from_base64(text)
    return _name(text) if name in _PEOPLE else text


def _from_base64(text: str) -> str:
    """What Atom 0.3 wrote in Base64; the text itself where it is none."""
    try:
        return only_xml(base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace"))
    except ValueError:
        return text


def _name(text: str) -> str:
    """A person's name without the address that RSS adds: "desk@site (Ada Pell)", "Ada Pell <ada@site>".

    feedparser does the same, but knows no domain of five letters and takes quadratic time for long text.
    """
    bracketed = _ADDRESS_THEN_NAME.match(text)
    words = (bracketed[1] if bracketed else text).split()
    return " ".join(word for word in words if "@" not in word and len(word) <= _LONGEST_WORD_OF_A_NAME)
