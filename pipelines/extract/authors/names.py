"""The single names of a byline, and the one name of a Person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile
from typing import Any

from dateline.instants import find_readings
from dateline.instants.reading import plain_text
from dateline.text import lower_case
from pipelines.extract.authors.words import (
    AGENCIES,
    BY_LABEL,
    BY_OTHERS,
    BY_PHRASE,
    BY_PREPOSITION,
    BY_ROLE,
    CHINESE_SURNAMES,
    DEGREE,
    DESK,
    FIELDS,
    HARD_JOBS,
    JOB_AT,
    JOB_WORDS,
    LIFE,
    NOT_A_NAME,
    OF_DATE,
    PAPER,
    REPORT,
    ROLE_BEHIND,
    ROLES,
    SUFFIX,
    SURNAME_JOBS,
    TASK_IN_BRACKETS,
    given_first,
    is_place,
)
from pipelines.extract.dates.labels import PUBLISHED, UPDATED
from pipelines.extract.jsonld import plain, texts_of, types_of

_LONGEST_BYLINE = 2_000
"""Characters: what looks for addresses takes the square of them (28 s for 100 KB of "@")."""
_LONGEST_NAME = 70
_MOST_WORDS = 7
_DEEPEST = 3
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+|[(\[<]?@\w+[)\]>]?|\(\s*\)")
_BRACKETS = re.compile(r"\s*[(\[【（][^()\[\]]{0,60}[)\]】）]\s*$|^\s*[(\[【（][^()\[\]]{0,60}[)\]】）]\s*")
_IN_BRACKETS = re.compile(r"^[(（【\[]([^()（）【】\[\]]+)[)）】\]]$")
_ASIDE = re.compile(r"(?<=\w\s)\([^()]{0,60}\)")
_ZONE = re.compile(r"\s?\(?[A-ZА-Я]{1,5}(?:[+-]\d[\d:]*)?\b\)?")
_FROM_TOWN = re.compile(r"[／/]\s*[\u4e00-\u9fff]{2,6}(?:報導|报道|報道|電|电|讯|訊)$")
"""Where a Chinese report was written ("記者王小明／台北報導")."""
_TOKEN = re.compile(r"^[\w-]+(?:[._]\w+){2,}$|[{}<>=%$:]")
_HARD_BREAK = re.compile(
    r"\s*[;|•]\s*|\s+[/·+]\s+|\s+[–—-]\s+|\n+|[、，]|(?<=[\u3040-\u9fff\uac00-\ud7af])[·・/](?=[\u3040-\u9fff\uac00-\ud7af])"
)
_SURE_AND = re.compile(r",?\s+(?:and|und(?!\s+zu[mr]?\s)|et|og|och|with|mit|avec)\s+|\s*&(?!\s*Co\b)\s*", re.IGNORECASE)
_LABEL = re.compile(r"[^:：|,]{2,30}[:：]\s*(?=\S)")
"""A label before a name in a language whose labels are not known: no name has a colon."""
_AND = re.compile(
    r",?\s+(?:y|e|ed|en|i|a|u|ja|ve|và|dan|és|oraz|și|şi|un|ir|eta|agus|dhe|и|і|й|та|або|και|և|და|और|एवं|व|এবং|ও|และ|or)\s+"
    r"|\s+(?:و\s?(?=[\u0600-\u06ff]{3})(?!و?(?:ليد|ائل|سام|فاء|جدي|ديع|لاء|عد)\b)|ו(?=[\u05d0-\u05ea]{2})(?!רד\b))|/"
)
"""Conjunctions that also occur within names ("Ortega y Gasset", "Costa e Silva"): only between two whole names."""
_HAN_NAMES = re.compile(
    rf"[{CHINESE_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?:\s[{CHINESE_SURNAMES}][\u4e00-\u9fff]{{1,2}})+|[\uac00-\ud7af]{{3}}(?:\s[\uac00-\ud7af]{{3}})+"
)
"""Names of China and Korea side by side; a blank within a name is Japan's ("山田 太郎"), where surnames are others."""
_GIVEN = re.compile(r"[^\W\d_]+(?:\s[^\W\d_]\.?){1,2}$|(?:[^\W\d_]\.[\s-]?){1,3}$")
"""A first name with initials, or initials alone."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_COMMA = re.compile(r"\s*,\s*")
_UPPER = r"[A-Z\u00c0-\u00de]"
_FOR_PAPER = re.compile(
    rf"\s+(?:for|para|pour|für|per|voor|of|at|from|special to)\s+(?:the\s+)?{_UPPER}.*$"
    rf"|\s+in\s+{_UPPER}\w+(?:\s\w+)?$|\s+associated press$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^about\s+(?=\S+\s+\S)", re.IGNORECASE)
_AGO = re.compile(
    r"(?:\b(?:publi|post|updat|aktualis)\w*\s)?\b(?:(?:\d+|an?|one)\s\w+\s(?:ago|назад|тому|önce|geleden|sedan|siden|sitten|temu|fa)"
    r"|(?:vor|hace|há|il y a|před)\s\d+\s\w+|\d+[\s-]min\w*\.?(?:\sread|\slesezeit|\sde lectur[ae])?)(?!\w)",
    re.IGNORECASE,
)
"""Time since then, or that for reading, as one of the parts of a byline."""
_NICKNAME = re.compile(r"(?<=\w )[„“«][\w .'-]{1,20}[“”»] (?=[^\W\d_a-zà-žа-я])")
_PICTURE = re.compile("[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]+")
_NO_VOWELS = re.compile("[B-DF-HJ-NP-TV-XZ]{2,4}")
_LINKS = frozenset({"without", "para", "pour", "della", "delle", "degli"})
"""Words in small letters that continue a name ("Ada Quill della Rovere")."""
_SLUG = re.compile(r"^[a-z]{2,}(?:-[a-z]{2,}){1,3}$")
_CAPITALS = re.compile(r"(?<!\.)\b(?!II|III|IV\b)[^\W\d_]{2,}\b(?!\.)")
_VOWEL = re.compile("[AEIOUY]|[^A-Z]")
"""Words of a name in capitals; initials stay, and names with an abbreviation, which has no vowels ("BBC")."""
_CJK = re.compile(r"^[\u3040-\u30ff\u4e00-\u9fff]{2,6}$|^[\uac00-\ud7af]{2,4}$")
_PARTICLES_TEXT = """
    von van de der den del della dello dei degli di da dos das la le lo al bin ibn bint ben zu zum zur und auf ten ter 't 's y e
    el af av du des do op los las an mac mhic ní ua nic d' abu ould ap ab san i wa
