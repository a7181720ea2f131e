"""`dateline up` beneath systemd: what it tells over a real socket, and the unit itself under systemd's own checks."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.service.test_up import words
from tests.acceptance.support.site import environment, started_process

UNIT = Path(__file__).parents[3] / "deploy/systemd/dateline.service"
WORST_EXPOSURE = 2.0
"""systemd-analyze's measure from 0 (locked away) to 10 (may do all); most services of a distribution have 9 and more."""
needs_systemd = pytest.mark.systemd


def test_ready_alive_silent_and_stopping(short_dir: Path, tmp_path: Path) -> None:
    """A worker that is frozen costs the service its word to the watchdog, and only as long as it is."""
    folder = short_dir / "systemd"
    with EmbeddedServer(folder).running() as url:
        migrate(url)
    env = environment("", 1)
    del env["DATELINE_DATABASE_URL"]
    name = str(short_dir / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(name)
        link.settimeout(60)

        def heard_until(wanted: Callable[[str], bool]) -> list[str]:
            """What came, up to and with the first that is wanted."""
            found = [link.recv(4096).decode()]
            while not wanted(found[-1]):
                found.append(link.recv(4096).decode())
            return found

        env |= {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "6000000"}
        with started_process("up", data_dir=folder, env=env, log=tmp_path / "log") as running:
            before = heard_until(lambda said: "READY=1" in said)
            assert before[-1].endswith("STATUS=ready"), before
            assert sum("READY=1" in said for said in before) == 1
            heard_until(lambda said: "WATCHDOG=1" in said)
            worker = next(one for one in psutil.Process(running.pid).children() if "worker" in words(one))
            assert "NOTIFY_SOCKET" not in worker.environ(), "parts must not speak in the service's name"
            os.kill(worker.pid, signal.SIGSTOP)
            heard_until(lambda said: said == "STATUS=no sign of life from: worker")
            silence = heard_until(lambda said: said == "STATUS=no sign of life from: worker")
            silence += heard_until(lambda said: said == "STATUS=no sign of life from: worker")
            assert not any("WATCHDOG=1" in said for said in silence)
            os.kill(worker.pid, signal.SIGCONT)
            heard_until(lambda said: "WATCHDOG=1" in said)
            running.terminate()
            heard_until(lambda said: said.startswith("STOPPING=1"))
            assert running.wait(25) == 0


def unit_here(tmp_path: Path) -> Path:
    """The unit with a program that this machine has."""
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={Path(sys.executable).parent / 'dateline'}", UNIT.read_text())
    copy = tmp_path / "dateline.service"
    copy.write_text(text)
    return copy


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = analyze("verify", "--man=no", str(unit_here(tmp_path)))
    assert (done.returncode, done.stderr) == (0, "")
    broken = tmp_path / "broken.service"
    broken.write_text(unit_here(tmp_path).read_text().replace("ProtectHome=", "ProtectHome=perhaps\nProtectHouse="))
    assert analyze("verify", "--man=no", str(broken)).stderr


@needs_systemd
def test_the_unit_is_locked_down(tmp_path: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={WORST_EXPOSURE * 10:.0f}", str(unit_here(tmp_path)))
    assert done.returncode == 0, done.stdout


def test_the_unit_waits_for_the_notifications_of_the_service() -> None:
    lines = set(UNIT.read_text().splitlines())
    assert {"Type=notify", "NotifyAccess=main", "KillMode=mixed", "OOMPolicy=continue", "Restart=always"} <= lines
    assert any(line.startswith("WatchdogSec=") for line in lines)
