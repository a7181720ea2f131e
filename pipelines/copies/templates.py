"""Whether two texts are one template with other facts (weather, markets, results, horoscopes) rather than a copy.

The changes distinguish them. An editor of a copy changes any word: many of the changed words occur elsewhere in the
text ("the", "said", a name's other mentions), he adds and drops words, and the facts mostly stay. A template's slots
hold numbers, names and words that occur nowhere else, each exchanged for its like, while all between them agrees to the
letter, and most of the facts differ.

Nothing here knows a language or a genre: the text's own words are the measure. Under "edited" the changed words are a
random sample of the text's words; under "template" they fall on classes as FACT_SHARES says. The score is the logarithm
of the ratio of the two.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Literal

from pipelines.copies.alignment import Alignment, ComparedText, Slot
from pipelines.copies.sketch import length_of

SlotRole = Literal["number", "name", "fresh", "recurring"]

FACT_SHARES: dict[SlotRole, float] = {"number": 0.30, "name": 0.30, "fresh": 0.50, "recurring": 0.05}
"""What a template's slots hold: "fresh" words occur nowhere else in the shared passages, "recurring" ones do. More than
one in sum: some templates' slots are numbers and names, others' are plain words, and either kind is looked for."""

EXCHANGE, ADDED_OR_DROPPED = 0.4, -1.7
"""Of a template's slots 93 % are exchanges, of an edited copy's 60-65 %: ln(.93/.62), ln(.07/.38)."""

UNLIKE = -2.0
"""A number exchanged for words: a slot of a template keeps to its kind."""

MOST, LEAST = 2.0, -3.0
"""Bounds of what one word may weigh."""

# Measured over 3,301 pairs of copies of one story with changes: 4 % score above TEMPLATE_SCORE, 21 % have differing facts
# in dense slots, none has both. Of pairs of templated texts 99.7 % (English, 1,345), 91 % (German, 2,740) and 100 %
# (Romance, 2,746) have both; their siblings tell the rest. On templates and languages that no rule was looked at with
# (benchmarks/phrases/unseen.json), 1 of 640 texts was linked.
TEMPLATE_SCORE = 4.0

WORDS_A_SLOT = 40
SURE_SCORE, SURE_WORDS_A_SLOT = 8.0, 60
"""Templates have a slot every 10 to 32 words; an editor's corrections are further apart. Where all that differs is facts
beyond doubt, and most of the facts, slots may be fewer."""

# Facts: in copies with a fifth of the words changed 18 % of the numbers and names differ; in templated pairs at least
# half of them, German's nouns apart, which count as names and stay.
DIFFERING_NUMBERS = 1 / 3
DIFFERING_FACTS = 1 / 2
DIFFERING_SENTENCES = 0.3
FEW = 3

# Three texts: of the places where two others differ from a text, templates share most; copies of one story, each edited
# by chance in a fifth of its places, share a tenth.
SLOTS = 3
ALIKE, VARIED = 0.5, 0.5
SIBLING = 0.6

# Many texts: the places where two in five of the others differ, and from each other, take most of what is changed at all.
# Of ten copies edited by chance in a fifth of their words a quarter of the changes fall on such places.
MANY = 3
VARYING, CONCENTRATED = 0.4, 0.7
LONG_WORDS_A_SLOT = 90


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the changes between two texts fall: `score` > 0 speaks for a template; `facts_differ` by `facts_differ_in`.

    `changes` are the places in the first text that hold something else in the second, with the words there.
    """

    score: float
    facts_differ: bool
    changes: Mapping[int, tuple[str, ...]]
    words_a_slot: float

    @property
    def is_template(self) -> bool:
        is_sure = self.score >= SURE_SCORE and self.words_a_slot <= SURE_WORDS_A_SLOT
        return self.facts_differ and self.score >= TEMPLATE_SCORE and (self.is_dense or is_sure)

    @property
    def is_dense(self) -> bool:
        """Whether slots come often enough: a correction or two in a long text are an editor's."""
        return self.words_a_slot <= WORDS_A_SLOT

    def is_sibling(self, slots: Set[int]) -> bool:
        """Whether, given the slots of a template known from other texts, this pair differs in just these."""
        return bool(self.changes) and len(self.changes.keys() & slots) >= SIBLING * len(self.changes)


def contrast(alignment: Alignment) -> Contrast:
    """How the changes between two aligned texts fall."""
    counts = Counter(alignment.a.words[place] for place in alignment.matched)
    base = _base(alignment, counts)
    score = sum(_slot_score(slot, alignment, counts, base) for slot in alignment.slots)
    changes = {place: _words(alignment.b, slot.b) for slot in alignment.slots for place in slot.a}
    matched = length_of([alignment.a.words[place] for place in alignment.matched])
    words_a_slot = matched / max(1, len(alignment.slots))
    return Contrast(score, facts_differ_in(alignment), changes, words_a_slot)


