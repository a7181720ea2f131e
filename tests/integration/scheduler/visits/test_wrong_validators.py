"""Servers whose 304 is wrong: the new items are found, the validators are no longer used, the hours count as not covered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from sql.service.coverage import Coverage
from tests.integration.support.feed_site import START, FeedSite, Watch, feed_site, rss, watching

HOUR = dt.timedelta(hours=1)
OLD = [(f"old-{n}", START - n * HOUR) for n in range(3)]
NEW = ("new", START + HOUR)
SPRING = "Mon, 04 May 2026 08:00:00 GMT"


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


def urls(watch: Watch) -> set[str]:
    """The paths in the ledger."""
    return {row[0].rpartition("/")[2] for row in watch.rows("SELECT url FROM dateline.url")}


async def until_found(watch: Watch, minutes: int = 30) -> int:
    """Visit every so many minutes until the new item is known; how many visits that took."""
    for times in range(1, 40):
        await watch.visit(at=watch.now + dt.timedelta(minutes=minutes))
        if "new" in urls(watch):
            return times
    raise AssertionError("the new item was never found")


def test_of_a_server_that_answers_304_for_ever_the_news_are_found(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.is_stuck = True
        site.replies["/feed.xml"] = rss(*OLD, ETag='"1"', Last_Modified=SPRING)
        await watch.visit()
        site.replies["/feed.xml"] = rss(NEW, *OLD, ETag='"2"', Last_Modified=SPRING)
        assert 2 <= await until_found(watch) <= 8
        assert set(watch.outcomes()[1:-1]) == {"false_304"}
        asked = len(site.log)
        for _ in range(9):
            await watch.visit(at=watch.now + HOUR)
        assert [status for _, status in site.log[asked:]] == [200] * 9
        assert set(site.validators[asked:]) == {(None, None)}
        assert watch.outcomes()[-9:] == ["same_body"] * 9

    watching(database, site, scene)


@pytest.mark.parametrize("headers", [{"ETag": '"same"'}, {"ETag": 'W/"same"'}, {"Last_Modified": SPRING}])
def test_a_validator_that_never_changes_is_found_out(site: FeedSite, database: str, headers: dict[str, str]) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*OLD, **headers)
        await watch.visit()
        site.replies["/feed.xml"] = rss(NEW, *OLD, **headers)
        assert await until_found(watch) <= 8
        await watch.visit(at=watch.now + HOUR)
        assert site.validators[-1] == (None, None)

    watching(database, site, scene)


def test_a_last_modified_in_the_future_is_never_sent(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        future = "Sun, 06 Nov 2044 08:49:37 GMT"
        site.replies["/feed.xml"] = rss(*OLD, Last_Modified=future)
        await watch.visit()
        site.replies["/feed.xml"] = rss(NEW, *OLD, Last_Modified=future)
        assert await until_found(watch) == 1
        assert set(site.validators) == {(None, None)}

    watching(database, site, scene)


def test_a_slow_page_is_read_in_full_after_a_day(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.is_stuck = True
        site.replies["/feed.xml"] = rss(*OLD, ETag='"1"')
        await watch.visit()
        site.replies["/feed.xml"] = rss(NEW, *OLD, ETag='"2"')
        assert await until_found(watch, minutes=12 * 60) <= 2

    watching(database, site, scene)


def test_an_honest_server_keeps_its_validators(site: FeedSite, database: str) -> None:
    """It is asked without them now and then, and not suspected for news that came since the last visit."""

    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*OLD, ETag='"1"')
        await watch.visit()
        for _ in range(6):
            await watch.visit(at=watch.now + dt.timedelta(minutes=30))
        site.replies["/feed.xml"] = rss(NEW, *OLD, ETag='"2"')
        await watch.visit(at=watch.now + dt.timedelta(minutes=30))
        assert "new" in urls(watch)
        assert site.validators[-2:] == [(None, None), ('"1"', None)], "read in full, then the old validator is tried"
        for _ in range(20):
            await watch.visit(at=watch.now + dt.timedelta(minutes=30))
        assert watch.outcomes().count("same_body") <= 3
        assert "false_304" not in watch.outcomes()

    watching(database, site, scene)


def test_hours_of_wrong_304_are_not_covered(site: FeedSite, database: str) -> None:
    """Also those between two visits; the hours in which the page was read stay covered."""

    async def scene(watch: Watch) -> None:
        coverage = Coverage(watch.pool)

        async def run(minutes: int) -> None:
            for minute in range(minutes):
                await coverage.mark_up(watch.now + dt.timedelta(minutes=minute))
            watch.now += dt.timedelta(minutes=minutes)
            await coverage.roll_up(watch.now)

        watch.rows("UPDATE dateline.source SET created_at = %s", START)
        site.is_stuck = True
        site.replies["/feed.xml"] = rss(*OLD, ETag='"1"')
        await watch.visit()
        await run(65)
        site.replies["/feed.xml"] = rss(NEW, *OLD, ETag='"2"')
        states = "SELECT state, is_covered FROM news.coverage WHERE hour < %s ORDER BY hour"
        for at in range(1, 21):
            await watch.visit()
            if "new" in urls(watch):
                break
            await run(120)
            assert watch.rows(states, START + HOUR)[0] == ("visited", True), at
        await run(30)
        found = watch.rows(states, watch.now)
        assert found[0] == found[-1] == ("visited", True)
        assert set(found[1:-1]) == {("failed", False)}
        counts = "SELECT sum(unchanged), sum(failed), sum(changed) FROM dateline.coverage_hour"
        ((unchanged, failed, changed),) = watch.rows(counts)
        assert (unchanged, changed) == (0, 2)
        assert failed == watch.outcomes().count("false_304") >= 5
        assert len(found) >= 12

    watching(database, site, scene)


def test_it_is_said_in_the_visits(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.is_stuck = True
        site.replies["/feed.xml"] = rss(*OLD, ETag='"1"')
        await watch.visit()
        site.replies["/feed.xml"] = rss(NEW, *OLD, ETag='"2"')
        await until_found(watch)
        ((detail,),) = watch.rows("SELECT DISTINCT detail FROM dateline.visit WHERE outcome = 'false_304'")
        assert "although the page had changed" in detail

    watching(database, site, scene)
