"""One run's world: a known site, a data folder of its own, the service's real processes, and what is left afterwards."""

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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg

from benchmarks.kills.site import HOSTS, Site, running
from crawler.archive import Archive
from dateline.article import ArchiveRef
from dateline.errors import ArchiveError
from dateline.source import Politeness, Source, WatchedPage
from sql.embedded import EmbeddedServer, server_url
from sql.migrate import migrate
from sql.placement import ROOT_DIR, place
from sql.sources import upsert_source

T = TypeVar("T")
HOOKS = Path(__file__).parent / "hooks"
LOOK_S = 0.03
PATIENCE_S = 90.0
"""How long a run may take until all is stored; without its protection a loss shows long before."""
PATIENCE_OFF_S = 25.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was left. `recovery_s` is from the strike to the first article committed after it; None where it says nothing."""

    lost: int
    doubled: int
    forgotten: int
    recovery_s: float | None
    seconds: float
    detail: str = ""

    @property
    def is_whole(self) -> bool:
        """Nothing lost, doubled or forgotten."""
        return not (self.lost or self.doubled or self.forgotten)


def make_template(folder: Path) -> None:
    """A data folder whose database is migrated and knows the sources; runs copy it, since initdb takes its time."""
    with EmbeddedServer(folder).running() as url:
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            for host in HOSTS:
                name = host.partition(".")[0]
                watched = (WatchedPage(f"http://{host}/feed.xml", "feed"),)
                polite = Politeness(delay_s=0.05, concurrency=1)
                upsert_source(
                    connection,
                    Source(
                        name,
                        name.capitalize(),
                        f"http://{host}/",
                        watched=watched,
                        schedule="every 1h",
                        politeness=polite,
                    ),
                )


@dataclass
class Stage:
    """The world of one run. Faults strike through its methods; `struck_at` is when (seconds of the wall clock)."""

    template: Path
    folder: Path
    site: Site
    chance: random.Random
    off: str | None = None
    pause: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    offset: Path | None = None
    struck_at: float | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    discovered: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    """Seen committed, and gone later: lost, even where a second fetch brought it back."""
    _ended: threading.Event = field(default_factory=threading.Event)
    _server: EmbeddedServer | None = None

    # The database --------------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The database's URL, whether or not it runs."""
        return server_url(place(self.folder, root_dir=ROOT_DIR).socket_dir)

    def hold_database(self) -> EmbeddedServer:
        """Run the database from here, for parts that are started apart."""
        self._server = EmbeddedServer(self.folder)
        self._server.start()
        return self._server

    def ask(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement, asked for until the database answers."""
        deadline = time.monotonic() + 30
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=3) as connection:
                    cursor = connection.execute(statement.encode(), params)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def server_pid(self) -> int:
        """The postmaster's pid."""
        cluster = place(self.folder, root_dir=ROOT_DIR).cluster
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])

    def make_due(self) -> None:
        """Every feed falls due now."""
        self.ask("UPDATE dateline.feed_state SET next_due_at = now()")

    # Processes -----------------------------------------------------------------------------------------------------------

    def start(
        self, *words: str, url: str | None = None, own_folder: str = "", hooked: bool = True
    ) -> subprocess.Popen[bytes]:
        """Begin `dateline WORDS`, with the hooks in it."""
        folder = self.folder / own_folder if own_folder else self.folder
        folder.mkdir(exist_ok=True)
        spec: dict[str, Any] = {"folder": str(self.marks), "pause": self.pause, "off": self.off}
        if self.offset:
            spec["offset"] = str(self.offset)
        env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        env |= {
            "DATELINE_RESOLVE": f"*.test=127.0.0.1:{self.site.port}",
            "DATELINE_CONTACT": "kills@dateline.test",
            "DATELINE_HEALTH_PORT": "0",
            "DATELINE_EXTRACTION_WORKERS": "1",
            "DATELINE_LOG_FORMAT": "json",
            "DATELINE_MIN_FREE_MB": "0",
            **{f"DATELINE_{name.upper()}": value for name, value in self.settings.items()},
        }
        if url:
            env["DATELINE_DATABASE_URL"] = url
        if hooked:
            env |= {"KILLS": json.dumps(spec), "PYTHONPATH": str(HOOKS)}
        with (self.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dateline", "--data-dir", str(folder), *words],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=Path(__file__).parents[2],
            )  # fmt: skip
        self.processes.append(process)
        return process

    @property
    def marks(self) -> Path:
        """Where processes leave marks at the places that they reach."""
        return self.folder / "marks"

    def child(self, of: subprocess.Popen[bytes], role: str) -> int:
        """The pid of a part of `dateline up`, as soon as there is one."""
        return self.until(lambda: next(iter(self._children(of.pid, role)), None), f"there is no {role}")

    @staticmethod
    def _children(pid: int, role: str) -> list[int]:
        with suppress(psutil.Error):
            return [one.pid for one in psutil.Process(pid).children() if role in _words(one)]
        return []

    def extraction_process(self, of: int) -> int:
        """The pid of a worker's parsing process (a child of the one that forks them), as soon as there is one."""

        def find() -> int | None:
            with suppress(psutil.Error):
                for nursery in psutil.Process(of).children():
                    if "dateline.caged" in _words(nursery):
                        return next((one.pid for one in nursery.children()), None)
            return None

        return self.until(find, "no parsing process")

    # Moments -------------------------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], T | None], what: str, limit_s: float = 60.0) -> T:
        """What the condition gives as soon as it gives something."""
        deadline = time.monotonic() + limit_s
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}\n{self.log_tail()}")
            time.sleep(LOOK_S / 3)
        return found

    def after_marks(self, place: str, number: int) -> None:
        """Return when the processes have reached a place so many times."""
        self.until(
            lambda: len(list(self.marks.glob(f"{place}.*"))) >= number, f"{place} was not reached {number} times"
        )

    def after_articles(self, number: int, limit_s: float = 60.0) -> None:
        """Return when so many articles were seen committed."""
        self.until(lambda: len(self.acknowledged) >= number, f"no {number} articles", limit_s)

    def some_articles(self) -> None:
        """Return at a random moment of the crawl."""
        self.after_articles(self.chance.randrange(1, len(HOSTS) * self.site.pages // 2))
        time.sleep(self.chance.uniform(0, 0.15))

    def strike(self, pid: int | None = None, number: signal.Signals = signal.SIGKILL) -> None:
        """Now: send a signal, and note the instant."""
        self.struck_at = time.time()
        if pid is not None:
            os.kill(pid, number)

    # The end ---------------------------------------------------------------------------------------------------------------

    def finish(self, *, counts_fetches: bool = False) -> Outcome:
        """Crawl on until everything is stored (or patience ends), then compare site, database and archive."""
        began = time.monotonic()
        patience = PATIENCE_OFF_S if self.off else PATIENCE_S
        with suppress(TimeoutError):
            self.until(self._is_settled, "not all was stored", patience)
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError as error:
            return Outcome(len(self.acknowledged), 0, len(self.site.urls()), None, time.monotonic() - began, str(error))
        rows = self.ask(
            "SELECT url, archive_file, archive_offset, archive_length, extract(epoch FROM first_seen_at)::float8"
            " FROM dateline.article"
        )
        times = Counter(row[0] for row in rows)
        lost = len(self.vanished | (self.acknowledged - set(times))) + self._unread(rows)
        forgotten = (self.site.urls() | {u for u in self.discovered if "poison" not in u}) - set(times)
        doubled = sum(times.values()) - len(times) + int(self.ask("SELECT count(*)::int FROM dateline.revision")[0][0])
        if counts_fetches:
            doubled += self.site.fetched_again()
        after = [row[4] - self.struck_at for row in rows if self.struck_at and row[4] > self.struck_at]
        return Outcome(
            lost,
            doubled,
            len(forgotten),
            min(after, default=None),
            time.monotonic() - began,
            self.log_tail() if forgotten else "",
        )

    def _is_settled(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=3) as connection:
            stored = {url for (url,) in connection.execute("SELECT url FROM dateline.url WHERE state = 'stored'")}
            return stored >= self.site.urls()
        return False

    def _unread(self, rows: list[tuple[Any, ...]]) -> int:
        """Articles whose page can't be read from any archive folder, or is another page than the site's."""
        archives = [Archive(folder) for folder in (self.folder / "archive", *self.folder.glob("*/archive"))]
        missing = 0
        for url, file, offset, length, _ in rows:
            host, _, where = url.removeprefix("http://").partition("/")
            wanted = self.site.body(host, int(where.rpartition("-")[2].removesuffix(".html")))
            found = None
            for archive in archives:
                with suppress(ArchiveError):
                    found = archive.read(ArchiveRef(file, offset, length)).body
                    break
            missing += found != wanted
        return missing

    def tables(self) -> str:
        """What the tables say of work that was left undone."""
        asked = (
            "SELECT now(), f.host, s.next_due_at, s.last_visit_at, s.last_outcome FROM dateline.feed_state s"
            " JOIN dateline.feed f ON f.id = s.feed_id",
            "SELECT url, state, reason, attempts, next_attempt_at FROM dateline.url WHERE state <> 'stored'",
            "SELECT host, busy, busy_until, next_allowed_at, backoff_until FROM dateline.host_pace",
            "SELECT id, lock, status, worker_id, attempts FROM procrastinate.procrastinate_jobs",
            "SELECT process, queue_workers, seen_at FROM dateline.heartbeat",
        )
        return "\n".join(" ".join(map(str, row)) for statement in asked for row in self.ask(statement))

    def log_tail(self) -> str:
        """The end of what the service said."""
        with suppress(OSError):
            return "\n".join(
                (self.folder / "service.log")
                .read_text(errors="replace")
                .splitlines()[-int(os.environ.get("KILLS_TELL", "12")) :]
            )
        return ""

    def observe(self) -> None:
        """Note every article and every URL that was seen committed, until the run ends."""
        while not self._ended.is_set():
            with suppress(psycopg.Error), psycopg.connect(self.url, autocommit=True, connect_timeout=3) as connection:
                while not self._ended.is_set():
                    present = {url for (url,) in connection.execute("SELECT url FROM dateline.article")}
                    self.vanished |= self.acknowledged - present
                    self.acknowledged |= present
                    self.discovered |= {url for (url,) in connection.execute("SELECT url FROM dateline.url")}
                    time.sleep(LOOK_S)
            time.sleep(LOOK_S)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def staged(template: Path, site: Site, chance: random.Random, **fields: Any) -> Iterator[Stage]:
    """A stage, taken down at the end whatever became of it."""
    folder = Path(tempfile.mkdtemp(prefix="dk-", dir="/tmp"))
    folder.chmod(0o711)
    subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)
    (folder / "marks").mkdir()
    with running(site):
        stage = Stage(template, folder, site, chance, **fields)
        observer = threading.Thread(target=stage.observe, daemon=True)
        observer.start()
        try:
            yield stage
        finally:
            stage._ended.set()
            observer.join(10)
            _take_down(stage)
            shutil.rmtree(folder, ignore_errors=True)


def _take_down(stage: Stage) -> None:
    """End every process of the stage, frozen ones and those of its database included."""
    for process in stage.processes:
        with suppress(psutil.Error):
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                with suppress(psutil.Error):
                    one.kill()
        process.wait()
    if stage._server is not None:
        with suppress(Exception):
            stage._server.stop()
    for one in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            if one.info["name"] == "postgres" and Path(one.cwd()).is_relative_to(stage.folder):
                one.kill()
