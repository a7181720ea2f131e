"""What a page's markup declares, read in one walk over its tree: the material that metadata is chosen from."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from dateline.urls.links import absolute_url, base_url
from pipelines.extract.elements import Elements

_TIME_CLASSES = {"time": ("publi", "Publi", "entry-date"), "abbr": ("publi", "Publi")}
"""Parts of class names by which microformats mark the instant of publication."""
_PUBLICATION_PROPERTIES = frozenset({"datePublished", "schema:datePublished"})
_BLANK_BEHIND_COLON = re.compile(r":\s+")
_CHANGED = re.compile(r"updat|modif", re.IGNORECASE)
_MOST_CLASSES = 60
_MOST_SCRIPTS = 60
_LONGEST_SCRIPT = 2_000_000
_LONGEST_META = 5_000
_MOST_HEADINGS = 12
_MOST_LICENSES, _MOST_LINKS = 10, 2_000
_LONGEST_HEADING = 500
_CONTENT = frozenset({"article", "h1", "h2", "main"})
_PAGE = frozenset({"html", "head", "body"})
_BY_READERS = re.compile(r"Comment|Review|Answer", re.IGNORECASE)
"""Types of items that a page's readers write."""
_OTHER_WORK = re.compile(r"^figure|^figcaption|comment|caption|credit|photo|image", re.IGNORECASE)
RSL = "application/rsl+xml"
_FEWEST_WORDS, _MOST_PARTS = 3, 30
_APART = re.compile(
    r"(?:^|[-_\s])(?:badges?|kicker|over-?line|eyebrow|label|pill|chip|flag|premium|plus-?icon"
    r"|topline|roof-?line|dachzeile|spitzmarke"
    r"|sub-?(?:title|line|head(?:line)?|heading)|anchor|permalink|sr-only|visually-hidden)(?:$|[-_\s])",
    re.IGNORECASE,
)
"""Classes of what is set apart within a heading."""
_BEHIND_WORD = re.compile(r"[^\W\d_]{3}$")
_FORMATTING = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "q", "small", "strong", "sub", "sup", "u", "wbr"}
)


@dataclass(frozen=True, slots=True)
class Markup:
    """Meta tags (lower-case names), titles, JSON-LD scripts and links of a page's head, unchanged.

    `metas` keeps repeated tags in order. `times` are the elements that are marked as the instant of publication, with its
    value, `changes` those of the last change; `time_count` counts all time elements. `rels` maps "canonical", "amphtml",
    "next", "print" … to the first href. `whole_headings` are the h1s with their badges. `elements` are the page's elements before
    the text step changes the tree.
    """

    url: str
    base: str
    metas: Mapping[str, tuple[str, ...]]
    title: str
    headings: tuple[str, ...]
    whole_headings: tuple[str, ...]
    scripts: tuple[str, ...]
    times: tuple[tuple[HtmlElement, str], ...]
    changes: tuple[tuple[HtmlElement, str], ...]
    rels: Mapping[str, str]
    html_language: str
    elements: Elements
    time_count: int = 0
    subheadings: tuple[str, ...] = ()
    licenses: tuple[tuple[str, str], ...] = ()
    """Media type and href of each link with rel=license; for a licence that the page itself contains, the page's own address."""
    item_types: tuple[str, ...] = ()

    def meta(self, *names: str) -> str | None:
        """The first non-empty content of the first of these meta tags that has one."""
        return next((values[0] for name in names if (values := self.metas.get(name))), None)

    def absolute(self, reference: str | None) -> str | None:
        """The http(s) URL that a reference on this page means."""
        return absolute_url(reference, self.base) if reference else None


