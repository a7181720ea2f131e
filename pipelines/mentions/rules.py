"""Which candidates are names and which are words: by capital letters, places in the sentence, and the rest of the article. Pure.

An ordinary word that is a name too (May, Orchard) is taken for the name where its capital letter says so: inside a sentence.
At the beginning of one, or in a headline in which all words have capitals, the rest of the article decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from dateline.instants.month_names import is_month
from pipelines.mentions.index import Candidate, Form, NameIndex, WordForm
from pipelines.mentions.text_words import TextWords

_BEFORE_MONTHS = frozenset({
    "in", "since", "until", "till", "by", "from", "last", "next", "this", "of", "early", "late", "mid", "through", "during",
    "before", "after", "every", "each", "im", "seit", "bis", "ab", "vom", "nächsten", "letzten", "diesen", "ende", "anfang",
    "mitte", "en", "de", "depuis", "fin", "début", "desde", "hasta", "a",
})  # fmt: skip
"""Words before a month."""
CAPITAL_NOUNS = frozenset({"de", "lb"})
"""Languages in which a capital says nothing of a noun."""
ARTICLES = frozenset({
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "kein", "keine", "keinen",
    "keinem", "keiner", "keines", "jeder", "jede", "jedes", "jeden", "jedem", "dieser", "diese", "dieses", "diesen", "diesem",
    "zwei", "drei", "mehrere", "viele", "alle",
})  # fmt: skip
"""German words before a noun, which hardly stand before a person's name."""
_BARE = frozenset({"in", "aus", "nach", "von", "bei", "für", "gegen", "mit"})
"""German words before a name that takes no article: in Essen."""
_NEUTER = frozenset({"das", "ein", "kein", "dieses", "jedes"})
_FEMININE = frozenset({"die", "eine", "einer", "keine", "keiner", "diese", "dieser", "jede", "jeder", "zur"})
"""German articles that a name does not take in one sentence and leave in the next, as Iran does: das Essen, zur Halle."""
_DATIVE = frozenset({"in", "aus", "von", "bei", "mit", "zu", "vor", "auf", "an", "hinter", "neben", "über", "unter"})
"""German words behind which "der" is feminine."""
_TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "sen", "rep", "gov", "gen", "col", "capt", "sgt", "lt", "rev", "m", "mm", "mme", "mlle",
    "sr", "sra", "srta", "dott", "sig", "ing", "hr", "fr", "dhr", "mevr", "г", "г-н",
})  # fmt: skip
"""Titles that are shortened with a full stop."""
_SAYS = frozenset({
    "said", "says", "told", "tells", "added", "adds", "announced", "announces", "sagte", "sagt", "erklärte", "betonte",
    "dit", "déclare", "affirme", "annonce", "dijo", "dice", "afirmó", "anunció", "declaró", "disse", "diz", "afirmou",
    "zei", "zegt", "sade", "säger", "sagde", "siger", "powiedział", "powiedziała", "mówi", "сказал", "сказала", "заявил",
    "заявила", "сообщил", "сообщила", "сказав", "заявив", "řekl", "řekla", "sanoi", "sanoo", "είπε", "δήλωσε",
})  # fmt: skip
"""Verbs of saying: what stands before one is hardly a thing."""
_NEW = frozenset(
    {"new", "nouvelle", "nuevo", "nueva", "nova", "novo", "neu", "nowy", "nowa", "nowe", "новый", "новая", "нова"}
)
"""Common words that make another place of one: New York."""
_GROUNDS = frozenset({
    "County", "City", "Street", "Avenue", "Road", "Lane", "Square", "River", "Creek", "Lake", "Bay", "Beach", "Island", "Islands",
    "Hill", "Hills", "Valley", "Bridge", "Park", "Heights", "Springs", "Airport", "Station", "Cathedral", "Church",
})  # fmt: skip
"""What makes a place of any name: Orange County."""
_DAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
IN = frozenset({"in", "near", "outside", "across", "at", "en", "à", "a", "w", "v", "ve", "в", "у", "во"})
"""Words before a place: in Washington President Reed spoke."""
SIDES = frozenset({
    "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "greater", "inner", "downtown",
})  # fmt: skip
"""Words with which a place is still that place."""
_INSTITUTION = re.compile(
    r"(?:universit|universid|univerz|uniwersyt|üniversite|yliopisto|egyetem|университет|університет|πανεπιστ)|جامعة$",
    re.I,
)
"""Words of institutions that have a place in their names: University of Reading, Helsingin yliopisto."""
_CLUBS = frozenset({"FC", "AFC", "CF", "SC", "FK", "SV", "TSV", "VfL", "VfB", "BK", "HC", "ФК"})
_OF = frozenset({"of", "de", "di", "da", "do", "w", "we", "v", "ve", "в", "у"})
"""Words between an institution and its place."""
_HANDLES = frozenset({"@", "_"})
SHORTEST_COMMON = 4
"""Letters of a common word that may be a surname at the beginning of a sentence: not So, Das, Les."""
NO_PERSONS: Mapping[str, str] = {}
TITLE_CASE = 0.6
"""Share of a headline's longer words with a capital from which capitals say nothing."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in an article: how often, whether in the headline, and where first in the text."""

    name_id: str
    mentions: int
    in_title: bool
    first_at: int | None


