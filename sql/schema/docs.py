"""docs/schema.md, made of the catalog: views and functions of schema news first, then what Dateline keeps itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from sql import query

HEAD = """# The database

Written by `dateline docs schema` from the comments in the database; don't edit it by hand.

**Schema `news` is the stable interface**: its views and functions change only with a word in CHANGELOG.md. Schema `dateline`
is what Dateline keeps for itself and may change with any version. Instants are UTC. How to ask it: docs/how-to/analyse.md.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or a function as a whole (`column` empty)."""

    schema: str
    kind: str
    name: str
    about: str
    column: str | None
    type: str | None
    comment: str | None


def schema_docs(connection: psycopg.Connection[Any]) -> str:
    """The whole text of docs/schema.md."""
    with connection.cursor(row_factory=class_row(Column)) as cur:
        rows = cur.execute(query("schema_docs", "objects")).fetchall()
    return "\n".join([HEAD, *_contents(rows), *_bodies(rows)]) + "\n"


def _groups(rows: list[Column]) -> dict[tuple[str, str, str], list[Column]]:
    made: dict[tuple[str, str, str], list[Column]] = {}
    for row in rows:
        made.setdefault((row.schema, row.kind, row.name), []).append(row)
    return made


def _contents(rows: list[Column]) -> Iterator[str]:
    for (schema, kind, name), columns in _groups(rows).items():
        if schema == "news":
            yield f"- `{name}` ({kind}): {columns[0].about}"
    yield ""


def _bodies(rows: list[Column]) -> Iterator[str]:
    heading = None
    for (schema, kind, name), columns in _groups(rows).items():
        if heading != (schema, kind):
            heading = (schema, kind)
            yield f"## {kind.title()}s of `{schema}`\n"
        yield f"### {schema}.{name}\n\n{columns[0].about}\n"
        if columns[0].column is not None:
            yield "| column | type | |\n|---|---|---|"
            yield from (f"| `{row.column}` | {row.type} | {_cell(row.comment)} |" for row in columns)
            yield ""


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
