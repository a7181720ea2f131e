"""What the links and buttons of a page say and where they lead: read in one walk, which the rules on boxes share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dateline.text import lower_case
from pipelines.extract.markup import Markup, is_within, text_before
from pipelines.extract.text.phrases import ASKING_CONTROL, REPLY_CONTROL
from pipelines.extract.text.prose import headline_of

NO_BOXES = frozenset({"html", "body", "main", "article", "p"})
LONGEST_CONTROL, _SHORTEST_REQUEST = 40, 10
HAS_HEADLINE = etree.XPath("boolean(descendant-or-self::h1)")
PARAGRAPHS: Callable[[HtmlElement], Any] = etree.XPath(
    "descendant::text()[string-length(.) >= 60][not(ancestor::a)]", smart_strings=False
)
_PLACES_TEXT = {
    "account": r"/(?:log-?in|sign-?in|sign-?up|register|registration|subscribe)(?:[/?.#]|$)",
    "channel": r"whatsapp\.com/channel|//(?:t|telegram)\.me/|apps\.apple\.com|play\.google\.com/store/apps"
    r"|news\.google\.com/publications|/newsletters?(?:[/?]|$)",
    "writer": r"/(?:auth?ors?|auteurs?|aut[oe]r[ei]?s?|profiles?|people|staff|team|writers?|reporters?|by|contributors?"
    r"|users?)/.",
    "profile": r"//(?:www\.)?(?:x|twitter|instagram|facebook|linkedin|bsky|threads|tiktok)\.(?:com|app|net)/(?:in/|@)?[\w.-]+/?$",
}
"""Addresses at which a reader gets an account, follows a site elsewhere, and meets its writers here and elsewhere."""
_PLACES = {name: re.compile(place) for name, place in _PLACES_TEXT.items()}
_ANY_PLACE = re.compile("|".join(_PLACES_TEXT.values()))
_JUMP, _NOWHERE = frozenset({"jump"}), frozenset[str]()
_NOTHING = (False, False, False)
_MOST_PIECES = 4


@dataclass(frozen=True, slots=True)
class Control:
    """A link or button with its text, which is empty if it is too long for a control.

    `leads_to`: the kinds of place; `asks`: the text asks the reader to give something; `asks_at_length`: it begins with more
    than a word or two that do, as for a membership; `is_reply`: it is to reply to what somebody wrote.
    """

    element: HtmlElement
    text: str
    leads_to: frozenset[str]
    asks: bool
    asks_at_length: bool
    is_reply: bool


@dataclass
class Tree:
    """The page's tree, which each rule changes in its place, with what the page declares and its titles, the best first."""

    root: HtmlElement
    markup: Markup
    titles: Sequence[str]
    _headline: HtmlElement | None = None

    @cached_property
    def _controls(self) -> list[Control]:
        return list(_controls(self.markup.elements.of("a", "button")))

    def controls(self, cares: Callable[[Control], object]) -> Iterator[Control]:
        """The controls that a rule cares for and that no rule has taken out."""
        return (each for each in self._controls if cares(each) and is_within(self.root, each.element))

    def elements(self, *tags: str, having: Sequence[str] = ()) -> Iterator[HtmlElement]:
        """The elements of the page with one of the tags or attributes that no rule has taken out."""
        return (each for each in self.markup.elements.of(*tags, having=having) if is_within(self.root, each))

    @property
    def headline(self) -> HtmlElement | None:
        """The heading that says one of the page's titles."""
        if self._headline is None or not is_within(self.root, self._headline):
            self._headline = headline_of(self.root, self.titles)
        return self._headline


def _controls(elements: Iterable[HtmlElement]) -> Iterator[Control]:
    for each in elements:
        text, href = short(each), each.get("href")
        leads_to = _places_of(href) if href else _NOWHERE
        says = _says(text) if text else _NOTHING
        if leads_to or says is not _NOTHING:
            yield Control(each, text, leads_to, *says)


def short(element: HtmlElement) -> str:
    """The text of a control, empty if it is too long for one."""
    pieces = len(element)
    text = (element.text or "") if not pieces else element.text_content() if pieces <= _MOST_PIECES else ""
    return " ".join(text.split()) if len(text) <= 3 * LONGEST_CONTROL else ""


def is_alone(control: HtmlElement) -> bool:
    """Whether no words of a sentence are beside the control."""
    return not (text_before(control).strip() or (control.tail or "").strip())


@lru_cache(maxsize=8_192)
def _says(text: str) -> tuple[bool, bool, bool]:
    """Whether a control asks, asks at length, and is one to reply; remembered, since pages of a site have the same ones."""
    if len(text) <= LONGEST_CONTROL and REPLY_CONTROL.fullmatch(text):
        return False, False, True
    lower = lower_case(text)
    begin = ASKING_CONTROL.match(lower)
    if begin is None:
        return _NOTHING
    asks = len(text) <= LONGEST_CONTROL and ASKING_CONTROL.fullmatch(lower) is not None
    at_length = begin.end() >= _SHORTEST_REQUEST
    return (asks, at_length, False) if asks or at_length else _NOTHING


@lru_cache(maxsize=16_384)
def _places_of(address: str) -> frozenset[str]:
    if address[0] == "#":
        return _JUMP if len(address) > 1 else _NOWHERE
    address = address.lower()
    if _ANY_PLACE.search(address) is None:
        return _NOWHERE
    return frozenset(name for name, place in _PLACES.items() if place.search(address))
