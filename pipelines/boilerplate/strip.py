"""Boilerplate learned per scope: paragraphs that recur on a scope's other articles are left out of the text, on record.

Pure and independent of order: a model is a sum over articles, and summing commutes. A paragraph counts once for each story
(articles of one scope with largely the same text are one story), so that a text which a site carries in several copies
never becomes boilerplate by being copied. Nor does what another site has in the text of a story.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import xxhash

from dateline.text import folded
from dateline.types.article import STORED_KINDS, Extraction
from dateline.urls import site_of
from pipelines.boilerplate.scope import scope_of

FEWEST_ARTICLES = 3
FEWEST_STORIES = 3
SMALLEST_SHARE = 0.02
COMMON_SITES = 3
"""Sites that have a paragraph as boilerplate, from which on it is common and not one story's."""
_SAME_STORY = 0.5
_LONGEST_PARAGRAPH = 1_500
_SHORTEST_PARAGRAPH = 12
_LEAST_KEPT_SHARE = 0.6
"""Share of a text's characters that is kept at least; of a text that would lose more, nothing is left out."""


Lengths = dict[int, int]
"""The paragraphs of one article: key and length in characters."""


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """How many stories of a scope were seen, and how many of them contain each paragraph."""

    stories: int
    counts: Mapping[int, int]

    def is_boilerplate(self, key: int) -> bool:
        """Returns whether enough stories contain the paragraph; only from the scope's third page on."""
        count = self.counts.get(key, 0)
        return self.stories >= FEWEST_ARTICLES and count >= max(FEWEST_STORIES, SMALLEST_SHARE * self.stories)


@dataclass(frozen=True, slots=True)
class BoilerplateModel:
    """The models of all scopes, and per paragraph the most stories of one scope of each site that contain it."""

    scopes: Mapping[str, ScopeModel] = field(default_factory=dict)
    sites: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def of(self, url: str) -> ScopeModel:
        """Returns the model of the URL's scope, without other sites' texts; an empty one for a scope never seen."""
        known, site = self.scopes.get(scope_of(url), ScopeModel(0, {})), site_of(url)
        counts = {key: count for key, count in known.counts.items() if not self._is_text_elsewhere(key, site)}
        return ScopeModel(known.stories, counts)

    def _is_text_elsewhere(self, key: int, site: str) -> bool:
        """Returns whether another site has the paragraph in a story's text (in SQL: `dateline.is_text_elsewhere`)."""
        others = [count for other, count in self.sites.get(key, {}).items() if other != site]
        common = sum(count >= FEWEST_STORIES for count in others)
        return common < min(COMMON_SITES, len(others))


def paragraph_keys(text: str) -> tuple[int, ...]:
    """Returns a 64-bit key for each paragraph in order; paragraphs that differ only in case and blanks have one key."""
    return tuple(_key(paragraph) for paragraph in paragraphs_of(text))


def paragraphs_of(text: str) -> list[str]:
    """Returns the paragraphs of an extraction's text."""
    return [line for line in text.split("\n") if line.strip()]


def count_batch(batch: Iterable[Extraction]) -> BoilerplateModel:
    """Returns the model of a batch of extractions; their order does not matter."""
    by_scope: defaultdict[tuple[str, str], list[Lengths]] = defaultdict(list)
    for extraction in batch:
        address = address_of(extraction)
        if extraction.kind in STORED_KINDS and (scope := scope_of(address)):
            by_scope[scope, site_of(address)].append(_lengths(extraction.text))
    scopes, sites = dict[str, ScopeModel](), defaultdict[int, dict[str, int]](dict)
    for (scope, site), articles in by_scope.items():
        stories, counts = _counts(articles)
        scopes[scope] = ScopeModel(stories, {key: count for key, count in counts.items() if count >= FEWEST_STORIES})
        for key, count in counts.items():
            sites[key][site] = max(count, sites[key].get(site, 0))
    return BoilerplateModel(scopes, sites)


