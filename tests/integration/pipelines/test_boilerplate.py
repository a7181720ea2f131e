"""Learned boilerplate on a real PostgreSQL: from the third page on, not from copies, in any order, by two workers at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from dateline.types.article import Extraction, Page
from pipelines.boilerplate.store import BoilerplateStore, count_page
from pipelines.boilerplate.strip import paragraph_keys
from pipelines.store import Store, Stored
from sql.articles.forget import find_source, forget_source, forget_url
from sql.database import Pool
from tests.integration.conftest import NOW, Desk

HOUSE = "Write to the editors of the Harbour Post at the usual address."
PROMOTION = "CLICK HERE TO READ MORE FROM THE HARBOUR POST"


def story(name: str, lines: int = 4) -> list[str]:
    """Paragraphs that no other story has."""
    return [f"What happened at {name} on the {day}th day of the month fills this line." for day in range(4, 4 + lines)]


class Newsroom:
    """Pages down the last steps of the line: strip, store."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.lines = BoilerplateStore(desk.pool)

    async def publish(
        self, url: str, paragraphs: Sequence[str], *, now: dt.datetime = NOW
    ) -> tuple[Extraction, Stored]:
        found = Extraction(url, "article", paragraphs[0], "\n\n".join(paragraphs), extractor="test/1")
        stripped = await self.lines.strip(found, now=now)
        due = await self.desk.due(url)
        page = Page(url, url, 200, (), b"<p>", now)
        return stripped, await self.desk.store.store(due, page, stripped, now=now)

    async def counts(self) -> dict[int, int]:
        rows = await self.rows("SELECT key, stories FROM dateline.paragraph WHERE stories > 0")
        return {row["key"] % 2**64: row["stories"] for row in rows}

    async def stories(self) -> int:
        return sum(row["stories"] for row in await self.rows("SELECT stories FROM dateline.boilerplate_host"))

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        async with self.desk.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(statement.encode())
            return await cur.fetchall()


@pytest.fixture
def newsroom(desk: Desk) -> Newsroom:
    return Newsroom(desk)


def key_of(line: str) -> int:
    return paragraph_keys(line)[0]


async def test_from_a_host_s_third_page_on_a_recurring_line_is_left_out_and_kept_on_record(newsroom: Newsroom) -> None:
    for number, name in enumerate(("pier", "school", "bridge", "market"), 1):
        found, _ = await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
        assert found.removed == ((HOUSE,) if number >= 3 else ())
    articles = await newsroom.rows("SELECT url, text, removed, rules FROM dateline.article ORDER BY id")
    assert [HOUSE in row["text"] for row in articles] == [True, True, False, False]
    assert articles[2]["removed"] == [HOUSE]
    assert articles[2]["rules"] == ["learned-boilerplate"]
    # counted before it is left out, or the count would fade with success
    assert (await newsroom.counts())[key_of(HOUSE)] == 4
    other, _ = await newsroom.publish("https://www.lantern.test/fair", [*story("fair"), HOUSE])
    assert other.removed == ()


async def test_a_page_that_comes_again_unchanged_is_unchanged_although_its_line_is_known_by_now(
    newsroom: Newsroom,
) -> None:
    names = ("pier", "school", "bridge")
    for name in names:
        await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
    again = [await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE]) for name in names]
    assert [stored.result.result for _, stored in again] == ["unchanged"] * 3
    _, alias = await newsroom.publish("https://post.test/news/pier-again", [*story("pier"), HOUSE])
    assert alias.result.result == "alias"
    assert (await newsroom.counts())[key_of(HOUSE)] == 3
    assert await newsroom.stories() == 3


async def test_copies_of_one_story_are_not_counted(newsroom: Newsroom) -> None:
    for number in range(8):
        text = [*story("pier", 6), f"This is the edition with the number {number} of this text."]
        found, _ = await newsroom.publish(f"https://post.test/edition/{number}", text)
        assert found.removed == ()
    assert await newsroom.stories() == 1
    assert set((await newsroom.counts()).values()) == {1}


async def test_syndicated_story_is_not_boilerplate_of_its_hosts(newsroom: Newsroom) -> None:
    for site in range(6):
        for house in (f"https://paper{site}.test/wire", f"https://paper{site}.test/again"):
            found, _ = await newsroom.publish(
                house, [*story("pier", 6), f"Paper {site} thanks its readers of {house}."]
            )
            assert found.removed == ()


async def test_the_order_of_arrival_changes_no_count(newsroom: Newsroom) -> None:
    """The fourth connects the first two; whichever comes last, the three are one story."""
    texts = {
        "a": [*story("pier"), HOUSE],
        "b": [*story("school"), HOUSE],
        "c": [*story("bridge"), HOUSE],
        "d": [*story("pier"), *story("school")],
    }
    expected = {key_of(HOUSE): 2} | {key_of(line): 1 for name in ("pier", "school", "bridge") for line in story(name)}
    for turn, order in enumerate(itertools.islice(itertools.permutations(texts), 0, 24, 5)):
        for name in order:
            await newsroom.publish(f"https://host{turn}.test/{name}", texts[name])
        host = f"(SELECT id FROM dateline.boilerplate_host WHERE scope = 'host{turn}.test')"
        rows = await newsroom.rows(
            f"SELECT key, stories FROM dateline.paragraph WHERE host_id = {host} AND stories > 0"
        )
        assert {row["key"] % 2**64: row["stories"] for row in rows} == expected, order
    assert await newsroom.stories() == 2 * 5


