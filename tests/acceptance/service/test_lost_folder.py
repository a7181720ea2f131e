"""A data folder that vanishes under the running service stops it with an error, and nothing begins in its place."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from sql.server.embedded import EmbeddedServer
from tests.acceptance.service.test_up import free_port, servers, until
from tests.acceptance.support.site import dateline, environment, process


@pytest.fixture
def folder(short_dir: Path) -> Iterator[Path]:
    made = short_dir / f"lost-{free_port()}"
    yield made
    shutil.rmtree(made, ignore_errors=True)


def settings(port: int) -> dict[str, str]:
    env = environment("", 1, health_port=str(port))
    del env["DATELINE_DATABASE_URL"]
    return env


def ready(port: int) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return orjson.loads(answer.read())
    except urllib.error.HTTPError as error:
        return orjson.loads(error.read())
    except OSError:
        return None


def started(port: int) -> None:
    until(lambda: (ready(port) or {}).get("ready") is True, "the service is not ready", 90)


@pytest.mark.parametrize("loss", ["deleted", "database deleted", "replaced by an empty one"])
def test_the_service_stops_with_an_error(loss: str, folder: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with process("up", data_dir=folder, env=settings(port), log=log) as running:
        started(port)
        if loss == "deleted":
            shutil.rmtree(folder, ignore_errors=True)
        elif loss == "database deleted":
            shutil.rmtree(folder / "postgres", ignore_errors=True)
        else:
            folder.rename(folder.with_name(folder.name + "-away"))
            folder.mkdir()
        assert running.wait(40) != 0
    said = log.read_text()
    assert "vanished" in said or "another folder" in said
    assert list(folder.rglob("PG_VERSION")) == []
    if loss == "database deleted":
        again = dateline("status", data_dir=folder, env=settings(0), timeout_s=60)
        assert again.returncode != 0
        assert "is gone" in again.stderr
        assert list(folder.rglob("PG_VERSION")) == []
    assert servers(folder) == []
    shutil.rmtree(folder.with_name(folder.name + "-away"), ignore_errors=True)


def test_an_archive_that_can_t_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with EmbeddedServer(folder).running():
        (folder / "archive").write_text("in the way")
    with process("up", data_dir=folder, env=settings(port), log=log) as running:
        until(lambda: (ready(port) or {}).get("missing") == ["archive"], "readyz does not say it", 90)
        found = ready(port) or {}
        assert found["ready"] is False
        assert "nothing can be written" in str(found["why"])
        (folder / "archive").unlink()
        until(lambda: (ready(port) or {}).get("ready") is True, "it does not resume", 60)
        running.terminate()
        assert running.wait(40) == 0
    assert "fetching pauses: nothing can be written" in log.read_text()
