"""Export files: renamed into place when complete, each with a manifest."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from dateline import __version__
from dateline.files import written_whole
from sql.export.export import Moment, Prepared, Question
from sql.export.formats import CsvStyle


class Hashed(io.RawIOBase):
    """A file that is only ever written to at its end; knows the sha256 and the size of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Bytes so far."""
        return self.size

    def write(self, data: Any) -> int:
        """Write all of it."""
        self._file.write(data)
        self.digest.update(data)
        self.size += (length := len(data))
        return length

    def flush(self) -> None:
        """Hand over what was written."""
        self._file.flush()


@contextmanager
def opened(output: Path | None) -> Iterator[Hashed]:
    """Standard output, or a file that gets its name when it is complete and synced to disk."""
    if output is None or str(output) == "-":
        yield Hashed(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with written_whole(output) as file:
        yield Hashed(file)


def manifest(
    name: str,
    form: str,
    question: Question,
    asked: Prepared,
    moment: Moment,
    out: Hashed,
    *,
    rows: int,
    style: CsvStyle,
) -> dict[str, Any]:
    """The contents and origin of a file, so that it can be verified and reproduced."""
    return {
        "file": name,
        "format": form,
        "rows": rows,
        "bytes": out.size,
        "sha256": out.digest.hexdigest(),
        "sql": question.sql.strip(),
        "parameters": dict(question.parameters),
        "columns": [{"name": column.name, "type": column.type} for column in asked.columns],
        "is_defused": form == "csv" and style.defuse,
        "is_for_excel": form == "csv" and style.excel,
        "at": moment.at,
        "snapshot": moment.id,
        "transactions": moment.transactions,
        "forgets": moment.forgets,
        "versions": {"dateline": __version__, "postgresql": moment.postgresql, "schema": moment.schema},
    }


def write_json(output: Path, content: dict[str, Any]) -> None:
    """Write a file of one JSON object, indented for people."""
    with opened(output) as out:
        out.write(
            orjson.dumps(
                content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z, default=str
            )
        )
