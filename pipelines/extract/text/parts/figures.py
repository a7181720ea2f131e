"""Pictures and what stands under them: captions are no text of the story, unless they are all the text that there is.

A figure that holds paragraphs was left open, or is used as a plain container.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.markup import Markup, elements_of_class, short_text
from pipelines.extract.text.prose import headline_of, long_texts, running_text, story_size

_CAPTIONS_TEXT = """
    bildunterschrift bildtext bildnachweis pie-de-foto pie-foto piefoto foto-legenda legenda-foto legende-photo didascalia
    billedtekst bildetekst foto-bijschrift podpis-zdjecia fotocredit
"""
_CAPTIONS = tuple(_CAPTIONS_TEXT.split())
"""Captions in paragraphs, by names that trafilatura does not know."""
_CAPTION_TAGS = frozenset({"blockquote", "td", "li", "dd", "small", "em", "cite"})
_LONGEST_CAPTION, _LONGEST_UNNAMED, _SHORTEST_TOLD, _LONGEST_CONTROL = 400, 160, 30, 40
_SET_SMALL = re.compile(r"text-align:\s*center|font-size|font-style:\s*italic", re.IGNORECASE)
_HOLDERS = ("p", "div", "td", "tr", "figure", "center", "a", "span")
_TOLD_IN = ("table", "pre")
_LEAST_TOLD = 200
_LONG = "a text that is longer than asked for"
_FEWEST_IN_GALLERY, _FEWEST_PARAGRAPHS, _LEVELS, _MOST_PICTURES = 3, 2, 4, 500


def drop_captions(root: HtmlElement, markup: Markup, _: Sequence[str]) -> bool:
    """Take out captions that trafilatura does not know: by their names, or by small or centred letters under a picture."""
    named = elements_of_class(root, markup, _CAPTIONS)
    named += [each for each in elements_of_class(root, markup, ("caption",)) if each.tag in _CAPTION_TAGS]
    found = [each for each in named if len(each.text_content()) <= _LONGEST_CAPTION] + list(_unnamed_captions(root))
    for caption in found:
        if caption.getparent() is not None:
            caption.drop_tree()
    return bool(found)


def _unnamed_captions(root: HtmlElement) -> Iterator[HtmlElement]:
    """What stands directly under a picture, is short, and is set in another way than the paragraph below it."""
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


def open_figures(root: HtmlElement, _: Markup, titles: Sequence[str]) -> bool:
    """Make plain containers of figures with paragraphs, and text of the captions that are most of what the page tells."""
    found = [(each, "div") for each in root.iter("figure", "figcaption") if _holds_text(each)]
    found += [(code.getparent(), "div") for code in root.iter("pre") if _is_frame_of(code)]
    for item in _gallery(root, titles):
        etree.strip_elements(item, "img", with_tail=False)
        found += [
            (each, "p" if each.tag == "figcaption" else "div") for each in item.iter("figure", "figcaption", "div")
        ]
    for element, tag in found:
        element.tag = tag
        element.attrib.clear()
    return bool(found)


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


def _gallery(root: HtmlElement, titles: Sequence[str]) -> list[HtmlElement]:
    """The elements with a picture and a sentence each, and what holds them, if they tell more than the rest of the article."""
    rows = defaultdict[HtmlElement, list[HtmlElement]](list)
    for picture in islice(root.iter("img"), _MOST_PICTURES):
        near = islice(picture.iterancestors(*_HOLDERS, "li", "section"), _LEVELS)
        item = next((each for each in near if len(short_text(each, _SHORTEST_TOLD) or _LONG) >= _SHORTEST_TOLD), None)
        if item is not None and next(item.iter("a", "h1", "h2", "h3", "h4"), None) is None:
            rows[item.getparent()].append(item)
    galleries = {holder: items for holder, items in rows.items() if len(items) >= _FEWEST_IN_GALLERY}
    headline = headline_of(root, titles) if galleries else None
    if headline is None:
        return []
    above, sizes = list(headline.iterancestors()), running_text(root)
    for holder, items in galleries.items():
        frame = next((each for each in above if each in (holder, *holder.iterancestors())), root)
        told = sum(len(item.text_content().strip()) for item in items)
        if told > sizes[frame] - sum(sizes[item] for item in items):
            return [*items, *(() if holder in above else (holder,))]
    return []
