"""What 429, 503 and Retry-After mean for a host."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.retry_after import DEFAULT_BACKOFF, MAX_BACKOFF, asks_to_wait, backoff_until, parse_retry_after

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", NOW),
        (" 120 ", NOW + dt.timedelta(seconds=120)),
        ("999999999999", NOW + MAX_BACKOFF),
        ("Sun, 01 Mar 2026 12:05:00 GMT", NOW + dt.timedelta(minutes=5)),
        ("Sun, 01 Mar 2026 12:05:00", NOW + dt.timedelta(minutes=5)),
        ("Sun, 01 Mar 2020 12:05:00 GMT", NOW),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + MAX_BACKOFF),
        ("3600.5", NOW + dt.timedelta(seconds=3601)),
        ("120s", NOW + dt.timedelta(seconds=120)),
        ("90 seconds", NOW + dt.timedelta(seconds=90)),
        ("2026-03-01T12:05:00Z", NOW + dt.timedelta(minutes=5)),
        ("2026-03-01T13:05:00+01:00", NOW + dt.timedelta(minutes=5)),
        ("2026-13-01T12:05:00Z", None),
        ("1.2.3", None),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("\u0665", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_http_date_and_capped(text: str, expected: dt.datetime | None) -> None:
    assert parse_retry_after(text, now=NOW) == expected


@given(st.text(max_size=40))
def test_a_retry_after_is_never_past_or_beyond_the_limit(text: str) -> None:
    at = parse_retry_after(text, now=NOW)
    assert at is None or NOW <= at <= NOW + MAX_BACKOFF


def test_429_and_503_back_off_and_nothing_else_does() -> None:
    assert backoff_until(429, "30", now=NOW) == NOW + dt.timedelta(seconds=30)
    assert backoff_until(503, "", now=NOW) == backoff_until(429, "soon", now=NOW) == NOW + DEFAULT_BACKOFF
    assert backoff_until(500, "30", now=NOW) is backoff_until(200, "30", now=NOW) is None


def test_only_429_and_503_ask_to_wait() -> None:
    assert [status for status in (None, 200, 304, 404, 408, 429, 500, 502, 503) if asks_to_wait(status)] == [429, 503]
