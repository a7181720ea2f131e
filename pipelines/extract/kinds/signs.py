"""Signs of an article and of other pages, as numbers: pure functions of a page's tree and metadata.

`count_page` looks at the whole tree, before the body's reader strips it; `signs_of` makes the numbers that the score weighs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.extract.jsonld import ARTICLE_TYPES
from pipelines.extract.kinds.words import (
    HOUSE,
    OFFERS,
    OTHER_PLACES,
    PAGE_CLASSES,
    PITCH_CLASSES,
    PLACE_TYPES,
    PRODUCT_TYPES,
    SHOP_CLASSES,
    STORY_CLASSES,
    STORY_PLACES,
)
from pipelines.extract.metadata import Metadata
from pipelines.extract.text.prose import is_wide

SIGNS: dict[str, tuple[str, str]] = {
    "prose_block": ("long running text", "little running text"),
    "prose_a_heading": ("much text for each heading", "little text for each heading"),
    "pictures": ("many pictures for its text", "few pictures for its text"),
    "link_share": ("most text is in links", "little text in links"),
    "list_items": ("many list items", "few list items"),
    "has_author": ("an author", "no author"),
    "offers": ("calls to action and offers", "no calls to action"),
    "prices": ("prices", "no prices"),
    "we": ("speaks of “we” and “our”", "does not speak of “we”"),
    "shares": ("buttons to share it", "no buttons to share it"),
    "one_article": ("one article element", "not one article element"),
    "story_classes": ("marked up as a story", "no markup of a story"),
    "shop_classes": ("marked up as a shop", "no markup of a shop"),
    "pitch_classes": ("marked up as a landing page", "no markup of a landing page"),
    "price_class": ("a price element", "no price element"),
    "cart_class": ("a shopping cart", "no shopping cart"),
    "page_numbers": ("page numbers", "no page numbers"),
    "body_of_post": ("the content system says post", "the content system does not say post"),
    "api_of_other": ("the content system's own link says it is not a post", "no such link"),
    "api_of_page": ("the content system's own link says it is a page", "no such link"),
    "headline_words": ("a long headline", "a short headline or none"),
    "typed_article": ("JSON-LD says article", "JSON-LD does not say article"),
    "typed_product": ("a product by schema.org", "no product by schema.org"),
    "typed_place": ("a business, event or course by schema.org", "no business by schema.org"),
    "og_article": ("og:type article", "no og:type article"),
    "og_product": ("og:type product", "no og:type product"),
    "written_by": ("says by whom it was written", "does not say by whom it was written"),
    "dated_meta": ("a declared time of publication", "no declared time of publication"),
    "address_words": ("an address of many words", "an address of few words"),
    "address_depth": ("a deep address", "a short address"),
    "address_home": ("a home page's address", "not a home page's address"),
    "address_of_story": ("an address among stories", "an address not among stories"),
    "address_of_other": ("an address among products, services or lists", "an address not among products or lists"),
    "address_date": ("a date in its address", "no date in its address"),
    "address_digits": ("a number in its address", "no number in its address"),
}
"""What each sign says where it has more, and where it has less, than the usual page."""

_TAGS = ("article", "h1", "h2", "h3", "h4", "img", "li")
_SHARE = re.compile(
    r"(?:twitter|x)\.com/(?:intent|share)|facebook\.com/(?:sharer|share|dialog)|linkedin\.com/(?:share|cws)"
    r"|pinterest\.com/pin/create|wa\.me|api\.whatsapp|^mailto:\?|reddit\.com/submit|t\.me/share"
)
_SHARE_WORDS = ("share", "intent", "mailto:?", "create", "dialog", "wa.me", "whatsapp", "submit", "cws")
_PRICE = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:€|£|USD\b|EUR\b|kr\b|zł|руб|Kč)")
_MONEY = ("$", "€", "£", "¥", "₹", "USD", "EUR", "kr", "zł", "руб", "Kč")
_DATE_PATH = re.compile(r"/(?:19|20)\d\d[/-]?\d")
_LINES, _LITTLE_PROSE = ("p", "br"), 300
_HOLDERS = ("div", "td", "li", "dd", "pre", "span", "font", "section", "blockquote", "figcaption")
"""What holds the text of a page that has little in paragraphs."""
_SOME, _SOME_WIDE, _LONG = 40, 13, 100
_MOST_PROSE = 8_000
_LETTERS_A_WORD, _LETTERS_A_LONG_WORD = 6, 8


@dataclass(frozen=True, slots=True)
class PageCounts:
    """What was counted on the whole page; `prose_block` is the largest sum of paragraphs in one element."""

    tags: Counter[str]
    links: int
    link_text: int
    shares: int
    offers: int
    text: int
    prices: int
    prose: int
    prose_block: int
    house_words: float
    types: frozenset[str]
    body_classes: frozenset[str]
    api: str

    def showing(self, text: str) -> PageCounts:
        """Returns the counts of a page that shows the text, too, which came with it as data for its scripts."""
        prose = max(self.prose, len(text))
        return replace(self, prose=prose, prose_block=prose, text=max(self.text, len(text)))


def count_page(metadata: Metadata) -> PageCounts:
    """Returns what the score counts on a page, as it was before anything changed its tree."""
    elements = metadata.markup.elements
    links, link_text, shares = _count_links(elements.of("a"))
    prose, prose_block, house_words = _count_prose(elements.of(*_LINES))
    if prose < _LITTLE_PROSE:
        prose, prose_block, house_words = _count_prose(elements.of(*_LINES, *_HOLDERS))
    body = next(iter(elements.of("body")), None)
    text = " ".join(_visible_text(body).split()) if body is not None else ""
    spoken = text.lower()
    return PageCounts(
        tags=Counter({tag: elements.count(tag) for tag in _TAGS}),
        links=links,
        link_text=link_text,
        shares=shares,
        offers=sum(spoken.count(phrase) for phrase in OFFERS),
        text=len(text),
        prices=len(_PRICE.findall(text)) if any(mark in text for mark in _MONEY) else 0,
        prose=prose,
        prose_block=prose_block,
        house_words=house_words,
        types=metadata.page_types
        | {name.rstrip("/").rsplit("/", 1)[-1].lower() for name in metadata.markup.item_types},
        body_classes=frozenset((body.get("class") or "").lower().split()) if body is not None else frozenset(),
        api=next((href for link in elements.of("link") if (href := _api_of(link))), ""),
    )


def _api_of(link: HtmlElement) -> str:
    """Returns the address at which a content system has the page as data, empty if the link leads elsewhere."""
    href = str(link.get("href") or "")
    return href if link.get("type") == "application/json" and "/wp/v2/" in href else ""


def _visible_text(body: HtmlElement) -> str:
    """Returns the text of the body without scripts and styles.

    libxml2 joins the whole text; cutting the scripts out again takes a tenth of the time that asking for each piece takes.
    """
    text, shown, at = str(body.text_content()), [], 0
    for element in body.iter("script", "style"):
        hidden = element.text or ""
        begin = text.find(hidden, at)
        if hidden and begin >= 0:
            shown.append(text[at:begin])
            at = begin + len(hidden)
    return "".join((*shown, text[at:]))


def _count_links(anchors: Sequence[HtmlElement]) -> tuple[int, int, int]:
    """Returns the number of links, the characters in them, and the links that share the page."""
    links = characters = shares = 0
    for link in anchors:
        href = link.get("href")
        if href:
            links += 1
            characters += len(" ".join((link.text_content() if len(link) else link.text or "").split()))
            shares += any(word in href for word in _SHARE_WORDS) and bool(_SHARE.search(href))
    return links, characters, shares


def _count_prose(holders: Sequence[HtmlElement]) -> tuple[int, int, float]:
    """Returns the characters of long paragraphs, the most in one element, and the share of words for the house itself.

    A line after a line break counts as a paragraph, and what an element of another kind says before its first child.
    """
    boxes: Counter[Any] = Counter()
    prose: list[str] = []
    long = read = 0
    for holder in holders:
        own = _own_text(holder)
        if len(own) <= _SOME_WIDE:
            continue
        text = " ".join(own.split())
        if (size := len(text) * (_SOME // _SOME_WIDE if is_wide(text) else 1)) > _SOME:
            boxes[_box_of(holder)] += size
            long += size if size > _LONG else 0
            if read < _MOST_PROSE:
                prose.append(text)
                read += len(text)
    words = f" {' '.join(prose)} ".lower()
    house = sum(words.count(word) for word in HOUSE) * _LETTERS_A_WORD / max(1, len(words))
    return long, max(boxes.values(), default=0), house


def _own_text(holder: HtmlElement) -> str:
    if holder.tag in _LINES:
        return str(holder.text_content()) if holder.tag == "p" else holder.tail or ""
    text = holder.text or ""
    is_within = len(text) > _SOME_WIDE and next(holder.iterancestors("p", "a"), None) is not None
    return "" if is_within else text


def _box_of(holder: HtmlElement) -> HtmlElement | None:
    """Returns the parent of a paragraph; some editors wrap other elements that stand for one in several, each alone."""
    box = holder.getparent()
    while box is not None and holder.tag not in _LINES and holder.getprevious() is None and holder.getnext() is None:
        holder, box = box, box.getparent()
    return box


def signs_of(counts: PageCounts, metadata: Metadata) -> dict[str, float]:
    """Returns the numbers that the score weighs, by the names of SIGNS."""
    found = _of_content(counts) | _of_markup(counts, metadata) | _of_types(counts, metadata)
    return {name: float(value) for name, value in (found | _of_address(metadata.markup.url)).items()}


def _of_content(counts: PageCounts) -> dict[str, float]:
    tags = counts.tags
    headings = tags["h1"] + tags["h2"] + tags["h3"] + tags["h4"]
    return {
        "prose_block": math.log1p(counts.prose_block),
        "prose_a_heading": math.log1p(counts.prose / max(1, headings)),
        "pictures": math.log1p(tags["img"]) - math.log1p(counts.prose) / 2,
        "link_share": min(1.0, counts.link_text / max(1, counts.text)),
        "list_items": math.log1p(tags["li"]),
        "offers": min(10, counts.offers),
        "prices": math.log1p(counts.prices),
        "we": min(0.06, counts.house_words),
        "shares": counts.shares >= 2,
        "one_article": tags["article"] == 1,
    }


def _of_markup(counts: PageCounts, metadata: Metadata) -> dict[str, float]:
    classes, body = metadata.markup.elements.classes_text, counts.body_classes
    return {
        "story_classes": sum(word in classes for word in STORY_CLASSES),
        "shop_classes": sum(word in classes for word in SHOP_CLASSES),
        "pitch_classes": sum(word in classes for word in PITCH_CLASSES),
        "price_class": "price" in classes,
        "cart_class": "cart" in classes,
        "page_numbers": any(word in classes for word in PAGE_CLASSES),
        "body_of_post": any(
            (word.startswith("single") and word != "single-product") or "postid" in word or "article" in word
            for word in body
        ),
        "api_of_other": bool(counts.api) and "/posts/" not in counts.api and "/pages/" not in counts.api,
        "api_of_page": "/pages/" in counts.api,
    }


def _of_types(counts: PageCounts, metadata: Metadata) -> dict[str, float]:
    markup, types = metadata.markup, counts.types
    og_type = (markup.meta("og:type") or "").lower()
    labels = " ".join((*markup.metas.get("twitter:label1", ()), *markup.metas.get("twitter:label2", ()))).lower()
    headline = markup.headings[0] if markup.headings else ""
    return {
        "headline_words": min(
            15, max(len(headline.split()), len(headline) // (3 if is_wide(headline) else _LETTERS_A_LONG_WORD))
        ),
        "has_author": bool(metadata.authors),
        "typed_article": bool(metadata.types & set(ARTICLE_TYPES)),
        "typed_product": bool(types & PRODUCT_TYPES),
        "typed_place": bool(types & PLACE_TYPES),
        "og_article": og_type == "article",
        "og_product": "product" in og_type,
        "written_by": any(word in labels for word in ("written", "verfasst", "écrit", "escrito", "scritto")),
        "dated_meta": bool(markup.meta("article:published_time")),
    }


def _of_address(url: str) -> dict[str, float]:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.lower().split("/") if segment]
    last = segments[-1] if segments else ""
    return {
        "address_words": min(8, len([word for word in re.split(r"[-_.]", last) if word])),
        "address_depth": min(5, len(segments)),
        "address_home": not segments,
        "address_of_story": any(segment in STORY_PLACES for segment in segments[:-1]),
        "address_of_other": any(segment in OTHER_PLACES for segment in segments),
        "address_date": bool(_DATE_PATH.search(parts.path)),
        "address_digits": any(character.isdigit() for character in last),
    }
