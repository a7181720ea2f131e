"""One JSON line of `dateline import` → the article that it gives, in our fields; pure.

Lines of our own (`extractor` names who read the page) are taken as they are. What other programs write is tidied: entities and
tags of HTML, lists written as text, empty cells of a spreadsheet ("nan", "None").
"""

from __future__ import annotations

import ast
import datetime as dt
import html
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from dateline.instants import Precision, is_ahead, read_instant
from dateline.languages import language_code
from dateline.lists import json_value
from dateline.text import storable, storable_line
from dateline.types.article import FROM_FEED, Extraction, Instant, Kind, Page, TextOrigin
from dateline.types.article_fields import ARTICLE_FIELDS, OTHER_NAMES, ArticleField
from dateline.urls.links import absolute_url
from pipelines.extract.authors import names_of
from pipelines.extract.language import choose_language

EXTRACTOR = "import"
_EMPTY_CELLS = frozenset({"nan", "NaN", "NaT", "None", "null", "NULL", "<NA>", "N/A"})
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_IS_HTML = re.compile(r"<(?:p|br|div|li|h[1-6])(?:\s[^<>]*)?/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One input: an article that was extracted, or a page that is to be."""

    page: Page
    found: Extraction | None
    warc: Path | None = None
    """The file that has the page, and perhaps further pages of its article."""
    unread_date: str = ""
    """What it gives as its date of publication, if that is none."""


@dataclass(frozen=True, slots=True)
class UnreadableInput:
    """An input that can't be stored. `place` counts lines or entries of a list from 1, and the bytes before a record."""

    place: int
    why: str
    file: str = ""
    unit: Literal["line", "entry", "record at byte"] = "line"


def read_line(line: bytes, place: int, *, now: dt.datetime) -> Incoming | UnreadableInput:
    """The article of one JSON line; only `url` and `text` (or `title`) must be there."""
    try:
        row = json_value(line)
    except ValueError as error:
        return UnreadableInput(place, f"not valid JSON: {error}")
    if not isinstance(row, dict):
        return UnreadableInput(place, "not a JSON object")
    if "error" in row and "text" not in row:
        return UnreadableInput(place, f"`dateline extract` could not read the page: {row['error']}")
    row = row if row.get("extractor") else _tidied(row)
    given = (_string(row.get("url")) or _string(row.get("canonical_url")) or "").strip()
    if not given:
        return UnreadableInput(place, 'no "url" or "canonical_url": the address of the page is not known')
    if (url := address(given)) is None:
        return UnreadableInput(place, f"{given[:100]!r} is not an http(s) URL")
    found, given_date = _extraction(row, url), row.get("published_at")
    if found.published is not None and is_ahead(found.published.at, now):
        found = replace(found, published=None)
    unread = str(given_date).strip()[:60] if given_date is not None and found.published is None else ""
    return Incoming(Page(url, url, 200, (), b"", now), found, unread_date=unread)


def address(given: str) -> str | None:
    """The address as a page's links have it, without a password and a mere place on the page; None if it can't be fetched."""
    return absolute_url(given, given)


def _tidied(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of another program under our names; Fundus has the addresses in those of the page."""
    if isinstance(page := given.get("html"), dict):
        given = {**page, **given}
    row = {name: value for name, value in given.items() if not (isinstance(value, str) and value in _EMPTY_CELLS)}
    for ours, names in OTHER_NAMES.items():
        row[ours] = row.get(ours) or next(_values(ours, names, row), None)
    row["text"] = _text(row["text"])
    for field in ARTICLE_FIELDS:
        value = row.get(field.name)
        if field.column.is_imported and isinstance(value, str):
            row[field.name] = _listed(field.name, value) if get_origin(field.type) is list else _plain(value)
    for name in ("published_at", "modified_at"):
        row[name] = _date(row.get(name))
    return row


def _values(ours: str, names: Iterable[str], row: Mapping[str, Any]) -> Iterator[Any]:
    """What the row has under other names, the best first; "source" may be an address or an outlet's name."""
    found = filter(None, map(row.get, names))
    return (one for one in found if ours != "url" or str(one).strip().lower().startswith(("http://", "https://")))


def _text(given: Any) -> str:
    """The text of a string, plain or HTML, or of Fundus' parts of a body."""
    if isinstance(given, dict):
        sections = [one for one in _list(given.get("sections")) if isinstance(one, dict)]
        parts = [
            given.get("summary"),
            *(part for one in sections for part in (one.get("headline"), one.get("paragraphs"))),
        ]
        given = "\n".join(line for part in parts for line in _strings(part))
    if not isinstance(given, str):
        return ""
    if _IS_HTML.search(given):
        given = _TAG.sub("", _IS_HTML.sub("\n", _UNSEEN.sub("", given)))
        return "\n".join(filter(None, map(str.strip, _plain(given).splitlines())))
    return _plain(given)


def _plain(text: str) -> str:
    """The text without entities of HTML, also those that were written twice ("&amp;#39;")."""
    for _ in range(2):
        text = html.unescape(text) if _ENTITY.search(text) else text
    return text


def _listed(name: str, text: str) -> list[str]:
    """The names or topics of a text: a list of JSON or Python, a byline, or words with ; or commas between them."""
    if text.strip().startswith("[") and text.strip().endswith("]"):
        for read in (json.loads, ast.literal_eval):
            try:
                return list(_strings(read(text.strip())))
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    text = _plain(text)
    if name == "authors":
        return [one for line in re.split("[;\n]", text) for one in names_of(line) or [line]]
    return text.split(";" if ";" in text else ",")


def _date(given: Any) -> Any:
    """The date of a list of one, or of MongoDB's extended JSON."""
    while isinstance(given, list | dict) and len(given) == 1:
        given = given[0] if isinstance(given, list) else next(iter(given.values()))
    return given


def _extraction(row: dict[str, Any], url: str) -> Extraction:
    text = storable(_string(row.get("text")) or "")
    declared = language_code(_string(row.get("language")) or "")
    language, _ = choose_language(declared, text)
    kind: Any = row.get("kind")
    is_headline = kind == "headline" and not text.strip()
    origin: TextOrigin = "none" if is_headline else "feed" if row.get("text_origin") == "feed" else "page"
    return Extraction(
        url=url,
        kind=kind if kind in get_args(Kind) and is_headline == (kind == "headline") else "article",
        text=text,
        published=_instant(row.get("published_at"), row.get("published_precision")),
        modified=_instant(row.get("modified_at")),
        language=declared or language,
        declared_language=declared,
        extractor=EXTRACTOR if origin == "page" else FROM_FEED,
        text_origin=origin,
        **{field.name: _given(row, field) for field in ARTICLE_FIELDS if field.column.is_imported},
    )


def _given(row: dict[str, Any], field: ArticleField) -> Any:
    read = _strings if get_origin(field.type) is list else _string
    return read(row.get(field.name))


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _strings(value: object) -> tuple[str, ...]:
    """The texts of a list, each once; of an object its name, as schema.org has authors."""
    named = (one.get("name") if isinstance(one, dict) else one for one in _list(value))
    lines = (storable_line(_plain(one)) for one in named if isinstance(one, str) and one not in _EMPTY_CELLS)
    return tuple(dict.fromkeys(filter(None, lines)))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _instant(value: object, given: object = None) -> Instant | None:
    """The date of a JSON line, as exactly as the line says or, without a word on that, as exactly as it is written.

    Other programs write seconds or milliseconds since 1970, RFC 5322, or what they found on the page.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        value = str(int(value))
    if not isinstance(value, str):
        return None
    try:
        at = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        read = read_instant(value)
        return None if read is None else Instant(read.at, read.precision, "meta", value)
    is_day = given == "day" or len(value.strip()) <= len("2026-05-04")
    is_local = given == "local" or at.tzinfo is None
    precision: Precision = "day" if is_day else "local" if is_local else "minute"
    return Instant(at if at.tzinfo else at.replace(tzinfo=dt.UTC), precision, "meta", value)
