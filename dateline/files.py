"""Reads files that people wrote, as their editor or spreadsheet saved them: with a BOM, in UTF-16, in a legacy charset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dateline.errors import UsageError
from dateline.unicode_text import decode_unicode, plain_lines


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


def format_of(output: Path | None, endings: Mapping[str, tuple[str, ...]], *, several: bool = False) -> str:
    """The format to write, by the ending of the file's name; the first one for a name without ending, a pipe or a folder.

    A UsageError lists the endings that can be written: a file must hold what its name says.
    """
    first = next(iter(endings))
    if output is None or several or not output.suffix or str(output).startswith("/dev/"):
        return first
    ending = output.suffix.lower()
    found = next((name for name, known in endings.items() if ending in known), None)
    if found is None:
        choices = ", ".join(ending for known in endings.values() for ending in known)
        raise UsageError(f"{output}: {output.suffix} can't be written; end the name in {choices}", subject=str(output))
    return found
