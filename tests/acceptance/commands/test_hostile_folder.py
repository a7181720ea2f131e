"""Folders and files beside the user, named like our packages, are never imported: neither by a command nor by its children."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.acceptance.support.site import environment

NAMES = ("crawler", "pipelines", "scheduler", "sql", "dateline", "scrapy", "psycopg", "click")
PROGRAM = str(Path(sys.executable).parent / "dateline")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose packages and modules leave a mark when they are imported, and break what imports them."""
    folder = tmp_path / "hostile"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(
            f"open({str(tmp_path / 'mark')!r}, 'a').write({name + ' '!r})\nraise SystemExit('poison')\n"
        )
    (folder / "json.py").write_text(
        f"open({str(tmp_path / 'mark')!r}, 'a').write('json ')\nraise SystemExit('poison')\n"
    )
    return folder


def run(*words: str, folder: Path, data_dir: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*words[:1], "--data-dir", str(data_dir), *words[1:]]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


def assert_unmarked(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert not mark.exists(), mark.read_text()


def test_up_starts_and_keeps_its_parts(database: str, hostile: Path, tmp_path: Path) -> None:
    env = environment(database, 9)
    log = tmp_path / "log"
    with log.open("wb") as out:
        up = subprocess.Popen(
            [PROGRAM, "--data-dir", str(tmp_path / "data"), "up"], cwd=hostile, env=env, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 90
        while "worker started" not in log.read_text() and "ready" not in log.read_text():
            assert up.poll() is None and time.monotonic() < deadline, log.read_text()
            assert "ended" not in log.read_text(), log.read_text()
            time.sleep(0.1)
        children = psutil.Process(up.pid).children(recursive=True)
        assert all("-P" in child.cmdline() for child in children if "python" in child.name()), log.read_text()
    finally:
        up.terminate()
        assert up.wait(60) == 0, log.read_text()
    assert_unmarked(tmp_path)


@pytest.mark.parametrize("words", [["status"], ["search", "harbour"], ["crawl", "http://nowhere.invalid/a"]])
def test_commands_import_nothing_of_the_folder(database: str, hostile: Path, tmp_path: Path, words: list[str]) -> None:
    done = run(PROGRAM, *words, folder=hostile, data_dir=tmp_path / "data", env=environment(database, 9))
    assert "poison" not in done.stdout + done.stderr and "Traceback" not in done.stderr, done.stderr
    assert_unmarked(tmp_path)


def test_the_embedded_server_is_held_from_there(hostile: Path, short_dir: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    done = run(PROGRAM, "db", "url", "--minutes", "0.01", folder=hostile, data_dir=short_dir / "held", env=env)
    assert done.returncode == 0 and done.stdout.startswith("postgres"), done.stderr
    assert_unmarked(tmp_path)


def test_python_m_from_a_folder_with_some_of_the_names(database: str, hostile: Path, tmp_path: Path) -> None:
    """`python -m dateline` itself can only be found if nothing there has its name, or that of what Python starts with."""
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path / "data"), "extract", "page.html"]
    (hostile / "page.html").write_text("<p>nothing")
    env = environment(database, 9)
    (hostile / "dateline" / "__init__.py").unlink()
    (hostile / "dateline").rmdir()
    done = subprocess.run(command, cwd=hostile, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert "poison" not in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert_unmarked(tmp_path)


def test_a_command_runs_where_the_current_folder_was_deleted(tmp_path: Path) -> None:
    """No process of Python's can start there: the parsing processes died with a traceback."""
    gone = tmp_path / "gone"
    gone.mkdir()
    page = tmp_path / "page.html"
    page.write_text(
        "<title>The ferry sails</title><article><p>" + "The ferry sails again on Monday. " * 40 + "</p></article>"
    )
    words = [
        PROGRAM,
        "--data-dir",
        str(tmp_path / "data"),
        "extract",
        str(page),
        "--url",
        "http://paper.test/2026/05/04/a",
    ]
    script = f"cd '{gone}' && rmdir '{gone}' && exec \"$@\""
    found = subprocess.run(
        ["sh", "-c", script, "sh", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=dict(os.environ),
    )
    assert '"title":"The ferry sails"' in found.stdout, found.stderr
