"""Plug-ins that recognise names: where they are, and calls of one. The calls run in a worker of the parser pool."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from dateline.names.entities import Entity, Model, entities

GROUP = "dateline.entities"
BETWEEN = "\n\n"


def installed() -> dict[str, str]:
    """The entry points of installed plug-ins, by name. Imports none of them."""
    return {one.name: one.value for one in entry_points(group=GROUP)}


@cache
def _plug_in(value: str) -> Any:
    return EntryPoint("plug-in", value, GROUP).load()


def declared(value: str) -> Model:
    """The model of a plug-in, which is loaded for it."""
    return Model.of(_plug_in(value))


def recognise(value: str, title: str, text: str, language: str | None) -> list[Entity]:
    """What a plug-in recognises in an article. It reads headline and text in one."""
    head = title + BETWEEN
    return entities(_plug_in(value)(head + text, language), head, text)
