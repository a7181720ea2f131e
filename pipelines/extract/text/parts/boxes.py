"""Boxes within an article that ask the reader for something or lead elsewhere, found by their controls and links.

Names of classes differ from site to site. A field for an address, a button that stands alone, or a link to reply does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, islice, permutations, takewhile
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.anchors import letters, parts_of, site_of
from pipelines.extract.markup import elements_of_class, short_text
from pipelines.extract.scope import SUBHEADINGS
from pipelines.extract.text.parts.controls import (
    HAS_HEADLINE,
    LONGEST_CONTROL,
    NO_BOXES,
    PARAGRAPHS,
    Control,
    Tree,
    is_alone,
    short,
)
from pipelines.extract.text.phrases import AD_LABEL, ASKING_NAME

_WRAPPERS = frozenset(
    {"div", "section", "aside", "form", "li", "ul", "ol", "label", "footer", "fieldset", "center", "figure"}
)
_SHORTEST_QUESTION = 12
_LARGEST_BOX, _LARGEST_BOX_SHARE = 400, 0.25
_NEAR, _MOST_TABS, _MOST_BUTTONS, _BUTTON_LEVELS = 3, 20, 200, 8
_LONGEST_CALL, _LONGEST_PART = 200, 300
_WITH_MAIL: Callable[[HtmlElement], Any] = etree.XPath(
    "//text()[contains(., '@')]/.. | //a[starts-with(@href, 'mailto:')]"
)
_DOMAIN = re.compile(r"[\w.+-]@([\w-]+(?:\.[\w-]+)+)")
_BRACKETED = re.compile(r"\[.*\]")

_FACT_BOXES = ("infobox", "info-box", "factbox", "fact-box")
"""Boxes of facts: a short one is read as a part of the text, a long one is a text of its own."""
_NAMES = (
    *_FACT_BOXES,
    *("author-bio", "author__bio", "authorbio", "author-info"),
    *("author-box", "authorbox", "about-author", "access-wall", "article-gating", "regwall", "post-card", "promo-item"),
    *("related", "newsletter", "signup-card", "sign-up", "most-read", "mostread", "most-popular", "trending"),
    *("latest-news", "recommend", "rollover-block", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader"),
    *("screenreader", "assistive-text", "a11y", "cookie-banner", "cookie-notice", "cookie-consent", "cookiebar"),
    *("consent-banner", "gdpr", "paywall", "signature"),
)
"""Boxes beside the text, known by their class: the author's life, offers, other stories, what is only read out."""
_CHANNELS, _PERSONS = frozenset({"account", "channel"}), frozenset({"writer", "profile"})
_DIALOGS = frozenset({"dialog", "alertdialog"})
_CARD = "feed-item"
"""The class of what held a link with a headline: scope.py knows it for a teaser, trafilatura has no opinion of it."""


def drop_asking_boxes(tree: Tree) -> bool:
    """Take out what asks for an address, money, a vote or a login, and labelled advertisements.

    It is the element round such a control that has its question.
    """
    fields = [each for each in tree.elements("input") if _is_address_field(each)]
    controls = [each.element for each in tree.controls(lambda each: each.asks) if is_alone(each.element)]
    labels = [each.getparent() for each in tree.root.iter("span", "small", "div", "p") if _is_label_of_box(each)]
    largest = _LARGEST_BOX_SHARE * len(tree.root.text_content()) if fields or controls or labels else 0
    around = _boxes_of((*fields, *controls), largest)
    boxes = [box for _, box in around]
    boxes += [box for box in labels if box.tag in _WRAPPERS and len(box.text_content()) <= min(_LARGEST_BOX, largest)]
    found = _drop(_among_prose(dict.fromkeys(boxes)))
    return _drop(box for control, box in around if control.tag == "input") | found | _drop(_bars(tree))


def _is_address_field(field: HtmlElement) -> bool:
    name = field.get("name") or ""
    return field.get("type") in ("email", "radio") or any(word in name for word in ("email", "EMAIL", "newsletter"))


def _is_label_of_box(element: HtmlElement) -> bool:
    """Whether an element is the word for an advertisement alone, at the head of a box that leads somewhere."""
    text = element.text
    if not text or len(element) or len(text) > 3 * LONGEST_CONTROL or not AD_LABEL.fullmatch(text):
        return False
    is_first = element.getprevious() is None and is_alone(element)
    return is_first and next(element.getparent().iter("a"), None) is not None


def _bars(tree: Tree) -> list[HtmlElement]:
    """Small boxes of buttons that open nothing: one directly in the body, as where consent is asked for, or of several."""
    buttons = [each for each in islice(tree.elements("button"), _MOST_BUTTONS) if each.get("aria-expanded") is None]
    boxes = Counter(box for each in buttons for box in islice(each.iterancestors(*_WRAPPERS), _BUTTON_LEVELS))
    largest = int(min(_LARGEST_BOX, _LARGEST_BOX_SHARE * len(tree.root.text_content()))) if boxes else 0
    several = {box: min(largest, count * LONGEST_CONTROL) for box, count in boxes.items() if count > 1}
    limits = several | {box: largest for box in boxes if box.getparent().tag == "body"}
    return [box for box, limit in limits.items() if short_text(box, limit) is not None and not HAS_HEADLINE(box)]


