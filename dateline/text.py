"""Makes foreign text storable, and hashes texts for comparison.

All foreign text passes through `storable` on its way into the database: PostgreSQL refuses NUL, UTF-8 refuses lone
surrogates, control characters break terminals and logs, and each field has a limit.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import overload

import xxhash

MAX_TEXT = 2_000_000
"""The most characters of a body that are kept: thirty times the longest article of the corpora."""
MAX_LINE = 4_000
"""The most characters of a headline, name, tag or summary line that are kept."""
SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
"""What sources, watches, users and tokens may be called."""

# C0 and C1 controls except tab and line feed; surrogates; noncharacters; directional overrides, which can disguise text
UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2060\ufeff]")
"""Soft hyphens, zero-width blanks and byte order marks: within a word they hide it from every search."""
_JOINERS = re.compile(
    "(?<![\u0590-\u1cff\u2190-\u2bff\ufb1d-\ufefc\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]|[\u200c\u200d](?=\\s|$)"
)
"""Joiners but behind letters of scripts that are written with them (Arabic, Indic and others) and within emoji."""
_DIRECTIONS = " \u200e\u200f\u061c"
_BREAKS = re.compile("\r\n|\r|\x85|\u2028|\u2029|\x0b|\x0c")
_NO_LETTERS = re.compile(r"\W+")
_NO_LETTERS_OF_ASCII = bytes(code for code in range(128) if _NO_LETTERS.match(chr(code)))


@overload
def storable(text: str, limit: int = MAX_TEXT) -> str: ...
@overload
def storable(text: None, limit: int = MAX_TEXT) -> None: ...
def storable(text: str | None, limit: int = MAX_TEXT) -> str | None:
    """The text in a form that the database can store: at most `limit` characters, line breaks as LF, no control characters."""
    if text is None:
        return None
    if text.replace("\n", "").isprintable():  # none of the characters below is
        return text[:limit]
    clean = UNWANTED.sub("", _BREAKS.sub("\n", text))
    return (clean if clean.isascii() else _JOINERS.sub("", _INVISIBLE.sub("", clean)))[:limit]


@overload
def storable_line(text: str, limit: int = MAX_LINE) -> str: ...
@overload
def storable_line(text: None, limit: int = MAX_LINE) -> None: ...
def storable_line(text: str | None, limit: int = MAX_LINE) -> str | None:
    """Like `storable`, on one line: each run of white space becomes one space, and no mark of direction is at its ends."""
    if text is None:
        return None
    return " ".join(storable(text, limit).split()).strip(_DIRECTIONS)


def visible(text: str) -> str:
    """The text on one line as a terminal may show it: what can't be seen or would act on it is escaped as in Python."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def folded(text: str) -> str:
    """The text in a form for comparison: NFKC, case-folded, each run of white space one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def only_letters(text: str) -> str:
    """The text's letters, digits and underscores: ASCII signs go byte by byte, in a quarter of the regular expression's time."""
    left = text.encode("utf-8", "surrogatepass").translate(None, _NO_LETTERS_OF_ASCII).decode("utf-8", "surrogatepass")
    return left if left.isascii() else _NO_LETTERS.sub("", left)


def lower_case(text: str) -> str:
    """The text in lower case; a Turkish capital with a dot is one letter, as it is where case is ignored."""
    return text.lower().replace("i\u0307", "i")


def content_hash(text: str) -> uuid.UUID:
    """A 128-bit hash, equal for texts that differ only in case, white space and compatibility forms."""
    return uuid.UUID(int=xxhash.xxh3_128_intdigest(folded(text).encode("utf-8", "surrogatepass")))


def bytes_hash(body: bytes) -> uuid.UUID:
    """A 128-bit hash of a body as received, for hosts with wrong validators."""
    return uuid.UUID(int=xxhash.xxh3_128_intdigest(body))


def quantity(number: int, noun: str) -> str:
    """The number with its noun in English: "1 article", "2 articles", "2 addresses", "2 copies"."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"
