"""Every command, option and setting is in the committed reference pages, with the words of the program."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from dateline.api.openapi import description
from dateline.cli import COMMANDS, cli
from dateline.cli.admin.api_page import api_page
from dateline.cli.admin.reference import commands_page, settings_page
from dateline.config import Settings

DOCS = Path(__file__).parents[3] / "docs"
PAGES: dict[str, Callable[[], str]] = {
    "commands": lambda: commands_page(cli),
    "settings": settings_page,
    "api": lambda: api_page(description()),
}


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_current(name: str) -> None:
    cure = f"run `dateline docs {name} -o docs/reference-{name}.md` and commit it"
    assert (DOCS / f"reference-{name}.md").read_text(encoding="utf-8") == PAGES[name](), cure


def test_reference_has_every_command() -> None:
    headings = set(re.findall(r"(?m)^## dateline (.+)$", commands_page(cli)))
    assert set(COMMANDS) <= headings
    assert {"sources add", "watch deliveries", "db url", "docs settings"} <= headings


def test_reference_has_every_setting_with_its_meaning() -> None:
    documented = dict(re.findall(r"(?m)^\| `(\w+)` \| .* \| (.*) \|$", settings_page()))
    assert documented == {field.name: field.metadata["help"] for field in dataclasses.fields(Settings)}


def test_every_option_is_explained() -> None:
    assert not re.findall(r"(?m)^\| `[^`]+` \| *\|$", commands_page(cli))


def _lists(group: click.Group, context: click.Context) -> Iterator[str]:
    yield group.get_help(context)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _lists(command, click.Context(command, context, name, terminal_width=80))


def test_lists_of_commands_show_whole_sentences_in_80_columns() -> None:
    shown = "\n".join(_lists(cli, click.Context(cli, info_name="dateline", terminal_width=80)))
    assert "config" in shown
    assert [line for line in shown.splitlines() if line.startswith("  ") and line.endswith("...")] == []
