"""Plans of prepared statements."""

from __future__ import annotations

import psycopg


def generic_plan(conn: psycopg.Connection, statement: str, where: dict[str, object]) -> str:
    """The plan that a prepared statement uses for any values; the session needs plan_cache_mode = force_generic_plan."""
    with conn.cursor() as cur:
        cur.execute("BEGIN")
        cur.execute(statement.encode(), where, prepare=True)
        cur.execute("SELECT name, cardinality(parameter_types) FROM pg_prepared_statements ORDER BY prepare_time DESC")
        name, count = cur.fetchone() or ("", 0)
        values = f"({', '.join(['NULL'] * count)})" if count else ""
        plan = cur.execute(f"EXPLAIN EXECUTE {name}{values}".encode()).fetchall()
        cur.execute("ROLLBACK")
    return "\n".join(row[0] for row in plan)
