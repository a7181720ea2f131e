"""Plug-ins that recognise names: where they are, and calls of one. The calls run in a worker of the parser pool."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from dateline.names.entities import Entity, Model, entities

GROUP = "dateline.entities"
BETWEEN = "\n\n"


def installed() -> dict[str, str]:
    """The entry points of installed plug-ins, by name. Imports none of them."""
    return {one.name: one.value for one in entry_points(group=GROUP)}


_LOADED: dict[str, Any] = {}


def declared(value: str) -> Model:
    """The model of a plug-in, which is loaded for it."""
    if value not in _LOADED:
        _LOADED[value] = EntryPoint("plug-in", value, GROUP).load()
    return Model.of(_LOADED[value])


def recognise(value: str, title: str, text: str, language: str | None) -> list[Entity] | None:
    """What a plug-in recognises in an article, of which it reads headline and text in one; None where it is not loaded."""
    if value not in _LOADED:
        return None
    head = title + BETWEEN
    return entities(_LOADED[value](head + text, language), head, text)