"""
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
_BEFORE_JOB_TEXT = "By Por por Par par per Von Vom La la Da Della De Di dalla the die unserer onze notre"
_BEFORE_JOB = _PARTICLES | frozenset(_BEFORE_JOB_TEXT.split())
"""Words between "By" and a desk ("Von der Redaktion")."""
_STRIPPED = " ,.:;·|=-–—*()[]\"'“”„«»/"


def names_of(value: Any) -> tuple[str, ...]:
    """The names in a schema.org author: a string, a Person or Organization, or a list of them."""
    return unique(_item_names(value, 0))


def _item_names(item: Any, depth: int) -> list[str]:
    if isinstance(item, list) and depth < _DEEPEST:
        return [name for part in item for name in _item_names(part, depth + 1)]
    if isinstance(item, str):
        return split_byline(plain(item))
    if not isinstance(item, dict):
        return []
    if "@list" in item:
        return _item_names(item["@list"], depth)
    name = item.get("name")
    if isinstance(name, str) and any("organization" in kind for kind in types_of(item)):
        return [clean] if (clean := plain(name)) and len(clean) <= _LONGEST_NAME else []
    texts = texts_of(name)
    if not texts:
        parts = [item.get("givenName"), item.get("familyName")]
        texts = [plain(" ".join(part for part in parts if isinstance(part, str)))]
    return [one for text in texts for one in person_names(text)]


def person_names(text: str) -> list[str]:
    """The name of one Person, whole, but where it is plainly a list of several ("Ada Quill and Bo Lund")."""
    text = _by_cut(_without_addresses(text), is_person=True)
    pieces = _COMMA.split(text)
    if len(pieces) == 2 and not (
        _is_whole(pieces[1]) or HARD_JOBS.search(pieces[1]) or pieces[1].partition("/")[0].casefold() in AGENCIES
    ):
        if DEGREE.match(pieces[1]):
            pieces = pieces[:1]
        elif not is_place(pieces[1]):
            return [_turned(pieces)] if _clean_name(pieces[0]) else []
        text = pieces[0]
    parts = _HARD_BREAK.split(text)
    if len(parts) == 1 and len(_COMMA.split(text)) == 1 and not all(map(_is_whole, _SURE_AND.split(text))):
        whole = _clean_name(text)  # "Press and Co" is one name
        return [whole] if whole else []
    return split_byline(text)


def split_byline(text: str) -> list[str]:
    """The single names of a byline; empty when it holds none."""
    text = given_first(without_dates(_without_addresses(text)))
    match = REPORT.search(text) or BY_ROLE.search(text) or LIFE.match(text)
    text = match[match.lastindex or 0] if match else text
    text = _FROM_TOWN.sub("", _IN_BRACKETS.sub(r"\1", text))
    text = _ASIDE.sub(lambda aside: aside[0].replace(",", " "), text)
    text = _by_cut(_ABOUT.sub("", _AGO.sub(" | ", _of_writers(text)).strip(" ,:;|-–—")))
    names: list[str] = []
    for piece in _HARD_BREAK.split(text):
        part = _LABEL.sub("", piece, count=1)
        if _HAN_NAMES.fullmatch(bare := ROLE_BEHIND.sub("", part)):
            names.extend(bare.split())
            continue
        for sure in [] if JOB_AT.match(part) else _SURE_AND.split(part):
            for each in _split_weakly(sure):
                names.extend(_comma_names(each))
    people = [name for name in names if not PAPER.search(name)]
    if not all(job_named := [bool(HARD_JOBS.search(name)) for name in people]):
        people = [name for name, is_job in zip(people, job_named, strict=True) if not is_job]
    begins_whole = bool(people) and (_is_whole(people[0]) or is_agency(people[0]))
    if begins_whole and sum(map(_is_whole, people)) <= 1:  # a single word behind one name is a place
        people = [name for name in people if not _is_lonely(name)]
    return people if any(is_personal(name) or is_agency(name) for name in people) else names


def _without_addresses(text: str) -> str:
    """The text in one line, with a comma in the place of each address: behind it a reader expects the next name."""
    return " ".join(_ADDRESS.sub(" , ", text[:_LONGEST_BYLINE]).split()).strip(" ,")


def _of_writers(text: str) -> str:
    """The byline without names behind labels of other tasks ("Photos: Bo Lund", "Reviewed by Bo Lund")."""
    pieces = _HARD_BREAK.split(text) if BY_OTHERS.search(text) else [text]
    text = " | ".join([piece for piece in pieces if not BY_OTHERS.match(piece)] or pieces)
    roles = list(ROLES.finditer(text))
    ends = [*(role.start() for role in roles[1:]), len(text)]
    own = [text[role.end() : end] for role, end in zip(roles, ends, strict=True) if role["own"]] if roles else []
    return " | ".join([text[: roles[0].start()], *own]).strip(" |,;") if roles else text


def without_dates(text: str) -> str:
    """The text with a break in the place of each date."""
    if not any(map(str.isdigit, text)):
        return text
    plain_line = plain_text(text)
    for found in reversed(find_readings(plain_line)):
        words = plain_line[: found.start].split(" ")
        while words and (
            not words[-1] or OF_DATE.fullmatch(words[-1]) or UPDATED.search(words[-1]) or PUBLISHED.search(words[-1])
        ):
            words.pop()
        rest = plain_line[found.end :]
        plain_line = f"{' '.join(words)} | {_ZONE.sub('', rest) if found.precision == 'minute' else rest}"
    return plain_line


def _split_weakly(text: str) -> Iterator[str]:
    """Parts at conjunctions between two whole names, or between two single words."""
    is_in_capitals = text.isupper() and len(text.split()) >= 5  # of fewer words "Y" may be an initial
    matches = list(_AND.finditer(lower_case(text) if is_in_capitals else text))
    ends = [*(match.start() for match in matches), len(text)][1:]
    start = 0
    for match, end in zip(matches, ends, strict=True):
        left, right = text[start : match.start()], text[match.end() : end]
        sides = (len(_COMMA.split(left)[-1].split()), len(_COMMA.split(right)[0].split()))
        if (
            min(sides) >= 2
            or (match[0] == "/" and (is_agency(left) or is_agency(right)))
            or (max(sides) == 1 and match[0] != "/")
        ):
            yield left
            start = match.end()
    yield text[start:]


def _comma_names(part: str) -> Iterator[str]:
    """The names between commas; what is a job, place, degree or outlet behind a whole name is dropped."""
    pieces = [piece for piece in _COMMA.split(part) if piece.strip(_STRIPPED)]
    whole = sum(_is_whole(piece) for piece in pieces)
    last, first = pieces if len(pieces) == 2 else ("", "")
    is_given = _clean_name(first) is not None if _is_word(first) else bool(_GIVEN.match(first))
    if is_given and _is_word(" ".join(_weighty(last))) and (_clean_name(last) or is_place(last)):
        yield _turned(pieces)
        return
    kept: list[str] = []
    is_all_capitals = part.isupper()
    for number, piece in enumerate(pieces):
        if SUFFIX.match(piece) and kept:
            kept[-1] = f"{kept[-1]}, {piece}"
            continue
        is_outlet = not is_all_capitals and _is_outlet_in_capitals(piece)
        is_dropped = number and (is_outlet or _is_aside(piece) or (whole == 1 and _is_lonely(piece)))
        if not is_dropped and (name := _clean_name(piece)):
            kept.append(name)
    yield from kept


def _turned(pieces: list[str]) -> str:
    """The name of "Last, First" as its bearer says it. Two words before the comma may be a whole name, and stay there."""
    last, first = pieces[0].strip(_STRIPPED), pieces[1].strip(_STRIPPED.replace(".", ""))
    return f"{last}, {first}" if SUFFIX.match(first) or len(_weighty(last)) != 1 else f"{first} {last}"


def _is_word(piece: str) -> bool:
    return bool(_WORD.fullmatch(piece)) and piece[:1].isupper() and not is_agency(piece)


def is_agency(piece: str) -> bool:
    """Whether a word is a news agency's name, or an abbreviation as agencies have."""
    return piece.casefold() in AGENCIES or (piece.isupper() and piece.isascii() and len(piece) <= 5)


