"""The SQL of Dateline: named queries, migrations, views, and the doors to PostgreSQL.

A query lives in queries/AREA.sql below a line `-- name: its_name`; comment lines that follow are its documentation.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def query(area: str, name: str) -> LiteralString:
    """The text of one named query; a LookupError lists the names that there are."""
    found = _area(area).get(name)
    if found is None:
        raise LookupError(
            f"sql/queries/{area}.sql has no query named {name!r}; it has: {', '.join(sorted(_area(area)))}"
        )
    return found


@cache
def _area(area: str) -> dict[str, LiteralString]:
    path = files("sql") / "queries" / f"{area}.sql"
    if not path.is_file():
        raise LookupError(f"there is no sql/queries/{area}.sql")
    return parse_queries(path.read_text(encoding="utf-8"))


def parse_queries(text: str) -> dict[str, LiteralString]:
    """Name to query text for one file; a name that stands twice raises ValueError."""
    parts = _NAME.split(text)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"queries named twice: {sorted({name for name in names if names.count(name) > 1})}")
    # the one place that vouches for query text: it comes from files of this package, never from input
    return {name: cast(LiteralString, body.strip()) for name, body in zip(names, bodies, strict=True)}
