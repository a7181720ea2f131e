"""Processes that are forked: their title, and that no thread is lost."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dateline.child_process import ForkedProcess, may_fork, without_secrets
from scheduler.processes import warm_start
from scheduler.processes.warm_start import WarmStarter, fork_for

TITLED = """
import sys
from pathlib import Path
from dateline.child_process import set_title
set_title(sys.argv[1].split("|"))
print(repr(Path("/proc/self/cmdline").read_bytes()))
"""


@pytest.mark.parametrize(
    ("words", "shown"), [("python|dateline|worker", b"python dateline worker"), ("w" * 2000, b"w" * 1000)]
)
def test_a_title_is_what_ps_shows_as_far_as_there_is_room(words: str, shown: bytes) -> None:
    command = [sys.executable, "-c", TITLED, words]
    found = ast.literal_eval(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert found.partition(b"\0")[0].startswith(shown)
    assert len(found) <= len(" ".join(command)) + 1


def test_a_process_that_parses_keeps_no_secret_of_its_environment() -> None:
    """A login's variable may have any name: what is kept is listed, not what is left out."""
    forget = (
        "import os, pathlib; from dateline.child_process import forget_secrets; forget_secrets();"
        " print(dict(os.environ), pathlib.Path('/proc/self/environ').read_bytes())"
    )
    secrets = {"DATELINE_DATABASE_URL": "s3cret", "PAPER_LOGIN": "s3cret", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    kept = without_secrets(os.environ)
    command = [sys.executable, "-c", forget]
    shown = subprocess.run(command, env=kept | secrets, capture_output=True, check=True, text=True).stdout
    assert shown.startswith(str(kept)[:-1])
    assert "s3cret" not in shown


def test_nothing_is_forked_while_another_thread_runs() -> None:
    """A lock that it holds would be held for ever in the child."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not may_fork()
        with pytest.raises(OSError, match="another thread runs"):
            fork_for(os.getppid())
    finally:
        done.set()
        thread.join()


async def test_a_process_that_forks_and_is_frozen_holds_up_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_start, "ANSWER_S", 0.1)
    starter = WarmStarter(["python", "dateline"], os.environ)
    starter.begin()
    try:
        assert starter._process is not None
        frozen = starter._process.pid
        os.kill(frozen, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await starter.start("worker", {}, {})
        assert not Path(f"/proc/{frozen}").exists()
        with pytest.raises(OSError, match="being started again"):
            await starter.start("worker", {}, {})
    finally:
        starter.close()


def test_a_forked_process_is_reaped_once() -> None:
    code = "import os, sys; sys.exit(7)"
    child = ForkedProcess(os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", code], os.environ))
    assert child.wait() == child.poll() == 7
    child.kill()
    assert not Path(f"/proc/{child.pid}").exists()
