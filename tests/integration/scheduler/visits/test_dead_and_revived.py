"""Feeds that die, move, come back, or are announced again: real visits against a site on loopback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from scheduler.cadence.next_visit import DEAD_S, LONGEST_S
from scheduler.cadence.publishing_rate import PublishingRate, level
from scheduler.visits.followed_redirects import PermanentRedirect, redirect_after
from scheduler.visits.source_recovery import SourceRecovery
from sql.database import connect
from sql.frontier.feeds import LostSources
from sql.frontier.sources import get_sources, upsert_source
from tests.integration.support.feed_site import (
    FEED,
    HOME,
    HOST,
    START,
    FeedSite,
    Reply,
    Watch,
    feed_site,
    moved,
    rss,
    source,
    watching,
)

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
GONE, NOT_FOUND, BROKEN = Reply(status=410), Reply(status=404), Reply(status=500)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


def hourly(end: dt.datetime, count: int = 20) -> list[tuple[str, dt.datetime]]:
    """Items of the last hours before an instant."""
    return [(f"news-{at:%m%d-%H%M}", at) for at in (end - n * HOUR for n in range(1, count + 1))]


def teach(watch: Watch, days: int) -> Iterator[dt.datetime]:
    """Instants of visits, every six hours for some days."""
    for step in range(days * 4):
        yield START + step * 6 * HOUR


@pytest.mark.parametrize(
    ("reply", "visits_until_dead"),
    [(NOT_FOUND, 10), (GONE, 2), (BROKEN, 20), (Reply(b"<html><title>Log in</title></html>", HTML), 20)],
)
def test_a_feed_that_fails_waits_longer_and_longer_and_is_then_tried_weekly(
    site: FeedSite, database: str, reply: Reply, visits_until_dead: int
) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = reply
        waits = []
        for _ in range(visits_until_dead + 2):
            state = await watch.when_due()
            waits.append((state.next_due_at - watch.now).total_seconds())
        assert all(wait <= 1.1 * LONGEST_S for wait in waits[: visits_until_dead - 1])
        assert all(DEAD_S <= wait <= 1.1 * DEAD_S for wait in waits[visits_until_dead - 1 :])

    watching(database, site, scene)


def test_a_dead_feed_that_comes_back_has_its_publishing_rate_at_once(site: FeedSite, database: str) -> None:
    """It was hourly; two months of nothing by the publisher's fault say nothing of how it publishes."""

    async def scene(watch: Watch) -> None:
        for at in teach(watch, 14):
            site.replies["/feed.xml"] = rss(*hourly(at))
            await watch.visit(at=at)
        before = await watch.feed()
        usual = before.next_due_at - watch.now
        site.replies["/feed.xml"] = BROKEN
        for _ in range(30):
            dead = await watch.when_due()
        assert watch.now - START > 60 * DAY
        assert dead.failures == 10
        site.replies["/feed.xml"] = rss(*hourly(START + 14 * DAY), ("back-again", dead.next_due_at - HOUR / 2))
        revived = await watch.when_due()
        assert revived.failures == 0
        assert revived.next_due_at - watch.now < 2 * usual
        rates = [level(publishing, watch.now.timestamp()) for publishing in map(rhythm_of, (before, revived))]
        assert 20 < rates[1] < 30, "items per day, as before"

    watching(database, site, scene)


def rhythm_of(feed: object) -> PublishingRate:
    """What was learned of a watched page."""
    publishing = PublishingRate.from_numbers(getattr(feed, "rhythm", None) or [])
    assert publishing is not None
    return publishing


# Moved -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_moved_for_good_is_watched_where_it_is(site: FeedSite, database: str, status: int) -> None:
    new = "http://bay.test/news/feed.xml"

    async def scene(watch: Watch) -> None:
        site.replies["/news/feed.xml"] = rss(*hourly(START), ETag='"1"')
        await watch.visit()
        site.replies["/feed.xml"] = moved("/news/feed.xml", status)
        taught = len(watch.rows("SELECT 1 FROM dateline.feed_rhythm"))
        for step in range(1, 4):
            await watch.visit(at=START + step * 8 * HOUR)
            assert (await watch.feed()).moving_times == step
        await watch.visiting(at=START + 40 * HOUR)
        assert (await watch.feed(new)).moving_url is None
        assert len(watch.rows("SELECT 1 FROM dateline.feed_rhythm")) == taught == 1, "it is the same page"
        log = len(site.log)
        await watch.visit(new)
        assert site.log[log:] == [("/news/feed.xml", 304)], "asked for where it is, with its validators"
        # a definition that still has the former address means the same page
        with connect(watch.url, autocommit=True) as connection:
            assert not upsert_source(connection, source()).is_changed
            (found,) = get_sources(connection, ["bay"])
        assert [page.url for page in found.watched] == [new]

    site.replies["/feed.xml"] = rss(*hourly(START))
    watching(database, site, scene)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_redirect_that_is_not_for_good_moves_nothing(site: FeedSite, database: str, status: int) -> None:
    async def scene(watch: Watch) -> None:
        for step in range(6):
            assert (await watch.visit(at=START + step * DAY)).moving_url is None

    site.replies = {"/feed.xml": moved("/elsewhere.xml", status), "/elsewhere.xml": rss(*hourly(START))}
    watching(database, site, scene)


