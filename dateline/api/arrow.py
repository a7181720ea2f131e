"""Rows as Arrow: tables for Python, and streams over HTTP. Needs pyarrow (the extra `parquet`)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
import io
import types
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from dateline.api.endpoints import Endpoint
from dateline.api.reads import Page
from dateline.errors import UsageError

NEEDED = "Arrow needs one more package: pip install 'dateline[parquet]'"


def is_installed() -> bool:
    """Whether pyarrow can be imported."""
    return importlib.util.find_spec("pyarrow") is not None


def pyarrow() -> Any:
    """The module; a UsageError names the cure where it is missing."""
    try:
        import pyarrow as found
    except ImportError as error:
        raise UsageError(NEEDED) from error
    return found


def schema(row: type[Any], names: Sequence[str] = ()) -> Any:
    """The columns of rows of this type: always the same, whatever the rows hold."""
    hints = get_type_hints(row)
    wanted = names or tuple(one.name for one in dataclasses.fields(row))
    return pyarrow().schema([(name, _arrow_type(hints[name])) for name in wanted])


def _arrow_type(kind: Any) -> Any:
    pa = pyarrow()
    plain = next((one for one in get_args(kind) if one is not types.NoneType), kind) if _is_union(kind) else kind
    simple = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    if plain is dt.datetime:
        return pa.timestamp("us", tz="UTC")
    if get_origin(plain) is list and get_args(plain) == (str,):
        return pa.list_(pa.string())
    return simple.get(plain, pa.string())  # what has no type of its own is JSON in a text


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def batch(items: Iterable[Any], columns: Any) -> Any:
    """The rows as one batch."""
    rows = list(items)
    arrays = [pyarrow().array([_value(_get(row, one.name), one) for row in rows], type=one.type) for one in columns]
    return pyarrow().RecordBatch.from_arrays(arrays, schema=columns)


def _get(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


def _value(value: Any, column: Any) -> Any:
    if value is None:
        return None
    if str(column.type).startswith("timestamp"):
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    is_text = column.type == "string"
    return orjson.dumps(value, default=str).decode() if is_text and not isinstance(value, str) else value


class _Pieces(io.RawIOBase):
    """What was written and not yet sent."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        """It takes bytes."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep them."""
        self.data += data
        return len(data)

    def taken(self) -> bytes:
        """Return what was kept, and forget it."""
        data, self.data = bytes(self.data), bytearray()
        return data


async def stream(pages: AsyncIterator[Page], endpoint: Endpoint, names: Sequence[str]) -> AsyncIterator[bytes]:
    """The pages in Arrow's streaming format."""
    columns, sink = schema(endpoint.row, names), _Pieces()
    with pyarrow().ipc.new_stream(sink, columns) as writer:
        async for page in pages:
            writer.write_batch(batch(page.items, columns))
            yield sink.taken()
    yield sink.taken()


def in_stream(table: Any) -> bytes:
    """A table in Arrow's streaming format."""
    sink = io.BytesIO()
    with pyarrow().ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
