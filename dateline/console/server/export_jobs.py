"""Exports that programs ask for: each a folder with its question, written by `dateline export` in a process of its own.

    exports/ID/  asked.json → articles.csv.part → articles.csv → articles.csv.manifest.json (done) | problem.json (failed)

The folder is all there is to know, so that a console that was killed goes on after its start. The writing process holds a
lock on its folder as long as it lives: no second one writes beside it, also where another console started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from dateline import log
from dateline.api.operations import ExportJob, NewExport
from dateline.api.problems import ProblemError
from dateline.child_process import python_command
from dateline.clock import Clock
from dateline.config import Settings
from dateline.console.server.commands import environment_of, sentence
from dateline.errors import DatabaseError
from dateline.files import written_whole
from scheduler.monitoring.disk import free_mb
from sql.search.reading import Reader

MOST_KEPT, AT_ONCE, TRIES = 20, 2, 3
TIMEOUT_S = 6 * 3600.0
LOOK_S, TEND_S = 0.5, 60.0
NICENESS = 10
FORGOTTEN = "Something was forgotten on request after this export was written, so it was removed. Ask for it again."
_ID = re.compile(r"[\w-]{12}")
_TEXTS = {"whole": (), "none": ("--without-text",), "counts": ("--word-counts",)}

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A job's folder, and what was asked."""

    folder: Path
    owner: str
    created_at: dt.datetime
    asked: NewExport

    @property
    def file(self) -> Path:
        """Where the export is, once it is written."""
        return self.folder / f"{self.asked.view or 'articles'}.{self.asked.format}"

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What `dateline export` says of the file; None until it is complete."""
        return _read(self.file.with_name(f"{self.file.name}.manifest.json")) or None

    @property
    def problem(self) -> str:
        """Why it failed; "" where it has not."""
        return str(_read(self.folder / "problem.json").get("problem", ""))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be written."""
        return bool(self.problem) or self.manifest is not None

    def fail(self, problem: str) -> None:
        """Keep why it failed, and nothing of the file."""
        for one in self.folder.iterdir():
            if one.name not in ("asked.json", "lock"):
                one.unlink(missing_ok=True)
        _write(self.folder / "problem.json", {"problem": problem})


