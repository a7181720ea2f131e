"""Frame completion: paragraphs of the story that the text step left out, found by what surrounds those that it took.

trafilatura takes one container and drops whatever has a suspicious name. Here a paragraph counts by its place: within the
smallest element that holds nearly all taken paragraphs, or marked up as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.anchors import letters
from pipelines.extract.markup import short_text
from pipelines.extract.text.blocks import Block, BlockKind, is_inside, size_of
from pipelines.extract.text.prose import LONG, has_signs_of_box, is_long

_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dd", "dt"), "item"),
    **dict.fromkeys(("td", "th", "tr"), "row"),
    "blockquote": "quote",
    "pre": "code",
}
_BLOCK_TAGS_TEXT = """
    p div section article main header footer details summary figure figcaption table tbody thead ul ol dl form fieldset body
    address center aside nav hr
"""
_BLOCK_TAGS = frozenset((*_KINDS, *_BLOCK_TAGS_TEXT.split()))
_NO_STORY = frozenset({"figure", "figcaption", "form", "address"})
_ALIEN = re.compile(
    r"comment|respond|disqus|newsletter|consent|advert|sponsor|sign-?up|subscription|subscribe(?!r)|log-?in|caption|copyright|legal"
    r"|disclosure|disclaimer|review-form|carousel|testimonial|about-author|author-?(?:bio|box|info)|gdpr|widget-area",
    re.IGNORECASE,
)
"""Names of what is not the story, wherever it is."""
_DOUBTFUL = re.compile(
    r"teaser|cookie|box|paid|card|promo|author|premium|subscri|widget|more-|next-|bio|related|recommend|share|social|popup|modal|byline"
    r"|sidebar|nav|menu|crumb|tags|popular|trending|footer|most-|cta|banner|rail|reply",
    re.IGNORECASE,
)
"""Names of boxes, which some publishers give to the story's parts: those are paragraphs without signs of a box."""
_CREDIT = re.compile(r"©|\b(?:photo|image|foto|picture)s?\b.{0,12}(?:\bby\b|:)|\bBildrechte\b", re.IGNORECASE)
_HIDDEN = re.compile(r"display:\s*none", re.IGNORECASE)
_SHORTEST_ITEM, _LONGEST_NOTICE = 25, 200
_SENTENCE = re.compile(r"\S.{24,}\w{2}[.!?。।]$")
_LEAST_UNCOVERED, _LEAST_UNCOVERED_SHARE, _LEAST_ADDED_SHARE = 150, 0.15, 0.1
_SHORTEST_MARK, _SAME_MARK = 20, 60
_MOST_LINKED = 0.3
_FRAME_SHARE, _HOLDER_SHARE, _HOME_SHARE = 0.9, 0.15, 0.6
_LARGEST_GAP, _LEAST_PARTED = 60, 0.8
_ALIKE, _FEWEST_IN_ROW = 2, 3
"""Paragraphs with the same marks that must have been taken (one, where only the headline and a paragraph were); in one row."""


@dataclass
class Leaf:
    """A text with the innermost block element that holds it: whether it was taken, how much of it is links, and these."""

    element: HtmlElement
    text: str
    links: int
    anchors: list[HtmlElement]
    page: PageText

    @cached_property
    def mark(self) -> str:
        """Its letters, by which it is compared."""
        return letters(self.text)

    @property
    def is_taken(self) -> bool:
        """Whether it is among the letters that the page is held against."""
        return len(self.mark) >= _SHORTEST_MARK and self.page.has(self.mark)

    @property
    def is_known(self) -> bool:
        """Whether it is, or is too short to distinguish from a part of a longer line."""
        return self.is_taken if len(self.mark) > _SAME_MARK else self.mark in self.page.have

    @property
    def kind(self) -> BlockKind:
        return _KINDS.get(self.element.tag, "paragraph")

    @property
    def link(self) -> HtmlElement | None:
        """Its last link."""
        return self.anchors[-1] if self.anchors else None

    @property
    def unlinked(self) -> int:
        """Characters outside links; white space in links may count for more than there is."""
        return max(0, len(self.text) - self.links)

    def is_prose(self, shortest: int = LONG) -> bool:
        """Whether it is running text and little of it is links."""
        return is_long(self.text[: self.unlinked], shortest) and self.links <= _MOST_LINKED * len(self.text)


