"""Cleaning of a body: rules by name, each measured to help on pages of publishers that it was not made with.

A phrase alone takes nothing out: position, length, punctuation, the page's links and the neighbouring blocks must agree.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dateline.text import lower_case
from pipelines.extract.anchors import letters
from pipelines.extract.text.blocks import Block, size_of
from pipelines.extract.text.phrases import (
    BIO,
    BYLINE,
    CALL,
    CALL_WITHIN,
    CALL_WITHIN_HAS,
    CONTACT,
    LABEL,
    LEADS,
    PHOTO_CREDIT,
    WALL,
)
from pipelines.extract.text.prose import is_long
from pipelines.extract.titles import loose

_MOST_ROUNDS = 20
_TOP, _TITLE_TOP = 5, 8
_LONGEST_ABOVE_TITLE = 90
_LONGEST_BYLINE = 90
_LONGEST_PROMO, _LONGEST_CREDIT, _LONGEST_BIO = 260, 110, 700
_LONGEST_OFFER, _LONGEST_LABEL = 80, 120
_BIO_END, _BIO_START = 5, 2
_BIO_NAME_WITHIN = 90
_LONGEST_KICKER, _LONGEST_LINK_LINE, _SHORTEST_LINKED = 30, 200, 30
_LABEL_AFTER = re.compile(r"\s*\[[A-Z ]{4,20}\]\W*$")
_LABEL_END = re.compile(r"[:：|–—»>›►▶】\])?!-]+\s*")
_MARK = re.compile(r"\s*[:：|–—»>›►▶】\]-]+\s*")
_SENTENCE_END = re.compile(r"(?:\w{3}|\d|[)”\"»])[.。।؟!?…][”\"»’)]*$")
_COUNTER = re.compile(
    r"(?:[^\d\s.,!?;/+%€$£¥₹()\"“”-]+\s?){0,2}\d[\d\s.,:-]*(?:[^\d\s.,!?;/+%€$£¥₹()\"“”-]+\s?){0,2}\d*"
)
_LONGEST_COUNTER = 30
_MOST_LINK_SHARE = 0.4
_FEWEST_KEPT = 3
_MOST_ONCE, _LONGEST_REFRAIN = 0.6, 60
_FEWEST_TOLD, _SHORTEST_COPY = 8, 40


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the page round the text: its titles, its authors, and the letters of its anchors (own site, others)."""

    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    own_lines: frozenset[str] = field(default=frozenset(), repr=False)
    other_lines: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The blocks that stay, those that were taken out, and the names of the rules that did it."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()
    removed: tuple[Block, ...] = ()


Rule = Callable[[Sequence[Block], Surroundings], list[Block]]


def clean(blocks: Sequence[Block], around: Surroundings = Surroundings()) -> Cleaned:
    """The body without what is not part of its text: never longer, never emptied, the same if cleaned again.

    The last does not hold where a title or byline is repeated dozens of times: rules that look at either end take out a few
    lines a round, and rounds are bounded, so that thousands of them take no longer than other lines.
    """
    kept, fired = list(blocks), dict[str, None]()
    for _ in range(_MOST_ROUNDS):
        before = len(kept)
        for name, rule in RULES.items():
            left = rule(kept, around)
            if left and len(left) < len(kept):
                kept, fired[name] = left, None
        if len(kept) == before:
            break
    return Cleaned(tuple(kept), tuple(fired), tuple(_without(blocks, kept)))


def _without(blocks: Sequence[Block], kept: Sequence[Block]) -> Iterator[Block]:
    """The blocks that are not kept, both lists being in the same order."""
    left = iter(kept)
    awaited = next(left, None)
    for block in blocks:
        if block == awaited:
            awaited = next(left, None)
        else:
            yield block


def is_sentence(text: str) -> bool:
    """Whether the line ends as a sentence does; headlines, labels, names and dates do not."""
    return bool(_SENTENCE_END.search(text))


