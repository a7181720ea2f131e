"""Scripts without spaces between words, which the function dateline.search_words of the database indexes by pairs."""

from __future__ import annotations

import re

# Han with kana, Hangul, Thai, Lao, Myanmar, Khmer: the letters of dateline.search_words
LETTERS = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6"
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3"
)
_ANY = re.compile(f"[{LETTERS}]")


def is_unspaced(text: str) -> bool:
    """Whether the text has a character of a script without spaces."""
    return _ANY.search(text) is not None
