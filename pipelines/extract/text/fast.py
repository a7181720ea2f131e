"""trafilatura's fast mode by its own functions, on one copy of the page's tree where `bare_extraction` makes four, or on two.

tests/unit/pipelines/extract/test_fast.py holds the two equal. Upgrading trafilatura: compare with core.trafilatura_sequence
and main_extractor.extract_content.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import trafilatura
from justext.core import define_stoplist
from justext.utils import get_stoplist, get_stoplists
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import baseline, external, htmlprocessing, main_extractor, xpaths
from trafilatura.settings import MANUALLY_CLEANED, MIN_DUPLICATE_LENGTH, Extractor
from trafilatura.utils import trim

from pipelines.extract.text.matchers import matchers, may_be_pruned

# "xml" only keeps trafilatura from writing the text out: its body is read in a way of our own
FAST = Extractor(output_format="xml", fast=True, comments=False)
FAST.focus = "once"  # neither balanced, precision nor recall: leaves out the second try, which is made where it is due
FAST.min_extracted_size = 160  # of less, it collects paragraphs from all over the page
FULL = Extractor(output_format="xml", fast=False, comments=False)


class StopWords(tuple[str, ...]):
    """The words of all stop lists, which are the same only if they are the same object: justext's cache compares 70,000 words."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def fast_body(root: HtmlElement) -> tuple[Any, bool]:
    """The body of trafilatura's fast mode in its own vocabulary, or None, and whether it was collected from all over the page.

    Expects a tree without scripts.
    """
    is_wild = False
    try:
        with matchers():
            tree = _converted(root)
            order = list(tree.iter())
            body, text, tags = main_extractor._extract(tree, FAST)
            is_wild = len(body) == 0 or len(text) < FAST.min_extracted_size
            if is_wild:
                twins = _converted(root)
                taken = {twin for each, twin in zip(order, twins.iter(), strict=True) if each.tag == "done"}
                body = main_extractor.recover_wild_text(twins, body, FAST, tags, taken)
                text = " ".join(map(str, body.itertext())).strip()
            _drop_repeats(body)
            etree.strip_elements(body, "done")
            etree.strip_tags(body, "div")
            if len(text) < FAST.min_extracted_size:
                whole, whole_text, length = baseline(_pruned(root))
                body, text = (whole, whole_text) if length > len(text) else (body, text)
    except (TypeError, ValueError):
        # lxml refuses to set names with control characters; trafilatura gives up, too
        return None, is_wild
    return body if text else None, is_wild


def _pruned(root: HtmlElement) -> HtmlElement:
    tree = copy(root)
    if may_be_pruned(tree):
        htmlprocessing.prune_unwanted_nodes(tree, xpaths.RAW_TREE_PRUNE_XPATH)
        htmlprocessing.prune_unwanted_nodes(tree, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)
    return tree


def _converted(root: HtmlElement) -> HtmlElement:
    tree = _pruned(root)
    stock = [*MANUALLY_CLEANED]
    there = {each.tag for each in tree.iter(*stock)}  # trafilatura walks the tree once for each of fifty tags
    MANUALLY_CLEANED[:] = [tag for tag in stock if tag in there]
    try:
        return htmlprocessing.convert_tags(htmlprocessing.tree_cleaning(tree, FAST), FAST)
    finally:
        MANUALLY_CLEANED[:] = stock


def stock_body(root: HtmlElement, options: Extractor) -> Any:
    """The body that trafilatura gives with these options, or None."""
    load_stop_words()
    with matchers():
        document: Any = trafilatura.bare_extraction(root, options=options)
    return document.body if document is not None else None


def load_stop_words() -> None:
    """Read the stop lists of all languages, which the full mode needs: once, before processes are forked."""
    if not isinstance(external.JT_STOPLIST, StopWords):
        words = {word for language in get_stoplists() for word in get_stoplist(language)}
        external.JT_STOPLIST = StopWords(words)  # type: ignore[assignment]
        define_stoplist(external.JT_STOPLIST)


def _drop_repeats(body: Any) -> None:
    """Long elements that repeat the one before them go."""
    before = None
    for element in list(body):
        text = trim("".join(element.itertext()))
        if text and text == before and len(text) > MIN_DUPLICATE_LENGTH:
            body.remove(element)
        else:
            before = text