def _without_title(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without the title near the top, nor the short lines above it; another heading below a sentence is the text's own."""
    titles = {loose(title) for title in around.titles} - {""}
    first_title = titles & set(map(loose, around.titles[:1]))
    for i, block in enumerate(blocks[:_TITLE_TOP]):
        is_of_text = i and block.kind == "heading" and is_sentence(blocks[i - 1].text)
        if loose(block.text) in (first_title if is_of_text else titles):
            above = [each for each in blocks[:i] if len(each.text) > _LONGEST_ABOVE_TITLE or is_sentence(each.text)]
            return [*above, *blocks[i + 1 :]]
    return list(blocks)


def _without_byline(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    authors = {letters(author).casefold() for author in around.authors}
    return [block for i, block in enumerate(blocks) if i >= _TOP or not _is_byline(block.text, authors)]


def _is_byline(text: str, authors: set[str]) -> bool:
    if len(text) > _LONGEST_BYLINE:
        return False
    name = letters(re.sub(r"^(?:by|von|par|por|di|da|door|av|af)\s+", "", text.casefold()))
    return name in authors or (bool(BYLINE.fullmatch(text)) and not is_sentence(text))


def _without_promos(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without promotional lines, nor the short lines without a sentence after the last sentence and such a line."""
    links = around.own_lines | around.other_lines
    is_out = [is_promo(block.text, links) for block in blocks]
    end = len(blocks)
    while end > 0 and (is_out[end - 1] or _is_offer(blocks[end - 1].text)):
        end -= 1
    first = next((i for i in range(end, len(blocks)) if is_out[i]), len(blocks))
    return [block for i, block in enumerate(blocks) if i < first and not is_out[i]]


def _is_offer(text: str) -> bool:
    return len(text) <= _LONGEST_OFFER and not is_sentence(text)


def is_promo(text: str, links: frozenset[str] = frozenset()) -> bool:
    """Whether a line asks the reader to do something else than read on, or leads to another page."""
    if len(text) > _LONGEST_PROMO:
        return False
    if _is_label_or_call(text):
        return True
    if not (lead := LEADS.match(text)):
        return False
    rest = text[lead.end() :]
    mark = _MARK.match(rest)
    title = rest[mark.end() :] if mark else rest
    return (bool(title) and letters(title) in links) or (bool(mark) and not title.endswith("."))


@functools.lru_cache(maxsize=1_000)
def _is_label_or_call(text: str) -> bool:
    """Remembered, since rules are applied until nothing changes, and a host's pages have the same lines."""
    lower = lower_case(text)
    if (len(text) <= _LONGEST_LABEL and LABEL.fullmatch(lower)) or CALL.match(text) or WALL.match(text):
        return True
    return any(word in lower for word in CALL_WITHIN_HAS) and bool(CALL_WITHIN.match(text))


def _without_photo_credits(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    return [block for block in blocks if not _is_credit(block.text)]


def _is_credit(text: str) -> bool:
    """Whether a short line names whose picture it is; a sentence of many words tells something."""
    if len(text) > _LONGEST_CREDIT or not PHOTO_CREDIT.fullmatch(text):
        return False
    return not is_sentence(text) or len(text.split()) < _FEWEST_TOLD


def _without_second_copy(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    """The text once, where a page has most of it twice, for narrow and wide screens, or begins with two copies of a part."""
    first = {block: i for i, block in reversed(list(enumerate(blocks)))}
    once = [block for i, block in enumerate(blocks) if first[block] == i or len(block.text) < _LONGEST_REFRAIN]
    if size_of(once) <= _MOST_ONCE * size_of(blocks):
        return once
    starts = (
        i for i in range(1, len(blocks) // 2 + 1) if blocks[i] == blocks[0] and blocks[2 * i - 1] == blocks[i - 1]
    )
    again = next((i for i in starts if blocks[i : 2 * i] == blocks[:i]), 0)
    return [*blocks[:again], *blocks[2 * again :]] if size_of(blocks[:again]) >= _SHORTEST_COPY else list(blocks)


def _without_link_lines(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without the lines that are only a link to another page of the site, nor the heading over such lines."""
    is_line = [_is_link_line(block, around.own_lines) for block in blocks]
    lines = [block for block, is_in in zip(blocks, is_line, strict=True) if is_in]
    if not lines or size_of(lines) > _MOST_LINK_SHARE * size_of(blocks):
        return list(blocks)
    for i in range(len(blocks) - 1):
        is_over = blocks[i].kind == "heading" and is_line[i + 1]
        is_line[i] = is_line[i] or (is_over and blocks[i].text.endswith((":", "：")))
    return [block for block, is_in in zip(blocks, is_line, strict=True) if not is_in]


def _is_link_line(block: Block, own_lines: frozenset[str]) -> bool:
    if block.kind == "heading" or len(block.text) > _LONGEST_LINK_LINE:
        return False
    text = _LABEL_AFTER.sub("", block.text)
    if (mark := letters(text)) and mark in own_lines:
        return True
    labels = _LABEL_END.finditer(text, 1, _LONGEST_KICKER + 3)
    if any((title := letters(text[label.end() :])) and title in own_lines for label in labels):
        return True
    return block.kind == "item" and any(letters(rest) in own_lines for rest in _after_kickers(text))


def _after_kickers(text: str) -> Iterator[str]:
    """What is left of an item without the first words that may be the kicker above its link."""
    for blank in re.finditer(r"\s+", text[:_LONGEST_KICKER]):
        rest = text[blank.end() :]
        if len(rest) >= _SHORTEST_LINKED and not rest[0].islower():
            yield rest


def _without_counters(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    """The blocks without counters, such as how often a page was read: a word or two and a number, above or below the text.

    Several below the text are a list, and stay.
    """
    if (
        len(blocks) > 1
        and blocks[0].kind == "paragraph"
        and _is_counter(blocks[0].text)
        and is_sentence(blocks[1].text)
    ):
        blocks = blocks[1:]
    end = len(blocks)
    while end and blocks[end - 1].kind != "row" and _is_counter(blocks[end - 1].text):
        end -= 1
    is_list = sum(any(map(str.isalpha, block.text)) for block in blocks[end:]) > 1
    is_below_text = end and (is_sentence(blocks[end - 1].text) or is_long(blocks[end - 1].text))
    return list(blocks[:end] if is_below_text and not is_list else blocks)


def _is_counter(text: str) -> bool:
    return all(len(part) <= _LONGEST_COUNTER and _COUNTER.fullmatch(part) for part in re.split(r"\s[|·•/]\s", text))


def _without_bios(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without what is said of the author or how to reach the desk, at either end of the text."""
    end = len(blocks) - _BIO_END
    if len(blocks) <= _FEWEST_KEPT:
        return list(blocks)
    return [
        block
        for i, block in enumerate(blocks)
        if not ((i >= end or i < _BIO_START) and _is_bio(block.text, around.authors))
    ]


def _is_bio(text: str, authors: Sequence[str]) -> bool:
    if len(text) > _LONGEST_BIO:
        return False
    is_named = any(author in text[:_BIO_NAME_WITHIN] for author in authors if " " in author)
    return bool(CONTACT.match(text)) or (is_named and bool(BIO.search(text)))


RULES: dict[str, Rule] = {
    "second-copy": _without_second_copy,
    "title-repeated": _without_title,
    "byline": _without_byline,
    "promo-line": _without_promos,
    "photo-credit": _without_photo_credits,
    "link-line": _without_link_lines,
    "counter": _without_counters,
    "bio": _without_bios,
}
