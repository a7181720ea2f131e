"""What an article's words say of its event: weighted terms, and how common each term is in its language.

    headline + lead → folded terms (names count double) → term frequency × inverse document frequency → a unit vector

Frequencies are kept in a table of fixed size a language (a count-min sketch: Cormode and Muthukrishnan, 2005), so that the
vocabulary is bounded and a table is one row of the database. Older counts fade. Before a language has been counted, lists of
its most common words (justext's) keep them from passing for rare ones.
"""

from __future__ import annotations

import array
import itertools
import math
import pkgutil
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import justext
import xxhash
from babel import Locale, UnknownLocaleError

from pipelines.copies.sketch import RUN, UNSPACED

LEAD_WORDS = 250
"""Words of a text that are read: news says first what happened; what follows is background that other stories share."""
KEPT_TERMS = 48
"""Terms of an article that are kept."""
TITLE_TIMES = 2.0
NAME_TIMES = 1.6
"""A capitalised word within a sentence counts this much more: names distinguish events best."""
DISTINCTIVE_DIGITS = 3
"""A number with at least so many digits distinguishes events as a name does; shorter ones are equal by chance."""
STEM = 7
"""Characters of a word that are compared: endings differ between reports (truncation: McNamee and Mayfield, 2004)."""
GRAM = 2
FULL = 60_000.0
"""Documents after which counts are halved, so that words come into and go out of fashion."""
WIDTH, DEPTH = 1 << 15, 2
STRIDE, STRIDE_FROM = 16, 4096
"""A language's table is written whole: when much is known, one document in 16 is worth it."""
PRIOR_DOCUMENTS, PRIOR_COMMON, UNSEEN = 200.0, 100.0, 0.5
"""The prior before anything is counted: of 200 documents 100 contain a common word, and none contains any other."""

Terms = Mapping[int, float]

_NAMES = """
    ar=Arabic bg=Bulgarian ca=Catalan cs=Czech da=Danish de=German el=Greek en=English es=Spanish et=Estonian
    eu=Basque fa=Persian fi=Finnish fr=French gl=Galician he=Hebrew hi=Hindi hr=Croatian hu=Hungarian id=Indonesian
    is=Icelandic it=Italian ko=Korean lt=Lithuanian lv=Latvian mk=Macedonian ms=Malay nl=Dutch no=Norwegian_Bokmal
    pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovenian sq=Albanian sr=Serbian sv=Swedish sw=Swahili
    ta=Tamil tl=Tagalog tr=Turkish uk=Ukrainian ur=Urdu vi=Vietnamese
"""
_LISTS = dict(pair.split("=") for pair in _NAMES.split())
"""ISO 639-1 codes and what justext calls the language."""
_SAME = {"nb": "no", "nn": "no", "bs": "hr", "sh": "hr", "in": "id", "iw": "he"}
_SENTENCE_ENDS = frozenset(".!?:;…。！？»«\"“”„'‘’()[]-–—\n")


def language_of(code: str | None) -> str:
    """Returns the language of a story: the main part of a code, near relatives as one, "xx" if unknown."""
    main = (code or "xx").replace("_", "-").partition("-")[0].lower()[:8] or "xx"
    return _SAME.get(main, main)


@cache
def stoplist(language: str) -> frozenset[str]:
    """The most common words of a language in lower case; none where no list is known."""
    name = _LISTS.get(language)
    return frozenset(word.casefold() for word in justext.get_stoplist(name)) if name else frozenset()


@cache
def small_words(language: str) -> frozenset[str]:
    """Those of the most common words that the list has without a capital: it has names, too, such as Paris."""
    name = _LISTS.get(language)
    written = (pkgutil.get_data("justext", f"stoplists/{name}.txt") or b"").decode() if name else ""
    return frozenset(word for word in written.split() if not word[0].isupper())


@cache
def common_words(language: str) -> frozenset[int]:
    """The most common words of a language, as terms; none where no list is known."""
    name = _LISTS.get(language)
    return (
        frozenset(_term(language, _stem(word.casefold())) for word in justext.get_stoplist(name))
        if name
        else frozenset()
    )


@cache
def calendar_words(language: str) -> frozenset[str]:
    """The names of days and months, cut: they say when, and all reports of a week share them."""
    try:
        locale = Locale(language)
    except UnknownLocaleError:
        return frozenset()
    tables = [locale.days, locale.months]
    names = (
        name
        for table in tables
        for context in table.values()
        for width in ("wide", "abbreviated")
        for name in context.get(width, {}).values()
    )
    return frozenset(_stem(word.casefold().strip(".")) for name in names for word in name.split())