async def test_revision_replaces_the_counts_of_its_article(newsroom: Newsroom) -> None:
    await newsroom.publish("https://post.test/pier", [*story("pier"), PROMOTION])
    await newsroom.publish("https://post.test/school", [*story("school"), PROMOTION])
    _, revised = await newsroom.publish(
        "https://post.test/pier", [*story("pier"), "The vote was taken in the evening."]
    )
    assert revised.result.result == "revised"
    counts = await newsroom.counts()
    assert counts[key_of(PROMOTION)] == 1
    assert counts[key_of("The vote was taken in the evening.")] == 1
    assert await newsroom.stories() == 2


async def test_two_workers_at_once_count_every_story_once(newsroom: Newsroom) -> None:
    names = [f"place {number}" for number in range(12)]
    pages = {
        f"https://post.test/{side}{number}": [*story(name), f"Side {side}{number}.", HOUSE]
        for number, name in enumerate(names)
        for side in "ab"
    }
    desks = [newsroom, Newsroom(Desk(newsroom.desk.pool, newsroom.desk.crawl_id))]
    await asyncio.gather(*(desks[n % 2].publish(url, text) for n, (url, text) in enumerate(pages.items())))
    counts = await newsroom.counts()
    assert await newsroom.stories() == len(names)
    assert counts[key_of(HOUSE)] == len(names)
    assert all(counts[key_of(line)] == 1 for name in names for line in story(name))


async def test_counting_a_page_waits_for_the_one_in_progress(pool: Pool, desk: Desk) -> None:
    """Without the lock on the host's row two copies would not see each other, and their story would count twice."""
    newsroom = Newsroom(desk)
    await newsroom.publish("https://post.test/school", story("school"))
    desk.store = Store(pool, learns=False)
    pages = []
    for side in "ab":
        found, stored = await newsroom.publish(
            f"https://post.test/{side}", [*story("pier"), f"This is the side {side}."]
        )
        pages.append((stored.article_id or 0, found))

    async def teach_second() -> None:
        async with pool.connection() as conn:
            await count_page(conn, *pages[1], now=NOW)

    async with pool.connection() as conn:
        await count_page(conn, *pages[0], now=NOW)
        second = asyncio.create_task(teach_second())
        await asyncio.wait({second}, timeout=0.3)
        assert not second.done()
    await second
    assert await newsroom.stories() == 2
    assert (await newsroom.counts())[key_of(story("pier")[0])] == 1


async def test_counts_halve_every_sixty_days_and_what_was_seen_once_goes(newsroom: Newsroom) -> None:
    for name in ("pier", "school", "bridge", "market"):
        await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
    later = NOW + dt.timedelta(days=61)
    found, _ = await newsroom.publish("https://post.test/fair", [*story("fair"), HOUSE], now=later)
    assert found.removed == (HOUSE,)  # 4 halved is 2, and this one
    counts = await newsroom.counts()
    assert counts == {key_of(HOUSE): 3} | {key_of(line): 1 for line in story("fair")}
    much_later = NOW + dt.timedelta(days=61 + 130)
    found, _ = await newsroom.publish("https://post.test/mill", [*story("mill"), HOUSE], now=much_later)
    assert found.removed == ()


async def test_forgetting_an_article_removes_its_counts(newsroom: Newsroom, database: str) -> None:
    for name in ("pier", "school"):
        await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
    await newsroom.publish("https://post.test/copy-of-pier", [*story("pier"), "Only the copy has this line."])
    with psycopg.connect(database, autocommit=True) as connection:
        forget_url(connection, "https://post.test/copy-of-pier", erase=lambda ref: None)
        assert key_of("Only the copy has this line.") not in await newsroom.counts()
        assert await newsroom.stories() == 2
        forget_url(connection, "https://post.test/pier", erase=lambda ref: None)
    counts = await newsroom.counts()
    assert counts == {key_of(line): 1 for line in [*story("school"), HOUSE]}
    assert await newsroom.rows("SELECT 1 FROM dateline.paragraph WHERE stories = 0") == []
    assert await newsroom.stories() == 1


async def test_forgetting_a_source_removes_the_counts_of_its_host(newsroom: Newsroom, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO dateline.source (name, title, home, site) VALUES ('post', 'Post', 'https://post.test', 'post.test')"
        )
        for name in ("pier", "school"):
            await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
        connection.execute("UPDATE dateline.article SET source_id = (SELECT id FROM dateline.source)")
        source = find_source(connection, "post")
        assert source is not None
        assert forget_source(connection, source, erase=lambda ref: None).articles == 2
    for table in ("boilerplate_host", "paragraph", "lesson"):
        assert await newsroom.rows(f"SELECT 1 FROM dateline.{table}") == []


