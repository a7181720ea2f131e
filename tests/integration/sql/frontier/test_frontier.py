"""The frontier on a real PostgreSQL: what is due, candidates and validators in one transaction, nothing forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace

import pytest

from dateline.types.article import Candidate
from dateline.types.source import ChildPage, Source, WatchedPage
from sql import query
from sql.database import Pool, connect
from sql.frontier.candidates import MOST_CHILD_PAGES, MOST_CHILD_PAGES_ELSEWHERE, MOST_SITEMAP_LEVELS
from sql.frontier.crawls import CRAWL_SILENT_S, CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.pace import DatabasePace
from sql.frontier.rows import DueFeed, FeedVisit, HostInDemand, UrlResult, Validators
from sql.frontier.sources import upsert_source, wake_sources
from tests.integration.support.queueing import run_sql as run

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Plan:
    """When to come again."""

    due_at: dt.datetime | None = NOW + dt.timedelta(hours=1)
    interval_s: int | None = 3600
    failures: float = 0.0
    publishing: None = None


@pytest.fixture
def source(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        upsert_source(
            connection,
            Source("post", "The Post", "https://post.test/", watched=(WatchedPage("https://post.test/feed", "feed"),)),
        )
        connection.execute("UPDATE dateline.feed_state SET next_due_at = %s", [NOW])


def names(hosts: list[HostInDemand]) -> list[str]:
    return [one.host for one in hosts]


def visit(feed: DueFeed, *candidates: Candidate, at: dt.datetime = NOW) -> FeedVisit:
    return FeedVisit(
        feed=feed,
        started_at=at,
        now=at,
        outcome="changed",
        is_ok=True,
        plan=lambda new: Plan(),
        validators=Validators('"v1"', None, None),
        candidates=candidates,
        depth=1,
    )


def seen(url: str, hours: int | None = None) -> Candidate:
    return Candidate(
        url, via="rss", title="T", modified_at=NOW + dt.timedelta(hours=hours) if hours is not None else None
    )


async def only_feed(frontier: Frontier) -> DueFeed:
    (feed,) = await frontier.due_feeds("post.test", None, NOW)
    return feed


@pytest.mark.usefixtures("source")
async def test_what_is_newest_is_fetched_first_and_what_is_old_waits_for_it(pool: Pool) -> None:
    """By the order of their keys, which are hashes, a backlog of days came before this hour's news."""
    frontier = Frontier(pool)

    def dated(hours: int) -> Candidate:
        return Candidate(f"https://post.test/{hours}", "rss", "T", published_at=NOW - dt.timedelta(hours=hours))

    feed, later = await only_feed(frontier), NOW + dt.timedelta(minutes=1)
    await frontier.commit_visit(visit(feed, *map(dated, (3, 40, 1, 90, 2, 30, 5, 4))))
    undated = [Candidate(f"https://post.test/undated-{n}", "rss", "T") for n in range(4)]
    await frontier.commit_visit(visit(feed, *undated, dated(0), at=later))
    due = await frontier.due_urls("post.test", None, NOW + dt.timedelta(minutes=2))
    assert [one.url.rpartition("/")[2] for one in due] == [
        *map(str, (1, 2, 3, 4, 5, 0)), *(f"undated-{n}" for n in range(4)), *map(str, (30, 40, 90))
    ]  # fmt: skip


