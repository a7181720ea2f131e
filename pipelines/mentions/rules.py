"""Which candidates are names and which are words: by capital letters, places in the sentence, and the rest of the article. Pure.

An ordinary word that is a name too (May, Orchard) is taken for the name where its capital letter says so: inside a sentence.
At the beginning of one, or in a headline in which all words have capitals, the rest of the article decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dateline.instants.month_names import is_month
from pipelines.mentions.index import Candidate, Form, NameIndex, WordForm
from pipelines.mentions.surroundings import (
    beside,
    goes_on,
    has_katakana_ends,
    is_institution,
    is_name_like,
    is_new,
    is_person_title,
    is_spelling,
    is_title_case,
    is_titled,
    name_behind,
)
from pipelines.mentions.text_words import TextWords
from pipelines.mentions.vocabulary import (
    ARTICLES,
    BARE,
    BEFORE_MONTHS,
    CAPITAL_NOUNS,
    CLUBS,
    DATIVE,
    DAYS,
    FEMININE,
    FIRST_NAMES,
    GROUNDS,
    HANDLES,
    IN,
    NEUTER,
    OF,
    SAYS,
    SHORTEST_COMMON,
    SIDES,
)

NO_PERSONS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in an article: how often, whether in the headline, and where first in the text."""

    name_id: str
    mentions: int
    in_title: bool
    first_at: int | None


class Common(NamedTuple):
    """The most common words of a language, folded, and those of them that are not names."""

    words: Collection[str] = ()
    no_names: Collection[str] = ()


