"""Backfills: each way into a source's past, what bounds them, and that the daily work does not notice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dateline.errors import UsageError
from dateline.types.source import Politeness, WatchedPage
from scheduler.alerts.matcher import AlertMatcher
from sql.articles.forget import find_source, forget_source, forget_url
from sql.database import connect
from sql.watches.watches import Watches
from tests.acceptance.support.old_site import HOME, HOST, JSON, Old, OldSite, spread
from tests.acceptance.support.web import Answer
from tests.integration.support.backfilling import NOW, SINCE, UNTIL, Backfilling, backfilling, visitor

BEGIN, END = dt.datetime(2021, 7, 1), dt.datetime(2023, 7, 1)
POSTS = f"{HOME}wp-json/wp/v2/posts"


def site(ways: str, count: int = 16, *, is_dated: bool = True) -> OldSite:
    """A site of two years, of which every second article is wanted."""
    return OldSite(spread(count, BEGIN, END, is_dated=is_dated), frozenset(ways.split()))


def wanted(articles: Sequence[Old]) -> set[str]:
    return {one.url for one in articles if SINCE <= one.at <= UNTIL}


@pytest.mark.parametrize(
    ("way", "is_dated", "requests"),
    [("rest", True, 10), ("feeds", True, 15), ("sitemaps", True, 24), ("sections", False, 26)],
)
def test_each_way_brings_all_articles_between_the_dates_once(
    database: str, way: str, is_dated: bool, requests: int
) -> None:
    old = site(way, is_dated=is_dated)
    watched = (
        WatchedPage(f"{HOME}feed" if way == "feeds" else f"{HOME}news", "feed" if way == "feeds" else "section"),
    )

    async def scene(going: Backfilling) -> None:
        await going.begin()
        found = await going.play()
        assert (found.state, going.stored) == ("done", wanted(old.articles))
        assert found.counts["stored"] == len(wanted(old.articles)) == 8
        assert going.requests == found.requests <= requests
        asked = [url for url in going.web.log if url in old.pages]
        assert len(asked) == len(set(asked))

    backfilling(database, old, scene, watched=watched)


def test_posts_have_full_text_zone_and_authors_and_their_pages_are_not_fetched(database: str) -> None:
    old = site("rest")

    async def scene(going: Backfilling) -> None:
        await going.begin()
        await going.play()
        assert not [url for url in going.web.log if url in old.pages]
        rows = going.rows(
            "SELECT DISTINCT text_origin, no_page_text_because, authors, published_offset_s, word_count > 150"
            " FROM dateline.article"
        )
        assert rows == [("feed", "rest_has_text", ["Maren Holt"], 7200, True)]

    backfilling(database, old, scene)


def test_backfilled_articles_are_no_news(database: str) -> None:
    old = site("rest")

    async def scene(going: Backfilling) -> None:
        await going.begin()
        await going.play()
        assert going.rows("SELECT count(*), bool_and(is_backfilled) FROM news.articles") == [(8, True)]
        assert going.rows("SELECT count(*) FROM dateline.visit") == [(0,)]
        assert going.rows("SELECT count(*) FROM dateline.recheck") == [(0,)]
        assert going.rows("SELECT count(*) FROM dateline.total WHERE name = 'publish_to_store'") == [(0,)]
        coverage = going.rows(
            "SELECT state, is_covered, sum(backfilled), sum(new_articles) FROM news.coverage GROUP BY 1, 2"
        )
        assert coverage == [("backfilled", False, 8, 0)]
        assert going.rows("SELECT sum(hours), sum(backfilled), max(share) FROM news.coverage_days") == [(0, 8, None)]

    backfilling(database, old, scene)


def test_watches_report_no_backfilled_article_even_with_their_backlog(database: str, tmp_path: Path) -> None:
    async def scene(going: Backfilling) -> None:
        watches, long_ago = Watches(going.pool), BEGIN.replace(tzinfo=dt.UTC)
        await watches.add(
            "all", "harbour", webhook_url=None, secret=None, has_feed=True, with_backlog=True, now=long_ago
        )
        await going.begin()
        await going.play()
        assert await AlertMatcher(watches, tmp_path, lambda: going.now).step() == 0
        assert going.rows("SELECT count(*) FROM dateline.article_task WHERE task = 'watch'") == [(0,)]
        assert going.rows("SELECT count(*) FROM dateline.watch_match") == [(0,)]

    backfilling(database, site("rest"), scene)


def test_the_budget_is_never_exceeded_and_the_next_day_goes_on(database: str) -> None:
    old = site("sitemaps")

    async def scene(going: Backfilling) -> None:
        await going.begin(budget=7)
        for day in range(1, 4):
            found = await going.play()
            assert going.requests == found.requests == 7 * day
            assert (found.waits_for, found.wait_until) == ("budget", dt.datetime(2026, 5, 4 + day, tzinfo=dt.UTC))
            going.now += dt.timedelta(days=1)
        await going.begin(budget=1000)
        assert (await going.play()).state == "done"
        assert going.stored == wanted(old.articles)

    backfilling(database, old, scene)


def test_the_days_budget_is_the_sources_whichever_backfill_spends_it(database: str) -> None:
    async def scene(going: Backfilling) -> None:
        await going.begin(budget=1000)
        spent = (await going.play()).requests_today
        await going.begin(budget=spent + 2, since=BEGIN.replace(tzinfo=dt.UTC))
        found = await going.play()
        assert (found.waits_for, found.requests_today, found.requests) == ("budget", spent + 2, 2)

    backfilling(database, site("sitemaps"), scene)


def test_what_the_archive_has_is_not_asked_for_again(database: str) -> None:
    old = site("sitemaps")

    async def scene(going: Backfilling) -> None:
        await going.begin()
        await going.play()
        first = len(going.web.log)
        await going.begin()
        found = await going.play()
        assert found.counts == {"known": 8}
        assert not [url for url in going.web.log[first:] if url in old.pages]

    backfilling(database, old, scene)


@pytest.mark.parametrize("way", ["rest", "sitemaps"])
def test_what_was_stored_before_a_kill_counts_as_stored(database: str, way: str) -> None:
    old = site(way)

    async def scene(going: Backfilling) -> None:
        await going.begin()
        with connect(database, autocommit=True) as other:
            other.execute(
                "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'killed'; END$$;"
                "CREATE TRIGGER die BEFORE UPDATE ON dateline.backfill_item FOR EACH ROW EXECUTE FUNCTION public.die()"
            )
            with pytest.raises(psycopg.errors.RaiseException):
                await going.play()
            assert going.stored
            other.execute("DROP TRIGGER die ON dateline.backfill_item")
        found = await going.play()
        assert (found.counts, going.stored) == ({"stored": 8}, wanted(old.articles))
        asked = [url for url in going.web.log if url in old.pages]
        assert len(asked) == len(set(asked))

    backfilling(database, old, scene)


def test_it_comes_after_everything_else_that_is_due_at_the_host(database: str) -> None:
    old = site("sitemaps")
    old.more[f"{HOME}news"] = Answer(
        b"<html lang=en><title>News</title><a href=/news/harbour-pier-is-rebuilt-at-last>Pier</a></html>"
    )

    async def scene(going: Backfilling) -> None:
        await going.begin()
        going.rows("UPDATE dateline.feed_state SET next_due_at = '2026-05-04 11:00Z' RETURNING 1")
        hosts = await going.context.frontier.due_hosts(going.now)
        assert [one.host for one in hosts] == ["old.test"]
        await visitor(going).visit_host("old.test")
        assert going.web.log[1] == f"{HOME}news"
        assert (await going.status()).state == "done"
        assert going.stored == wanted(old.articles)
        assert await going.context.frontier.due_hosts(going.now) == []

    backfilling(database, old, scene)


def test_only_one_process_works_on_it_and_a_dead_one_holds_nothing(database: str) -> None:
    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert await going.backfills.take("gone", now=going.now, number=going.number) is not None
        assert await going.step() == 1, "no connection is called gone"
        (me,) = going.rows("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")[0]
        (other,) = going.rows(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1"
        )[0]
        assert await going.backfills.take(other, now=going.now, number=going.number) is not None
        assert await going.step() == 0, f"{other} lives, and {me} is another"

    backfilling(database, site("rest"), scene)


def test_posts_of_one_second_are_all_found(database: str) -> None:
    at = dt.datetime(2022, 5, 1, 12, tzinfo=dt.UTC)
    old = OldSite([Old(number, at) for number in range(1, 106)], frozenset({"rest"}))

    async def scene(going: Backfilling) -> None:
        await going.begin()
        found = await going.play()
        assert (found.state, found.counts) == ("done", {"stored": 105})

    backfilling(database, old, scene)


def test_pages_that_fail_for_a_while_are_asked_for_again_and_then_given_up(database: str) -> None:
    old = site("sitemaps")
    broken = next(one for one in old.articles if one.url in wanted(old.articles))
    old.more[broken.url] = Answer(b"", status=500)

    async def scene(going: Backfilling) -> None:
        await going.begin()
        for _ in range(8):
            found = await going.play()
            going.now += dt.timedelta(hours=6)
        assert found.counts == {"stored": 7, "failed": 1}
        assert going.web.log.count(broken.url) == 3
        assert going.rows("SELECT count(*) FROM dateline.url WHERE state = 'pending'") == [(0,)]

    backfilling(database, old, scene)


def test_captures_are_read_only_where_that_is_asked_for_and_pages_come_from_the_site(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.visits.backfill.WAYBACK_DELAY_S", 0.05)
    old = site("")
    rows = [["timestamp", "original"], *([f"{one.at:%Y%m%d%H%M%S}", one.url] for one in old.articles)]
    rows += [["20220501000000", "http://other.test/2022/05/01/an-article-of-another-site"], [], ["more)"]]

    def first(url: str) -> bool:
        return url.startswith("http://captures.test/cdx?url=old.test") and "resumeKey=" not in url

    class Captured(OldSite):
        def __getitem__(self, url: str) -> Answer:
            if url.startswith("http://captures.test/"):
                return Answer(json.dumps(rows if first(url) else []).encode(), JSON)
            return super().__getitem__(url)

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).counts == {}
        await going.begin(with_wayback=True)
        assert (await going.play()).state == "done"
        assert going.stored == wanted(old.articles)
        asked = [url for url in going.web.log if "captures" in url and "robots" not in url]
        assert (len(asked), "resumeKey=more%29" in asked[1]) == (2, True)

    backfilling(database, Captured(old.articles, frozenset()), scene)


def test_begin_says_what_is_in_its_way(database: str) -> None:
    async def scene(going: Backfilling) -> None:
        with pytest.raises(UsageError, match="how far back to go"):
            await going.begin(since=None)
        with pytest.raises(UsageError, match="is not after"):
            await going.begin(until=SINCE)
        with pytest.raises(UsageError, match="in the future"):
            await going.begin(since=NOW + dt.timedelta(days=1), until=None)
        await going.begin()
        first = going.number
        with pytest.raises(UsageError, match="from 2022-01-01 to 2022-12-31 already"):
            await going.begin(since=SINCE - dt.timedelta(days=400))
        await going.begin(since=None, until=None)
        assert going.number == first
        assert await going.backfills.stop("old", now=going.now)
        assert (await going.status()).state == "stopped"
        assert await going.step() == 0
        await going.begin()
        assert (going.number, (await going.status()).state) == (first, "running")

    backfilling(database, site("rest"), scene)


def test_a_source_without_page_fetches_keeps_to_what_its_lists_say(database: str) -> None:
    old = site("feeds")

    async def scene(going: Backfilling) -> None:
        await going.begin()
        await going.play()
        assert not [url for url in going.web.log if url in old.pages]
        assert going.rows("SELECT DISTINCT kind, no_page_text_because FROM dateline.article") == [
            ("headline", "pages_off")
        ]

    polite = replace(Politeness(delay_s=0.0), fetch_pages=False)
    backfilling(database, old, scene, watched=(WatchedPage(f"{HOME}feed", "feed"),), politeness=polite)


def test_a_watched_interface_is_read_on_while_all_of_a_list_is_new(database: str) -> None:
    old = OldSite(spread(50, BEGIN, END), frozenset({"rest"}))
    url = f"{POSTS}?per_page=20&_embed=author%2Cwp:term"

    async def scene(going: Backfilling) -> None:
        async def visit() -> list[str]:
            before = len(going.web.log)
            going.rows("UPDATE dateline.feed_state SET next_due_at = '2026-05-04 11:00Z' RETURNING 1")
            [feed] = await going.context.frontier.due_feeds("old.test", None, going.now)
            await visitor(going).visit_feed(feed)
            return going.web.log[before:]

        assert (await visit())[1:] == [url], "what was there before is a backfill's"
        going.rows("UPDATE dateline.feed_state SET last_visit_at = '2022-06-01', body_hash = NULL RETURNING 1")
        assert await visit() == [url, f"{url}&page=2"]
        texts = "SELECT count(*), count(i.content), bool_and(u.hints -> 'authors' = '[\"Maren Holt\"]') "
        assert going.rows(texts + "FROM dateline.url u JOIN dateline.feed_item i ON i.url_id = u.id") == [
            (40, 40, True)
        ]

    backfilling(database, old, scene, watched=(WatchedPage(url, "wordpress"),))


def test_what_is_forgotten_is_forgotten_by_backfills_too(database: str) -> None:
    old = site("rest")
    gone = next(iter(wanted(old.articles)))

    async def scene(going: Backfilling) -> None:
        await going.begin()
        while not going.rows("SELECT 1 FROM dateline.backfill_item"):
            await going.step()
        with connect(going.url) as connection:
            forget_url(connection, gone, erase=lambda ref: None)
        assert going.rows("SELECT count(*) FROM dateline.backfill_item") == [(7,)]
        await going.play()
        assert going.stored == wanted(old.articles) - {gone}
        with connect(going.url) as connection:
            known = find_source(connection, "old")
            assert known is not None
            forget_source(connection, known, erase=lambda ref: None)
        assert going.rows("SELECT count(*) FROM dateline.backfill") == [(0,)]

    backfilling(database, old, scene)


def test_lists_and_pages_get_the_login_and_robots_txt_does_not(database: str, tmp_path: Path) -> None:
    (tmp_path / "cookies.txt").write_text(f"{HOST}\tFALSE\t/\tFALSE\t0\tmember\tyes\n")
    polite = Politeness(delay_s=0.0, cookies_file=str(tmp_path / "cookies.txt"))

    async def scene(going: Backfilling) -> None:
        await going.begin()
        await going.play()
        assert f"{HOME}robots.txt" in going.web.log
        assert set(going.web.log) - set(going.web.asked_with_cookies) == {f"{HOME}robots.txt"}
        assert f"{HOME}robots.txt" not in going.web.asked_with_cookies

    backfilling(database, site("sitemap", 4), scene, politeness=polite)
