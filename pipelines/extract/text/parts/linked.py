"""Sentences and lists that are links as a whole, and text of the story all the same."""

from __future__ import annotations

from itertools import chain, islice

from lxml.html import HtmlElement

from pipelines.extract.anchors import is_document, site_of
from pipelines.extract.text.parts.controls import Tree
from pipelines.extract.text.prose import LONG, SENTENCE_ENDS


def keep_linked_prose(tree: Tree) -> bool:
    """A sentence that is a link as a whole, among other paragraphs, is text; a headline has no full stop."""
    kept = 0
    for link in [each for each in tree.root.iter("a") if _is_prose(each)]:
        text = link.text_content().strip()
        paragraph = next(link.iterancestors("p", "div"))
        beside = (paragraph.getprevious(), paragraph.getnext())
        plain = [each is not None and each.tag in ("p", paragraph.tag) and each.find(".//a") is None for each in beside]
        is_among_text = any(plain) if paragraph.tag == "p" else all(plain)
        if is_among_text and text.endswith(SENTENCE_ENDS):
            link.tag = "span"
            kept += 1
    return kept > 0


def _is_prose(link: HtmlElement) -> bool:
    is_in_paragraph = (
        link.getparent().tag in ("p", "div") or next(islice(link.iterancestors(), 1, None), link).tag == "p"
    )
    return is_in_paragraph and len(link.text_content()) > LONG


def keep_linked_lists(tree: Tree) -> bool:
    """The links of a list that a line with a colon leads to are its words, if they lead to other sites or to documents."""
    lists = [list(each.iter("a")) for each in tree.elements("ul", "ol") if _is_led(each)]
    own = ("", site_of(tree.markup.url))
    kept = [
        links
        for links in lists
        if all(is_document(each) or site_of(each.get("href") or "") not in own for each in links)
    ]
    for link in chain(*kept):
        link.tag = "span"
    return any(kept)


def _is_led(element: HtmlElement) -> bool:
    """Whether the line above a list ends with a colon, and text follows."""
    before, after = element.getprevious(), element.getnext()
    is_led = before is not None and before.tag in ("p", "div") and before.text_content().rstrip().endswith((":", "："))
    return is_led and after is not None and after.tag == before.tag
