"""docker-compose.yml with real containers: a crawl of the newsroom, a worker added, a worker killed, nothing lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from pathlib import Path

import pytest

from dateline.demo.newsroom import Newsroom
from dateline.demo.outlets import OUTLETS
from dateline.sources.toml_files import write_sources_toml
from dateline.types.source import Politeness
from tests.acceptance.support.expected import expected
from tests.containers.engine import EngineError
from tests.containers.stack import Stack, wait_until

pytestmark = pytest.mark.containers

# Slow enough that a worker can be killed between two pages of every outlet.
DELAY_S = 1.2
CRAWL_LIMIT_S = 240.0
EXPECTED = expected(
    Newsroom.fresh(dt.datetime.now(dt.UTC)), 1, is_signed_in=False, is_backfilled=False, has_browser=False
)


@pytest.fixture(scope="module")
def running(stack: Stack) -> Stack:
    """Newsroom, database, migrations, scheduler and one worker, each after what it depends on."""
    stack.start("newsroom")
    services = stack.with_environment(NEWSROOM_ADDRESS=stack.address("newsroom"))
    services.start("scheduler")
    services.start("worker")
    return services


@pytest.fixture(scope="module")
def crawled(running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The newsroom's first round, during which a second worker came and the first one was killed for good."""
    import_sources(running, tmp_path_factory.mktemp("sources"))
    wait_until(lambda: articles(running) >= 5, "the first articles are stored", timeout_s=CRAWL_LIMIT_S)
    running.start("worker", scale=2)
    first, second = running.containers("worker")
    running.await_health(second)
    assert articles(running) < len(EXPECTED.articles), "the crawl was over before a worker could be killed"
    running.engine.podman("kill", "--signal", "KILL", first)
    running.engine.podman("rm", "--force", first)
    try:
        wait_until(lambda: not missing(running), "every article is stored", timeout_s=CRAWL_LIMIT_S)
    except AssertionError as error:
        ledger = running.query("SELECT url, state, reason, attempts FROM dateline.url WHERE state <> 'stored'")
        said = "\n".join(running.logs(running.containers(name)[0]) for name in ("scheduler", "worker"))
        raise AssertionError(f"{error}\nmissing: {missing(running)}\n{ledger}\n{said}") from error
    return running


def import_sources(stack: Stack, folder: Path) -> None:
    """The newsroom's outlets, imported as an operator would: by a container of the worker's definition."""
    polite = [dataclasses.replace(outlet.source, politeness=Politeness(delay_s=DELAY_S)) for outlet in OUTLETS]
    (folder / "sources.toml").write_text(write_sources_toml(polite))
    mounted = ("--volume", f"{folder}/sources.toml:/tmp/sources.toml:ro")
    stack.compose("run", "--rm", "--no-deps", "-T", *mounted, "worker", "sources", "import", "/tmp/sources.toml")


def articles(stack: Stack) -> int:
    return int(stack.query("SELECT count(*) FROM news.articles"))


def stored(stack: Stack) -> list[str]:
    """The canonical URL of each article in the database; as it is, where the newsroom knows none."""
    return [EXPECTED.canonical(url) or url for url in stack.query("SELECT url FROM news.articles").split()]


def missing(stack: Stack) -> set[str]:
    return EXPECTED.articles.keys() - set(stored(stack))


def test_migrations_ran_once_before_anything_else(running: Stack) -> None:
    state = running.inspect(running.containers("migrate")[0])["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)


@pytest.mark.parametrize("service", ["db", "scheduler", "worker"])
def test_every_service_reports_its_health(running: Stack, service: str) -> None:
    running.await_health(running.containers(service)[-1])


@pytest.mark.parametrize("service", ["db", "scheduler", "worker"])
def test_every_service_is_confined(running: Stack, service: str) -> None:
    container = running.containers(service)[-1]
    status = dict(line.split(":\t", 1) for line in running.inside(container, "cat", "/proc/1/status").splitlines())
    assert int(status["Uid"].split()[0]) > 0
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    with pytest.raises(EngineError, match="Read-only file system"):
        running.inside(container, "touch", "/etc/written")


def test_the_database_asks_for_the_password(running: Stack) -> None:
    asked = ("psql", "--no-password", "-h", "127.0.0.1", "-U", "dateline", "-c", "SELECT 1")
    with pytest.raises(EngineError, match="no password supplied"):
        running.inside(running.containers("db")[0], *asked)


def test_the_scheduler_can_not_reach_the_newsroom(running: Stack) -> None:
    address = running.address("newsroom")
    script = f"import socket; socket.create_connection(('{address}', 8700), 3)"
    with pytest.raises(EngineError, match=r"unreachable|timed out"):
        running.inside(running.containers("scheduler")[0], "python", "-c", script)


def test_the_crawl_is_complete_and_nothing_is_doubled(crawled: Stack) -> None:
    assert sorted(stored(crawled)) == sorted(EXPECTED.articles)


def test_pages_are_in_the_archive_of_the_workers(crawled: Stack) -> None:
    found = crawled.inside(crawled.containers("worker")[0], "find", "/var/lib/dateline/archive", "-size", "+0")
    assert ".warc" in found


def test_a_worker_ends_well_within_its_grace_period(crawled: Stack) -> None:
    worker = crawled.containers("worker")[0]
    began = time.monotonic()
    crawled.engine.podman("stop", "--time", "30", worker)
    assert time.monotonic() - began < 25
    assert crawled.inspect(worker)["State"]["ExitCode"] == 0, crawled.logs(worker)


def test_articles_survive_the_container_of_the_database(crawled: Stack) -> None:
    before = articles(crawled)
    crawled.engine.podman("rm", "--force", "--time", "30", crawled.containers("db")[0])
    crawled.start("db")
    crawled.await_health(crawled.containers("db")[0])
    assert articles(crawled) == before
