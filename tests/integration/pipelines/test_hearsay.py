"""What one site says of another never becomes the other's identity, text, date, credit or removal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dateline.text import bytes_hash
from dateline.types.article import Candidate, Instant
from dateline.urls import host_of, site_of, url_key
from pipelines.store import Store
from scheduler.cadence.next_visit import NextVisit
from sql.database import connect
from sql.frontier.rows import DueFeed, DueUrl, FeedVisit, UrlResult
from sql.frontier.sources import list_sources
from tests.integration.conftest import NOW, WORDS, Desk, published

HOUR = dt.timedelta(hours=1)
OTHER = (
    "Three choirs from the upper valley sang in the market hall on Friday for the first time since the roof was mended. "
    "Tickets were gone within an hour, the choir leader said, and a second evening is planned for the end of the month. "
    "The town will pay for the heating, while the guild of bakers has promised bread and soup for all who come early. "
)
THIRD = (
    "A cargo train stopped for six hours between two tunnels on Thursday night after a signal failed in heavy snow. "
    "Passengers behind it were taken to a school gymnasium, where volunteers gave out blankets, tea and dry socks. "
    "The railway promised to pay for taxis and said that the signal, built forty years ago, is to be replaced by June. "
)
PAPER, THIEF = "https://paper.test/2026/05/b1-pier-to-be-rebuilt", "https://thief.test/2026/05/s1-pier-to-be-rebuilt"


async def rows(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    async with desk.pool.connection() as conn:
        return await (await conn.execute(statement.encode())).fetchall()


async def articles(desk: Desk) -> dict[str, tuple[str, int]]:
    """Text and revision of every article by URL."""
    return {url: (text, rev) for url, text, rev in await rows(desk, "SELECT url, text, revision FROM dateline.article")}


async def leads_to(desk: Desk, url: str) -> set[str]:
    """The articles that a URL is or is an alias of."""
    key = url_key(url)
    found = await rows(
        desk,
        f"SELECT url FROM dateline.article WHERE url_key = '{key}' OR id IN"
        f" (SELECT article_id FROM dateline.alias WHERE url_key = '{key}')",
    )
    return {url for (url,) in found}


@pytest.mark.parametrize("before", ["own page", "nothing"])
@pytest.mark.parametrize("victim", ["stored before", "stored after", "never asked itself"])
async def test_a_redirect_to_another_site_gives_its_address_nothing(desk: Desk, before: str, victim: str) -> None:
    if before == "own page":
        await desk.put(THIEF, OTHER)
    if victim == "stored before":
        await desk.put(PAPER, WORDS)
    await desk.put(THIEF, WORDS, final_url=PAPER, now=NOW + HOUR)
    if victim == "stored after":
        await desk.put(PAPER, WORDS, now=NOW + 2 * HOUR)
    await desk.put(THIEF, THIRD, now=NOW + 3 * HOUR)
    found = await articles(desk)
    assert found[PAPER] == (WORDS, 1)
    assert found[THIEF][0] == THIRD
    assert await leads_to(desk, PAPER) == {PAPER}
    assert await leads_to(desk, THIEF) == {THIEF}


@pytest.mark.parametrize("hop", ["https://thief.test/x", "https://paper.test/check", "https://cdn.test/out?url=1"])
async def test_articles_that_are_reached_through_one_hop_stay_articles_of_their_own(desk: Desk, hop: str) -> None:
    texts = {f"https://paper.test/2026/05/story-{n}-of-the-day": text for n, text in enumerate((WORDS, OTHER, THIRD))}
    for text_url, text in texts.items():
        due = await desk.due(hop)
        await desk.put(hop, text, final_url=text_url, due=due)
    for text_url, text in texts.items():  # a hop on the way back to what was asked
        await desk.put(text_url, text, final_url=text_url, redirects=(text_url, hop))
    assert await articles(desk) == {url: (text, 1) for url, text in texts.items()}
    assert await leads_to(desk, hop) == set() or hop.startswith("https://paper.test/")


async def test_an_address_of_the_site_that_leads_elsewhere_each_day_is_no_articles_alias(desk: Desk) -> None:
    latest = "https://paper.test/latest-edition-of-the-week"
    await desk.put(latest, WORDS, final_url=PAPER)
    assert await leads_to(desk, latest) == {PAPER}
    await desk.put(latest, OTHER, final_url="https://paper.test/2026/05/another-story-of-it", now=NOW + HOUR)
    await desk.put(latest, THIRD, now=NOW + 2 * HOUR)
    assert (await articles(desk))[PAPER] == (WORDS, 1)
    assert await leads_to(desk, latest) == {latest}


async def test_an_article_that_moved_within_its_site_is_one_article_where_the_texts_agree(desk: Desk) -> None:
    new, added = "https://paper.test/2026/05/b1-new-slug", WORDS + "On Tuesday the works were put out to tender. "
    await desk.put(PAPER, WORDS)
    moved = await desk.put(PAPER, added, final_url=new, now=NOW + HOUR)
    again = await desk.put(new, added, now=NOW + 2 * HOUR)
    assert (moved.result.result, again.result.result) == ("revised", "unchanged")
    assert await leads_to(desk, new) == await leads_to(desk, PAPER) == {PAPER}
    other = await desk.put(PAPER, OTHER, final_url="https://paper.test/2026/05/we-have-a-new-shop", now=NOW + 3 * HOUR)
    assert other.result.result == "new"
    assert (await articles(desk))[PAPER] == (added, 2)


@pytest.mark.parametrize("wrapper", ["https://thief.test/out?url={}", "https://go.thief.test/?url={}"])
@pytest.mark.parametrize("victim", ["before", "after", "never"])
async def test_an_answer_at_a_redirectors_address_is_never_its_targets(desk: Desk, wrapper: str, victim: str) -> None:
    forged = wrapper.format(PAPER)
    if victim == "before":
        await desk.put(PAPER, WORDS)
    due = await desk.due("https://thief.test/2026/05/some-page-of-its-own")
    await desk.put(forged, OTHER, due=due, final_url=forged, now=NOW + HOUR)
    if victim == "after":
        await desk.put(PAPER, WORDS, now=NOW + 2 * HOUR)
    found = await articles(desk)
    assert found.get(PAPER) == (None if victim == "never" else (WORDS, 1))
    assert found[forged] == (OTHER, 1)


async def test_a_redirectors_address_is_never_asked_but_its_target_is(desk: Desk) -> None:
    due = await desk.due(PAPER)
    await desk.frontier.finish(UrlResult(due.id, "ended", "rejected", "robots", NOW))
    await name(desk, "https://aggregator.test/feed", "https://aggregator.test/out?url=" + PAPER)
    assert await rows(desk, "SELECT url FROM dateline.url") == [(PAPER,)]


@pytest.mark.parametrize("reason", ["http_404", "http_410"])
async def test_only_an_articles_own_address_shows_that_it_was_removed(desk: Desk, reason: str) -> None:
    await desk.put(THIEF, WORDS, final_url=PAPER)
    thief, paper = await desk.due(THIEF), await desk.due(PAPER)
    await desk.frontier.finish(UrlResult(thief.id, "ended", "removed", reason, NOW + HOUR, is_recheck=True))
    assert await rows(desk, "SELECT removed_at FROM dateline.article") == [(None,)]
    await desk.frontier.finish(UrlResult(paper.id, "ended", "removed", reason, NOW + HOUR, is_recheck=True))
    assert await rows(desk, "SELECT removed_at IS NULL FROM dateline.article") == [(False,)]


async def test_the_address_that_answered_is_asked_again_not_the_one_that_led_there(desk: Desk) -> None:
    await name(desk, "https://thief.test/feed", THIEF)
    store = Store(desk.pool, recheck_ages=[HOUR])
    [due] = await desk.frontier.due_urls("thief.test", None, NOW)
    desk.store = store
    await desk.put(THIEF, WORDS, final_url=PAPER, due=due)
    again = "SELECT u.url FROM dateline.recheck r JOIN dateline.url u ON u.id = r.url_id"
    assert await rows(desk, again) == [(PAPER,)]


async def name(
    desk: Desk, feed_url: str, *urls: str, now: dt.datetime = NOW, answered_at: str = "", **said: Any
) -> int:
    """A source's feed names URLs; returns how many are to be fetched."""
    site = site_of(feed_url)
    async with desk.pool.connection() as conn:
        one = await conn.execute(
            "INSERT INTO dateline.source (name, title, home, site, languages, extraction) VALUES (%s, %s, %s, %s, '{}', %s)"
            " ON CONFLICT (name) DO UPDATE SET title = excluded.title RETURNING id",
            [site.replace(".", "-"), site, f"https://{site}/", site, "{}"],
        )
        [source_id] = await one.fetchone() or [0]
        two = await conn.execute(
            "INSERT INTO dateline.feed (source_id, url, url_hash, host, kind) VALUES (%s, %s, %s, %s, 'feed')"
            " ON CONFLICT DO NOTHING RETURNING id",
            [source_id, feed_url, bytes_hash(feed_url.encode()), host_of(feed_url)],
        )
        new = await two.fetchone()
        if new:
            await conn.execute("INSERT INTO dateline.feed_state (feed_id, next_due_at) VALUES (%s, %s)", [new[0], NOW])
    feeds = await desk.frontier.due_feeds(host_of(feed_url), None, NOW + 100 * HOUR)
    feed: DueFeed = next(one for one in feeds if one.url == feed_url)
    visit = FeedVisit(
        feed=feed,
        started_at=now,
        now=now,
        outcome="changed",
        is_ok=True,
        plan=lambda _: NextVisit(NOW, 60, 0.0),
        candidates=tuple(Candidate(url, "rss", **said) for url in urls),
        speaks_for=feed.speaks_for(answered_at or feed_url),
    )
    return await desk.frontier.commit_visit(visit)