def complete(
    page: PageText,
    blocks: Sequence[Block],
    long_texts: Sequence[str],
    may_be: Callable[[Leaf], bool] = lambda _: True,
    *,
    fill_gaps: bool = False,
) -> list[Block]:
    """The blocks, and between them what is missing of the story; the same blocks if little of the page is missing.

    `fill_gaps`: headings and items between two paragraphs are added, too, however little they are.
    """
    have = "".join(letters(block.text) for block in blocks)
    uncovered = sum(len(text) for text in long_texts if letters(text) not in have)
    is_much = uncovered >= max(_LEAST_UNCOVERED, _LEAST_UNCOVERED_SHARE * sum(map(len, long_texts)))
    if not is_much and not fill_gaps:
        return list(blocks)
    leaves = page.held_against(have)
    if sum(leaf.is_taken for leaf in leaves) < _ALIKE:
        return list(blocks)
    story = _Story(leaves)
    added = {i: each for i, each in story.additions(leaves).items() if may_be(leaves[i])}
    if not is_much or sum(map(size_of, added.values())) < max(_LEAST_UNCOVERED, _LEAST_ADDED_SHARE * size_of(blocks)):
        added = {i: each for i, each in added.items() if story.is_in_row(leaves[i].element)}
    gaps = story.gaps(leaves) if fill_gaps else ()
    added |= {i: [Block(leaves[i].text, leaves[i].kind)] for i in gaps if may_be(leaves[i]) and i not in added}
    return _merged(blocks, leaves, added) if added else list(blocks)


def part(page: PageText, whole: Block) -> list[Block]:
    """The block as those blocks of the page that follow one another in it; the block itself if they are not most of it."""
    have, cursor, out = letters(whole.text), 0, list[Block]()
    for leaf in page.leaves:
        place = have.find(leaf.mark, cursor, cursor + len(leaf.mark) + _LARGEST_GAP) if leaf.mark else -1
        if place >= 0:
            out.append(Block(leaf.text, leaf.kind))
            cursor = place + len(leaf.mark)
    return out if size_of(out) >= _LEAST_PARTED * len(whole.text) else [whole]


