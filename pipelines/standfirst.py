"""The standfirst: the one or two sentences between headline and text, which text extractors often leave behind.

Only what a reader sees counts: a description in a meta tag is taken where the page shows it, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.anchors import letters
from pipelines.markup import flat_text

_SHORTEST, _LONGEST = 30, 900
_PREFIX = 24
_INLINE = frozenset({"b", "strong", "em", "i", "span", "font", "mark", "small", "u"})
_NOT_SHOWN = frozenset(
    {"script", "style", "title", "head", "noscript", "template", "a", "nav", "footer", "aside", "figcaption"}
)
_TEXT_WITH = etree.XPath(".//body//text()[contains(., $prefix)]")
_MARKED = etree.XPath(
    """//*[self::p or self::h2 or self::h3 or self::div or self::span or self::strong or self::section][
    re:test(@class, '(^|[-_ ])(lead|lede|leadtext|standfirst|stand-first|intro|subtitle|sub-title|subheadline|subhead|deck|dek|vorspann|chapo|chapeau
    |entradilla|bajada|sommario|occhiello|ingress|manchet|teaser-?text|article__lead|summary|abstract|description)($|[-_ ])', 'ix')
    or contains(@itemprop, 'description')]""".replace("\n    |", "|"),
    namespaces={"re": "http://exslt.org/regular-expressions"},
)


def find_standfirst(root: HtmlElement, descriptions: Iterable[str], titles: Sequence[str], text: str) -> str | None:
    """The visible standfirst that `text` lacks, or None."""
    have = letters(text)
    title_letters = {letters(title) for title in titles}
    for description in dict.fromkeys(descriptions):
        shown = _shown(root, description)
        if shown and letters(shown) not in have and letters(shown) not in title_letters:
            return shown
    return None


def _shown(root: HtmlElement, description: str) -> str | None:
    """The text of the page's block that begins like the description."""
    prefix = description[:_PREFIX].strip()
    if len(prefix) < _PREFIX - 2:
        return None
    found: Any = _TEXT_WITH(root, prefix=prefix)
    for node in found[:6]:
        block = _block_of(node.getparent())
        if block is None or not node.is_text:
            continue
        shown = flat_text(block)
        if _SHORTEST <= len(shown) <= _LONGEST and _agrees(shown, description):
            return shown
    return None


def _block_of(element: HtmlElement | None) -> HtmlElement | None:
    """The block that an inline element stands in; None inside links, navigation and what is not shown."""
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
