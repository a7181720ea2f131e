"""How every Python child of this program starts: with this interpreter, and without the current folder on its path."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""For a process that forks: numpy's library starts a thread per processor while it is imported."""
_KEPT = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
_KEPT_PREFIXES = ("LC_", "PYTHON")
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours with these arguments.

    -P: `python -m` searches the current folder first, and a folder `sql/` there would replace ours and run as our code.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def die_with(parent: int, number: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child calls to get a signal when its parent dies, even by kill -9; Linux only (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def may_fork() -> bool:
    """Whether this process may fork without an exec: Linux, and no other thread that could hold a lock (fork(2))."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process that parses foreign bytes needs of an environment: no setting, and no login or key that a source names."""
    return {name: value for name, value in environment.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


def forget_secrets() -> None:
    """Leave this forked process no more of its environment than `without_secrets`, nor anything in /proc/pid/environ."""
    kept = without_secrets(os.environ)
    os.environ.clear()
    os.environ.update(kept)
    start, end = _stat_fields(47, 49)  # env_start and env_end
    ctypes.memset(start, 0, end - start)


def _stat_fields(start: int, end: int) -> list[int]:
    """Numbers of this process in proc(5), /proc/pid/stat, where the third field is number 0."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return [int(field) for field in fields[start:end]]


def set_title(words: Sequence[str]) -> None:
    """Show these words as the command line of this forked process, as far as that of its parent has room for them.

    A title is text up to the first NUL, in memory whose last byte is not NUL (proc(5), /proc/pid/cmdline).
    """
    start, end = _stat_fields(45, 47)  # arg_start and arg_end
    if room := max(0, end - start - 1):
        title = os.fsencode(" ".join(words))[: room - 1]
        ctypes.memmove(start, title.ljust(room, b"\0") + b".", room + 1)


class ForkedProcess:
    """A child that was forked, with what is used of subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or None while it lives."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int | None:
        """Its exit code, as soon as it has ended."""
        return self._reap(0)

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _reap(self, options: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, options)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code
