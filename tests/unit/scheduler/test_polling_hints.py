"""What publishers ask of those who poll them, by feed and by header, and what it does to the next visit."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.discover import discover
from crawler.discovery.limits import DiscoveryLimits
from crawler.fetch.freshness import fresh_for
from dateline.types.source import PollingHints
from scheduler.visits.polling_hints import LONGEST, LONGEST_FRESH, hinted_wait, outside_skipped_hours

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)  # a Monday
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
SYNDICATION = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"


def asked(head: str, root: str = "rss version='2.0'") -> PollingHints:
    body = f"<{root}><channel><title>Bay</title>{head}<item><link>https://bay.test/pier</link></item></channel></{root.split(maxsplit=1)[0]}>"
    found = discover(
        body.encode(), url="https://bay.test/f", content_type=None, kind="feed", now=NOW, limits=DiscoveryLimits()
    )
    assert len(found.candidates) == 1
    return found.polling_hints


@pytest.mark.parametrize(
    ("head", "interval"),
    [
        ("", None),
        ("<ttl>15</ttl>", 15 * MINUTE),
        ("<ttl> 90\n</ttl>", 90 * MINUTE),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>١٥</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", dt.timedelta(days=7)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30 * MINUTE),
        ("<sy:updateFrequency>4</sy:updateFrequency><sy:updatePeriod> Daily </sy:updatePeriod>", 6 * HOUR),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 24 * HOUR),
        ("<sy:updateFrequency>3</sy:updateFrequency>", 8 * HOUR),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", None),
        ("<ttl>20</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 20 * MINUTE),
        ("<ttl>20</ttl><ttl>40</ttl>", 20 * MINUTE),
        ("<image><ttl>20</ttl></image>", None),
    ],
)
def test_a_feed_says_how_long_to_wait(head: str, interval: dt.timedelta | None) -> None:
    assert asked(head, f"rss version='2.0' {SYNDICATION}").interval == interval


@pytest.mark.parametrize(
    ("head", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour>1</hour><hour>23</hour></skipHours>", {0, 1, 23}, set()),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour><hour/></skipHours>", {0}, set()),
        ("<skipHours>2 3</skipHours>", {2, 3}, set()),
        ("<skipDays><day>Saturday</day><day> sunday </day><day>Ruhetag</day></skipDays>", set(), {5, 6}),
        ("<skiphours><hour>4</hour></skiphours>", {4}, set()),
    ],
)
def test_a_feed_says_when_not_to_come(head: str, hours: set[int], days: set[int]) -> None:
    found = asked(head)
    assert (found.skip_hours, found.skip_days) == (hours, days)


def test_an_update_base_sets_the_grid() -> None:
    head = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateBase>2020-01-01T06:30+01:00</sy:updateBase>"
    found = asked(head, f"rss version='2.0' {SYNDICATION}")
    assert found.base == dt.datetime(2020, 1, 1, 5, 30, tzinfo=dt.UTC)
    assert hinted_wait(found, dt.timedelta(), now=NOW) == dt.timedelta(hours=17, minutes=30)
    assert asked(head.replace("2020-01-01T06:30+01:00", "noon"), f"rss version='2.0' {SYNDICATION}").base is None


DATE = ("date", "Mon, 04 May 2026 12:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 0),
        ([("cache-control", "max-age=600")], 600),
        ([("cache-control", "public, MAX-AGE = 600")], 600),
        ([("cache-control", 'max-age="600"')], 600),
        ([("cache-control", "max-age=600"), ("age", "250")], 350),
        ([("cache-control", "max-age=600"), ("age", "900")], 0),
        ([("cache-control", "max-age=600"), ("age", "-9")], 600),
        # a shared cache's share is not ours, and what forbids reuse promises nothing
        ([("cache-control", "s-maxage=600")], 0),
        ([("cache-control", "s-maxage=9, max-age=600")], 600),
        ([("cache-control", "max-age=600, must-revalidate")], 600),
        ([("cache-control", "no-cache, max-age=315360000")], 0),
        ([("cache-control", "no-store"), ("cache-control", "max-age=600")], 0),
        ([("cache-control", 'no-cache="set-cookie", max-age=600')], 600),
        ([("cache-control", "private, max-age=0")], 0),
        ([("cache-control", "max-age=600, max-age=60")], 600),
        ([("cache-control", "max-age=soon"), ("expires", "Mon, 04 May 2026 13:00:00 GMT")], 0),
        ([("cache-control", "max-age=999999999999999999999")], 366 * 86400),
        # Expires is used instead, by the server's own clock
        ([DATE, ("expires", "Mon, 04 May 2026 12:20:00 GMT")], 1200),
        ([("date", "Mon, 04 May 2026 09:00:00 GMT"), ("expires", "Mon, 04 May 2026 09:10:00 GMT")], 600),
        ([("expires", "Mon, 04 May 2026 12:20:00 GMT"), ("age", "200")], 1000),
        ([DATE, ("cache-control", "max-age=60"), ("expires", "Mon, 04 May 2026 12:20:00 GMT")], 60),
        ([DATE, ("cache-control", "no-cache"), ("expires", "Mon, 04 May 2026 12:20:00 GMT")], 0),
        ([DATE, ("expires", "0")], 0),
        ([DATE, ("expires", "-1")], 0),
        ([DATE, ("expires", "Thu, 01 Jan 1970 00:00:00 GMT")], 0),
        ([DATE, ("expires", "Mon, 99 May 2026 12:20:00 GMT")], 0),
        # Retry-After says something with 429 and 503 only
        ([("retry-after", "600")], 0),
    ],
)
def test_an_answer_says_how_long_it_stays_fresh(headers: list[tuple[str, str]], seconds: int) -> None:
    assert fresh_for(headers, received_at=NOW) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("interval", "fresh", "wait"),
    [
        (None, 0 * HOUR, None),
        (None, 10 * MINUTE, 10 * MINUTE),
        (None, dt.timedelta(days=365), LONGEST_FRESH),
        (15 * MINUTE, 0 * HOUR, 15 * MINUTE),
        (15 * MINUTE, 40 * MINUTE, 40 * MINUTE),
        (6 * HOUR, dt.timedelta(days=365), 6 * HOUR),
        (dt.timedelta(days=7), 0 * HOUR, LONGEST),
    ],
)
def test_the_feed_is_heard_for_a_day_and_its_cache_for_an_hour(
    interval: dt.timedelta | None, fresh: dt.timedelta, wait: dt.timedelta | None
) -> None:
    assert hinted_wait(PollingHints(interval), fresh, now=NOW) == wait


@pytest.mark.parametrize(
    ("due", "hours", "days", "at"),
    [
        ("04T12:30", (), (), "04T12:30"),
        ("04T12:30", (11,), (), "04T12:30"),
        ("04T12:30", (12, 13), (), "04T14:00"),
        ("04T23:10", (22, 23, 0, 1), (), "05T02:00"),
        ("04T12:30", (), (0,), "05T00:00"),
        ("04T12:30", range(24), (), "05T12:00"),  # never is a day, counted from now
        ("04T12:30", (), range(7), "05T12:00"),
        ("06T12:30", (12,), (), "06T12:30"),  # as late as it is, no wish puts it off further
    ],
)
def test_skipped_hours_and_days_move_a_visit_on(due: str, hours: range, days: range, at: str) -> None:
    instants = [dt.datetime.fromisoformat(f"2026-05-{text}").replace(tzinfo=dt.UTC) for text in (due, at)]
    wishes = PollingHints(skip_hours=frozenset(hours), skip_days=frozenset(days))
    assert outside_skipped_hours(instants[0], wishes, now=NOW) == instants[1]


WISHES = st.builds(
    PollingHints,
    interval=st.none() | st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=7)),
    base=st.none()
    | st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2999, 1, 1)).map(lambda at: at.replace(tzinfo=dt.UTC)),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)


@given(WISHES, st.timedeltas(dt.timedelta(), dt.timedelta(days=400)))
def test_no_wish_waits_for_more_than_a_day_nor_for_less_than_nothing(wishes: PollingHints, fresh: dt.timedelta) -> None:
    wait = hinted_wait(wishes, fresh, now=NOW)
    assert wait is None or dt.timedelta() < wait <= LONGEST


@given(WISHES, st.timedeltas(dt.timedelta(), dt.timedelta(days=8)))
def test_a_visit_is_moved_on_by_whole_hours_and_stays_within_the_day(wishes: PollingHints, ahead: dt.timedelta) -> None:
    due = NOW + ahead
    at = outside_skipped_hours(due, wishes, now=NOW)
    assert due <= at <= max(due, NOW + LONGEST)
    if at < max(due, NOW + LONGEST):
        assert at.hour not in wishes.skip_hours
        assert at.weekday() not in wishes.skip_days
    assert outside_skipped_hours(at, wishes, now=NOW) == at


@given(st.lists(st.tuples(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text(max_size=40))))
def test_no_header_breaks_the_reader(headers: list[tuple[str, str]]) -> None:
    assert dt.timedelta() <= fresh_for(headers, received_at=NOW) <= dt.timedelta(days=366)