async def test_article_that_moves_to_another_host_counts_only_there(newsroom: Newsroom) -> None:
    await newsroom.publish("https://post.test/pier", [*story("pier"), HOUSE])
    text = "\n\n".join([*story("pier"), HOUSE, "It stands elsewhere now."])
    moved = await newsroom.desk.put("https://post.test/pier", text, final_url="https://news.post.test/2026/the-pier")
    assert moved.result.result == "revised"
    rows = await newsroom.rows("SELECT scope, stories FROM dateline.boilerplate_host ORDER BY scope")
    assert [(row["scope"], row["stories"]) for row in rows] == [("news.post.test", 1), ("post.test", 0)]
    assert (await newsroom.counts())[key_of(HOUSE)] == 1


async def test_store_without_learning_counts_nothing(pool: Pool, desk: Desk) -> None:
    desk.store = Store(pool, learns=False)
    newsroom = Newsroom(desk)
    await newsroom.publish("https://post.test/pier", [*story("pier"), HOUSE])
    assert await newsroom.rows("SELECT 1 FROM dateline.lesson") == []


async def test_boilerplate_that_is_most_of_a_page_stays(newsroom: Newsroom) -> None:
    """A page that is little but house lines keeps them: no text is emptied."""
    lines = [f"House line {number} of this paper, which stands below every one of its pages." for number in range(8)]
    for name in ("pier", "school", "bridge"):
        await newsroom.publish(f"https://post.test/{name}", [*story(name, 12), *lines])
    found, _ = await newsroom.publish("https://post.test/flash", ["The bridge is open once more.", *lines])
    assert found.removed == ()


@pytest.mark.parametrize("places", [
    ("/@mallory/{}", "/@bob/report"),
    ("/mallory/{}", "/bob/report"),
    ("/users/77/posts/{}", "/users/78/posts/report"),
    ("/read?author=mallory&id={}", "/read?author=bob&id=9"),
])  # fmt: skip
@pytest.mark.parametrize("turn", ["before", "after", "changed"])
async def test_one_author_teaches_nothing_about_anothers_pages(
    newsroom: Newsroom, places: tuple[str, str], turn: str
) -> None:
    theirs, own = (f"https://forum.test{place}" for place in places)
    if turn != "after":
        await newsroom.publish(own, story("the council", 6))
    for number, line in enumerate(story("the council", 6)[:4]):
        await newsroom.publish(theirs.format(number), [*story(f"place {number}", 8), line, story("the council", 6)[0]])
    added = ["A line that Bob added later on, after all the others had been here."] if turn == "changed" else []
    found, _ = await newsroom.publish(own, [*story("the council", 6), *added])
    assert found.removed == ()


async def test_a_changed_article_keeps_the_lines_that_it_was_stored_with(newsroom: Newsroom) -> None:
    """On a host without sections, too, others can't take a stored article's lines away."""
    await newsroom.publish("https://forum.test/report", story("the council", 6))
    for number in range(4):
        await newsroom.publish(
            f"https://forum.test/{number}", [*story(f"place {number}", 8), story("the council", 6)[0]]
        )
    changed = [*story("the council", 6), "The council met once more and voted again in the evening."]
    found, stored = await newsroom.publish("https://forum.test/report", changed)
    assert (found.removed, stored.result.result) == ((), "revised")


@pytest.mark.parametrize("order", ["first", "last"])
async def test_lines_of_another_sites_story_are_not_boilerplate(newsroom: Newsroom, order: str) -> None:
    wire, quoted = story("the council", 8), story("the council", 8)[2]
    if order == "first":
        await newsroom.publish("https://wire.test/report", wire)
    for number in range(4):
        found, _ = await newsroom.publish(f"https://forum.test/{number}", [*story(f"place {number}", 8), quoted])
        if order == "first":
            assert found.removed == ()
    if order == "last":
        await newsroom.publish("https://wire.test/report", wire)
    found, _ = await newsroom.publish("https://forum.test/of-the-wire", wire)
    assert found.removed == ()


async def test_a_line_stays_boilerplate_when_others_copy_it_later_or_three_sites_repeat_it(newsroom: Newsroom) -> None:
    for name in ("pier", "school", "bridge"):
        await newsroom.publish(f"https://post.test/{name}", [*story(name), HOUSE])
    later = NOW + dt.timedelta(days=2)
    await newsroom.publish("https://copier.test/pier", [*story("pier"), HOUSE], now=later)
    found, _ = await newsroom.publish("https://post.test/market", [*story("market"), HOUSE], now=later)
    assert found.removed == (HOUSE,)
    for site in "abcd":
        for name in ("fair", "mill", "lake"):
            found, _ = await newsroom.publish(f"https://{site}.test/{name}", [*story(name + site), PROMOTION])
    await newsroom.publish("https://young.test/one", [*story("one"), PROMOTION])
    found, _ = await newsroom.publish("https://d.test/four", [*story("four"), PROMOTION])
    assert found.removed == (PROMOTION,)
