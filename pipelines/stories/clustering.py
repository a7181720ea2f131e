"""Which story an article tells: online clustering of articles on one event, over outlets, within one language.

    report → stories that share its strongest terms → the most similar within 72 h of its latest reports, or a new one
           → stories that the newcomer ties together are merged → a story that has grown is looked at for a split

A story's centroid is the sum of its outlets' vectors: an outlet has one vote, however many pages it publishes, and within it
a copy family has one. Pure: `ClusterIndex.assign` changes the index, and the caller reads from it what to write. The larger
part keeps the story's number; of two equal parts, the older.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.stories.terms import Terms
from pipelines.stories.vectors import Vector, dot, length_of, says_again, strongest, total, unit

WINDOW_S = 72 * 3600.0
HALF_LIFE_S = 48 * 3600.0
"""Reports count less the longer a story has been silent before them; after 72 h they are another story."""

# Measured on events of a generator and on real articles cut in thirds (benchmarks/copies/stories.py): F1 is flat from .11 to .15
# and falls on both sides: a higher JOIN costs recall (.18: -.05), a lower one precision (.10: -.03), most in small archives.
JOIN = 0.13
COLD, COLD_DOCUMENTS = 0.45, 60.0
"""JOIN is higher by that share in an archive that holds nothing, by half of it with 60 articles: there the name of a town
is rarer than it will be."""
MERGE = 0.26
SPLIT = 0.10
STAY = 0.8
"""A revised article stays with its story above this share of JOIN."""
NAMES_FROM, NAMES_SHARED, STRANGERS = 2, 0.04, 0.1
"""Reports with so many names and numbers that share none worth speaking of (by cosine) are of two events, however alike
their words. On reports whose names were exchanged B-cubed precision is .95 with this and .86 without."""
TELLING = 0.4
"""Of reports that are so much alike a single name that differs tells it: the weather for two towns."""
TERMS_SHARED = 4
"""Two reports that share fewer terms (a place, a club) are not one event, however rare the terms are. For short reports it is a
quarter of their terms."""
KEYS = 12
"""Strongest terms by which a report is found; a newcomer asks for a few more of its own."""
ASKED_KEYS = 16
NEAREST = 12
"""Stories that a newcomer is compared with."""
VOTES, VOTES_OF_SITE = 60, 8
"""Latest families of a story that make its centroid, and of one outlet among them."""
HEARD_OF_SITE = 20
"""Pages of an outlet in a story that later reports are compared with."""
OWN_SITE, OWN_ONLY = 0.7, 0.35
"""What a similarity counts with a story that has an article of the same outlet, or of no other outlet: its words, places and
people make all it writes alike. Of 44 short look-alike events (two councils' votes, two sentences of a court) 7.7 stories were
joined wrongly without the second, and 4.3 with it; none was split more, and the generator's recall fell by .001."""
REPEATS = 3
"""Pairs of pages that say the same, from which an outlet's headline stands for a story only if it has no other outlet."""
TIE = 0.05
"""Outlets so nearly equally close to a story's centre are equal: the one that was stored first gives the headline."""
MILESTONES = frozenset({4, 6, 9, 13, 20, 30, 45})
"""Families at which a story is looked at for a split."""


@dataclass(frozen=True, slots=True)
class Report:
    """An article as stories are built of it. `family` is its original, or itself; `at` is in epoch seconds."""

    article_id: int
    family: int
    language: str
    at: float
    terms: Terms
    """Its strongest terms, without their rarity; `vector` has them weighed by it, at length 1."""
    vector: Vector
    names: frozenset[int] = frozenset()
    """Those of its terms that are names or numbers."""
    site: str = ""
    """The outlet's registrable domain."""


@dataclass(slots=True)
class Cluster:
    """A story on the index. `number` is negative until it is stored."""

    number: int
    reports: dict[int, Report] = field(default_factory=dict)
    keys: set[int] = field(default_factory=set)
    """Terms by which it is found."""
    _centroid: Vector | None = None
    _names: frozenset[int] | None = None
    _times: list[float] | None = None

    def families(self) -> dict[int, Report]:
        """Returns one report per copy family, the original or the earliest; of the latest families, a few per outlet."""
        found: dict[int, Report] = {}
        for report in sorted(self.reports.values(), key=lambda one: (one.at, one.article_id)):
            if report.family not in found or report.article_id == report.family:
                found[report.family] = report
        counts, latest = Counter[str](), list[Report]()
        for one in sorted(found.values(), key=lambda one: (one.at, one.article_id), reverse=True):
            counts[one.site] += 1
            if counts[one.site] <= VOTES_OF_SITE and len(latest) < VOTES:
                latest.append(one)
        return {one.family: one for one in reversed(latest)}

    def outlets(self) -> dict[str, Vector]:
        """The direction of each outlet's families."""
        by_site = defaultdict[str, list[Vector]](list)
        for one in self.families().values():
            by_site[one.site].append(one.vector)
        return {site: unit(total(vectors)) for site, vectors in by_site.items()}

    def floods(self) -> set[str]:
        """The outlets that say the same again and again."""
        pages = itertools.combinations(self.families().values(), 2)
        repeats = Counter(
            one.site for one, other in pages if one.site == other.site and says_again(one.terms, other.terms)
        )
        return {site for site, count in repeats.items() if count >= REPEATS}

    def centroid(self) -> Vector:
        """The direction of the sum of its outlets' vectors."""
        if self._centroid is None:
            self._centroid = unit(total(self.outlets().values()))
        return self._centroid

    def sites(self) -> set[str]:
        """Its outlets."""
        return {one.site for one in self.reports.values()}

    def names(self) -> frozenset[int]:
        """The names and numbers of its families' terms."""
        if self._names is None:
            self._names = frozenset().union(*(one.names for one in self.families().values()))
        return self._names

    def times(self) -> list[float]:
        """When its reports were published, in order."""
        if self._times is None:
            self._times = sorted(one.at for one in self.reports.values())
        return self._times

    def add(self, report: Report) -> None:
        """Take a report in."""
        self.reports[report.article_id] = report
        self._centroid = self._names = self._times = None

    def remove(self, article_id: int) -> None:
        """Let a report go."""
        del self.reports[article_id]
        self._centroid = self._names = self._times = None


@dataclass(slots=True)
class ClusterIndex:
    """The stories that newcomers of one language can join."""

    join: float = JOIN
    """Similarity from which a report is part of a story; see `threshold`."""
    numbering: Iterator[int] = field(default_factory=lambda: itertools.count(-1, -1))
    """Numbers for new stories, negative until they are stored."""
    stories: dict[int, Cluster] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    """Stories that were merged into another."""
    _by_key: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _cluster_of: dict[int, int] = field(default_factory=dict)

    def load(self, reports: Iterable[tuple[int, Report]]) -> None:
        """Add stored reports, each with its story's number."""
        for number, report in reports:
            self._put(self.stories.setdefault(number, Cluster(number)), report)

    def lead(self, number: int) -> int:
        """The article whose headline stands for the story: the nearest of the outlet that is nearest to the centre.

        Of outlets that are about as near, it is the one that was stored first; one that repeats itself comes last.
        """
        story = self.stories[number]
        families, centre = story.families().values(), story.centroid()
        floods = story.floods()
        near = {site: dot(vector, centre) - (site in floods) for site, vector in story.outlets().items()}
        best = max(near.values())
        first = min((one for one in families if near[one.site] >= best - TIE), key=lambda one: one.article_id)
        mine = [one for one in families if one.site == first.site]
        return max(mine, key=lambda one: (dot(one.vector, centre), -one.article_id)).article_id

    def story_of(self, article_id: int) -> int | None:
        """The story that an article is part of."""
        return self._cluster_of.get(article_id)

    def is_repeat(self, report: Report) -> bool:
        """Whether an earlier page of the outlet in its story says about the same."""
        return any(
            one.family != report.family and says_again(one.terms, report.terms)
            for one in self._earlier_of_outlet(report)
        )

    def is_heard(self, report: Report) -> bool:
        """Whether later reports are compared with this one: of an outlet's pages in a story only the first few are."""
        return sum(1 for _ in self._earlier_of_outlet(report)) < HEARD_OF_SITE

    def _earlier_of_outlet(self, report: Report) -> Iterator[Report]:
        story = self.stories[self._cluster_of[report.article_id]]
        return (one for one in story.reports.values() if one.site == report.site and one.article_id < report.article_id)

    def lasting(self, number: int) -> int:
        """The story that a merged one is part of now, however often that was merged in turn."""
        while number in self.merged:
            number = self.merged[number]
        return number

    def assign(self, report: Report) -> int:
        """The number of the story that a report belongs to now; a revised one may have changed its story."""
        before = self._lift(report.article_id)
        at_home = self._cluster_of.get(report.family) if report.family != report.article_id else None
        ranked = [] if at_home is not None else self.ranked(report)
        chosen = at_home if at_home is not None else _choose(ranked, before, self.join)
        if chosen is None:
            chosen = before if before is not None and not self.stories[before].reports else self._new()
        self._put(self.stories[chosen], report)
        if before is not None and before != chosen and not self.stories[before].reports:
            self._drop(before, into=chosen)
        for score, number in ranked:
            if number != chosen and score >= self.join and number in self.stories:
                chosen = self._merge(chosen, number, report.site)
        self._look_at(chosen)
        return self._cluster_of[report.article_id]

    def ranked(self, report: Report) -> list[tuple[float, int]]:
        """The stories that share a report's strongest terms, most similar first."""
        shared: defaultdict[int, float] = defaultdict(float)
        for term in strongest(report.vector, ASKED_KEYS):
            for number in self._by_key.get(term, ()):
                shared[number] += report.vector[term] ** 2
        nearest = sorted(shared, key=lambda number: (-shared[number], number))[: NEAREST * 4]
        scored = ((self._score(report, self.stories[number]), number) for number in nearest)
        return sorted(((score, number) for score, number in scored if score > 0), key=lambda one: (-one[0], one[1]))[
            :NEAREST
        ]

    def _score(self, report: Report, story: Cluster) -> float:
        """How similar a report is to a story; one of an outlet that is in it must be like the other outlets' reports, too."""
        faded, outlets = decay(gap(report.at, story.times())), story.sites()
        is_own = report.site in outlets
        alike = dot(report.vector, story.centroid()) * faded
        if is_own:
            alike *= OWN_SITE if len(outlets) > 1 else OWN_ONLY
        if alike >= self.join and is_own and len(outlets) > 1:
            alike = min(alike, dot(report.vector, _without(story, report.site)) * faded)
        if alike < self.join:
            return alike
        return alike * acquaintance(report.vector, report.names, story.centroid(), story.names())

    def _new(self) -> int:
        number = next(self.numbering)
        self.stories[number] = Cluster(number)
        return number

    def _put(self, story: Cluster, report: Report) -> None:
        story.add(report)
        self._cluster_of[report.article_id] = story.number
        keys = strongest(report.vector, KEYS)
        story.keys.update(keys)
        for term in keys:
            self._by_key[term].add(story.number)

    def _lift(self, article_id: int) -> int | None:
        """Remove a report that will be assigned again; returns its old story."""
        number = self._cluster_of.pop(article_id, None)
        if number is not None:
            self.stories[number].remove(article_id)
        return number

    def _drop(self, number: int, *, into: int) -> None:
        self.merged[number] = into
        for term in self.stories.pop(number).keys:
            self._by_key[term].discard(number)

    def _merge(self, one: int, other: int, by: str) -> int:
        """Merge two stories if their centroids agree, those of other outlets than `by`; the number of the first, or of both."""
        mine, theirs = self.stories[one], self.stories[other]
        apart = min(gap(at, theirs.times()) for at in mine.times())
        centres = [_without(story, by) for story in (mine, theirs)]
        alike = dot(*centres) * decay(apart)
        alike *= acquaintance(mine.centroid(), mine.names(), theirs.centroid(), theirs.names())
        if alike < MERGE:
            return one
        kept, lost = sorted((mine, theirs), key=_seniority)
        for report in list(lost.reports.values()):
            self._put(kept, report)
        self._drop(lost.number, into=kept.number)
        return kept.number

    def _look_at(self, number: int) -> None:
        """Split a story that has come to a milestone, if it falls into two."""
        story = self.stories[number]
        families = story.families()
        if len(families) not in MILESTONES:
            return
        parts = divide([(one.family, one.vector) for one in families.values()])
        for part in parts[1:]:
            self._move(story, part)

    def _move(self, story: Cluster, part: Sequence[int]) -> None:
        leaving = [one for one in story.reports.values() if one.family in set(part)]
        target = self.stories[self._new()]
        for report in leaving:
            story.remove(report.article_id)
            self._put(target, report)


def threshold(documents: float) -> float:
    """The similarity from which a report is part of a story, in a language of which so many documents were counted."""
    return JOIN * (1.0 + COLD * COLD_DOCUMENTS / (COLD_DOCUMENTS + documents))


def _choose(ranked: Sequence[tuple[float, int]], before: int | None, join: float) -> int | None:
    """The most similar story if it is similar enough; the one where the report was, while that still holds."""
    best = ranked[0] if ranked and ranked[0][0] >= join else None
    at_home = next((score for score, number in ranked if number == before), 0.0)
    if at_home >= join * STAY and (best is None or best[0] * STAY <= at_home):
        return before
    return best[1] if best else None


def _without(story: Cluster, site: str) -> Vector:
    """A story's centroid without an outlet, unless it has no other."""
    others = {name: vector for name, vector in story.outlets().items() if name != site}
    return unit(total(others.values())) if others else story.centroid()


def _seniority(story: Cluster) -> tuple[int, bool, float, int]:
    return -len(story.families()), story.number < 0, story.times()[0], abs(story.number)


def divide(members: Sequence[tuple[int, Vector]]) -> list[list[int]]:
    """The parts that a story falls into, largest first: average linkage down to SPLIT; a part of one stays with the rest."""
    parts = [[name] for name, _ in members]
    sums = [dict(vector) for _, vector in members]
    links = {(a, b): dot(sums[a], sums[b]) for b in range(len(parts)) for a in range(b)}
    alive = set(range(len(parts)))
    while len(alive) > 1:
        (a, b), total_ = max(
            links.items(), key=lambda one: (one[1] / (len(parts[one[0][0]]) * len(parts[one[0][1]])), one[0])
        )
        if total_ / (len(parts[a]) * len(parts[b])) < SPLIT:
            break
        parts[a] += parts[b]
        alive.discard(b)
        del links[a, b]
        for c in alive - {a}:
            near, far = (min(a, c), max(a, c)), (min(b, c), max(b, c))
            links[near] += links.pop(far)
    found = sorted((parts[one] for one in alive), key=len, reverse=True)
    whole = [part for part in found if len(part) > 1]
    if len(whole) < 2:
        return [[name for part in found for name in part]]
    return [[*whole[0], *(name for part in found if len(part) == 1 for name in part)], *whole[1:]]


def acquaintance(one: Vector, its_names: frozenset[int], other: Vector, their_names: frozenset[int]) -> float:
    """What a similarity counts: STRANGERS where it rests on a few terms, or both have names and share next to none; else 1."""
    if len(one.keys() & other.keys()) < min(TERMS_SHARED, min(len(one), len(other)) / 4):
        return STRANGERS
    fewest = min(len(its_names), len(their_names))
    if fewest == 0 or (fewest < NAMES_FROM and dot(one, other) < TELLING):
        return 1.0
    shared = sum(one[name] * other[name] for name in its_names & their_names)
    return STRANGERS if shared < NAMES_SHARED * length_of(one, its_names) * length_of(other, their_names) else 1.0


def decay(silence_s: float) -> float:
    """What a similarity counts after that long a silence: 1 at once, 0 beyond the window."""
    return 0.0 if silence_s > WINDOW_S else 2.0 ** (-silence_s / HALF_LIFE_S)


def gap(at: float, times: Sequence[float]) -> float:
    """Seconds to the nearest of these (ordered) instants."""
    if not times:
        return math.inf
    place = bisect.bisect(times, at)
    return min(abs(at - times[n]) for n in (place - 1, place) if 0 <= n < len(times))
