"""Reads secrets by their names: from the environment, or else from files in the folder `secrets` of the data folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dateline.errors import FetchError
from dateline.sources.access_fields import SECRET

UNREADABLE = "login_unreadable"
"""The reason of a request that was not made, since what it needs can't be read here."""
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets are; neither its text nor its errors hold any."""

    folder: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def fill(self, text: str) -> str:
        """The text with each ${NAME} replaced by that secret; an UnreadableSecret names the one that is missing."""
        return SECRET.sub(lambda found: self._secret(found[1]), text)

    def _secret(self, name: str) -> str:
        value = self.environ.get(name)
        if value is None:
            value = self._of_file(name)
        if not value or not value.isprintable() or any(ord(char) > 255 for char in value):
            raise unreadable(f"the secret {name} is {'not one line of text' if value else 'empty'}")
        return value

    def _of_file(self, name: str) -> str:
        where = (
            "the folder of secrets is not configured"
            if self.folder is None
            else f"file {self.folder / name} does not exist"
        )
        if self.folder is None or not (self.folder / name).exists():
            raise unreadable(f"the environment variable {name} is not set, and {where}")
        try:
            return read_small(self.folder / name, _LARGEST).decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise unreadable(f"{self.folder / name} is not a text in UTF-8") from error


def read_small(path: Path, most: int) -> bytes:
    """The content of a regular file of at most so many bytes; an UnreadableSecret says why there is none."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise unreadable(f"{path} is not a file")
        if found.st_size > most:
            raise unreadable(f"{path} has {found.st_size:,} bytes; at most {most:,} are read", is_temporary=False)
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:
        raise unreadable(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from error


class UnreadableSecret(FetchError):
    """What a request needs of its source's login can't be read on this machine; the message holds no secret."""


def unreadable(detail: str, *, is_temporary: bool = True) -> UnreadableSecret:
    """The error with this message; it is not temporary where the file itself has to change."""
    return UnreadableSecret(detail, reason=UNREADABLE, is_temporary=is_temporary)