def read_markup(root: HtmlElement, url: str) -> Markup:
    """The page's declarations; never changes the tree."""
    elements = Elements(root)
    metas: defaultdict[str, list[str]] = defaultdict(list)
    scripts: list[str] = []
    headings: list[str] = []
    subheadings: list[str] = []
    rels: dict[str, str] = {}
    title, has_begun = "", False
    for element in elements.of("meta", "title", "script", "link", *_CONTENT, having=["aria-level"]):
        has_begun = has_begun or element.tag in _CONTENT
        if has_begun and _is_of_content(element):
            continue
        match element.tag:
            case "meta" if "ld+json" in (element.get("name") or ""):  # some frameworks put the script in a tag
                scripts.append((element.get("content") or "")[:_LONGEST_SCRIPT])
            case "meta":
                _read_meta(element, metas)
            case "script":
                if "ld+json" in (element.get("type") or "").lower() and len(scripts) < _MOST_SCRIPTS:
                    scripts.append((element.text or "")[:_LONGEST_SCRIPT])
            case "link" if href := element.get("href"):
                for rel in (element.get("rel") or "").lower().split():
                    is_print = rel == "alternate" and "print" in (element.get("media") or "").lower()
                    rels.setdefault("print" if is_print else rel, href.strip())
            case _ if _is_first_rank(element) and len(headings) < _MOST_HEADINGS:
                headings.append(heading_text(element)[:_LONGEST_HEADING])
            case "h2" if len(subheadings) < _MOST_HEADINGS:
                subheadings.append(heading_text(element)[:_LONGEST_HEADING])
            case "title" if not title and _is_page_title(element):
                title = flat_text(element)[:_LONGEST_HEADING]
    times, changes = _marked_times(elements)
    return Markup(
        url=url,
        base=base_url(root, url),
        metas={name: tuple(dict.fromkeys(values)) for name, values in metas.items()},
        title=title,
        headings=tuple(heading for heading in headings if heading),
        whole_headings=tuple(flat_text(each)[:_LONGEST_HEADING] for each in elements.of("h1")[:_MOST_HEADINGS]),
        subheadings=tuple(heading for heading in subheadings if heading),
        licenses=tuple(islice(_licenses(elements, url), _MOST_LICENSES)),
        scripts=tuple(script for script in scripts if script.strip()),
        times=tuple((each, value) for each in times if (value := _time_value(each))),
        changes=tuple((each, value) for each in changes if (value := _time_value(each))),
        rels=rels,
        elements=elements,
        time_count=elements.count("time"),
        html_language=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip(),
        item_types=tuple(each.get("itemtype") or "" for each in elements.of(having=["itemtype"])),
    )


def _licenses(elements: Elements, url: str) -> Iterator[tuple[str, str]]:
    for element in elements.of("script", having=["rel"])[:_MOST_LINKS]:
        kind, href = (element.get("type") or "").strip().lower(), (element.get("href") or "").strip()
        if element.tag == "script" and kind == RSL:
            yield kind, url
        elif "license" in (element.get("rel") or "").lower().split() and href and not _is_of_other_work(element):
            yield kind, href


def _is_of_other_work(element: HtmlElement) -> bool:
    """Whether a licence is that of a picture, or was brought by a reader's comment."""
    if element.tag != "a":
        return _is_of_content(element)
    above = [f"{each.tag} {each.get('class') or ''} {each.get('id') or ''}" for each in element.iterancestors()]
    return any(map(_OTHER_WORK.search, above))


def _is_of_content(element: HtmlElement) -> bool:
    """Whether a declaration is among what is written on the page, where a reader's comment may have brought it."""
    if element.tag not in ("meta", "link"):
        return False
    if element.get("itemprop"):
        item = next((each for each in element.iterancestors() if each.get("itemtype")), None)
        return item is not None and bool(_BY_READERS.search(item.get("itemtype") or ""))
    return getattr(element.getparent(), "tag", "html") not in _PAGE


def _marked_times(elements: Elements) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """The elements that are marked as the instant of publication, and those marked as that of the last change."""
    times: list[HtmlElement] = []
    changes: list[HtmlElement] = []
    for element in elements.of("time", "abbr", having=["itemprop", "property", "pubdate"]):
        if element.tag != "meta" and _is_publication_time(element):
            times.append(element)
        elif element.tag != "meta" and _is_change_time(element):
            changes.append(element)
    return times, changes


def _is_publication_time(element: HtmlElement) -> bool:
    tag, prop = element.tag, element.get("itemprop") or ""
    if ("datePublished" in prop and "dateModified" not in prop) or element.get("property") in _PUBLICATION_PROPERTIES:
        return True
    name = (element.get("class") or "") if tag in _TIME_CLASSES else ""
    return any(word in name for word in _TIME_CLASSES.get(tag, ())) or (tag == "time" and "pubdate" in element.attrib)


def _is_change_time(element: HtmlElement) -> bool:
    name = (element.get("class") or "") if element.tag == "time" else ""
    return bool(_CHANGED.search(element.get("itemprop") or "") or _CHANGED.search(name))


def _is_first_rank(element: HtmlElement) -> bool:
    """Whether the element is a heading of the first rank, by its tag or its role."""
    return bool(element.tag == "h1") or (element.get("role"), element.get("aria-level")) == ("heading", "1")


def elements_of_class(
    root: HtmlElement, markup: Markup, words: Sequence[str], pattern: re.Pattern[str] | None = None
) -> list[HtmlElement]:
    """The elements that still are in the tree, and whose class holds one of the lower-case words (and matches the pattern)."""
    matching = [name for name in markup.elements.classes_with(words) if pattern is None or pattern.search(name)]
    places = [(place, name) for name in matching[:_MOST_CLASSES] for place in markup.elements.by_class[name]]
    found = [(markup.elements.all[place], name) for place, name in sorted(places)]
    return [element for element, name in found if element.get("class") == name and is_within(root, element)]


