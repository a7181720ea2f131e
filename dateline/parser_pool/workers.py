"""The parser pool's side of its processes: one worker, and the forkserver that forks workers."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import traceback
from typing import cast

from dateline.child_process import (
    ONE_THREAD,
    ForkedProcess,
    forget_secrets,
    may_fork,
    python_command,
    set_title,
    without_secrets,
)
from dateline.parser_pool.forkserver import (
    ANSWER_HEAD,
    FAILED,
    FORK,
    FORKSERVER_FRAME,
    LENGTH,
    PRELOADED,
    REAP,
    WorkerAnswer,
    run_forkserver,
)

FORKSERVER_DIED = "its forkserver died"
_MAX_ANSWER = 512 << 20  # bytes; more must be a fault, and would take memory of the main process
_CHUNK = 1 << 18
_LOWEST_PRIORITY = 19


class Worker:
    """One worker process and the socket to it; `is_usable` is False during a call and after a failed one."""

    def __init__(self, pid: int, link: socket.socket, forkserver: Forkserver) -> None:
        self.link = link
        self.calls = 0
        self.is_usable = True
        self.is_in_the_back = False
        self._pid = pid
        self._forkserver = forkserver
        self._end: str | None = None

    async def ask(self, request: bytes) -> tuple[WorkerAnswer, float]:
        """The worker's answer, and the CPU seconds that it took.

        ConnectionError: it died before it read the request; EOFError: it died during the call.

        On Linux these differ: reading a stream socket whose peer closed with unread bytes gives ECONNRESET.
        """
        self.is_usable = False
        self.calls += 1
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self.link, LENGTH.pack(len(request)))
        await loop.sock_sendall(self.link, request)
        first = await loop.sock_recv(self.link, _CHUNK)
        length, cpu_s = _read_head(first)
        received = bytearray(first[ANSWER_HEAD.size :])
        while len(received) < length:
            received += await self._more(loop)
        answer = cast(WorkerAnswer, pickle.loads(received))  # noqa: S301 - see dateline.parser_pool.pool
        self.is_usable = answer[0] != "memory"  # its heap may be badly fragmented
        return answer, cpu_s

    async def _more(self, loop: asyncio.AbstractEventLoop) -> bytes:
        if chunk := await loop.sock_recv(self.link, _CHUNK):
            return chunk
        raise EOFError("the worker's socket is closed")

    def step_back(self) -> None:
        """Go on at the lowest priority, for good: only root could raise it again."""
        self.is_in_the_back = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._pid, _LOWEST_PRIORITY)

    def end(self) -> str:
        """Kill the process if it is alive, and return how it ended, in words."""
        if self._end is None:
            self._end = self._forkserver.reap(self._pid)
        return self._end


def _read_head(first: bytes) -> tuple[int, float]:
    if len(first) < ANSWER_HEAD.size:
        raise EOFError("the worker's socket is closed")
    length, cpu_s = ANSWER_HEAD.unpack_from(first)
    if length > _MAX_ANSWER:
        raise OverflowError(f"the result has {length} bytes; at most {_MAX_ANSWER} are allowed")
    return length, cpu_s


class Forkserver:
    """The process that forks workers (`forkserver.py`); started when first needed, and again if it dies."""

    def __init__(self, memory_mb: int, preload: tuple[str, ...]) -> None:
        self._memory_mb, self._preload = memory_mb, preload
        self._arguments = [str(memory_mb), *preload]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._control: socket.socket | None = None
        self._children: set[int] = set()
        self._is_closed = False

    def begin(self) -> None:
        """Start the process without waiting for it."""
        with self._lock:
            if not self._is_closed and not self._is_alive():
                self._start()

    def fork(self) -> Worker:
        """A new worker; OSError if it can't be started."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                with self._lock:
                    pid = self._request(FORK, 0, theirs)
                    self._children.add(pid)
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        return Worker(pid, ours, self)

    def reap(self, pid: int) -> str:
        """Kill the worker, reap it, and return how it ended, in words."""
        with self._lock:
            if pid not in self._children or not self._is_alive():
                return FORKSERVER_DIED
            self._children.remove(pid)
            os.kill(pid, signal.SIGKILL)  # the forkserver has not reaped it, so the pid is still its own
            try:
                status = os.waitstatus_to_exitcode(self._request(REAP, pid))
            except OSError:
                return FORKSERVER_DIED
        return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    def _request(self, request: bytes, pid: int, link: socket.socket | None = None) -> int:
        """The forkserver's answer to a request; starts it first if it is not running."""
        if self._is_closed:
            raise OSError(errno.ESHUTDOWN, "the parser pool is closed")
        if not self._is_alive():
            self._start()
        assert self._control is not None
        socket.send_fds(self._control, [FORKSERVER_FRAME.pack(request, pid)], [link.fileno()] if link else [])
        frame = self._control.recv(FORKSERVER_FRAME.size)
        if not frame:
            self._end()
            raise OSError(errno.ECHILD, "the forkserver died; its standard error says why")
        answer, number = FORKSERVER_FRAME.unpack(frame)
        if answer == FAILED:
            raise OSError(number, os.strerror(number))
        return int(number)

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start(self) -> None:
        self._end()
        self._control, theirs = socket.socketpair()
        with theirs:
            command = python_command("dateline.parser_pool.forkserver", str(theirs.fileno()), *self._arguments)
            if PRELOADED.issuperset(self._preload) and may_fork():
                self._process = self._fork_forkserver(theirs, command)
                return
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # functions are found as in this process
                env=without_secrets(os.environ) | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def _fork_forkserver(self, control: socket.socket, command: list[str]) -> ForkedProcess:
        """The forkserver without an exec, where this process has loaded the parsers and has one thread."""
        if pid := os.fork():
            return ForkedProcess(pid)
        try:
            os.closerange(3, control.fileno())
            os.closerange(control.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            set_title(command)
            forget_secrets()
            run_forkserver(control, self._memory_mb, self._preload)
        except BaseException:
            traceback.print_exc()
        os._exit(0)

    def _end(self) -> None:
        """Kill the forkserver and its workers (if it died by itself, they died with it)."""
        if self._is_alive():
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)
        self._children.clear()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the forkserver and its workers for good, even while it is still importing."""
        self._is_closed = True
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)  # ends a thread's wait for an answer
        with self._lock:
            self._end()