@pytest.mark.usefixtures("source")
async def test_two_pages_that_name_the_same_urls_in_opposite_orders_never_deadlock(
    pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each statement held the lines of its part of a long page, and the next waited for those of the other's."""
    monkeypatch.setattr("sql.frontier.candidates.MAX_URLS_A_STATEMENT", 1)
    frontier = Frontier(pool)
    feed = await only_feed(frontier)
    urls = [f"https://post.test/{n}" for n in range(4)]
    await frontier.commit_visit(visit(feed, *map(seen, urls)))
    with connect(database) as third:
        third.execute("SELECT 1 FROM dateline.url WHERE url IN (%s, %s) FOR UPDATE", urls[1:3])
        later = NOW + dt.timedelta(hours=5)
        named = [[seen(url, 4) for url in order] for order in (urls, urls[::-1])]
        both = [asyncio.create_task(frontier.commit_visit(visit(feed, *order, at=later))) for order in named]
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while run(database, waiting) != [(2,)]:
            await asyncio.sleep(0.02)
    await asyncio.gather(*both)


@pytest.mark.usefixtures("source")
async def test_a_page_that_was_woken_during_its_visit_stays_due(pool: Pool, database: str) -> None:
    """The visit may have read it before the news that it was woken for; they would be seen an hour later."""
    frontier = Frontier(pool)
    feed = await only_feed(frontier)
    with connect(database, autocommit=True) as connection:
        wake_sources(connection, ["post"])
    await frontier.commit_visit(visit(feed))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (again,) = await frontier.due_feeds("post.test", None, later)
    await frontier.commit_visit(visit(again))
    with connect(database) as connection:
        assert connection.execute("SELECT next_due_at::timestamptz FROM dateline.feed_state").fetchall() == [
            (NOW + dt.timedelta(hours=1),)
        ]


@pytest.mark.usefixtures("source")
async def test_a_visit_commits_candidates_and_validators_together(pool: Pool) -> None:
    frontier = Frontier(pool)
    assert names(await frontier.due_hosts(NOW)) == ["post.test"]
    new = await frontier.commit_visit(
        visit(
            await only_feed(frontier),
            seen("https://post.test/a"),
            seen("https://cdn.test/b"),
            seen("https://post.test/a?utm_x=1"),
        )
    )
    assert new == 2
    assert sorted(names(await frontier.due_hosts(NOW))) == ["cdn.test", "post.test"]
    (due,) = await frontier.due_urls("post.test", None, NOW)
    assert due.url == "https://post.test/a"
    assert due.candidate.title == "T"
    assert await frontier.due_feeds("post.test", None, NOW) == []
    (again,) = await frontier.due_feeds("post.test", None, NOW + dt.timedelta(hours=2))
    assert again.etag == '"v1"'


@pytest.mark.usefixtures("source")
async def test_a_visit_that_fails_half_way_leaves_the_old_validators(pool: Pool) -> None:
    """With two transactions the validators would say "seen" of URLs that were never written."""
    frontier = Frontier(pool)

    def fail(new: int) -> Plan:
        raise RuntimeError("killed here")

    bad = visit(await only_feed(frontier), seen("https://post.test/a"))
    with pytest.raises(RuntimeError):
        await frontier.commit_visit(FeedVisit(**{n: getattr(bad, n) for n in bad.__slots__} | {"plan": fail}))
    feed = await only_feed(frontier)
    assert feed.etag is None
    assert await frontier.due_urls("post.test", None, NOW) == []


@pytest.mark.usefixtures("source")
async def test_a_known_url_is_fetched_again_only_when_its_publisher_says_that_it_changed(pool: Pool) -> None:
    frontier = Frontier(pool)
    feed = await only_feed(frontier)
    await frontier.commit_visit(visit(feed, seen("https://post.test/a", 0)))
    (due,) = await frontier.due_urls("post.test", None, NOW)
    done = NOW + dt.timedelta(hours=1)
    await frontier.finish(UrlResult(due.id, "stored", "new", "new", done))
    assert await frontier.commit_visit(visit(feed, seen("https://post.test/a", 0))) == 0
    assert await frontier.commit_visit(visit(feed, seen("https://post.test/a"))) == 0
    assert await frontier.commit_visit(visit(feed, seen("https://post.test/a", 3))) == 1
    (again,) = await frontier.due_urls("post.test", None, NOW)
    assert (again.id, again.attempts) == (due.id, 0)


@pytest.mark.usefixtures("source")
async def test_a_forgotten_url_is_not_found_again(pool: Pool, database: str) -> None:
    from sql.articles.forget import forget_url

    with connect(database, autocommit=True) as connection:
        gone = forget_url(connection, "https://post.test/a?utm_source=x", erase=lambda ref: None)
    assert gone.articles == 0
    frontier = Frontier(pool)
    assert await frontier.commit_visit(visit(await only_feed(frontier), seen("https://post.test/a"))) == 0


@pytest.mark.usefixtures("source")
async def test_a_paused_source_is_left_alone(pool: Pool, database: str) -> None:
    with connect(database, autocommit=True) as connection:
        connection.execute("UPDATE dateline.source SET is_paused = true")
    assert await Frontier(pool).due_hosts(NOW) == []
    assert await Frontier(pool).due_feeds("post.test", None, NOW) == []


def test_due_re_checks_are_found_by_index(source: None, database: str) -> None:
    """Of many that wait only those that are due are read."""
    with connect(database) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO dateline.recheck (url_id, host, source_id, due_at, began_at)"
            " SELECT n, 'h' || n %% 300, (SELECT min(id) FROM dateline.source), %s + (n - 50) * interval '1 minute', %s"
            " FROM generate_series(1, 20000) AS n",
            [NOW, NOW],
        )
        connection.execute("ANALYZE dateline.recheck")
        plan = connection.execute(
            b"EXPLAIN " + query("frontier", "due_hosts").encode(),
            {"now": NOW, "limit": 100, "each": 50, "crawl_silent_s": CRAWL_SILENT_S},
        ).fetchall()
        assert "recheck_due" in "\n".join(str(row[0]) for row in plan)


