"""Archived pages read again: revisions marked as ours, lines learned since left out, killed and started again at will."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from psycopg.rows import dict_row

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.cli.archive.reprocess import reprocess
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import UsageError
from dateline.types.article import ArchiveRef, Hints
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.extract.extract import EXTRACTOR, extract_page
from pipelines.revisions.reprocess import store_reprocessed
from scheduler.commands.reprocess import ReprocessSummary, run_reprocess
from sql.articles.reprocess import ArchivedArticle, Selection, articles_to_read
from tests.acceptance.support import preloaded
from tests.integration.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("warm_parsers")

HOUSE = "Write to the editors of the Harbour Post at the usual address, we read every letter."
OLD = "dateline/0"


def html(name: str, *extra: str) -> bytes:
    lines = [
        f"What happened at the {name} on the {day}th day of the month was told to this paper by people who live there, "
        f"and who asked for the {name} to be looked after better than it was in the years before."
        for day in range(4, 9)
    ]
    body = "".join(f"<p>{line}</p>" for line in (*lines, *extra))
    return (
        f"<html lang='en'><head><title>News of the {name}</title></head><body><article><h1>News of the {name}</h1>"
        f"{body}</article></body></html>"
    ).encode()


class Press:
    """Pages that were archived and stored, by an extractor that kept only the first paragraph."""

    def __init__(self, desk: Desk, folder: Path, database: str) -> None:
        self.desk = desk
        self.settings = Settings(data_dir=folder, database_url=database, extraction_workers=1)
        self.archive = Archive(self.settings.archive_dir)
        self.url = database

    async def publish(self, url: str, body: bytes, *, extractor: str = OLD, now: dt.datetime = NOW) -> None:
        exchange = WarcExchange(
            url=url, final_url=url, status=200, reason="OK", headers=[("content-type", "text/html; charset=utf-8")],
            body=body, fetched_at=now, request_headers=[],
        )  # fmt: skip
        ref = self.archive.write(exchange)
        self.archive.sync()
        page = self.archive.read(ref)
        found = extract_page(page.body, url=url, hints=Hints(), now=now)
        if extractor == OLD:
            found = dataclasses.replace(found, text=found.text.split("\n")[0], extractor=OLD)
        else:
            found = await BoilerplateStore(self.desk.pool).strip(found, now=now)
        await self.desk.store.store(await self.desk.due(url), page, found, now=now)

    async def run(self, wanted: Selection = Selection(), **options: Any) -> ReprocessSummary:  # noqa: B008
        return await run_reprocess(self.settings, self.url, wanted, clock=lambda: NOW, **options)

    async def rows(self, statement: str) -> Sequence[dict[str, Any]]:
        async with self.desk.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(statement.encode())
            return await cur.fetchall()


@pytest.fixture
def press(desk: Desk, tmp_path: Path, database: str) -> Press:
    return Press(desk, tmp_path, database)


async def test_a_changed_text_is_a_revision_of_ours_and_is_not_read_twice(press: Press) -> None:
    await press.publish("https://post.test/pier", html("pier"))
    await press.publish("https://lantern.test/school", html("school"), extractor=EXTRACTOR)
    await press.rows("UPDATE dateline.article SET removed_at = now() WHERE site = 'post.test' RETURNING id")
    seen = await press.rows("SELECT last_seen_at FROM news.articles ORDER BY url")

    dry = (await press.run(dry_run=True)).to_json()
    assert (dry["articles"], dry["changed"], dry["dry_run"]) == (1, 1, True)
    assert await press.rows("SELECT 1 FROM dateline.revision") == []

    done = (await press.run()).to_json()
    assert (done["articles"], done["changed"], done["unchanged"], done["failed"]) == (1, 1, 0, {})
    revisions = await press.rows(
        "SELECT number, cause, extractor, word_count > 50 AS is_whole, is_present FROM news.revisions"
        " WHERE url LIKE '%pier' ORDER BY number"
    )
    assert [tuple(row.values()) for row in revisions] == [
        (1, "first", OLD, False, False),
        (2, "re-extraction", EXTRACTOR, True, True),
    ]
    # the publisher took it down, and it was not met again
    (article,) = await press.rows("SELECT removed_at FROM dateline.article WHERE site = 'post.test'")
    assert article["removed_at"] is not None
    assert await press.rows("SELECT last_seen_at FROM news.articles ORDER BY url") == seen
    assert (await press.run()).to_json()["articles"] == 0


async def test_an_equal_text_is_renewed_in_place_and_a_page_that_is_gone_is_counted(press: Press) -> None:
    for name in ("pier", "school", "bridge"):
        await press.publish(f"https://post.test/{name}", html(name), extractor=EXTRACTOR)
    await press.rows(f"UPDATE dateline.article SET extractor = '{OLD}', authors = '{{Nobody}}' RETURNING id")
    await press.rows("UPDATE dateline.article SET archive_file = NULL WHERE url LIKE '%bridge' RETURNING id")
    (row,) = await press.rows(
        "SELECT archive_file, archive_offset, archive_length FROM dateline.article WHERE url LIKE '%school'"
    )
    press.archive.erase(ArchiveRef(row["archive_file"], row["archive_offset"], row["archive_length"]))

    done = (await press.run(Selection(host="post.test"))).to_json()
    assert (done["articles"], done["changed"], done["unchanged"], done["gone"]) == (3, 0, 1, 2)
    (pier,) = await press.rows("SELECT authors, extractor, revision FROM dateline.article WHERE url LIKE '%pier'")
    assert (pier["authors"], pier["extractor"], pier["revision"]) == ([], EXTRACTOR, 1)
    assert await press.rows("SELECT 1 FROM dateline.revision") == []


async def test_boilerplate_found_later_is_stripped_from_older_articles(press: Press) -> None:
    for name in ("pier", "school", "bridge"):
        await press.publish(f"https://post.test/{name}", html(name, HOUSE), extractor=EXTRACTOR)
    count = f"SELECT count(*) AS n FROM dateline.article WHERE text LIKE '%{HOUSE}%'"
    assert (await press.rows(count))[0]["n"] == 2
    done = (await press.run()).to_json()
    assert (done["articles"], done["changed"]) == (2, 2)
    assert (await press.rows(count))[0]["n"] == 0
    causes = await press.rows(
        "SELECT DISTINCT revision_cause AS cause, removed FROM dateline.article WHERE revision = 2"
    )
    assert sorted((row["cause"], row["removed"]) for row in causes) == [
        ("boilerplate", ["News of the pier", HOUSE]),
        ("boilerplate", ["News of the school", HOUSE]),
    ]
    (counted,) = await press.rows("SELECT max(stories) AS n FROM dateline.paragraph")
    assert counted["n"] == 3
    assert (await press.run()).to_json()["articles"] == 0


async def test_only_selected_articles_are_read(press: Press) -> None:
    later = NOW + dt.timedelta(days=3)
    await press.publish("https://post.test/pier", html("pier"))
    await press.publish("https://news.post.test/school", html("school"))
    await press.publish("https://compost.test/bridge", html("bridge"), now=later)

    async def chosen(**fields: Any) -> list[str]:
        terms = {"extractor": EXTRACTOR, "imported": "import", "learned": True, "today": NOW.date()}
        terms |= {"fewest_articles": 3, "fewest_stories": 3, "smallest_share": 0.02}
        async with press.desk.pool.connection() as conn:
            found = await articles_to_read(conn, Selection(**fields), after=0, limit=10, terms=terms)
        return [article.url.split("/")[-1] for article in found]

    assert await chosen() == ["pier", "school", "bridge"]
    assert await chosen(host="post.test") == ["pier", "school"]
    assert await chosen(host="news.post.test") == ["school"]
    assert await chosen(since=later) == ["bridge"]
    assert await chosen(source="post") == []
    stop = asyncio.Event()
    stop.set()
    cut = await press.run(stop=stop)
    assert (cut.to_json()["articles"], cut.is_cut) == (0, True)
    assert (await press.run(Selection(limit=1))).to_json()["articles"] == 1
    assert await chosen() == ["school", "bridge"]


async def test_article_fetched_again_meanwhile_is_left_alone(press: Press) -> None:
    await press.publish("https://post.test/pier", html("pier"))
    async with press.desk.pool.connection() as conn:
        terms = {"extractor": EXTRACTOR, "imported": "import", "learned": False, "today": NOW.date()}
        terms |= {"fewest_articles": 3, "fewest_stories": 3, "smallest_share": 0.02}
        (article,) = await articles_to_read(conn, Selection(), after=0, limit=10, terms=terms)
    assert isinstance(article, ArchivedArticle)
    assert article.ref is not None
    page = press.archive.read(article.ref)
    await press.publish("https://post.test/pier", html("pier", "It was voted on."), extractor=EXTRACTOR)
    found = extract_page(page.body, url=page.final_url, hints=Hints(), now=NOW)
    outcome = await store_reprocessed(
        press.desk.pool, article.article_id, article.due, page, found, learns=True, now=NOW
    )
    assert outcome == "overtaken"
    (row,) = await press.rows("SELECT text FROM dateline.article")
    assert "It was voted on." in row["text"]


async def test_the_command_prints_what_it_did(press: Press, tmp_path: Path, database: str) -> None:
    await press.publish("https://post.test/pier", html("pier"))
    environ = os.environ | {"DATELINE_DATABASE_URL": database, "DATELINE_DATA_DIR": str(tmp_path)}

    def dateline(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return preloaded.run(["reprocess", *arguments], env=environ)

    dry = await asyncio.to_thread(dateline, "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, b"https://post.test/pier\n")
    assert b"would change 1" in dry.stderr
    done = await asyncio.to_thread(dateline, "--json")
    assert (done.returncode, orjson.loads(done.stdout)["changed"]) == (0, 1)
    unknown = CliRunner().invoke(reprocess, ["--source", "nobody"], obj=Context(press.settings))
    assert isinstance(unknown.exception, UsageError)


async def test_a_line_that_is_no_longer_boilerplate_comes_back(press: Press) -> None:
    for name in ("pier", "school", "bridge"):
        await press.publish(f"https://post.test/{name}", html(name, HOUSE), extractor=EXTRACTOR)
    with_line = f"SELECT url FROM dateline.article WHERE text LIKE '%{HOUSE}%' ORDER BY url"
    assert len(await press.rows(with_line)) == 2
    await press.rows("UPDATE dateline.paragraph SET stories = 2 WHERE stories = 3 RETURNING key")
    done = (await press.run()).to_json()
    assert (done["articles"], done["changed"]) == (1, 1)
    assert len(await press.rows(with_line)) == 3
    assert (await press.run()).to_json()["articles"] == 0
