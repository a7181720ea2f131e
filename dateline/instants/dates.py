"""The dates in a string: ISO, numbers in any order, month names of 80 languages, CJK forms, and who wrote them how."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dateline.instants.calendars import ERAS, HIJRI_MONTHS, JALALI_MONTHS, from_hijri, full_year, to_date
from dateline.instants.month_names import is_month, is_thai_month, month_of, names_of_two_words

_WORD = r"[^\W\d_][^\s\d,;:()|/\-–—]{0,40}"
_ISO = re.compile(r"(?<![\d\w])(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)(?!-\d)")
_ISO_WEEK = re.compile(r"(?<![\d\w])(\d{4})-?W(\d{2})-?([1-7])(?!\w)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})([01]\d)([0-3]\d)(?=$|[T\s]\d|\d{4}(?:\d\d)?$)")
_EAST = re.compile(
    r"(?:(?P<era>令和|平成|昭和|中華民國|民國|民国|[RH])\s?)?(?P<year>\d{1,4}|元)\s?[年년]\s?(?:[(（][^\d()（）]{0,4}[\d元]{1,4}\s?年[)）])?\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]?"
)
_MINGUO = re.compile(r"(?<!\d)(?:民國\s?)?(1\d{2})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<![\d.])(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(
    r"(?<![\d.])(?:(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})|(\d{2})([./-])(\d{2})\6(\d{2}))(?![\d]|[./-]\d)"
)
_SHORT_ERA = re.compile(r"(?<![\w.])([RHS])\s?(\d{1,2})\s?([./])\s?(\d{1,2})\s?\3\s?(\d{1,2})(?!\d|[./]\d)")
"""Japanese years in short ("R8.5.4"), which elsewhere are the numbers of versions."""
_KOREAN_PROGRAM = re.compile(r"(?<!\d)(\d{1,2})\s(\d{1,2})[월月]\s(\d{4})(?!\d)")
"""A program's date with the month's name of Korea or Japan ("월, 04 5월 2026 18:30")."""
_YEAR_FIRST_LANGUAGES = ("ja", "ko", "zh")
_VIETNAMESE = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?:tháng|thg)\s*(\d{1,2})\s*,?\s*(?:năm)?\s*(\d{4})|(?:tháng|thg)\s*(\d{1,2})\s+(\d{1,2})\s*,?\s*(?:năm)?\s*(\d{4})",
    re.IGNORECASE,
)
_MONGOLIAN = re.compile(r"(\d{4})\s?оны\s?(\d{1,2})[-\s]?р\s?сарын\s?(\d{1,2})", re.IGNORECASE)
_VIETNAMESE_MONTHS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười một", "mười hai", "mười")
_VIETNAMESE_NUMBERS = dict(zip(_VIETNAMESE_MONTHS, (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10), strict=True))
_VIETNAMESE_WORD = re.compile(rf"\btháng\s+({'|'.join(_VIETNAMESE_MONTHS)})(?=[\s,])", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(?<![\d:.])(\d{1,2})(?!\d)([^\d\n|]{2,40}?)(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(rf"(?<![\d:.])(\d{{1,2}})([ -]{_WORD}[ -]['’]?)(\d{{2}})(?![\d.])")
_MONTH_FIRST = re.compile(rf"(?<![^\W\d_])({_WORD})\s*[,/-]?\s*(\d{{1,2}})(?!\d)([^\d\n|]{{1,16}}?)(\d{{4}})(?!\d)")
_YEAR_MONTH = re.compile(r"(?<!\d)(\d{4})([^\d\n|]{2,30}?)(\d{1,2})(?![\d:])")
_YEAR_DAY = re.compile(rf"(?<!\d)(\d{{4}})(\D{{1,12}})(\d{{1,2}})[\s.-]+({_WORD})")
_PROGRAM = re.compile(
    rf"({_WORD})\s+(\d{{1,2}})(?=\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?(?:\s+[\w+:/()\[\]-]{{1,20}}){{0,3}}\s+(\d{{4}})(?!\d))"
)
"""Java's and C's "Mon May 04 18:30:00 CEST 2026": the clock before the year is found afterwards."""
_WORDS = re.compile(_WORD)
_GLUE_TEXT = """
    de del of d º ª ឆ្នាំ di do da den dem des el the st nd rd th er re e a года году г р року рік m gada gads godine годзе
    г. ko eko ren année anno año ano år v ngày năm ta tal yil жылғы жыл йил оны η ης го ماه سنة عام من พ.ศ ค.ศ ที่ года,
    lipnja. ja na n month le la on in mg ika ng tarihinde tahun bulan an als ons há dne dnia roku r leta ж թ
