"""Files that people name: read as their editor or spreadsheet saved them (BOM, UTF-16, legacy charset), and written whole."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import orjson

from dateline.errors import UsageError
from dateline.unicode_text import decode_unicode, plain_lines

_BLANKS = " \t\u00a0\u200b\u200e\u200f\u2060\ufeff\x1a"
_ADDRESS = re.compile('https?://[^\\s<>"`\u200b-\u200f\u2060\ufeff\x1a]+', re.IGNORECASE)
_NEXT_ADDRESS = re.compile(r"[,;|](?=https?://)", re.IGNORECASE)
_CLOSING = ".,;:!?)]}'”’»…"


def decode_text(content: bytes) -> str:
    """The text of a file without its byte order mark, line ends as LF; never raises."""
    try:
        return decode_unicode(content)
    except UnicodeDecodeError:
        from dateline.html import decode_html  # takes long to load, and few files need it

        return plain_lines(decode_html(content))


def read_text_file(path: Path) -> str:
    """The text of a file; a UsageError names a file that can't be read."""
    try:
        return decode_text(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", subject=str(path)) from error


def web_addresses(text: str, *, is_table: bool = False) -> list[str]:
    """The addresses of a list that people keep: a line each, or several, quoted, in brackets, as items, with remarks.

    Of a table (CSV) the cells that are addresses. A line without any is given as it is, so that its reader can refuse it; lines
    that begin with # are remarks.
    """
    lines = [line for line in text.splitlines() if line.strip(_BLANKS) and not line.lstrip(_BLANKS).startswith("#")]
    if not is_table:
        return [address for line in lines for address in _addresses(line) or [_bare(line)]]
    sign = max(",;\t", key=lines[0].count) if lines else ","
    cells = [cell.strip(_BLANKS) for row in csv.reader(lines, delimiter=sign) for cell in row]
    return [cell for cell in cells if _ADDRESS.match(cell)] or [line.strip() for line in lines]


def _addresses(line: str) -> list[str]:
    found = (one for run in _ADDRESS.findall(line) for one in _NEXT_ADDRESS.split(run))
    return [_without_signs(one) for one in found]


def _without_signs(address: str) -> str:
    """The address without the punctuation of the line around it; a parenthesis that it opens itself stays."""
    while (end := address[-1:]) in _CLOSING and end and not (end == ")" and address.count("(") >= address.count(")")):
        address = address[:-1]
    return address


def _bare(line: str) -> str:
    """What may be an address without a scheme: the line's first word behind a list's mark."""
    words = [word for word in line.strip(_BLANKS).split() if word not in {"-", "*", "+", "•"}]
    return words[0].strip("<>\"'`,;") if words and "." in words[0] else line.strip()


def json_entries(lines: Iterator[bytes]) -> tuple[Literal["line", "entry"], Iterator[bytes]]:
    """What the values are, and one JSON value each: the lines as they are, or the entries of a file that is one list.

    One object in many lines is one entry. Only such files are read into memory as a whole; if one is not JSON, its lines are
    given, so that each has its error.
    """
    first = next(lines, b"")
    head = first.strip()
    if not (head.startswith(b"[") or (head.startswith(b"{") and not head.rstrip(b",").endswith(b"}"))):
        return "line", itertools.chain((first,), lines)
    whole = [first, *lines]
    try:
        document = orjson.loads(b"".join(whole))
    except orjson.JSONDecodeError:
        return "line", iter(whole)
    return "entry", map(orjson.dumps, document if isinstance(document, list) else [document])


def json_value(line: bytes) -> Any:
    """The JSON value of a line; a ValueError if it has none. Halves of characters, as other programs write them, are read."""
    line = line.strip().removesuffix(b",")
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if b"\\ud" not in line.lower():
            raise
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise error from None


def is_special(output: Path) -> bool:
    """Whether the path is a device, a pipe or the like, which is written to and never replaced."""
    try:
        return str(output).startswith("/dev/") or not stat.S_ISREG(output.stat().st_mode)
    except OSError:
        return False


@contextmanager
def written_whole(output: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is complete and on the disk; a UsageError says why it can't be written.

    A link keeps pointing at the file; a device or pipe is written to as it is.
    """
    target = output if is_special(output) else Path(os.path.realpath(output))
    part = target.with_name(target.name + ".part")
    try:
        if is_special(output):
            with output.open("wb") as file:
                yield file
            return
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{output} can't be written: {error.strerror or error}", subject=str(output)) from error


def format_of(output: Path | None, endings: Mapping[str, tuple[str, ...]], *, several: bool = False) -> str:
    """The format to write, by the ending of the file's name; the first one for a name without ending, a pipe or a folder.

    A UsageError lists the endings that can be written: a file must hold what its name says.
    """
    first = next(iter(endings))
    if output is None or several or not output.suffix or is_special(output):
        return first
    ending = output.suffix.lower()
    found = next((name for name, known in endings.items() if ending in known), None)
    if found is None:
        choices = ", ".join(ending for known in endings.values() for ending in known)
        raise UsageError(f"{output}: {output.suffix} can't be written; end the name in {choices}", subject=str(output))
    return found
