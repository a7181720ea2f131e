"""What --since takes: dates, instants and ages; anything else is refused in words."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.cli.since import parse_since
from dateline.errors import UsageError

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2d", dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)),
        ("30m", dt.datetime(2026, 5, 4, 11, 30, tzinfo=dt.UTC)),
        ("2026-05-01", dt.datetime(2026, 5, 1, tzinfo=dt.UTC)),
        ("2026-05-01T10:00+02:00", dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)),
        ("99999999d", NOW - dt.timedelta(days=36_500)),
        ("9" * 30 + "h", NOW - dt.timedelta(days=36_500)),
    ],
)
def test_what_is_meant(text: str, expected: dt.datetime) -> None:
    assert parse_since(text, now=NOW) == expected


@pytest.mark.parametrize("text", ["", "d", "²d", "-1d", "1e3d", "soon", "2026-02-30", "2" * 5000 + "x"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="give a date such as"):
        parse_since(text, now=NOW)
