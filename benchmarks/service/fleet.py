"""The service's real processes for a benchmark: database, scheduler, workers; what CPU each part has used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.service.farm import SUFFIX

PARTS = ("scheduler", "worker", "database", "parent")
PATIENCE_S = 90.0


@dataclass
class Fleet:
    """Processes of the service on one database."""

    url: str
    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _conn: psycopg.Connection[Any] | None = None

    def start(self, *words: str, folder: str = "") -> subprocess.Popen[bytes]:
        """Begin `dateline WORDS` on the fleet's database."""
        home = self.folder / folder if folder else self.folder
        home.mkdir(exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        env |= {
            "DATELINE_DATABASE_URL": self.url,
            "DATELINE_RESOLVE": f"*.{SUFFIX}=127.0.0.1:{self.port}",
            "DATELINE_CONTACT": "bench@dateline.test",
            "DATELINE_CONSOLE_PORT": "0",
            "DATELINE_HEALTH_PORT": "0",
            "DATELINE_LOG_FORMAT": "json",
            **{f"DATELINE_{name.upper()}": value for name, value in self.settings.items()},
        }
        with (self.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dateline", "--data-dir", str(home), *words],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """Stop the processes, in order where they stop by themselves."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(25)
            process.kill()
            process.wait()
        self.processes.clear()
        if self._conn is not None:
            self._conn.close()

    def ask(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement."""
        if self._conn is None:
            # one for good: a new one for each question would cost the server more than what is measured
            self._conn = psycopg.connect(self.url, autocommit=True)
        cursor = self._conn.execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description else []

    def until(self, condition: Callable[[], bool], what: str, *, within_s: float = PATIENCE_S) -> None:
        """Return when it holds."""
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}; see {self.folder / 'service.log'}")
            time.sleep(0.5)

    def until_running(self, workers: int) -> None:
        """Return when a scheduler leads and so many workers wait for jobs."""
        counts = "SELECT count(*) FILTER (WHERE role = 'worker' AND queue_workers <> '{}') FROM dateline.heartbeat"
        leads = "SELECT count(*) FROM dateline.lease WHERE expires_at > now()"
        self.until(lambda: self.ask(counts)[0][0] >= workers and self.ask(leads)[0][0] == 1, "the service does not run")

    def cpu(self) -> Counter[str]:
        """CPU seconds that each part has used so far."""
        used: Counter[str] = Counter(dict.fromkeys(PARTS, 0.0))  # type: ignore[arg-type]
        for process in self.processes:
            for one, seconds in _tree(process.pid):
                used[_part(one)] += seconds  # type: ignore[assignment]
        backend = psutil.Process(self.ask("SELECT pg_backend_pid()")[0][0])
        used["database"] += _server_cpu(backend)  # type: ignore[assignment]
        return used


def _tree(pid: int) -> Iterator[tuple[psutil.Process, float]]:
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                yield one, times.user + times.system


def _part(process: psutil.Process) -> str:
    """The part of the service that a process belongs to; parsing processes are their worker's."""
    own: psutil.Process | None = process
    while own is not None:
        words = own.cmdline()
        for part in ("scheduler", "worker"):
            if part in words:
                return part
        if "up" in words:
            return "parent"
        own = own.parent()
    return "parent"


def _server_cpu(asker: psutil.Process) -> float:
    """CPU seconds of the server's processes, those that have ended among them; not of the backend that asks."""
    server = asker.parent()
    if server is None:
        raise OSError("the server's first process is not to be found")
    ended = server.cpu_times()
    total = float(ended.children_user + ended.children_system)
    return total + sum(seconds for one, seconds in _tree(server.pid) if one.pid != asker.pid)


@contextmanager
def fleet(url: str, folder: Path, port: int, **settings: str) -> Iterator[Fleet]:
    """A fleet whose processes end with the block."""
    made = Fleet(url, folder, port, settings)
    try:
        yield made
    finally:
        made.stop()
