"""Lists of names as CSV: id, kind, name, aliases (separated by |), language (optional). Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dateline.errors import UsageError
from dateline.languages import language_code
from dateline.text import storable_line

KINDS = ("person", "organisation", "place", "product")
COLUMNS = ("id", "kind", "name", "aliases", "language")
MOST_FORM = 200
MOST_REPORTED = 20
_SPELLINGS = {
    "organization": "organisation",
    "org": "organisation",
    "per": "person",
    "loc": "place",
    "location": "place",
}
_HEADINGS = {"alias": "aliases", "type": "kind", "label": "name", "lang": "language", "qid": "id"}
"""What others call the columns."""
_OTHER_FILES = {"PK\x03\x04": "a spreadsheet", "[": "JSON", "{": "JSON"}
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=.\"?[ \t]*(?=\r?\n)", re.IGNORECASE)
"""The first line by which Excel learns what parts the cells."""
_ID = re.compile(r"[^\s|,;]{1,100}")


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name with its aliases in one language, or in all."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    language: str | None = None


def read_names(text: str) -> list[NameLine]:
    """The names of a CSV text; a UsageError lists what is wrong, by line. A heading may name the columns in any order, and
    further ones, which are passed over."""
    text = _SEPARATOR_LINE.sub("", text.removeprefix("\ufeff"))
    if other := next((kind for sign, kind in _OTHER_FILES.items() if text.lstrip().startswith(sign)), None):
        raise UsageError(f"it is {other}; save it as CSV with the columns {', '.join(COLUMNS)}")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns, made, wrong = list(COLUMNS), list[NameLine](), list[str]()
    kinds: dict[str, str] = {}
    is_first = True
    try:
        for row in rows:
            cells = [storable_line(cell, 20_000) for cell in row]
            if not any(cells):
                continue
            was_first, is_first = is_first, False
            if was_first and (heading := _heading(cells)):
                columns = heading
                continue
            line = _line(columns, cells)
            if isinstance(line, NameLine) and kinds.setdefault(line.id, line.kind) != line.kind:
                line = f"{line.id} is a {kinds[line.id]} on another line and a {line.kind} here"
            made += [line] if isinstance(line, NameLine) else []
            wrong += [] if isinstance(line, NameLine) else [f"line {rows.line_num}: {line}"]
    except csv.Error as error:
        wrong.append(f"line {rows.line_num}: it is not CSV: {error}")
    if wrong:
        more = f"\n… and {len(wrong) - MOST_REPORTED} more" if len(wrong) > MOST_REPORTED else ""
        raise UsageError("\n".join(wrong[:MOST_REPORTED]) + more + f"\nThe columns are {', '.join(COLUMNS)}")
    if not made:
        raise UsageError(f"no names in it; its columns are {', '.join(COLUMNS)}")
    return made


def _heading(cells: Sequence[str]) -> list[str]:
    """The columns that a first line names, if it is a heading; a UsageError says what it lacks."""
    names = [_HEADINGS.get(cell.lower(), cell.lower()) for cell in cells]
    known = [name for name in names if name in COLUMNS]
    if len(set(known)) < 2 and names[:1] != ["id"]:
        return []
    lacking = [name for name in COLUMNS[:3] if name not in known]
    twice = [name for name in COLUMNS if known.count(name) > 1]
    if lacking or twice:
        wrong = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(twice)} twice"
        raise UsageError(f"the heading {wrong}; the columns are {', '.join(COLUMNS)}")
    return names


def _line(columns: Sequence[str], cells: Sequence[str]) -> NameLine | str:
    """The name of a line, or what is wrong with it."""
    if any(cells[len(columns) :]):
        return f"it has {len(cells)} cells, of {len(columns)}; put quotes around a text with a comma"
    row = dict(zip(columns, cells, strict=False))
    kind = row.get("kind", "").lower()
    kind = _SPELLINGS.get(kind, kind)
    given = row.get("language", "")
    language = language_code(given) or given
    forms = [row.get("name", ""), *(alias.strip() for alias in row.get("aliases", "").split("|"))]
    if not _ID.fullmatch(row.get("id", "")):
        return f"the id {row.get('id', '')[:40]!r} is empty, too long, or has blanks, commas or |"
    if kind not in KINDS:
        return f"the kind is {kind[:40]!r}; it is one of {', '.join(KINDS)}"
    if language and not re.fullmatch(r"[a-z]{2,3}", language):
        return f"the language is {language[:40]!r}; it takes an ISO 639-1 code such as en, or nothing"
    if not any(map(str.isalnum, forms[0])):
        return f"the name {forms[0][:40]!r} has no letter or digit"
    if too_long := next((form for form in forms if len(form) > MOST_FORM), None):
        return f"{too_long[:40]!r}… is longer than {MOST_FORM} characters"
    aliases = dict.fromkeys(form for form in forms[1:] if any(map(str.isalnum, form)) and form != forms[0])
    return NameLine(row["id"], kind, forms[0], tuple(aliases), language or None)


def write_names(lines: Iterable[NameLine]) -> Iterator[str]:
    """The lines of a CSV text that read_names reads."""
    yield _csv(COLUMNS)
    for line in lines:
        yield _csv((line.id, line.kind, line.name, "|".join(line.aliases), line.language or ""))


def _csv(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
