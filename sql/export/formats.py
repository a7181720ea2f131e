"""The export formats: one table for the command line, the console and the export itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """The label of a format, its media type, and whether it is text, which can be printed or sent row by row."""

    label: str
    media_type: str
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How CSV is written.

    defuse: an apostrophe before text that a spreadsheet would run; bom: a byte order mark at the start; excel: CRLF
    between rows, and cells no longer than Excel's.
    """

    defuse: bool = True
    bom: bool = False
    excel: bool = False


PLAIN_CSV = CsvStyle()

FORMATS: dict[Format, FormatFacts] = {
    "csv": FormatFacts("CSV", "text/csv; charset=utf-8"),
    "jsonl": FormatFacts("JSON lines", "application/x-ndjson"),
    "parquet": FormatFacts("Parquet", "application/vnd.apache.parquet", is_text=False),
}
"""The first is the default. How rows are written in each is in export.py."""

TEXT_FORMATS: dict[Format, FormatFacts] = {name: facts for name, facts in FORMATS.items() if facts.is_text}
