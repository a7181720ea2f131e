"""A string to an instant: its date, clock and zone put together, and how exactly it is known."""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from dateline.instants.clocks import find_clock
from dateline.instants.dates import FoundDay, find_days
from dateline.instants.zones import fixed_offset, zone_at

Precision = Literal["minute", "local", "day"]
"""How exactly an instant is known. local: the clock is right, its zone unknown, so that it is read as UTC."""

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=1)
_FARTHEST_EAST = dt.timedelta(hours=14)
"""Where a day begins first, before UTC (Kiribati's Line Islands)."""
_LONGEST = 200
_MONTH_FIRST = frozenset({"us", "ph", "pr"})
_WORLDWIDE = frozenset({"co", "io", "me", "tv", "ai", "fm"})
"""Two-letter domains that English sites use anywhere; other English ones are of countries that write the day first."""
_NEWER_CODES = {"no": "nb", "iw": "he", "in": "id"}
"""Languages by the codes under which CLDR has them."""
_EPOCH = re.compile(r"^(?:/Date\()?(1\d{9})(\d{3})?(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?$")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LOST_PLUS = re.compile(r"(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (?=\d\d:?\d\d$)")
_LOG_CLOCK = re.compile(r"(/\d{4}):(?=\d\d:)")
_CJK_DIGITS = {char: str(number) for number, char in enumerate("〇一二三四五六七八九")}
_CJK_NUMBER = re.compile(r"[〇零一二三四五六七八九十]{1,4}(?=\s?[年月日號号時时点點分])")


@dataclass(frozen=True, slots=True)
class DateContext:
    """Who wrote a date: the page's language, whether the month comes first in 5/4/2026, the zone of a bare clock.

    `latest` decides between two readings of numbers: news is not of the future.
    """

    language: str = ""
    month_first: bool | None = None
    zone: dt.tzinfo | None = None
    latest: dt.datetime | None = None

    @classmethod
    def of(
        cls, tag: str, url: str = "", *, latest: dt.datetime | None = None, zone: dt.tzinfo | None = None
    ) -> DateContext:
        """The wording of a page or feed in that language (a tag such as en-GB) at that address."""
        language, _, region = tag.replace("_", "-").strip().lower().partition("-")
        place = region[-2:] or (urlsplit(url).hostname or "").rpartition(".")[2]
        is_american = place in _MONTH_FIRST or (language == "en" and (len(place) != 2 or place in _WORLDWIDE))
        is_first = is_american if language or place in _MONTH_FIRST else None
        return cls(_NEWER_CODES.get(language, language), is_first, zone, latest)


@dataclass(frozen=True, slots=True)
class Reading:
    """An instant with the publisher's own offset, and how exactly it is known; `start` and `end` in the plain string."""

    at: dt.datetime
    precision: Precision
    start: int = 0
    end: int = 0


NO_WORDING = DateContext()


def read_instant(raw: str, wording: DateContext = NO_WORDING) -> Reading | None:
    """The first instant that a string names, or None; a date alone is its midnight in UTC."""
    text = plain_text(raw)
    if match := _EPOCH.match(text):
        return _from_epoch(int(match[1]))
    found = find_readings(text, wording)
    return found[0] if found else None


def find_readings(text: str, wording: DateContext = NO_WORDING) -> list[Reading]:
    """Every instant that a plain string names, in its order."""
    days = find_days(text, language=wording.language, month_first=wording.month_first)
    ends = [*(day.start for day in days[1:]), len(text)]
    found: list[Reading] = []
    for day, until in zip(days, ends, strict=False):
        found.append(_reading(text, day, found[-1].end if found else 0, until, wording))
    return found


def is_plausible(at: dt.datetime, now: dt.datetime) -> bool:
    """Whether news can be of that instant: the web began in 1990, and clocks are wrong by a day at most."""
    return at >= EARLIEST and not is_ahead(at, now)


def is_ahead(at: dt.datetime, now: dt.datetime) -> bool:
    """Whether an instant is further in the future than clocks are wrong."""
    return at > now + _AHEAD


def plain_text(raw: str) -> str:
    """The string on one line with entities resolved, Western digits, plain blanks, nothing invisible."""
    text = _INVISIBLE.sub("", html.unescape(raw[:_LONGEST]) if "&" in raw else raw[:_LONGEST])
    if not text.isascii():
        text = "".join(_plain(char) for char in unicodedata.normalize("NFC", text))
        text = _CJK_NUMBER.sub(lambda match: _cjk_number(match[0]), text)
    return _LOG_CLOCK.sub(r"\1 ", _LOST_PLUS.sub(r"\1+", " ".join(text.split())))


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return {"．": ".", "／": "/", "：": ":", "－": "-", "‐": "-", "‑": "-", "−": "-", "،": ",", "，": ","}.get(
        char, char
    )


def _cjk_number(text: str) -> str:
    """ "二〇二六" → "2026", "三十一" → "31"."""
    tens, ten, ones = text.partition("十")
    digits = "".join(_CJK_DIGITS.get(char, "0") for char in (ones if ten else text))
    if not ten:
        return digits
    return f"{_CJK_DIGITS.get(tens, '1')}{digits or '0'}"


def _from_epoch(seconds: int) -> Reading | None:
    try:
        return Reading(dt.datetime.fromtimestamp(seconds, dt.UTC), "minute")
    except (OverflowError, ValueError, OSError):
        return None


def _reading(text: str, day: FoundDay, since: int, until: int, wording: DateContext) -> Reading:
    date = _possible(day, wording)
    # between day and year a program's date has its clock ("Mon May 04 18:30:00 CEST 2026")
    clock = find_clock(text, day.start, day.end, until=until, since=since)
    if clock is None:
        return Reading(dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC), "day", day.start, day.end)
    naive = dt.datetime.combine(date, clock.time) + dt.timedelta(days=clock.is_next_day)
    zone = zone_at(text, clock.end, clock=naive, language=wording.language)
    if zone is None and clock.start < day.start:
        zone = zone_at(text, day.end, clock=naive, language=wording.language)
    is_bare = not any((naive.hour, naive.minute, naive.second)) and not clock.is_next_day
    if is_bare and zone in (None, dt.UTC):
        # a bare midnight is how content systems write a day without a clock
        return Reading(naive.replace(tzinfo=dt.UTC), "day", day.start, max(day.end, clock.end))
    precision: Precision = "minute"
    if zone is None and wording.zone is not None:
        zone = fixed_offset(wording.zone, naive)
    elif zone is None:
        zone, precision = dt.UTC, "local"
    return Reading(naive.replace(tzinfo=zone), precision, min(day.start, clock.start), max(day.end, clock.end))


def _possible(day: FoundDay, wording: DateContext) -> dt.date:
    """The date, with day and month exchanged if only that way it is not of the future."""
    if day.is_sure or wording.latest is None:
        return day.date
    latest = (wording.latest + _FARTHEST_EAST).date()
    if day.date <= latest:
        return day.date
    try:
        other = day.date.replace(month=day.date.day, day=day.date.month)
    except ValueError:
        return day.date
    return other if other <= latest else day.date