async def line(desk: Desk, url: str) -> DueUrl:
    found = await desk.frontier.due_urls(host_of(url), None, NOW + 1000 * HOUR)
    return next(one for one in found if one.url_key == url_key(url))


@pytest.mark.parametrize("own_first", [True, False])
async def test_hints_are_believed_of_a_sites_own_feed_only(desk: Desk, own_first: bool) -> None:
    feeds = [
        ("https://paper.test/feed", {"title": "Own", "published_at": NOW - HOUR, "tags": ("pier",)}),
        ("https://thief.test/feed", {"title": "Forged", "published_at": NOW - 90 * HOUR, "authors": ("Mallory",)}),
    ]
    for feed, said in feeds if own_first else reversed(feeds):
        await name(desk, feed, PAPER, **said)
    due = await line(desk, PAPER)
    assert (due.candidate.title, due.candidate.authors, due.candidate.tags) == ("Own", (), ("pier",))
    assert (due.source, due.via, list(due.named_by)) == ("paper-test", "rss", ["paper.test"])


async def test_another_site_can_not_make_a_page_say_something(desk: Desk) -> None:
    """A search page repeats the words of its address."""
    words = "Mayor admits that she sold the pier"
    search = "https://paper.test/search?q=" + words.replace(" ", "%20")
    await name(desk, "https://thief.test/feed", search)
    made = await desk.put(search, title=f"Results for: {words}", due=await line(desk, search))
    assert (made.result.state, made.result.reason) == ("ended", "not_article")
    await name(desk, "https://thief.test/feed", PAPER + "?page=a+pier+elsewhere")
    assert (await desk.put(PAPER, due=await line(desk, PAPER + "?page=a+pier+elsewhere"))).result.result == "new"
    campaign = f"https://paper.test/2026/05/mayor-and-pier?utm_campaign={words.replace(' ', '+')}"
    await name(desk, "https://thief.test/feed", campaign)
    assert (
        await desk.put(campaign, "A ferry. " * 90, title=words, due=await line(desk, campaign))
    ).result.result == "new"
    await name(desk, "https://paper.test/feed", search)
    assert (await desk.put(search, OTHER, title=words, due=await line(desk, search))).result.result == "new"


