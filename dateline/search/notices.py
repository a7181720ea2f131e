"""What to say of how a search was read where that is probably not what was meant; pure."""

from __future__ import annotations

import re
import shlex

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\"<>]+", re.IGNORECASE)
_AROUND = ' \t"“”„«»<>'
"""What is around an address that was copied from a text."""
_QUOTES = '"“”„«»'
_QUOTED = re.compile(r'["“”„«»][^"“”„«»]*["“”„«»]\S*')
_OTHER_ENGINES = (
    (re.compile(r"(?<!\S)\|(?!\S)|(?<=\w)\|(?=\w)"), "| was ignored; write OR between words of which either will do"),
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
    """What to say of operators that only other search engines have, and of an address; nothing of most searches."""
    address = query.strip(_AROUND)
    if _ADDRESS.fullmatch(address):  # no headline and hardly a text has it
        return (
            "a search looks in headlines and texts, not in addresses; "
            f"to look this one up: dateline explain {shlex.quote(address)}",
        )
    bare = _QUOTED.sub(" ", query)
    return tuple(said.format(found[0]) for sign, said in _OTHER_ENGINES if (found := sign.search(bare)))


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