def _lengths(text: str) -> Lengths:
    """Returns the paragraphs that can become boilerplate, with their lengths."""
    lines = paragraphs_of(text)
    return {_key(line): len(line) for line in lines if _SHORTEST_PARAGRAPH <= len(line) <= _LONGEST_PARAGRAPH}


def _counts(articles: Sequence[Lengths]) -> tuple[int, Counter[int]]:
    counts: Counter[int] = Counter()
    stories = _stories(articles)
    for story in stories:
        counts.update(story)
    return len(stories), counts


def _stories(articles: Sequence[Lengths]) -> list[frozenset[int]]:
    """Returns the keys of each story: articles connected by sharing half of the smaller text are one story."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, keys in enumerate(articles):
        for key in keys:
            holders[key].append(number)
    parent, closed = list(range(len(articles))), set[int]()
    for first, keys in enumerate(articles):
        for key in _rarest(keys, holders):
            if key not in closed and _unite_with(first, articles, holders[key], parent):
                closed.add(key)
    united: defaultdict[int, set[int]] = defaultdict(set)
    for number, keys in enumerate(articles):
        united[_root(parent, number)].update(keys)
    return [frozenset(keys) for keys in united.values()]


def _unite_with(first: int, articles: Sequence[Lengths], others: Sequence[int], parent: list[int]) -> bool:
    """Unite the article with the others of its story; returns whether all were united before."""
    apart = [other for other in others if _root(parent, other) != _root(parent, first)]
    for other in apart:
        if _is_same_story(articles[first], articles[other]):
            _unite(parent, first, other)
    return not apart


def _is_same_story(first: Lengths, second: Lengths) -> bool:
    shared = sum(first[key] for key in first.keys() & second.keys())
    return shared >= _SAME_STORY * min(sum(first.values()), sum(second.values()))


def _rarest(keys: Lengths, holders: Mapping[int, list[int]]) -> Iterator[int]:
    """Yields the article's rarest paragraphs until the rest is less than half of its text: any article that shares half has one.

    So every pair that could be one story is compared, while a paragraph that all articles share creates no pairs
    (prefix filtering: Chaudhuri et al., A primitive operator for similarity joins, ICDE 2006).
    """
    left = whole = sum(keys.values())
    for key in sorted(keys, key=lambda key: (len(holders[key]), key)):
        if left < _SAME_STORY * whole:
            return
        left -= keys[key]
        yield key


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _unite(parent: list[int], first: int, second: int) -> None:
    parent[_root(parent, first)] = _root(parent, second)


def strip(extraction: Extraction, known: ScopeModel) -> Extraction:
    """Returns the extraction without the scope's boilerplate, which moves to `removed`. It removes a bounded share."""
    if not known.counts:
        return extraction
    paragraphs = paragraphs_of(extraction.text)
    judged = [(line, known.is_boilerplate(_key(line))) for line in paragraphs]
    removed = tuple(line for line, is_boilerplate in judged if is_boilerplate)
    kept = [line for line, is_boilerplate in judged if not is_boilerplate]
    if not removed or sum(map(len, kept)) < _LEAST_KEPT_SHARE * sum(map(len, paragraphs)):
        return extraction
    return dataclasses.replace(
        extraction,
        text="\n\n".join(kept),
        removed=(*extraction.removed, *removed),
        learned=removed,
        rules=(*extraction.rules, "learned-boilerplate"),
    )


def strip_batch(batch: Sequence[Extraction]) -> list[Extraction]:
    """Returns each extraction without the boilerplate that the whole batch shows."""
    model = count_batch(batch)
    return [strip(extraction, model.of(address_of(extraction))) for extraction in batch]


def address_of(extraction: Extraction) -> str:
    """Returns the page's URL, or its canonical URL if it is a saved page without one."""
    return extraction.url or extraction.canonical_url or ""


def _key(paragraph: str) -> int:
    return xxhash.xxh3_64_intdigest(folded(paragraph).encode("utf-8", "surrogatepass"))
