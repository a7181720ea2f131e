"""Backfills: each way into a source's past, what bounds them, and that the daily work does not notice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dateline.errors import UsageError
from dateline.types.source import Politeness, WatchedPage
from tests.acceptance.support.old_site import HOME, JSON, Old, OldSite, spread
from tests.acceptance.support.web import XML, Answer
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


def page(*articles: Old, following: str = "") -> Answer:
    """A section page of articles, with a link to a next one."""
    items = "".join(f"<li><h3><a href='{one.url}'>{one.title} and what came of it</a></h3></li>" for one in articles)
    link = f"<a rel=next href='{following}'>next</a>" if following else ""
    return Answer(f"<html lang=en><title>News</title><body><ul>{items}</ul>{link}</body></html>".encode())


class Endless(OldSite):
    """Whatever number a page has, it names the same articles and a next page; a calendar has a page for each day."""

    def __getitem__(self, url: str) -> Answer:
        if url.startswith(f"{HOME}news"):
            number = int(url.partition("page=")[2] or 1)
            return page(*self.articles, following=f"/news?page={number + 1}")
        return super().__getitem__(url)


class Indexes(OldSite):
    """Sitemap indexes that name themselves, each other and new ones without end."""

    def __getitem__(self, url: str) -> Answer:
        if "sitemap" in url:
            number = len(url)
            names = ("sitemap.xml", "sitemap_index.xml", *(f"sitemap{'x' * number}{n}.xml" for n in range(3)))
            lines = "".join(f"<sitemap><loc>{HOME}{name}</loc></sitemap>" for name in names)
            return Answer(f"<sitemapindex>{lines}</sitemapindex>".encode(), XML)
        return super().__getitem__(url)


def test_a_list_without_end_is_left_and_that_is_said(database: str) -> None:
    old = Endless(spread(4, BEGIN, END), frozenset())

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert "3 lists in a row named nothing new" in await going.note("section")
        assert len([url for url in going.web.log if "page=" in url]) == 2

    backfilling(database, old, scene)


def test_indexes_without_end_are_left_at_a_depth(database: str) -> None:
    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play(most=300)).state == "done"
        assert "indexes deep were left out" in await going.note("sitemap")

    backfilling(database, Indexes((), frozenset()), scene)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Answer(b"<html><title>Log in</title><body><a href=/x>in</a></body></html>"),
            "HTML instead of a list of posts",
        ),
        (Answer(b'{"code":"rest_cannot_access"}', JSON, 401), "http_401"),
        (Answer(b"[" * 50_000, JSON), "not a list of posts"),
        (Answer(b'[{"id": 1}]', JSON), "not a list of posts"),
        (Answer(b"", JSON), "not a list of posts"),
    ],
)
def test_an_interface_that_is_closed_is_said_and_the_sitemaps_are_read(
    database: str, answer: Answer, said: str
) -> None:
    old = site("sitemaps")
    old.ways |= {"rest"}
    old.more = {f"{HOME}": old[HOME]}
    old.ways -= {"rest"}
    first = f"{POSTS}?per_page=100&_embed=author,wp:term&after=2021-12-31T00:00:00&before=2023-01-01T23:59:00"
    old.more[first] = answer

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert said in await going.note("wordpress")
        assert going.stored == wanted(old.articles)

    backfilling(database, old, scene)


class Deaf(OldSite):
    """An interface that does not know `before`, and one that answers the last page for ever."""

    def _posts(self, asked: dict[str, list[str]]) -> Answer:
        number = min(int(asked.get("page", ["1"])[0]), 3)
        chosen = self.articles[(number - 1) * 10 : number * 10]
        return Answer(json.dumps([one.post() for one in chosen]).encode(), JSON)


def test_an_interface_that_ignores_dates_is_read_by_its_page_numbers_to_its_end(database: str) -> None:
    old = Deaf(spread(24, BEGIN, END), frozenset({"rest"}))

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert going.stored == wanted(old.articles)
        assert len([url for url in going.web.log if url.startswith(POSTS)]) <= 7

    backfilling(database, old, scene)


def test_posts_of_one_second_are_all_found(database: str) -> None:
    at = dt.datetime(2022, 5, 1, 12, tzinfo=dt.UTC)
    old = OldSite([Old(number, at) for number in range(1, 131)], frozenset({"rest"}))

    async def scene(going: Backfilling) -> None:
        await going.begin()
        found = await going.play()
        assert (found.state, found.counts) == ("done", {"stored": 130})

    backfilling(database, old, scene)


def test_a_list_that_goes_on_at_another_host_is_not_followed(database: str) -> None:
    old = site("")
    old.more[f"{HOME}feed"] = Answer(
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Old</title>"
        b"<link rel='prev-archive' href='http://evil.test/feed-1'/></feed>",
        XML,
    )

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert "goes on at another site" in await going.note("feed_archive")
        assert not [url for url in going.web.log if "evil" in url]

    backfilling(database, old, scene, watched=(WatchedPage(f"{HOME}feed", "feed"),))


def test_last_changes_of_today_and_dates_in_the_future_do_not_decide(database: str) -> None:
    """Undated addresses are asked for, and kept out by the dates of their pages."""
    articles = spread(8, BEGIN, END, is_dated=False)
    lines = "".join(
        f"<url><loc>{one.url}</loc><lastmod>{'2099-01-01' if one.number % 2 else '2026-05-04'}</lastmod></url>"
        for one in articles
    )
    old = OldSite(articles, frozenset(), {f"{HOME}sitemap.xml": Answer(f"<urlset>{lines}</urlset>".encode(), XML)})

    async def scene(going: Backfilling) -> None:
        await going.begin()
        found = await going.play()
        assert (found.state, going.stored) == ("done", wanted(articles))
        assert found.counts == {"stored": 4, "outside": 4}
        reasons = going.rows("SELECT reason, count(*) FROM dateline.url WHERE state = 'ended' GROUP BY 1 ORDER BY 1")
        assert reasons == [("after_until", 2), ("before_since", 2)]

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
        with pytest.raises(UsageError, match="Give --since"):
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
