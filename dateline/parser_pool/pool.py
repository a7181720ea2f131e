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
import pickle
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from dateline.errors import DatelineError, ParserPoolError
from dateline.parser_pool.forkserver import WorkerAnswer
from dateline.parser_pool.turns import Turn, Turns
from dateline.parser_pool.workers import FORKSERVER_DIED, Forkserver, Worker
from dateline.urls import site_of

T = TypeVar("T")

TRIES = 2
"""How often a call is tried whose worker is killed from outside (by the kernel when memory runs out, or by an operator).
Twice, because the page may not be the cause; not more often, because the page may have taken the memory."""
AFTER_KILL_S = 0.5
"""Seconds before the second try, for a machine that is short of memory."""


WALL_S, WALL_FACTOR = 60.0, 10.0
"""By the clock a call may take this long, or this many times its CPU seconds: on a busy machine pages wait for it."""
_OUT_OF_CPU = f"signal {signal.SIGPROF.name}"
_FROM_OUTSIDE = frozenset({f"signal {signal.SIGKILL.name}", FORKSERVER_DIED})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take: CPU seconds, and seconds by the clock."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class PoolWording:
    """How messages call a pool's work and its worker, and the setting of its memory."""

    work: str = "parsing"
    worker: str = "parser worker"
    memory_setting: str = "parse_memory_mb"


class WorkerTraceback(Exception):
    """The cause of a ParserPoolError: the worker's traceback as text."""


class _Killed(ParserPoolError):
    """The worker got a SIGKILL from outside, or died with the forkserver."""


class ParserPool:
    """A fixed number of killable workers, each of which runs one function call at a time, and some more for slow calls.

    `preload` names modules that the forkserver imports once, and warms up (their `warm_up`, if they have one), before it forks
    workers. `memory_mb` limits the address space of a worker (RLIMIT_AS; Linux); `max_tasks` is the number of calls after which
    a worker is replaced; `extra` the number of workers for slow calls, which keep their place if it is 0. Belongs to one event
    loop. Starts nothing before `begin`, `warm` or the first `run`.
    """

    def __init__(
        self,
        *,
        workers: int,
        extra: int | None = None,
        memory_mb: int = 1024,
        max_tasks: int = 500,
        preload: Sequence[str] = (),
        wording: PoolWording = PoolWording(),
    ) -> None:
        self._wording = wording
        self._forkserver = Forkserver(memory_mb, tuple(preload))
        self._max_tasks = max_tasks
        self._workers = workers
        extra = 2 * workers + 2 if extra is None else extra
        self._most = workers + extra
        self._turns = Turns(workers, extra=extra)
        self.deaths = 0
        """The number of workers that were killed or died, idle ones included; without those replaced after `max_tasks`."""
        self._idle: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        """None stands for a slot whose worker has not been started."""
        for _ in range(self._most):
            self._idle.put_nowait(None)
        self._tasks: set[asyncio.Task[Any]] = set()

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
                return _unwrap(await self._ask(request, limits, subject), self._wording.work, subject)
        raise ParserPoolError(
            f"every {self._wording.worker} died before it took the call; free memory or lower {self._wording.memory_setting}",
            reason="parse_crash",
            subject=subject,
        )

    async def _ask(self, request: bytes, limits: Limits, subject: str) -> WorkerAnswer:
        async with self._turns.turn(site_of(subject)) as turn:
            return await self._ask_in_turn(turn, request, limits, subject)

    async def _ask_in_turn(self, turn: Turn, request: bytes, limits: Limits, subject: str) -> WorkerAnswer:
        worker = await self._take(subject)
        turn.on_slow = worker.step_back
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(limits.wall_s):
                answer, turn.cpu_s = await worker.ask(request)
                return answer
        except TimeoutError as error:
            raise _too_slow(self._wording.work, f"{limits.wall_s:g} s", subject) from error
        except EOFError as error:
            end = await asyncio.to_thread(worker.end)
            if end == _OUT_OF_CPU:
                raise _too_slow(self._wording.work, f"{limits.cpu_s:g} s of CPU time", subject) from error
            kind = _Killed if end in _FROM_OUTSIDE else ParserPoolError
            raise kind(f"the {self._wording.worker} died ({end})", reason="parse_crash", subject=subject) from error
        except OverflowError as error:
            raise ParserPoolError(str(error), reason="parse_memory", subject=subject) from error
        finally:
            turn.cpu_s = turn.cpu_s or min(limits.cpu_s, loop.time() - started)
            self._release(worker)

    async def _take(self, subject: str) -> Worker:
        if (place := await self._idle.get()) is not None:
            return place
        forking = self._in_background(asyncio.to_thread(self._forkserver.fork))
        try:
            return await asyncio.shield(forking)
        except BaseException as error:
            self._in_background(self._fill_place(forking))
            if not isinstance(error, OSError):
                raise
            what = f"can't start a {self._wording.worker}: {error}"
            failure = ParserPoolError(what, reason="parse_crash", subject=subject)
            failure.is_temporary = True
            raise failure from error

    def _release(self, worker: Worker) -> None:
        if worker.is_usable and worker.calls < self._max_tasks and not worker.is_in_the_back:
            self._idle.put_nowait(worker)
            return
        self.deaths += not worker.is_usable
        self._in_background(self._replace(worker))

    def _in_background(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The work as a task, which is waited for when the pool is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _fill_place(self, forking: asyncio.Task[Worker]) -> None:
        """Give the place of a call that was cancelled, or got no worker, to the worker that comes after all, if one comes."""
        worker = None
        try:
            with contextlib.suppress(OSError):
                worker = await forking
        finally:
            self._idle.put_nowait(worker)

    async def _replace(self, worker: Worker) -> None:
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
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.close()  # workers that were started meanwhile


def _too_slow(work: str, limit: str, subject: str) -> ParserPoolError:
    return ParserPoolError(f"{work} took more than {limit}", reason="parse_timeout", subject=subject)


def _unwrap(answer: WorkerAnswer, work: str, subject: str) -> Any:
    """Return the value of an answer, or raise the error in it."""
    kind, content = answer
    if kind == "value":
        return content
    if kind == "named":
        raise _rebuild(*content)
    message, trace = content
    reason = "parse_memory" if kind == "memory" else "parse_crash"
    raise ParserPoolError(f"{work} failed: {message}", reason=reason, subject=subject) from WorkerTraceback(trace)


def _rebuild(kind: type[DatelineError], args: tuple[object, ...], attributes: dict[str, object]) -> DatelineError:
    """The error as raised in the worker (pickle alone would call its constructor without its keyword arguments)."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error
