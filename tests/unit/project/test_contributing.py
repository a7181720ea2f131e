"""CONTRIBUTING.md answers where each everyday change begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TABLE = dict(re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \|$", (ROOT / "CONTRIBUTING.md").read_text()))

CHANGES = {
    "how a title is cleaned": "def .*title",
    "a cleaning rule": "^RULES",
    "what counts as a paywall": "paywall",
    "a column of articles": "^class ArticleRow",
    "a page's way": "^ORDER",
    "the catalogue": r"\[\[source\]\]",
    "how often a feed": "^def ",
    "the wait after": "429, 503",
    "why a URL is missing": "^REASONS",
    "the words of a failed fetch": "^_CERTIFICATE",
    "which links of a section": "^LINK_POINTS",
    "how articles become a story": "^def ",
    "which parameters of a URL": "^EMPTY_PARAMETERS",
    "how a date in words": "^_YEAR_MONTH",
    "what is taken of a feed's entry": "^class Entry|^class .*Entry|guid=",
    "a fetch's limits": "^class FetchSettings",
    "what counts as a copy": "^OTHER_SITE",
    "a chat service": "^def body_of",
    "which words in a byline": "^NOT_A_NAME",
    "what a restore": "^def tokens_after",
    "a backfill's requests": "^DEFAULT_BUDGET",
    "the digest": "<html",
    "an export format": "parquet",
    "a console page": "^VIEWS",
    "a command": "^COMMANDS",
    "a setting": "^class Settings",
    "a metric": "_gauge|GaugeMetricFamily",
    "an alarm about": "[Aa]larm",
}
"""Each change with what the first file that its row names holds."""


def row(change: str) -> str:
    """What the table says to open."""
    found = [files for to_change, files in TABLE.items() if to_change.startswith(change)]
    assert len(found) == 1, change
    return found[0]


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_file_is_the_right_one(change: str) -> None:
    first = next(name for name in re.findall(r"`([^`]+)`", row(change)) if "/" in name)
    named = ROOT / first
    texts = [path.read_text() for path in (sorted(named.glob("*.toml")) if named.is_dir() else [named])]
    assert any(re.search(CHANGES[change], text, re.MULTILINE) for text in texts), f"{first} does not decide {change}"


def test_a_full_text_language_has_its_row() -> None:
    assert "fts_config" in row("a full-text language")
