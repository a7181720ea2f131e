"""Lists as people and programs write them: addresses of pages, and JSON values; pure."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import orjson

_BLANKS = " \t\u00a0\u200b\u200e\u200f\u2060\ufeff\x1a"
_ADDRESS = re.compile('https?://[^\\s<>"`\u200b-\u200f\u2060\ufeff\x1a]+', re.IGNORECASE)
_NEXT_ADDRESS = re.compile(r"[,;|](?=https?://)", re.IGNORECASE)
_CLOSING = ".,;:!?)]}'”’»…"


def web_addresses(text: str, *, is_table: bool = False) -> list[str]:
    """The addresses in a list that a person wrote: one or several per line, in quotes or brackets, as list items, with comments.

    Of a table (CSV) the cells that are addresses. A line without any is given as it is, so that its reader can refuse it; lines
    that begin with # are comments.
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
        document = json_value(b"".join(whole))
    except ValueError:
        return "line", iter(whole)
    return "entry", map(orjson.dumps, document if isinstance(document, list) else [document])


def json_value(line: bytes) -> Any:
    """The JSON value of a line; a ValueError if it has none.

    What other programs write is read, too: halves of characters, and NaN, which Python and pandas write for an empty field.
    """
    line = line.strip().removesuffix(b",")
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(line, parse_constant=lambda _: None)
        except UnicodeDecodeError:
            raise ValueError("it is not UTF-8; save the file in UTF-8") from None
        except (ValueError, RecursionError):
            raise error from None
