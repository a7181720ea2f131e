"""Cleaning of a body: rules that were measured to help on all public sets, each by name.

Dropped are the title, byline and dateline repeated at the top, promotional and newsletter lines, lines that are only a link
within the site, and bios at the end. Measured not to help, so not done: dropping the description, captions, or lines
repeated within a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from pipelines.extract.anchors import letters
from pipelines.extract.body import Block, size_of
from pipelines.extract.phrases import AGENCIES, BIO, BYLINE, CONTACT, LABEL, PHOTO_CREDIT, PROMO, WALL
from pipelines.extract.titles import loose

_TOP = 5
_TITLE_TOP = 8
_LONGEST_ABOVE_TITLE = 90
_SURE_TITLE, _LONGEST_KICKER = 20, 40
_LONGEST_BYLINE = 90
_LONGEST_PROMO = 260
_LONGEST_BIO = 700
_BIO_END, _BIO_START = 5, 2
_BIO_NAME_WITHIN = 90
_LONGEST_LABEL = 30
_LONGEST_LINK_LINE = 200
_SHORTEST_LINKED = 30
_LABEL_AFTER = re.compile(r"\s*\[[A-Z ]{4,20}\]\W*$")
_MOST_LINK_SHARE = 0.4
_FEWEST_KEPT = 3
_LONGEST_CREDIT = 110
_MOST_OFFERS, _LONGEST_OFFER = 15, 200


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the page round the text: its titles, its authors, and the letters of its anchors (own site, others)."""

    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    own_lines: frozenset[str] = field(default=frozenset(), repr=False)
    other_lines: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The blocks that stay, and the names of the rules that took something away."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()


Rule = Callable[[Sequence[Block], Surroundings], list[Block]]


def clean(blocks: Sequence[Block], around: Surroundings = Surroundings()) -> Cleaned:
    """The body without what is not part of its text: idempotent, never longer, and never emptied."""
    kept, fired = list(blocks), dict[str, None]()
    while True:
        before = len(kept)
        for name, rule in RULES.items():
            left = rule(kept, around)
            if left and len(left) < len(kept):
                kept, fired[name] = left, None
        if len(kept) == before:
            return Cleaned(tuple(kept), tuple(fired))


def _without_separators(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    return [block for block in blocks if any(char.isalnum() for char in block.text)]


def _without_title(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without the title near the top, nor the short lines above it (breadcrumbs, kickers)."""
    titles = {loose(title) for title in around.titles} - {""}
    for i, block in enumerate(blocks[:_TITLE_TOP]):
        if _is_title(loose(block.text), titles):
            above = [other for other in blocks[:i] if len(other.text) > _LONGEST_ABOVE_TITLE]
            return [*above, *blocks[i + 1 :]]
    return list(blocks)


def _is_title(text: str, titles: Set[str]) -> bool:
    """Whether the line is one of the titles, or puts only a kicker before it."""
    return text in titles or any(
        len(title) >= _SURE_TITLE and text.endswith(title) and len(text) - len(title) <= _LONGEST_KICKER
        for title in titles
    )


def _without_byline(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    authors = {letters(author).casefold() for author in around.authors}
    return [block for i, block in enumerate(blocks) if i >= _TOP or not _is_byline(block.text, authors)]


def _is_byline(text: str, authors: set[str]) -> bool:
    if len(text) > _LONGEST_BYLINE:
        return False
    return (
        bool(BYLINE.match(text))
        or letters(re.sub(r"^(?:by|von|par|por|di|da|door|av|af)\s+", "", text.casefold())) in authors
    )


def _without_promos(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    return [block for block in blocks if not is_promo(block.text)]


def is_promo(text: str) -> bool:
    """Whether a line asks the reader to do something else than read on."""
    return len(text) <= _LONGEST_PROMO and bool(PROMO.match(text) or LABEL.match(text))


def _without_photo_credits(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    return [block for block in blocks if len(block.text) > _LONGEST_CREDIT or not PHOTO_CREDIT.match(block.text)]


def _without_wall(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    """Without a paywall's line and the offers below it; what is no offer (a paragraph of prose) keeps its place."""
    wall = next((i for i, block in enumerate(blocks) if i and _is_wall(block.text)), len(blocks))
    below = blocks[wall:]
    if len(below) <= _MOST_OFFERS and all(len(block.text) <= _LONGEST_OFFER for block in below):
        return list(blocks[:wall])
    return [block for i, block in enumerate(blocks) if i == 0 or not _is_wall(block.text)]


def _is_wall(text: str) -> bool:
    return len(text) <= _LONGEST_PROMO and bool(WALL.match(text))


def _without_agency_line(blocks: Sequence[Block], _: Surroundings) -> list[Block]:
    """Without a last line that only says which agencies the text was made with."""
    end = len(blocks)
    while (
        end > _FEWEST_KEPT and len(blocks[end - 1].text) <= _LONGEST_CREDIT and AGENCIES.fullmatch(blocks[end - 1].text)
    ):
        end -= 1
    return list(blocks[:end])


def _without_link_lines(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without the lines that are only a link to another page of the site, unless they are what the page is made of."""
    lines = [block for block in blocks if _is_link_line(block, around.own_lines)]
    if not lines or size_of(lines) > _MOST_LINK_SHARE * size_of(blocks):
        return list(blocks)
    return [block for block in blocks if block not in lines]


def _without_trailing_links(blocks: Sequence[Block], around: Surroundings) -> list[Block]:
    """Without the paragraphs at the very end that are only a link to elsewhere: offers and sister sites."""
    end = len(blocks)
    while (
        end > _FEWEST_KEPT
        and blocks[end - 1].kind == "paragraph"
        and letters(blocks[end - 1].text) in around.other_lines
    ):
        end -= 1
    return list(blocks[:end])


def _is_link_line(block: Block, own_lines: frozenset[str]) -> bool:
    if block.kind == "heading" or len(block.text) > _LONGEST_LINK_LINE:
        return False
    text = _LABEL_AFTER.sub("", block.text)
    if letters(text) in own_lines:
        return True
    label, _, rest = text.partition(": ")
    if rest and len(label) <= _LONGEST_LABEL:
        return letters(rest) in own_lines
    return block.kind == "item" and any(letters(rest) in own_lines for rest in _after_kickers(text))


def _after_kickers(text: str) -> Iterator[str]:
    """What is left of an item without the first words that may be the kicker above its link."""
    for blank in re.finditer(r"\s+", text[:_LONGEST_LABEL]):
        rest = text[blank.end() :]
        if len(rest) >= _SHORTEST_LINKED and not rest[0].islower():
            yield rest


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
    "separator": _without_separators,
    "title-repeated": _without_title,
    "byline": _without_byline,
    "promo-line": _without_promos,
    "paywall-line": _without_wall,
    "photo-credit": _without_photo_credits,
    "agency-line": _without_agency_line,
    "link-line": _without_link_lines,
    "trailing-link": _without_trailing_links,
    "bio": _without_bios,
}
