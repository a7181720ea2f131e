"""Boxes within an article that ask the reader for something or lead elsewhere, found by their controls and links.

Names of classes differ from site to site. A field for an address, a button that stands alone, or a link to reply does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice, permutations
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dateline.text import lower_case
from pipelines.extract.anchors import letters, parts_of, site_of
from pipelines.extract.markup import Markup, elements_of_class, is_within, short_text
from pipelines.extract.scope import SUBHEADINGS
from pipelines.extract.text.phrases import AD_LABEL, ASKING_CONTROL, ASKING_NAME

NO_BOXES = frozenset({"html", "body", "main", "article", "p"})
_CONTROLS = ("a", "button", "input")
_WRAPPERS = frozenset(
    {"div", "section", "aside", "form", "li", "ul", "ol", "label", "footer", "fieldset", "center", "figure"}
)
_LONGEST_CONTROL, _SHORTEST_QUESTION = 40, 12
LARGEST_BOX, LARGEST_BOX_SHARE = 400, 0.25
_NEAR, _MOST_TABS, _MOST_BUTTONS, _BUTTON_LEVELS = 3, 20, 200, 8
_LONGEST_CALL, _LONGEST_PART, _SHORTEST_REQUEST = 200, 300, 10
_CHANNEL = re.compile(
    r"whatsapp\.com/channel|//(?:t|telegram)\.me/|apps\.apple\.com|play\.google\.com/store/apps|news\.google\.com/publications"
    r"|/newsletters?(?:[/?]|$)",
)
"""Addresses at which a reader follows a site elsewhere."""
_WITH_MAIL: Callable[[HtmlElement], Any] = etree.XPath(
    "//text()[contains(., '@')]/.. | //a[starts-with(@href, 'mailto:')]"
)
_DOMAIN = re.compile(r"[\w.+-]@([\w-]+(?:\.[\w-]+)+)")
_WRITER = re.compile(
    r"/(?:auth?ors?|auteurs?|aut[oe]r[ei]?s?|profiles?|people|staff|team|writers?|reporters?|by|contributors?|users?)/."
)
_PROFILE = re.compile(
    r"//(?:www\.)?(?:x|twitter|instagram|facebook|linkedin|bsky|threads|tiktok)\.(?:com|app|net)/(?:in/|@)?[\w.-]+/?$"
)
_BRACKETED = re.compile(r"\[.*\]")
_ACCOUNT = re.compile(r"/(?:log-?in|sign-?in|sign-?up|register|registration|subscribe)(?:[/?.#]|$)")
"""Addresses at which a reader gets an account."""
PARAGRAPHS: Callable[[HtmlElement], Any] = etree.XPath(
    "descendant::text()[string-length(.) >= 60][not(ancestor::a)]", smart_strings=False
)
HAS_HEADLINE = etree.XPath("boolean(descendant-or-self::h1)")
_ADDRESS_FIELD = etree.XPath(
    "boolean(self::input[@type='email' or @type='radio' or contains(@name, 'email') or contains(@name, 'EMAIL')"
    " or contains(@name, 'newsletter')])"
)

FACT_BOXES = ("infobox", "info-box", "factbox", "fact-box")
"""Boxes of facts: a short one is read as a part of the text, a long one is a text of its own."""
_NAMES = (
    *FACT_BOXES,
    *("author-bio", "author__bio", "authorbio", "author-info"),
    *("author-box", "authorbox", "about-author", "access-wall", "article-gating", "regwall", "post-card", "promo-item"),
    *("related", "newsletter", "signup-card", "sign-up", "most-read", "mostread", "most-popular", "trending"),
    *("latest-news", "recommend", "rollover-block", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader"),
    *("screenreader", "assistive-text", "a11y", "cookie-banner", "cookie-notice", "cookie-consent", "cookiebar"),
    *("consent-banner", "gdpr", "paywall", "signature"),
)
"""Boxes beside the text, known by their class: the author's life, offers, other stories, what is only read out."""
_DIALOGS = frozenset({"dialog", "alertdialog"})
_CARD = "feed-item"
"""The class of what held a link with a headline: scope.py knows it for a teaser, trafilatura has no opinion of it."""


def drop_asking_boxes(root: HtmlElement, *_: object) -> bool:
    """Take out what asks for an address, money, a vote or a login: the element round such a control that has its question."""
    controls = [each for each in root.iter(*_CONTROLS) if _asks(each)]
    largest = LARGEST_BOX_SHARE * len(root.text_content()) if controls else 0
    boxes = [(control, box) for control in controls if (box := _box_of(control, largest)) is not None]
    fields = [box for control, box in boxes if control.tag == "input"]
    return _drop(box for _, box in boxes) | _drop_all(fields) | _drop_all(_bars(root))