def _drop(boxes: Iterable[HtmlElement]) -> bool:
    found = [box for box in boxes if box.getparent() is not None]
    for box in found:
        if box.getparent() is not None:
            box.drop_tree()
    return bool(found)


def _among_prose(boxes: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """The boxes with running text near them: what is in a page's head or menus is left to the text step."""
    paragraphs = cache(lambda element: len(PARAGRAPHS(element)))
    for box in boxes:
        around = takewhile(lambda each: each.tag not in ("body", "html"), box.iterancestors())
        if any(paragraphs(near) > paragraphs(box) for near in islice(around, _NEAR)):
            yield box


def _boxes_of(controls: Iterable[HtmlElement], largest: float) -> list[tuple[HtmlElement, HtmlElement]]:
    """Each control that has a box, with its box. An element around many controls is measured once."""
    size, has_headline = cache(lambda element: len(element.text_content())), cache(HAS_HEADLINE)
    found = ((control, _box_of(control, largest, size, has_headline)) for control in controls)
    return [(control, box) for control, box in found if box is not None]


def _box_of(
    control: HtmlElement,
    largest: float,
    size_of: Callable[[HtmlElement], int],
    has_headline: Callable[[HtmlElement], Any],
) -> HtmlElement | None:
    """The largest wrapper of the control within the bounds; what is named as such a box may be a large part of a short page."""
    box = None
    for each in control.iterancestors():
        if each.tag not in _WRAPPERS or has_headline(each):
            break
        size, is_named = size_of(each), bool(ASKING_NAME.search(each.get("class") or each.get("id") or ""))
        if size > (_LARGEST_BOX if is_named else min(_LARGEST_BOX, largest)):
            break
        if size - len(control.text_content()) >= _SHORTEST_QUESTION or control.tag == "input":
            box = each
    return box


def drop_jumps(tree: Tree) -> bool:
    """Take out links to parts of this page that are not words of a sentence, lists of them, and [controls] of headings."""
    links = [*tree.controls(lambda each: "jump" in each.leads_to)]
    alone = (each.element for each in links if each.text and is_alone(each.element))
    jumps = [each for each in alone if each.getparent().tag in ("div", "section", "article", "main", "body")]
    around = {each for link in links for each in link.element.iterancestors("ul", "ol")}
    lists = [each for each in around if _is_list_of_jumps(each)]
    labels = [each for each in map(HtmlElement.getprevious, lists) if each is not None and _is_label(each)]
    heads = tree.elements(*SUBHEADINGS)
    controls = [each for head in heads for each in head.iter("span") if _BRACKETED.fullmatch(short(each))]
    return _drop([*jumps, *labels, *lists, *(each for each in controls if next(each.iter("a"), None) is not None)])


def _is_list_of_jumps(element: HtmlElement) -> bool:
    links = [each for each in element.iter("a") if re.match("#.", each.get("href") or "")]
    return len(links) > 1 and letters(element.text_content()) == letters("".join(map(HtmlElement.text_content, links)))


def _is_label(element: HtmlElement) -> bool:
    text = short_text(element, LONGEST_CONTROL)
    return bool(text) and (text or "")[-1] not in ".!?…" and next(element.iter("a"), None) is None


def drop_channel_lines(tree: Tree) -> bool:
    """Take out a short line that ends with a link to a channel, an app or a newsletter, or with one that asks for something.

    So goes one that begins with a link to log in or to subscribe to this site; behind the story, one with its mail address.
    """
    url = tree.markup.url
    site, host = site_of(url), (parts_of(url).hostname or "").removeprefix("www.")
    links = tree.controls(lambda each: each.asks_at_length or not each.leads_to.isdisjoint(_CHANNELS))
    lines = [_line_of(each, site) for each in links if each.element.tag == "a"]
    has_mail = "@" in tree.root.text_content() or any(
        "mailto:" in (each.get("href") or "") for each in tree.root.iter("a")
    )
    lines += [_line_to_desk(each, host) for each in _WITH_MAIL(tree.root)] if has_mail else []
    return _drop(line for line in lines if line is not None)


def _line_to_desk(element: HtmlElement, host: str) -> HtmlElement | None:
    """The short line behind the story that gives a mail address of the site that the page is on."""
    domains = _DOMAIN.findall(f"{element.text_content()} {element.get('href') or ''}")
    if not any(
        f".{one}".endswith(f".{other}") for domain in domains for one, other in permutations((host, domain.lower()))
    ):
        return None
    line = next((each for each in (element, *element.iterancestors()) if each.tag in ("p", "li", "h3", "h4")), None)
    if line is None:
        return None
    text = short_text(line, _LONGEST_CALL)
    return line if text and not _is_statement(text) and _is_behind_story(line) else None


def _is_statement(text: str) -> bool:
    """Whether it ends as a sentence does and asks nothing: on its own site an office may have a mail address in its news."""
    return text.rstrip().endswith(".") and "?" not in text


def drop_writers(tree: Tree) -> bool:
    """Take out a box behind the story that has a link to its writer: alone, or with a picture to an account."""
    boxes = []
    for each in tree.controls(lambda each: not each.leads_to.isdisjoint(_PERSONS)):
        link = each.element
        is_writer = "writer" in each.leads_to and each.text and is_alone(link)
        if is_writer or "profile" in each.leads_to:
            around = islice(link.iterancestors(*_WRAPPERS), _NEAR)
            small = [box for box in around if short_text(box, _LARGEST_BOX) is not None and not HAS_HEADLINE(box)]
            boxes += [box for box in small[-1:] if is_writer or next(box.iter("img"), None) is not None]
    return _drop([box for box in dict.fromkeys(boxes) if _is_behind_story(box)])


def _is_behind_story(element: HtmlElement) -> bool:
    """Whether its container has running text above the element, and none below it."""
    near = (element, *islice(element.iterancestors(), _NEAR))
    above, below = (
        any(PARAGRAPHS(one) for each in near for one in islice(each.itersiblings("*", preceding=way), _MOST_TABS))
        for way in (True, False)
    )
    return above and not below


def _line_of(control: Control, site: str) -> HtmlElement | None:
    """The short paragraph that the link ends: no sentence if that is to a channel, and more than the link if it asks."""
    link = control.element
    is_account = "account" in control.leads_to and site_of(link.get("href")) in ("", site)
    is_channel = is_account or "channel" in control.leads_to
    line = next(link.iterancestors("p", "li", "h3", "h4"), None) if is_channel or control.asks_at_length else None
    text = None if line is None else short_text(line, _LONGEST_CALL)
    if text is None:
        return None
    words = " ".join(link.text_content().split())
    is_end = len(words) > 1 and text.rstrip("+ !»>)].").endswith(words.rstrip("+ !»>)]."))
    goes = not text.endswith((".", "?", "”", '"')) if is_channel else text != words
    return line if (is_end or (is_account and text.startswith(words))) and goes else None


def drop_named_boxes(tree: Tree) -> bool:
    """Take boxes and teaser cards out of the tree, unless they hold so much of the page that they must be its text."""
    root = tree.root
    boxes = [box for box in elements_of_class(root, tree.markup, _NAMES) if box.tag not in NO_BOXES]
    boxes += [each for each in tree.elements(having=["role", "hidden"]) if _is_dialog_or_hidden(each)]
    cards = list(dict.fromkeys(_cards(root)))
    for card in cards:
        card.getparent().set("class", f"{card.getparent().get('class') or ''} {_CARD}")
    boxes += cards
    largest = _LARGEST_BOX_SHARE * len(root.text_content()) if boxes else 0
    dropped = 0
    for box in boxes:
        name, size = (box.get("class") or "").lower(), len(box.text_content())
        limit = max(largest, _LARGEST_BOX) if "newsletter" in name else largest
        limit = min(limit, _LONGEST_CALL) if "paywall" in name else limit
        is_part = size <= _LONGEST_PART and any(word in name for word in _FACT_BOXES)
        if size <= limit and not is_part and box.getparent() is not None:
            box.drop_tree()
            dropped += 1
    return dropped > 0


def _cards(root: HtmlElement) -> Iterator[HtmlElement]:
    """The links that hold a headline."""
    for heading in root.iter("h2", "h3", "h4"):
        for link in heading.iterancestors("a"):
            if link.get("href") is not None and len(link.text_content()) <= _LARGEST_BOX:
                yield link


def _is_dialog_or_hidden(element: HtmlElement) -> bool:
    is_hidden = element.get("hidden") is not None and element.tag not in NO_BOXES and not _is_tab(element)
    return element.get("role") in _DIALOGS or (is_hidden and len(element.text_content().strip()) <= _LONGEST_CALL)


def _is_tab(element: HtmlElement) -> bool:
    """Whether a hidden element is a panel of tabs: by its role, or since one like it beside it is shown."""
    name = set((element.get("class") or "").split())
    beside = (islice(element.itersiblings(element.tag, preceding=way), _MOST_TABS) for way in (True, False))
    shown = (set((each.get("class") or "").split()) for each in chain(*beside) if each.get("hidden") is None)
    is_one_of_row = bool(name) and any(name <= theirs for theirs in shown)
    return is_one_of_row or element.get("role") == "tabpanel"