def test_due_work_of_a_host_is_found_by_index(database: str) -> None:
    """However much is due elsewhere: after an outage everything is."""
    with connect(database) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO dateline.feed (source_id, url, url_hash, host, kind)"
            " SELECT 1, 'http://h' || n || '.test/', gen_random_uuid(), 'h' || n || '.test', 'feed'"
            " FROM generate_series(1, 20000) AS n"
        )
        connection.execute(
            "INSERT INTO dateline.feed_state (feed_id, next_due_at) SELECT id, %s FROM dateline.feed", [NOW]
        )
        connection.execute("ANALYZE dateline.feed, dateline.feed_state")
        where = {"host": "h77.test", "crawl_id": None, "now": NOW, "limit": 50}
        plan = connection.execute(b"EXPLAIN " + query("frontier", "due_feeds").encode(), where).fetchall()
        assert "feed_host" in "\n".join(str(row[0]) for row in plan)
        quiet = dict.fromkeys(("interval_s", "etag", "last_modified", "body_hash", "publishing_rate"), None)
        quiet |= {"feed_id": 77, "source_id": 1, "host": "h77.test", "started_at": NOW, "now": NOW, "next_due_at": NOW}
        quiet |= {"outcome": "not_modified", "status": 304, "bytes": 0, "failures": 0.0, "delay_s": 1.0}
        plan = connection.execute(b"EXPLAIN " + query("frontier", "end_quiet_visit").encode(), quiet).fetchall()
        assert "feed_host" in "\n".join(str(row[0]) for row in plan)
        assert "Seq Scan" not in "\n".join(str(row[0]) for row in plan)


async def test_a_quiet_visit_is_one_statement_and_reports_more_work(source: None, pool: Pool, database: str) -> None:
    frontier = Frontier(pool)
    await frontier.commit_visit(visit(await only_feed(frontier), seen("https://post.test/a")))
    later = NOW + dt.timedelta(hours=2)
    (feed,) = await frontier.due_feeds("post.test", None, later)
    quiet = FeedVisit(
        feed=feed, started_at=later, now=later, outcome="not_modified", is_ok=True, plan=lambda new: Plan(), status=304
    )
    assert quiet.is_quiet
    assert await frontier.commit_quiet_visit(quiet)  # the article is still to be fetched
    with connect(database, autocommit=True) as connection:
        connection.execute("UPDATE dateline.url SET state = 'ended', next_attempt_at = NULL")
        assert not await frontier.commit_quiet_visit(quiet)
        row = connection.execute(
            "SELECT etag, last_outcome, last_ok_at, last_new_at, failures FROM dateline.feed_state"
        ).fetchone()
        assert row == ('"v1"', "not_modified", later, NOW, 0.0)
        counts = connection.execute("SELECT outcome, count(*) FROM dateline.visit GROUP BY 1 ORDER BY 1").fetchall()
        assert counts == [("changed", 1), ("not_modified", 2)]


