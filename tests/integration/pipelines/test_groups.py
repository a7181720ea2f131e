"""Group commit on a real PostgreSQL: the same rows as one by one, and no page pays for another."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.errors import ArchiveError
from dateline.types.article import ArchiveRef, Extraction, Page
from dateline.urls import url_key
from pipelines.groups.commit import GroupCommit
from pipelines.store import Store, Stored
from sql import query
from sql.database import Pool, open_pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.rows import DueUrl
from tests.conftest import clone
from tests.integration.conftest import NOW, Desk, published
from tests.integration.pipelines.test_store import rows

WAIT_S = 0.2
"""Long enough for all pages of a test to come together on a busy machine; a full group does not wait."""
ROWS = {
    "article": "SELECT to_jsonb(a) - 'id' - 'dated_at' FROM dateline.article a ORDER BY url",
    "seen": "SELECT a.url, s.last_seen_at, s.times FROM dateline.article_seen s JOIN dateline.article a ON a.id = s.article_id"
    " ORDER BY 1",
    "task": "SELECT a.url, t.task, t.since FROM dateline.article_task t JOIN dateline.article a ON a.id = t.article_id"
    " ORDER BY 1, 2",
    "alias": "SELECT l.url, a.url, l.why, l.seen_at FROM dateline.alias l JOIN dateline.article a ON a.id = l.article_id"
    " ORDER BY 1",
    "copy": "SELECT a.url, o.url, c.kind, c.first_by, c.why FROM dateline.copy c JOIN dateline.article a ON a.id = c.article_id"
    " LEFT JOIN dateline.article o ON o.id = c.original_id ORDER BY 1",
    "sketch": "SELECT a.url, s.hash FROM dateline.sketch s JOIN dateline.article a ON a.id = s.article_id ORDER BY 1, 2",
    "lesson": "SELECT a.url, h.scope, first.url, l.keys, l.length, l.stripped FROM dateline.lesson l"
    " JOIN dateline.article a ON a.id = l.article_id JOIN dateline.boilerplate_host h ON h.id = l.host_id"
    " JOIN dateline.article first ON first.id = l.story_id ORDER BY 1",
    "paragraph": "SELECT h.scope, p.key, p.stories FROM dateline.paragraph p JOIN dateline.boilerplate_host h ON h.id = p.host_id"
    " ORDER BY 1, 2",
    "host": "SELECT scope, site, stories FROM dateline.boilerplate_host ORDER BY 1",
    "url": "SELECT u.url, u.state, u.reason, u.attempts, u.finished_at, a.url FROM dateline.url u"
    " LEFT JOIN dateline.article a ON a.id = u.article_id ORDER BY 1",
    "fetch": "SELECT u.url, f.result, f.reason, f.fetched_at, a.url FROM dateline.fetch f JOIN dateline.url u ON u.id = f.url_id"
    " LEFT JOIN dateline.article a ON a.id = f.article_id ORDER BY 1, 2",
    "total": "SELECT name, labels, sum(value) FROM dateline.total GROUP BY 1, 2 HAVING sum(value) <> 0 ORDER BY 1, 2",
}  # fmt: skip
NOTE = "The ferry leaves the old pier at noon today."
PAPERS = ("bay", "cape", "dune", "fen")
FOOT = "\n\nWrite to the editors of this paper at the usual address on the quay."


def text_of(number: int, words: int = 120) -> str:
    pick = random.Random(number)
    return " ".join(
        f"{pick.choice('bdfgklmnprst')}{pick.choice('aeiou')}{pick.choice('lmnrst')}{n:x}" for n in range(words)
    )


def pages() -> list[tuple[str, dict[str, Any]]]:
    """What a morning brings: news of four papers with the same line under all texts, and all that is not plainly new."""
    plain = [
        (f"https://{p}.test/{n}", {"text": text_of(n * 4 + i) + FOOT}) for n in range(6) for i, p in enumerate(PAPERS)
    ]
    canonical = {"canonical_url": "https://bay.test/tide"}
    return [
        *plain,
        ("https://cape.test/copy", {"text": text_of(0) + " As told by others.", "published": published(9)}),
        ("https://fen.test/verbatim", {"text": text_of(5) + FOOT, "published": published(10)}),
        ("https://bay.test/tide", {"text": text_of(90)}),
        ("https://bay.test/tide-2", {"text": text_of(90) + " A line more.", **canonical}),
        ("https://bay.test/0?utm_source=x", {"text": text_of(0) + FOOT}),
        ("https://dune.test/moved", {"text": text_of(91), "final_url": "https://dune.test/2026/moved"}),
        ("https://dune.test/amp-of", {"text": text_of(92), "amp_url": "https://dune.test/amp/of"}),
        ("https://dune.test/amp/of", {"text": text_of(92)}),
        ("https://fen.test/list", {"kind": "section"}),
        ("https://fen.test/short", {"text": "Fog again."}),
        *(
            (f"https://gull.test/note-{n}", {"text": f"{NOTE}\n\nAnd line {n} is late.", "title": f"{n}"})
            for n in "abcd"
        ),
    ]


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The numbers of pages that each group stored."""
    sizes: list[int] = []
    committed = GroupCommit._committed

    async def counted(self: GroupCommit, waiting: Any) -> Any:
        lines = await committed(self, waiting)
        sizes.append(len(lines))
        return lines

    with monkeypatch.context() as patch:
        patch.setattr(GroupCommit, "_committed", counted)
        yield sizes


