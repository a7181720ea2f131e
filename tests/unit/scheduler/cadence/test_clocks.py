"""Cron lines in the source's own zone, where its clock is set forward, back, by half an hour, or over the date line."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import ConfigError
from scheduler.cadence.calendar import next_firing, parse_schedule

HOUR = dt.timedelta(hours=1)
CHANGES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Sydney": ("2026-10-04", "2026-04-05"),  # the south: forward in October, back in April
    "Australia/Lord_Howe": ("2026-10-04", "2026-04-05"),  # by half an hour
    "Pacific/Chatham": ("2026-09-27", "2026-04-05"),  # 45 minutes off the hour, at a quarter to three
    "Africa/Casablanca": ("2026-03-22", "2026-02-15"),  # back for Ramadan
    "America/Santiago": ("2026-09-06", "2026-04-05"),  # at midnight
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "Asia/Beirut": ("2026-03-29", "2026-10-25"),
    "Asia/Kathmandu": ("2026-01-01", "2026-07-01"),  # never; 5:45 ahead
    "UTC": ("2026-01-01", "2026-07-01"),
}


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def firings(line: str, zone: str, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    schedule, found, at = parse_schedule(line, zone), list[dt.datetime](), start
    while (at := next_firing(schedule, at)) <= end:
        found.append(at)
    return found


def local(line: str, zone: str, day: str, days: int = 1) -> list[str]:
    """Day and hour, by the zone's clock, of all firings of some local days."""
    midnight, second = dt.datetime.fromisoformat(day), dt.timedelta(seconds=1)
    start, end = (
        (midnight + dt.timedelta(days=n)).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) for n in (0, days)
    )
    found = firings(line, zone, start - second, end - second)
    return [f"{at.astimezone(ZoneInfo(zone)):%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("line", "zone", "day", "fires"),
    [
        # set forward: an hour that is skipped is made up once, by the clock that was not set
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", ["29 03:30"]),
        ("30 2 * * *", "Australia/Sydney", "2026-10-04", ["04 03:30"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["04 02:45"]),
        ("50 2 * * *", "Pacific/Chatham", "2026-09-27", ["27 03:50"]),
        ("30 2 * * *", "Africa/Casablanca", "2026-03-22", ["22 03:30"]),
        ("0 1,2,3 * * *", "Europe/Berlin", "2026-03-29", ["29 01:00", "29 03:00"]),
        # a midnight that is skipped
        ("0 0 * * *", "America/Santiago", "2026-09-06", ["06 01:00"]),
        ("@daily", "Africa/Cairo", "2026-04-24", ["24 01:00"]),
        # set back: an hour that comes twice is meant once
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", ["25 02:30"]),
        ("30 2 * * *", "Australia/Sydney", "2026-04-05", ["05 02:30"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["05 01:45"]),
        ("30 2 * * *", "Africa/Casablanca", "2026-02-15", ["15 02:30"]),
        ("30 23 * * *", "America/Santiago", "2026-04-04", ["04 23:30"]),
        ("0 1-3 * * *", "Europe/Berlin", "2026-10-25", ["25 01:00", "25 02:00", "25 03:00"]),
        # a day that never was: 30 December 2011, a Friday
        ("0 6 * * *", "Pacific/Apia", "2011-12-29", ["29 06:00"]),
        ("0 6 * * 5", "Pacific/Apia", "2011-12-31", ["31 06:00"]),
        # either day or weekday, where both are named (crontab(5))
        ("0 9 13 * 5", "UTC", "2026-02-13", ["13 09:00"]),
        ("0 9 13 * 5", "UTC", "2026-02-20", ["20 09:00"]),
        ("0 9 13 * 5", "UTC", "2026-07-13", ["13 09:00"]),
        ("0 9 */2 * 1", "UTC", "2026-05-04", []),  # a field that begins with * is not named
        # weekdays count from Sunday, their steps too
        ("0 9 * * */2", "UTC", "2026-05-03", ["03 09:00"]),
        ("0 9 * * */2", "UTC", "2026-05-04", []),
        ("@yearly", "Asia/Kathmandu", "2026-01-01", ["01 00:00"]),
    ],
)
def test_a_line_fires_by_the_zones_clock(line: str, zone: str, day: str, fires: list[str]) -> None:
    assert local(line, zone, day) == fires


def test_an_hourly_line_goes_on_through_both_changes() -> None:
    assert local("30 * * * *", "Europe/Berlin", "2026-03-29")[:3] == ["29 00:30", "29 01:30", "29 03:30"]
    assert local("30 * * * *", "Europe/Berlin", "2026-10-25")[:4] == ["25 00:30", "25 01:30", "25 02:30", "25 02:30"]


def test_the_instant_is_the_first_of_two_and_by_the_old_clock_of_none() -> None:
    assert next_firing(parse_schedule("30 2 * * *", "Europe/Berlin"), utc("2026-10-24T12:00")) == utc(
        "2026-10-25T00:30"
    )
    assert next_firing(parse_schedule("30 2 * * *", "Europe/Berlin"), utc("2026-03-28T12:00")) == utc(
        "2026-03-29T01:30"
    )


TIMES = st.tuples(st.integers(0, 23), st.integers(0, 59))
ZONES = st.sampled_from(sorted(CHANGES))


@given(ZONES, st.booleans(), TIMES)
def test_a_daily_line_fires_once_a_day_whatever_the_clocks_do(zone: str, is_back: bool, time: tuple[int, int]) -> None:
    hour, minute = time
    middle = utc(CHANGES[zone][is_back])
    found = firings(f"{minute} {hour} * * *", zone, middle - 4 * 24 * HOUR, middle + 4 * 24 * HOUR)
    assert len(found) in (7, 8, 9)
    walls = [at.astimezone(ZoneInfo(zone)) for at in found]
    assert len({wall.date() for wall in walls}) == len(walls)
    assert all(23 * HOUR <= later - earlier <= 25 * HOUR for earlier, later in pairwise(found))
    off = [wall for wall in walls if (wall.hour, wall.minute) != (hour, minute)]
    assert len(off) <= 1, "but on the day on which that time does not exist"
    assert all(wall.date() == middle.date() and wall.fold == 0 for wall in off)


@given(ZONES, st.booleans(), st.integers(0, 59))
def test_an_hourly_line_fires_each_hour_that_there_is(zone: str, is_back: bool, minute: int) -> None:
    middle = utc(CHANGES[zone][is_back])
    found = firings(f"{minute} * * * *", zone, middle - 12 * HOUR, middle + 12 * HOUR)
    assert all(at.astimezone(ZoneInfo(zone)).minute == minute for at in found)
    assert all(HOUR / 2 <= later - earlier <= 1.5 * HOUR for earlier, later in pairwise(found))


@given(
    ZONES, st.booleans(), st.integers(-72 * 60, 72 * 60), st.sampled_from(["30 2 * * *", "*/20 * * * *", "0 0 * * 0"])
)
def test_a_firing_depends_on_nothing_but_the_line(zone: str, is_back: bool, minutes: int, line: str) -> None:
    """The same from any instant before it: so two schedulers name the same firing, and it is done once."""
    schedule, after = parse_schedule(line, zone), utc(CHANGES[zone][is_back]) + dt.timedelta(minutes=minutes)
    fire = next_firing(schedule, after)
    assert fire > after
    assert next_firing(schedule, after + (fire - after) / 2) == fire
    assert next_firing(schedule, fire - dt.timedelta(microseconds=1)) == fire


@pytest.mark.parametrize(
    ("text", "zone", "says"),
    [
        ("0 25 * * *", "UTC", "'25' is not a valid hour"),
        ("60 * * * *", "UTC", "'60' is not a valid minute"),
        ("0 9 32 * *", "UTC", "'32' is not a valid day"),
        ("0 9 * 13 *", "UTC", "'13' is not a valid month"),
        ("0 9 * * 8", "UTC", "'8' is not a valid weekday"),
        ("0 9 * * 5-1", "UTC", "'5-1' is not a valid weekday (weekdays '5-1' run backwards)"),
        ("0 9 * * 1/0", "UTC", "'1/0' is not a valid weekday (a step of 0)"),
        ("0 9 L * *", "UTC", "'L' is not a valid day"),
        ("0 0 31 2 *", "UTC", "never falls due"),
        ("* * *", "UTC", "cron line of five fields"),
        ("* * * * * *", "UTC", "cron line of five fields"),
        ("@reboot", "UTC", "cron line of five fields"),
        ("", "UTC", "cron line of five fields"),
        ("every 5", "UTC", "cron line of five fields"),
        ("every 29s", "UTC", "not between 30 s and a year"),
        ("every 99999999999999d", "UTC", "not between 30 s and a year"),
        ("0 9 * * *", "Berlin", "Unknown time zone 'Berlin': write an IANA name such as Europe/Berlin"),
        ("0 9 * * *", "../../etc/passwd", "Unknown time zone"),
        ("0 9 * * *", "", "Unknown time zone"),
    ],
)
def test_a_line_that_can_not_be_read_says_which_part_and_what_would_be_right(text: str, zone: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_schedule(text, zone)
    assert says in str(error.value)
    assert "write" in str(error.value)


@given(st.text(alphabet="0123456789*/,-@ adfilmnosunwer", max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except ConfigError as error:
        assert "write" in str(error)
    else:
        assert schedule.is_adaptive or next_firing(schedule, utc("2026-05-04T12:00")) > utc("2026-05-04T12:00")