NO_WORDS = Common()


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
    common: Common = NO_WORDS,
    language: str = "",
    persons: Mapping[str, str] = NO_PERSONS,
) -> list[Place]:
    """Where names are, in order; `common` are the language's most common words; `persons` has all forms of each."""
    parts = [
        _Part(True, title, index.candidates(title, known), is_title_case(title)),
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
    those that have a capital inside a sentence; `bare` are those without an article after a preposition."""

    def __init__(
        self,
        parts: list[_Part],
        known: Mapping[str, WordForm],
        common: Common,
        language: str,
        persons: Mapping[str, str],
    ) -> None:
        self._known, self._common, self._language, self._persons = known, common, language, persons
        self._free = set[str]()
        self._longer, self._others, self._perhaps_others = (set[tuple[str, str]]() for _ in range(3))
        self._neighbours = dict[tuple[bool, int, int], tuple[str, str] | None]()
        self._small: set[str] | None = None
        self._parts = parts
        self._sure, self._full, self._bare = set[str](), set[str](), set[str]()
        for part in parts:
            for one in (one for some in part.found for one in some):
                self._learn(part, one)

    def _learn(self, part: _Part, one: Candidate) -> None:
        named = one.places
        if named and self._neighbour(part, one) is None and not named <= self._free:
            self._free |= named if any(self._has_case(form, part, one) for form in one.forms) else set()
        if self._language in CAPITAL_NOUNS and beside(part.words, one.first - 1, one.first) in BARE:
            self._bare.update(name for form in one.forms for name in form.names)
        for form in one.forms:
            if form.is_person and form.is_single and self._has_other_name(form, part, one):
                continue
            if self._sure.issuperset(form.names) and (form.is_single or self._full.issuperset(form.names)):
                continue
            if self._has_case(form, part, one):
                if not form.is_single:
                    self._full.update(form.names)
                    self._sure.update(form.names)
                elif not self._is_doubtful(part, one) or _acts(part, one.after):
                    self._sure.update(form.names)

    def places(self, part: _Part) -> list[Place]:
        """The names of one part, the longest first; no word belongs to two."""
        made: list[Place] = []
        free = 0
        for found in part.found:
            for one in found if found[0].first >= free else ():
                if len(one.forms) == 1:
                    names = self._names(one.forms[0], part, one)
                else:
                    names = dict.fromkeys(name for form in one.forms for name in self._names(form, part, one))
                if names and one.places and (within := self._within(part, one)) != "no":
                    gone = one.places - self._free if within == "perhaps" else one.places
                    names = [name for name in names if name not in gone]
                if names:
                    start, end = part.words.start(one.first), part.words.end(one.after - 1)
                    for name in names:
                        made.append(Place(name, part.in_title, start, end))
                    free = one.after
                    break
        return made

    def _names(self, form: Form, part: _Part, one: Candidate) -> Collection[str]:
        """Which names of a form are meant: all or none by its capitals, else those that the rest of the article has."""
        if not self._has_case(form, part, one):
            return ()
        word, is_single = part.words.texts[one.first], form.is_single
        if is_single and not form.places and word[0].isupper() and self._is_another(form, part, one):
            return ()
        if form.is_person and is_single and self._language in CAPITAL_NOUNS and _has_article(part, one):
            return form.names if part.words.gaps[one.after] == "-" else ()  # die Scholz-Regierung
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
        if folded in self._common.no_names:
            is_word = is_word or len(folded) < SHORTEST_COMMON
            return () if is_word else self._full.intersection(form.names)
        return self._sure.intersection(form.names) if is_word else form.names

    def _is_another(self, form: Form, part: _Part, one: Candidate) -> bool:
        """Whether a name of one word is a part of a longer one: Orange County, Hyde Park Corner, Bishop of York.

        A company is named in the names of its products, and a person's other name may follow: Orbán Viktor.
        """
        words, after = part.words, one.after
        behind = beside(words, after, after)
        if behind in GROUNDS or not form.is_person:
            return behind in GROUNDS
        if "&" in words.gaps[one.first] or "&" in words.gaps[after]:  # Johnson & Johnson
            return True
        if (beside(words, one.first - 1, one.first), words.texts[one.first]) in self._others:
            return True
        if self._language in CAPITAL_NOUNS:
            return False
        if behind == "of":
            return is_name_like(beside(words, after + 1, after + 1))
        if part.says_nothing or not is_name_like(behind) or behind in DAYS or self._is_common(behind):
            return False
        if any(some[0].first == after for some in part.found):  # a name of its own: Stubb Turussa
            return False
        return not any(behind in self._persons[name].split() for name in form.names)

    def _has_other_name(self, form: Form, part: _Part, one: Candidate) -> bool:
        """Whether another first name comes before a surname inside a sentence: Samuel Johnson, but not President Johnson.

        At the beginning of one, or in a headline with capitals, twice the same word does.
        """
        words, first = part.words, one.first
        if self._language not in FIRST_NAMES or first == 0 or words.gaps[first] != " ":
            return False
        pair = before, surname = words.texts[first - 1], words.texts[first]
        if pair in self._others:
            return True
        if (
            not is_name_like(before)
            or not surname[0].isupper()
            or before in DAYS
            or self._is_common(before, is_no_name=True)
        ):
            return False
        if beside(words, first - 2, first - 1).lower() in IN or is_person_title(before):
            return False
        if any(is_spelling(before, self._persons.get(name, "")) for name in form.names):
            return False
        has_title = is_person_title(beside(words, first - 2, first - 1))  # Captain James Cook
        is_unsure = part.says_nothing or (words.is_first(first - 1) and not has_title)
        is_other = not is_unsure or pair in self._perhaps_others
        (self._others if is_other else self._perhaps_others).add(pair)
        return is_other

    def _within(self, part: _Part, one: Candidate) -> Literal["yes", "perhaps", "no"]:
        """Whether words with capitals beside the candidate make it a part of a longer name: Jordan Peters, Lincoln Trust.

        "perhaps" where a capital says little: in a headline in which all words have them, or at the beginning of a sentence.
        """
        pair = self._neighbour(part, one)
        return "no" if pair is None else "yes" if pair in self._longer else "perhaps"

    def _neighbour(self, part: _Part, one: Candidate) -> tuple[str, str] | None:
        """The candidate with the word beside it that may make it a part of a longer name."""
        key = part.in_title, one.first, one.after
        if key not in self._neighbours:
            self._neighbours[key] = self._find_neighbour(part, one)
        return self._neighbours[key]

    def _find_neighbour(self, part: _Part, one: Candidate) -> tuple[str, str] | None:
        words, first, after = part.words, one.first, one.after
        before, behind = beside(words, first - 1, first), name_behind(words, after)
        named = beside(words, first - 2, first - 1) if before in OF else before
        pair = words.texts[first], before
        if before in CLUBS or behind in CLUBS or is_institution(named) or is_institution(behind):
            self._longer.add(pair)
            return pair
        if self._language in CAPITAL_NOUNS or not words.texts[first][0].isupper():
            return None
        is_unsure = part.says_nothing
        if (
            is_name_like(behind)
            and before.lower() not in IN
            and not self._is_common(behind)
            and self._is_bare(part, one)
        ):
            pair = words.texts[first], behind
        elif is_name_like(before) and is_new(before, beside(words, first - 2, first - 1)):
            is_unsure = part.in_title
        elif is_name_like(before) and not self._is_common(before) and before.lower() not in SIDES:
            is_unsure = is_unsure or (words.is_first(first - 1) and not is_person_title(before))  # Queen Victoria
        else:
            return None
        if not is_unsure:
            self._longer.add(pair)
        return pair

    def _is_bare(self, part: _Part, one: Candidate) -> bool:
        """Whether it is not inflected, as what another word goes on with: not Budapestről Berlinbe."""
        written = part.words.texts[one.after - 1].lower()
        return any(form.words.texts[-1].lower() == written for form in one.forms)

    def _is_common(self, word: str, *, is_no_name: bool = False) -> bool:
        common = (self._common.no_names if is_no_name else ()) or self._common.words
        return self._known[word].folded in common or is_month(self._known[word].folded, self._language)

    def _is_also_small(self, folded: str) -> bool:
        """Whether the article has the word, or its plural, without a capital."""
        if self._small is None:
            written = (word for part in self._parts for word in part.words.texts)
            self._small = {self._known[word].folded for word in set(written) if word[0].islower()}
        return not self._small.isdisjoint((folded, f"{folded}s", f"{folded}es"))

    def _has_case(self, form: Form, part: _Part, one: Candidate) -> bool:
        """Whether the words are written as the form demands: capitals for capitals, & for &, no part of an address."""
        first, after, _ = one
        words, gaps = part.words, part.words.gaps
        if gaps[first] != " " and gaps[first][-1:] in HANDLES:
            return False
        if gaps[after] != " " and goes_on(words, after):
            return False
        if form.is_unspaced:
            return has_katakana_ends(form.text, words, first, after)
        if "&" in form.text and not any("&" in gap for gap in gaps[first + 1 : after]):
            return False
        if form.has_inner_capital and len(form.text) <= SHORTEST_COMMON:  # PiS, but not Pis
            return words.texts[first] == form.text or words.texts[first].isupper()
        if after - first == 1 and not form.is_capitals:
            return words.texts[first][0].isupper() or not form.capitals[0]
        texts: list[str] = words.texts[first:after]
        if form.is_capitals:
            return all(text.isupper() or text.isdigit() for text in texts) and not self._is_shouted(part, one)
        wanted: list[bool] = [
            text[0].isupper() for text, is_capital in zip(texts, form.capitals, strict=False) if is_capital
        ]
        if len(wanted) > 1 and form.capitals[0] and words.is_first(one.first):
            return any(wanted[1:])  # the first capital may be the sentence's
        return 2 * sum(wanted) >= len(wanted)

    def _is_shouted(self, part: _Part, one: Candidate) -> bool:
        """Whether a common word is in capitals as all around it is, or in a headline in which all words have them."""
        if one.after - one.first > 1 or self._known[part.words.texts[one.first]].folded not in self._common.no_names:
            return False
        around = [word for word in part.words.texts[max(0, one.first - 3) : one.after + 3] if len(word) > 1]
        return len(around) > 2 and all(map(str.isupper, around))

    def _is_doubtful(self, part: _Part, one: Candidate) -> bool:
        """Whether a word's capital says nothing."""
        return part.says_nothing or (part.words.is_first(one.first) and not is_titled(part.words, one.first))


def _is_date(part: _Part, one: Candidate) -> bool:
    words = part.words.texts
    before, behind = words[max(0, one.first - 1) : one.first], words[one.after : one.after + 1]
    return any(word.isdigit() for word in before + behind) or any(word.lower() in BEFORE_MONTHS for word in before)


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


def _acts(part: _Part, after: int) -> bool:
    """Whether an apostrophe and an s, or a verb of saying follow, as behind names, and hardly behind other words that begin
    a sentence."""
    if after >= len(part.words):
        return False
    gap, behind = part.words.gap(after), part.words.texts[after]
    return behind == "s" if gap in ("'", "’") else gap == " " and behind in SAYS


def _is_noun(words: TextWords, one: Candidate, *, is_place: bool) -> bool:
    """Whether a German article makes it a noun: das Essen, in der Halle; but das Opel-Werk, die Opel AG."""
    before = beside(words, one.first - 1, one.first).lower()
    if words.gaps[one.after][:1] == "-" or is_name_like(beside(words, one.after, one.after)):
        return False
    if before == "der":
        return is_place and beside(words, one.first - 2, one.first - 1).lower() in DATIVE
    return before in NEUTER or (is_place and before in FEMININE)
