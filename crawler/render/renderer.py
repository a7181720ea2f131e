"""The worker's end of its browser process: one page at a time, with limits of time, memory, requests and bytes.

    drawn = await renderer.render(url, document, headers, answer)      # RenderError says why there is none

The process is started for the first page, ends when it is idle, and is killed with all its children when it is over a limit.
What the page asks for is given by `answer`, so that the caller decides what is fetched, and how.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from crawler.render.chromium import FOLDER_PREFIX, find_chromium, why_no_browser
from crawler.render.frames import FrameError, read_frame, write_frame
from dateline.child_process import python_command
from dateline.errors import RenderError

START_S, GRACE_S, END_S, LOOK_S = 30.0, 8.0, 5.0, 0.5
IDLE_S = 120.0
PAGES_OF_PROCESS = 100
"""Pages after which the process is replaced: browsers keep memory."""
MOST_REQUESTS = 80
"""Requests of one page that are answered."""
REQUESTS_AT_ONCE = 6
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResourceAnswer:
    """What a page gets for a request; status 0: nothing."""

    status: int = 0
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page's DOM as HTML in UTF-8, and what its scripts asked for that the browser never sends, such as POST."""

    dom: bytes
    unsent: tuple[str, ...] = ()


Answerer = Callable[[str, str], Awaitable[ResourceAnswer]]
"""Gives what a page asks for, by address and type of the request: script, xhr, fetch or other."""


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """The limits for one page: seconds, megabytes of all processes of the browser, bytes of the DOM and of all answers."""

    timeout_s: float = 60.0
    memory_mb: int = 1500
    max_bytes: int = 10 << 20


class Renderer:
    """Renders pages in a browser process of its own."""

    def __init__(self, user_agent: str, limits: RenderLimits, chromium: str = "") -> None:
        self._user_agent, self._limits, self._chromium = user_agent, limits, chromium
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._folder = ""
        self._pages = 0
        self._over = ""
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The browser process, while there is one."""
        return self._process.pid if self._process else None

    async def render(self, url: str, document: bytes, headers: Headers, answer: Answerer) -> Drawn:
        """The DOM of a page after its scripts have run on the document."""
        async with self._turn:
            if self._idle:
                self._idle.cancel()
            try:
                return await self._render(url, document, headers, answer)
            except (FrameError, OSError, asyncio.IncompleteReadError) as error:
                why = self._over or (str(error) if isinstance(error, FrameError) else "the browser ended unexpectedly")
                raise RenderError(why, subject=url) from error
            finally:
                self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_soon)

    async def _render(self, url: str, document: bytes, headers: Headers, answer: Answerer) -> Drawn:
        process = await self._started()
        is_whole = False
        watching = asyncio.create_task(self._watch(process))
        try:
            async with asyncio.timeout(self._limits.timeout_s + GRACE_S):
                found = await self._page(process, url, document, headers, answer)
                is_whole = True
                return found
        except TimeoutError as error:
            raise RenderError("the browser did not finish in time", subject=url) from error
        finally:
            watching.cancel()
            if not is_whole or self._pages >= PAGES_OF_PROCESS:
                await self.close()

    async def _page(
        self, process: asyncio.subprocess.Process, url: str, document: bytes, headers: Headers, answer: Answerer
    ) -> Drawn:
        assert process.stdin and process.stdout
        writer, self._pages = process.stdin, self._pages + 1
        order = {"render": url, "headers": list(headers), "timeout_s": self._limits.timeout_s}
        await write_frame(writer, order, document)
        requests = _Requests(writer, answer, 3 * self._limits.max_bytes)
        try:
            while True:
                head, body = await read_frame(process.stdout, largest=self._limits.max_bytes)
                if "rendered" in head:
                    return Drawn(body, tuple(map(str, head["unsent"])))
                if "failed" in head:
                    raise RenderError(str(head["failed"]), subject=url)
                requests.take(int(head["ask"]), str(head["url"]), str(head["type"]))
        finally:
            requests.cancel()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        if why := why_no_browser(self._chromium):
            raise RenderError(why)
        self._folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX)
        self._over, self._pages = "", 0
        program = find_chromium(self._chromium) or ""
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        said = Path(self._folder) / "errors.txt"
        errors = said.open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *python_command("crawler.render.browser", program, self._user_agent),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=environment | {"TMPDIR": self._folder, "HOME": self._folder},
            start_new_session=True,
        )
        errors.close()
        try:
            async with asyncio.timeout(START_S):
                assert self._process.stdout
                await read_frame(self._process.stdout, largest=0)
        except (TimeoutError, FrameError, asyncio.IncompleteReadError) as error:
            lines = said.read_text("utf-8", "replace").split("\n")
            why = next((line.strip()[:300] for line in lines if "rror" in line), "it gives no reason")
            await self.close()
            raise RenderError(f"the browser {program} does not start: {why}") from error
        return self._process

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill the processes when they use too much memory."""
        while True:
            await asyncio.sleep(LOOK_S)
            used = await asyncio.to_thread(memory_mb, process.pid)
            if used > self._limits.memory_mb:
                self._over = f"the page needed {used} MB in the browser (render_memory_mb is {self._limits.memory_mb})"
                kill_tree(process.pid)
                return

    def _end_soon(self) -> None:
        if not self._turn.locked():
            self._ending = asyncio.create_task(self.close())

    async def close(self) -> None:
        """End the process and all its children."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, ""
        if process is not None:
            await _ended(process)
        if folder:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kill the process with its children, and take its end to notice."""
    kill_tree(process.pid)
    assert process.stdout
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(END_S):
            await process.stdout.read()  # asyncio notices the end only once its pipe has been read
            await process.wait()


class _Requests:
    """What one page asks for: bounded in number, in bytes, and at once."""

    def __init__(self, writer: asyncio.StreamWriter, answer: Answerer, most_bytes: int) -> None:
        self._writer, self._answer, self._left = writer, answer, most_bytes
        self._room = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []

    def take(self, number: int, url: str, kind: str) -> None:
        if len(self._tasks) > 10 * MOST_REQUESTS:
            raise FrameError("the page asks for too much")
        is_allowed = len(self._tasks) < MOST_REQUESTS
        self._tasks.append(asyncio.create_task(self._give(number, url, kind, is_allowed=is_allowed)))

    async def _give(self, number: int, url: str, kind: str, *, is_allowed: bool) -> None:
        async with self._room:
            found = await self._answer(url, kind) if is_allowed and self._left > 0 else ResourceAnswer()
        self._left -= len(found.body)
        if self._left < 0:
            found = ResourceAnswer()
        with contextlib.suppress(OSError):
            await write_frame(
                self._writer, {"answer": number, "status": found.status, "headers": list(found.headers)}, found.body
            )

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()


def memory_mb(pid: int) -> int:
    """Megabytes that a process and its children use, what they share counted once."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            total += getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    return total >> 20


def kill_tree(pid: int) -> None:
    """Kill a process and all its children."""
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            process.kill()


def _tree(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []
