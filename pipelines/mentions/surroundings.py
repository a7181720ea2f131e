"""What the words beside a name say: titles, particles, institutions, other spellings of a first name. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from pipelines.mentions.cases import plain
from pipelines.mentions.text_words import TextWords
from pipelines.mentions.vocabulary import HANDLES, INSTITUTION, NEW, PERSON_TITLE, SAME_NAME, SIDES, TITLE_CASE, TITLES


@lru_cache(4096)
def is_institution(word: str) -> bool:
    """Whether it is a word for a university."""
    return INSTITUTION.match(word) is not None


def beside(words: TextWords, place: int, gap: int) -> str:
    """A word, if no more than a space parts it from the next."""
    return words.texts[place] if 0 <= place < len(words.texts) and words.gap(gap) == " " else ""


def name_behind(words: TextWords, after: int) -> str:
    """The word behind, or the name after an initial or a shortened particle: Jordan B. Peterson, Georgia O'Keeffe."""
    behind = beside(words, after, after)
    if len(behind) == 1 and behind.isupper() and words.gaps[after + 1] in (". ", "'", "’") and after + 1 < len(words):
        return words.texts[after + 1]
    return behind


@lru_cache(4096)
def is_person_title(word: str) -> bool:
    """Whether it says what somebody is, and no first name."""
    return PERSON_TITLE.match(word.lower()) is not None


@lru_cache(1 << 14)
def is_spelling(word: str, own: str) -> bool:
    """Whether a name may be another spelling or form of one of a person's own: Wladimir, Joe."""
    word = plain(word.lower())
    others = set(plain(own.lower()).split())
    likeness = max((SequenceMatcher(None, word, other, autojunk=False).ratio() for other in others), default=0.0)
    return bool(likeness >= SAME_NAME)


def is_name_like(word: str) -> bool:
    """Whether it has a capital as names do; words in capitals only are agencies and headings."""
    return word[:1].isupper() and len(word) > 1 and not word.isupper()


def is_title_case(title: TextWords) -> bool:
    longer = [word for word in title.texts if len(word) > 3 and word[0].isalpha()]
    return len(longer) > 2 and sum(word[0].isupper() for word in longer) >= TITLE_CASE * len(longer)


def is_new(before: str, earlier: str) -> bool:
    """Whether the words before a place make it another: New York, New South Wales."""
    return before.lower() in NEW or (before.lower() in SIDES and earlier[:1].isupper() and earlier.lower() in NEW)


def goes_on(words: TextWords, after: int) -> bool:
    """Whether the text goes on as an address does."""
    char = words.gaps[after][:1]
    if char != ".":
        return char in HANDLES
    return after < len(words.texts) and words.gap(after) == "." and words.texts[after][0].islower()


def is_titled(words: TextWords, first: int) -> bool:
    """Whether a title is before the word, whose full stop ends no sentence: M. Petit."""
    return first > 0 and words.gap(first) in (". ", ".\u00a0", ".") and words.texts[first - 1].lower() in TITLES


def has_katakana_ends(text: str, words: TextWords, first: int, after: int) -> bool:
    """Whether a name that begins or ends with katakana is not within a longer word of katakana."""
    begins, ends = _is_katakana(text[:1]), _is_katakana(text[-1:])
    if not begins and not ends:
        return True
    start, end = words.start(first), words.end(after - 1)
    is_cut = begins and _is_katakana(words.text[max(0, start - 1) : start])
    return not is_cut and not (ends and _is_katakana(words.text[end : end + 1]))


def _is_katakana(char: str) -> bool:
    return "\u30a1" <= char[:1] <= "\u30fa" or char == "ー"