def _is_aside(piece: str) -> bool:
    patterns = (HARD_JOBS.search, DEGREE.match, DESK.match, _is_not_a_name, PAPER.search)
    first = piece.split(maxsplit=1)[0]
    # "The Lancet", "à Paris", "the daily"
    is_phrase = first == "The" or (first.islower() and first not in _PARTICLES and not is_agency(piece))
    return any(matches(piece) for matches in patterns) or is_place(piece) or is_phrase


def _is_not_a_name(piece: str) -> bool:
    """Whether the words can't be a name. A quoted nickname within a name is ignored (Ada “Sparks” Quill)."""
    return bool(NOT_A_NAME.search(_NICKNAME.sub("", piece)))


def _is_outlet_in_capitals(piece: str) -> bool:
    """Whether a piece in capitals, behind a name that is not, is the outlet it was written for ("Ada Quill, CNN")."""
    return piece.isupper() and len(piece) > 2 and piece.isascii() and piece.casefold() not in AGENCIES


def _is_lonely(piece: str) -> bool:
    """A single word among whole names is a place or a section, but for agencies and names in other scripts."""
    return len(piece.split()) == 1 and not _CJK.match(piece) and not is_agency(piece)


def _is_whole(piece: str) -> bool:
    return len(piece.split()) >= 2


