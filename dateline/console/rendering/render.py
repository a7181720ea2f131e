"""A page as HTML (through its template), JSON or CSV. The data is the same."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from dateline import __version__
from dateline.console.rendering import charts, markup, strips, wording
from dateline.console.rendering.source_state import HEALTH_TONES
from dateline.console.request import address
from sql.export.columns import FORMULA_STARTS
from sql.export.formats import TEXT_FORMATS

_DEFUSED = tuple(FORMULA_STARTS)
"""A cell that begins with one of these would be a formula in a spreadsheet (OWASP, CSV Injection)."""
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


@cache
def environment() -> Environment:
    """The templates, with autoescape on for all. An unknown name is an error, not an empty string."""
    made = Environment(
        loader=PackageLoader("dateline.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ago": wording.ago,
        "capital": wording.capital,
        "code": markup.code,
        "count": wording.count,
        "day": wording.day,
        "marked": markup.marked,
        "plain": markup.plain,
        "share": wording.share,
        "short_stamp": wording.short_stamp,
        "size": wording.size,
        "span": wording.span,
        "stamp": wording.stamp,
        "strip": strips.strip,
        "svg": charts.svg,
    }
    made.globals |= {
        "address": address,
        "formats": TEXT_FORMATS,
        "health_tones": HEALTH_TONES,
        "often": wording.EVERY,
        "safe_href": markup.safe_href,
        "static": static_address,
        "version": __version__,
    }
    return made


def static_address(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return address(f"/static/{name}?{_digest(name)}")


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((files("dateline.console") / "static" / name).read_bytes()).hexdigest()[:12]


def as_html(template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """A page through its template."""
    return HTMLResponse(environment().get_template(f"{template}.html").render(**context), status)


def as_json(page: object, *, status: int = 200) -> Response:
    """A page's data; fences of hits are left out."""
    body = orjson.dumps(page, default=str, option=orjson.OPT_UTC_Z)
    for fence in (markup.MARK_BEGIN, markup.MARK_END):
        body = body.replace(fence.encode(), b"")
    return Response(body, status, media_type="application/json")


def fields_of(page: Any, error: str) -> object:
    """The page's data; after an error that error first, beside what the page shows all the same."""
    known = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
    return {"error": error} | known if error else page


def as_csv(kind: type[Any], rows: Iterable[Any], *, name: str) -> Response:
    """A page's main table, with a header line."""
    columns = [field.name for field in dataclasses.fields(kind)]
    return table_as_csv(columns, ([getattr(row, column) for column in columns] for row in rows), name=name)


def table_as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], *, name: str) -> Response:
    """Rows whose columns are known only at run time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow([csv_cell(column) for column in columns])
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    return _csv(out.getvalue(), name)


def _csv(text: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=disposition)


def csv_cell(value: object) -> object:
    """A value as a cell: instants in ISO 8601, lists joined, text that would be a formula defused."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return csv_cell("; ".join(value))
    if isinstance(value, list | tuple | dict) or dataclasses.is_dataclass(value):
        return csv_cell(orjson.dumps(value, default=str).decode())
    if isinstance(value, str):
        text = markup.plain(value)
        return f"'{text}" if text.startswith(_DEFUSED) and not _NUMBER.fullmatch(text) else text
    return value
