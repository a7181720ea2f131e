"""The Dockerfile's image, run as docker-compose.yml runs it: read-only, without capabilities, as an unprivileged user."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.containers.engine import Engine, EngineError
from tests.containers.images import ROOT, Images

pytestmark = pytest.mark.containers

LOCKED = ("--rm", "--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL")


@pytest.fixture(scope="module")
def config(engine: Engine, images: Images) -> dict[str, Any]:
    inspected: dict[str, Any] = json.loads(engine.podman("image", "inspect", images.dateline))[0]
    return inspected


def sh(engine: Engine, images: Images, script: str) -> str:
    return engine.podman("run", *LOCKED, "--entrypoint", "sh", images.dateline, "-c", script)


def test_it_runs_dateline_as_an_unprivileged_user_and_knows_its_own_health(config: dict[str, Any]) -> None:
    assert config["Config"]["User"] == "10001:10001"
    assert config["Config"]["Entrypoint"] == ["dateline"]
    assert config["Healthcheck"]["Test"] == ["CMD", "dateline", "healthcheck"]


def test_the_command_works_where_nothing_can_be_written(engine: Engine, images: Images) -> None:
    printed = engine.podman("run", *LOCKED, images.dateline, "--version")
    assert printed.startswith("dateline")
    with pytest.raises(EngineError, match="Read-only file system"):
        sh(engine, images, "touch /var/lib/dateline/archive/x")


def test_everything_that_the_service_imports_is_inside(engine: Engine, images: Images) -> None:
    modules = "scheduler.worker scheduler.leader crawler pipelines sql.schema.migrate dateline.demo.server"
    assert (
        sh(engine, images, f'for m in {modules}; do python -c "import $m" && echo $m; done').split() == modules.split()
    )


def test_build_tools_are_left_out(engine: Engine, images: Images) -> None:
    tools = "for tool in gcc cc make pip git curl; do command -v $tool; done; true"
    assert sh(engine, images, f"PATH=/opt/dateline/bin:/usr/bin:/bin; {tools}") == ""
    assert sh(engine, images, "ls -d /src /etc/pip.conf 2>/dev/null; true") == ""


def test_every_sql_file_is_inside(engine: Engine, images: Images) -> None:
    script = "import sql, pathlib; print(*sorted(p.name for p in pathlib.Path(sql.__file__).parent.rglob('*.sql')))"
    inside = sh(engine, images, f'python -c "{script}"').split()
    assert inside == sorted(path.name for path in (ROOT / "sql").rglob("*.sql"))


def test_bytecode_is_compiled_beforehand(engine: Engine, images: Images) -> None:
    compiled = sh(engine, images, "find /opt/dateline/lib -path '*/scrapy/__pycache__/__init__*.pyc' | wc -l")
    assert compiled.strip() == "1"