"""
_GLUE = frozenset(_GLUE_TEXT.split())
_ROMAN = {
    word: month
    for month, word in enumerate(["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"], 1)
}
_MOST_WORDS = 4
_CLOCK = re.compile(r"[0-2]\d\.[0-5]\d\.[0-5]\d")
"""Behind a date this is its clock, not another date ("17 Januari 2025 14.05.00")."""
_NEAR = 8
_LUNAR = "|".join(sorted(HIJRI_MONTHS, key=len, reverse=True))
_HIJRI = re.compile(rf"(?<!\d)(\d{{1,2}})\s?(?:من |شهر |-|/)?\s?({_LUNAR})\s?[,،/-]?\s?(?:سنة |عام )?(1[34]\d\d)(?!\d)")
"""Lunar dates; if a string has the day in another calendar too, that one counts."""


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A date and its place in the string; `is_sure` is false where day and month could be exchanged."""

    date: dt.date
    start: int
    end: int
    is_sure: bool = True


def find_days(text: str, *, language: str = "", month_first: bool | None = None) -> list[FoundDay]:
    """The dates of a string (digits and blanks made plain before) in its order, none within another."""
    text = _VIETNAMESE_WORD.sub(
        lambda match: f"tháng {_VIETNAMESE_NUMBERS[match[1].lower()]}".ljust(len(match[0])), text
    )
    if not text.isascii():
        text = names_of_two_words().sub(lambda match: match[0].replace(" ", "_"), text)
    kept: list[FoundDay] = []
    for day in _all_days(text, language, month_first):
        is_clock = bool(_CLOCK.fullmatch(text, day.start, day.end)) and any(
            0 < day.start - other.end <= _NEAR and not _CLOCK.fullmatch(text, other.start, other.end) for other in kept
        )
        if not is_clock and all(day.end <= other.start or day.start >= other.end for other in kept):
            kept.append(day)
    if not kept and not text.isascii():
        for match in _HIJRI.finditer(text):
            if date := from_hijri(int(match[3]), HIJRI_MONTHS[match[2]], int(match[1])):
                kept.append(FoundDay(date, match.start(), match.end()))
    return sorted(kept, key=lambda day: day.start)


def _all_days(text: str, language: str, month_first: bool | None) -> Iterator[FoundDay]:
    """Every reading, the surest forms first."""
    for pattern in (_ISO, _COMPACT, _MONGOLIAN):
        for match in pattern.finditer(text):
            yield from _day(match, int(match[1]), int(match[2]), int(match[3]))
    for match in _ISO_WEEK.finditer(text):
        with contextlib.suppress(ValueError):  # a week that the year does not have
            yield FoundDay(dt.date.fromisocalendar(*map(int, match.groups())), match.start(), match.end())
    for match in _EAST.finditer(text):
        year = (1 if match["year"] == "元" else int(match["year"])) + ERAS.get(match["era"] or "", 0)
        yield from _day(match, year, int(match["month"]), int(match["day"]))
    for match in _VIETNAMESE.finditer(text):
        places = (3, 2, 1) if match[1] else (6, 4, 5)
        yield from _day(match, *(int(match[place]) for place in places))
    for match in _YEAR_FIRST.finditer(text):
        yield from _day(match, int(match[1]), int(match[3]), int(match[4]))
    for match in _KOREAN_PROGRAM.finditer(text):
        yield from _day(match, int(match[3]), int(match[2]), int(match[1]))
    yield from _named(text, language)
    for match in _YEAR_LAST.finditer(text):
        yield from _numbers(match, month_first, is_year_first=language.startswith(_YEAR_FIRST_LANGUAGES))
    for match in _SHORT_ERA.finditer(text) if language.startswith("ja") else ():
        yield from _day(match, int(match[2]) + ERAS[match[1]], int(match[4]), int(match[5]))
    if language.startswith("zh"):
        for match in _MINGUO.finditer(text):
            yield from _day(match, int(match[1]) + 1911, int(match[3]), int(match[4]))


