"""The time of day in a string: 18:30, 6:30 p.m., 18h30, 18時30分, 下午6:30, 오후 6:30."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_LETTER = "[A-Za-zÀ-ɏḀ-ỿЀ-ӿ؀-ۿ]"


def _whole(words: str) -> str:
    """A pattern for whole words written as given: Soren does not have the word "sore", and Sabah and Večer are newspapers."""
    return rf"(?<!{_LETTER})(?-i:{words})(?!{_LETTER})"


_BEFORE_NOON = (
    r"p\.d\.|पूर्वाह्न|ਪੂ\.ਦੁ\.?|පෙ\.ව\.?|ጥዋት|قبل از ظهر"
    r"|午前|上午|凌晨|早上|清晨|오전|아침|새벽|ก่อนเที่ยง|ق\.ظ|صباحا(?:ً)?|π\.?μ\.?|सुबह|সকাল|"
    + _whole("SA|PG|ÖÖ|ص|pagi|[Ss]áng|de la mañana|da manhã|del mattino|du matin|утра|ранку|rano|ráno|sabah")
)
_AFTER_NOON = (
    r"m\.d\.|अपराह्न|ਬਾ\.ਦੁ\.?|ප\.ව\.?|ከሰዓት|بعد از ظهر"
    r"|午後|下午|晚上|傍晚|中午|오후|저녁|หลังเที่ยง|ب\.ظ|مساء(?:ً)?|μ\.?μ\.?|शाम|दोपहर|বিকাল|বিকেল|দুপুর|সন্ধ্যা|"
    + _whole(
        "CH|PTG|ÖS|م|petang|siang|sore|[Cc]hiều|[Tt]ối|de la tarde|da tarde|del pomeriggio|di sera|du soir|дня|вечера|вечора"
        "|wieczorem|po południu|odpoledne|večer|akşam"
    )
)
_AT_NIGHT = "रात|রাত|밤|" + _whole("(?i:midnight)|malam|đêm|de la noche|da noite|di notte|ночи|ночі|w nocy|v noci|gece")
"""Before or after midnight, as the hour is late or early."""
_HALF = rf"(?<!{_LETTER})[ap]\.?\s?m\b\.?|{_BEFORE_NOON}|{_AFTER_NOON}|{_AT_NIGHT}"
_CLOCK = re.compile(
    rf"(?:(?P<pre>{_HALF})\s?)?(?<![\d:.,/+])(?<!GMT-)(?<!UTC-)(?P<hour>\d{{1,2}})\s?(?P<sep>[:：.h]|時|时|시|点|點)\s?(?P<minute>\d{{2}}|\d(?=\s?[分분]|:\d))(?!\d)"
    rf"(?:\s?(?:[:：.]|分|분|m)\s?(?P<second>\d{{1,2}})(?!\d))?(?:[.,](?P<fraction>\d{{1,9}}))?(?:\s?[分분秒초])?(?:\s?(?P<half>{_HALF}))?",
    re.IGNORECASE,
)
_HOUR = re.compile(
    rf"(?<![\d:.,/])(?P<hour>\d{{1,2}})\s?(?:(?P<half>[ap]\.?\s?m\b\.?|noon\b|midnight\b)|(?:uhr|heures?|horas|h|時|时|시|点|點)(?![^\W\d_]|\d))"
    rf"|(?P<pre>{_BEFORE_NOON}|{_AFTER_NOON})\s?(?P<hour2>\d{{1,2}})\s?[时時点點시]",
    re.IGNORECASE,
)
_MILITARY = re.compile(
    r"(?<![\d:.,/+-])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?=\s?(?:hrs?|hours|GMT|UTC|BST|IST|[ECMP][SD]?T|CES?T|Uhr)\b)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"[T ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?!\d)")
_IS_AFTER = re.compile(rf"p\.?\s?m|{_AFTER_NOON}", re.IGNORECASE)
_IS_BEFORE = re.compile(rf"a\.?\s?m|{_BEFORE_NOON}", re.IGNORECASE)
_IS_NIGHT = re.compile(_AT_NIGHT, re.IGNORECASE)
_BESIDE = 6
"""Characters between a clock and its own date; behind a date with a clock right before it one further off is the next date's."""
_NEAR = 24
"""Characters between a date and a clock that is written with a full stop, which may as well be a price or a date."""


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day and where it ends in the string."""

    time: dt.time
    start: int
    end: int
    is_next_day: bool = False
    """Whether it is 24:00, the first instant of the next day (ISO 8601, 4.2.3)."""


def find_clock(text: str, start: int, end: int, *, until: int, since: int = 0) -> ClockTime | None:
    """The clock that belongs to the date at `start` to `end`: the first behind it up to `until`, else the last before it."""
    if text[start:end].isdigit() and (match := _COMPACT.match(text, end)):
        return _clock(match)
    for pattern in (_CLOCK, _HOUR, _MILITARY):
        before = [match for match in pattern.finditer(text, since, start) if _is_unlike_number(match)]
        is_beside = bool(before) and start - before[-1].end() <= _BESIDE
        for match in pattern.finditer(text, end, until):
            if is_beside and match.start() - end > _BESIDE:
                break
            if (_is_unlike_number(match) or match.start() - end <= _NEAR) and (clock := _clock(match)):
                return clock
        if before and (clock := _clock(before[-1])):
            return clock
    return None


def _is_unlike_number(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return groups.get("sep") != "." or bool(groups.get("half"))


def _clock(match: re.Match[str]) -> ClockTime | None:
    groups = match.groupdict()
    hour, minute = int(groups.get("hour") or groups.get("hour2") or 0), int(groups.get("minute") or 0)
    half = groups.get("half") or groups.get("pre") or ""
    if half and hour <= 12:
        is_night = bool(_IS_NIGHT.match(half))
        is_after = 6 <= hour < 12 if is_night else bool(_IS_AFTER.match(half))
        is_before = not is_after if is_night else bool(_IS_BEFORE.match(half))
        hour = hour % 12 + 12 * (is_after and not is_before) if hour < 12 or is_before else hour
    micro = int((groups.get("fraction") or "0").ljust(6, "0")[:6])
    second = min(int(groups.get("second") or 0), 59)
    is_next_day = hour == 24 and not minute and not second
    hour = 0 if is_next_day else hour
    if hour > 23 or minute > 59:
        return None
    return ClockTime(dt.time(hour, minute, second, micro), match.start(), match.end(), is_next_day)
