"""A world: a known site, a data folder of its own, the service's real processes. Run after run is played in it.

opening: processes start, the first articles are stored
a run:   news → a random moment → strike → crawl on until all is stored → site = database = archive?
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg

from benchmarks.hooks import python_path
from benchmarks.kills.compare import LOOK_S, ROWS, Left, Observer, Outcome, archives_of, count, observing
from benchmarks.kills.patience import Patience
from benchmarks.kills.site import HOSTS, Site, running
from crawler.archive.archive import Archive
from crawler.archive.shared_archive import open_archive
from dateline.types.source import Politeness, Source, WatchedPage
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer, server_url
from sql.server.placement import ROOT_DIR, place
from tests.acceptance.support.object_storage import Storage

T = TypeVar("T")
HOOKS = Path(__file__).parent / "hooks"
PATIENCE_S = 90.0
"""How long a run waits for the next page to be stored; without its protection a loss shows long before."""
PATIENCE_OFF_S = 25.0
"""Counted from the last page that was stored: a slow machine must not look like a loss."""


def make_template(folder: Path) -> None:
    """A data folder whose database is migrated and knows the sources; worlds copy it, since initdb takes its time."""
    with EmbeddedServer(folder).running() as url:
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            for host in HOSTS:
                name = host.partition(".")[0]
                watched = (WatchedPage(f"http://{host}/feed.xml", "feed"),)
                polite = Politeness(delay_s=0.05, concurrency=1)
                source = Source(
                    name, name.capitalize(), f"http://{host}/", watched=watched, schedule="every 1h", politeness=polite
                )
                upsert_source(connection, source)


@dataclass
class Stage:
    """One world. Faults strike through its methods; `struck_at` is when (seconds of the wall clock)."""

    folder: Path
    url: str
    """The database's, whether or not it runs."""
    cluster: Path
    site: Site
    observer: Observer
    stack: ExitStack
    """What is to be undone when the world ends."""
    off: str | None = None
    pause: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    offset: Path | None = None
    chance: random.Random = field(default_factory=random.Random)
    struck_at: float = 0.0
    began_at: float = 0.0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """The processes that a fault's opening began, by the name that it gave them."""
    doors: dict[int, threading.Event] = field(default_factory=dict)
    """By a worker's pid: while it is set, that worker hears nothing of its database."""
    server: EmbeddedServer | None = None
    storage: Storage | None = None
    """The object storage that finished archive files move to, if the world has one."""

    # The database --------------------------------------------------------------------------------------------------------

    def hold_database(self) -> EmbeddedServer:
        """Run the database from here, for parts that are started apart."""
        self.server = EmbeddedServer(self.folder)
        self.server.start()
        return self.server

    def ask(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement, asked for until the database answers."""
        patience = Patience(PATIENCE_S)
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=3) as connection:
                    cursor = connection.execute(statement.encode(), params)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if patience.is_over():
                    raise
                time.sleep(0.02)

    def server_pid(self) -> int:
        """The postmaster's pid."""
        return int((self.cluster / "postmaster.pid").read_text().splitlines()[0])

    def news(self, more: int = 0) -> None:
        """The sites publish, and every feed falls due now."""
        self.site.publish(more)
        self.make_due(HOSTS)

    def make_due(self, hosts: tuple[str, ...] | list[str]) -> None:
        """The feeds of these hosts fall due now."""
        self.ask(
            "UPDATE dateline.feed_state s SET next_due_at = now() FROM dateline.feed f"
            " WHERE f.id = s.feed_id AND f.host = ANY (%s) AND s.next_due_at > now()",
            list(hosts),
        )

    # Processes -----------------------------------------------------------------------------------------------------------

    def start(
        self, *words: str, url: str | None = None, own_folder: str = "", code: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Begin `dateline WORDS`, with the hooks in it; or an older version's, whose code is in that folder, without them."""
        folder = self.folder / own_folder if own_folder else self.folder
        folder.mkdir(exist_ok=True)
        spec: dict[str, Any] = {
            "folder": str(self.marks),
            "pause": self.pause,
            "off": self.off,
            # so that a run takes seconds; the service waits a minute
            "archive_wait_s": 3,
        }
        if self.offset:
            spec["offset"] = str(self.offset)
        env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        env |= {
            "DATELINE_RESOLVE": f"*.test=127.0.0.1:{self.site.port}",
            "DATELINE_CONTACT": "kills@dateline.test",
            "DATELINE_HEALTH_PORT": "0",
            "DATELINE_CONSOLE_PORT": "0",
            "DATELINE_EXTRACTION_WORKERS": "1",
            "DATELINE_LOG_FORMAT": "json",
            "DATELINE_MIN_FREE_MB": "0",
            **{f"DATELINE_{name.upper()}": value for name, value in self.settings.items()},
            "PYTHON_KILLS": json.dumps(spec),
            "PYTHONPATH": python_path(HOOKS) if code is None else str(code),
        }
        if url:
            env["DATELINE_DATABASE_URL"] = url
        with (self.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dateline", "--data-dir", str(folder), *words],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=code or Path(__file__).parents[2],
            )  # fmt: skip
        self.processes.append(process)
        return process

    @property
    def marks(self) -> Path:
        """Where processes leave marks at the places that they reach."""
        return self.folder / "marks"

    def child(self, of: subprocess.Popen[bytes], role: str) -> int:
        """The pid of a part of `dateline up`, as soon as there is one."""
        return self.until(lambda: next(iter(self.children(of.pid, role)), None), f"there is no {role}")

    @staticmethod
    def children(pid: int, role: str) -> list[int]:
        """The pids of a process's children that play a role."""
        with suppress(psutil.Error):
            return [one.pid for one in psutil.Process(pid).children() if role in _words(one)]
        return []

    def parsing_process(self, of: int) -> int:
        """The pid of a worker's parsing process (a child of the one that forks them), as soon as there is one."""

        def find() -> int | None:
            with suppress(psutil.Error):
                for forkserver in psutil.Process(of).children():
                    if "dateline.parser_pool.forkserver" in _words(forkserver):
                        return next((one.pid for one in forkserver.children()), None)
            return None

        return self.until(find, "no parsing process")

    # Moments -------------------------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], T | None], what: str, limit_s: float = PATIENCE_S) -> T:
        """What the condition gives as soon as it gives something."""
        patience = Patience(limit_s)
        while not (found := condition()):
            if patience.is_over():
                raise TimeoutError(f"{what}\n{self.log_tail()}")
            time.sleep(LOOK_S / 3)
        return found

    def marked(self, place: str) -> int:
        """How often processes have reached a place."""
        return len(list(self.marks.glob(f"{place}.*")))

    def after_marks(self, place: str, number: int) -> None:
        """Return when the processes have reached a place so many times from now on."""
        seen = self.marked(place)
        self.until(lambda: self.marked(place) >= seen + number, f"{place} was not reached {number} times")

    @property
    def new_articles(self) -> int:
        """How many articles were seen committed in this run."""
        return sum(at > self.began_at for at in list(self.observer.seen_at.values()))

    def some_articles(self, share: float = 0.6) -> None:
        """Return at a random moment within the first part of this run's crawl."""
        wanted = self.chance.randrange(1, max(2, int(len(HOSTS) * self.site.batch * share)))
        self.until(lambda: self.new_articles >= wanted, f"no {wanted} articles")
        time.sleep(self.chance.uniform(0, 0.12))

    def strike(self, pid: int | None = None, number: signal.Signals = signal.SIGKILL) -> None:
        """Now: send a signal, and note the instant."""
        self.struck_at = time.time()
        if pid is not None:
            os.kill(pid, number)

    def idle(self) -> None:
        """Return when no job is waiting or running."""
        self.until(lambda: self.ask("SELECT count(*) FROM procrastinate.procrastinate_jobs") == [(0,)], "never idle")

    # The end of a run ------------------------------------------------------------------------------------------------------

    def begin_run(self, chance: random.Random) -> None:
        """A run begins."""
        self.chance, self.began_at, self.struck_at = chance, time.time(), 0.0

    def settle(self, limit_s: float = PATIENCE_S) -> bool:
        """Crawl on until everything is stored; whether it was.

        A feed whose visit had started before the news came is made due again: the visit's end has put it off for an hour, by
        right, and the news would only be seen then.
        """
        self.check_hooks()
        began, asked_at, stored, patience = time.time(), time.time(), 0, Patience(limit_s)
        while not (self.observer.looked_at > began and self.observer.stored >= self.site.urls()):
            if len(self.observer.stored) > stored:
                stored, patience = len(self.observer.stored), Patience(limit_s)
            if patience.is_over():
                return False
            if time.time() - asked_at > 1:
                asked_at = time.time()
                with suppress(psycopg.Error):
                    self.make_due(self.site.untold())
            time.sleep(LOOK_S / 3)
        return True

    def check_hooks(self) -> None:
        """Raise where a hook found the service other than it expects: what the run shows would be the hook's doing."""
        told = self.marks / "hook-error"
        if told.exists():
            raise RuntimeError(f"a hook does not fit the service any more: {told.read_text()}")

    def finish(self, *, counts_fetches: bool = False) -> Outcome:
        """Crawl on until everything is stored (or retry policy ends), then compare site, database and archive."""
        self.settle(PATIENCE_OFF_S if self.off else PATIENCE_S)
        try:
            rows = self.ask(ROWS)
        except psycopg.OperationalError as error:
            all_gone = len(self.observer.seen_at)
            return Outcome(all_gone, 0, len(self.site.urls()), None, time.time() - self.began_at, detail=str(error))
        self.check_hooks()
        left = Left(rows, int(self.ask("SELECT count(*)::int FROM dateline.revision")[0][0]))
        lost, doubled, forgotten = count(left, self.observer, self.site, self._archives())
        doubled += self.site.fetched_again() if counts_fetches else 0
        recovery_s = left.first_after(self.observer, self.struck_at) if self.struck_at else None
        detail = f"{self.tables()}\n{self.log_tail()}" if forgotten else ""
        return Outcome(lost, doubled, forgotten, recovery_s, time.time() - self.began_at, detail=detail)

    def _archives(self) -> list[Archive]:
        """All places that hold pages."""
        found = archives_of(self.folder)
        if self.storage is not None:
            found.append(open_archive(self.storage.settings(self.folder)))
        return found

    def tables(self) -> str:
        """What the tables say of work that was left undone."""
        asked = (
            "SELECT now(), f.host, s.next_due_at, s.last_visit_at, s.last_outcome FROM dateline.feed_state s"
            " JOIN dateline.feed f ON f.id = s.feed_id",
            "SELECT url, state, reason, attempts, next_attempt_at FROM dateline.url WHERE state <> 'stored'",
            "SELECT host, busy, busy_until, next_allowed_at, backoff_until FROM dateline.host_pace",
            "SELECT id, lock, status, worker_id, attempts FROM procrastinate.procrastinate_jobs",
            "SELECT process, queue_workers, seen_at FROM dateline.heartbeat",
            "SELECT application_name, pid, pg_blocking_pids(pid), state, wait_event, now() - xact_start, left(query, 60)"
            " FROM pg_stat_activity WHERE application_name LIKE 'dateline%%' AND xact_start IS NOT NULL",
        )
        told = " ".join(f"{host}={self.site.told[host]}" for host in HOSTS)
        return f"shown {self.site.shown}, answered {told}\n" + "\n".join(
            " ".join(map(str, row)) for statement in asked for row in self.ask(statement)
        )

    def log_tail(self) -> str:
        """The end of what the service said."""
        with suppress(OSError):
            lines = (self.folder / "service.log").read_text(errors="replace").splitlines()
            return "\n".join(lines[-int(os.environ.get("KILLS_TELL", "12")) :])
        return ""


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def staged(template: Path, site: Site, **fields: Any) -> Iterator[Stage]:
    """A stage, taken down at the end whatever became of it."""
    folder = Path(tempfile.mkdtemp(prefix="dk-", dir="/tmp"))
    folder.chmod(0o711)
    subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)
    (folder / "marks").mkdir()
    placed = place(folder, root_dir=ROOT_DIR)
    url = server_url(placed.socket_dir)
    with running(site), observing(url) as observer, ExitStack() as stack:
        stage = Stage(folder, url, placed.cluster, site, observer, stack, **fields)
        try:
            yield stage
        finally:
            _take_down(stage)
            stack.close()
            shutil.rmtree(folder, ignore_errors=True)


def _take_down(stage: Stage) -> None:
    """End every process of the stage, frozen ones and those of its database included."""
    for process in stage.processes:
        with suppress(psutil.Error):
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                with suppress(psutil.Error):
                    one.kill()
        process.wait()
    if stage.server is not None:
        with suppress(Exception):
            stage.server.stop()
    for one in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            if one.info["name"] == "postgres" and Path(one.cwd()).is_relative_to(stage.folder):
                one.kill()
