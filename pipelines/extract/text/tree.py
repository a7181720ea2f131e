"""The page's tree made ready for the text step: what is no text goes, and nothing that holds the story goes with it.

Tags and classes are only names: an element is what its text makes it. Each rule changes the tree in its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.markup import Markup, elements_of_class
from pipelines.extract.titles import loose

_SCRIPTS = (
    *("script", "style", "svg", "iframe", "template", "link", "canvas", "select", "input", "object", "embed", "head"),
    *("video", "audio", "map", "datalist", "source", "track", "noindex"),
)
"""What holds no prose whatever the page looks like; trafilatura drops it too, but copies and searches it first."""
_BESIDE = ("nav", "footer", "aside", "menu", "button", "noscript", "textarea", "dialog", "picture")
"""What is beside the text on most pages; where a tag is left open, or a template misuses it, the text is inside."""
_INLINE = ("time", "button", "output", "label", "abbr")
"""Dropped by trafilatura wherever they are; in the middle of a sentence they are words of it."""
_RUBY = ("ruby", "rb", "rp", "rt")
"""Readings beside a word: trafilatura leaves out the text of `rt`, and its brackets in `rp`."""
LONG, LONG_WIDE = 80, 25
"""Characters from which a text is running text; in scripts without blanks."""
_LONG_TEXTS = etree.XPath(f".//text()[string-length(.) >= {LONG_WIDE}][not(ancestor::a)]")
_MOST = 0.75
_LONGEST_INLINE = 80
_NAMES = ("class", "id", "style", "hidden", "aria-hidden", "role")
_BOXES = (
    *(
        "infobox",
        "info-box",
        "factbox",
        "fact-box",
        "author-bio",
        "author__bio",
        "authorbio",
        "author-info",
        "author-box",
    ),
    *("authorbox", "about-author", "access-wall", "article-gating", "regwall", "post-card", "promo-item", "related"),
    *("newsletter", "most-read", "mostread", "most-popular", "trending", "latest-news", "recommend", "rollover-block"),
    *("sr-only", "visually-hidden", "visuallyhidden", "screen-reader", "screenreader", "assistive-text"),
)
"""Boxes beside the text, known by their class: facts, the author's life, offers, other stories, what is only read out."""
_CARDS = etree.XPath(".//a[@href][.//h2 or .//h3 or .//h4]")
_LARGEST_CARD, _SURE_BOX, _LARGEST_BOX_SHARE = 400, 400, 0.25
_NO_BOXES = frozenset({"html", "body", "main", "article", "p"})
_EMBEDDED_POSTS = re.compile(r"twitter-tweet|instagram-media|tiktok-embed|bluesky-embed|fb-post")
_EMBED_LEVELS = 3
_RANKS = ("h1", "h2")
_SHORTEST_STORY = 150
_LINKED_PROSE = etree.XPath("//p/a[string-length(.) > 100] | //p/*/a[string-length(.) > 100]")
_CELL_LISTS = etree.XPath("//td//li | //th//li")
_NOTES = etree.XPath("(//article | //main)//aside | //article//footer")
_NOTE_NAMES = re.compile(r"correct|clarif|note|updat|errat|translat|edit|disclos|footer$", re.IGNORECASE)
_SHORTEST_NOTE, _LONGEST_NOTE = 40, 1_000
_SIGNS_OF_BOX = etree.XPath("boolean(.//a[@href] or .//form or .//input or .//h1 or .//h2 or .//h3 or .//h4 or .//img)")
_SENTENCE_ENDS = (".", "!", "?", "”", '"', "»", "。")


def prepare(root: HtmlElement, markup: Markup, titles: Sequence[str]) -> list[str]:
    """Ready the tree; the page's long running texts, which the story should be found among."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction, *_RUBY)
    etree.strip_elements(root, *_SCRIPTS, with_tail=False)
    for rule in TREE_RULES.values():
        rule(root, markup, titles)
    etree.strip_elements(root, *_BESIDE, with_tail=False)
    return [text for text, _ in _long_texts(root)]


def is_long(text: str) -> bool:
    """Whether the text is long enough for a sentence or two."""
    return len(text) >= (LONG_WIDE if "\u2e80" < text[len(text) // 2 : len(text) // 2 + 1] < "\uffef" else LONG)


def has_signs_of_box(element: HtmlElement) -> bool:
    """Whether the element has links, headings, pictures or a form: what boxes have and the middle of a text need not."""
    return bool(_SIGNS_OF_BOX(element))


def _long_texts(root: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """The texts outside links that are long, each with the element that holds it."""
    found: Any = _LONG_TEXTS(root)
    for text in found:
        if is_long(text):
            parent = text.getparent()
            yield str(text), parent if text.is_text else parent.getparent()


def _keep_what_holds_the_story(root: HtmlElement, *_: object) -> None:
    """What is beside the text elsewhere becomes a plain container if it has most of the page's running text."""
    lengths: Counter[HtmlElement] = Counter()
    total = 0
    for text, holder in _long_texts(root):
        total += len(text)
        for element in (holder, *holder.iterancestors(*_BESIDE)):
            lengths[element] += len(text)
    for element, length in lengths.items():
        if element.tag in _BESIDE and length > _MOST * total:
            element.tag = "div"
            for name in _NAMES:
                element.attrib.pop(name, None)


