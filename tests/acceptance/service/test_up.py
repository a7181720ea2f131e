"""`dateline up` as its users run it: ready, asked, stopped, killed in parts and as a whole, and started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import psutil
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dateline.urls import url_key
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.support.logged_site import Sites, logged_sites
from tests.acceptance.support.site import dateline, environment, process

LIMIT_S = 120.0
NAMES = {
    "dateline_fetches",
    "dateline_articles",
    "dateline_publish_to_store_seconds",
    "dateline_frontier_urls",
    "dateline_source_last_success_timestamp_seconds",
}


def until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Return when it holds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@dataclass
class Service:
    """A running `dateline up` on a data folder of its own, and what can be asked of it."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    log: Path

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/readyz")[0] == 200

    def child(self, role: str) -> int:
        """The pid of the scheduler or the worker, as soon as there is one."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [c.pid for c in psutil.Process(self.process.pid).children() if role in words(c)]
            return bool(found)

        until(is_there, f"there is no {role}")
        return found[0]

    def events(self, text: str) -> int:
        return sum(text in line for line in self.log.read_text().splitlines())


def words(one: psutil.Process) -> list[str]:
    try:
        return one.cmdline()
    except psutil.Error:
        return []


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def servers(folder: Path) -> list[int]:
    """The processes of the folder's PostgreSQL."""
    found = []
    for one in psutil.process_iter(["pid", "name"]):
        try:
            if one.info["name"] == "postgres" and Path(one.cwd()).is_relative_to(folder.resolve()):
                found.append(one.pid)
        except psutil.Error:
            continue
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(short_dir: Path) -> Path:
    """A data folder whose database is there already; initdb takes its time."""
    folder = short_dir / "up"
    with EmbeddedServer(folder).running() as url:
        migrate(url)
    return folder


@pytest.fixture
def sites() -> Iterator[Sites]:
    with logged_sites() as served:
        yield served


@pytest.fixture
def folder(cluster: Path) -> Iterator[Path]:
    """The data folder without any source or article."""
    with EmbeddedServer(cluster).running() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE dateline.source, dateline.article, dateline.url, dateline.host_pace, dateline.heartbeat CASCADE"
        )
        connection.execute("TRUNCATE procrastinate.procrastinate_jobs CASCADE")
    yield cluster
    until(lambda: not servers(cluster), "PostgreSQL was left behind")


def settings_for(sites: Sites, port: int = 0, console_port: int = 0) -> dict[str, str]:
    env = environment("", sites.port, health_port=str(port), console_port=str(console_port), delay_s="0.05")
    del env["DATELINE_DATABASE_URL"]
    return env


@contextmanager
def up(folder: Path, sites: Sites, tmp_path: Path, *, console_port: int = 0) -> Iterator[Service]:
    port = free_port()
    log = tmp_path / f"up-{port}.log"
    with process("up", data_dir=folder, env=settings_for(sites, port, console_port), log=log) as running:
        service = Service(running, folder, port, log)
        until(service.is_ready, "not ready")
        try:
            yield service
        finally:
            if running.poll() is None:
                running.terminate()
                try:
                    assert running.wait(25) == 0, log.read_text()
                except subprocess.TimeoutExpired:
                    pytest.fail(f"SIGTERM did not end it:\n{log.read_text()}")


