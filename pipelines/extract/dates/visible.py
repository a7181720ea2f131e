"""Dates that a reader sees: which is by the headline, which is labelled, and which belongs to something else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from dateline.instants import DateContext, Reading, find_readings, is_plausible, read_instant
from dateline.instants.reading import plain_text
from dateline.types.article import Origin
from pipelines.extract.dates.labels import FIRST, OF_SOMETHING_ELSE, PUBLISHED, UPDATED
from pipelines.extract.markup import short_text
from pipelines.extract.scope import Scope

_LIKELY = re.compile(
    r"\d{4}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{1,2}|\d\s?[月월]|[月日年]|\d{1,2}[ .-]{1,2}[^\W\d_][^\s\d]{1,12}[ -]['’]?\d\d(?!\d)"
)
_LONGEST_BARE = 40
_BARE_DAY = re.compile(
    r"(?:[^\W\d]+[.:,]*\s+){0,3}(?:[^\W\d]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th)?|\d{1,2}(?:\.|st|nd|rd|th|er)?\s+(?:de\s+)?[^\W\d]{3,}\.?|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일])"
    r"(?:\W{1,3}\d{1,2}\s?[:.時时시点點h]\s?\d\d.{0,8})?"
)
"""A day and a month, perhaps with a weekday or a label before it and a clock behind it."""
_SIGN = re.compile(r"[\d月日年]")
"""What every likely date has; searching for it first takes a fifth of the time."""
_DATE_MARK = re.compile(
    r"date|time|publi|posted|fecha|datum|\bdata\b|dateline|tarih|timestamp|byline|meta|pubd", re.IGNORECASE
)
_DATE_WORDS = ("date", "time", "publi", "posted", "fecha", "datum", "data", "tarih", "byline", "meta", "pubd")
"""Whatever `_DATE_MARK` matches contains one of them: searching for them first takes a fifth of the time."""
_UPDATE_MARK = re.compile(r"updat|modif|lastmod|revis", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"^(?:datetime|content|title|aria-label|data-(?!.*(?:updat|modif)).*(?:date|time|stamp|publi|utc|epoch|title|tip).*)$"
)
"""Names of attributes that may hold a date in a program's form."""
_DATED = frozenset({"datetime", "content", "title", "aria-label"})
_UNDATED = frozenset({"a", "img", "link", "iframe", "input", "button"})
"""Elements whose attributes say that they are about something else."""
_LONGEST_LINE = 160
_LONG_LINE = 200
_SKIPPED = frozenset(
    {"script", "style", "noscript", "template", "option", "textarea", "head", "svg", "iframe", "select"}
)
_MOST_CANDIDATES = 60
_NEAR, _CLOSE = 25, 8
_ELEMENTS_BEFORE, _ELEMENTS_AFTER = 40, 120
"""Elements that are looked at for a date that is only believed by the headline."""
_LABEL = 40
_LEVELS = 3
_SENTENCE, _WORDS = 50, 15
_PROSE = 100
_LONGEST_TOWN = 60
_DATELINE_END = re.compile(r"\s*(?:[/(][^/()]{1,40}[/)])?\s*(?:[-–—]|/)")
_OF_STORY = frozenset({"h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "td"})
_WITHIN_LINE = frozenset({"strong", "b", "em", "i", "a"})
"""Elements whose unmarked dates behind the first paragraph are those of events in the story; the latter within a longer line."""
_LABEL_BEHIND = re.compile(
    r"\s?(?:更新|修正|改訂|公開|掲載|配信|投稿|发布|發布|修改)(?!\S{0,3}[:：]|(?:日時|日|時間|时间)?\s*\d)"
)
"""Labels that East Asian sites write behind a date."""
_LINE_ENDS = frozenset({"br", "hr", "h1", "h2", "h3", "div", "p", "legend", "table", "ul", "ol", "header", "figure"})
_SHORT_LINE = 60
_ALONE = 2.6
_STOPS = (".", "!", "?", "…", "。", "।", "”", "»", "“", "؟")


@dataclass(frozen=True, slots=True)
class VisibleDate:
    """A date as a reader sees it: what it says, how well it stands for publication, and whether it is that of a change."""

    reading: Reading
    raw: str
    origin: Origin
    score: float
    is_update: bool
    is_beside: bool = False


def visible_dates(scope: Scope, wording: DateContext, *, only_near: bool = False) -> list[VisibleDate]:
    """The dates of the article itself, best first; those of comments, teasers, events and the site are left out.

    `only_near` looks by the headline alone, which takes a fraction of the time.
    """
    places = _places(scope, only_near=only_near)
    found = [date for place, element in places for date in _dates_of(element, place, scope, wording)]
    own = {date.reading.at.date() for date in found if not date.is_update and not date.is_beside}
    if len(own) == 1:  # wherever it is, no other could be meant
        found = [date if date.is_update else dataclasses.replace(date, score=date.score + _ALONE) for date in found]
    return sorted(found, key=lambda date: -date.score)


def day_without_year(scope: Scope, wording: DateContext, year: int) -> dt.date | None:
    """The day of that year which the first short line with nothing but a day and a month names, where it is marked as a date."""
    for element in scope.elements.of("time", having=["class", "itemprop"]):
        marks = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        if not (element.tag == "time" or _is_date_class(marks)) or scope.is_foreign(element):
            continue
        text = plain_text(short_text(element, _LONGEST_BARE) or "")
        label = _label_before(element, scope.headline)
        is_update = _says_update(label + text, marks, is_first=True, are_several=False)
        if _BARE_DAY.fullmatch(text) and not is_update:
            dated = f"{year}年{text}" if "月" in text else f"{text} {year}"
            if found := find_readings(dated, wording):
                return found[0].at.date()
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an element is: lines from the headline (negative before it), and long paragraphs between the two."""

    lines: int
    paragraphs: int
    has_headline: bool
    is_beside: bool


def _places(scope: Scope, *, only_near: bool) -> Iterator[tuple[_Place, HtmlElement]]:
    """The elements that may hold a date, in the page's order."""
    elements = _near_headline(scope) if only_near else _of_body(scope)
    lines = [each for each in elements if (tail := each.tail) and not tail.isspace() and _is_likely(tail)]
    marked = {element.getparent() for element in lines}
    marked.update(element for element in lines if _has_line_behind(element))
    marked.update(filter(_is_marked, elements if only_near else _with_marks(scope)))
    walked: list[tuple[int, int, HtmlElement]] = []
    line = paragraphs = headline_line = headline_paragraphs = 0
    for element in elements:
        tag = element.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        text = (element.text or "").strip()
        line += bool(text)
        if element is scope.headline:
            headline_line, headline_paragraphs = line, paragraphs
        is_first = tag == "p" and headline_line > 0 and paragraphs == headline_paragraphs
        is_short = (len(text) <= _LONG_LINE or is_first) and len(walked) < 20 * _MOST_CANDIDATES
        if is_short and (element in marked or (text and _is_likely(text[:_LONG_LINE]))):
            walked.append((line, paragraphs, element))
        paragraphs += len(text) > _PROSE
    has_headline = scope.headline is not None
    kept = 0
    for at, before, element in walked:
        if kept >= _MOST_CANDIDATES:
            return
        place = scope.place_of(element)
        if place == "foreign" or any(parent.tag in _SKIPPED for parent in element.iterancestors()):
            continue
        kept += 1
        yield _Place(at - headline_line, abs(before - headline_paragraphs), has_headline, place != "own"), element


def _with_marks(scope: Scope) -> Iterator[HtmlElement]:
    """All elements that `_is_marked` may hold of, found by tag, class and attribute."""
    names = [name for name in scope.elements.attributes if name in _DATED or name.startswith("data-")]
    yield from scope.elements.of("time", having=["itemprop", *names])
    for name in scope.elements.classes_with(_DATE_WORDS):
        yield from map(scope.elements.all.__getitem__, scope.elements.by_class[name])


def _is_marked(element: HtmlElement) -> bool:
    """Whether the element is for times, or has a name, class or attribute of a date."""
    tag = element.tag
    if tag == "time":
        return True
    if not isinstance(tag, str) or not element.attrib:
        return False
    if "date" in (element.get("itemprop") or "").lower():
        return True
    name = element.get("class")
    if name and (len(element) or len(element.attrib) > 1) and _is_date_class(name):
        return True
    return tag not in _UNDATED and any(_values(element))


def _of_body(scope: Scope) -> list[HtmlElement]:
    body = scope.root.find(".//body")
    return list((scope.root if body is None else body).iter())


def _near_headline(scope: Scope) -> list[HtmlElement]:
    """The elements around the headline; none without one."""
    elements = scope.elements.all
    if scope.headline is None or scope.headline not in elements:
        return []
    at = elements.index(scope.headline)
    return elements[max(0, at - _ELEMENTS_BEFORE) : at + _ELEMENTS_AFTER]


def _is_likely(text: str) -> bool:
    return bool(_SIGN.search(text) and _LIKELY.search(text))


@lru_cache(maxsize=4_096)
def _is_date_class(name: str) -> bool:
    return bool(_DATE_MARK.search(name))


def _dates_of(element: HtmlElement, place: _Place, scope: Scope, wording: DateContext) -> Iterator[VisibleDate]:
    if place.paragraphs == 0 and element.tag == "p":
        yield from _of_dateline(plain_text((element.text or "")[:_LONGEST_LINE]), place, wording)
    if _has_line_behind(element):
        yield from _of_line(plain_text(element.tail or ""), place, wording)
    line = short_text(element, _LONGEST_LINE)
    if line is None:
        return
    text = plain_text(line)
    marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    around = _label_before(element, scope.headline)
    declared = next((found for found in _declared(element, wording) if _is_possible(found[0], wording)), None)
    readings = [one for one in find_readings(text, wording) if _is_possible(one, wording)]
    edge = 0
    for number, reading in enumerate(readings):
        behind = _LABEL_BEHIND.match(text, reading.end)
        label = behind[0] if behind else (around if number == 0 else "") + text[edge : reading.start]
        edge = behind.end() if behind else reading.end
        is_update = _says_update(label[-_LABEL:], marks, is_first=number == 0, are_several=len(readings) > 1)
        best, raw = (reading, text)
        if UPDATED.search(text, reading.start, reading.end):  # "4 May 2026, updated 7.30 pm": the clock is the change's
            best = dataclasses.replace(reading, at=reading.at.replace(hour=0, minute=0, second=0), precision="day")
        if declared and declared[0].at.date() == reading.at.date() and declared[0].precision != "day":
            best, raw = declared
        score = _score(place, label[-_LABEL:], marks, text, reading)
        is_marked = is_update or PUBLISHED.search(label) or _DATE_MARK.search(marks)
        score -= 4 * bool(place.paragraphs and not is_marked and _is_of_story(element, text))
        origin: Origin = "microdata" if "date" in (element.get("itemprop") or "").lower() else "text"
        yield VisibleDate(best, raw, origin, score, is_update, place.is_beside)
    if declared and not readings:
        is_update = _says_update(around + text, marks, is_first=True, are_several=False)
        yield VisibleDate(
            *declared, "microdata", _score(place, around + text, marks, "", None), is_update, place.is_beside
        )


def _is_of_story(element: HtmlElement, text: str) -> bool:
    parent = element.getparent()
    if element.tag not in _WITHIN_LINE or parent is None:
        return element.tag in _OF_STORY
    line = short_text(parent, _LONG_LINE)
    return line is None or len(line) > len(text) + _WORDS


def _of_dateline(text: str, place: _Place, wording: DateContext) -> Iterator[VisibleDate]:
    """The date in the dateline of the first paragraph ("MORROW, May 4, 2026 (MP) — The council …")."""
    for reading in find_readings(text, wording)[:1]:
        is_behind_town = 0 < reading.start <= _LONGEST_TOWN and ":" not in text[: reading.start]
        if is_behind_town and _DATELINE_END.match(text, reading.end) and text[0].isupper():
            yield VisibleDate(reading, text, "text", _score(place, "", "date", "", reading), is_update=False)


def _has_line_behind(element: HtmlElement) -> bool:
    """Whether a short line that may hold a date follows the element directly, in the text of a long container."""
    tail = element.tail
    if not tail or len(tail) > _SHORT_LINE or element.tag not in _LINE_ENDS or not _is_likely(tail):
        return False
    after, parent = element.getnext(), element.getparent()
    return (
        parent is not None and (after is None or after.tag in _LINE_ENDS) and short_text(parent, _LONGEST_LINE) is None
    )


def _of_line(text: str, place: _Place, wording: DateContext) -> Iterator[VisibleDate]:
    """The date in a line without an element of its own."""
    for reading in find_readings(text, wording)[:1]:
        if _is_possible(reading, wording):
            is_update = _says_update(text[: reading.start], "", is_first=True, are_several=False)
            score = _score(place, text[: reading.start], "", text, reading)
            yield VisibleDate(reading, text, "text", score, is_update, place.is_beside)


def _declared(element: HtmlElement, wording: DateContext) -> Iterator[tuple[Reading, str]]:
    """What its attributes say in a program's form."""
    for value in _values(element):
        if found := read_instant(value, wording):
            yield found, value


def _values(element: HtmlElement) -> Iterator[str]:
    """The attributes that may be a date: of that name, short, with the digits of a year."""
    for name, value in element.items():
        if len(value) <= _LONGEST_LINE and _is_likely(value) and _ATTRIBUTE.match(name):
            yield value


def _is_possible(reading: Reading, wording: DateContext) -> bool:
    return wording.latest is None or is_plausible(reading.at, wording.latest)


def _label_before(element: HtmlElement, headline: HtmlElement | None) -> str:
    """The words right before the element: its parent's own, or its neighbour's (no headline), or those before its parents."""
    for _ in range(_LEVELS):
        parent = element.getparent()
        if element.getprevious() is not None or parent is None or parent.tag == "body" or (parent.text or "").strip():
            break
        element = parent
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        if before.tail and before.tail.strip():
            return f"{before.tail[-_LABEL:]} "
        may_label = isinstance(before.tag, str) and len(before) < 3 and before is not headline
        words = short_text(before, _LABEL) if may_label else None
        return f"{words} " if words and not any(map(str.isdigit, words)) else ""  # a date's neighbour labels that one
    return f"{(parent.text or '')[-_LABEL:]} " if parent is not None and parent.tag != "body" else ""


def _says_update(label: str, marks: str, *, is_first: bool, are_several: bool) -> bool:
    if UPDATED.search(label) or PUBLISHED.search(label):
        return bool(UPDATED.search(label)) and not _is_later(PUBLISHED, UPDATED, label)
    return bool(_UPDATE_MARK.search(marks)) and "publi" not in marks.lower() and not (is_first and are_several)


def _is_later(one: re.Pattern[str], other: re.Pattern[str], text: str) -> bool:
    """Whether the last match of one comes after the last of the other."""
    last = [max((match.start() for match in pattern.finditer(text)), default=-1) for pattern in (one, other)]
    return last[0] > last[1]


def _score(place: _Place, label: str, marks: str, text: str, reading: Reading | None) -> float:
    """How well a date stands for the day of publication; below 2 it is not believed."""
    score = -2.0 * place.is_beside
    if OF_SOMETHING_ELSE.search(label):
        score -= 4
    if PUBLISHED.search(label):
        score += 2 + (FIRST.search(label) is not None)
    elif reading is not None and text.endswith(_STOPS):
        rest = len(text) - (reading.end - reading.start)
        score -= 4 * (rest > (_SENTENCE if reading.end >= len(text) - 2 else _WORDS))  # in a sentence of the story
    if "datepublished" in marks.lower() or _DATE_MARK.search(marks):
        score += 1.5
    if reading is not None and reading.precision != "day":
        score += 0.5
    if not place.has_headline:
        return score + 0.5 - place.lines / 1_000
    distance = abs(place.lines)
    score += 2 if distance <= _CLOSE else 1.2 if distance <= _NEAR else 0
    score -= 0.3 * min(place.paragraphs, 4) + 0.5 * (place.lines < 0) + distance / 1_000
    if reading is not None and len(text) - (reading.end - reading.start) <= 40:
        score += 0.5
    return score
