"""docs/schema.md is what the catalog says."""

from __future__ import annotations

from pathlib import Path

from sql.database import connect
from sql.schema.docs import schema_docs

COMMITTED = Path(__file__).parents[4] / "docs" / "schema.md"


def test_the_committed_document_is_what_the_catalog_says(database: str) -> None:
    with connect(database) as connection:
        made = schema_docs(connection)
        assert COMMITTED.read_text(encoding="utf-8") == made, (
            "run `dateline docs schema -o docs/schema.md` and commit it"
        )
        connection.execute("COMMENT ON VIEW news.articles IS 'another word'")
        assert schema_docs(connection) != made
    for told in ("### news.articles", "| `dated_at` |", "### news.words(", "### dateline.article\n"):
        assert told in made