async def test_a_quiet_visit_gives_its_host_back(source: None, pool: Pool, database: str) -> None:
    frontier, pace = Frontier(pool), DatabasePace(pool)
    feed = await only_feed(frontier)
    assert await pace.claim("post.test", delay_s=0.001, concurrency=1) == 0
    quiet = FeedVisit(
        feed=feed, started_at=NOW, now=NOW, outcome="same_body", is_ok=True, plan=lambda new: Plan(), status=200
    )
    await frontier.commit_quiet_visit(quiet)
    assert 0 < await pace.claim("post.test", delay_s=0.001, concurrency=1) < 1, "without a delay it stays taken"
    await frontier.commit_quiet_visit(quiet, delay_s=60.0)
    assert 50 < await pace.claim("post.test", delay_s=0.001, concurrency=1) <= 60


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("claims", [1, 2])
async def test_a_quiet_visit_releases_its_host_as_the_pace_does(pool: Pool, database: str, claims: int) -> None:
    """The rule is in two statements, because a quiet visit commits in one: both must leave the same row."""
    frontier, pace = Frontier(pool), DatabasePace(pool)
    for host in ("post.test", "other.test"):
        for _ in range(claims):
            await asyncio.sleep(0.01)
            assert await pace.claim(host, delay_s=0.001, concurrency=2) == 0
    quiet = replace(visit(await only_feed(frontier)), outcome="not_modified")
    await frontier.commit_quiet_visit(quiet, delay_s=60)
    await pace.release("other.test", delay_s=60, backoff_until=None)
    with connect(database) as connection:
        rows = connection.execute(
            "SELECT busy, busy_until IS NULL, backoff_until, next_allowed_at > now() + interval '50 seconds' "
            "FROM dateline.host_pace ORDER BY host"
        ).fetchall()
    assert rows == [(claims - 1, claims == 1, None, True)] * 2


async def test_a_crawl_waits_for_a_host_that_asked_for_a_pause_not_for_its_urls_that_are_due(pool: Pool) -> None:
    """A server that says "come back in twelve hours" kept `dateline crawl` waiting for twelve hours."""
    frontier, crawl_id = Frontier(pool), await Crawls(pool).begin(["test"], CrawlOptions())
    target = Candidate("https://calm.test/1", via="target")
    await frontier.add_targets([target], crawl_id=crawl_id, source_id=None, now=NOW)
    assert (await frontier.crawl_left(crawl_id)).next_at == NOW
    later = NOW + dt.timedelta(hours=12)
    await DatabasePace(pool).release("calm.test", delay_s=0, backoff_until=later)
    assert (await frontier.crawl_left(crawl_id)).next_at == later


def named(feed: DueFeed, *urls: str) -> FeedVisit:
    """The visit of an index that names these sitemaps."""
    return replace(visit(feed), children=tuple(ChildPage(url) for url in urls), found_kind="sitemap")


@pytest.mark.usefixtures("source")
async def test_indexes_that_name_indexes_without_end_are_cut(pool: Pool, database: str) -> None:
    """Each names the next one: the chain ends, and so does a crawl of it."""
    frontier, levels = Frontier(pool), 0
    while due := [one for one in await frontier.due_feeds("post.test", None, NOW) if "done" not in one.url]:
        levels += 1
        assert levels < 20
        await frontier.commit_visit(named(due[0], f"https://post.test/index{levels}.xml"))
        run(database, "UPDATE dateline.feed SET kind = 'sitemap' WHERE parent_id IS NOT NULL OR kind = 'feed'")
    assert levels == 1 + MOST_SITEMAP_LEVELS


