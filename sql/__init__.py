"""The SQL of Dateline: named queries, migrations, views, and the modules that use PostgreSQL.

A query is in AREA.sql, in the folder of the module that uses it, below a line `-- name: its_name`. The comment lines
that follow document it. No two folders have an AREA.sql of the same name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

from dateline.types.article_fields import column_lists

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def query(area: str, name: str) -> LiteralString:
    """The text of a named query; a LookupError lists the valid names."""
    found = _area(area).get(name)
    if found is None:
        raise LookupError(f"Unknown query {name!r} in {area}.sql. Choose from: {', '.join(sorted(_area(area)))}")
    return found


def has_query(area: str, name: str) -> bool:
    """Whether an area has a query of that name."""
    return name in _area(area)


@cache
def _area(area: str) -> dict[str, LiteralString]:
    found = list(_FOLDER.glob(f"*/{area}.sql"))
    if len(found) != 1:
        raise LookupError(f"Expected one file sql/*/{area}.sql, found {len(found)}")
    return parse_queries(_filled(found[0].read_text(encoding="utf-8")))


def _filled(text: str) -> str:
    """Returns the text with each `{{name}}` replaced by the column list of that name; they come from our own declarations."""
    for name, columns in column_lists().items():
        text = text.replace("{{" + name + "}}", columns)
    return text


def parse_queries(text: str) -> dict[str, LiteralString]:
    """The queries of one file by name; a ValueError for a name that is used twice."""
    parts = _NAME.split(text)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"Query names used twice: {sorted({name for name in names if names.count(name) > 1})}")
    # The only cast of query text: it comes from files of this package, never from input.
    return {name: cast(LiteralString, body.strip()) for name, body in zip(names, bodies, strict=True)}
