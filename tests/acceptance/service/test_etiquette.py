"""How a scheduler, four workers and a one-off crawl, each a process, treat hosts together: by the servers' own log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

from sql.database import connect
from sql.frontier.sources import upsert_source
from tests.acceptance.support.site import environment, process
from tests.acceptance.support.strict_sites import ASKS_FOR, PLAIN, ROBOTS, SLOW_PAGES, StrictSites, strict_sites
from tests.conftest import clone

WORKERS = 4
DELAY_S, CRAWL_DELAY_S, SLACK_S = 0.2, 1.5, 0.02
LIMIT_S = 120.0
DUE_AGAIN = (
    "UPDATE dateline.feed_state s SET next_due_at = now() FROM dateline.feed f"
    " WHERE f.id = s.feed_id AND f.host <> 'slow.test' AND s.next_due_at > now()"
)
"""Whatever the visits say, refused ones too: only the hosts' own rules keep the workers from asking. (A host that always has
something due is given back after minutes; a crawl of it waits so long.)"""
PLAINS = [f"plain{n}.test" for n in range(PLAIN)]


@pytest.fixture(scope="module")
def own_database(postgres_url: str, template: str) -> Iterator[str]:
    """One that no other test's sources are in: what is asked of their hosts has a pace of its own."""
    yield from clone(postgres_url, template)


@pytest.fixture(scope="module")
def visited(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictSites]:
    """The sites after all that the tests look at has happened."""
    folder = tmp_path_factory.mktemp("etiquette")
    with strict_sites() as sites, ExitStack() as processes:
        with connect(own_database, autocommit=True) as connection:
            for source in sites.sources():
                upsert_source(connection, source)
        env = environment(own_database, sites.port, delay_s=str(DELAY_S), extraction_workers="1", recheck_ages="")
        for number in range(WORKERS):
            home = folder / f"worker{number}"
            home.mkdir()
            processes.enter_context(process("worker", data_dir=home, env=env, log=folder / "service.log"))
        processes.enter_context(process("scheduler", data_dir=folder, env=env, log=folder / "service.log"))
        pages = [f"http://slow.test/report-{n}-by-hand.html" for n in range(2)]
        crawl = processes.enter_context(process("crawl", *pages, data_dir=folder, env=env, log=folder / "crawl.log"))
        deadline = time.monotonic() + LIMIT_S
        with connect(own_database, autocommit=True) as connection:
            while awaited(sites) or crawl.poll() is None:
                assert time.monotonic() < deadline, (
                    awaited(sites),
                    crawl.poll(),
                    [r.path for r in sites.asked("slow.test")],
                )
                connection.execute(DUE_AGAIN)
                time.sleep(0.3)
        assert crawl.returncode == 0
        yield sites


def awaited(sites: StrictSites) -> list[str]:
    """Hosts at which not all has happened yet."""
    found = [host for host in PLAINS if len(sites.asked(host, "/feed0.xml")) < 4]
    for name in ASKS_FOR:
        requests = sites.asked(f"{name}.test")
        if not any(one.until for one in requests) or requests[-1].began < max(one.until for one in requests):
            found.append(name)
    enough = {"slow.test": SLOW_PAGES + 4, "paced.test": 4, "broken.test": 1}
    found += [host for host, count in enough.items() if len(sites.asked(host)) < count]
    pages = {"/report-1-a.html", "/private/open-3.html"}
    return found + ["walled.test"] * bool(pages - {one.path for one in sites.asked("walled.test")})


def test_nothing_is_asked_before_retry_after(visited: StrictSites) -> None:
    """In seconds after 429, as a date after 503; for every page of the host, by every worker."""
    for name in ASKS_FOR:
        requests = visited.asked(f"{name}.test")
        [refusal] = [one for one in requests if one.until]
        early = [one for one in requests if refusal.ended < one.began < refusal.until - SLACK_S]
        assert early == []
        assert any(one.began > refusal.until for one in requests), "it was asked again"


def test_nothing_disallowed_is_asked_for(visited: StrictSites) -> None:
    paths = {one.path for one in visited.asked("walled.test")}
    assert not {path for path in paths if path.startswith("/private/report") or path.endswith(".json")}


def test_nothing_is_asked_of_a_host_whose_robots_txt_is_broken(visited: StrictSites) -> None:
    assert {one.path for one in visited.asked("broken.test")} == {"/robots.txt"}
    assert len(visited.asked("broken.test")) == 1, "and that not every second"


def test_robots_txt_comes_first_and_once_for_all_workers(visited: StrictSites) -> None:
    for host in (*PLAINS, *(f"{name}.test" for name in ROBOTS)):
        paths = [one.path for one in visited.asked(host)]
        assert paths[0] == "/robots.txt"
        assert paths.count("/robots.txt") == 1


def test_no_host_is_asked_twice_at_once(visited: StrictSites) -> None:
    """At a slow host a crawl wants pages while the service fetches others."""
    for host in {one.host for one in visited.log}:
        for earlier, later in pairwise(visited.asked(host)):
            assert later.began >= earlier.ended, (host, earlier.path, later.path)
    assert len({one.path for one in visited.asked("slow.test") if "by-hand" in one.path}) == 2


def test_each_hosts_pace_is_kept(visited: StrictSites) -> None:
    for host in {one.host for one in visited.log}:
        # what robots.txt asks for is known only when it has been read
        requests = [one for one in visited.asked(host) if one.path != "/robots.txt"]
        pace = CRAWL_DELAY_S if host == "paced.test" else DELAY_S
        gaps = [later.began - earlier.ended for earlier, later in pairwise(requests)]
        assert min(gaps, default=pace) >= pace - SLACK_S, host


def test_unchanged_feeds_are_answered_304(visited: StrictSites) -> None:
    """After six such answers a page is read in full once, in case its validators are wrong."""
    again = [one for host in PLAINS for one in visited.asked(host, "/feed0.xml")[1:]]
    assert len(again) >= 3 * PLAIN
    assert sum(one.status == 304 for one in again) >= 0.85 * len(again)
