"""Commands of Dateline as processes that start at once: forked from one that has the modules imported, and the parsers warm.

A test that runs a command and reads its output, or kills it, need not pay two seconds of imports each time. How commands start by
themselves is tested by those that call `site.started_process`, or the program.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from dateline.child_process import ONE_THREAD, set_title, without_secrets
from dateline.cli import COMMANDS, main
from dateline.parser_pool.forkserver import preload, run_forkserver
from dateline.parser_pool.workers import Forkserver
from scheduler.commands.import_files import COMPARING
from scheduler.processes.parser_pool import PRELOAD

HEAVY = (
    *("scheduler.commands.crawl", "scheduler.commands.import_files", "sql.articles.articles", "sql.search.search"),
    *("scheduler.worker", "scheduler.leader"),
)
ROOT = Path(__file__).parents[3]
FORKSERVER = "forkserver"
"""In place of a command's first word: be a parser pool's forkserver, whose socket is the standard input."""
_MOST = 1 << 18
"""Bytes of a request: words, environment, folder."""
_lock = threading.Lock()


class Command:
    """A command that was forked, with what tests use of subprocess.Popen."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], streams: Sequence[int]) -> None:
        self.args = list(words)
        self.returncode: int | None = None
        reading, writing = os.pipe()
        self._status = os.fdopen(reading, "rb", buffering=0)
        with _lock:
            request = pickle.dumps((tuple(words), dict(env), str(Path.cwd())))
            socket.send_fds(_server(), [request], [*streams, writing])
        os.close(writing)
        self.pid = int(self._status.readline())

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same, as soon as it has ended; a TimeoutExpired after so many seconds."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal if it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def run(
    words: Sequence[str], *, env: Mapping[str, str], stdin: bytes = b"", timeout_s: float = 120
) -> subprocess.CompletedProcess[bytes]:
    """Run `dateline` with these words to its end, as subprocess.run would; a TimeoutExpired after it was killed."""
    with ExitStack() as files:
        given, out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        command = Command(words, env, [file.fileno() for file in (given, out, err)])
        try:
            code = command.wait(timeout_s)
        except BaseException:
            command.kill()
            command.wait()
            raise
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


def start_forkserver(pool: Forkserver) -> None:
    """In place of `Forkserver._start`, for pools of a process that has other threads: the forkserver begins with warm parsers."""
    pool._end()
    pool._control, theirs = socket.socketpair()
    with theirs, Path(os.devnull).open("wb") as nowhere:
        streams = (theirs.fileno(), nowhere.fileno(), 2)
        environment = without_secrets(os.environ)
        pool._process = Command([FORKSERVER, *pool._arguments], environment, streams)  # type: ignore[assignment]


@functools.cache
def _server() -> socket.socket:
    """The socket of the process to fork from, which ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        # the last word is room for the titles of the commands
        command = [sys.executable, "-m", __name__, str(theirs.fileno()), "." * 2000]
        env = os.environ | ONE_THREAD
        server = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def serve(control: socket.socket) -> None:
    """Fork a command for each request, until the other end is closed; returns in the command's process, to run it."""
    for name in (*HEAVY, *(f"dateline.cli.{module}" for module in COMMANDS.values())):
        importlib.import_module(name)
    preload((*PRELOAD, *COMPARING))
    gc.collect()
    gc.freeze()
    children = set[int]()
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _MOST, 4)
        if not request:
            os._exit(0)
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
        if (child := os.fork()) == 0:
            control.close()
            _fork_and_wait(descriptors.pop())
            _become(*pickle.loads(request), *descriptors)
            return
        children.add(child)
        for descriptor in descriptors:
            os.close(descriptor)


def _fork_and_wait(status: int) -> None:
    """Return in a child, whose pid and exit code are written to `status`."""
    if (child := os.fork()) == 0:
        os.close(status)
        return
    os.write(status, b"%d\n" % child)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def _become(words: tuple[str, ...], env: dict[str, str], cwd: str, *streams: int) -> None:
    for own, given in enumerate(streams):
        os.dup2(given, own)
        os.close(given)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["dateline", *words]
    set_title([sys.executable, "-m", *sys.argv])


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as link:
        serve(link)
    if sys.argv[1] == FORKSERVER:
        run_forkserver(socket.socket(fileno=0), int(sys.argv[2]), sys.argv[3:])
    else:
        main()
