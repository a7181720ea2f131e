"""The place of an article in lists: its minute; within its day where only that is known."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest

from sql.database import connect

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
INSERT = """
    INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count, revised_at, first_seen_at,
                                  extractor, published_at, published_precision)
    VALUES (gen_random_uuid(), gen_random_uuid()::text, 'post.test', 'article', 'x', gen_random_uuid(), 1, %(seen)s,
            %(seen)s, 'x', %(at)s, %(precision)s)
    RETURNING id, dated_at::timestamptz"""


def put(
    connection: psycopg.Connection, at: dt.datetime | None, precision: str | None, seen: dt.datetime
) -> tuple[int, dt.datetime]:
    row = connection.execute(INSERT, {"at": at, "precision": precision, "seen": seen}).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("at", "precision", "seen", "dated"),
    [
        (7.5, "minute", 9, 7.5),
        (7.5, None, 9, 7.5),
        (7.5, "local", 9, 7.5),
        (None, None, 9, 9),
        (0, "day", 9, 9),  # seen on that day: by then it was out
        (0, "day", 0, 0),
        (0, "day", 23.9, 23.9),
        (0, "day", 24, 12),  # seen later: the middle of the day
        (0, "day", 999, 12),
        (0, "day", -5, 12),  # a day that is still to come
    ],
)
def test_a_bare_day_is_a_day_and_not_its_first_midnight(
    database: str, at: float | None, precision: str | None, seen: float, dated: float
) -> None:
    def hours(number: float) -> dt.datetime:
        return DAY + dt.timedelta(hours=number)

    with connect(database) as connection:
        _, found = put(connection, None if at is None else hours(at), precision, hours(seen))
    assert found == hours(dated)


def test_lists_show_a_bare_day_between_that_days_morning_and_evening(database: str) -> None:
    """By its midnight it came after all that was published on its day, and after the evening before for a time zone."""
    with connect(database) as connection:
        late = DAY + dt.timedelta(days=9)
        order = [put(connection, DAY + dt.timedelta(hours=hour), "minute", late)[0] for hour in (20, 5)]
        order.insert(1, put(connection, DAY, "day", late)[0])
        found = connection.execute("SELECT id FROM dateline.article ORDER BY dated_at DESC").fetchall()
    assert [row[0] for row in found] == order


def test_a_date_that_is_found_later_moves_the_article(database: str) -> None:
    with connect(database) as connection:
        key, _ = put(connection, None, None, DAY + dt.timedelta(days=2))
        connection.execute(
            "UPDATE dateline.article SET published_at = %s, published_precision = 'day' WHERE id = %s", [DAY, key]
        )
        row = connection.execute("SELECT dated_at::timestamptz FROM dateline.article WHERE id = %s", [key]).fetchone()
    assert row == (DAY + dt.timedelta(hours=12),)