class _Story:
    """Where the taken paragraphs are, and how they are marked up."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        places = [i for i, leaf in enumerate(leaves) if leaf.is_taken]
        taken = [leaves[i].element for i in places]
        self._signatures = Counter(_signature(element) for element in taken)
        self._marks = Counter((element.tag, element.get("class")) for element in taken)
        self._rows = Counter(map(_row_of, taken))
        [(parent, count)] = Counter(element.getparent() for element in taken).most_common(1)
        is_home = parent is not None and count >= _HOME_SHARE * len(taken) and parent.tag not in ("html", "body")
        self._home = parent if is_home else None
        self._end = places[-1]
        self._holders = Counter[HtmlElement]()
        self._first, self._last = dict[HtmlElement, int](), dict[HtmlElement, int]()
        for place, element in zip(places, taken, strict=True):
            for each in (element, *element.iterancestors()):
                self._holders[each] += 1
                self._first.setdefault(each, place)
                self._last[each] = place
        self._alike = _ALIKE if len(taken) > _ALIKE else 1
        self._least = max(_ALIKE, _HOLDER_SHARE * len(taken))
        middle = taken[len(taken) // 2]
        holding = (
            each for each in (middle, *middle.iterancestors()) if self._holders[each] >= _FRAME_SHARE * len(taken)
        )
        self._frame = next(holding)

    def is_in_row(self, element: HtmlElement) -> bool:
        """Whether some paragraphs beside it that are marked up as it is were taken."""
        return self._rows[_row_of(element)] >= _FEWEST_IN_ROW and not _is_hidden(element)

    def additions(self, leaves: Sequence[Leaf]) -> dict[int, list[Block]]:
        """By place: the paragraphs that belong to the story, each with the headings and short items above it."""
        added: dict[int, list[Block]] = {}
        pending: list[Leaf] = []
        for i, leaf in enumerate(leaves):
            if leaf.is_taken or leaf.is_known:
                pending = []
            elif not leaf.is_prose():
                pending += [leaf] if leaf.kind != "paragraph" else []
            elif self._has(leaf, i):
                above = [each for each in pending if each.kind == "heading" or _is_beside(each.element, leaf.element)]
                added[i] = [Block(each.text, each.kind) for each in (*above, leaf)]
                pending = []
        return added

    def gaps(self, leaves: Sequence[Leaf]) -> Iterator[int]:
        """The places of headings and items with few links, and of boxes of sentences, between two taken paragraphs.

        Before the first of them and behind the last, in what holds them all, only those of sentences.
        """
        taken = [i for i, leaf in enumerate(leaves) if leaf.is_taken and leaf.kind == "paragraph"]
        for before, behind in pairwise(taken):
            run = [i for i in range(before + 1, behind) if leaves[i].mark.strip("_") and not leaves[i].is_known]
            is_told = any(_SENTENCE.search(leaves[i].text) for i in run) and not any(leaves[i].links for i in run)
            for i in run:
                leaf = leaves[i]
                box = self._box(leaf.element)
                is_item = leaf.kind == "item" and box.tag in ("ul", "ol") and leaf.is_prose(_SHORTEST_ITEM)
                is_told_in_box = is_told and (_is_plain(box) or (box.tag == "p" and leaf.is_prose()))
                is_named = not leaf.links and (leaf.kind in ("heading", "item") or is_told_in_box)
                if (is_named or is_item) and self._holder(leaf.element) is not None:
                    yield i
        for i in self._ends(leaves, taken):
            leaf = leaves[i]
            is_told = not leaf.is_known and not leaf.links and bool(_SENTENCE.search(leaf.text))
            if (
                is_told
                and not _is_hidden(leaf.element)
                and _is_plain(self._box(leaf.element))
                and self._holder(leaf.element) is not None
            ):
                yield i

    def _ends(self, leaves: Sequence[Leaf], taken: Sequence[int]) -> Iterator[int]:
        """The places before the first and behind the last taken paragraph in the element that holds most of them."""
        if taken and self._home is not None:
            for i in (*range(taken[0]), *range(taken[-1] + 1, len(leaves))):
                if self._home in (leaves[i].element, *leaves[i].element.iterancestors()):
                    yield i

    def _box(self, element: HtmlElement) -> HtmlElement:
        """The largest element round this one that is below what holds the story."""
        above = (element, *element.iterancestors())
        return next((each for each, holder in pairwise(above) if self._holders[holder] >= self._least), element)

    def _has(self, leaf: Leaf, place: int) -> bool:
        holder = self._holder(leaf.element)
        hidden = next((each for each in leaf.element.iterancestors() if _HIDDEN.search(each.get("style") or "")), None)
        if hidden is not None and short_text(hidden, _LONGEST_NOTICE) is not None and _is_alone(hidden):
            return False
        if holder is None or _CREDIT.search(leaf.text) or leaf.text[0] in "{[<":
            return False
        if self._signatures[_signature(leaf.element)] >= self._alike:
            return True
        is_alike = self._marks[leaf.element.tag, leaf.element.get("class")] >= self._alike
        is_framed = self._frame.tag not in ("html", "body") and self._frame in (holder, *holder.iterancestors())
        return (is_framed and (is_alike or place < self._end)) or self._is_between(holder, place)

    def _is_between(self, holder: HtmlElement, place: int) -> bool:
        """Whether paragraphs of the container were taken before and after the place, as around a list that was dropped."""
        return holder.tag not in ("html", "body") and self._first[holder] < place < self._last[holder]

    def _holder(self, element: HtmlElement) -> HtmlElement | None:
        """The nearest ancestor that holds a good part of the story, if nothing up to it is named for something else."""
        for ancestor in (element, *element.iterancestors()):
            if self._holders[ancestor] >= self._least:
                return ancestor
            if ancestor.tag in _NO_STORY or _is_alien(ancestor, but_headings=_KINDS.get(element.tag) == "heading"):
                return None
        return None


def _is_hidden(element: HtmlElement) -> bool:
    return any(_HIDDEN.search(each.get("style") or "") for each in (element, *element.iterancestors()))


def _is_alone(element: HtmlElement) -> bool:
    """Whether no other child of its parent is marked up as it is."""
    marks = element.tag, element.get("class")
    return not any((each.tag, each.get("class")) == marks for each in element.getparent() if each is not element)


def _is_plain(box: HtmlElement) -> bool:
    return box.tag in ("div", "section", "article", "ul", "ol", "dl") and not has_signs_of_box(box, but_headings=True)


def _is_alien(element: HtmlElement, *, but_headings: bool) -> bool:
    is_alien = _says_alien(element.get("class"), element.get("id"))
    return has_signs_of_box(element, but_headings=but_headings) if is_alien is None else is_alien


@lru_cache(maxsize=8_192)
def _says_alien(classes: str | None, identity: str | None) -> bool | None:
    """What the names of an element alone say; None where it may be a box."""
    name = f"{classes or ''} {identity or ''}"
    return True if _ALIEN.search(name) else None if _DOUBTFUL.search(name) else False


def _is_beside(one: HtmlElement, other: HtmlElement) -> bool:
    """Whether the first is a sibling of the second or a child of one, as an item of a list is."""
    parent = one.getparent()
    return other.getparent() in (parent, parent.getparent() if parent is not None else None)


def _signature(element: HtmlElement) -> tuple[tuple[str, str | None], ...]:
    """Tag and class of the element, its parent and its grandparent; what an element is declared to be goes before its class."""
    chain = (element, *(ancestor for _, ancestor in zip(range(2), element.iterancestors(), strict=False)))
    return tuple((each.tag, each.get("itemprop") or each.get("class")) for each in chain)


def _row_of(element: HtmlElement) -> object:
    """Its grandparent, and how it is marked up below that."""
    parent = element.getparent()
    return parent.getparent() if parent is not None else None, _signature(element)


class PageText:
    """The page's blocks of text in order: put together once, where a choice asks for them, as long as the tree stays as it is."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self.have = ""
        self._known: dict[str, bool] = {}

    def held_against(self, have: str) -> list[Leaf]:
        """The blocks, which say until the next call whether they are among the letters that were taken."""
        if have != self.have:
            self.have, self._known = have, {}
        return self.leaves

    def has(self, mark: str) -> bool:
        """Whether the letters that were taken hold most of a block's."""
        if mark not in self._known:
            self._known[mark] = is_inside(mark, self.have)
        return self._known[mark]

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The blocks; what they say of what was taken is of the last that they were held against."""
        return list(_blocks_of_text(self._root, self))


def _blocks_of_text(root: HtmlElement, page: PageText) -> Iterator[Leaf]:
    holder, in_link, in_lines = root, list[HtmlElement](), _sets_links_in_lines(root)
    parts: list[tuple[str, HtmlElement | None]] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_start, tag = event == "start", element.tag
        if tag in _BLOCK_TAGS:
            if parts:
                yield from _leaves_of(holder, parts, page)
                parts = []
            holder = element if is_start or element is root else element.getparent()
        elif tag == "a":
            in_link = [*in_link, element] if is_start else in_link[:-1]
        elif tag == "br" and is_start:
            parts.append((" ", None))
            if element.getparent() in in_lines or _is_second_break(element):
                yield from _leaves_of(holder, parts, page)
                parts = []
        text = element.text if is_start else element.tail
        if text and (parts or in_link or not text.isspace()):
            parts.append((text, in_link[-1] if in_link else None))
    yield from _leaves_of(holder, parts, page)


def _leaves_of(holder: HtmlElement, parts: Sequence[tuple[str, HtmlElement | None]], page: PageText) -> Iterator[Leaf]:
    """The texts of a block and the links that they are in as a leaf, if there are words."""
    text = " ".join("".join([text for text, _ in parts]).split())
    if text:
        linked = [(len(text), link) for text, link in parts if link is not None]
        anchors = [link for link, _ in groupby(link for _, link in linked)]
        yield Leaf(holder, text, sum(length for length, _ in linked), anchors, page)


def _is_second_break(element: HtmlElement) -> bool:
    before = element.getprevious()
    return before is not None and before.tag == "br" and not (before.tail or "").strip()


def _sets_links_in_lines(root: HtmlElement) -> set[HtmlElement]:
    """The elements in which a line is a block: several links are between line breaks, or one is the first line."""
    lines = [link for link in root.iter("a") if _is_line(link)]
    links = Counter(link.getparent() for link in lines)
    return {link.getparent() for link in lines if links[link.getparent()] >= _ALIKE or link.getprevious() is None}


def _is_line(link: HtmlElement) -> bool:
    before, after = link.getprevious(), link.getnext()
    above = link.getparent().text if before is None else before.tail
    is_between = (before is None or before.tag == "br") and after is not None and after.tag == "br"
    return is_between and not letters(above or "") and not letters(link.tail or "")


def _merged(blocks: Sequence[Block], leaves: Sequence[Leaf], added: dict[int, list[Block]]) -> list[Block]:
    """The blocks with the added ones, each after the last block that precedes it in the page."""
    marks, out, cursor = [letters(block.text) for block in blocks], list[Block](), 0
    for i, leaf in enumerate(leaves):
        if i in added:
            out += added[i]
        elif leaf.is_taken:
            places = (k for k in range(cursor, len(blocks)) if leaf.mark in marks[k] or marks[k] in leaf.mark)
            place = next(places, cursor - 1)
            out += blocks[cursor : place + 1]
            cursor = place + 1
    return [*out, *blocks[cursor:]]
