"""Pictures and what is under them: captions are not text of the story.

A figure that holds paragraphs was left open, or is used as a plain container.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.markup import elements_of_class, short_text
from pipelines.extract.text.parts.controls import Tree
from pipelines.extract.text.prose import long_texts, story_size

_CAPTIONS_TEXT = """
    bildunterschrift bildtext bildnachweis pie-de-foto pie-foto piefoto foto-legenda legenda-foto legende-photo didascalia
    billedtekst bildetekst foto-bijschrift podpis-zdjecia fotocredit
"""
_CAPTIONS = tuple(_CAPTIONS_TEXT.split())
"""Captions in paragraphs, by names that trafilatura does not know."""
_CAPTION_TAGS = frozenset({"blockquote", "td", "li", "dd", "small", "em", "cite"})
_LONGEST_CAPTION, _LONGEST_UNNAMED, _LONGEST_CONTROL = 400, 160, 40
_SET_SMALL = re.compile(r"text-align:\s*center|font-size|font-style:\s*italic", re.IGNORECASE)
_HOLDERS = ("p", "div", "td", "tr", "figure", "center", "a", "span")
_TOLD_IN = ("table", "pre")
_LEAST_TOLD = 200
_FEWEST_PARAGRAPHS, _MOST_PICTURES = 2, 500
_FEWEST_TOLD, _SHORTEST_TOLD, _MOST_BESIDE = 3, 40, 300


def drop_captions(tree: Tree) -> bool:
    """Take out captions that trafilatura does not know: by their names, or by small or centred letters under a picture."""
    root = tree.root
    named = elements_of_class(root, tree.markup, _CAPTIONS)
    named += [each for each in elements_of_class(root, tree.markup, ("caption",)) if each.tag in _CAPTION_TAGS]
    found = [each for each in named if len(each.text_content()) <= _LONGEST_CAPTION] + list(_unnamed_captions(root))
    for caption in found:
        if caption.getparent() is not None:
            caption.drop_tree()
    return bool(found)


def _unnamed_captions(root: HtmlElement) -> Iterator[HtmlElement]:
    """A short line directly under a picture that is set in another way than the paragraph below it."""
    for picture in islice(root.iter("img"), _MOST_PICTURES):
        block = picture
        if (below := _text_below(picture)) is not None:
            yield below
            continue
        while (above := block.getparent()) is not None and above.tag in _HOLDERS and _holds_only(above, block):
            block = above
        below = block.getnext() if not (block.tail or "").strip() else None
        text = "" if below is None or below.tag != block.tag else below.text_content().strip()
        if below is not None and 0 < len(text) <= _LONGEST_UNNAMED and text[0] not in '“"„«»‘':
            after = below.getnext()
            if _is_set_small(below) and (after is None or not _is_set_small(after)):
                yield below


def _text_below(picture: HtmlElement) -> HtmlElement | None:
    """The slanted or small words that are all that a paragraph has below its picture."""
    words = picture.getnext()
    words = words.getnext() if words is not None and words.tag == "br" else words
    if words is None or words.tag not in ("em", "i", "small", "span") or picture.getparent().tag not in ("p", "div"):
        return None
    whole = short_text(picture.getparent(), _LONGEST_UNNAMED)
    return words if whole and short_text(words, _LONGEST_UNNAMED) == whole else None


def _holds_only(element: HtmlElement, child: HtmlElement) -> bool:
    return len(element) == 1 and not (element.text or "").strip() and not (child.tail or "").strip()


def _is_set_small(block: HtmlElement) -> bool:
    """Whether all of the block is in small or centred letters."""
    for each in block.iter("*"):
        if each.tag == "small" or each.get("align") == "center" or _SET_SMALL.search(each.get("style") or ""):
            return True
        if (each.text or "").strip() or len(each) != 1:
            return False
    return False


def open_figures(tree: Tree) -> bool:
    """Make plain containers of figures with paragraphs, and of the frames round code."""
    found = [each for each in tree.elements("figure", "figcaption") if _holds_text(each)]
    found += [code.getparent() for code in tree.elements("pre") if _is_frame_of(code)]
    found += _told_in_pictures(tree)
    for element in found:
        element.tag = "div"
        element.attrib.clear()
    return bool(found)


def _told_in_pictures(tree: Tree) -> set[HtmlElement]:
    """The captions and what is round them, up to what holds them and the headline, where little else is said in there."""
    named = [
        each for each in elements_of_class(tree.root, tree.markup, ("caption",)) if each.tag in ("div", "p", "span")
    ]
    found = {*tree.elements("figcaption"), *named}
    outer = (each for each in found if found.isdisjoint(each.iterancestors()))
    captions = [each for each in outer if len(each.text_content().strip()) >= _SHORTEST_TOLD]
    headline = tree.headline if len(captions) >= _FEWEST_TOLD else None
    if headline is None:
        return set()
    ways = [[*each.iterancestors()] for each in captions]
    shared = set(ways[0]).intersection(*ways)
    frame = next(each for each in headline.iterancestors() if each in shared)
    if story_size(frame) - sum(map(story_size, captions)) > _MOST_BESIDE:
        return set()
    return {*found, *(each for way in ways for each in way)} - shared


def _holds_text(figure: HtmlElement) -> bool:
    """Whether it has paragraphs, or a table, code or a list without links but no picture, and so is none."""
    told = _TOLD_IN if next(figure.iter("a"), None) is not None else (*_TOLD_IN, "ul", "ol", "dl")
    if next(figure.iter(*told), None) is not None and next(figure.iter("img"), None) is None:
        return True
    paragraphs = {holder for _, holder in long_texts(figure) if holder.tag == "p"}
    return len(paragraphs) >= _FEWEST_PARAGRAPHS and story_size(figure) > _LEAST_TOLD


def _is_frame_of(code: HtmlElement) -> bool:
    """Whether the element round the code has nothing else but a control, such as to copy it: editors call that a toolbar."""
    frame = code.getparent()
    beside = len(frame.text_content()) - len(code.text_content())
    return frame.tag in ("div", "figure") and len(list(frame.iter("pre"))) == 1 and beside <= _LONGEST_CONTROL
