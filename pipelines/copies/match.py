"""Which stored article a text is a copy of: verification, the guard against templates, the family and its original.

    sketch → candidates (at least 2 hashes shared, the 10 with most) → each compared exactly → the family with the
    greatest overlap → the original within it (see originals.py)

Pure: `decide` answers with a value, and `pipelines.store` carries it out. All thresholds are here and in `templates`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from dateline.instants import Precision
from dateline.instants.spans import Span, appearance, span_of
from dateline.urls import is_home, site_of, url_key
from pipelines.copies.alignment import Alignment, ComparedText, align, passages
from pipelines.copies.templates import Contrast, contrast, template_slots

# Candidates. With one hash in 8 (16), an edited text of 120 words (a fifth of its words changed) still shares 5 on average.
SHARED_HASHES = 2
CANDIDATES = 10
HASH_ROWS = 64
"""Rows looked at for one hash; what more articles hold is boilerplate, or a story that all have."""
WINDOW = dt.timedelta(days=60)

# Containment of the shorter text's 3-word shingles in the longer, measured on 234 stories in many languages (the lowest
# hundredth, the median): a fifth of the words changed .46, .56; two sentences of five rewritten .39, .59; an aggregator's
# cut and rewritten text .42, .64. Of unrelated texts 999 of 1,000 pairs share under .03. Short texts are half promotion.
SHORTEST_WORDS = 50
OTHER_SITE = 0.35
OTHER_SITE_SHORT, SHORT_WORDS = 0.70, 80
SAME_SITE = 0.65
SAME_SITE_SHORT, SAME_SITE_SHORT_WORDS = 0.85, 100

# A shared block (promotion, a quotation) is not a copy: more than REST of both texts lies outside it, or most of the LEAD of
# both; it is short; and that rest has nothing in common (with half of its words changed a text keeps about a quarter of
# its word pairs; 99 of 100 unrelated pairs of texts share under .095).
BLOCK_WORDS = 200
REST = 0.40
REST_PAIRS = 0.10
LEAD = 0.40
LEAD_REST = 0.50

# Kinds.
WHOLE = 0.80
EDITED = 0.08
"""With fewer words changed in the shared passages the text is quoted, with more it is rewritten."""

STRANGERS, FAMILIES = 0.2, 3
"""What two stories of different families share at most, promotion included; two badly edited copies of one share .3."""

SAME_TEXT = 0.1
"""Two texts that share less have nothing to do with each other, whatever a third (a digest of both) shares with them."""

MERGE = 0.50
"""A second family that shares so much with a text (half of that the other way) is the same family."""

Name = TypeVar("Name", int, str)
Shingle = tuple[str, ...]
CopyKind = Literal["whole", "excerpt", "rewrite"]
Reason = Literal["copy", "too_short", "too_little", "shared_block", "template"]


@dataclass(frozen=True)
class Document:
    """An article as it is compared. `credited_to` is a site or URL that the text names as its source, `canonical_url`
    what its page named. `seen_at`: when we first saw this text there; `absent_at`: when we last looked in vain before
    that; `sought_at`: since when we had asked for it. `length` is a word count made earlier, so that members of a family
    are ranked without reading their texts."""

    url: str
    text: str
    site: str = ""
    published_at: dt.datetime | None = None
    precision: Precision | None = None
    seen_at: dt.datetime | None = None
    absent_at: dt.datetime | None = None
    sought_at: dt.datetime | None = None
    credited_to: str | None = None
    canonical_url: str | None = None
    length: int | None = None

    @cached_property
    def key(self) -> uuid.UUID:
        return url_key(self.url)

    @property
    def syndicated_from(self) -> str | None:
        """The canonical address where it is another site's; a home page there is a template's mistake."""
        named = self.canonical_url
        return named if named and site_of(named) != site_of(self.url) and not is_home(named) else None

    @cached_property
    def claim(self) -> Span | None:
        """When its publisher says that it appeared."""
        return span_of(self.published_at, self.precision) if self.published_at else None

    @cached_property
    def appeared(self) -> Span:
        """When it appeared, by what we saw and, within that, by its date."""
        return appearance(self.claim, absent_at=self.absent_at, seen_at=self.seen_at)

    @cached_property
    def names(self) -> frozenset[str | uuid.UUID]:
        """The pages, sites and outlets that the page names as its source: by its canonical address, by its credit."""
        canonical = {url_key(self.syndicated_from)} if self.syndicated_from else set[uuid.UUID]()
        credit = set[str | uuid.UUID]()
        if self.credited_to:
            credit = {url_key(self.credited_to), site_of(self.credited_to), _letters(self.credited_to)}
        return frozenset({*canonical, *credit} - {""})

    @cached_property
    def is_named(self) -> frozenset[str | uuid.UUID]:
        """What a page names if it names this text: its address, its site, its outlet by the name of its domain.

        The name that a page gives itself does not count: any site may call itself as another is called.
        """
        names: set[str | uuid.UUID] = {self.key, self.home, _letters(self.home.partition(".")[0])}
        return frozenset(names - {""})

    @cached_property
    def compared(self) -> ComparedText:
        return ComparedText(self.text)

    @cached_property
    def words(self) -> int:
        return self.compared.length

    @cached_property
    def home(self) -> str:
        return self.site or site_of(self.url)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison of two texts found, with its evidence; `kind` is None if they are not copies.

    `containment` is the share of the first text's shingles that are in the second, `containment_back` the reverse.
    `overlap` counts the shingles shared, `changed_share` the words changed within the shared passages; `contrast` is
    None where nothing was changed.
    """

    kind: CopyKind | None
    reason: Reason
    containment: float = 0.0
    containment_back: float = 0.0
    overlap: int = 0
    changed_share: float = 0.0
    contrast: Contrast | None = None

    @property
    def is_copy(self) -> bool:
        return self.kind is not None

    def evidence(self) -> dict[str, float]:
        """The figures that a link is stored with."""
        figures = {"shared_shingles": self.overlap, "changed_share": round(self.changed_share, 4)}
        return figures | ({"template_score": round(self.contrast.score, 2)} if self.contrast else {})