class Place(NamedTuple):
    """Where a name is: in the headline or the text, from character to character."""

    name_id: str
    in_title: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """The headline or the text: its words, which of them may be names, and whether capitals say nothing in it."""

    in_title: bool
    words: TextWords
    found: list[list[Candidate]]
    says_nothing: bool


def places(
    index: NameIndex,
    title: TextWords,
    text: TextWords,
    known: Mapping[str, WordForm],
    *,
    common: Collection[str] = (),
    language: str = "",
    persons: Mapping[str, str] = NO_PERSONS,
) -> list[Place]:
    """Where names are, in order; `common` are the language's most common words, folded; `persons` has all forms of each."""
    parts = [
        _Part(True, title, index.candidates(title, known), _is_title_case(title)),
        _Part(False, text, index.candidates(text, known), False),
    ]
    judge = _Judge(parts, known, common, language, persons)
    return [place for part in parts for place in judge.places(part)]


def mentions(found: Iterable[Place]) -> list[Mention]:
    """The places by name."""
    by_name: dict[str, list[Place]] = {}
    for place in found:
        by_name.setdefault(place.name_id, []).append(place)
    return [
        Mention(
            name,
            len(some),
            any(one.in_title for one in some),
            min((one.start for one in some if not one.in_title), default=None),
        )
        for name, some in by_name.items()
    ]


