"""The names of the list as an automaton over words: one walk through a text finds them all. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from operator import attrgetter
from typing import NamedTuple

from dateline.search.unspaced import is_unspaced
from pipelines.mentions.cases import (
    ENDINGS,
    arabic_ways,
    finnish_ways,
    french_ways,
    german_ways,
    hebrew_ways,
    is_other_adjective,
    other_stems,
)
from pipelines.mentions.text_words import TextWords

GENITIVE_S = frozenset({"de", "sv", "da", "no", "nb", "nn", "nl"})
"""Languages that add an s to a name, without an apostrophe."""
WAYS = {"de": german_ways, "ar": arabic_ways, "he": hebrew_ways, "fr": french_ways, "fi": finnish_ways}
"""Further ways to write a name, in languages whose stemmers do not bring them together."""
CYRILLIC = frozenset({"ru", "sr"})
SLAVIC = frozenset({"ru", *ENDINGS})
SHORTEST_STEM = 4
"""Letters of a name's word that may be inflected: of shorter ones a stem leaves too little."""
NO_PLACES: frozenset[str] = frozenset()
"""One for all forms: each further object costs Python's garbage collection time."""
MOST_BEGINS = 200_000
"""Words of texts for which it is kept which names begin with them."""
MOST_WAYS = 32
"""Of the ways in which a long name may be inflected."""
_JOINS = re.compile(r"[ \t\u00a0\u202f'’ʼ.&·‧・•\-\u2010-\u2015]{0,4}|[ \t]{0,4}\r?\n[ \t]{0,4}")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way to write one or several names: its words, whether it has capitals only (an acronym), and which of its words
    begin with a capital."""

    names: tuple[str, ...]
    text: str
    words: TextWords
    is_capitals: bool
    capitals: tuple[bool, ...]
    is_unspaced: bool
    places: frozenset[str] = NO_PLACES
    """Those of the names that are places."""
    is_person: bool = False
    """Whether all of the names are persons."""
    is_single: bool = True
    """Whether it is one word."""
    has_inner_capital: bool = False
    """Whether one word has a capital behind its beginning, and small letters: PiS."""

    @classmethod
    def of(cls, text: str, names: Sequence[str], places: Collection[str] = (), persons: Collection[str] = ()) -> Form:
        """The form with its words."""
        words = TextWords(text)
        capitals = tuple(word[0].isupper() for word in words.texts)
        of_places = frozenset(names).intersection(places) or NO_PLACES
        is_capitals = len(text) > 1 and text.isupper()
        is_person = all(name in persons for name in names)
        is_single = len(capitals) == 1
        is_mixed = is_single and not is_capitals and text[1:].lower() != text[1:]
        return cls(
            tuple(names),
            text,
            words,
            is_capitals,
            capitals,
            is_unspaced(text),
            of_places,
            is_person,
            is_single,
            is_mixed,
        )


@dataclass(frozen=True, slots=True)
class WordForm:
    """A word as the search compares it: folded, and by its stem."""

    folded: str
    stem: str


class Candidate(NamedTuple):
    """Words `first` to `after` (excluded) of a text, which may be a name. A page has hundreds: a tuple is made fastest."""

    first: int
    after: int
    forms: tuple[Form, ...]

    @property
    def places(self) -> frozenset[str]:
        """Those of its names that are places."""
        first, *more = self.forms
        return first.places.union(*(form.places for form in more)) if more else first.places


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    forms: tuple[Form, ...] = ()


_Begin = tuple[_Node | None, _Node | None, _Node | None]


class NameIndex:
    """The forms that count in one language."""

    def __init__(
        self, forms: Iterable[Form], known: Mapping[str, WordForm], *, language: str, is_inflected: bool
    ) -> None:
        self._whole, self._stems = _Node(), _Node() if is_inflected else None
        self._drops_s, self._is_slavic = language in GENITIVE_S, language in SLAVIC
        self._begins: dict[str, _Begin | None] = {}
        for form in forms:
            words = [known[word] for word in form.words.texts if known[word].folded]
            whole = [word.folded for word in words]
            _add(self._whole, whole, form)
            if language in WAYS and not (language == "de" and (len(whole) < 2 or form.is_person)):
                for way in WAYS[language](whole):
                    _add(self._whole, way, form)
            if self._stems is not None and not form.is_capitals:
                for ways in islice(product(*(_stem_keys(word, language) for word in words)), MOST_WAYS):
                    _add(self._stems, ways, form)

    def candidates(self, words: TextWords, known: Mapping[str, WordForm]) -> list[list[Candidate]]:
        """For each word at which names may begin, those names, the longest first."""
        if len(self._begins) > MOST_BEGINS:
            self._begins = {}
        begins, made = self._begins, []
        for first, word in enumerate(words.texts):
            try:
                begun = begins[word]
            except KeyError:
                begun = begins[word] = self._begin(known[word])
            if begun is None:
                continue
            whole, bare, stem = begun
            if whole is None:
                found = []
            elif whole.next:
                found = self._walk(words, known, first, whole)
            else:
                found = [Candidate(first, first + 1, whole.forms)]
            if bare and bare.forms:
                found.append(Candidate(first, first + 1, bare.forms))
            if stem:
                found += [one for one in self._walk_stems(words, known, first, stem) if one not in found]
            if len(found) > 1:
                found.sort(key=attrgetter("after"), reverse=True)
            if found:
                made.append(found)
        return made

    def _begin(self, word: WordForm) -> _Begin | None:
        """Where names go on that begin with the word, with the word without its s, and with its stem: mostly nowhere."""
        folded, begins = word.folded, self._whole.next
        bare = begins.get(folded[:-1]) if self._drops_s and folded[-1:] == "s" else None
        found = begins.get(folded), bare, self._stems.next.get(_stem_key(word)) if self._stems else None
        return found if any(found) else None

    def _walk(self, words: TextWords, known: Mapping[str, WordForm], first: int, node: _Node) -> list[Candidate]:
        """The names that begin with the word that led to the node."""
        made = [Candidate(first, first + 1, node.forms)] if node.forms else []
        for place in range(first + 1, len(words.texts)):
            folded = known[words.texts[place]].folded
            found = node.next.get(folded)
            may_own = self._drops_s and folded[-1:] == "s"
            if (found is None and folded and not may_own) or not _may_join(words, place):
                break
            if may_own:
                made += self._genitive(node, first, place, folded)
            if found is not None:
                node = found
                if node.forms:
                    made.append(Candidate(first, place + 1, node.forms))
                if not node.next:
                    break
            elif folded:  # a sign that folds to nothing is passed over
                break
        return made

    def _genitive(self, node: _Node, first: int, place: int, folded: str) -> list[Candidate]:
        bare = node.next.get(folded[:-1])
        return [Candidate(first, place + 1, bare.forms)] if bare is not None and bare.forms else []

    def _walk_stems(self, words: TextWords, known: Mapping[str, WordForm], first: int, node: _Node) -> list[Candidate]:
        made = self._inflected(words, first, first, node)
        for place in range(first + 1, len(words.texts)) if node.next else ():
            form = known[words.texts[place]]
            found = node.next.get(_stem_key(form))
            if (found is None and form.folded) or not _may_join(words, place):
                break
            if found is not None:
                node = found
                made += self._inflected(words, first, place, node)
                if not node.next:
                    break
        return made

    def _inflected(self, words: TextWords, first: int, last: int, node: _Node) -> list[Candidate]:
        forms = node.forms
        if forms and self._is_slavic:
            written = words.texts[last]
            forms = tuple(one for one in forms if not is_other_adjective(written, one.words.texts[-1]))
        return [Candidate(first, last + 1, forms)] if forms else []


def _may_join(words: TextWords, place: int) -> bool:
    """Whether a word and the one before may be of one name: no sentence or paragraph ends between them, though a line may; an
    initial may have its full stop."""
    gap = words.gaps[place]
    if gap == " ":
        return True
    return _JOINS.fullmatch(gap) is not None and ("." not in gap or gap == "." or len(words.texts[place - 1]) <= 2)


def _stem_key(word: WordForm) -> str:
    """The stem, unless it is too short to tell words apart: then the word without final vowels (Елены is елен, Νίκου is νικ)."""
    if len(word.folded) < SHORTEST_STEM:
        return word.folded
    return word.stem if len(word.stem) >= 3 else word.folded.rstrip("аяйьоеыиуюαεηιουω")


def _stem_keys(word: WordForm, language: str) -> list[str]:
    """The stems of a name's word: of its nominative, and of the word itself where that looks inflected (Маслов, Маслова)."""
    is_bare = language in CYRILLIC and word.folded[-1:] in "аяйьое" and len(word.folded) > SHORTEST_STEM
    more = other_stems(word.folded, language) if language in SLAVIC or language == "fi" else []
    keys = (_stem_key(word), word.folded, word.folded[:-1] if is_bare else "", *more)
    return list(dict.fromkeys(filter(None, keys)))


def _add(root: _Node, keys: Sequence[str], form: Form) -> None:
    node = root
    for key in keys:
        node = node.next.setdefault(key, _Node())
    if keys and form not in node.forms:
        node.forms = (*node.forms, form)


def known_words(forms: Iterable[Form]) -> set[str]:
    """The words that an index of these forms compares."""
    return {word for form in forms for word in form.words.texts}
