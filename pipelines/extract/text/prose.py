"""What running text is: texts outside links that are long enough for a sentence or two, and how much of it an element has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lxml.html import HtmlElement

from pipelines.extract.markup import heading_text
from pipelines.extract.titles import loose

LONG, LONG_WIDE = 80, 25
"""Characters from which a text is running text; in scripts without blanks."""
SHORTEST_STORY, _LONGEST_TITLE = 150, 500
SENTENCE_ENDS = (".", "!", "?", "”", '"', "»", "。")
_SIGNS_OF_BOX = ("form", "input", "img")


def is_long(text: str, long: int = LONG) -> bool:
    """Whether the text is long enough for a sentence or two, or as long as given; scripts without blanks need less."""
    return len(text) >= long or (len(text) >= LONG_WIDE and is_wide(text))


def is_wide(text: str) -> bool:
    """Whether a text is in a script without blanks whose characters say as much as a syllable or a word."""
    return "\u2e80" < text[len(text) // 2 : len(text) // 2 + 1] < "\uffef"


def long_texts(root: HtmlElement, elements: Iterable[HtmlElement] | None = None) -> Iterator[tuple[str, HtmlElement]]:
    """The texts outside links that are long, each with the element that holds it; `elements` are those of the root if known."""
    for element in root.iter("*") if elements is None else elements:
        text, behind = element.text, element.tail
        if text and len(text) >= LONG_WIDE and is_long(text) and not _is_linked(element):
            yield text, element
        if behind and len(behind) >= LONG_WIDE and is_long(behind) and element is not root:
            parent = element.getparent()
            if not _is_linked(parent):
                yield behind, parent


def _is_linked(element: HtmlElement) -> bool:
    return element.tag == "a" or next(element.iterancestors("a"), None) is not None


def story_size(branch: HtmlElement) -> int:
    """The characters of running text in the element."""
    return sum(len(text) for text, _ in long_texts(branch))


def running_text(root: HtmlElement) -> Counter[HtmlElement]:
    """The `story_size` of each element that has any running text, in one walk."""
    lengths: Counter[HtmlElement] = Counter()
    elements = list(root.iter("*"))
    for text, holder in long_texts(root, elements):
        lengths[holder] += len(text)
    for element in reversed(elements) if lengths else ():
        if (parent := element.getparent()) is not None and element in lengths:
            lengths[parent] += lengths[element]
    return lengths


def headline_of(root: HtmlElement, titles: Sequence[str]) -> HtmlElement | None:
    """The heading that says one of the page's titles, the best title first."""
    heads = [(loose(text), each) for each in root.iter("h1", "h2") for text in _wordings(each)]
    return next((head for title in map(loose, titles) if title for text, head in heads if text == title), None)


def _wordings(heading: HtmlElement) -> set[str]:
    """The heading's text with and without its badges; no title is longer than 500 characters, however headings are nested."""
    text = heading.text_content()
    return {text, heading_text(heading)} if len(text) <= _LONGEST_TITLE else set()


def has_signs_of_box(element: HtmlElement, *, but_headings: bool = False) -> bool:
    """Whether the element has links, headings, pictures or a form: what boxes have and the middle of a text need not."""
    tags = _SIGNS_OF_BOX if but_headings else (*_SIGNS_OF_BOX, "h1", "h2", "h3", "h4")
    has_sign = next(element.iterdescendants(*tags), None) is not None
    return has_sign or any(link.get("href") is not None for link in element.iterdescendants("a"))