def _bars(root: HtmlElement) -> list[HtmlElement]:
    """Small boxes of buttons that open nothing: one directly in the body, as where consent is asked for, or of several."""
    buttons = [each for each in islice(root.iter("button"), _MOST_BUTTONS) if each.get("aria-expanded") is None]
    boxes = Counter(box for each in buttons for box in islice(each.iterancestors(*_WRAPPERS), _BUTTON_LEVELS))
    largest = int(min(LARGEST_BOX, LARGEST_BOX_SHARE * len(root.text_content()))) if boxes else 0
    several = {box: min(largest, count * _LONGEST_CONTROL) for box, count in boxes.items() if count > 1}
    limits = several | {box: largest for box in boxes if box.getparent().tag == "body"}
    return [box for box, limit in limits.items() if short_text(box, limit) is not None and not HAS_HEADLINE(box)]


def _drop(boxes: Iterable[HtmlElement]) -> bool:
    return _drop_all(box for box in dict.fromkeys(boxes) if _is_among_prose(box))


def _drop_all(boxes: Iterable[HtmlElement]) -> bool:
    found = [box for box in boxes if box.getparent() is not None]
    for box in found:
        if box.getparent() is not None:
            box.drop_tree()
    return bool(found)


def _is_among_prose(box: HtmlElement) -> bool:
    """Whether running text is near: what is in a page's head or menus is left to the text step."""
    near = box.getparent()
    for _ in range(_NEAR):
        if near is None or near.tag in ("body", "html"):
            return False
        if len(PARAGRAPHS(near)) > len(PARAGRAPHS(box)):
            return True
        near = near.getparent()
    return False


def _asks(element: HtmlElement) -> bool:
    if element.tag == "input":
        return bool(_ADDRESS_FIELD(element))
    text = short(element)
    return 0 < len(text) <= _LONGEST_CONTROL and _asked(text)[1] and _is_alone(element)


@lru_cache(maxsize=8_192)
def _asked(text: str) -> tuple[int, bool]:
    """The length of the request that begins a control's text, and whether that is all of it; pages have few other controls."""
    text = lower_case(text)
    begin = ASKING_CONTROL.match(text)
    return (begin.end(), bool(ASKING_CONTROL.fullmatch(text))) if begin is not None else (0, False)


def short(element: HtmlElement) -> str:
    """The text of a control, empty if it is too long for one."""
    pieces = len(element)
    text = (element.text or "") if not pieces else element.text_content() if pieces <= 4 else ""
    return " ".join(text.split()) if len(text) <= 3 * _LONGEST_CONTROL else ""


def _is_alone(control: HtmlElement) -> bool:
    """Whether no words of a sentence are beside the control."""
    parent, before = control.getparent(), control.getprevious()
    if parent is None:
        return False
    lead = before.tail if before is not None else parent.text
    return not ((lead or "").strip() or (control.tail or "").strip())


def _box_of(control: HtmlElement, largest: float) -> HtmlElement | None:
    """The largest wrapper of the control within the bounds; what is named as such a box may be a large part of a short page."""
    box = None
    for each in control.iterancestors():
        if each.tag not in _WRAPPERS or HAS_HEADLINE(each):
            break
        size, is_named = len(each.text_content()), bool(ASKING_NAME.search(each.get("class") or each.get("id") or ""))
        if size > (LARGEST_BOX if is_named else min(LARGEST_BOX, largest)):
            break
        if size - len(control.text_content()) >= _SHORTEST_QUESTION or control.tag == "input":
            box = each
    return box


def drop_jumps(root: HtmlElement, *_: object) -> bool:
    """Take out links to parts of this page that are no words of a sentence, lists of them, and [controls] of headings."""
    links = (each for each in root.iter("a") if each.getparent().tag in ("div", "section", "article", "main", "body"))
    jumps = [each for each in links if _is_jump(each) and short(each) and _is_alone(each)]
    lists = [each for each in root.iter("ul", "ol") if _is_list_of_jumps(each)]
    labels = [each for each in map(HtmlElement.getprevious, lists) if each is not None and _is_label(each)]
    heads = root.iter(*SUBHEADINGS)
    controls = [each for head in heads for each in head.iter("span") if _BRACKETED.fullmatch(short(each))]
    return _drop_all([*jumps, *labels, *lists, *(each for each in controls if next(each.iter("a"), None) is not None)])


def _is_jump(link: HtmlElement) -> bool:
    return bool(re.match("#.", link.get("href") or ""))


def _is_list_of_jumps(element: HtmlElement) -> bool:
    links = [each for each in element.iter("a") if _is_jump(each)]
    return len(links) > 1 and letters(element.text_content()) == letters("".join(map(HtmlElement.text_content, links)))


def _is_label(element: HtmlElement) -> bool:
    text = short_text(element, _LONGEST_CONTROL)
    return bool(text) and (text or "")[-1] not in ".!?…" and next(element.iter("a"), None) is None


def drop_channel_lines(root: HtmlElement, markup: Markup, _titles: Sequence[str]) -> bool:
    """Take out a short line that ends with a link to a channel, an app or a newsletter, or with one that asks for something.

    So goes one that begins with a link to log in or to subscribe to this site; behind the story, one with its mail address.
    """
    site, host = site_of(markup.url), (parts_of(markup.url).hostname or "").removeprefix("www.")
    lines = [_line_of(link, site) for link in root.iter("a")]
    lines += [_line_to_desk(each, host) for each in _WITH_MAIL(root)]
    return _drop_all([line for line in lines if line is not None])


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


