"""sql/schema/schema.sql tells the truth, and everything in the schema says what it is for."""

from __future__ import annotations

import psycopg

from sql.schema.migrate import SQL_DIR
from sql.schema.snapshot import SNAPSHOT, normalized, snapshot, snapshot_of_files
from sql.server.placement import MAJOR

UNCOMMENTED = """
    SELECT kind || ' ' || name FROM (
        SELECT 'schema', nspname::text, obj_description(oid, 'pg_namespace')
          FROM pg_namespace WHERE nspname IN ('dateline', 'news')
        UNION ALL
        SELECT 'relation', oid::regclass::text, obj_description(oid, 'pg_class') FROM pg_class
         WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace::regnamespace::text IN ('dateline', 'news')
        UNION ALL
        SELECT 'column', attrelid::regclass || '.' || attname, col_description(attrelid, attnum)
          FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace::regnamespace::text IN ('dateline', 'news')
           AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT 'function', oid::regprocedure::text, obj_description(oid, 'pg_proc') FROM pg_proc
         WHERE pronamespace::regnamespace::text IN ('dateline', 'news')
    ) AS object (kind, name, comment)
    WHERE comment IS NULL ORDER BY 1
"""


def test_snapshot_equals_the_migrations(database: str) -> None:
    with psycopg.connect(database) as connection:
        is_wheels_version = connection.info.server_version // 10_000 == MAJOR
    made = snapshot(database) if is_wheels_version else snapshot_of_files()
    committed = SNAPSHOT.read_text(encoding="utf-8")
    assert made == committed, f"run `python -m sql.schema.snapshot --write` and commit {SNAPSHOT.relative_to(SQL_DIR)}"


def test_snapshot_sees_every_kind_of_change(database: str) -> None:
    before = snapshot(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("COMMENT ON TABLE dateline.migration IS 'another word'")
        assert (commented := snapshot(database)) != before
        connection.execute("ALTER TABLE dateline.migration ADD CHECK (name <> '')")
        assert snapshot(database) != commented


def test_normalized_drops_what_differs_from_run_to_run() -> None:
    dump = "--\n-- Dumped by someone\n--\n\n\\restrict k3y\n\nSET x = 1;\n\n\nCREATE TABLE a (\n    b int\n);\n\n"
    assert normalized(dump + "\\unrestrict k3y\n") == "CREATE TABLE a (\n    b int\n);\n"


def test_everything_has_a_comment(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert [row[0] for row in connection.execute(UNCOMMENTED.encode()).fetchall()] == []


UNINDEXED = """
    SELECT c.conrelid::regclass || '.' || a.attname
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'dateline.article'::regclass
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
"""


def test_taking_an_article_out_walks_through_no_table(database: str) -> None:
    """Without an index on a referring column each article that goes costs a walk: forgetting a source of 10,000 took minutes."""
    with psycopg.connect(database) as connection:
        assert connection.execute(UNINDEXED).fetchall() == []