async def test_a_foreign_feed_only_suggests_a_candidate(desk: Desk) -> None:
    assert await name(desk, "https://thief.test/feed", PAPER, title="Forged") == 1
    due = await line(desk, PAPER)
    assert "paper.test" not in due.named_by
    assert await rows(desk, "SELECT is_hearsay, priority < 0, modified_at FROM dateline.url") == [(True, True, None)]


@pytest.mark.parametrize("state", ["ended", "failed", "stored"])
async def test_the_result_of_a_foreign_feeds_suggestion_does_not_bind_the_sites_own_feed(
    desk: Desk, state: str
) -> None:
    await name(desk, "https://thief.test/feed", PAPER)
    due = await line(desk, PAPER)
    await desk.frontier.finish(UrlResult(due.id, state, "rejected", "http_404", NOW))
    assert await name(desk, "https://thief.test/feed", PAPER, now=NOW + HOUR) == 0
    assert await name(desk, "https://paper.test/feed", PAPER, now=NOW + HOUR) == 1
    assert await name(desk, "https://paper.test/feed", PAPER, now=NOW + HOUR) == 0


async def test_a_foreign_feeds_dates_neither_hold_up_nor_bring_a_new_fetch(desk: Desk) -> None:
    await name(desk, "https://paper.test/feed", PAPER)
    await desk.put(PAPER, due=await line(desk, PAPER))
    assert await name(desk, "https://thief.test/feed", PAPER, modified_at=NOW + 9 * HOUR, now=NOW + 9 * HOUR) == 0
    assert await name(desk, "https://paper.test/feed", PAPER, modified_at=NOW + 2 * HOUR, now=NOW + 2 * HOUR) == 1


async def test_the_sites_own_feed_fills_in_what_a_page_found_by_hearsay_lacks(desk: Desk) -> None:
    await name(desk, "https://thief.test/feed", PAPER)
    await desk.put(PAPER, due=await line(desk, PAPER))
    await name(desk, "https://paper.test/feed", PAPER, published_at=NOW - HOUR)
    found = await desk.put(PAPER, due=await line(desk, PAPER), published=Instant(NOW - HOUR, "minute", "feed", "x"))
    assert found.result.result == "unchanged"
    stored = (
        "SELECT a.published_at::timestamptz, s.name, a.revision"
        " FROM dateline.article a JOIN dateline.source s ON s.id = a.source_id"
    )
    assert await rows(desk, stored) == [(NOW - HOUR, "paper-test", 1)]


