"""Teasers of other articles among a text's blocks: headlines that are links, each with a sentence or two below it.

Boxes of teasers have no names that all sites share, and many have no box. What they have is the row: a link to another page of
the site, a few words, the next link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice, pairwise, takewhile

from lxml.html import HtmlElement

from pipelines.extract.anchors import letters, shortest_line
from pipelines.extract.markup import flat_text
from pipelines.extract.text.clean import is_sentence
from pipelines.extract.text.completion import Leaf

_LONGEST_HEADLINE = 200
_LINKED, _LONGEST_SHARE = 0.95, 0.5
_MOST_BELOW, _LONGEST_BELOW, _LONGEST_MARK = 3, 220, 40
_LONGEST_LABEL = 60
_FEWEST, _FEWEST_PLAIN, _LEAST_APART, _MOST_ROWS = 2, 3, 3, 100


def teasers_of(leaves: Sequence[Leaf], leads_to_page: Callable[[HtmlElement], bool]) -> Iterator[int]:
    """The places of the leaves that are in a row of teasers behind the story, or in a box apart from it."""
    story = [i for i, leaf in enumerate(leaves) if leaf.is_prose() and leaf.is_known]
    behind = range(story[-1] + 1 if story else len(leaves), len(leaves))
    yield from (i for i in behind if _is_index(leaves[i]))
    heads = _heads(leaves, leads_to_page)
    headings = [i for i in heads if leaves[i].kind == "heading"]
    told = [0, *accumulate(leaf.unlinked if leaf.is_known else 0 for leaf in leaves)] if story else []
    yield from headings if len(headings) == 1 else ()
    for row in islice(_rows(leaves, heads, leads_to_page), _MOST_ROWS) if story else ():
        outside = [i for i in story if i not in row]
        label = _label(leaves, row[0])
        is_apart = _is_apart(leaves, row, outside)
        is_behind = bool(outside) and outside[-1] < row[0] and (label or len({*heads} & {*row}) >= _FEWEST_PLAIN)
        rest = told[row[0]]
        is_most = rest * (_LEAST_APART if is_apart and label else 1) < told[row[-1] + 1] - rest
        if outside and outside[0] < row[0] and not is_most and (is_apart or is_behind):
            yield from (*label, *row)


def _heads(leaves: Sequence[Leaf], leads_to_page: Callable[[HtmlElement], bool]) -> list[int]:
    """The places of headlines that are links to other pages of the site."""
    return [i for i, leaf in enumerate(leaves) if _is_headline(leaf) and leads_to_page(leaf.link)]


def _rows(
    leaves: Sequence[Leaf], heads: Sequence[int], leads_to_page: Callable[[HtmlElement], bool]
) -> Iterator[range]:
    """Runs of linked headlines with at most a sentence or two below each."""
    yield from (range(i, i + 1) for i, leaf in enumerate(leaves) if _is_list(leaf) and leads_to_page(leaf.link))
    row: list[int] = []
    for head, after in zip(heads, [*heads[1:], len(leaves)], strict=False):
        row.append(head)
        if after == len(leaves) or not _follows(leaves[head], leaves[head + 1 : after], leaves[after]):
            if len(row) >= _FEWEST:
                gaps = sorted(b - a for a, b in pairwise(row))
                below = [*leaves[row[-1] + 1 : row[-1] + gaps[len(gaps) // 2]]]
                between = {*range(row[0], row[-1])}.difference(row)
                if all(len(leaves[i].text) <= _LONGEST_MARK for i in between):  # then the story begins below the last
                    below = [*takewhile(lambda leaf: len(leaf.text) <= _LONGEST_MARK, below)]
                yield range(row[0], row[-1] + 1 + len(below))
            row = []


def _is_list(leaf: Leaf) -> bool:
    """Whether a text is nothing but headlines that are links, one behind the other."""
    if leaf.link is None or len(leaf.anchors) < _FEWEST or leaf.links < _LINKED * len(leaf.text):
        return False
    texts = [flat_text(link) for link in leaf.anchors]
    return all(shortest_line(text) <= len(text) <= _LONGEST_HEADLINE for text in texts if text)


def _is_headline(leaf: Leaf) -> bool:
    if leaf.link is None or not shortest_line(leaf.text) <= len(leaf.text) <= _LONGEST_HEADLINE:
        return False
    return leaf.links >= _LINKED * len(leaf.text) or letters(flat_text(leaf.link)) == leaf.mark


def _follows(head: Leaf, between: Sequence[Leaf], other: Leaf) -> bool:
    """Whether between two headlines that are marked up alike is one short text at most, beside names, dates and sections."""
    texts = [leaf.text for leaf in between if len(leaf.text) > _LONGEST_MARK]
    is_alike = (head.element.tag, head.element.get("class")) == (other.element.tag, other.element.get("class"))
    return is_alike and len(between) <= _MOST_BELOW and len(texts) <= 1 and sum(map(len, texts)) <= _LONGEST_BELOW


def _is_index(leaf: Leaf) -> bool:
    """Whether a line is a label and several links, as that of an article's topics."""
    links = [link for link in leaf.anchors if link.get("href")]
    is_short = len(leaf.text) <= _LONGEST_HEADLINE and leaf.unlinked <= _LONGEST_MARK
    return (
        len(links) >= _FEWEST
        and leaf.links >= _LONGEST_SHARE * len(leaf.text)
        and is_short
        and not is_sentence(leaf.text)
    )


def _is_apart(leaves: Sequence[Leaf], row: range, story: Sequence[int]) -> bool:
    """Whether an element holds the whole row and nothing of the story."""
    above = {leaves[row[0]].element, *leaves[row[0]].element.iterancestors()}
    last = leaves[row[-1]].element
    common = next(each for each in (last, *last.iterancestors()) if each in above)
    return not any(common in (leaves[i].element, *leaves[i].element.iterancestors()) for i in story)


def _label(leaves: Sequence[Leaf], first: int) -> tuple[int, ...]:
    """The place of the label or heading above the row, if it has one that is set as none of the story's paragraphs is."""
    above = leaves[first - 1]
    if not first or len(above.text) > _LONGEST_LABEL or above.text[-1] in ".!?…。":
        return ()
    begins_plain = bool((above.element.text or "").strip())
    is_head = above.element.getprevious() is None and above.element.getparent() in leaves[first].element.iterancestors()
    is_set_apart = above.kind == "heading" or above.text[-1] in ":：" or not begins_plain or is_head
    return (first - 1,) if is_set_apart else ()


def labelled_rows(leaves: Sequence[Leaf], leads_to_page: Callable[[HtmlElement], bool]) -> set[int]:
    """The places of the leaves in rows of teasers under a label, and that of the label, wherever the story is."""
    labelled = ((_label(leaves, row[0]), row) for row in _rows(leaves, _heads(leaves, leads_to_page), leads_to_page))
    return {i for label, row in labelled if label for i in (*label, *row)}
