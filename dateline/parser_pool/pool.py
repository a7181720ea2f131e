"""The parser pool: parses foreign bytes in processes that can be killed, so that a bad page costs only itself.

    parser_pool.run(function, *args) → an idle worker (own socket, own memory limit) → the function's result, or ParserPoolError

Each worker has its own socket, served by the running event loop: there are no threads, no locks and no shared pipe that a
dying worker could leave half-written. Pebble's ProcessPool (5.2.0) was measured and not used: when an idle worker is killed,
its pool stops for good ("Unexpected error within the Pool"), and it notices `os._exit(0)` in a task only at the deadline.
For a page of 100 KB and a result of 10 KB a call costs the main process 0.12 ms of CPU (pebble: 0.20), under load 0.45
(0.6), and a round trip takes 0.2 ms.

The pool protects against accidents of parsing. It is not a sandbox: it does not stop code that has taken over a worker.
"""

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from dateline.child_process import python_command
from dateline.errors import DatelineError, ParserPoolError
from dateline.parser_pool.forkserver import ANSWER_HEAD, FAILED, FORK, FORKSERVER_FRAME, LENGTH, REAP, Answer
from dateline.parser_pool.turns import Turn, Turns
from dateline.urls import site_of

T = TypeVar("T")

_MAX_ANSWER = 512 << 20  # bytes; more must be a fault, and would take memory of the main process
_CHUNK = 1 << 18
_LOWEST_PRIORITY = 19

TRIES = 2
"""How often a call is tried whose worker is killed from outside (by the kernel when memory runs out, or by an operator).
Twice, because the page may not be the cause; not more often, because the page may have taken the memory."""
AFTER_KILL_S = 0.5
"""Seconds before the second try, for a machine that is short of memory."""


WALL_S, WALL_FACTOR = 60.0, 10.0
"""By the clock a call may take this long, or this many times its CPU seconds: on a busy machine pages wait for it."""
_OUT_OF_CPU = f"signal {signal.SIGPROF.name}"
_FORKSERVER_DIED = "its forkserver died"
_FROM_OUTSIDE = frozenset({f"signal {signal.SIGKILL.name}", _FORKSERVER_DIED})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take: CPU seconds, and seconds by the clock."""

    cpu_s: float
    wall_s: float


class WorkerTraceback(Exception):
    """The cause of a ParserPoolError: the worker's traceback as text."""


class _Killed(ParserPoolError):
    """The worker got a SIGKILL from outside, or died with the forkserver."""