class ExportJobs:
    """The exports of one data folder: bounded in number, disk and age."""

    def __init__(self, settings: Settings, url: str, reader: Reader, clock: Clock) -> None:
        self._folder, self._settings, self._url = settings.data_dir / "exports", settings, url
        self._reader, self._clock = reader, clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def create(self, asked: NewExport, *, owner: str) -> ExportJob:
        """Begin a job; the oldest that has ended makes room. A 429 where too many wait."""
        known = list(self._kept())
        while len(known) >= MOST_KEPT:
            oldest = next((one for one in known if one.has_ended), None)
            if oldest is None:
                raise ProblemError(
                    429, f"{MOST_KEPT} exports are waiting. Remove one, or ask again when they are done."
                )
            self._drop(oldest)
            known.remove(oldest)
        folder = self._folder / secrets.token_urlsafe(9)
        folder.mkdir(parents=True, mode=0o700)
        made = Kept(folder, owner, self._clock(), asked)
        given = {"q": asked.q, "view": asked.view, "format": asked.format, "texts": asked.texts}
        _write(folder / "asked.json", {"owner": owner, "created_at": made.created_at, "asked": given})
        self._wake.set()
        return self.described(made)

    def find(self, number: str, *, owner: str) -> Kept | None:
        """The job of that number, if this token or user began it."""
        found = _kept(self._folder / number) if _ID.fullmatch(number) else None
        return found if found is not None and found.owner == owner else None

    def all_of(self, owner: str) -> list[ExportJob]:
        """The jobs that this token or user began, oldest first."""
        return [self.described(one) for one in self._kept() if one.owner == owner]

    async def remove(self, job: Kept) -> None:
        """Stop it, and delete all of it."""
        if (work := self._running.get(job.folder.name)) is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        self._drop(job)

    def described(self, job: Kept) -> ExportJob:
        """A job as programs see it."""
        manifest, problem = job.manifest, job.problem
        state: Any = "failed" if problem else "done" if manifest else "running" if _is_held(job) else "waiting"
        facts = manifest or {}
        until = job.created_at + dt.timedelta(days=self._settings.console_exports_days)
        return ExportJob(
            job.folder.name, state, job.asked.q, job.asked.view, job.asked.format, job.asked.texts, job.created_at, until,
            facts.get("rows"), facts.get("bytes"), facts.get("sha256"), problem,
        )  # fmt: skip

    async def is_outdated(self, job: Kept) -> bool:
        """Whether it may hold what was forgotten since; then it is removed."""
        manifest = job.manifest
        if manifest is None or not await self._reader.value("export", "forgotten_since", {"at": manifest["at"]}):
            return False
        job.fail(FORGOTTEN)
        return True

    async def work(self) -> None:
        """Write what is asked for, and delete what is too old or too much, until this is cancelled."""
        try:
            while True:
                try:
                    await self._tend()
                except (OSError, DatabaseError) as error:
                    logger.warning("exports could not be looked after", error=str(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S if self._is_busy() else TEND_S)
                self._wake.clear()
        finally:
            for work in self._running.values():
                work.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _is_busy(self) -> bool:
        return any(not one.has_ended for one in self._kept())

    async def _tend(self) -> None:
        self._keep_within_disk()
        for job in list(self._kept()):
            if self._clock() > job.created_at + dt.timedelta(days=self._settings.console_exports_days):
                await self.remove(job)
            elif not job.has_ended and job.folder.name not in self._running and len(self._running) < AT_ONCE:
                self._start(job)
            else:
                await self.is_outdated(job)

    def _keep_within_disk(self) -> None:
        """Delete the oldest files while all take too much; then stop the largest that is being written."""
        sizes = {one.folder: (one, _size(one.folder)) for one in self._kept()}
        most = self._settings.console_exports_gb * 1e9
        for job, size in list(sizes.values()):
            if sum(size for _, size in sizes.values()) <= most:
                break
            if job.manifest is not None:
                job.fail(
                    f"Other exports needed its disk space (console_exports_gb is {self._settings.console_exports_gb:g})."
                )
                sizes[job.folder] = (job, 0)
        is_full = free_mb(self._folder) < self._settings.min_free_mb
        if sum(size for _, size in sizes.values()) > most or (is_full and self._running):
            job, _ = max(sizes.values(), key=lambda one: (not one[0].has_ended, one[1]))
            why = (
                "The disk is nearly full"
                if is_full
                else f"It is larger than console_exports_gb allows ({most / 1e9:g})"
            )
            if (work := self._running.get(job.folder.name)) is not None:
                work.cancel()
            job.fail(f"{why}. Ask for less, or ask the operator for more room.")

    def _start(self, job: Kept) -> None:
        lock = os.open(job.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # a process that another console started still writes it
            os.close(lock)
            return
        if job.has_ended:
            os.close(lock)
            return
        tries = len(os.pread(lock, TRIES, 0))
        if tries >= TRIES:
            job.fail(f"It was cut off {TRIES} times while it was written.")
            os.close(lock)
            return
        os.pwrite(lock, b"x", tries)
        work = asyncio.create_task(self._write(job, lock, tries))
        self._running[job.folder.name] = work
        work.add_done_callback(lambda _: self._ended(job, lock))

    def _ended(self, job: Kept, lock: int) -> None:
        self._running.pop(job.folder.name, None)
        os.close(lock)
        self._wake.set()

    async def _write(self, job: Kept, lock: int, tries: int) -> None:
        """Run `dateline export`, which holds the lock, too."""
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
            async with asyncio.timeout(TIMEOUT_S):
                _, said = await process.communicate()
        except asyncio.CancelledError:
            os.ftruncate(lock, tries)  # an orderly stop does not count
            raise
        except TimeoutError:
            job.fail(f"It took longer than {TIMEOUT_S / 3600:.0f} hours and was stopped.")
            return
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode and process.returncode > 0:  # one that was killed is tried again
            job.fail(sentence([line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]))

    def _kept(self) -> Iterator[Kept]:
        """All jobs, oldest first."""
        with contextlib.suppress(FileNotFoundError):
            found = [_kept(one) for one in self._folder.iterdir() if _ID.fullmatch(one.name)]
            yield from sorted((one for one in found if one is not None), key=lambda one: one.created_at)

    def _drop(self, job: Kept) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)


def _kept(folder: Path) -> Kept | None:
    found = _read(folder / "asked.json")
    if not found:
        return None
    created = dt.datetime.fromisoformat(found["created_at"])
    return Kept(folder, found["owner"], created, NewExport(**found["asked"]))


def _is_held(job: Kept) -> bool:
    """Whether a process writes it."""
    try:
        lock = os.open(job.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def _size(folder: Path) -> int:
    total = 0
    for one in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += one.stat().st_size
    return total


def _read(path: Path) -> dict[str, Any]:
    """The object in a file; an empty one where there is none, or a damaged one."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    with written_whole(path) as file:
        file.write(orjson.dumps(content, option=orjson.OPT_UTC_Z))
