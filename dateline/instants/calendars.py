"""Years and months of other calendars as Gregorian dates: Solar Hijri (Iran), Buddhist, Minguo and Japanese eras."""

from __future__ import annotations

import datetime as dt

JALALI_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "فروردین حمل",
            "اردیبهشت ثور",
            "خرداد جوزا",
            "تیر سرطان",
            "مرداد امرداد اسد",
            "شهریور سنبله",
            "مهر میزان",
            "آبان ابان عقرب",
            "آذر اذر قوس",
            "دی جدی",
            "بهمن دلو",
            "اسفند حوت",
        ),
        1,
    )
    for name in names.split()
}
"""Month names of Iran and of Afghanistan."""

HIJRI_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "محرم|محرّم|المحرم|محرم الحرام",
            "صفر|صفر المظفر",
            "ربيع الأول|ربيع الاول|ربیع الاول|ربیع‌الاول",
            "ربيع الآخر|ربيع الثاني|ربیع الثانی|ربیع الآخر",
            "جمادى الأولى|جمادى الاولى|جمادي الأولى|جمادی الاول|جمادی الاولیٰ|جمادى الأول",
            "جمادى الآخرة|جمادى الاخرة|جمادى الثانية|جمادي الثانية|جمادی الثانی|جمادى الآخر",
            "رجب|رجب المرجب",
            "شعبان|شعبان المعظم",
            "رمضان|رمضان المبارك|رمضان المبارک",
            "شوال|شوّال|شوال المكرم",
            "ذو القعدة|ذي القعدة|ذو القعده|ذوالقعدة|ذی القعدہ|ذی‌القعده|ذیقعده|ذيقعدة",
            "ذو الحجة|ذي الحجة|ذو الحجه|ذوالحجة|ذی الحجہ|ذی‌الحجه|ذیحجه",
        ),
        1,
    )
    for name in names.split("|")
}
"""Lunar months in Arabic, Persian and Urdu."""

ERAS = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "民國": 1911,
    "民国": 1911,
    "中華民國": 1911,
    "R": 2018,
    "H": 1988,
    "S": 1925,
}
"""What is added to a year of the era: Reiwa 8 is 2026, Minguo 115 is 2026."""

_FIRST_JALALI, _LAST_JALALI = 1300, 1420
_FIRST_BUDDHIST, _LAST_BUDDHIST = 2440, 2650
_BUDDHIST = 543
_DAYS_TO_EPOCH = 79
_FIRST_GREGORIAN, _LAST_GREGORIAN = 1900, 2150


def to_date(year: int, month: int, day: int, *, is_jalali: bool = False) -> dt.date | None:
    """The Gregorian date; the year itself tells which calendar is meant. None for a year of none of them, or no such day.

    Years from 1420 on may be lunar (1447 is 2025): their months' names tell them apart (`from_hijri`).
    """
    if is_jalali or _FIRST_JALALI <= year < _LAST_JALALI:
        return _from_jalali(year, month, day)
    if _FIRST_BUDDHIST <= year <= _LAST_BUDDHIST:
        year -= _BUDDHIST
    if not _FIRST_GREGORIAN <= year <= _LAST_GREGORIAN:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def from_hijri(year: int, month: int, day: int) -> dt.date | None:
    """The Gregorian date of a lunar one, by the calendar of Umm al-Qura; other countries' may be a day apart."""
    from hijridate import Hijri  # most processes never meet one

    try:
        return dt.date(*Hijri(year, month, day).to_gregorian().datetuple())
    except (ValueError, OverflowError):
        return None


def full_year(year: int, *, is_thai: bool = False) -> int:
    """The year that two digits mean: 26 is 2026, 99 is 1999; in Thai 69 is Buddhist 2569."""
    if is_thai:
        return 2500 + year
    return year + (2000 if year < 70 else 1900)


def _from_jalali(year: int, month: int, day: int) -> dt.date | None:
    """By the 33-year cycle of leap years, which agrees with the observed calendar from 1925 to 2090."""
    if not (_FIRST_JALALI <= year < _LAST_JALALI and 1 <= month <= 12 and 1 <= day <= 31 - (month > 6)):
        return None
    years = year - 979
    days = 365 * years + years // 33 * 8 + (years % 33 + 3) // 4
    days += 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1
    return dt.date(1600, 1, 1) + dt.timedelta(days=days + _DAYS_TO_EPOCH)
