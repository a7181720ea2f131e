"""The standfirst: the one or two sentences between headline and text, which text extractors often leave behind.

Only what a reader sees counts: a description in a meta tag is taken where the page shows it, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.anchors import letters
from pipelines.extract.markup import Markup, elements_of_class, flat_text
from pipelines.extract.text.clean import is_promo

_SHORTEST, _LONGEST = 30, 900
_SHORTEST_MARKED, _LONGEST_MARKED = 50, 600
_PREFIX = 24
_SAME, _TOP = 60, 1_000
_INLINE = frozenset({"b", "strong", "em", "i", "span", "font", "mark", "small", "u"})
_NOT_SHOWN = frozenset(
    {"script", "style", "title", "head", "noscript", "template", "a", "nav", "footer", "aside", "figcaption"}
)
_TEXT_WITH = etree.XPath(
    "descendant::body/descendant::text()[contains(., $word)][contains(translate(., '\u00a0', ' '), $prefix)]"
)
_BLANK = re.compile(r"[\s\u00a0]+")
_WORDS_TEXT = """
    lead lede leadtext lead-text standfirst stand-first intro subtitle sub-title subhead subheadline sub-headline deck dek
    vorspann chapo chapeau entradilla bajada sommario occhiello ingress manchet perex summary abstract teasertext teaser-text
    documentdescription
"""
_WORDS = tuple(_WORDS_TEXT.split())
_MARKED = re.compile(rf"(?:^|[-_ ]|[a-z]__)(?:{'|'.join(_WORDS)})(?:$|[-_ ])", re.IGNORECASE)


def _described(
    root: HtmlElement, _: Markup, descriptions: Sequence[str], titles: Sequence[str], have: str
) -> str | None:
    """The block that shows one of the page's descriptions, if the text lacks it."""
    title_letters = {letters(title) for title in titles}
    missing = [text for text in dict.fromkeys(descriptions) if letters(text)[:_SAME] not in have[:_TOP]]
    for description in missing:
        shown = _shown(root, description)
        if shown and letters(shown) not in have and letters(shown) not in title_letters:
            return shown
    return None


def _marked(root: HtmlElement, markup: Markup, _: Sequence[str], titles: Sequence[str], have: str) -> str | None:
    """The first block between headline and text that is marked as a standfirst and that the text lacks."""
    title_letters = {letters(title) for title in titles}
    marked, is_below_headline = set(elements_of_class(root, markup, _WORDS, _MARKED)), False
    for element in root.iter("h1", "p", "h2", "h3", "div", "span", "strong", "section"):
        if element.tag == "h1" or (element.tag in ("h2", "h3") and letters(flat_text(element)) in title_letters):
            is_below_headline = True
        elif is_below_headline and (element in marked or element.get("itemprop") == "description"):
            shown = flat_text(element)
            if _is_standfirst(element, shown) and letters(shown) not in have and letters(shown) not in title_letters:
                return shown
        elif is_below_headline and element.tag == "p" and _begins_text(element, have):
            return None
    return None


def _is_standfirst(element: HtmlElement, shown: str) -> bool:
    is_sentence = _SHORTEST_MARKED <= len(shown) <= _LONGEST_MARKED and shown.endswith(
        (".", "!", "?", "”", '"', "»", "…")
    )
    return is_sentence and not is_promo(shown) and element.find(".//a") is None and _block_of(element) is not None


def _begins_text(paragraph: HtmlElement, have: str) -> bool:
    words = letters(flat_text(paragraph))
    return len(words) >= _SHORTEST_MARKED and words[:_SHORTEST_MARKED] in have


def _shown(root: HtmlElement, description: str) -> str | None:
    """The text of the page's block that begins like the description."""
    prefix = description.replace("\u00a0", " ")[:_PREFIX].strip()
    if len(prefix) < _PREFIX - 2:
        return None
    found: Any = _TEXT_WITH(root, prefix=prefix, word=max(_BLANK.split(prefix), key=len))
    for node in found[:6]:
        block = _block_of(node.getparent())
        if block is None or not node.is_text:
            continue
        shown = flat_text(block)
        if _SHORTEST <= len(shown) <= _LONGEST and _agrees(shown, description):
            return shown
    return None


def _block_of(element: HtmlElement | None) -> HtmlElement | None:
    """The block that an inline element is in; None inside links, navigation and what is not shown."""
    block = element
    while block is not None and block.tag in _INLINE:
        block = block.getparent()
    if block is None or any(ancestor.tag in _NOT_SHOWN for ancestor in (block, *block.iterancestors())):
        return None
    return block


def _agrees(shown: str, description: str) -> bool:
    """Whether the block is the description, give or take its end (descriptions are cut, blocks have an agency's name)."""
    begin = letters(re.sub(r"(?:\.\.\.|…|\[…\])\s*$", "", description))
    return (
        letters(shown).startswith(begin[: max(20, int(len(begin) * 0.8))]) and len(shown) < 2.5 * len(description) + 60
    )


Finder = Callable[[HtmlElement, Markup, Sequence[str], Sequence[str], str], str | None]
LEADS: dict[str, Finder] = {"standfirst": _described, "standfirst-marked": _marked}
"""Ways to find a standfirst that the text lacks, best first; the last argument is the text's letters."""
