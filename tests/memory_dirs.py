"""Folders in memory for the databases of a test run, and the removal of those that a killed run left there.

The process that uses a folder holds a lock on a file in it (flock(2)). The lock ends with the process, also with one of another
container that shares the file system, so a process that gets the lock knows that the folder is free.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

PREFIX, LOCK, SERVER_FILE = "dl-test-", "in-use", "postmaster.pid"


@contextlib.contextmanager
def own_folder(memory: Path) -> Iterator[Path]:
    """A new folder in `memory` that other accounts may get through; it is locked while it is used, then removed."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory))
    folder.chmod(0o711)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
        shutil.rmtree(folder)


def remove_orphans(memory: Path) -> None:
    """Remove every folder in `memory` that a killed test run left, and stop its server; another run may do the same meanwhile.

    A folder without a lock file is left alone: it may have just been made.
    """
    for folder in memory.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / LOCK).open("r+") as lock:  # in use, or just removed by another run
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _stop_servers(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _stop_servers(folder: Path) -> None:
    """Stop each PostgreSQL server whose data lie in `folder`: its working directory is its data folder (postmaster.c)."""
    for parent, _, names in os.walk(folder):
        if SERVER_FILE not in names:
            continue
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            server = psutil.Process(int((Path(parent) / SERVER_FILE).read_text().partition("\n")[0]))
            if Path(server.cwd()) == Path(parent):
                server.send_signal(signal.SIGQUIT)
                server.wait(timeout=10)
