"""Exports that programs ask for, each written by `dateline export` in a process of its own.

A job's folder (`export_folder`) is all there is to know, so that a console that was killed goes on after its start, and
several consoles may share the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

from dateline import log
from dateline.api.operations import ExportJob, NewExport
from dateline.api.problems import ProblemError
from dateline.child_process import python_command
from dateline.clock import Clock
from dateline.config import Settings
from dateline.console.server.commands import environment_of, sentence
from dateline.console.server.export_folder import Kept, add, drop_outdated, find, kept_in, older_in
from dateline.errors import UsageError
from scheduler.monitoring.disk import free_mb
from sql.search.reading import Reader

MOST_KEPT, AT_ONCE, TRIES = 20, 2, 3
"""Exports of one token or user; processes; how often the writing of one is started."""
TIMEOUT_S = 6 * 3600.0
LOOK_S, TEND_S = 0.5, 60.0
NICENESS = 10
_TEXTS = {"whole": (), "none": ("--without-text",), "counts": ("--word-counts",)}

logger = log.get(__name__)


class ExportJobs:
    """The exports of one data folder: bounded in number, disk and age."""

    def __init__(self, settings: Settings, url: str, reader: Reader, clock: Clock) -> None:
        self._folder, self._settings, self._url = settings.data_dir / "exports", settings, url
        self._reader, self._clock = reader, clock
        self._running: dict[Path, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._looks_at = 0.0

    def create(self, asked: NewExport, *, owner: str) -> ExportJob:
        """Begin a job; this owner's oldest that has ended makes room. A 429 where too many wait."""
        own = self._all_of(owner)
        ended = [one for one in own if one.has_ended]
        if len(own) - len(ended) >= MOST_KEPT:
            said = f"{MOST_KEPT} of your exports are not finished. Remove one, or ask again when they are done."
            raise ProblemError(429, said, {"Retry-After": f"{TEND_S:.0f}"})
        try:
            made = add(self._folder, owner, self._clock(), asked)
        except (OSError, UsageError) as error:
            logger.warning("no export can be started", error=str(error))
            said = "The console can't write into its data folder. Its log says why."
            raise ProblemError(503, said, {"Retry-After": f"{TEND_S:.0f}"}) from error
        for oldest in ended[: max(0, len(own) - MOST_KEPT + 1)]:
            shutil.rmtree(oldest.folder, ignore_errors=True)
        self._wake.set()
        return self.described(made)

    def find(self, number: str, *, owner: str) -> Kept | None:
        """The job of that number, if this token or user began it."""
        found = find(self._folder, number)
        return found if found is not None and found.owner == owner else None

    def all_of(self, owner: str) -> list[ExportJob]:
        """The jobs that this token or user began, oldest first."""
        return [self.described(one) for one in self._all_of(owner)]

    def _all_of(self, owner: str) -> list[Kept]:
        return [one for one in kept_in(self._folder) if one.owner == owner]

    async def remove(self, folder: Path) -> None:
        """Stop a job, and delete all of it."""
        await self._stop(folder)
        shutil.rmtree(folder, ignore_errors=True)

    def described(self, job: Kept) -> ExportJob:
        """A job as programs see it."""
        manifest, problem = job.manifest, job.problem
        state: Any = "failed" if problem else "done" if manifest else "running" if job.is_held else "waiting"
        facts = manifest or {}
        until = job.created_at + dt.timedelta(days=self._settings.console_exports_days)
        return ExportJob(
            job.folder.name, state, job.asked.q, job.asked.view, job.asked.format, job.asked.texts, job.created_at, until,
            facts.get("rows"), facts.get("bytes"), facts.get("sha256"), problem,
        )  # fmt: skip

    async def is_outdated(self, job: Kept) -> bool:
        """Whether it may hold what was forgotten since; then it is removed."""
        return bool(drop_outdated([job], await self._reader.value("export", "forgets")))

    async def work(self) -> None:
        """Write what is asked for, and delete what is too old or too much, until this is cancelled."""
        try:
            while True:
                pause = await self._tend()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            for work in self._running.values():
                work.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _waiting(self) -> list[Kept]:
        return [one for one in kept_in(self._folder) if not one.has_ended]

    async def _tend(self) -> float:
        """Take each step, whatever becomes of the others; seconds until the next time, more of them after an error."""
        pauses = {LOOK_S}
        for step in (self._drop_old, self._make_room, self._start_waiting, self._drop_outdated):
            try:
                pauses.add(await step() or 0)
            except Exception as error:
                logger.warning("exports could not be checked", error=f"{type(error).__name__}: {error}")
                pauses.add(TEND_S)
        return max(pauses)

    async def _drop_old(self) -> None:
        for folder in older_in(self._folder, self._clock() - dt.timedelta(days=self._settings.console_exports_days)):
            await self.remove(folder)

    async def _drop_outdated(self) -> None:
        if (now := time.monotonic()) >= self._looks_at and (jobs := kept_in(self._folder)):
            self._looks_at = now + TEND_S
            drop_outdated(jobs, await self._reader.value("export", "forgets"))

    async def _make_room(self) -> None:
        """On a full disk stop what is written; beyond the setting, the owner with most loses its oldest file, or largest job."""
        while (running := [one for one in self._waiting() if one.folder in self._running]) and self._is_disk_full():
            await self._give_up(max(running, key=lambda one: one.size), "The disk is nearly full")
        most = self._settings.console_exports_gb
        while sum((taken := self._taken()).values()) > most * 1e9:
            own = [one for one in self._not_failed() if one.owner == max(taken, key=taken.__getitem__)]
            job = next((one for one in own if one.has_ended), max(own, key=lambda one: one.size))
            await self._give_up(job, f"All exports together may take {most:g} GB (console_exports_gb)")

    async def _give_up(self, job: Kept, why: str) -> None:
        await self._stop(job.folder)
        job.fail(f"{why}, so this one was removed. Ask for less, or ask the operator for more room.")

    def _not_failed(self) -> list[Kept]:
        return [one for one in kept_in(self._folder) if not one.problem]

    def _taken(self) -> Counter[str]:
        """Bytes by owner."""
        taken = Counter[str]()
        for one in self._not_failed():
            taken[one.owner] += one.size
        return taken

    def _is_disk_full(self) -> bool:
        return free_mb(self._folder) < self._settings.min_free_mb

    async def _start_waiting(self) -> float:
        """Begin the oldest that waits, of an owner of whom none is written where there is one; none on a full disk."""
        unfinished, errors = self._waiting(), list[OSError]()
        waiting = [one for one in unfinished if one.folder not in self._running]
        while waiting and len(self._running) < AT_ONCE and not self._is_disk_full():
            served = {one.owner for one in unfinished if one.folder in self._running}
            job = min(waiting, key=lambda one: (one.owner in served, one.created_at))
            waiting.remove(job)
            try:
                self._start(job)
            except OSError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return 0 if unfinished else TEND_S

    def _start(self, job: Kept) -> None:
        if (lock := job.lock()) is None:  # a process that another console started still writes it
            return
        with contextlib.ExitStack() as held:
            held.callback(os.close, lock)
            tries = os.fstat(lock).st_size
            if job.has_ended:
                return
            if tries >= TRIES:
                job.fail(f"It was cut off {TRIES} times while it was written.")
                return
            os.pwrite(lock, b"x", tries)
            work = self._running[job.folder] = asyncio.create_task(self._write(job, lock, tries))
            work.add_done_callback(lambda _: self._ended(job, lock))
            held.pop_all()

    def _ended(self, job: Kept, lock: int) -> None:
        del self._running[job.folder]
        os.close(lock)
        self._wake.set()

    async def _stop(self, folder: Path) -> None:
        if (work := self._running.get(folder)) is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _write(self, job: Kept, lock: int, tries: int) -> None:
        """Write the file; what went wrong, unless its process was killed, is kept as the job's problem."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                code, said = await self._export(job, lock)
        except asyncio.CancelledError:
            os.ftruncate(lock, tries)  # an orderly stop does not count
            raise
        except TimeoutError:
            job.fail(f"It took longer than {TIMEOUT_S / 3600:.0f} hours and was stopped.")
        except OSError as error:
            job.fail(f"It could not be started: {error.strerror}.")
        else:
            if code > 0:
                job.fail(sentence([line for line in said.splitlines() if line.strip()]))

    async def _export(self, job: Kept, lock: int) -> tuple[int, str]:
        """The exit code of `dateline export`, which holds the lock, too, and what it said."""
        asked = job.asked
        what = [f"--query={asked.q}"] if asked.q else ["--", asked.view]
        process = await asyncio.create_subprocess_exec(
            *python_command("dateline", "--data-dir", str(self._settings.data_dir), "export"),
            *(f"--format={asked.format}", f"--output={job.file}", *_TEXTS[asked.texts], *what),
            env=environment_of(os.environ, self._url), pass_fds=(lock,),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            _, said = await process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return process.returncode or 0, said.decode("utf-8", "replace")
