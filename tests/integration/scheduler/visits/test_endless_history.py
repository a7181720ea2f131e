"""Sites that would keep a backfill for ever, lead it elsewhere, or close their interface: each is bounded, and that is said."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import pytest

from dateline.types.source import WatchedPage
from tests.acceptance.support.old_site import HOME, JSON, Old, OldSite, spread
from tests.acceptance.support.web import XML, Answer
from tests.integration.support.backfilling import SINCE, UNTIL, Backfilling, backfilling

BEGIN, END = dt.datetime(2021, 7, 1), dt.datetime(2023, 7, 1)
POSTS = f"{HOME}wp-json/wp/v2/posts"


def site(ways: str, count: int = 8) -> OldSite:
    """A site of two years, of which every second article is wanted."""
    return OldSite(spread(count, BEGIN, END), frozenset(ways.split()))


def wanted(articles: Sequence[Old]) -> set[str]:
    return {one.url for one in articles if SINCE <= one.at <= UNTIL}


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
        assert "5 lists in a row named nothing new" in await going.note("section")
        assert len([url for url in going.web.log if "page=" in url]) == 4

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
    old.more[HOME] = OldSite((), frozenset({"rest"}))[HOME]
    first = f"{POSTS}?per_page=100&_embed=author%2Cwp:term&after=2021-12-31T00:00:00&before=2023-01-01T23:59:00"
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


def test_posts_without_a_date_that_can_be_true_are_read_to_their_end_and_dated_by_their_pages(database: str) -> None:
    articles = spread(8, BEGIN, END)

    class Undated(OldSite):
        def _posts(self, asked: dict[str, list[str]]) -> Answer:
            number = int(asked.get("page", ["1"])[0])
            chosen = [one.post() for one in articles[(number - 1) * 3 : number * 3]]
            wrong = {"date": "2099-01-01T00:00:00", "date_gmt": "2099-01-01T00:00:00"}
            return Answer(json.dumps([post | wrong for post in chosen]).encode(), JSON)

    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert going.stored == wanted(articles)
        assert len([url for url in going.web.log if url.startswith(POSTS)]) == 4

    backfilling(database, Undated(articles, frozenset({"rest"})), scene)
