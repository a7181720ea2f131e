"""What to say of how a search was read where that is probably not what was meant; pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import SequenceMatcher

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\"<>]+", re.IGNORECASE)
_AROUND = ' \t"“”„«»<>'
"""What is around an address that was copied from a text."""
_QUOTES = '"“”„«»'
_QUOTED = re.compile(r'["“”„«»][^"“”„«»]*["“”„«»]\S*')
_NOT_OPERATORS = (
    (re.compile(r"(?<!\|)\|(?!\|)"), "| was ignored; write OR to find either word"),
    (
        re.compile(r"(?<=\S\s)[Oo]r(?=\s+[^\s)])"),
        "{} was searched for as a word, beside all others; write OR in capitals to find either word",
    ),
    (
        re.compile(r"(?<!\S)[Nn]ot(?=\s+[^\s)])"),
        "{} was searched for as a word; write NOT in capitals, or -word, to leave out a word",
    ),
    (
        re.compile(r"(?<!\S)(?:(?:NEAR|ADJ|ONEAR|PRE|N|W|w|n)/\d+|NEAR(?=\s+\S+.*[a-z]))(?!\S)"),
        '{} was read as words of the text; write "ferry pier"~5 for words near each other',
    ),
    (
        re.compile(r"(?<!\S)[^\W\d_]+[?*][^\W\d_][\w?*]*(?!\S)"),
        "{} was read as words with this sign between them; only a word's end can be left open: ferr*",
    ),
    (
        re.compile(r"(?<!\S)\w+(?:~|\^)[\d.]*(?!\S)"),
        "{} was read as written: there are no similar words and no weights",
    ),
    (re.compile(r"(?<!\S)/\S*[.*+?\\\[|]\S*/(?!\S)"), "{} was read as written: there are no regular expressions"),
)


def notices_of(query: str) -> tuple[str, ...]:
    """What to say of operators that do not exist here, and of an address; nothing of most searches."""
    address = query.strip(_AROUND)
    if _ADDRESS.fullmatch(address):  # no headline and hardly a text has it
        return (
            "a search looks in headlines and texts, not in addresses; "
            f"to look this one up: dateline explain {shlex.quote(address)}",
        )
    bare = _QUOTED.sub(" ", query)
    return tuple(said.format(found[0]) for sign, said in _NOT_OPERATORS if (found := sign.search(bare)))


UNKNOWN = {
    "source": "no source has this name or title",
    "author": "no article has an author of this name",
    "lang": "no article is in this language",
    "site": "no article is from this site",
    "section": "no article has a section of this name",
    "credited": "no article credits an outlet or agency of this name",
    "tag": "no article has this topic",
    "name": "no name of the list is written so (see: dateline names list)",
}
"""What is wrong with a value that the archive does not know, by field."""
ALIKE, ALIKE_AT_MOST = 0.6, 3


def unknown_value(field: str, value: str, known: Sequence[str]) -> str:
    """What to say of a value that the archive does not know, with those of the known ones that are spelled much like it."""
    near = [one for one in known if one != "xx"] if field == "lang" else _near(value, known)
    written = f'"{value}"' if re.search(r"[\s,()]", value) else value
    return f"{field}:{written} finds nothing: {UNKNOWN[field]}" + (f"; there is {', '.join(near)}" if near else "")


def _near(value: str, known: Sequence[str]) -> list[str]:
    """The known values that are most like it, in whole or in one of their words."""
    matcher = SequenceMatcher(b=value.casefold())
    found = list[tuple[float, str]]()
    for one in dict.fromkeys(known):
        for part in {one, *one.split()}:
            matcher.set_seq1(part.casefold())
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
                found.append((-matcher.ratio(), one))
    return list(dict.fromkeys(one for _, one in sorted(found)))[:ALIKE_AT_MOST]


def inner_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with an apostrophe for a quotation mark that is part of a word where one is left over, and a notice of it.

    It is one between letters or digits, else one after a digit (inches).
    """
    marks = [place for place, sign in enumerate(text) if sign in _QUOTES]
    if len(marks) % 2 == 0:
        return text, ()
    inner = [m for m in marks if text[m - 1 : m].isalnum() and text[m + 1 : m + 2].isalnum()]
    inches = [m for m in marks if text[m - 1 : m].isdecimal()]
    place = next(iter(inner + inches), None)
    if place is None:
        return text, ()
    begin = max(text.rfind(" ", 0, place) + 1, place - 20)
    word = text[begin : place + 20].split(maxsplit=1)[0]
    return f"{text[:place]}'{text[place + 1 :]}", (f"the quotation mark in {word} was read as part of the word",)