class _Judge:
    """Decides on candidates. `full` are names of which the article has a form of several words; `sure` are these and
    those that have a capital inside a sentence; `bare` are those that stand without an article behind a preposition."""

    def __init__(
        self,
        parts: list[_Part],
        known: Mapping[str, WordForm],
        common: Collection[str],
        language: str,
        persons: Mapping[str, str],
    ) -> None:
        self._known, self._common, self._language, self._persons = known, common, language, persons
        self._free, self._longer = set[str](), set[tuple[str, str]]()
        self._small: set[str] | None = None
        self._parts = parts
        self._sure, self._full, self._bare = set[str](), set[str](), set[str]()
        for part in parts:
            for one in (one for some in part.found for one in some):
                self._learn(part, one)

    def _learn(self, part: _Part, one: Candidate) -> None:
        named = one.places
        if named and self._within(part, one) == "no" and not named <= self._free:
            self._free |= named if any(self._has_case(form, part, one) for form in one.forms) else set()
        if self._language in CAPITAL_NOUNS and _beside(part.words, one.first - 1, one.first) in _BARE:
            self._bare.update(name for form in one.forms for name in form.names)
        for form in one.forms:
            if self._sure.issuperset(form.names) and (len(form.capitals) == 1 or self._full.issuperset(form.names)):
                continue
            if self._has_case(form, part, one):
                self._full.update(form.names if len(form.capitals) > 1 else ())
                self._sure.update(
                    form.names
                    if len(form.capitals) > 1 or not self._is_doubtful(part, one) or _acts(part, one.after)
                    else ()
                )

    def places(self, part: _Part) -> list[Place]:
        """The names of one part, the longest first; no word belongs to two."""
        made: list[Place] = []
        free = 0
        for found in part.found:
            for one in found if found[0].first >= free else ():
                names = self._names(one.forms[0], part, one)
                if len(one.forms) > 1:
                    names = dict.fromkeys(name for form in one.forms for name in self._names(form, part, one))
                if names and one.places and (within := self._within(part, one)) != "no":
                    gone = one.places - self._free if within == "perhaps" else one.places
                    names = [name for name in names if name not in gone]
                if names:
                    start, end = part.words.start(one.first), part.words.end(one.after - 1)
                    made += [Place(name, part.in_title, start, end) for name in names]
                    free = one.after
                    break
        return made

    def _names(self, form: Form, part: _Part, one: Candidate) -> Collection[str]:
        """Which names of a form are meant: all or none by its capitals, else those that the rest of the article has."""
        if not self._has_case(form, part, one):
            return ()
        word, is_single = part.words.texts[one.first], len(form.capitals) == 1
        if is_single and not form.places and word[0].isupper() and self._is_another(form, part, one):
            return ()
        if form.is_person and is_single and self._language in CAPITAL_NOUNS and _has_article(part, one):
            return ()
        if not is_single or not word[0].isupper() or form.is_capitals:
            return form.names
        if self._bare and self._bare.issuperset(form.names) and _is_noun(part.words, one, is_place=bool(form.places)):
            return ()
        folded, is_doubtful = self._known[word].folded, self._is_doubtful(part, one)
        if is_month(folded, self._language):
            is_name = not _is_date(part, one) and (not is_doubtful or _acts(part, one.after))
            return self._full.intersection(form.names) if is_name else ()
        if not is_doubtful:
            return form.names
        if _acts(part, one.after):
            return self._sure.intersection(form.names)
        is_word = self._is_also_small(folded)
        if folded in self._common:
            is_word = is_word or len(folded) < SHORTEST_COMMON
            return () if is_word else self._full.intersection(form.names)
        return self._sure.intersection(form.names) if is_word else form.names

    def _is_another(self, form: Form, part: _Part, one: Candidate) -> bool:
        """Whether a name of one word is a part of a longer one: Orange County, Hyde Park Corner, Bishop of York.

        A company is named in the names of its products, and a person's other name may stand behind: Orbán Viktor.
        """
        words, after = part.words, one.after
        behind = _beside(words, after, after)
        if behind in _GROUNDS or not form.is_person or self._language in CAPITAL_NOUNS:
            return behind in _GROUNDS
        if behind == "of":
            return _is_name_like(_beside(words, after + 1, after + 1))
        if part.says_nothing or not _is_name_like(behind) or behind in _DAYS or self._is_common(behind):
            return False
        return not any(behind in self._persons[name].split() for name in form.names)

    def _within(self, part: _Part, one: Candidate) -> Literal["yes", "perhaps", "no"]:
        """Whether words with capitals beside the candidate make it a part of a longer name: Jordan Peters, Lincoln Trust.

        "perhaps" where a capital says little: in a headline in which all words have them, or at the beginning of a sentence.
        """
        words, first, after = part.words, one.first, one.after
        before, behind = _beside(words, first - 1, first), _beside(words, after, after)
        named = _beside(words, first - 2, first - 1) if before in _OF else before
        if before in _CLUBS or behind in _CLUBS or _is_institution(named) or _is_institution(behind):
            return "yes"
        if self._language in CAPITAL_NOUNS or not words.texts[first][0].isupper():
            return "no"
        if _is_name_like(behind) and before.lower() not in IN and not self._is_common(behind):
            beside, is_unsure = behind, part.says_nothing
        elif _is_name_like(before) and _is_new(before, _beside(words, first - 2, first - 1)):
            return "perhaps" if part.in_title else "yes"
        elif _is_name_like(before) and not self._is_common(before) and before.lower() not in SIDES:
            beside, is_unsure = before, part.says_nothing or words.is_first(first - 1)
        else:
            return "no"
        pair = (words.texts[first], beside)
        if not is_unsure:
            self._longer.add(pair)
        return "yes" if pair in self._longer else "perhaps"

    def _is_common(self, word: str) -> bool:
        return self._known[word].folded in self._common or is_month(self._known[word].folded, self._language)

    def _is_also_small(self, folded: str) -> bool:
        """Whether the article has the word, or its plural, without a capital."""
        if self._small is None:
            written = (word for part in self._parts for word in part.words.texts)
            self._small = {self._known[word].folded for word in set(written) if word[0].islower()}
        return not self._small.isdisjoint((folded, f"{folded}s", f"{folded}es"))

    def _has_case(self, form: Form, part: _Part, one: Candidate) -> bool:
        """Whether the words are written as the form demands: capitals for capitals, & for &, no part of an address."""
        words, places_ = part.words, range(one.first, one.after)
        if words.char_before(one.first) in _HANDLES or _goes_on(words, one.after):
            return False
        if form.is_unspaced:
            return _has_katakana_ends(form, words, one)
        if "&" in form.text and not any("&" in words.gap(place) for place in places_[1:]):
            return False
        texts = words.texts[one.first : one.after]
        if len(texts) == 1 and not form.is_capitals:
            return texts[0][0].isupper() or not form.capitals[0]
        if form.is_capitals:
            return all(text.isupper() or text.isdigit() for text in texts) and not self._is_shouted(part, one)
        wanted = [text[0].isupper() for text, is_capital in zip(texts, form.capitals, strict=False) if is_capital]
        if len(wanted) > 1 and form.capitals[0] and words.is_first(one.first):
            return any(wanted[1:])  # the first capital may be the sentence's
        return 2 * sum(wanted) >= len(wanted)

    def _is_shouted(self, part: _Part, one: Candidate) -> bool:
        """Whether a common word is in capitals as all around it is, or in a headline in which all words have them."""
        if one.after - one.first > 1 or self._known[part.words.texts[one.first]].folded not in self._common:
            return False
        around = [word for word in part.words.texts[max(0, one.first - 3) : one.after + 3] if len(word) > 1]
        return len(around) > 2 and all(map(str.isupper, around))

    def _is_doubtful(self, part: _Part, one: Candidate) -> bool:
        """Whether a word's capital says nothing."""
        return part.says_nothing or (part.words.is_first(one.first) and not _is_titled(part.words, one.first))


