"""Warm starts: a process that has imported everything forks the parts of the service, so that each starts in milliseconds.

    supervisor ── role, environment, descriptors ──► this process ── clone ──► a part: a child of the supervisor, like any other

It runs no event loop and opens no connection and no file. It has one thread, and refuses to fork if a module started another
(fork(2): only the calling thread lives on in the child). Where it can't be used (not Linux, a kernel before 5.3), or fails, parts
are started from nothing. Started only by `WarmStarter`: `python -P -m scheduler.processes.warm_start FD …`.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from dateline.child_process import ONE_THREAD, die_with, may_fork, python_command, set_title
from dateline.parser_pool.forkserver import preload
from dateline.reading import take_mark
from scheduler.processes.parser_pool import PRELOAD

MODULES = (
    "dateline.cli.service.worker",
    "dateline.cli.service.scheduler",
    "scheduler.worker",
    "scheduler.leader",
    *PRELOAD,
    "dateline.cli.service.console",
    "dateline.console.server.serve",
    "scheduler.websub.server",
)
"""What the parts import, and what their parsers warm up."""
ANSWER_S = 120.0
"""A process that has not imported everything by then, or is frozen, is replaced; the part starts from nothing."""
_MOST, _TITLE_ROOM = 1 << 16, 64
_CLONE_PARENT = 0x8000  # <linux/sched.h>
_CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}
"""The number of clone(2) in <asm/unistd.h>, by os.uname().machine."""


def is_possible() -> bool:
    """Whether this machine's kernel has what warm starts need."""
    if sys.platform != "linux" or os.uname().machine not in _CLONE:
        return False
    with suppress(OSError):
        os.close(os.pidfd_open(os.getpid()))
        return True
    return False


class Forked:
    """A part that was forked for this process: what the supervisor needs of asyncio's Process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()
        self._handle = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._handle, self._reap)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._ended.set()

    def send_signal(self, number: int) -> None:
        """Send a signal if it lives."""
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Its exit code, or minus the signal that ended it, once it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode


class WarmStarter:
    """The supervisor's side; `command` is what a part's command begins with, before its role.

    `begin` is for the main thread: the forking process dies with the thread that starts it (prctl(2)).
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = list(command)
        self._environment = {**environment, **ONE_THREAD}
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._turn = asyncio.Lock()

    def begin(self) -> None:
        """Start the process, which then imports while the caller does other work."""
        self.close()
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        room = "." * (len(" ".join(self._command)) + _TITLE_ROOM)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                python_command("scheduler.processes.warm_start", str(theirs.fileno()), room),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=self._environment,
                process_group=0,
                preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - two system calls, no lock
            )
        self._link.setblocking(False)

    async def start(self, role: str, environment: Mapping[str, str], descriptors: Mapping[str, int]) -> Forked:
        """A new part; OSError if it can't be forked. `descriptors` reach it by the names of variables that tell their numbers."""
        loop = asyncio.get_running_loop()
        words = [*self._command, role]
        request = json.dumps([words, dict(environment), list(descriptors)]).encode()
        async with self._turn:
            if self._link is None or self._process is None or self._process.poll() is not None:
                self.begin()
                raise OSError(errno.ECHILD, "the process that forks parts is being started again")
            socket.send_fds(self._link, [request], list(descriptors.values()))
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = int(await loop.sock_recv(self._link, 32) or -errno.ECHILD)
            except BaseException:
                self.close()  # an answer that came later would be taken for that of the next request
                raise
        if answer > 0:
            return Forked(answer)
        raise OSError(-answer, os.strerror(-answer))

    def close(self) -> None:
        """End the process; the parts live on."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


# The process that forks ----------------------------------------------------------------------------------------------------


def serve(link: socket.socket) -> list[str] | None:
    """Fork parts as requested. Returns the command line in the part; None in this process, when the supervisor is gone."""
    supervisor = os.getppid()
    while True:
        request, descriptors, _, _ = socket.recv_fds(link, _MOST, 8)
        if not request:
            return None
        try:
            pid = fork_for(supervisor)
        except OSError as error:
            pid = -(error.errno or errno.EAGAIN)
        if pid == 0:
            link.close()
            words, environment, names = json.loads(request)
            return _become(supervisor, words, environment | dict(zip(names, map(str, descriptors), strict=True)))
        for one in descriptors:
            os.close(one)
        link.send(str(pid).encode())


def fork_for(parent: int) -> int:
    """Like os.fork, but the child is a child of this process's parent: clone(2), CLONE_PARENT.

    So the supervisor reaps it, and it lives on when this process dies. os.fork's hooks run as usual.
    """
    if not may_fork() or os.getppid() != parent:
        raise OSError(errno.EDEADLK, "another thread runs, or the parent is gone")
    python, syscall = ctypes.pythonapi, ctypes.PyDLL(None, use_errno=True).syscall
    syscall.restype, syscall.argtypes = ctypes.c_long, [ctypes.c_long] * 6
    python.PyOS_BeforeFork()
    pid = syscall(_CLONE[os.uname().machine], _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    failure = ctypes.get_errno()
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(failure, os.strerror(failure))
    return int(pid)


def _become(supervisor: int, words: list[str], environment: dict[str, str]) -> list[str]:
    """Make this new process the part that the supervisor asked for; returns its command line."""
    die_with(supervisor)()
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    set_title(words)
    os.environ.clear()
    os.environ.update(environment)
    take_mark()
    return words


def main() -> None:
    """Import all, then fork until the supervisor is gone; in a part, run its command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = socket.socket(fileno=int(sys.argv[1]))
    for module in MODULES:
        importlib.import_module(module)
    preload(PRELOAD)
    gc.collect()
    gc.freeze()
    words = serve(link)
    if words is not None:
        sys.argv = ["dateline", *words[words.index("dateline") + 1 :]]
        importlib.import_module("dateline.cli").main()


if __name__ == "__main__":
    main()
