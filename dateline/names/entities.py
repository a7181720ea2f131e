"""What plug-ins that recognise names (entry point group `dateline.entities`) declare and return. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from operator import index

from dateline.names.name_list import KINDS
from dateline.text import storable_line

MOST_SPANS, MOST_NAME = 5000, 200
"""Spans of an article that count; characters of a name."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its version."""

    name: str
    version: str

    @classmethod
    def of(cls, plug_in: object) -> Model:
        """What a plug-in declares; a ValueError says what is missing."""
        said = {name: getattr(plug_in, name, None) for name in ("model", "version")}
        for name, value in said.items():
            if not isinstance(value, str) or not storable_line(value, MOST_NAME):
                raise ValueError(f"the plug-in has no text {name!r}")
        return cls(*(storable_line(str(value), MOST_NAME) for value in said.values()))


@dataclass(frozen=True, slots=True)
class Entity:
    """A name that a model recognised in an article, and how often."""

    kind: str
    name: str
    mentions: int
    in_title: bool
    first_at: int | None


def entities(spans: Iterable[tuple[int, int, str]], head: str, text: str) -> list[Entity]:
    """The names in spans (start, end, kind) of a headline and a text that follows it, by kind and name.

    A ValueError names a span that is not in the text, or whose kind is unknown.
    """
    whole = head + text
    found: dict[tuple[str, str], list[int]] = {}
    for first, last, kind in islice(spans, MOST_SPANS):
        if not 0 <= index(first) < index(last) <= len(whole):
            raise ValueError(f"span {first}-{last} is not within the text, which has {len(whole)} characters")
        if kind not in KINDS:
            raise ValueError(f"the kind is {str(kind)[:40]!r}; it is one of {', '.join(KINDS)}")
        if name := storable_line(whole[first:last], MOST_NAME):
            found.setdefault((kind, name), []).append(index(first))
    return [_entity(kind, name, sorted(places), len(head)) for (kind, name), places in sorted(found.items())]


def _entity(kind: str, name: str, places: list[int], text_at: int) -> Entity:
    in_text = [at - text_at for at in places if at >= text_at]
    return Entity(kind, name, len(places), places[0] < text_at, in_text[0] if in_text else None)
