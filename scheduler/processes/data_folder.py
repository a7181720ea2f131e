"""Ends the service when its data folder vanishes (deleted, moved, unmounted), so that nothing starts from empty in its place."""

from __future__ import annotations

import asyncio
import errno
import stat
from collections.abc import Sequence
from pathlib import Path

LOOK_S = 1.0
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENOTCONN, errno.ENODEV}


class DataFolder:
    """The folders that the service works in, known by device and inode once they are there."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._known: dict[Path, tuple[int, int]] = {}
        self.look()

    def look(self) -> str:
        """What has vanished, in words; "" while all is there. A folder that comes later is known from then on."""
        for folder in self._folders:
            try:
                found = folder.stat()
            except OSError as error:
                if folder in self._known and error.errno in _GONE:
                    return f"{folder} has vanished"
                continue
            if not stat.S_ISDIR(found.st_mode) and folder not in self._known:
                continue
            if self._known.setdefault(folder, (found.st_dev, found.st_ino)) != (found.st_dev, found.st_ino):
                return f"{folder} is another folder than before"
        return ""

    async def until_lost(self) -> str:
        """Returns what has vanished, once something has."""
        while True:
            if lost := await asyncio.to_thread(self.look):
                return lost
            await asyncio.sleep(LOOK_S)