def _drop_other_articles(root: HtmlElement, _: Markup, titles: Sequence[str]) -> None:
    """Take out the articles that follow the page's own, as on pages that load the next one while they are read.

    Another article has a headline of the same rank as this one's, in a container beside and like the one with this story.
    """
    wanted = {loose(title) for title in titles} - {""}
    own = next((each for each in root.iter(*_RANKS) if loose(each.text_content()) in wanted), None)
    if own is None:
        return
    above = {own, *own.iterancestors()}
    for other in list(root.iter(own.tag)):
        if other in above:
            continue
        chain = [other, *other.iterancestors()]
        at = next((i for i, each in enumerate(chain) if each in above), 0)
        if at < 2:
            continue
        container, common = chain[at - 1], chain[at]
        branch = next((child for child in common if child in above), None)
        if branch is not None and _is_alike(container, branch) and _has_story(branch):
            container.drop_tree()


def _has_story(branch: HtmlElement) -> bool:
    return sum(len(text) for text, _ in _long_texts(branch)) >= _SHORTEST_STORY


def _is_alike(one: HtmlElement, other: HtmlElement) -> bool:
    if one.tag != other.tag:
        return False
    return one.tag == "article" or (
        one.find(".//h1") is not None and (one.get("class") or "") == (other.get("class") or "")
    )


def _keep_inline(root: HtmlElement, *_: object) -> None:
    """Words in mid-sentence stay, whatever element they are in."""
    for element in root.iter(*_INLINE):
        before = element.getprevious().tail if element.getprevious() is not None else element.getparent().text
        if before and before.strip() and len(element.text_content()) < _LONGEST_INLINE:
            element.tag = "span"
            element.attrib.clear()


def _keep_linked_prose(root: HtmlElement, *_: object) -> None:
    """A sentence that is a link as a whole, among other paragraphs, is text; a headline has no full stop."""
    found: Any = _LINKED_PROSE(root)
    for link in found:
        text = link.text_content().strip()
        paragraph = next(link.iterancestors("p"))
        beside = (paragraph.getprevious(), paragraph.getnext())
        is_among_text = any(each is not None and each.tag == "p" and each.find(".//a") is None for each in beside)
        if is_among_text and text.endswith(_SENTENCE_ENDS):
            link.tag = "span"


def _keep_lists_in_cells(root: HtmlElement, *_: object) -> None:
    """Lists in cells as words of the cell: trafilatura loses them."""
    found: Any = _CELL_LISTS(root)
    for item in found:
        parent = item.getparent()
        if parent.tag in ("ul", "ol"):
            parent.tag = "span"
        item.tag = "span"
        item.tail = f" {item.tail or ''}"


def _keep_notes(root: HtmlElement, *_: object) -> None:
    """Corrections, translators' notes: an aside or footer of the article that has sentences and no signs of a box."""
    found: Any = _NOTES(root)
    for note in found:
        text, name = note.text_content().strip(), note.get("class") or ""
        is_note = _SHORTEST_NOTE <= len(text) <= _LONGEST_NOTE and text.endswith(_SENTENCE_ENDS)
        if is_note and (not name or _NOTE_NAMES.search(name)) and not has_signs_of_box(note):
            note.tag = "div"
            note.attrib.clear()
            if (before := note.getprevious()) is not None and before.tag in ("div", "section"):
                before.append(note)


def _keep_embedded_posts(root: HtmlElement, *_: object) -> None:
    """Make embedded posts plain quotes: trafilatura drops whatever has "embed" in its class."""
    for quote in root.iter("blockquote"):
        if _EMBEDDED_POSTS.search(quote.get("class") or ""):
            del quote.attrib["class"]
            for _level, ancestor in zip(
                range(_EMBED_LEVELS), quote.iterancestors("div", "figure", "section"), strict=False
            ):
                if "embed" in (ancestor.get("class") or ""):
                    del ancestor.attrib["class"]
                if ancestor.tag == "figure":
                    ancestor.tag = "div"


def _drop_boxes(root: HtmlElement, markup: Markup, _titles: Sequence[str]) -> None:
    """Take boxes and teaser cards out of the tree, unless they hold so much of the page that they must be its text."""
    boxes = [box for box in elements_of_class(root, markup, _BOXES) if box.tag not in _NO_BOXES]
    found: Any = _CARDS(root)
    boxes += [card for card in found if len(card.text_content()) <= _LARGEST_CARD]
    largest = _LARGEST_BOX_SHARE * len(root.text_content()) if boxes else 0
    for box in boxes:
        limit = max(largest, _SURE_BOX) if "newsletter" in (box.get("class") or "").lower() else largest
        if len(box.text_content()) <= limit and box.getparent() is not None:
            box.drop_tree()


TreeRule = Callable[[HtmlElement, Markup, Sequence[str]], None]
TREE_RULES: dict[str, TreeRule] = {
    "other-articles": _drop_other_articles,
    "inline-words": _keep_inline,
    "linked-prose": _keep_linked_prose,
    "lists-in-cells": _keep_lists_in_cells,
    "notes": _keep_notes,
    "story-guard": _keep_what_holds_the_story,
    "embedded-posts": _keep_embedded_posts,
    "boxes": _drop_boxes,
}
