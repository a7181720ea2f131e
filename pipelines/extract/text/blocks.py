"""A paragraph of the body in one line, and what it was in the page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

BlockKind = Literal["paragraph", "heading", "item", "quote", "code", "row"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the body in one line, and what it was in the page."""

    text: str
    kind: BlockKind = "paragraph"


def size_of(blocks: Iterable[Block]) -> int:
    """Characters of all blocks."""
    return sum(len(block.text) for block in blocks)


def is_inside(text: str, whole: str) -> bool:
    """Whether most of the text is in the whole: drop caps, links without blanks and words that are only read out differ."""
    if text in whole:
        return True
    pieces = [text[i : i + 16] for i in range(0, len(text) - 15, 16)]
    missing = (piece for piece in pieces if piece not in whole)
    too_many = math.ceil(0.4 * len(pieces))
    return len(list(islice(missing, too_many))) < too_many
