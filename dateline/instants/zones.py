"""Time zones as news sites write them: offsets, IANA names, abbreviations and American generic names ("ET")."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from functools import cache

_HOURS: dict[str, float] = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), 0),
    **dict.fromkeys(("WEST", "BST", "CET", "MEZ", "MET", "WAT"), 1),
    **dict.fromkeys(("CEST", "MESZ", "MEST", "EET", "SAST", "CAT", "OEZ"), 2),
    **dict.fromkeys(("EEST", "MSK", "МСК", "EAT", "TRT", "OESZ"), 3),
    **dict.fromkeys(("GST", "SAMT"), 4),
    **dict.fromkeys(("PKT", "YEKT", "UZT"), 5),
    **dict.fromkeys(("ICT", "WIB"), 7),
    **dict.fromkeys(("SGT", "HKT", "PHT", "PHST", "AWST", "MYT", "WITA"), 8),
    **dict.fromkeys(("JST", "KST", "WIT"), 9),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
    **dict.fromkeys(("HST",), -10),
    **dict.fromkeys(("AKST",), -9),
    **dict.fromkeys(("PST", "AKDT"), -8),
    **dict.fromkeys(("PDT", "MST"), -7),
    **dict.fromkeys(("MDT", "CST"), -6),
    **dict.fromkeys(("CDT", "EST", "COT", "PET"), -5),
    **dict.fromkeys(("EDT", "AST", "VET", "CLT"), -4),
    **dict.fromkeys(("ADT", "ART", "BRT", "UYT", "CLST"), -3),
    **dict.fromkeys(("NDT",), -2.5),
    **dict.fromkeys(("NST",), -3.5),
    **dict.fromkeys(("ACST",), 9.5),
    **dict.fromkeys(("ACDT",), 10.5),
    **dict.fromkeys(("IST",), 5.5),
    **dict.fromkeys(("NPT",), 5.75),
    **dict.fromkeys(("IRST",), 3.5),
    **dict.fromkeys(("IRDT", "AFT"), 4.5),
    **dict.fromkeys(("MMT",), 6.5),
    **dict.fromkeys(("IDT",), 3),
}
"""Hours from UTC, in the sense of most of the news that is written with them: BST is London's, IST India's, CST America's."""

_ELSEWHERE: dict[tuple[str, str], float] = {
    ("IST", "he"): 2,
    ("IST", "ga"): 1,
    ("CST", "zh"): 8,
    ("BST", "bn"): 6,
    ("AST", "ar"): 3,
    ("GST", "ar"): 4,
}
"""What an abbreviation means on a page in that language."""

_PLACES = {
    "ET": "America/New_York",
    "EASTERN": "America/New_York",
    "CT": "America/Chicago",
    "CENTRAL": "America/Chicago",
    "MT": "America/Denver",
    "MOUNTAIN": "America/Denver",
    "PT": "America/Los_Angeles",
    "PACIFIC": "America/Los_Angeles",
    "AKT": "America/Anchorage",
    "AT": "America/Halifax",
}
"""Names that mean summer time in summer."""

_OFFSET = re.compile(
    r"(?:UTC|GMT|Z)\s?([+\-\u2212])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)|([+\-\u2212])(\d{1,2}):?(\d{2})(?!\d)|([+])\s(\d\d):?(\d\d)$"
    r"|([+\-\u2212])(\d{1,2})(?=\s*(?:$|[,)\[\]]|\d{4}\b))",
    re.IGNORECASE,
)
"""A dash with a blank behind it begins the next part, as do hours before other words ("7:15 PM - 9 May", "19:15 -3 comments")."""
_IANA = re.compile(r"\[?([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+\-]+){1,2})\]?")
_GENERIC = re.compile(
    r"(Eastern|Central|Mountain|Pacific)(?: (?:Standard |Daylight )?Time)?\b(?! European)", re.IGNORECASE
)
_OF_CITY = re.compile(
    r"(?:heure|hora|hor[áa]rio|ora)\s+(?:de|di)\s+([A-ZÀ-Þ]\w+(?: [A-Z]\w+){0,2})"
    r"|([A-Z]\w+(?: [A-Z]\w+){0,2}) time\b",
    re.IGNORECASE,
)
"""A zone by its city: "London time", "horário de Brasília"."""
_NAME = re.compile(r"([A-ZА-Я]{1,5})(?![A-Za-zА-я])")
_ANY_CASE = re.compile(r"(utc|gmt|z|мск)(?![^\W\d_])", re.IGNORECASE)
_BEFORE_ZONE = re.compile(
    r"\s*(?:uhr|hrs?\.?(?![a-z])|h(?![a-z])|น\.?|ч\.?|óra|óta|godz\.?|local time)?[\s,(|]*", re.IGNORECASE
)


def zone_at(text: str, start: int, *, clock: dt.datetime, language: str = "") -> dt.tzinfo | None:
    """The zone that `text` names right at `start`, behind a clock; None where it names none that is known.

    `clock` decides between summer and winter time for names such as "ET".
    """
    skipped = _BEFORE_ZONE.match(text, start)
    place = skipped.end() if skipped else start
    if match := _OFFSET.match(text, place):
        sign, hours, minutes = (*filter(None, match.groups()), None)[:3]
        return offset_zone(str(sign), str(hours), minutes)
    if (match := _OF_CITY.match(text, place)) and (city := _cities().get((match[1] or match[2]).casefold())):
        return named_zone(city, clock)
    for pattern in (_IANA, _GENERIC, _NAME, _ANY_CASE):
        if (match := pattern.match(text, place)) and (zone := named_zone(match[1], clock, language)):
            return zone
    return None


def offset_zone(sign: str, hours: str, minutes: str | None) -> dt.tzinfo | None:
    """The zone of an offset such as +0200; None beyond what any place on Earth has."""
    if len(hours) == 1 and minutes and len(minutes) < 2:
        return None
    offset = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > dt.timedelta(hours=14) or int(minutes or 0) > 59:
        return None
    return dt.timezone(offset if sign == "+" else -offset) if offset else dt.UTC


def named_zone(name: str, clock: dt.datetime, language: str = "") -> dt.tzinfo | None:
    """The offset that an abbreviation or IANA name stands for at that clock; None for an unknown name."""
    key = name.upper()
    hours = _ELSEWHERE.get((key, language[:2]), _HOURS.get(key))
    if hours is not None:
        return dt.timezone(dt.timedelta(hours=hours)) if hours else dt.UTC
    zone = _zoneinfo(_PLACES.get(key, name))
    return fixed_offset(zone, clock) if zone else None


def fixed_offset(zone: dt.tzinfo, clock: dt.datetime) -> dt.tzinfo:
    """The zone's offset at that clock, as a fixed one: it prints and is stored like any other offset."""
    offset = clock.replace(tzinfo=zone).utcoffset() or dt.timedelta()
    return dt.timezone(offset) if offset else dt.UTC


@cache
def _cities() -> dict[str, str]:
    """The zones by the city that each is named after."""
    names = {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in zoneinfo.available_timezones()}
    return {**names, **dict.fromkeys(("brasilia", "brasília"), "America/Sao_Paulo"), "beijing": "Asia/Shanghai"}


@cache
def _zoneinfo(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if "/" in name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