@pytest.mark.parametrize(
    ("on_page", "in_feed", "asked"),
    [
        ({}, {"published_at": NOW - HOUR}, 1),
        ({}, {"authors": ("Olive Marten",)}, 1),
        ({}, {"tags": ("pier",)}, 0),
        ({"published": published(9), "authors": ("Ada Quill",)}, {"published_at": NOW, "authors": ("Ada Quill",)}, 0),
        ({"published": published(9)}, {"published_at": NOW - HOUR, "authors": ("Olive Marten",)}, 1),
    ],
)
async def test_a_sites_own_feed_gives_the_date_and_authors_that_a_page_lacks_which_its_links_led_to(
    desk: Desk, on_page: dict[str, Any], in_feed: dict[str, Any], asked: int
) -> None:
    """The section page or another host of the site had the link first; the page is read again once."""
    due = await desk.due(PAPER)
    await desk.put(PAPER, due=due, **on_page)
    assert await name(desk, "https://thief.test/feed", PAPER, now=NOW + HOUR, **in_feed) == 0
    assert await name(desk, "https://paper.test/feed", PAPER, now=NOW + HOUR, **in_feed) == asked
    if asked:
        again = await line(desk, PAPER)
        await desk.put(PAPER, due=again, now=NOW + 2 * HOUR, **on_page)
    assert await name(desk, "https://paper.test/feed", PAPER, now=NOW + 3 * HOUR, **in_feed) == 0


@pytest.mark.parametrize("own_first", [True, False])
async def test_an_address_that_another_site_made_up_is_not_the_articles(desk: Desk, own_first: bool) -> None:
    forged = f"{PAPER}?from=thief"
    asked = [("https://paper.test/feed", PAPER), ("https://thief.test/feed", forged)]
    for feed, url in asked if own_first else reversed(asked):
        await name(desk, feed, url)
        await desk.put(url, due=await line(desk, url))
    stored = "SELECT a.url, s.name, a.revision FROM dateline.article a JOIN dateline.source s ON s.id = a.source_id"
    assert await rows(desk, stored) == [(PAPER, "paper-test", 1)]
    assert await rows(desk, "SELECT url, why FROM dateline.alias") == [(forged, "same_text")]
    await name(desk, "https://paper.test/feed", PAPER, modified_at=NOW + 2 * HOUR, now=NOW + 2 * HOUR)
    await desk.put(PAPER, OTHER, due=await line(desk, PAPER), now=NOW + 3 * HOUR)
    assert await rows(desk, stored) == [(PAPER, "paper-test", 2)], "an edit is a revision"


async def test_an_address_that_others_made_up_gives_way_though_the_text_has_changed(desk: Desk) -> None:
    forged, changed = PAPER + "?from=thief", WORDS + "On Tuesday the council voted on it once more. "
    await name(desk, "https://thief.test/feed", forged)
    await desk.put(forged, canonical_url=PAPER, due=await line(desk, forged))
    await name(desk, "https://paper.test/feed", PAPER, now=NOW + HOUR)
    await desk.put(PAPER, changed, canonical_url=PAPER, due=await line(desk, PAPER), now=NOW + HOUR)
    assert await articles(desk) == {PAPER: (changed, 2)}
    assert await leads_to(desk, forged) == {PAPER}


async def test_articles_that_a_foreign_source_found_in_the_sites_feed_go_to_the_sites_own_source(
    desk: Desk, database: str
) -> None:
    """A source whose feed redirects to the paper's would have its articles, and the paper's own source none."""
    await name(desk, "https://thief.test/feed", PAPER, answered_at="https://paper.test/feed")
    await desk.put(PAPER, due=await line(desk, PAPER))
    await name(desk, "https://paper.test/feed", PAPER)
    for table in ("article", "url", "recheck"):
        found = f"SELECT DISTINCT s.name FROM dateline.{table} x JOIN dateline.source s ON s.id = x.source_id"
        assert await rows(desk, found) in ([("paper-test",)], []), table
    await name(desk, "https://thief.test/feed", PAPER, answered_at="https://paper.test/feed", now=NOW + HOUR)
    named = "SELECT s.name FROM dateline.article a JOIN dateline.source s ON s.id = a.source_id"
    assert await rows(desk, named) == [("paper-test",)]
    with connect(database) as conn:
        assert {one.name: one.articles for one in list_sources(conn)} == {"paper-test": 1, "thief-test": 0}
