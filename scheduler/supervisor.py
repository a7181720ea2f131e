"""`dateline up`: scheduler, workers and console as children of one process, which restarts them and the database."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dateline import log
from dateline.child_process import die_with, python_command
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import DatabaseError
from dateline.reading import VARIABLE as READING_VARIABLE
from dateline.reading import Mark
from scheduler.monitoring.health_server import serve_health
from scheduler.processes.data_folder import DataFolder
from scheduler.processes.liveness import VARIABLE, Liveness, showing_liveness
from scheduler.processes.registration import process_prefix
from scheduler.processes.signals import stop_on_signals
from scheduler.processes.systemd import OURS, Notifier
from scheduler.processes.warm_start import Forked, WarmStarter, is_possible
from scheduler.visits.killed_reading import count_kill
from scheduler.watchdog import tell_readiness, watch_over
from sql.database import open_pool
from sql.service.leases import Upkeep

STOP_S = 19.0
"""Seconds that the children get to end; they take up to 18 (`worker.GRACE_S` and the line's own end)."""
RESTART_S = 0.25
MAX_RESTART_S = 30.0
LIVED_S = 1.0
"""A part whose loop ran this long counts as having started, and its failures are counted from one: a part that is killed every
few seconds is restarted at once each time. Problems at the start end it sooner (an unknown schema, a wrong setting). systemd,
too, restarts a unit at once that lives for 2 s (systemd.unit(5), StartLimitIntervalSec=10 and StartLimitBurst=5)."""
HOLDERS = ("scheduler", "worker")
"""Parts that hold something while they live: a lease, jobs."""
RELEASE_S = 5.0
LOOK_S = 1.0
USAGE_EXIT, MISCONFIGURED_S = 2, 300.0
"""A part that exits with 2 logged its problem (the console: a taken port); it is tried again after a while."""

logger = log.get(__name__)


class Server(Protocol):
    """The embedded database."""

    @property
    def folders(self) -> Sequence[Path]:
        """Where its data is."""
        ...

    def is_running(self) -> bool:
        """Whether its server is there."""
        ...

    def start(self) -> str:
        """Start it, or revive one that died; blocks."""
        ...


async def run_with_signals(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine; SIGTERM and SIGINT set the event that it is given."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    with showing_liveness():
        await main(stop)


def run_service(
    settings: Settings, url: str, *, workers: int, server: Server | None, starter: WarmStarter | None = None
) -> None:
    """Run the service until SIGTERM or SIGINT; children end first, then this process. `server` is kept alive."""
    asyncio.run(
        run_with_signals(lambda stop: supervise(Service(settings, url, stop, starter), workers=workers, server=server))
    )


@dataclass(frozen=True, slots=True)
class Service:
    """What the parts have in common; `stop` ends them, `starter` forks them where that is possible."""

    settings: Settings
    url: str
    stop: asyncio.Event
    starter: WarmStarter | None = None


@dataclass(slots=True)
class Child:
    """A part of the service in a process of its own."""

    role: str
    number: int
    failures: int = 0
    lived_s: float = 0.0
    """How long its last life's event loop ran."""
    process: asyncio.subprocess.Process | Forked | None = field(default=None)
    liveness: Liveness | None = field(default=None)
    was_reading: str = ""
    """What its last process was reading when a signal killed it."""

    @property
    def silent_s(self) -> float:
        """Seconds since its event loop gave a sign; 0 while it is not running."""
        return self.liveness.silent_s if self.liveness is not None else 0.0

    def end(self, number: signal.Signals) -> bool:
        """Send the signal if it lives; whether it did."""
        lives = self.process is not None and self.process.returncode is None
        if lives and self.process is not None:
            self.process.send_signal(number)
        return lives


async def supervise(service: Service, *, workers: int, server: Server | None = None) -> None:
    """Keep a scheduler, the workers and the console running until `stop` is set, then end them within STOP_S."""
    settings, url, stop = service.settings, service.url, service.stop
    children = [Child("scheduler", 0), *(Child("worker", n) for n in range(workers))]
    children += [Child("console", 0)] if settings.console_port else []
    children += [Child("callback", 0)] if settings.callback_url else []
    notifier = Notifier.from_environment(os.environ)
    folders, lost = [settings.data_dir, settings.archive_dir, *(server.folders if server else ())], list[str]()
    async with asyncio.TaskGroup() as tasks:
        kept = [tasks.create_task(_keep(child, service)) for child in children]
        tasks.create_task(serve_health(settings, url, stop))
        beside = [watch_over(children, notifier), tell_readiness(url, notifier, places(settings))]
        beside += [_revive(server)] if server else []
        beside.append(_stop_when_lost(DataFolder(folders), stop, lost))
        endless = [tasks.create_task(work) for work in beside]
        await stop.wait()
        logger.info("stopping")
        notifier.tell("STOPPING=1", "STATUS=stopping")
        await _end(service, children, kept)
        for task in endless:
            task.cancel()
    if lost:
        raise DatabaseError(
            f"the service stopped: {lost[0]}. Bring the data folder back (mount its disk, restore a backup), then start again",
            subject=str(settings.data_dir),
        )


async def _end(service: Service, children: Sequence[Child], kept: Sequence[asyncio.Task[None]]) -> None:
    """End the parts, and kill those that live after STOP_S."""
    for child in children:
        child.end(signal.SIGTERM)
    if service.starter is not None:
        service.starter.close()  # a part that waits for it is not started any more
    _, late = await asyncio.wait(kept, timeout=STOP_S)
    for child in children:
        if child.end(signal.SIGKILL):
            logger.warning("killed a part that did not exit in time", role=child.role)
    if late:
        await asyncio.wait(late)


async def _stop_when_lost(folder: DataFolder, stop: asyncio.Event, lost: list[str]) -> None:
    """Stop the service when its data folder vanishes: what it stored is not there, and nothing may begin in its place."""
    lost.append(await folder.until_lost())
    logger.critical("the data folder is gone: the service stops", what=lost[0])
    stop.set()


def places(settings: Settings) -> dict[str, str]:
    """Where the service's pages are, by name."""
    console = (
        f"http://{settings.console_host}:{settings.console_port}{settings.console_prefix}/"
        if settings.console_port
        else ""
    )
    health = f"http://{settings.health_host}:{settings.health_port}/readyz" if settings.health_port else ""
    return {name: url for name, url in (("console", console), ("health", health)) if url}


async def _keep(child: Child, service: Service) -> None:
    """Keep one child running; a short life makes the next pause longer."""
    url, stop = service.url, service.stop
    async with asyncio.TaskGroup() as beside:
        while not stop.is_set():
            code = await _live(child, service)
            if stop.is_set():
                return
            if child.was_reading:
                await _blame(child.was_reading, url)
            if child.process is not None and child.role in HOLDERS:
                beside.create_task(_release(child.role, child.process.pid, url))
            child.failures = 1 if child.lived_s > LIVED_S else child.failures + 1
            pause = MISCONFIGURED_S if code == USAGE_EXIT else pause_s(child.failures)
            logger.warning("a part of the service exited; restarting", role=child.role, code=code, pause_s=pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()


def pause_s(failures: int) -> float:
    """Seconds until a child is restarted: none after one exit, more and more when it exits young repeatedly."""
    return 0.0 if failures <= 1 else min(MAX_RESTART_S, RESTART_S * 2.0 ** min(failures - 1, 10))


async def _release(role: str, pid: int, url: str) -> None:
    """Release at once what an exited part held; if that fails, the leader's upkeep does it some seconds later."""
    name = f"dateline-up-{os.getpid()}"
    try:
        async with asyncio.timeout(RELEASE_S), open_pool(url, max_size=1, application_name=name) as pool:
            while True:
                jobs = await Upkeep(pool).release_dead(process_prefix(role, pid))
                if jobs is not None:
                    break
                await asyncio.sleep(0.1)
        logger.info("released the jobs and lease of an exited part", role=role, jobs=jobs)
    except TimeoutError:
        logger.debug("an exited part held nothing", role=role)
    except Exception as error:
        logger.warning("an exited part's jobs wait for the leader's upkeep", error=f"{type(error).__name__}: {error}")


async def _blame(subject: str, url: str) -> None:
    """Count the kill against the page that was being read, before the restarted part would read it again."""
    logger.error("a part of the service was killed while it read a page", url=subject)
    try:
        async with asyncio.timeout(RELEASE_S), open_pool(url, max_size=1, application_name="dateline-up") as pool:
            failures = await count_kill(pool, subject, now=utc_now())
        logger.warning("counted the kill against the page; the third holds it", url=subject, failures=failures)
    except Exception as error:
        logger.warning("the kill can't be counted", url=subject, error=f"{type(error).__name__}: {error}")


async def _live(child: Child, service: Service) -> int | str:
    """One life of a child; its exit code, or why it could not be started."""
    child.lived_s, child.was_reading = 0.0, ""
    try:
        liveness, mark = Liveness(), Mark()
        try:
            child.process = await _start(child.role, service, liveness, mark)
            liveness.handed_over()
            child.liveness = liveness
            if service.stop.is_set():
                # the stop came while it was being started, and the signal reached no process
                child.end(signal.SIGTERM)
            code = await child.process.wait()
            child.was_reading = mark.read() if code < 0 else ""
            return code
        finally:
            child.liveness, child.lived_s = None, liveness.lived_s
            liveness.close()
            mark.close()
    except OSError as error:
        return f"can't be started: {error.strerror}"


async def _start(role: str, service: Service, liveness: Liveness, mark: Mark) -> asyncio.subprocess.Process | Forked:
    """Start a part, forked where that is possible; it does not notify systemd, and gives signs of life to its parent."""
    environment = part_environment() | {"DATELINE_DATABASE_URL": service.url}
    descriptors = {VARIABLE: liveness.writer, READING_VARIABLE: mark.descriptor}
    try:
        if service.starter is not None:
            return await service.starter.start(role, environment, descriptors)
    except OSError as error:
        if service.stop.is_set():
            raise
        logger.warning(
            "a part can't be forked, and starts from nothing", role=role, error=error.strerror or "no answer"
        )
    return await asyncio.create_subprocess_exec(
        *part_command(service.settings),
        role,
        env=environment | {name: str(number) for name, number in descriptors.items()},
        pass_fds=list(descriptors.values()),
        stdin=asyncio.subprocess.DEVNULL,
        # Ctrl-C on a terminal goes to the parent alone, which ends its children in order
        process_group=0,
        preexec_fn=die_with(os.getpid()),
    )


def part_command(settings: Settings) -> list[str]:
    """The command of a part, without its role."""
    return python_command("dateline", "--data-dir", str(settings.data_dir))


def part_environment() -> dict[str, str]:
    """The environment of every part: neither the way to the database, which may be embedded, nor what is said to this process."""
    return {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_DATABASE_") and k not in OURS}


@contextmanager
def warm_starts(settings: Settings) -> Iterator[WarmStarter | None]:
    """What forks parts that have imported everything, from the begin of the block on; None where this machine can't."""
    starter = WarmStarter(part_command(settings), part_environment()) if is_possible() else None
    try:
        if starter is not None:
            starter.begin()
        yield starter
    finally:
        if starter is not None:
            starter.close()


async def _revive(server: Server) -> None:
    """Start the embedded database again whenever it is gone; children come back to it by themselves."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            if not await asyncio.to_thread(server.is_running):
                logger.warning("the embedded database exited; restarting")
                await asyncio.to_thread(server.start)
                logger.info("the embedded database is back")
        except Exception as error:
            logger.warning("the embedded database can't be started", error=f"{type(error).__name__}: {error}")