@dataclass(frozen=True, slots=True)
class CopyCandidate:
    """A stored article that shares hashes, with the identity of its family (its original's key, or its own)."""

    document: Document
    family: str


@dataclass(frozen=True, slots=True)
class New:
    """The text is not a copy of a known one. `template`: it is one more text of a template."""

    template: bool = False


@dataclass(frozen=True, slots=True)
class LinkCopy:
    """The text belongs to `family` (and those in `merged` with it), by its likeness with `nearest`."""

    family: str
    nearest: str
    comparison: Comparison
    merged: tuple[str, ...] = ()


def nearest_by_hashes(holders: Mapping[int, Sequence[Name]]) -> list[Name]:
    """The CANDIDATES that share most, given the articles that hold each of a text's hashes (at most HASH_ROWS each).

    At least SHARED_HASHES are shared. A hash counts the less, the more hold it: what a site puts under all its texts
    would otherwise crowd out the story.
    """
    shared = Counter(name for names in holders.values() for name in names)
    weight: dict[Name, float] = defaultdict(float)
    for names in holders.values():
        for name in names:
            weight[name] += 1 / len(names)
    known = [name for name, count in shared.items() if count >= SHARED_HASHES]
    return sorted(known, key=lambda name: (-weight[name], name))[:CANDIDATES]


