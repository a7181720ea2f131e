"""A lean copy of a feed, of what candidates are made of alone, for feedparser.

Full texts and media are most of a feed's bytes and none of its candidates; and feedparser's regular expressions take
the square of what they are given (one author of 400 KB held it for minutes), so everything that is copied has a length.
Copying is what costs least: taking elements out of an lxml tree walks through all that is below them.
"""

from __future__ import annotations

from itertools import islice
from typing import cast

from lxml import etree

from crawler.xml_text import local_name

UNITS = frozenset({"item", "entry"})
"""What feeds call their entries."""

_HTML, _LINE, _NAME, _INSTANT = 20_000, 8_192, 200, 100
_LONGEST = {
    **dict.fromkeys(("title", "description", "summary", "abstract"), _HTML),
    **dict.fromkeys(("link", "guid", "id", "origlink"), _LINE),
    **dict.fromkeys(("author", "creator", "name", "category", "subject", "keywords", "language"), _NAME),
    **dict.fromkeys(("pubdate", "published", "issued", "updated", "modified", "date", "created"), _INSTANT),
    **dict.fromkeys(("ttl", "updateperiod", "updatefrequency"), _INSTANT),
}
"""The elements that are read, by local name, and how many characters of each."""

_ATTRIBUTES = frozenset(
    {"href", "rel", "type", "ispermalink", "term", "label", "lang", "base", "about", "version", "mode"}
)
_PEOPLE = frozenset({"author", "creator"})
_MOST_PEOPLE = 5
_MOST_CHILDREN = 40
_MOST_CHILDREN_LOOKED_AT = 1_000
_MOST_TEXT_NODES = 1_000
_FOREIGN_NAMESPACES = ("search.yahoo.com/mrss", "itunes.com", "google.com/schemas", "podcastindex.org")
_LONGEST_WORD_OF_A_NAME = 100


def lean_copy(root: etree._Element, most_units: int) -> tuple[etree._Element, int]:
    """A feed of the root's own description and its first entries, and how many entries were left out.

    Entries inside other entries, as unclosed tags leave them, stand on their own in the copy.
    """
    units = [element for element in root.iterdescendants() if local_name(element) in UNITS]
    copy = etree.Element(root.tag, _attributes(root), nsmap=cast("dict[str, str]", root.nsmap))  # the stubs forbid None
    channel = next((child for child in islice(root, _MOST_CHILDREN_LOOKED_AT) if local_name(child) == "channel"), None)
    if channel is None:
        holder = copy
        _copy_children(root, holder)
    else:
        holder = etree.SubElement(copy, channel.tag, _attributes(channel))
        _copy_children(channel, holder)
    for unit in units[:most_units]:
        _copy_children(unit, etree.SubElement(holder, unit.tag, _attributes(unit)))
    return copy, max(0, len(units) - most_units)


def _copy_children(source: etree._Element, target: etree._Element) -> None:
    """Copies the children that are read, each cut to its length and flattened to text."""
    read = [child for child in islice(source, _MOST_CHILDREN_LOOKED_AT) if _is_read(child)]
    surplus_people = [child for child in read if local_name(child) in _PEOPLE][_MOST_PEOPLE:]
    for child in read[:_MOST_CHILDREN]:
        if child not in surplus_people:
            _copy(child, target)


def _copy(source: etree._Element, target: etree._Element) -> None:
    name = local_name(source)
    copied = etree.SubElement(target, source.tag, _attributes(source))
    person = (
        next((part for part in islice(source, 10) if local_name(part) == "name"), None) if name == "author" else None
    )
    if person is None:
        copied.text = _text(source, name)
    else:
        etree.SubElement(copied, person.tag).text = _text(person, "name")


def _is_read(child: etree._Element) -> bool:
    """Whether it says something of the entry; a podcast's or a picture's title would be taken for the entry's."""
    namespace = str(child.tag).rpartition("}")[0].lower()
    return local_name(child) in _LONGEST and not any(foreign in namespace for foreign in _FOREIGN_NAMESPACES)


def _attributes(element: etree._Element) -> dict[str, str]:
    wanted = {}
    for name in islice(element.attrib, _MOST_CHILDREN):
        value = element.get(name) or ""
        if str(name).rpartition("}")[2].lower() in _ATTRIBUTES and len(value) <= _LINE:
            wanted[str(name)] = value
    return wanted


def _text(element: etree._Element, name: str) -> str:
    longest = _LONGEST[name]
    if len(element):
        text = "".join(map(str, islice(element.itertext(), _MOST_TEXT_NODES)))[:longest]
    else:
        text = (element.text or "")[:longest]
    return text if longest != _NAME or _is_name_like(text) else ""


def _is_name_like(text: str) -> bool:
    """Whether no run is too long for a name: feedparser looks for e-mail addresses in the square of its length."""
    return all(len(word) <= _LONGEST_WORD_OF_A_NAME for word in text.split())