def _by_cut(text: str, *, is_person: bool = False) -> str:
    """The text without the words that announce a name."""
    first, _, last = text.partition(" ")
    if first and last.casefold() in AGENCIES and BY_PREPOSITION.match(f"{text} {last}"):
        return last
    for pattern in (BY_PHRASE, BY_LABEL) if is_person else (BY_PHRASE, BY_LABEL, BY_PREPOSITION):
        if (cut := pattern.sub("", text, count=1)) and cut != text:
            return BY_PHRASE.sub("", cut, count=1) or cut
    return text


def _clean_name(text: str) -> str | None:
    """The name without brackets, roles and the paper it was written for; None for what is not a name."""
    if TASK_IN_BRACKETS.search(text):
        return None
    name = _BRACKETS.sub("", _PICTURE.sub("", text)).strip(_STRIPPED)
    while (bare := ROLE_BEHIND.sub("", name)) != name:
        name = bare
    if len(name.split()) > 2 and not _is_short_for(name):
        while (bare := _FOR_PAPER.sub("", name)) != name and not _is_short_for(name):
            name = bare
    if _SLUG.match(name):
        name = name.replace("-", " ").title()
    name = _without_end(_without_job(_by_cut(name.strip(_STRIPPED))))
    if name.isupper() and len(name.split()) > 1 and all(map(_VOWEL.search, _CAPITALS.findall(name))):
        name = _CAPITALS.sub(lambda word: word[0].title(), name)
    if name.endswith((" Jr", " Sr")) and f"{name}." in text:
        name += "."
    if _TOKEN.search(name):
        return None
    if not (1 < len(name) <= _LONGEST_NAME) or len(_weighty(name)) > _MOST_WORDS or not any(map(str.isalpha, name)):
        return None
    if _is_not_a_name(name) or is_place(name) or _is_prose(name):
        return None
    return name