def _letters(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def compare(document: Document, other: Document, boilerplate: Set[Shingle] = frozenset()) -> Comparison:
    """Returns whether one of two texts is a copy of the other, judged by these two alone; symmetric.

    `boilerplate` are shingles that are known from other stories; they don't count.
    """
    shorter, longer = sorted((document, other), key=lambda each: (len(each.compared.words), each.url))
    if shorter.words < SHORTEST_WORDS:
        return Comparison(None, "too_short")
    own, others = document.compared.shingles - boilerplate, other.compared.shingles - boilerplate
    shared = len(own & others)
    here, back = shared / max(1, len(own)), shared / max(1, len(others))
    if max(here, back) < OTHER_SITE:
        return Comparison(None, "too_little", here, back, shared)
    if here == back == 1:
        return Comparison("whole", "copy", here, back, shared)
    alignment = align(document.compared, other.compared)
    found = contrast(alignment)
    kind, reason = _judged(alignment, found, boilerplate, max(here, back) >= _threshold(shorter, longer))
    return Comparison(kind, reason, here, back, shared, alignment.changed_share, found)


def shares_text(one: Document, other: Document) -> bool:
    """Whether two texts have so much in common that they can be of one family."""
    own, others = one.compared.shingles, other.compared.shingles
    return len(own & others) >= SAME_TEXT * min(len(own), len(others))


def decide(document: Document, candidates: Sequence[CopyCandidate], families: Set[str] | None = None) -> New | LinkCopy:
    """To which family a text belongs, if any; `families`: those that it may belong to.

    A template found with one candidate is known for the others, too: what differs from them in its slots alone is
    another text of the template, however few slots differ.
    """
    common = boilerplate_among(document, candidates)
    found = [(candidate, compare(document, candidate.document, common)) for candidate in candidates]
    slots = template_slots([comparison.contrast for _, comparison in found if comparison.contrast])
    copies = [(c, v) for c, v in found if v.is_copy and not (v.contrast and v.contrast.is_sibling(slots))]
    copies = [(c, v) for c, v in copies if families is None or c.family in families]
    if not copies:
        return New(template=bool(slots))
    nearest, comparison = max(copies, key=lambda pair: (pair[1].overlap, pair[0].document.url))
    merged = {candidate.family for candidate, each in copies if _is_same_story(each)} - {nearest.family}
    return LinkCopy(nearest.family, nearest.document.url, comparison, tuple(sorted(merged)))


def boilerplate_among(document: Document, candidates: Sequence[CopyCandidate]) -> frozenset[Shingle]:
    """Returns the shingles that several otherwise unrelated families share: what sites put around their stories."""
    known = [(each.family, each.document.compared.shingles) for each in candidates]
    families: dict[Shingle, set[str]] = defaultdict(set)
    for (family, one), (other_family, two) in itertools.combinations(known, 2):
        both = one & two if family != other_family else frozenset[Shingle]()
        if len(both) < STRANGERS * min(len(one), len(two)):
            for shingle in both & document.compared.shingles:
                families[shingle] |= {family, other_family}
    return frozenset(shingle for shingle, holders in families.items() if len(holders) >= FAMILIES)


def _is_same_story(comparison: Comparison) -> bool:
    """Returns whether two families are one: they came from badly edited copies, or from head and tail of a text."""
    fewer, more = sorted((comparison.containment, comparison.containment_back))
    return (more >= WHOLE and comparison.containment >= OTHER_SITE) or (more >= MERGE and fewer >= MERGE / 2)


def _judged(
    alignment: Alignment, found: Contrast, boilerplate: Set[Shingle], is_enough: bool
) -> tuple[CopyKind | None, Reason]:
    if _is_shared_block(alignment, boilerplate):
        return None, "shared_block"
    if found.is_template:
        return None, "template"
    return (_kind(alignment), "copy") if is_enough else (None, "too_little")


def _threshold(shorter: Document, longer: Document) -> float:
    if shorter.home == longer.home:
        return SAME_SITE_SHORT if shorter.words < SAME_SITE_SHORT_WORDS else SAME_SITE
    return OTHER_SITE_SHORT if shorter.words < SHORT_WORDS else OTHER_SITE


def _is_shared_block(alignment: Alignment, boilerplate: Set[Shingle]) -> bool:
    """Whether the texts share a block (promotion, a quotation) and are strangers beyond it.

    A text that begins as the other does is a cut copy, however much was put behind it.
    """
    in_a, in_b = passages(alignment)
    if min(len(in_a), len(in_b)) >= BLOCK_WORDS:
        return False
    a, b = alignment.a, alignment.b
    sides = [(_story(text, boilerplate), places) for text, places in ((a, in_a), (b, in_b))]
    begins_apart = [_share_outside(story[: int(LEAD * len(story))], places) >= LEAD_REST for story, places in sides]
    apart = all(_share_outside(story, places) >= REST for story, places in sides)
    if not (all(begins_apart) or (any(begins_apart) and apart)):
        return False
    rests = [_rest_pairs(text, places) for text, places in ((a, in_a), (b, in_b))]
    return len(set(rests[0]) & set(rests[1])) < REST_PAIRS * min(len(rests[0]), len(rests[1]))


def _story(text: ComparedText, boilerplate: Set[Shingle]) -> list[int]:
    """The places of a text outside what is known as boilerplate."""
    windows = zip(text.words, text.words[1:], text.words[2:], strict=False)
    known = {start + step for start, each in enumerate(windows) if each in boilerplate for step in range(3)}
    return [place for place in range(len(text.words)) if place not in known]


def _share_outside(story: Sequence[int], places: frozenset[int]) -> float:
    return sum(place not in places for place in story) / max(1, len(story))


def _rest_pairs(text: ComparedText, covered: frozenset[int]) -> list[tuple[str, str]]:
    """The word pairs of a text outside the passages."""
    places = (place for place in range(len(text.words) - 1) if place not in covered and place + 1 not in covered)
    return [(text.words[place], text.words[place + 1]) for place in places]


def _kind(alignment: Alignment) -> CopyKind:
    if alignment.changed_share > EDITED:
        return "rewrite"
    covered = [
        len(places) / max(1, len(text.words))
        for places, text in zip(passages(alignment), _texts(alignment), strict=True)
    ]
    return "whole" if min(covered) >= WHOLE else "excerpt"


def _texts(alignment: Alignment) -> tuple[ComparedText, ComparedText]:
    return alignment.a, alignment.b
