"""One event loop for everything: asyncio's, with Twisted's reactor on top of it.

Scrapy, Procrastinate's worker and psycopg's pools share it. `run` is to this project what `asyncio.run` is to others.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_runner: asyncio.Runner | None = None


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run the coroutine that `main` makes to its end and give its result; tasks that it leaves are cancelled.

    Can be called again: a reactor can't be installed twice in a process, so the loop is kept until the process ends.
    SIGINT cancels the coroutine, as with `asyncio.run`; other signals are the caller's (`loop.add_signal_handler`).
    """
    global _runner  # noqa: PLW0603 -- as global as the reactor that it stands for
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