@contextmanager
def database(folder: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The service's own database; it must run already, or is started for the block."""
    with EmbeddedServer(folder).running() as url, connect(url, autocommit=True) as connection:
        yield connection


def make_due(connection: psycopg.Connection[tuple[object, ...]], ago_s: float = 0) -> None:
    connection.execute("UPDATE dateline.feed_state SET next_due_at = now() - make_interval(secs => %s)", [ago_s])


def count(connection: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    row = connection.execute(f"SELECT count(*)::int FROM {table}".encode()).fetchone()
    return int(row[0]) if row else -1  # type: ignore[call-overload]


def test_ready_measured_and_led_from_the_command_line(folder: Path, sites: Sites, tmp_path: Path) -> None:
    console = free_port()
    with up(folder, sites, tmp_path, console_port=console) as service, database(folder) as connection:
        upsert_source(connection, sites.source("bay"))
        until(lambda: count(connection, "dateline.article") == sites.pages, "not stored")
        until(lambda: service.get("/healthz", console)[0] == 200, "no console")
        assert orjson.loads(service.get("/overview.json", console)[1])["figures"]["articles"] == sites.pages
        assert service.get("/healthz") == (200, "ok\n")
        status, text = service.get("/metrics")
        assert status == 200
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert set(families) >= NAMES
        stored = {
            sample.labels["state"]: sample.value
            for sample in families["dateline_frontier_urls"].samples
            if sample.value
        }
        assert stored == {"stored": sites.pages}

        lines_tell_of_their_visit(service.log, sites)

        def lead(*line: str) -> None:
            done = dateline(*line, data_dir=folder, env=settings_for(sites))
            assert done.returncode == 0, done.stderr

        lead("healthcheck", "--role", "worker")
        lead("sources", "pause", "bay")
        make_due(connection)
        # another source's visit proves that a tick has passed in which the paused one was due
        upsert_source(connection, sites.source("cape"))
        until(lambda: sites.visits("cape") == 1, "not visited")
        assert sites.visits("bay") == 1
        lead("sources", "resume", "bay")
        until(lambda: sites.visits("bay") == 2, "not resumed")
        lead("sources", "run", "bay")
        until(lambda: sites.visits("bay") == 3, "not run")
        until(
            lambda: count(connection, "dateline.article") == 2 * sites.pages, "the other source's pages are not stored"
        )
        before = count(connection, "dateline.fetch")
        lead("crawl", "bay")
        assert sites.visits("bay") == 4
        assert count(connection, "dateline.fetch") == before, "nothing new, nothing fetched"


def lines_tell_of_their_visit(log: Path, sites: Sites) -> None:
    """Each line about a visit or a page carries source, url, and one id for all of the same run at a host."""
    lines = [orjson.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    told = [line for line in lines if line["logger"] in ("scheduler.visits.feed_visit", "scheduler.visits.page_fetch")]
    assert {line["event"] for line in told} == {"visited", "fetched"}
    assert {line["url"] for line in told} == {
        "http://bay.test/feed.xml",
        *(sites.url("bay", n) for n in range(sites.pages)),
    }
    assert {(line["source"], line["host"]) for line in told} == {("bay", "bay.test")}
    ids = {line["visit"] for line in told}
    assert len(ids) == 1
    assert re.fullmatch("[0-9a-f]{8}", ids.pop())


def test_sigterm_finishes_slow_pages(folder: Path, sites: Sites, tmp_path: Path) -> None:
    """Also when the worker gets one of its own beside its parent's: a second SIGTERM cuts nothing off."""
    sites.slow_s = 3.0
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        up(folder, sites, tmp_path, console_port=taken.getsockname()[1]) as service,
        database(folder) as connection,
    ):
        until(lambda: service.events("DATELINE_CONSOLE_PORT"), "nothing said of the console's taken port")
        upsert_source(connection, sites.source("bay"))
        until(
            lambda: sites.present["bay.test"] == 1 and sites.visits("bay") == 1 and not sites.answered[page(sites)],
            "not begun",
        )
        until(lambda: sites.asked[page(sites)], "not begun")
        worker = service.child("worker")
        assert os.getpgid(worker) != os.getpgid(service.process.pid), "a terminal's Ctrl-C would reach it, too"
        # as systemd does: to all of them
        os.kill(worker, signal.SIGTERM)
        service.process.terminate()
        began = time.monotonic()
        assert service.process.wait(25) == 0, service.log.read_text()
        assert time.monotonic() - began < 20
        titles = connection.execute("SELECT url FROM dateline.article").fetchall()
        asked = {
            url for url in (sites.url("bay", n) for n in range(sites.pages)) if sites.asked[url.removeprefix("http://")]
        }
        assert {row[0] for row in titles} == asked, "what was asked for was not stored"
        assert len(asked) < sites.pages, "it went on to other pages"
        assert count(connection, "procrastinate.procrastinate_jobs") == 0
        assert count(connection, "dateline.heartbeat") == 0
    assert servers(folder) == []


def page(sites: Sites) -> str:
    return sites.url("bay", 0).removeprefix("http://")


def test_killed_parts_are_restarted(folder: Path, sites: Sites, tmp_path: Path) -> None:
    """Worker, scheduler, database: each time the next visit takes place, soon.

    A part is forked by a process that has imported everything. When that dies, the parts live on; the next starts from nothing.
    """
    with up(folder, sites, tmp_path) as service, EmbeddedServer(folder).running() as url:
        with connect(url, autocommit=True) as connection:
            upsert_source(connection, sites.source("bay"))
            until(lambda: count(connection, "dateline.article") == sites.pages, "not stored")
        for visits, role in enumerate(("worker", "scheduler", "database"), start=2):
            if role == "database":
                with connect(url) as connection:
                    victim = psutil.Process(connection.info.backend_pid).ppid()
            else:
                victim = service.child(role)
            os.kill(victim, signal.SIGKILL)
            until(lambda v=victim: not is_alive(v), "kill -9 does not kill")  # type: ignore[misc]
            until(service.is_ready, f"{role} did not come back")
            with connect(url, autocommit=True) as connection:
                make_due(connection)
            until(lambda n=visits: sites.visits("bay") == n, f"no visit after the {role}'s death")  # type: ignore[misc]
            if role == "worker":
                assert service.events("starts from nothing") == 0, service.log.read_text()
                os.kill(service.child("scheduler.processes.warm_start"), signal.SIGKILL)
        assert service.events("starts from nothing") == 1
        assert service.events("a part of the service exited; restarting") == 2
        assert service.events("the embedded database is back") == 1


def test_children_die_with_their_parent_and_the_next_start_adopts_the_database(
    folder: Path, sites: Sites, tmp_path: Path
) -> None:
    with up(folder, sites, tmp_path) as service:
        children = [one.pid for one in psutil.Process(service.process.pid).children(recursive=True)]
        service.process.kill()
        service.process.wait()
        until(lambda: not any(map(is_alive, children)), "children live on")
        left = servers(folder)
        assert left, "who would have stopped it?"
    status = dateline("status", "--json", data_dir=folder, env=settings_for(sites))
    assert orjson.loads(status.stdout)["processes"] == [], status.stderr
    assert servers(folder) == [], "the last one to leave stops it"


def test_a_restart_neither_repeats_nor_misses_a_visit(folder: Path, sites: Sites, tmp_path: Path) -> None:
    """What fell due three times while the service was down is made up once, and the schedule keeps to its grid."""
    with database(folder) as connection:
        upsert_source(connection, sites.source("bay", schedule="every 1h"))
        upsert_source(connection, sites.source("cape", schedule="every 1h"))
        with up(folder, sites, tmp_path):
            until(lambda: sites.visits("bay") == sites.visits("cape") == 1, "not visited")
            until(lambda: count(connection, "dateline.article") == 2 * sites.pages, "not stored")
        connection.execute(
            "UPDATE dateline.feed_state SET next_due_at = date_trunc('hour', now()) - interval '3 hours' + interval '10 minutes'"
            " WHERE feed_id = (SELECT id FROM dateline.feed WHERE host = 'bay.test')"
        )
        with up(folder, sites, tmp_path):
            until(lambda: sites.visits("bay") == 2, "a visit was missed")
            connection.execute(
                "UPDATE dateline.feed_state SET next_due_at = now()"
                " WHERE feed_id = (SELECT id FROM dateline.feed WHERE host = 'cape.test')"
            )
            until(lambda: sites.visits("cape") == 2, "not visited")
            assert sites.visits("bay") == 2, "a visit was repeated"
        due = connection.execute(
            "SELECT extract(minute FROM next_due_at)::int, next_due_at > now() FROM dateline.feed_state s"
            " JOIN dateline.feed f ON f.id = s.feed_id WHERE f.host = 'bay.test'"
        ).fetchone()
        assert due == (10, True)
        assert count(connection, "dateline.article") == 2 * sites.pages
        assert all(times == 1 for url, times in sites.asked.items() if url.endswith(".html"))


def test_two_schedulers_and_two_workers_do_everything_once(database: str, tmp_path: Path) -> None:
    hosts = [f"site{n}" for n in range(8)]
    with logged_sites(pages=4) as sites, connect(database, autocommit=True) as connection:
        env = environment(database, sites.port, extraction_workers="1")
        for host in hosts:
            upsert_source(connection, sites.source(host, delay_s=0.02))

        def is_quiet() -> bool:
            return (
                count(connection, "dateline.article") == len(hosts) * sites.pages
                and count(connection, "procrastinate.procrastinate_jobs") == 0
            )

        def run(role: str, number: int):  # type: ignore[no-untyped-def]
            return process(role, data_dir=tmp_path / f"{role}{number}", env=env, log=tmp_path / f"{role}{number}.log")

        with run("scheduler", 1), run("scheduler", 2), run("worker", 1), run("worker", 2):
            for due in (1, 2, 3):
                until(lambda n=due: all(sites.visits(host) == n for host in hosts), f"round {due}: {sites.asked}")  # type: ignore[misc]
                until(is_quiet, f"round {due} did not end")
                if due < 3:
                    make_due(connection)
        fetched = {url: times for url, times in sites.asked.items() if url.endswith(".html")}
        assert fetched == {sites.url(host, n).removeprefix("http://"): 1 for host in hosts for n in range(sites.pages)}
        assert [sites.visits(host) for host in hosts] == [3] * len(hosts)
        assert sites.most == dict.fromkeys((f"{host}.test" for host in hosts), 1), "two at once at a host"
        keys = {row[0] for row in connection.execute("SELECT url_key FROM dateline.article")}
        assert keys == {url_key(sites.url(host, n)) for host in hosts for n in range(sites.pages)}
        leads = [(tmp_path / f"scheduler{n}.log").read_text().count("became leader") for n in (1, 2)]
        assert sorted(leads) == [0, 1]


def test_the_first_start_says_what_it_does(short_dir: Path, sites: Sites, tmp_path: Path) -> None:
    """It was silent for up to half a minute."""
    fresh = short_dir / "fresh"
    with up(fresh, sites, tmp_path) as service:
        until(lambda: service.events("ready"), "it does not say that it is ready")
        said = service.log.read_text()
    steps = ("creating the database", "starting the database", "preparing the database's schema", "starting scheduler")
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    assert f"http://127.0.0.1:{service.port}/readyz" in said
