"""The folders in memory that test runs keep their databases in."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.memory_dirs import own_folder, remove_orphans

OWNER = """
import pathlib, sys
from tests.memory_dirs import own_folder
with own_folder(pathlib.Path(sys.argv[1])) as folder:
    for number in range(200):
        (folder / "db" / str(number) / "base").mkdir(parents=True)
    print(folder, flush=True)
    sys.stdin.read()
"""
REMOVER = "import pathlib, sys; from tests.memory_dirs import remove_orphans; remove_orphans(pathlib.Path(sys.argv[1]))"

SERVER = "import signal; signal.signal(signal.SIGQUIT, signal.SIG_DFL); print(flush=True); signal.pause()"
"""Sets the signal as PostgreSQL does: children of a shell's background job ignore it otherwise."""


@pytest.fixture
def killed_run(tmp_path: Path) -> Path:
    """The folder of a process that was killed while it used it."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        owner.kill()
    return folder


def test_folder_of_a_killed_run_is_removed_by_several_runs_at_once(tmp_path: Path, killed_run: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda _: subprocess.run([sys.executable, "-c", REMOVER, tmp_path], check=True), range(4)):
            pass
    assert not killed_run.exists()


def test_folder_in_use_is_kept(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        subprocess.run([sys.executable, "-c", REMOVER, tmp_path], check=True)
        assert folder.exists()
    assert not folder.exists()


def test_process_that_only_has_the_number_of_a_server_is_left_alone(tmp_path: Path, killed_run: Path) -> None:
    with subprocess.Popen(["sleep", "100"]) as other:
        (killed_run / "postmaster.pid").write_text(f"{other.pid}\n")
        remove_orphans(tmp_path)
        assert not killed_run.exists()
        assert other.poll() is None
        other.kill()


def test_server_of_a_killed_run_is_stopped(tmp_path: Path, killed_run: Path) -> None:
    cluster = killed_run / "db"
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, cwd=cluster, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        (cluster / "postmaster.pid").write_text(f"{server.pid}\n")
        remove_orphans(tmp_path)
        assert not psutil.pid_exists(server.pid)
