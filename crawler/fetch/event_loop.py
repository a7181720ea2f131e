"""Runs a coroutine on the one event loop of the process: asyncio's, with Twisted's reactor on top.

Scrapy, Procrastinate's worker and psycopg's pools share it. Use `run` wherever you would use `asyncio.run`.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_runner: asyncio.Runner | None = None


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main()` to its end and return its result; tasks that it leaves behind are cancelled.

    May be called repeatedly: a reactor can't be installed twice, so the loop lives until the process ends.
    SIGINT cancels the coroutine, as with `asyncio.run`; the caller handles other signals (`loop.add_signal_handler`).
    """
    global _runner  # noqa: PLW0603 -- there is one reactor per process
    if _runner is None:
        _runner = _start()
    return _runner.run(_alone(main))


def _start() -> asyncio.Runner:
    from twisted.internet import asyncioreactor

    loop = asyncio.SelectorEventLoop()
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor

    reactor.startRunning(installSignalHandlers=False)
    runner = asyncio.Runner(loop_factory=lambda: loop)
    atexit.register(runner.close)
    return runner


async def _alone(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return await main()
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