def is_within(root: HtmlElement, element: HtmlElement) -> bool:
    """Whether an element that was in the page's tree still is."""
    return element is root or next(element.iterancestors("html"), None) is root


def flat_text(element: HtmlElement) -> str:
    """The element's text in one line; words of neighbouring elements are kept apart, formatting within a word is not."""
    while len(element) == 1 and _wraps(element, element[0]):
        element = element[0]
    if not len(element):
        return " ".join((element.text or "").split())
    is_plain = all(child.tag in _FORMATTING for child in element.iterdescendants("*"))
    return " ".join((element.text_content() if is_plain else "".join(_apart(element))).split())


def _wraps(element: HtmlElement, child: HtmlElement) -> bool:
    """Whether an element has no words beside those of its only child."""
    is_empty = not ((element.text or "").strip() or (child.tail or "").strip())
    return is_empty and isinstance(child.tag, str)


def _apart(element: HtmlElement) -> Iterator[str]:
    """The element's text, with a blank at the start and the end of each element within it that is not formatting."""
    yield element.text or ""
    for event, each in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if each is element:
            continue
        if event in ("start", "end") and each.tag not in _FORMATTING:
            yield " "
        yield (each.text if event == "start" else each.tail) or ""


def heading_text(element: HtmlElement) -> str:
    """A heading's text without what is set apart in it: badges, kickers, second lines, marks of footnotes."""
    parts = list(islice(element.iterdescendants("*"), _MOST_PARTS)) if len(element) else []
    if len(parts) == _MOST_PARTS or not any(map(_is_apart, parts)):
        return flat_text(element)
    left = copy(element)
    for each in [each for each in left.iterdescendants("*") if _is_apart(each)]:
        if each.getparent() is not None:
            each.tail = f" {each.tail or ''}"
            each.drop_tree()
    text = flat_text(left)
    return text if len(text.split()) >= _FEWEST_WORDS or not text.isascii() else flat_text(element)


def _is_apart(element: HtmlElement) -> bool:
    text = (element.text or "").strip()
    if element.tag == "sup":  # a footnote's mark behind the last word, not a unit's
        return (
            not (element.tail or "").strip() and not text.isalpha() and bool(_BEHIND_WORD.search(text_before(element)))
        )
    is_line = element.tag == "small" and len(text.split()) > 1
    return is_line or element.tag in {"button", "time"} or _says_apart(element.get("class") or "")


@lru_cache(maxsize=4_096)
def _says_apart(name: str) -> bool:
    return bool(_APART.search(name))


def text_before(element: HtmlElement) -> str:
    """The text right before an element, up to its neighbour or its parent's start tag."""
    before, parent = element.getprevious(), element.getparent()
    return (before.tail if before is not None else parent.text if parent is not None else "") or ""


def short_text(element: HtmlElement, limit: int) -> str | None:
    """The element's text in one line, or None if it is longer: what is nested a thousand times is not read a thousand times."""
    length = 0
    is_leaf = next(iter(element), None) is None  # its length, or a slice, would take as long as it is
    for text in (element.text or "",) if is_leaf else element.itertext():
        length += len(text.strip())
        if length > limit:
            return None
    return flat_text(element)


def _read_meta(element: HtmlElement, metas: defaultdict[str, list[str]]) -> None:
    content = (element.get("content") or element.get("value") or "").strip()
    if not content:
        return
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        name = element.get(attribute)
        if name:
            metas[_BLANK_BEHIND_COLON.sub(":", name.strip().lower())].append(content[:_LONGEST_META])
            if name == "parsely-page" and content.startswith("{"):
                _read_page_of_parsely(content[:_LONGEST_META], metas)
            return


def _read_page_of_parsely(content: str, metas: defaultdict[str, list[str]]) -> None:
    """The one tag of Parse.ly that holds the others as JSON."""
    try:
        page = json.loads(content, strict=False)
    except (ValueError, RecursionError):
        return
    for key, value in page.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each:
                metas[f"parsely-{key.replace('_', '-')}"].append(each)


def _time_value(element: HtmlElement) -> str:
    return next(
        (value for name in ("datetime", "content", "title") if (value := element.get(name))), flat_text(element)
    )[:100].strip()


def _is_page_title(element: HtmlElement) -> bool:
    parent = element.getparent()
    return parent is None or parent.tag != "svg"
