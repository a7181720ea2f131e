"""The words that changed between two texts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
MAX_WORDS = 20_000
"""Above this only whole lines are compared: the words of a long live blog would take seconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text that is in both, only in the newer (added), or only in the older (gone)."""

    kind: Literal["same", "added", "gone"]
    text: str


def changed_parts(before: str, after: str) -> list[Part]:
    """The newer text with what is gone from the older one put in at its place."""
    older, newer = _tokens(before), _tokens(after)
    parts: list[Part] = []
    for tag, i, j, k, m in SequenceMatcher(None, older, newer, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Part("same", "".join(newer[k:m])))
            continue
        if j > i:
            parts.append(Part("gone", "".join(older[i:j])))
        if m > k:
            parts.append(Part("added", "".join(newer[k:m])))
    return parts


def _tokens(text: str) -> list[str]:
    words = _WORDS.findall(text)
    return words if len(words) <= MAX_WORDS else text.splitlines(keepends=True)