def _without_end(name: str) -> str:
    """The name without a degree or outlet in capitals behind it ("Ada Quill RN"), or a phrase in small letters."""
    words = name.split()
    is_abbreviated = 3 <= len(words) <= 5 and "&" not in words and bool(_NO_VOWELS.fullmatch(words[-1]))
    if is_abbreviated and not any(map(str.isupper, words[:-1])):
        return " ".join(words[:-1])
    if len(words) < 4 or DESK.fullmatch(name):
        return name
    is_name = all(word[:1].isupper() and not word.isupper() for word in words[:2])
    begins_phrase = words[2].isalpha() and words[2].islower() and len(words[2]) > 4 and words[2] not in _LINKS
    return " ".join(words[:2]) if is_name and begins_phrase else name


def _is_prose(name: str) -> bool:
    """Whether most of several words begin in lower case without being particles."""
    words = name.split()
    return len(words) > 2 and 2 * sum(word.islower() and word not in _PARTICLES for word in words) > len(words)


def _weighty(name: str) -> list[str]:
    """The words of a name but for its particles."""
    return [word for word in name.split() if word not in _PARTICLES]


def _is_short_for(name: str) -> bool:
    """Whether cutting at "for" would leave a single word ("Center for Rivers")."""
    head = _FOR_PAPER.sub("", name)
    return len(head.split()) < 2


def _without_job(name: str) -> str:
    """The name without job words around it ("Political editor Ada Quill"); empty where it is nothing else."""
    words = name.split()
    bare = list(dropwhile(_BEFORE_JOB.__contains__, words))
    if bare and all(part.strip(".") in JOB_WORDS for word in bare for part in word.casefold().split("-")):
        return ""
    if not HARD_JOBS.search(name):
        return name
    jobs = [place for place, word in enumerate(words) if HARD_JOBS.fullmatch(word) and word.islower()]
    if jobs and all(map(str.islower, words[: jobs[-1]])):  # "onze redacteur Pieter de Wit"
        words = words[jobs[-1] + 1 :] or words
    while len(words) > 2 and words[0].casefold() in JOB_WORDS:
        words = words[1:]
    is_cut = False
    while len(words) > 2 and words[-1].casefold() in (FIELDS if is_cut else JOB_WORDS):
        words, is_cut = words[:-1], True
    is_rest = words[0].islower() or words[-1].casefold() in {"the", "to", "of"}  # of "Letters to the editor"
    return "" if is_rest or _is_job(words) else " ".join(words)


def _is_job(words: list[str]) -> bool:
    """Whether words that hold a job are one; with a capital behind a first name it is a surname ("Olive Writer")."""
    is_surname = len(words) == 2 and words[0].istitle() and words[1].istitle() and words[0].casefold() not in FIELDS
    return bool(HARD_JOBS.search(" ".join(words))) and not (is_surname and SURNAME_JOBS.fullmatch(words[1]))


def is_personal(name: str) -> bool:
    """Whether a name has the form of a person's: two to five words that begin with capitals, but for particles."""
    if _CJK.match(name):
        return True
    words = name.replace(",", "").split()
    is_small = any(word.islower() and word != word.title() and word not in _PARTICLES for word in words)
    return len(words) >= 2 and len(_weighty(name)) <= 5 and not is_small and name.count(".") <= 3 and "/" not in name


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names in order, each once; of two spellings the one with blanks ("Ada Quill", not "ada_quill")."""
    seen: dict[str, str] = {}
    for name in names:
        key = re.sub(r"[\W_]+", "", name).casefold()
        seen[key] = max(seen.get(key, name), name, key=lambda spelling: " " in spelling)
    return tuple(seen.values())