def test_a_redirect_that_is_taken_back_or_leads_to_no_feed_moves_nothing(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = moved("/new.xml")
        for step in range(2):
            await watch.visit(at=START + step * DAY)
        site.replies["/feed.xml"] = rss(*hourly(START))
        assert (await watch.visit(at=START + 2 * DAY)).moving_url is None
        site.replies |= {"/feed.xml": moved("/"), "/": Reply(b"<html><title>Bay</title><p>Hello</html>", HTML)}
        for step in range(3, 8):
            state = await watch.visit(at=START + step * DAY)
        assert (state.url, state.moving_url) == (FEED, None)
        assert watch.outcomes()[-1] == "no_feed"

    site.replies["/new.xml"] = rss(*hourly(START))
    watching(database, site, scene)


def test_a_page_that_moved_to_where_another_is_watched_gives_way(site: FeedSite, database: str) -> None:
    other = "http://bay.test/other.xml"

    async def scene(watch: Watch) -> None:
        with connect(watch.url, autocommit=True) as connection:
            upsert_source(connection, source("adaptive", FEED, other))
        site.replies |= {"/feed.xml": moved("/other.xml"), "/other.xml": rss(*hourly(START))}
        for step in range(3):
            await watch.visiting(at=START + step * DAY)
        active = "SELECT url FROM dateline.feed WHERE is_active"
        assert watch.rows(active) == [(other,)]
        with connect(watch.url, autocommit=True) as connection:
            upsert_source(connection, source("adaptive", FEED))
        assert watch.rows(active) == [(other,)]

    watching(database, site, scene)


def test_a_move_holds_for_three_visits_over_a_day() -> None:
    known, followed = None, []
    for hours in (0, 1, 2, 3, 23, 24):
        known = redirect_after(known, "https://new.test/", now=START + hours * HOUR)
        assert known is not None
        followed.append(known.is_followed)
    assert followed == [False] * 5 + [True]
    assert redirect_after(known, "https://other.test/", now=START) == PermanentRedirect("https://other.test/", 1, START)
    assert redirect_after(known, None, now=START) is None


# Lost ------------------------------------------------------------------------------------------------------------------


def scouted(watch: Watch) -> None:
    """Let the visitor look for the pages of lost sources."""
    visitor = watch.visitor
    visitor.context.source_recovery = SourceRecovery(
        visitor.context.fetcher,
        visitor.context.parser_pool,
        LostSources(watch.pool),
        visitor.context.settings,
        lambda: watch.now,
    )


def home(*feeds: str) -> Reply:
    """A home page that declares feeds."""
    links = "".join(f"<link rel=alternate type=application/rss+xml href='{feed}'>" for feed in feeds)
    return Reply(f"<html><head><title>Bay</title>{links}</head><body><p>News of the bay</body></html>".encode(), HTML)


def watched(watch: Watch) -> list[str]:
    """Addresses of the source's watched pages."""
    return [row[0] for row in watch.rows("SELECT url FROM dateline.feed WHERE is_active ORDER BY url")]


def test_a_source_whose_feed_is_lost_is_watched_where_its_home_page_points(site: FeedSite, database: str) -> None:
    new = f"{HOME}wire.xml"

    async def scene(watch: Watch) -> None:
        scouted(watch)
        site.replies |= {"/feed.xml": NOT_FOUND, "/": home("/wire.xml"), "/wire.xml": rss(*hourly(START))}
        for _ in range(2):
            await watch.when_due()
        assert watched(watch) == [FEED], "two failures are a bad day"
        await watch.when_due()
        assert watched(watch) == [FEED, new]
        assert watch.now - START < 2 * DAY
        assert watch.rows("SELECT outcome, added FROM dateline.scouting") == [("found", 1)]
        state = await watch.visit(new)
        assert state.failures == 0
        assert watch.rows("SELECT count(*) FROM dateline.url") == [(20,)]

    watching(database, site, scene)


def test_a_source_with_a_living_page_is_left_as_its_operator_made_it(site: FeedSite, database: str) -> None:
    living = f"{HOME}politics.xml"

    async def scene(watch: Watch) -> None:
        scouted(watch)
        with connect(watch.url, autocommit=True) as connection:
            upsert_source(connection, source("adaptive", FEED, living))
        site.replies |= {
            "/feed.xml": GONE,
            "/": home("/sport.xml"),
            "/sport.xml": rss(*hourly(START)),
            "/politics.xml": rss(*hourly(START)),
        }
        await watch.visit(living)
        for _ in range(3):
            await watch.when_due()
        assert watched(watch) == [FEED, living]
        assert site.asked("/") == []

    watching(database, site, scene)


def test_a_lost_source_is_looked_for_once_a_week_whichever_of_its_pages_is_tried(site: FeedSite, database: str) -> None:
    other = f"{HOME}other.xml"

    async def scene(watch: Watch) -> None:
        scouted(watch)
        with connect(watch.url, autocommit=True) as connection:
            upsert_source(connection, source("adaptive", FEED, other))
        site.replies |= {"/feed.xml": GONE, "/other.xml": GONE, "/": home()}
        while watch.now - START < 9 * DAY:
            await watch.visiting(other, at=watch.now)
            await watch.when_due()
        assert watch.outcomes().count("http_410") >= 6
        assert len(site.asked("/")) == 3, "in the first hour, after a week, after two"
        assert watch.rows("SELECT outcome FROM dateline.scouting") == [("nothing_new",)]

    watching(database, site, scene)


def test_a_sold_domain_brings_no_other_publishers_news(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        scouted(watch)
        site.replies |= {
            "/feed.xml": GONE,
            "/": moved("http://casino.test/home"),
            "/home": home("/offers.xml"),
            "/offers.xml": rss(*hourly(START)),
        }
        for _ in range(3):
            await watch.when_due()
        assert watched(watch) == [FEED]
        assert watch.rows("SELECT outcome FROM dateline.scouting") == [("other_site",)]
        assert HOST in HOME

    watching(database, site, scene)