@pytest.mark.usefixtures("source")
async def test_a_source_has_a_bounded_number_of_child_pages_in_all_and_per_day(pool: Pool, database: str) -> None:
    frontier, feed = Frontier(pool), await only_feed(Frontier(pool))

    def children() -> tuple[int, int]:
        (row,) = run(
            database,
            "SELECT count(*) FILTER (WHERE is_active), count(*) FROM dateline.feed WHERE parent_id IS NOT NULL",
        )
        return row[0], row[1]

    for round_ in range(5):
        await frontier.commit_visit(named(feed, *(f"https://post.test/{round_}/{n}.xml" for n in range(500))))
    assert children()[1] == MOST_CHILD_PAGES, "new names every time: the day's number is used up"
    first = named(feed, *(f"https://post.test/0/{n}.xml" for n in range(500)))
    await frontier.commit_visit(first)
    later = NOW + dt.timedelta(days=2)
    await frontier.commit_visit(
        replace(named(feed, *(f"https://post.test/9/{n}.xml" for n in range(500))), now=later, started_at=later)
    )
    assert children() == (500, MOST_CHILD_PAGES + 500), "the next day has room again, for what the index names then"


@pytest.mark.usefixtures("source")
async def test_an_index_may_have_few_sitemaps_of_one_other_site_read(pool: Pool, database: str) -> None:
    """A stranger's index named 500 sitemaps of the victim, and all of them were asked for, again and again."""
    frontier, feed = Frontier(pool), await only_feed(Frontier(pool))
    counted = "SELECT count(*) FILTER (WHERE host ~ 'victim'), count(*) FILTER (WHERE host ~ 'post') FROM dateline.feed"
    for round_ in range(2):
        hosts = ("victim.test", "a.victim.test", "post.test")
        urls = [f"https://{host}/{round_}/{n}.xml" for n in range(40) for host in hosts]
        await frontier.commit_visit(named(feed, *urls))
        assert run(database, counted) == [(MOST_CHILD_PAGES_ELSEWHERE, 1 + 40 * (round_ + 1))]


@pytest.mark.usefixtures("source")
async def test_a_source_brings_a_bounded_number_of_urls_per_day_and_the_page_is_read_again(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.frontier.candidates.MOST_NEW_A_DAY", 1_500)
    frontier = Frontier(pool)
    feed = await only_feed(frontier)
    many = [seen(f"https://post.test/{n}") for n in range(2_000)]
    assert await frontier.commit_visit(visit(feed, *many)) == 1_500
    assert await frontier.commit_visit(visit(feed, *many)) == 0
    (again,) = await frontier.due_feeds("post.test", None, NOW + dt.timedelta(hours=1))
    assert (again.etag, again.body_hash) == (None, None)
    later = NOW + dt.timedelta(days=2)
    assert await frontier.commit_visit(visit(again, *reversed(many), at=later)) == 500


@pytest.mark.usefixtures("source")
async def test_known_urls_do_not_count_as_published(pool: Pool) -> None:
    frontier, told = Frontier(pool), list[int]()

    def plan(new: int) -> Plan:
        told.append(new)
        return Plan()

    feed = await only_feed(frontier)
    await frontier.commit_visit(replace(visit(feed, seen("https://post.test/a", 0)), plan=plan))
    (due,) = await frontier.due_urls("post.test", None, NOW)
    await frontier.finish(UrlResult(due.id, "stored", "new", None, NOW))
    changed = visit(feed, seen("https://post.test/a", 3), seen("https://post.test/b", 3))
    assert await frontier.commit_visit(replace(changed, plan=plan)) == 2, (
        "a change that its publisher reports is fetched"
    )
    assert told == [1, 1]
