"""Dates with time as feeds and sitemaps write them: RFC 3339, RFC 822 and the usual mistakes."""

from __future__ import annotations

import datetime as dt
import email.utils
import re

_EARLIEST_YEAR = 1990  # before the first news pages on the web
_LATEST_AHEAD = dt.timedelta(days=1)  # allows for embargoes and wrong zones, but not for the year 2099
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_ZONE_NAME = re.compile(r"\b([A-Z]{3,5})$")
_HOUR_OFFSET = re.compile(r"(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?[+-]\d{2})$")
_TWELVE_HOURS = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP])\.?M\.?\b", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
_DAY_FIRST = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})\b[,\s]*")
_MONTH_FIRST = re.compile(r"^([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})\b,?")
_ZONES = {
    name: offset
    for offset, names in {
        "-0800": "PST",
        "-0700": "PDT MST",
        "-0600": "MDT CST",
        "-0500": "CDT EST",
        "-0400": "EDT AST",
        "-0300": "ADT ART BRT",
        "+0000": "UTC GMT UT WET",
        "+0100": "WEST BST CET MEZ",
        "+0200": "CEST MESZ EET SAST",
        "+0300": "EEST MSK EAT",
        "+0500": "PKT",
        "+0530": "IST",
        "+0700": "ICT WIB",
        "+0800": "SGT HKT PHT AWST",
        "+0900": "JST KST",
        "+1000": "AEST",
        "+1100": "AEDT",
        "+1200": "NZST",
        "+1300": "NZDT",
    }.items()
    for name in names.split()
}
"""Abbreviations as news sites mean them: BST is London's, IST India's, CST America's."""


def parse_date(raw: str) -> dt.datetime | None:
    """The time with the publisher's own offset (UTC where none is given), or None where the text can't be read.

    A date without a time is midnight in UTC.
    """
    text = raw[:100].strip()
    if not text:
        return None
    parsed = _iso(text) or _rfc822(text) or _colloquial(text)
    if parsed is None:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)


def is_plausible(at: dt.datetime, now: dt.datetime) -> bool:
    """Whether an article can have this date: not before news on the web, and at most a day ahead of `now`."""
    return at.year >= _EARLIEST_YEAR and at <= now + _LATEST_AHEAD


def _iso(text: str) -> dt.datetime | None:
    normal = _HOUR_OFFSET.sub(r"\1:00", _SPACED_OFFSET.sub("", _with_numeric_zone(text)))
    try:
        return dt.datetime.fromisoformat(normal)
    except ValueError:
        return None


def _rfc822(text: str) -> dt.datetime | None:
    clock = "" if ":" in text else " 00:00:00"
    try:
        return email.utils.parsedate_to_datetime(_with_numeric_zone(_with_24_hours(text)) + clock)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _colloquial(text: str) -> dt.datetime | None:
    """ "2026/05/12 08:30", "12.05.2026 08:30" and "May 12, 2026 8:30 AM", rewritten as the two above."""
    text = _with_24_hours(text)
    if _MONTH_FIRST.match(text):
        return _rfc822(_MONTH_FIRST.sub(r"\2 \1 \3", text))
    numbers = _YEAR_FIRST.match(text) or _DAY_FIRST.match(text)
    if numbers is None:
        return None
    year, month, day = numbers.groups() if len(numbers[1]) == 4 else reversed(numbers.groups())
    clock = re.sub(r"^(\d):", r"0\1:", text[numbers.end() :].strip())
    return _iso(f"{year}-{month:0>2}-{day:0>2} {clock}".strip())


def _with_numeric_zone(text: str) -> str:
    return _ZONE_NAME.sub(lambda name: _ZONES.get(name[1], name[1]), text)


def _with_24_hours(text: str) -> str:
    return _TWELVE_HOURS.sub(lambda clock: _twenty_four_hours(*clock.groups()), text)


def _twenty_four_hours(hour: str, minute: str, second: str | None, half: str) -> str:
    return f"{int(hour) % 12 + (12 if half in 'pP' else 0):02}:{minute}:{second or '00'}"
