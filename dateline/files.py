"""Files that people name: read as their editor or spreadsheet saved them (BOM, UTF-16, legacy charset), and written whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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


def format_of(
    output: Path | None, endings: Mapping[str, tuple[str, ...]], *, named: str | None = None, several: bool = False
) -> str:
    """The format to write: the one `named` by --format, else that of the file's ending.

    It is the first one for a name without ending, a pipe or a folder. A UsageError lists the endings that can be written,
    or names the contradiction: a file must hold what its name says.
    """
    if output is None or several or not output.suffix or is_special(output):
        return named or next(iter(endings))
    ending = output.suffix.lower()
    found = next((name for name, known in endings.items() if ending in known), None)
    if named is not None and found not in (None, named):
        raise UsageError(f"{output} is named as {found}, but --format is {named}: give only one", subject=str(output))
    if named is not None:
        return named
    if found is None:
        choices = ", ".join(ending for known in endings.values() for ending in known)
        raise UsageError(f"{output}: {output.suffix} can't be written; end the name in {choices}", subject=str(output))
    return found
