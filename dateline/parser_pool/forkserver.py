"""The processes of the parser pool: the forkserver, and the workers that it forks, which parse one page at a time.

The forkserver is a single-threaded process that imports the parsers once and forks a worker in a few milliseconds,
whatever threads the main process has. It reaps a worker only on request, so that a worker's pid is not reused while
`dateline.parser_pool.pool` still needs it. Protocol: `FORKSERVER_FRAME` between pool and forkserver, length-prefixed
pickles between pool and worker. Started only by `dateline.parser_pool.pool`:
`python -P -m dateline.parser_pool.forkserver FD MEMORY_MB MODULE…`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dateline.child_process import die_with
from dateline.errors import DatelineError

FORKSERVER_FRAME = struct.Struct("!ci")
"""A request and a number. FORK, 0 (with the worker's end of a socket pair) is answered by FORK, pid; REAP, pid by
REAP, wait status; both by FAILED, errno on an error."""
FORK, REAP, FAILED = b"f", b"b", b"!"
LENGTH = struct.Struct("!Q")
"""The length of a request, before it."""
ANSWER_HEAD = struct.Struct("!Qd")
"""The length of an answer, and the CPU seconds that it took."""

PRELOADED: set[str] = set()
"""Modules that this process, or the one that it was forked from, has loaded with `preload`."""
_OOM_SCORE = 500  # proc(5): the kernel kills a worker long before the main process or a database
_NICENESS = 5
_CHUNK = 1 << 16

WorkerAnswer = tuple[str, Any]
"""("value", result), ("named", (class, args, attributes)) of a DatelineError, ("memory" | "error", (what, trace))."""


def preload(modules: Sequence[str]) -> None:
    """Import modules, and do what each would do at its first use, or every forked process would do it again."""
    for module in modules:
        getattr(importlib.import_module(module), "warm_up", _nothing)()
        PRELOADED.add(module)


def run_forkserver(control: socket.socket, memory_mb: int, modules: Sequence[str]) -> None:
    """Fork and reap workers as the parser pool requests; return when the pool has closed its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()
    preload(modules)
    gc.collect()
    gc.freeze()  # the memory pages of preloaded objects stay shared with the workers
    while True:
        frame, descriptors, _, _ = socket.recv_fds(control, FORKSERVER_FRAME.size, 1)
        if not frame:
            return
        request, pid = FORKSERVER_FRAME.unpack(frame)
        try:
            answer = _fork_worker(control, descriptors[0], memory_mb) if request == FORK else os.waitpid(pid, 0)[1]
        except OSError as error:
            control.sendall(FORKSERVER_FRAME.pack(FAILED, error.errno or 0))
        else:
            control.sendall(FORKSERVER_FRAME.pack(request, answer))


def _nothing() -> None:
    """The `warm_up` of modules that have none."""


def _silence() -> None:
    """Suppress logs and warnings of parsers: their results say what is wrong with a page."""
    logging.getLogger().handlers[:] = [logging.NullHandler()]  # a forked one has inherited those of its parent
    warnings.simplefilter("ignore")


def _fork_worker(control: socket.socket, descriptor: int, memory_mb: int) -> int:
    """The pid of a new worker that serves the socket `descriptor`."""
    with socket.socket(fileno=descriptor) as link:
        pid = os.fork()
        if pid:
            return pid
        control.close()
        with contextlib.suppress(OSError):  # the parser pool is gone
            _limit_worker(memory_mb)
            serve(link)
        os._exit(0)


def _limit_worker(memory_mb: int) -> None:
    """Make this worker die with the forkserver, run at low priority, and use at most `memory_mb` of address space."""
    if sys.platform == "linux":
        die_with(os.getppid(), signal.SIGKILL)()
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)


def serve(link: socket.socket) -> None:
    """Answer each request on `link` until its other end is closed."""
    while (prefix := _receive(link, LENGTH.size)) is not None:
        started = time.process_time()
        packed = _pack(_receive_and_answer(link, LENGTH.unpack(prefix)[0]))
        link.sendall(ANSWER_HEAD.pack(len(packed), time.process_time() - started))
        link.sendall(packed)


def _receive_and_answer(link: socket.socket, length: int) -> WorkerAnswer:
    try:
        request = _receive(link, length)
    except MemoryError as error:  # raised before any byte was read: discard the request, so that the answer can be sent
        for start in range(0, length, _CHUNK):
            _receive(link, min(_CHUNK, length - start))
        return _describe(error)
    if request is None:
        raise BrokenPipeError("the parser pool closed its socket in the middle of a request")
    return answer_request(request)


def _pack(answer: WorkerAnswer) -> bytes:
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # the answer is then the error
        return pickle.dumps(_describe(error), pickle.HIGHEST_PROTOCOL)


def answer_request(request: bytes | bytearray) -> WorkerAnswer:
    """Call the pickled (CPU seconds, function, arguments); the answer is its result, or how it failed.

    A call that uses up its CPU seconds is ended by the kernel, whatever it is doing: SIGPROF has no handler here.
    """
    function: Callable[..., object]
    try:
        cpu_s, function, arguments = pickle.loads(request)  # noqa: S301 - from the parser pool
        signal.setitimer(signal.ITIMER_PROF, cpu_s)
        return "value", function(*arguments)
    except DatelineError as error:
        return _describe(error) if _is_out_of_memory(error) else ("named", (type(error), error.args, vars(error)))
    except BaseException as error:  # SystemExit, PanicException …: whatever a parser raises ends only its page
        return _describe(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _describe(error: BaseException) -> WorkerAnswer:
    kind = "memory" if _is_out_of_memory(error) else "error"
    return kind, (f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error, limit=-8)))


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Whether the chain of causes has a MemoryError, or libxml2's message for it."""
    while error is not None:
        if isinstance(error, MemoryError) or "Memory allocation failed" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _receive(link: socket.socket, length: int) -> bytearray | None:
    """The next `length` bytes; None at the end of the stream."""
    received = bytearray(length)
    view = memoryview(received)
    while view:
        count = link.recv_into(view)
        if not count:
            return None
        view = view[count:]
    return received


if __name__ == "__main__":
    run_forkserver(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3:])