def template_slots(contrasts: Sequence[Contrast]) -> frozenset[int]:
    """The places of a text that several others show to be slots of a template; empty where they show none.

    Either one of them differs as a template's texts do; or, whatever the words are, two of them differ from the text in
    the same places and there from each other, too. The copies of one story are changed each in places of its own, and
    where the text itself was changed they agree with each other.
    """
    told = [each.changes.keys() for each in contrasts if each.is_template]
    dense = [each for each in contrasts if each.is_dense and each.changes]
    of_three = (_slots_of_three(one, two) for one, two in combinations(dense, 2))
    return frozenset[int]().union(*told, *of_three, _slots_of_many(contrasts))


def _slots_of_three(one: Contrast, two: Contrast) -> frozenset[int]:
    """The places where three texts hold three different things, and most of their changes fall; else none."""
    both = one.changes.keys() & two.changes.keys()
    varied = {place for place in both if one.changes[place] != two.changes[place] and one.changes[place]}
    enough = len(varied) >= SLOTS and len(varied) >= VARIED * len(both)
    return (
        frozenset(both) if enough and len(both) >= ALIKE * len(one.changes.keys() | two.changes.keys()) else frozenset()
    )


def _slots_of_many(contrasts: Sequence[Contrast]) -> frozenset[int]:
    """The places in which many texts vary, where nearly all changes fall on these; else none."""
    changed = [each.changes for each in contrasts if each.changes]
    if len(changed) < MANY:
        return frozenset()
    values: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for changes in changed:
        for place, words in changes.items():
            values[place].append(words)
    least = max(2, VARYING * len(changed))
    varying = frozenset(place for place, found in values.items() if len(found) >= least and len(set(found)) > 1)
    share = sum(len(values[place]) for place in varying) / sum(map(len, values.values()))
    spread = median(each.words_a_slot for each in contrasts if each.changes)
    return varying if len(varying) > 1 and share >= CONCENTRATED and spread <= LONG_WORDS_A_SLOT else frozenset()


def facts_differ_in(alignment: Alignment) -> bool:
    """Whether many of the facts differ: a copy keeps its facts, even where an update corrects a few.

    Where there are numbers they decide; else numbers and names together, or the share of sentences with an exchange.
    """
    a, exchanged = alignment.a, [slot for slot in alignment.slots if slot.is_exchange]
    kept = Counter(a.classes[place] for place in alignment.matched)
    lost = Counter(a.classes[place] for slot in alignment.slots for place in slot.a)
    if kept["number"] + lost["number"] >= FEW:
        return lost["number"] > 1 and lost["number"] >= DIFFERING_NUMBERS * (kept["number"] + lost["number"])
    facts, lost_facts = sum(n for c, n in (kept + lost).items() if c != "plain"), lost["number"] + lost["name"]
    if len(exchanged) > 1 and lost_facts > 1 and lost_facts >= DIFFERING_FACTS * facts:
        return True
    touched = {a.sentences[slot.a.start] for slot in exchanged}
    sentences = touched | {a.sentences[place] for place in alignment.matched}
    kinds = {(_words(a, slot.a), _words(alignment.b, slot.b)) for slot in exchanged}
    return len(kinds) >= FEW and len(touched) >= DIFFERING_SENTENCES * len(sentences)


def _base(alignment: Alignment, counts: Counter[str]) -> dict[SlotRole, float]:
    """The share of each role among the words that two texts share; a word recurs if it occurs at least twice."""
    found: Counter[SlotRole] = Counter({"number": 1, "name": 1, "fresh": 1, "recurring": 1})
    found.update(_role(alignment.a, place, counts, 2) for place in alignment.matched)
    total = found.total()
    return {role: count / total for role, count in found.items()}


def _role(reading: ComparedText, place: int, counts: Counter[str], often: int) -> SlotRole:
    if reading.classes[place] == "number":
        return "number"
    if counts[reading.words[place]] >= often:
        return "recurring"
    return "name" if reading.classes[place] == "name" else "fresh"


def _slot_score(slot: Slot, alignment: Alignment, counts: Counter[str], base: dict[SlotRole, float]) -> float:
    roles_a = [_role(alignment.a, place, counts, 1) for place in slot.a]
    roles_b = [_role(alignment.b, place, counts, 1) for place in slot.b]
    roles = roles_a + roles_b
    weight = sum(min(MOST, max(LEAST, math.log(FACT_SHARES[role] / base[role]))) for role in roles) / len(roles)
    if not slot.is_exchange:
        return ADDED_OR_DROPPED + weight
    unlike = ("number" in roles_a) != ("number" in roles_b)
    return EXCHANGE + 2 * weight + (UNLIKE if unlike else 0)


def _words(reading: ComparedText, places: Iterable[int]) -> tuple[str, ...]:
    return tuple(reading.words[place] for place in places)
