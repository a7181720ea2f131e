"""The mark that says what a process is reading: right at each step, and still there when the process was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from dateline import reading as module
from dateline.reading import VARIABLE, Mark, reading


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Mark:
    mark = Mark()
    monkeypatch.setattr(module, "_mark", mark)
    return mark


async def test_a_step_is_marked_and_a_wait_is_not(mark: Mark) -> None:
    seen, go_on = [], asyncio.Event()

    async def work(name: str) -> str:
        seen.append(mark.read())
        await go_on.wait()
        seen.append(mark.read())
        return name

    tasks = [asyncio.create_task(reading(name, work(name))) for name in ("a", "b")]
    await asyncio.sleep(0)
    assert (seen, mark.read()) == (["a", "b"], "")
    go_on.set()
    assert await asyncio.gather(*tasks) == ["a", "b"]
    assert (seen, mark.read()) == (["a", "b", "a", "b"], "")


async def test_errors_and_cancelling_pass_through(mark: Mark) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError(mark.read())

    with pytest.raises(LookupError, match="a"):
        await reading("a", fail())
    ended = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(mark.read())

    task = asyncio.create_task(reading("b", wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ended, mark.read()) == (["b"], "")


@pytest.mark.parametrize("url", ["https://bay.test/p", "https://bay.test/" + "é" * 9_000])
def test_the_parent_reads_what_a_killed_process_read(url: str) -> None:
    mark = Mark()
    code = """
import asyncio, os, sys
from dateline.reading import reading
async def hang():
    await asyncio.sleep(0)
    os.kill(os.getpid(), 9)
asyncio.run(reading(sys.stdin.read(), hang()))
"""
    environment = os.environ | {VARIABLE: str(mark.descriptor)}
    killed = subprocess.run(
        [sys.executable, "-c", code], env=environment, pass_fds=[mark.descriptor], input=url.encode(), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert mark.read() and url.startswith(mark.read().rstrip("\ufffd"))
    mark.close()
