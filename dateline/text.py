"""Foreign text made storable, and the hash by which two texts are the same.

`storable` is the one door through which foreign text enters the database: PostgreSQL refuses NUL, UTF-8 refuses lone
surrogates, terminals and logs suffer from control characters, and no field has a use for more than its limit.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import overload

import xxhash

MAX_TEXT = 2_000_000
"""Characters of a body that are kept: thirty times the longest article of the corpora."""
MAX_LINE = 4_000
"""Characters of a headline, name, tag or summary line that are kept."""

# C0 and C1 controls but tab and line feed; surrogates; noncharacters; directional overrides that hide what a line says
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = re.compile("\r\n|\r|\x85|\u2028|\u2029|\x0b|\x0c")


@overload
def storable(text: str, limit: int = MAX_TEXT) -> str: ...
@overload
def storable(text: None, limit: int = MAX_TEXT) -> None: ...
def storable(text: str | None, limit: int = MAX_TEXT) -> str | None:
    """The text as the database can hold and give it back: at most `limit` characters, line breaks as LF, no controls."""
    if text is None:
        return None
    return _UNWANTED.sub("", _BREAKS.sub("\n", text))[:limit]


@overload
def storable_line(text: str, limit: int = MAX_LINE) -> str: ...
@overload
def storable_line(text: None, limit: int = MAX_LINE) -> None: ...
def storable_line(text: str | None, limit: int = MAX_LINE) -> str | None:
    """The same for a field of one line: white space is folded."""
    if text is None:
        return None
    return " ".join(storable(text, limit).split())


def folded(text: str) -> str:
    """The text as it is compared: NFKC, case folded, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def content_hash(text: str) -> uuid.UUID:
    """128 bits that are equal when two texts are the same but for case, white space and compatibility forms."""
    return uuid.UUID(int=xxhash.xxh3_128_intdigest(folded(text).encode("utf-8", "surrogatepass")))


def bytes_hash(body: bytes) -> uuid.UUID:
    """128 bits of a body as it came, for hosts whose validators lie."""
    return uuid.UUID(int=xxhash.xxh3_128_intdigest(body))
