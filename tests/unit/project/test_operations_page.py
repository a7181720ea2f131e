"""docs/operations.md says of every setting what the program says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from dateline.config import Settings

PAGE = (Path(__file__).parents[3] / "docs/operations.md").read_text()


def test_every_setting_stands_in_the_table_with_its_words() -> None:
    table = PAGE[PAGE.index("## Configuration") : PAGE.index("## Troubleshooting")]
    told = dict(re.findall(r"(?m)^\| `(\w+)` \| .* \| (.*) \|$", table))
    assert told == {field.name: field.metadata["help"] for field in dataclasses.fields(Settings)}


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (Path(__file__).parents[3] / "docs" / target).exists(), target