def _named(text: str, language: str) -> Iterator[FoundDay]:
    """Dates whose month is a word."""
    for match in _PROGRAM.finditer(text):
        yield from _worded(match, match[3], match[1], match[2], language)
    for match in _MONTH_FIRST.finditer(text):
        if _is_glue(match[3]):
            yield from _worded(match, match[4], match[1], match[2], language)
    for match in _DAY_FIRST.finditer(text):
        yield from _worded(match, match[3], _month_word(match[2], language), match[1], language)
    for match in _YEAR_MONTH.finditer(text):
        yield from _worded(match, match[1], _month_word(match[2], language), match[3], language)
    for match in _YEAR_DAY.finditer(text):
        if _is_glue(match[2]):
            yield from _worded(match, match[1], match[4], match[3], language)
    for match in _SHORT_YEAR.finditer(text):
        word = _month_word(match[2], language)
        yield from _worded(match, str(full_year(int(match[3]), is_thai=is_thai_month(word))), word, match[1], language)


def _month_word(between: str, language: str) -> str:
    """The one word between day and year that is a month, if the others only join; else nothing."""
    every: list[str] = _WORDS.findall(between)
    words = [
        word
        for word in every
        if word.strip(".") in _ROMAN or word.lower().strip(".'’") not in _GLUE or is_month(word, language)
    ]
    words = words or [
        word for word in every if len(every) == 1 and month_of(word)
    ]  # Norwegian "des" is French "of the"
    if len(words) == 2 and "/" in between and all(_month(word, language) for word in words):
        return words[0]  # both of an Arabic month's names
    return words[0] if len(words) == 1 and len(between.split()) <= _MOST_WORDS else ""


def _is_glue(between: str) -> bool:
    return all(word.lower().strip(".") in _GLUE for word in _WORDS.findall(between))


def _month(word: str, language: str) -> tuple[int, bool] | None:
    """The month of a word, and whether it is one of the Iranian calendar."""
    if roman := _ROMAN.get(word.strip(".")):
        return roman, False
    if jalali := JALALI_MONTHS.get(word.replace("\u200c", "").removesuffix("ماه")):
        return jalali, True
    month = month_of(word, language)
    return (month, False) if month else None


def _worded(match: re.Match[str], year: str, word: str, day: str, language: str) -> Iterator[FoundDay]:
    if word and (found := _month(word, language)):
        month, is_jalali = found
        date = to_date(int(year), month, int(day), is_jalali=is_jalali)
        if date:
            yield FoundDay(date, match.start(), match.end())


def _day(match: re.Match[str], year: int, month: int, day: int) -> Iterator[FoundDay]:
    if date := to_date(year, month, day):
        yield FoundDay(date, match.start(), match.end())


def _numbers(match: re.Match[str], month_first: bool | None, *, is_year_first: bool) -> Iterator[FoundDay]:
    """A date with the year last, of four digits or (with two digits each, in East Asia with the year first) of two."""
    short = 0 if match[1] else 4
    first, mark, second, last = (match[place + short] for place in (1, 2, 3, 4))
    if short and is_year_first and (date := to_date(full_year(int(first)), int(second), int(last))):
        yield FoundDay(date, match.start(), match.end())
    else:
        year = full_year(int(last)) if short else int(last)
        yield from _ordered(match, int(first), mark, int(second), year, month_first)


def _ordered(
    match: re.Match[str], first: int, mark: str, second: int, year: int, month_first: bool | None
) -> Iterator[FoundDay]:
    """The day first after full stops, and after slashes as the region has it."""
    is_american = second > 12 or (first <= 12 and bool(month_first) and mark != ".")
    month, day = (first, second) if is_american else (second, first)
    if date := to_date(year, month, day):
        yield FoundDay(date, match.start(), match.end(), is_sure=first > 12 or second > 12 or first == second)