@lru_cache(4096)
def _is_institution(word: str) -> bool:
    """Whether it is a word for a university."""
    return _INSTITUTION.match(word) is not None


def _beside(words: TextWords, place: int, gap: int) -> str:
    """A word, if no more than a space parts it from the next."""
    return words.texts[place] if 0 <= place < len(words.texts) and words.gap(gap) == " " else ""


def _is_name_like(word: str) -> bool:
    """Whether it has a capital as names do; words in capitals only are agencies and headings."""
    return word[:1].isupper() and len(word) > 1 and not word.isupper()


def _is_title_case(title: TextWords) -> bool:
    longer = [word for word in title.texts if len(word) > 3 and word[0].isalpha()]
    return len(longer) > 2 and sum(word[0].isupper() for word in longer) >= TITLE_CASE * len(longer)


def _is_new(before: str, earlier: str) -> bool:
    """Whether the words before a place make it another: New York, New South Wales."""
    return before.lower() in _NEW or (before.lower() in SIDES and earlier[:1].isupper() and earlier.lower() in _NEW)


def _is_date(part: _Part, one: Candidate) -> bool:
    words = part.words.texts
    before, behind = words[max(0, one.first - 1) : one.first], words[one.after : one.after + 1]
    return any(word.isdigit() for word in before + behind) or any(word.lower() in _BEFORE_MONTHS for word in before)


def _has_article(part: _Part, one: Candidate) -> bool:
    """Whether an article is before the word, or before one more with an adjective's ending: der Richter, ein junger Koch."""
    words = part.words
    for place in (one.first, one.first - 1):
        before = words.texts[place - 1].lower() if place > 0 and words.gap(place) == " " else ""
        if before in ARTICLES:
            return True
        is_adjective = before.endswith(("e", "en", "er", "es", "em")) and not before.endswith("te")  # nor sagte
        if not is_adjective or not words.texts[place - 1][0].islower():
            return False
    return False


def _goes_on(words: TextWords, after: int) -> bool:
    """Whether the text goes on as an address does."""
    char = words.char_behind(after - 1)
    if char != ".":
        return char in _HANDLES
    return after < len(words.texts) and words.gap(after) == "." and words.texts[after][0].islower()


def _is_titled(words: TextWords, first: int) -> bool:
    """Whether a title is before the word, whose full stop ends no sentence: M. Petit."""
    return first > 0 and words.gap(first) in (". ", ".\u00a0", ".") and words.texts[first - 1].lower() in _TITLES


def _acts(part: _Part, after: int) -> bool:
    """Whether an apostrophe and an s, or a verb of saying follow, as behind names, and hardly behind other words that begin
    a sentence."""
    if after >= len(part.words):
        return False
    gap, behind = part.words.gap(after), part.words.texts[after]
    return behind == "s" if gap in ("'", "’") else gap == " " and behind in _SAYS


def _is_noun(words: TextWords, one: Candidate, *, is_place: bool) -> bool:
    """Whether a German article makes it a noun: das Essen, in der Halle; but das Opel-Werk, die Opel AG."""
    before = _beside(words, one.first - 1, one.first).lower()
    if words.char_behind(one.after - 1) == "-" or _is_name_like(_beside(words, one.after, one.after)):
        return False
    if before == "der":
        return is_place and _beside(words, one.first - 2, one.first - 1).lower() in _DATIVE
    return before in _NEUTER or (is_place and before in _FEMININE)


def _has_katakana_ends(form: Form, words: TextWords, one: Candidate) -> bool:
    """Whether a name that begins or ends with katakana is not within a longer word of katakana."""
    start, end = words.start(one.first), words.end(one.after - 1)
    before, behind = words.text[max(0, start - 1) : start], words.text[end : end + 1]
    is_cut = _is_katakana(form.text[:1]) and _is_katakana(before)
    return not is_cut and not (_is_katakana(form.text[-1:]) and _is_katakana(behind))


def _is_katakana(char: str) -> bool:
    return "\u30a1" <= char[:1] <= "\u30fa" or char == "ー"
