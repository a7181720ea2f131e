"""What one page changes in its scope's paragraph counts, given the scope's counted articles.

Pure. A paragraph counts once per story. Articles of one scope belong to one story if they are connected by sharing half of the
shorter text (`pipelines.boilerplate.strip` uses the same rule for a whole batch). So the counts depend only on the set of
articles, not on their order: a page that connects two stories takes back what they counted twice.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import xxhash

from dateline.types.article import Extraction
from dateline.urls import site_of
from pipelines.boilerplate.scope import scope_of
from pipelines.boilerplate.strip import ScopeModel, paragraph_keys, paragraphs_of

SAME_STORY = 0.5
SHORTEST, LONGEST = 12, 1_500
"""Characters of a paragraph that can be boilerplate."""
MOST_PARAGRAPHS = 400
"""Of a longer page, the paragraphs with the smallest keys are counted: all its copies share that sample."""
MOST_COUNTED = 20
"""Articles of one story in one scope that are counted: more of them show nothing new."""


@dataclass(frozen=True, slots=True)
class PageParagraphs:
    """A page's paragraphs as extracted, with the stripped boilerplate: key and length in characters."""

    scope: str
    site: str
    lengths: Mapping[int, int]
    stripped: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Characters in all."""
        return sum(self.lengths.values())

    @property
    def fingerprint(self) -> uuid.UUID:
        """Equal for pages with the same paragraphs."""
        keys = b"".join(key.to_bytes(8, "big") for key in sorted(self.lengths))
        return uuid.UUID(int=xxhash.xxh3_128_intdigest(keys))


@dataclass(frozen=True, slots=True)
class CountedArticle:
    """The paragraphs that were counted for an article of the scope, and the article's story there."""

    article_id: int
    story_id: int
    keys: frozenset[int]
    length: int


@dataclass(frozen=True, slots=True)
class CountChange:
    """What a page changes: its story, the stories that it joins to it, and the change of each count.

    `is_counted` is False if its story was counted often enough.
    """

    story_id: int
    joined: tuple[int, ...]
    changes: Mapping[int, int]
    stories: int
    is_counted: bool


def page_paragraphs(found: Extraction) -> PageParagraphs:
    """Returns the page's paragraphs; the same before and after its boilerplate was stripped."""
    lengths = _lengths(found.text)
    left_out = _lengths("\n".join(found.learned))
    sample = sorted({**lengths, **left_out}.items())[:MOST_PARAGRAPHS]
    return PageParagraphs(scope_of(found.url), site_of(found.url), dict(sample), tuple(sorted(left_out)))


@lru_cache(maxsize=32)
def _lengths(text: str) -> Mapping[int, int]:
    """Asked for when the page is stripped, and again when it is counted."""
    pairs = zip(paragraph_keys(text), paragraphs_of(text), strict=True)
    return {key: len(line) for key, line in pairs if SHORTEST <= len(line) <= LONGEST}


def count_change(article_id: int, page: PageParagraphs, counted: Collection[CountedArticle]) -> CountChange:
    """Returns what the article changes. `counted`: all articles of the stories that it may belong to, and itself, if counted."""
    stories: defaultdict[int, list[CountedArticle]] = defaultdict(list)
    for one in counted:
        stories[one.story_id].append(one)
    mine = sorted(number for number, articles in stories.items() if _is_of(article_id, page, articles))
    alike = [one for number in mine for one in stories[number]]
    if len(alike) >= MOST_COUNTED and all(one.article_id != article_id for one in alike):
        return CountChange(mine[0], (), {}, 0, is_counted=False)
    before = Counter(key for number in mine for key in _union(stories[number]))
    after = _union(one for one in alike if one.article_id != article_id) | page.lengths.keys()
    changes = {key: (key in after) - before[key] for key in before.keys() | after}
    story_id = mine[0] if mine else article_id
    return CountChange(story_id, tuple(mine[1:]), changes, 1 - len(mine), is_counted=True)


def _is_of(article_id: int, page: PageParagraphs, counted: Sequence[CountedArticle]) -> bool:
    return any(one.article_id == article_id or is_same_story(page, one) for one in counted)


def is_same_story(page: PageParagraphs, other: CountedArticle) -> bool:
    """Returns whether the two share half of the shorter text, in whole paragraphs."""
    shared = sum(length for key, length in page.lengths.items() if key in other.keys)
    return shared > 0 and shared >= SAME_STORY * min(page.length, other.length)


def _union(counted: Iterable[CountedArticle]) -> frozenset[int]:
    return frozenset().union(*(one.keys for one in counted))


def model_with(change: CountChange, *, stories: int, counts: Mapping[int, int]) -> ScopeModel:
    """Returns the scope's model with the page counted; the page is stripped by it."""
    known = {key: counts.get(key, 0) + change.changes.get(key, 0) for key in counts.keys() | change.changes.keys()}
    return ScopeModel(stories + change.stories, known)