class ParserPool:
    """A fixed number of killable workers, each of which runs one function call at a time, and some more for slow calls.

    `preload` names modules that the forkserver imports once, and warms up (their `warm_up`, if they have one), before it forks
    workers. `memory_mb` limits the address space of a worker (RLIMIT_AS; Linux); `max_tasks` is the number of calls after which
    a worker is replaced. Belongs to one event loop. Starts nothing before `begin`, `warm` or the first `run`.
    """

    def __init__(
        self, *, workers: int, memory_mb: int = 1024, max_tasks: int = 500, preload: Sequence[str] = ()
    ) -> None:
        self._forkserver = _Forkserver(memory_mb, tuple(preload))
        self._max_tasks = max_tasks
        self._workers = workers
        extra = 2 * workers + 2
        self._most = workers + extra
        self._turns = Turns(workers, extra=extra)
        self.deaths = 0
        """The number of workers that were killed or died, idle ones included; without those replaced after `max_tasks`."""
        self._idle: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        """None stands for a slot whose worker has not been started."""
        for _ in range(self._most):
            self._idle.put_nowait(None)
        self._replacements: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Start the forkserver without waiting, so that it imports `preload` while the caller does other work."""
        self._forkserver.begin()

    async def warm(self) -> None:
        """Start the workers and wait until they are there; those for slow calls start when they are needed."""
        places = [self._idle.get_nowait() for _ in range(self._workers)]
        for place in places:
            self._idle.put_nowait(place or await asyncio.to_thread(self._forkserver.fork))

    async def run(
        self, function: Callable[..., T], *args: object, deadline_s: float, subject: str, wall_s: float = 0.0
    ) -> T:
        """Return what `function(*args)` returns in a worker, which may use `deadline_s` of CPU time for it.

        Behind it is a limit by the clock for calls that wait (`wall_s`, else a generous one). The site of `subject`
        pays for the time: see `dateline.parser_pool.turns`.

        Function, arguments and result must be picklable. A DatelineError of the function passes through; a parse that
        is killed, dies, or raises anything else is a ParserPoolError. If a worker turns out to be dead before the call (killed
        by the kernel), it is replaced and another one gets the call; if it is killed from outside during the call, the call is
        tried a second time.
        """
        limits = Limits(deadline_s, wall_s or max(WALL_S, WALL_FACTOR * deadline_s))
        request = pickle.dumps((deadline_s, function, args), pickle.HIGHEST_PROTOCOL)
        for _ in range(1, TRIES):
            with contextlib.suppress(_Killed):
                return cast(T, await self._run_once(request, limits, subject))
            await asyncio.sleep(AFTER_KILL_S)
        return cast(T, await self._run_once(request, limits, subject))

    async def _run_once(self, request: bytes, limits: Limits, subject: str) -> Any:
        for _ in range(self._most + 1):
            with contextlib.suppress(ConnectionError):
                return _unwrap(await self._ask(request, limits, subject), subject)
        raise ParserPoolError(
            "every worker of the parser pool died before it took the call; free memory or lower parse_memory_mb",
            reason="parse_crash",
            subject=subject,
        )

    async def _ask(self, request: bytes, limits: Limits, subject: str) -> Answer:
        async with self._turns.turn(site_of(subject)) as turn:
            return await self._ask_in_turn(turn, request, limits, subject)

    async def _ask_in_turn(self, turn: Turn, request: bytes, limits: Limits, subject: str) -> Answer:
        worker = await self._take(subject)
        turn.on_slow = worker.step_back
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(limits.wall_s):
                answer, turn.cpu_s = await worker.ask(request)
                return answer
        except TimeoutError as error:
            raise _too_slow(f"{limits.wall_s:g} s", subject) from error
        except EOFError as error:
            end = await asyncio.to_thread(worker.end)
            if end == _OUT_OF_CPU:
                raise _too_slow(f"{limits.cpu_s:g} s of CPU time", subject) from error
            kind = _Killed if end in _FROM_OUTSIDE else ParserPoolError
            raise kind(f"the parser worker died ({end})", reason="parse_crash", subject=subject) from error
        except OverflowError as error:
            raise ParserPoolError(str(error), reason="parse_memory", subject=subject) from error
        finally:
            turn.cpu_s = turn.cpu_s or min(limits.cpu_s, loop.time() - started)
            self._release(worker)

    async def _take(self, subject: str) -> _Worker:
        place = await self._idle.get()
        try:
            return place if place is not None else await asyncio.to_thread(self._forkserver.fork)
        except BaseException as error:
            self._idle.put_nowait(place)
            if not isinstance(error, OSError):
                raise
            failure = ParserPoolError(f"can't start a parser worker: {error}", reason="parse_crash", subject=subject)
            failure.is_temporary = True
            raise failure from error

    def _release(self, worker: _Worker) -> None:
        if worker.is_usable and worker.calls < self._max_tasks and not worker.is_in_the_back:
            self._idle.put_nowait(worker)
            return
        self.deaths += not worker.is_usable
        task = asyncio.get_running_loop().create_task(self._replace(worker))
        self._replacements.add(task)
        task.add_done_callback(self._replacements.discard)

    async def _replace(self, worker: _Worker) -> None:
        """Replace `worker` by a new one; if that fails, leave the slot for the next call to fill."""
        successor = None
        worker.link.close()
        try:
            await asyncio.to_thread(worker.end)
            with contextlib.suppress(OSError):
                successor = await asyncio.to_thread(self._forkserver.fork)
        finally:
            self._idle.put_nowait(successor)

    def close(self) -> None:
        """Kill all workers; a call that is still running fails with a ParserPoolError."""
        while not self._idle.empty():
            if worker := self._idle.get_nowait():
                worker.link.close()
        self._forkserver.close()
        for _ in range(self._most):
            self._idle.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        await asyncio.gather(*self._replacements, return_exceptions=True)
        self.close()  # workers that a replacement started meanwhile


def _too_slow(limit: str, subject: str) -> ParserPoolError:
    return ParserPoolError(f"parsing took more than {limit}", reason="parse_timeout", subject=subject)


def _unwrap(answer: Answer, subject: str) -> Any:
    """Return the value of an answer, or raise the error in it."""
    kind, content = answer
    if kind == "value":
        return content
    if kind == "named":
        raise _rebuild(*content)
    message, trace = content
    reason = "parse_memory" if kind == "memory" else "parse_crash"
    raise ParserPoolError(f"parsing failed: {message}", reason=reason, subject=subject) from WorkerTraceback(trace)


def _rebuild(kind: type[DatelineError], args: tuple[object, ...], attributes: dict[str, object]) -> DatelineError:
    """The error as raised in the worker (pickle alone would call its constructor without its keyword arguments)."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class _Worker:
    """One worker process and the socket to it; `is_usable` is False during a call and after a failed one."""

    def __init__(self, pid: int, link: socket.socket, forkserver: _Forkserver) -> None:
        self.link = link
        self.calls = 0
        self.is_usable = True
        self.is_in_the_back = False
        self._pid = pid
        self._forkserver = forkserver
        self._end: str | None = None

    async def ask(self, request: bytes) -> tuple[Answer, float]:
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
        answer = cast(Answer, pickle.loads(received))  # noqa: S301 - see the module's docstring
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
        raise OverflowError(f"the result of parsing has {length} bytes; at most {_MAX_ANSWER} are allowed")
    return length, cpu_s


class _Forkserver:
    """The process that forks workers (`forkserver.py`); started when first needed, and again if it dies."""

    def __init__(self, memory_mb: int, preload: tuple[str, ...]) -> None:
        self._arguments = [str(memory_mb), *preload]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._children: set[int] = set()
        self._is_closed = False

    def begin(self) -> None:
        """Start the process without waiting for it."""
        with self._lock:
            if not self._is_closed and not self._is_alive():
                self._start()

    def fork(self) -> _Worker:
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
        return _Worker(pid, ours, self)

    def reap(self, pid: int) -> str:
        """Kill the worker, reap it, and return how it ended, in words."""
        with self._lock:
            if pid not in self._children or not self._is_alive():
                return _FORKSERVER_DIED
            self._children.remove(pid)
            os.kill(pid, signal.SIGKILL)  # the forkserver has not reaped it, so the pid is still its own
            try:
                status = os.waitstatus_to_exitcode(self._request(REAP, pid))
            except OSError:
                return _FORKSERVER_DIED
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
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                python_command("dateline.parser_pool.forkserver", str(theirs.fileno()), *self._arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # functions are found as in this process
            )

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
