"""What is sent to systemd: over a real datagram socket, by its path and in the abstract namespace, only while all parts live."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scheduler.monitoring.readiness import Readiness
from scheduler.processes.liveness import SIGN_S, VARIABLE, Liveness
from scheduler.processes.systemd import Notifier
from scheduler.watchdog import status_of, watch_over


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A service manager's socket and its name in NOTIFY_SOCKET."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@dateline-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind("\0" + name[1:] if name.startswith("@") else name)
        link.settimeout(20)
        yield name, link


def test_one_datagram_with_its_lines(listener: tuple[str, socket.socket]) -> None:
    name, link = listener
    Notifier(name).tell("READY=1", "STATUS=ready")
    assert link.recv(1000) == b"READY=1\nSTATUS=ready"


def test_a_manager_that_is_gone_or_full_stops_no_process(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).tell("READY=1")
    Notifier(None).tell("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "full"))
        for _ in range(3000):  # more than a socket holds
            Notifier(str(tmp_path / "full")).tell("WATCHDOG=1")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Notifier()),
        ({"NOTIFY_SOCKET": "/run/x"}, Notifier("/run/x")),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000"}, Notifier("@x", 90.0)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "7"}, Notifier("@x", 90.0)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "8"}, Notifier("@x")),
        ({"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "0"}, Notifier()),
    ],
)
def test_notifier_reads_systemds_environment(environment: dict[str, str], expected: Notifier) -> None:
    assert Notifier.from_environment(environment, pid=7) == expected


@dataclass
class Part:
    """A part whose silence is set."""

    role: str
    silent_s: float = 0.0
    ended: list[signal.Signals] = field(default_factory=list)

    def end(self, number: signal.Signals) -> bool:
        self.ended.append(number)
        self.silent_s = 0.0
        return True


async def test_no_word_while_a_part_is_silent_and_death_to_what_hangs(listener: tuple[str, socket.socket]) -> None:
    name, link = listener
    link.setblocking(False)
    loop = asyncio.get_running_loop()
    worker = Part("worker")
    parts = [Part("scheduler"), worker]
    watching = asyncio.create_task(watch_over(parts, Notifier(name, watchdog_s=0.04), hung_s=50.0))

    async def heard() -> bytes:
        return await asyncio.wait_for(loop.sock_recv(link, 1000), 20)

    assert await heard() == b"WATCHDOG=1"
    worker.silent_s = 1.0
    while await heard() != b"STATUS=no sign of life from: worker":
        pass
    assert [await heard() for _ in range(5)] == [b"STATUS=no sign of life from: worker"] * 5
    assert worker.ended == []
    worker.silent_s = 51.0
    while not worker.ended:
        await heard()
    assert worker.ended == [signal.SIGKILL]
    while b"WATCHDOG=1" not in await heard():
        pass
    watching.cancel()


BEATS = """
import asyncio, time, scheduler.processes.liveness
async def main():
    with scheduler.processes.liveness.showing_liveness():
        {}
asyncio.run(main())
"""


class Waking(Part):
    """Silent when it is looked at for the first times, as all parts are when a machine that was suspended goes on."""

    reads = 0

    @property
    def silent_s(self) -> float:  # type: ignore[override]
        self.reads += 1
        return 3600.0 if self.reads <= 6 else 0.0

    @silent_s.setter
    def silent_s(self, value: float) -> None: ...


async def test_a_suspended_machine_costs_no_process_its_life() -> None:
    part = Waking("worker")
    watching = asyncio.create_task(watch_over([part], Notifier(None, watchdog_s=0.04), hung_s=50.0))
    while part.reads < 20:
        await asyncio.sleep(0.01)
    watching.cancel()
    assert part.ended == []


@pytest.mark.parametrize("start_s", [60.0, 0.0])
async def test_a_part_may_take_its_time_to_begin(start_s: float) -> None:
    liveness = Liveness(start_s=start_s)
    await asyncio.sleep(0.01)
    assert (liveness.silent_s > 0) is (start_s == 0)
    liveness.close()


@pytest.mark.parametrize(("work", "lives"), [("await asyncio.sleep(60)", True), ("time.sleep(60)", False)])
async def test_a_loop_that_hangs_has_no_pulse(work: str, *, lives: bool) -> None:
    """In a process of its own: the same program, once with a loop that runs and once with one that is blocked."""
    liveness = Liveness(start_s=0.0)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        BEATS.format(work),
        pass_fds=[liveness.writer],
        env=os.environ | {VARIABLE: str(liveness.writer)},
    )
    liveness.handed_over()
    assert liveness.lived_s == 0, "its imports are no life yet"
    try:
        longest, felt = 0.0, False
        while not felt and longest < 3 * SIGN_S:
            before = liveness.silent_s
            await asyncio.sleep(0.02)
            felt = liveness.silent_s < before
            longest = max(longest, liveness.silent_s) if not lives else 0.0
        assert felt is lives
        assert (liveness.lived_s > 0) is lives
    finally:
        process.kill()
        await process.wait()
        liveness.close()


@pytest.mark.parametrize(
    ("readiness", "line"),
    [
        (Readiness(), "ready"),
        (Readiness(("leader",)), "not ready, missing: leader"),
        (Readiness(("database",), "TimeoutError"), "not ready, missing: database (TimeoutError)"),
    ],
)
def test_status_lines(readiness: Readiness, line: str) -> None:
    assert status_of(readiness) == line
