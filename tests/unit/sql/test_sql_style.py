"""Every .sql file keeps to one format: lines of 120 characters, upper-case keywords, columns by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WRITTEN_BY_PG_DUMP = ROOT / "sql" / "schema" / "schema.sql"
FILES = sorted({*ROOT.glob("sql/**/*.sql"), *ROOT.glob("dateline/**/*.sql")} - {WRITTEN_BY_PG_DUMP})
KEYWORDS = (
    "select|from|where|join|lateral|insert|update|delete|returning|union|having|case|when|then|else|and|or|not|null|"
    "exists|distinct|order|group|by|array|create|alter|drop|with"
)
LOWER = re.compile(rf"(?<![\w.%(:'])(?:{KEYWORDS})(?![\w.)\]'])")
ALL_COLUMNS = re.compile(r"(?:\bSELECT\s+|,\s*)(?:\w+\.)?\*")
EVERY_COLUMN_IS_MEANT = {"SELECT v.*": "sql/export/export.sql"}
"""An export of a search has all columns of news.articles, whichever the view has."""


def code_of(text: str) -> str:
    """The text without psql's commands, comments, literals and quoted names."""
    return re.sub(r"^\\[^\n]*|--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"", "''", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_file_keeps_the_format(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if len(line) > 120] == []
    assert LOWER.findall(code_of(text)) == []
    stars = ALL_COLUMNS.findall(code_of(text))
    assert [star for star in stars if str(path.relative_to(ROOT)) != EVERY_COLUMN_IS_MEANT.get(star)] == []


def test_format_check_sees_each_fault() -> None:
    assert LOWER.findall(code_of("SELECT a from b -- from\nWHERE c = 'where' and d")) == ["from", "and"]
    assert ALL_COLUMNS.findall(code_of("SELECT a, b.* FROM c; SELECT * FROM d; SELECT count(*), e * 2")) == [
        ", b.*",
        "SELECT *",
    ]
