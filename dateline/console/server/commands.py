"""Runs commands of `dateline` for the console: what fetches or parses foreign bytes does so in a process of its own.

A page that started a command asks for its result by the run's number; only the session that started it gets it.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from dateline.child_process import python_command
from dateline.reading import VARIABLE as READING_VARIABLE
from scheduler.processes.liveness import VARIABLE as LIVENESS_VARIABLE
from scheduler.processes.systemd import OURS

MOST_KEPT = 50
AT_ONCE = 2
"""Commands that run at the same time; more wait."""
TIMEOUT_S = 300.0
MOST_BYTES = 16_000_000
DESCRIPTORS = (READING_VARIABLE, LIVENESS_VARIABLE)


@dataclass(slots=True)
class Run:
    """A command that was started: its answer as JSON lines once it has ended, or what went wrong, in a sentence."""

    id: str
    owner: str
    about: dict[str, str]
    input: bytes = field(repr=False, default=b"")
    rows: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    is_running: bool = True


class Commands:
    """The commands of the last while, by number."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self._data_dir, self._url = data_dir, url
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._works: set[asyncio.Task[None]] = set()

    def find(self, number: str, *, owner: str) -> Run | None:
        """The run of that number as it is now, if this session started it.

        A copy, since a page reads it several times while it is made: a run that ends in between would show as neither
        running nor ended, and the page would not renew itself.
        """
        found = self._runs.get(number)
        return replace(found) if found is not None and found.owner == owner else None

    def start(self, arguments: Sequence[str], *, owner: str, about: dict[str, str], given: bytes = b"") -> Run:
        """Start a command; the oldest runs are forgotten."""
        run = Run(secrets.token_urlsafe(9), owner, about, given)
        self._runs[run.id] = run
        while len(self._runs) > MOST_KEPT:
            self._runs.popitem(last=False)
        work = asyncio.create_task(self._work(run, arguments))
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        return run

    async def close(self) -> None:
        """Stop what runs."""
        for work in self._works:
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)

    async def _work(self, run: Run, arguments: Sequence[str]) -> None:
        try:
            async with self._slots, asyncio.timeout(TIMEOUT_S):
                await self._run(run, arguments)
        except TimeoutError:
            run.problem = f"It took longer than {TIMEOUT_S / 60:.0f} minutes and was stopped."
        except OSError as error:
            run.problem = f"It could not be started: {error.strerror}."
        finally:
            run.is_running = False

    async def _run(self, run: Run, arguments: Sequence[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            *python_command("dateline", "--data-dir", str(self._data_dir), *arguments),
            env=environment_of(os.environ, self._url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, errors = await process.communicate(run.input)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        said = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
        if process.returncode:
            run.problem = sentence(said)
            return
        run.notes = said[-200:]
        run.rows = [orjson.loads(line) for line in out[:MOST_BYTES].splitlines() if line.startswith(b"{")]


def environment_of(own: Mapping[str, str], url: str) -> dict[str, str]:
    """The environment of a command: this process's, without the descriptors that its own parent gave it."""
    kept = {k: v for k, v in own.items() if not k.startswith("DATELINE_DATABASE_") and k not in (*OURS, *DESCRIPTORS)}
    return kept | {"DATELINE_DATABASE_URL": url}


def sentence(said: Sequence[str]) -> str:
    """What a command that failed said, as a sentence, without its advice to run others."""
    text = " ".join(line.removeprefix("dateline: ").removeprefix("Error: ") for line in said[-5:]) or "It failed"
    text = " ".join(one for one in re.split(r"(?<=\.) (?=[A-Z])", text) if "`dateline " not in one) or text
    text = re.sub(r"^-:(\d+): ", r"line \1 ", text)  # "-" is standard input, to which the file was written
    is_word = text.partition(" ")[0].replace("'", "").isalpha()  # and not the name of a source, such as the-post
    return f"{text[:1].upper() if is_word else text[:1]}{text[1:].rstrip('.')}."
