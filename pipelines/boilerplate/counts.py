"""What one page teaches of its host: which paragraphs are to count once more, given what the host's articles have taught.

Pure. A paragraph counts once a story, and articles of one host are one story that are connected by sharing half of the
shorter one's text (`pipelines.boilerplate.strip`, which learns a batch at once, says the same). So the counts are a function of
the set of articles, in whatever order they come: a page that connects two stories takes back what they counted twice.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import xxhash

from dateline.types.article import Extraction
from dateline.urls import host_of
from pipelines.boilerplate.strip import HostModel, paragraph_keys, paragraphs_of

SAME_STORY = 0.5
SHORTEST, LONGEST = 12, 1_500
"""Characters of a paragraph that can be boilerplate."""
LONGEST_HOST = 253
"""Characters of a host name (RFC 1035, 2.3.4), so that it fits an index whatever a URL says."""
MOST_PARAGRAPHS = 400
"""Of a page, those with the smallest keys: a sample that all copies of a long page share."""
MOST_TELLINGS = 20
"""Articles of one story on one host that teach; a story that was told so often has taught all that it can."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A page's paragraphs as extracted, learned boilerplate included: key and length in characters."""

    host: str
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
class Telling:
    """What an article of the host has taught, and the story that it belongs to."""

    article_id: int
    story_id: int
    keys: frozenset[int]
    length: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a page changes: its story, the stories that it joins to that one, and by how much each count moves.

    `teaches` is False for a page whose story has been told often enough.
    """

    story_id: int
    joined: tuple[int, ...]
    changes: Mapping[int, int]
    stories: int
    teaches: bool


def lesson_of(found: Extraction) -> Lesson:
    """What the page can teach; the same before and after its boilerplate was left out."""
    lengths = _lengths(found.text)
    left_out = _lengths("\n".join(found.removed))
    sample = sorted((lengths | left_out).items())[:MOST_PARAGRAPHS]
    return Lesson(host_of(found.url).removeprefix("www.")[:LONGEST_HOST], dict(sample), tuple(sorted(left_out)))


def _lengths(text: str) -> dict[int, int]:
    pairs = zip(paragraph_keys(text), paragraphs_of(text), strict=True)
    return {key: len(line) for key, line in pairs if SHORTEST <= len(line) <= LONGEST}


def settle(article_id: int, lesson: Lesson, tellings: Collection[Telling]) -> Settled:
    """What the article changes. `tellings`: all of each story that may be its own, and what it has itself taught before."""
    stories: defaultdict[int, list[Telling]] = defaultdict(list)
    for one in tellings:
        stories[one.story_id].append(one)
    mine = sorted(number for number, told in stories.items() if _is_of(article_id, lesson, told))
    told = [one for number in mine for one in stories[number]]
    if len(told) >= MOST_TELLINGS and all(one.article_id != article_id for one in told):
        return Settled(mine[0], (), {}, 0, teaches=False)
    before = Counter(key for number in mine for key in _union(stories[number]))
    after = _union(one for one in told if one.article_id != article_id) | lesson.lengths.keys()
    changes = {key: (key in after) - before[key] for key in before.keys() | after}
    story_id = mine[0] if mine else article_id
    return Settled(story_id, tuple(mine[1:]), changes, 1 - len(mine), teaches=True)


def _is_of(article_id: int, lesson: Lesson, told: Sequence[Telling]) -> bool:
    return any(one.article_id == article_id or is_same_story(lesson, one) for one in told)


def is_same_story(lesson: Lesson, other: Telling) -> bool:
    """Whether the two share half of the shorter one's text, in whole paragraphs."""
    shared = sum(length for key, length in lesson.lengths.items() if key in other.keys)
    return shared > 0 and shared >= SAME_STORY * min(lesson.length, other.length)


def _union(tellings: Iterable[Telling]) -> frozenset[int]:
    return frozenset().union(*(one.keys for one in tellings))


def model_with(settled: Settled, *, stories: int, counts: Mapping[int, int]) -> HostModel:
    """The host's model as it is once the page has taught: what the page is to be stripped by."""
    known = {key: counts.get(key, 0) + settled.changes.get(key, 0) for key in counts.keys() | settled.changes.keys()}
    return HostModel(stories + settled.stories, known)
