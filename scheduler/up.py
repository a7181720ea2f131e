"""`dateline up`: scheduler and workers as children of one process, which answers for their health."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from dateline import log
from dateline.config import Settings
from scheduler.health import serve_health
from scheduler.signals import stop_on_signals

STOP_S = 20.0
RESTART_S = 1.0
MAX_RESTART_S = 30.0

logger = log.get(__name__)


async def run_with_signals(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine; SIGTERM and SIGINT set the event that it is given."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    await main(stop)


def run_up(settings: Settings, url: str, *, workers: int) -> None:
    """Run the service until SIGTERM or SIGINT; children end first, then this process."""
    asyncio.run(run_with_signals(lambda stop: supervise(settings, url, stop, workers=workers)))


@dataclass(slots=True)
class Child:
    """A part of the service in a process of its own."""

    role: str
    number: int
    failures: int = 0
    process: asyncio.subprocess.Process | None = field(default=None)


async def supervise(settings: Settings, url: str, stop: asyncio.Event, *, workers: int) -> None:
    """Keep a scheduler and the workers running until `stop` is set, then end them within STOP_S."""
    children = [Child("scheduler", 0), *(Child("worker", n) for n in range(workers))]
    async with asyncio.TaskGroup() as tasks:
        kept = [tasks.create_task(_keep(child, settings, url, stop)) for child in children]
        health = tasks.create_task(serve_health(settings, url, stop))
        await stop.wait()
        logger.info("stopping")
        for child in children:
            if child.process and child.process.returncode is None:
                child.process.terminate()
        _, late = await asyncio.wait(kept, timeout=STOP_S)
        for child in children:
            if child.process and child.process.returncode is None:
                logger.warning("killed: it did not end in time", role=child.role)
                child.process.kill()
        await asyncio.gather(*late, health)


async def _keep(child: Child, settings: Settings, url: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        child.process = await _start(child.role, settings, url)
        code = await child.process.wait()
        if stop.is_set():
            return
        lived = asyncio.get_running_loop().time() - started
        child.failures = 0 if lived > 60 else child.failures + 1
        pause = min(MAX_RESTART_S, RESTART_S * 2 ** min(child.failures, 10)) if child.failures > 1 else RESTART_S / 4
        logger.warning("a part of the service died and is begun anew", role=child.role, code=code, pause_s=pause)
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            continue


async def _start(role: str, settings: Settings, url: str) -> asyncio.subprocess.Process:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_DATABASE_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dateline",
        "--data-dir",
        str(settings.data_dir),
        role,
        env=environment | {"DATELINE_DATABASE_URL": url},
        stdin=asyncio.subprocess.DEVNULL,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


def _die_with_parent() -> None:
    """Linux: get SIGTERM when the parent dies, even by kill -9 (prctl(2), PR_SET_PDEATHSIG = 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