@dataclass(frozen=True, slots=True)
class ArticleTerms:
    """The terms of an article with their damped frequencies, and those of them that are names or numbers."""

    terms: Terms
    names: frozenset[int]


def read_terms(title: str | None, text: str, language: str) -> ArticleTerms:
    """The terms of an article; names and words of the headline count more."""
    counts: defaultdict[str, float] = defaultdict(float)
    names, days = set(), calendar_words(language)
    for word, _ in _words(title or "", LEAD_WORDS):
        counts[word] += TITLE_TIMES
    for word, is_name in _words(text, LEAD_WORDS):
        counts[word] += NAME_TIMES if is_name else 1.0
        if (word.isdigit() and len(word.strip("0")) > 0 and len(word) >= DISTINCTIVE_DIGITS) or (
            is_name and not word.isdigit() and word not in days
        ):
            names.add(word)
    terms = {_term(language, word): 1.0 + math.log(max(1.0, n)) for word, n in counts.items()}
    return ArticleTerms(terms, frozenset(_term(language, word) for word in names))


def _words(text: str, limit: int) -> Iterator[tuple[str, bool]]:
    """The first words of a text, folded and cut, each with whether it looks like a name; pairs of unspaced characters."""
    plain = unicodedata.normalize("NFKC", text[: limit * 40])
    for found in itertools.islice(RUN.finditer(plain), limit):
        run = found.group()
        if UNSPACED.match(run):
            yield from ((run[at : at + GRAM], False) for at in range(max(1, len(run) - GRAM + 1)))
        elif len(run) > 1:
            yield _stem(run.casefold()), run[0].isupper() and _is_within_sentence(plain, found.start())


def _is_within_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 3) : at].rstrip(" ")
    return bool(before) and before[-1] not in _SENTENCE_ENDS


def _stem(word: str) -> str:
    return word if word.isdigit() else word[:STEM]


def _term(language: str, word: str) -> int:
    """The hash of a word in its language, as a signed number (PostgreSQL's bigint)."""
    value = xxhash.xxh3_64_intdigest(f"{language}\0{word}".encode("utf-8", "surrogatepass"))
    return value - 2**64 if value >= 2**63 else value


@dataclass(slots=True)
class Vocabulary:
    """How many documents of a language contain each term."""

    language: str
    documents: float = 0.0
    counts: array.array[float] = field(default_factory=lambda: array.array("f", bytes(4 * WIDTH * DEPTH)))
    _rarities: dict[int, float] = field(default_factory=dict)

    def counts_for(self, document: int) -> int:
        """For how many documents this one is counted: 1 at first; later one in STRIDE stands for all, the others for none."""
        if self.documents < STRIDE_FROM:
            return 1
        return STRIDE if document % STRIDE == 0 else 0

    def count(self, terms: Iterable[int], times: int = 1) -> None:
        """Count a document; all counts are halved when the table is full."""
        self._rarities.clear()
        for term in terms:
            for place in _places(term):
                self.counts[place] += times
        self.documents += times
        if self.documents >= FULL:
            self.documents /= 2
            self.counts = array.array("f", (n / 2 for n in self.counts))

    def rarity(self, term: int) -> float:
        """Returns the inverse document frequency of a term; 0 if every document has it."""
        known = self._rarities.get(term)
        if known is None:
            seen = min(self.counts[place] for place in _places(term))
            prior = PRIOR_COMMON if term in common_words(self.language) else UNSEEN
            known = max(0.0, math.log((self.documents + PRIOR_DOCUMENTS) / (seen + prior)))
            self._rarities[term] = known
        return known

    def strongest(self, terms: Terms, limit: int = KEPT_TERMS) -> dict[int, float]:
        """The terms that say most of an article, strongest first, without their rarity."""
        weighed = sorted(((w * self.rarity(t), t) for t, w in terms.items()), reverse=True)
        return {term: terms[term] for weight, term in weighed[:limit] if weight > 0}

    def vector(self, terms: Terms) -> dict[int, float]:
        """The terms weighed by their rarity, at length 1; empty where nothing is rare."""
        weighed = {term: weight * self.rarity(term) for term, weight in terms.items()}
        length = math.sqrt(sum(w * w for w in weighed.values()))
        return {term: w / length for term, w in weighed.items() if w > 0} if length else {}


def _places(term: int) -> tuple[int, int]:
    return term & (WIDTH - 1), WIDTH + ((term >> 20) & (WIDTH - 1))
