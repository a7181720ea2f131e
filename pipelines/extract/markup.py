"""What a page's markup declares, read in one walk over its tree: the material that metadata is chosen from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dateline.urls.links import absolute_url, base_url

_CLASSES = etree.XPath("//@class", smart_strings=False)
_SEPARATOR = "\ue000"
"""Joins class attributes: a private character, since the attributes themselves may hold line breaks."""
_OF_CLASSES = etree.XPath(f"//*[@class][contains($names, concat('{_SEPARATOR}', @class, '{_SEPARATOR}'))]")
_PUBLICATION_TIMES = etree.XPath(
    "//*[@itemprop][not(self::meta)][contains(@itemprop, 'datePublished')][not(contains(@itemprop, 'dateModified'))]"
    " | //*[@property='datePublished' or @property='schema:datePublished'][not(self::meta)]"
    " | //time[@pubdate or contains(@class, 'publi') or contains(@class, 'Publi') or contains(@class, 'entry-date')]"
    " | //abbr[contains(@class, 'publi') or contains(@class, 'Publi')]"
)
"""Elements that a page marks as the instant of publication: microdata, HTML's old pubdate, microformats."""
_MOST_CLASSES = 60
_MOST_SCRIPTS = 60
_LONGEST_SCRIPT = 2_000_000
_LONGEST_META = 5_000
_MOST_HEADINGS = 12
_LONGEST_HEADING = 500
_FORMATTING = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "q", "small", "strong", "sub", "sup", "u"}
)


@dataclass(frozen=True, slots=True)
class Markup:
    """Meta tags (lower-case names), titles, JSON-LD scripts and links of a page's head, as they stand.

    `metas` keeps repeated tags in order. `times` are the elements that are marked
    as the instant of publication, with its value; `time_count` counts all time elements.
    `rels` maps "canonical", "amphtml", "next" … to the first href. `classes` are the distinct class attributes of the
    whole page, `lower_classes` the same in lower case, `classes_text` those in one.
    """

    url: str
    base: str
    metas: Mapping[str, tuple[str, ...]]
    title: str
    headings: tuple[str, ...]
    scripts: tuple[str, ...]
    times: tuple[tuple[HtmlElement, str], ...]
    rels: Mapping[str, str]
    html_language: str
    time_count: int = 0
    classes: tuple[str, ...] = ()
    lower_classes: tuple[str, ...] = ()
    classes_text: str = ""
    subheadings: tuple[str, ...] = ()

    def meta(self, *names: str) -> str | None:
        """The first non-empty content of the first of these meta tags that has one."""
        return next((values[0] for name in names if (values := self.metas.get(name))), None)

    def absolute(self, reference: str | None) -> str | None:
        """The http(s) URL that a reference on this page means."""
        return absolute_url(reference, self.base) if reference else None


def read_markup(root: HtmlElement, url: str) -> Markup:
    """The page's declarations; never changes the tree."""
    metas: defaultdict[str, list[str]] = defaultdict(list)
    scripts: list[str] = []
    headings: list[str] = []
    subheadings: list[str] = []
    times: list[tuple[HtmlElement, str]] = []
    rels: dict[str, str] = {}
    title = ""
    for element in root.iter("meta", "title", "script", "link", "h1", "h2"):
        match element.tag:
            case "meta" if "ld+json" in (element.get("name") or ""):  # some frameworks put the script in a tag
                scripts.append((element.get("content") or "")[:_LONGEST_SCRIPT])
            case "meta":
                _read_meta(element, metas)
            case "script":
                if "ld+json" in (element.get("type") or "").lower() and len(scripts) < _MOST_SCRIPTS:
                    scripts.append((element.text or "")[:_LONGEST_SCRIPT])
            case "link":
                for rel in (element.get("rel") or "").lower().split():
                    rels.setdefault(rel, (element.get("href") or "").strip())
            case "h1" if len(headings) < _MOST_HEADINGS:
                headings.append(flat_text(element)[:_LONGEST_HEADING])
            case "h2" if len(subheadings) < _MOST_HEADINGS:
                subheadings.append(flat_text(element)[:_LONGEST_HEADING])
            case "title" if not title and _is_page_title(element):
                title = flat_text(element)[:_LONGEST_HEADING]
    marked: Any = _PUBLICATION_TIMES(root)
    times.extend((element, _time_value(element)) for element in marked)
    classes = _classes(root)
    lower_classes = tuple(name.lower() for name in classes)
    return Markup(
        url=url,
        base=base_url(root, url),
        metas={name: tuple(dict.fromkeys(values)) for name, values in metas.items()},
        title=title,
        headings=tuple(heading for heading in headings if heading),
        subheadings=tuple(heading for heading in subheadings if heading),
        scripts=tuple(script for script in scripts if script.strip()),
        times=tuple(time for time in times if time[1]),
        rels=rels,
        time_count=sum(1 for _ in root.iter("time")),
        html_language=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip(),
        classes=classes,
        lower_classes=lower_classes,
        classes_text="\n".join(lower_classes),
    )


def elements_of_class(
    root: HtmlElement, markup: Markup, words: Sequence[str], pattern: re.Pattern[str] | None = None
) -> list[HtmlElement]:
    """The elements whose class holds one of the lower-case words (and matches the pattern), in the page's order.

    Looking at the distinct classes first costs a tenth of asking every element of the tree.
    """
    present = [word for word in words if word in markup.classes_text]
    places = {place for word in present for place, name in enumerate(markup.lower_classes) if word in name}
    candidates = [markup.classes[place] for place in sorted(places)]
    matching = [name for name in candidates if pattern is None or pattern.search(name)]
    if not matching:
        return []
    names = _SEPARATOR.join(("", *matching[:_MOST_CLASSES], ""))
    found: Any = _OF_CLASSES(root, names=names)
    return list(found)


def _classes(root: HtmlElement) -> tuple[str, ...]:
    names: Any = _CLASSES(root)
    return tuple(dict.fromkeys(names))


def flat_text(element: HtmlElement) -> str:
    """The element's text in one line; words of neighbouring elements are kept apart, formatting within a word is not."""
    is_plain = all(child.tag in _FORMATTING for child in element.iterdescendants("*"))
    return " ".join(("" if is_plain else " ").join(element.itertext()).split())


def short_text(element: HtmlElement, limit: int) -> str | None:
    """The element's text in one line, or None if it is longer: what is nested a thousand times is not read a thousand times."""
    length = 0
    for text in element.itertext():
        length += len(text.strip())
        if length > limit:
            return None
    return flat_text(element)


def _read_meta(element: HtmlElement, metas: defaultdict[str, list[str]]) -> None:
    content = (element.get("content") or "").strip()
    if not content:
        return
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        name = element.get(attribute)
        if name:
            metas[name.strip().lower()].append(content[:_LONGEST_META])
            return


def _time_value(element: HtmlElement) -> str:
    return next(
        (value for name in ("datetime", "content", "title") if (value := element.get(name))), flat_text(element)
    )[:100].strip()


def _is_page_title(element: HtmlElement) -> bool:
    parent = element.getparent()
    return parent is None or parent.tag != "svg"
