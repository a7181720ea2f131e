"""CPU of a running crawl by role, sampled while it runs: the main process, its parser processes, PostgreSQL; and what idled."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import psutil

from sql.database import connect

ROLES = ("main", "parsers", "postgresql")
_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """CPU seconds of each role up to an instant (seconds since the epoch), and those in which a core of the machine idled."""

    at: float
    seconds: dict[str, float]
    idle_s: float


class CpuByRole:
    """Samples in a thread of its own until the context ends. A process that has ended counts with what it had used."""

    def __init__(self, main: int, postmaster: int) -> None:
        self.samples: list[Sample] = []
        self._main, self._postmaster = psutil.Process(main), psutil.Process(postmaster)
        self._used: dict[str, dict[int, float]] = {role: {} for role in ROLES}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> CpuByRole:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            for role, processes in self._processes().items():
                for process in processes:
                    self._look_at(role, process)
            totals = {role: sum(used.values()) for role, used in self._used.items()}
            self.samples.append(Sample(time.time(), totals, psutil.cpu_times().idle))

    def _processes(self) -> dict[str, list[psutil.Process]]:
        try:
            servers = [self._postmaster, *self._postmaster.children(recursive=True)]
            ours = self._main.children(recursive=True)
        except psutil.NoSuchProcess:
            return {}
        theirs = {process.pid for process in servers}
        parsers = [process for process in ours if process.pid not in theirs]
        return {"main": [self._main], "parsers": parsers, "postgresql": servers}

    def _look_at(self, role: str, process: psutil.Process) -> None:
        try:
            times = process.cpu_times()
        except psutil.Error:
            return
        self._used[role][process.pid] = times.user + times.system

    def between(self, start: float, end: float) -> dict[str, float]:
        """CPU seconds of each role between two instants, as far as samples tell."""
        first, last = self._around(start, end)
        share = (end - start) / (last.at - first.at)
        return {role: (last.seconds[role] - first.seconds[role]) * share for role in ROLES}

    def idle_share(self, start: float, end: float) -> float:
        """The share of the machine's cores that had nothing to do between two instants."""
        first, last = self._around(start, end)
        return (last.idle_s - first.idle_s) / ((last.at - first.at) * psutil.cpu_count())

    def _around(self, start: float, end: float) -> tuple[Sample, Sample]:
        before = (sample for sample in self.samples if sample.at <= start)
        after = (sample for sample in self.samples if sample.at >= end)
        return max(before, key=lambda each: each.at), min(after, key=lambda each: each.at)


def postmaster_of(url: str) -> int:
    """The process id of the PostgreSQL server at a URL, on this machine."""
    with connect(url) as connection:
        return psutil.Process(connection.info.backend_pid).ppid()
