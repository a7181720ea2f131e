"""Commands of Dateline as processes that start at once: they are forked from one that has the modules imported.

A test that runs a command and reads its output need not pay a second of imports each time. How commands start by themselves is
tested by those that call `process`, or the program.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from dateline.cli import COMMANDS, main

HEAVY = ("scheduler.commands.crawl", "scheduler.commands.import_files", "sql.articles.articles", "sql.search.search")
ROOT = Path(__file__).parents[3]
_MOST = 1 << 18
"""Bytes of a request: words, environment, folder."""
_lock = threading.Lock()


def run(
    words: Sequence[str], *, env: Mapping[str, str], stdin: bytes = b"", timeout_s: float = 120
) -> subprocess.CompletedProcess[bytes]:
    """Run `dateline` with these words to its end, as subprocess.run would; a TimeoutExpired after it was killed."""
    reading, writing = os.pipe()
    with ExitStack() as files:
        status = files.enter_context(os.fdopen(reading, "rb"))
        given, out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        with _lock:
            request = pickle.dumps((tuple(words), dict(env), str(Path.cwd())))
            socket.send_fds(_server(), [request], [given.fileno(), out.fileno(), err.fileno(), writing])
        os.close(writing)
        pid = int(status.readline())
        killer = threading.Timer(timeout_s, os.kill, (pid, signal.SIGKILL))
        killer.start()
        code = int(status.readline())
        killer.cancel()
        if code == -signal.SIGKILL:
            raise subprocess.TimeoutExpired(list(words), timeout_s)
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


@functools.cache
def _server() -> socket.socket:
    """The socket of the process to fork from, which ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def serve(control: socket.socket) -> None:
    """Fork a command for each request, until the other end is closed; returns in the command's process, to run it."""
    for name in (*HEAVY, *(f"dateline.cli.{module}" for module in COMMANDS.values())):
        importlib.import_module(name)
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


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as link:
        serve(link)
    main()
