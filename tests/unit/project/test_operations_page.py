"""The settings in docs/how-to/operate.md are those of the program, with the same words."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from dateline.config import Settings

PAGE = (Path(__file__).parents[3] / "docs/how-to/operate.md").read_text()


def test_every_setting_is_documented() -> None:
    table = PAGE[PAGE.index("## Settings") : PAGE.index("## Solve problems")]
    documented = dict(re.findall(r"(?m)^\| `(\w+)` \| .* \| (.*) \|$", table))
    assert documented == {field.name: field.metadata["help"] for field in dataclasses.fields(Settings)}