def drop_writers(root: HtmlElement, *_: object) -> bool:
    """Take out a box behind the story that has a link to its writer: alone, or with a picture to an account."""
    boxes = []
    for link in root.iter("a"):
        address = link.get("href") or ""
        is_writer = _leads_to(_WRITER, address) and short(link) and _is_alone(link)
        if is_writer or _leads_to(_PROFILE, address):
            around = islice(link.iterancestors(*_WRAPPERS), _NEAR)
            small = [each for each in around if short_text(each, LARGEST_BOX) is not None and not HAS_HEADLINE(each)]
            boxes += [each for each in small[-1:] if is_writer or next(each.iter("img"), None) is not None]
    return _drop_all([box for box in boxes if _is_behind_story(box)])


def _is_behind_story(element: HtmlElement) -> bool:
    """Whether running text stands above the element, and none below it, in what holds it."""
    near = (element, *islice(element.iterancestors(), _NEAR))
    above, below = (
        any(PARAGRAPHS(one) for each in near for one in islice(each.itersiblings("*", preceding=way), _MOST_TABS))
        for way in (True, False)
    )
    return above and not below


def _line_of(link: HtmlElement, site: str) -> HtmlElement | None:
    """The short paragraph that the link ends: no sentence if that is to a channel, and more than the link if it asks."""
    address = link.get("href") or ""
    is_account = _leads_to(_ACCOUNT, address) and site_of(address) in ("", site)
    is_channel = is_account or _leads_to(_CHANNEL, address)
    if not (is_channel or _asks_at_length(link)):
        return None
    line = next(link.iterancestors("p", "li", "h3", "h4"), None)
    text = None if line is None else short_text(line, _LONGEST_CALL)
    if text is None:
        return None
    words = " ".join(link.text_content().split())
    is_end = len(words) > 1 and text.rstrip("+ !»>)].").endswith(words.rstrip("+ !»>)]."))
    goes = not text.endswith((".", "?", "”", '"')) if is_channel else text != words
    return line if (is_end or (is_account and text.startswith(words))) and goes else None


@lru_cache(maxsize=16_384)
def _leads_to(places: re.Pattern[str], address: str) -> bool:
    return bool(places.search(address.lower()))


def _asks_at_length(link: HtmlElement) -> bool:
    """Whether a link's words begin with a request of more than a word or two, as for a membership."""
    return _asked(short(link))[0] >= _SHORTEST_REQUEST


def drop_advertisements(root: HtmlElement, *_: object) -> bool:
    """Take out a box that begins with the word for an advertisement alone, and leads somewhere."""
    plain = (each for each in root.iter("span", "small", "div", "p") if each.text and not len(each))
    labels = [each for each in plain if AD_LABEL.fullmatch(short(each))]
    boxes = [label.getparent() for label in labels if _is_first(label)]
    largest = LARGEST_BOX_SHARE * len(root.text_content()) if boxes else 0
    return _drop(box for box in boxes if box.tag in _WRAPPERS and len(box.text_content()) <= min(LARGEST_BOX, largest))


def _is_first(label: HtmlElement) -> bool:
    """Whether a label stands at the head of a box with a link."""
    box = label.getparent()
    is_alone = not (box.text or "").strip() and not (label.tail or "").strip()
    return label.getprevious() is None and is_alone and next(box.iter("a"), None) is not None


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


def drop_named_boxes(root: HtmlElement, markup: Markup, _titles: Sequence[str]) -> bool:
    """Take boxes and teaser cards out of the tree, unless they hold so much of the page that they must be its text."""
    boxes = [box for box in elements_of_class(root, markup, _NAMES) if box.tag not in NO_BOXES]
    marked = markup.elements.of(having=["role", "hidden"])
    boxes += [each for each in marked if _is_dialog_or_hidden(each) and is_within(root, each)]
    headed = {link for heading in root.iter("h2", "h3", "h4") for link in heading.iterancestors("a")}
    links = (link for link in root.iter("a") if link in headed and link.get("href") is not None) if headed else ()
    cards = [link for link in links if len(link.text_content()) <= LARGEST_BOX]
    for card in cards:
        card.getparent().set("class", f"{card.getparent().get('class') or ''} {_CARD}")
    boxes += cards
    largest = LARGEST_BOX_SHARE * len(root.text_content()) if boxes else 0
    dropped = 0
    for box in boxes:
        name, size = (box.get("class") or "").lower(), len(box.text_content())
        limit = max(largest, LARGEST_BOX) if "newsletter" in name else largest
        limit = min(limit, _LONGEST_CALL) if "paywall" in name else limit
        is_part = size <= _LONGEST_PART and any(word in name for word in FACT_BOXES)
        if size <= limit and not is_part and box.getparent() is not None:
            box.drop_tree()
            dropped += 1
    return dropped > 0