@asynccontextmanager
async def another_desk(postgres_url: str, template: str) -> AsyncIterator[Desk]:
    with contextmanager(clone)(postgres_url, template) as url:
        async with open_pool(url, min_size=1, max_size=4) as pool:
            yield Desk(pool, await Crawls(pool).begin(["test"], CrawlOptions()))


@pytest_asyncio.fixture
async def grouping(desk: Desk) -> AsyncIterator[Desk]:
    """A desk that stores in groups."""
    desk.store = Store(desk.pool, obey_reservations=("noai",), group_wait_s=WAIT_S)
    with desk.store.coming():
        yield desk


async def put_together(
    desk: Desk, wanted: list[tuple[str, dict[str, Any]]], dues: list[DueUrl] | None = None
) -> list[Stored]:
    dues = dues or [await desk.due(url) for url, _ in wanted]
    return await asyncio.gather(*(desk.put(url, due=due, **one) for (url, one), due in zip(wanted, dues, strict=True)))


async def everything(pool: Pool) -> dict[str, list[Any]]:
    return {name: [tuple(row.values()) for row in await rows(pool, statement)] for name, statement in ROWS.items()}


async def test_groups_store_the_same_rows_as_pages_one_by_one(
    grouping: Desk, postgres_url: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First six at a time, as they come on a quiet day; the last pages are copies and other addresses of the first."""
    with watched(monkeypatch) as sizes:
        for start in range(0, len(pages()), 6):
            await put_together(grouping, pages()[start : start + 6])
    assert sum(sizes) >= 20
    assert max(sizes) >= 4
    async with another_desk(postgres_url, template) as other:
        for url, one in pages():
            await other.put(url, **one)
        expected = await everything(other.pool)
    found = await everything(grouping.pool)
    for name in ROWS:
        assert found[name] == expected[name], name


async def test_pages_that_are_tied_to_each_other_never_share_a_transaction(grouping: Desk) -> None:
    """All at once: without `independent` a text and its copy, or a page and its AMP form, were two articles."""
    told = await put_together(grouping, pages())
    assert {"new", "copy", "alias", "unchanged", "rejected"} >= {each.result.result for each in told}
    assert len(await rows(grouping.pool, "SELECT FROM dateline.article")) == 34
    links = await rows(grouping.pool, "SELECT copy_url FROM news.copies ORDER BY 1")
    assert [row["copy_url"] for row in links] == ["https://cape.test/copy", "https://fen.test/verbatim"]


@pytest.mark.parametrize(
    "later",
    [
        ("https://bay.test/tide-2", {"text": text_of(90) + " A line more.", "canonical_url": "https://bay.test/tide"}),
        ("https://bay.test/m/tide", {"text": text_of(90) + " A line more."}),
        ("https://bay.test/tide-3", {"text": text_of(90)}),
        ("https://bay.test/forgotten", {"text": text_of(93)}),
        ("https://gone.test/x", {"text": text_of(94)}),
    ],
    ids=["names a known page", "is named by one", "has its text", "was forgotten", "its site was forgotten"],
)
async def test_what_the_archive_has_met_before_goes_alone(grouping: Desk, later: tuple[str, dict[str, Any]]) -> None:
    """The look-up under the locks finds what ties a page to the archive."""
    await grouping.put("https://bay.test/tide", text_of(90), amp_url="https://bay.test/m/tide")
    wanted = [*pages()[:3], later]
    dues = [await grouping.due(url) for url, _ in wanted]
    async with grouping.pool.connection() as conn:
        key = url_key("https://bay.test/forgotten")
        await conn.execute("INSERT INTO dateline.forgotten_site (host) VALUES ('gone.test')")
        await conn.execute("INSERT INTO dateline.forgotten (url_key) VALUES (%s)", [key])
    *strangers, tied = await put_together(grouping, wanted, dues)
    assert [each.result.result for each in strangers] == ["new"] * 3
    assert tied.result.result in ("alias", "rejected")


async def test_a_page_that_the_database_refuses_costs_only_itself(grouping: Desk) -> None:
    wanted = [(f"https://bay.test/{n}", {"text": text_of(n), "article_probability": 0.5}) for n in range(4)]
    wanted[2][1]["article_probability"] = 1e300
    told = await put_together(grouping, wanted)
    assert [each.result.result for each in told] == ["new", "new", "rejected", "new"]
    assert told[2].result.reason == "store_error"


async def test_two_workers_groups_of_the_same_pages_store_each_once(grouping: Desk) -> None:
    """The same news twice at the same time, as after a job that was delivered twice."""
    wanted = [
        (f"https://{paper}.test/{n}", {"text": text_of(10 * n + len(paper))}) for n in range(4) for paper in PAPERS[:2]
    ]
    other = Desk(grouping.pool, grouping.crawl_id)
    other.store = Store(grouping.pool, group_wait_s=WAIT_S)
    dues = [await grouping.due(url) for url, _ in wanted]
    puts = [
        desk.put(url, due=due, **one)
        for desk in (grouping, other)
        for (url, one), due in zip(wanted, dues, strict=True)
    ]
    told = await asyncio.gather(*puts)
    results = [each.result.result for each in told]
    assert (results.count("new"), results.count("unchanged")) == (8, 8)
    assert len(await rows(grouping.pool, "SELECT FROM dateline.article")) == 8


async def test_the_others_are_stored_when_the_first_of_a_group_is_given_up(grouping: Desk) -> None:
    dues = [await grouping.due(f"https://bay.test/{n}") for n in range(3)]
    first, *others = [asyncio.create_task(grouping.put(due.url, text_of(n), due=due)) for n, due in enumerate(dues)]
    while grouping.store._groups is None or grouping.store._groups._open is None:
        await asyncio.sleep(0)
    first.cancel()
    told = await asyncio.gather(*others)
    assert [each.result.result for each in told] == ["new", "new"]
    assert len(await rows(grouping.pool, "SELECT FROM dateline.article")) == 2


async def test_a_lone_page_is_stored_after_a_moment(grouping: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(monkeypatch) as sizes:
        assert (await grouping.put("https://bay.test/0")).result.result == "new"
    assert sizes == []


async def test_a_page_waits_for_those_that_are_being_read_and_no_longer(
    grouping: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouping.store = Store(grouping.pool, group_wait_s=60)
    dues = [await grouping.due(f"https://bay.test/{n}") for n in range(3)]
    with watched(monkeypatch) as sizes:
        with grouping.store.coming():
            puts = [asyncio.create_task(grouping.put(due.url, text_of(n), due=due)) for n, due in enumerate(dues[:2])]
            await asyncio.sleep(0.2)
            assert sizes == []
            puts.append(asyncio.create_task(grouping.put(dues[2].url, text_of(2), due=dues[2])))
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*puts), 30)
    assert sizes == [3]


async def test_a_group_stays_open_while_another_is_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.groups.commit.BEHIND_S", 30)
    desk.store = Store(desk.pool, group_wait_s=WAIT_S)
    assert desk.store._groups is not None
    dues = [await desk.due(f"https://bay.test/{n}") for n in range(4)]
    puts = [asyncio.create_task(desk.put(due.url, text_of(n), due=due)) for n, due in enumerate(dues[:2])]
    with watched(monkeypatch) as sizes:
        async with desk.pool.connection() as blocker:
            await blocker.execute("LOCK TABLE dateline.article IN EXCLUSIVE MODE")
            while not desk.store._groups._writing:
                await asyncio.sleep(0.01)
            for n in (2, 3):
                puts.append(asyncio.create_task(desk.put(dues[n].url, text_of(n), due=dues[n])))
                await asyncio.sleep(0.1)
        told = await asyncio.gather(*puts)
    assert ([each.result.result for each in told], sizes) == (["new"] * 4, [2, 2])


class Writer:
    """An archive as the item pipelines have it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def keep(self, url: str, at: dt.datetime) -> ArchiveRef:
        return self.archive.write(WarcExchange(url, url, 200, "OK", [], b"<p>", at))

    def sync(self, refs: list[ArchiveRef]) -> None:
        for ref in refs:
            self.archive.sync(ref)


async def archived(desk: Desk, writer: Writer, numbers: range) -> list[Any]:
    """Store pages whose records were written to the archive a moment ago."""
    puts = []
    for n in numbers:
        due = await desk.due(f"https://bay.test/{n}")
        page = Page(due.url, due.url, 200, (), b"<p>", NOW, archived=writer.keep(due.url, NOW))
        puts.append(desk.store.store(due, page, Extraction(due.url, "article", "Pier", text_of(n)), now=NOW))
    return await asyncio.gather(*puts, return_exceptions=True)


async def test_one_flush_puts_the_records_of_a_group_on_disk_before_its_rows(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where the flush fails, nothing is committed."""
    with Archive(tmp_path) as archive:
        writer, flushes, flush = Writer(archive), [], os.fdatasync

        def counted(descriptor: int) -> None:
            flushes.append(descriptor)
            flush(descriptor)

        monkeypatch.setattr(os, "fdatasync", counted)
        desk.store = Store(desk.pool, archive=writer, group_wait_s=WAIT_S)
        assert [each.result.result for each in await archived(desk, writer, range(4))] == ["new"] * 4
        assert len(flushes) == 1

        def failing(descriptor: int) -> None:
            raise OSError(5, "input/output error")

        monkeypatch.setattr(os, "fdatasync", failing)
        told = await archived(desk, writer, range(4, 8))
        assert [type(each) for each in told] == [ArchiveError] * 4
        assert len(await rows(desk.pool, "SELECT FROM dateline.article")) == 4
        monkeypatch.setattr(os, "fdatasync", flush)


async def test_a_page_is_stored_beside_articles_that_are_placed_in_stories(desk: Desk, database: str) -> None:
    """The placer holds the page's task and then refers to its article, which the storing transaction has locked."""
    await desk.put("https://paper.test/pier", "The pier is closed. " * 9)
    async with await AsyncConnection.connect(database, options="-c deadlock_timeout=20ms") as placing:
        await placing.execute(query("stories", "take_tasks"), {"limit": 9, "characters": 100})
        storing = asyncio.create_task(desk.put("https://paper.test/pier", "The pier is open again. " * 9))
        while not await rows(desk.pool, "SELECT FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        member = {"article_id": 1, "story_id": 1, "at": NOW, "now": NOW, "is_repeat": False}
        await placing.execute(
            query("stories", "new_stories"), {"ids": [1], "languages": ["en"], "at": [NOW], "now": NOW}
        )
        await placing.execute(query("stories", "keep_member"), member)
    assert (await storing).result.result == "revised"
