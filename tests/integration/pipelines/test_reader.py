"""The one way of reading a page: the parser pool's temporary failures, and the check of stored kinds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.rows import tuple_row

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.config import Settings
from dateline.errors import ParserPoolError
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Extraction, Page
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.dedupe import Reject
from pipelines.reader import PageReader
from pipelines.steps import Parts, ReadStep
from pipelines.store import Store
from scheduler.commands import import_files, reprocess
from scheduler.commands.import_files import run_import
from scheduler.commands.reprocess import run_reprocess
from sql.articles.reprocess import Selection
from tests.acceptance.support.site import article
from tests.integration.conftest import NOW, WORDS, Desk

URL = "https://post.test/2026/05/04/pier.html"
HOUSE = "Write to the editors of the Harbour Post at the usual address, we read every letter."
HEADERS = (("content-type", "text/html; charset=utf-8"),)


def page_of(body: bytes, url: str = URL) -> Page:
    return Page(url, url, 200, HEADERS, body, NOW)


def settings_in(folder: Path, database: str) -> Settings:
    return Settings(data_dir=folder, database_url=database, extraction_workers=1)


def keep(folder: Path, body: bytes) -> Path:
    """The page in a WARC file of that folder."""
    archive = Archive(folder)
    archive.write(WarcExchange(URL, URL, 200, "OK", list(HEADERS), body, NOW))
    archive.close()
    return next(folder.glob("*.warc.gz"))


async def answer(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    async with desk.pool.connection() as conn, conn.cursor(row_factory=tuple_row) as cur:
        await cur.execute(statement.encode())
        return await cur.fetchall()


class FailingParserPool:
    """In place of a parser pool on a machine without room for another process: the first calls fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def run(self, function: Callable[..., Any], *arguments: Any, deadline_s: float, subject: str) -> Any:
        if self.failures:
            self.failures -= 1
            error = ParserPoolError("can't start a parser worker", reason="parse_crash", subject=subject)
            error.is_temporary = True
            raise error
        return function(*arguments)


def failing(failures: int) -> ParserPool:
    return FailingParserPool(failures)  # type: ignore[return-value]


async def test_spider_raises_temporary_parser_failure(desk: Desk) -> None:
    item: Any = SimpleNamespace(
        page=page_of(article(1).encode()), raw=None, request=SimpleNamespace(payload=await desk.due(URL))
    )
    async with ParserPool(workers=1, preload=["no_such_parser"]) as parser_pool:
        step = ReadStep(Parts(PageReader(parser_pool, 5.0), desk.store, None, (), lambda: NOW))
        with pytest.raises(ParserPoolError) as caught:
            await step.process_item(item)
    assert caught.value.is_temporary
    assert await answer(desk, "SELECT state FROM dateline.url") == [("pending",)]
    assert await answer(desk, "SELECT reason FROM dateline.quarantine") == []


async def test_store_raises_temporary_parser_failure_and_stores_the_page_next_time(desk: Desk) -> None:
    await desk.put("https://first.test/pier", WORDS)
    store = Store(desk.pool, parser_pool=failing(1))
    due, page = await desk.due(URL), page_of(b"")
    found = Extraction(url=URL, kind="article", title="Pier", text=f"{WORDS}{WORDS}And more was said.")
    with pytest.raises(ParserPoolError):
        await store.store(due, page, found, now=NOW)
    assert await answer(desk, "SELECT reason FROM dateline.quarantine") == []
    stored = await store.store(due, page, found, now=NOW)
    assert stored.result.state == "stored"


async def test_import_ends_on_lasting_parser_failure_and_holds_nothing_against_pages(
    desk: Desk, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, file = settings_in(tmp_path, database), keep(tmp_path / "warc", article(1).encode())
    with monkeypatch.context() as patched:
        patched.setattr(import_files, "PRELOAD", ("no_such_parser",))
        patched.setattr(import_files, "COMMAND_PAUSES_S", (0.01,))
        with pytest.raises(ParserPoolError, match="can't start a parser worker"):
            await run_import(settings, database, [file])
    assert await answer(desk, "SELECT reason FROM dateline.quarantine") == []
    assert await answer(desk, "SELECT result FROM dateline.fetch") == []
    assert (await run_import(settings, database, [file])).to_json()["new"] == 1


async def test_reprocess_ends_on_lasting_parser_failure_and_holds_nothing_against_pages(
    desk: Desk, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path, database)
    keep(settings.archive_dir, article(1).encode())
    await run_import(settings, database, list(settings.archive_dir.glob("*.warc.gz")))
    await answer(
        desk,
        "UPDATE dateline.article SET extractor = 'dateline/0', archive_offset = 0, archive_length = 0, archive_file = '"
        + "none.warc.gz' RETURNING 1",
    )
    monkeypatch.setattr(Archive, "read", lambda self, ref: page_of(article(1).encode()))
    with monkeypatch.context() as patched:
        patched.setattr(reprocess, "make_parser_pool", lambda _: ParserPool(workers=1, preload=["no_such_parser"]))
        patched.setattr(reprocess, "COMMAND_PAUSES_S", (0.01,))
        with pytest.raises(ParserPoolError, match="can't start a parser worker"):
            await run_reprocess(settings, database, Selection())
    assert await answer(desk, "SELECT reason FROM dateline.quarantine") == []
    assert await answer(desk, "SELECT extractor FROM dateline.article") == [("dateline/0",)]


async def test_command_asks_again_after_temporary_parser_failure(desk: Desk) -> None:
    reader = PageReader(failing(2), 5.0, None, pauses_s=(0.0, 0.0))
    found = await reader.read(await desk.due(URL), page_of(article(1).encode()), now=NOW)
    assert isinstance(found, Extraction)
    with pytest.raises(ParserPoolError):
        await PageReader(failing(3), 5.0, None, (0.0, 0.0)).read(await desk.due(URL), page_of(b"<p>"), now=NOW)


async def test_lasting_parser_failure_of_a_page_is_its_refusal(desk: Desk) -> None:
    async with ParserPool(workers=1) as parser_pool:
        reader = PageReader(parser_pool, 0.0001)
        found = await reader.read(await desk.due(URL), page_of(article(1).encode()), now=NOW)
    assert isinstance(found, Reject)
    assert found.reason == "parse_timeout"


@pytest.mark.parametrize("rejudge", [False, True])
async def test_only_stored_kinds_are_stripped(desk: Desk, rejudge: bool) -> None:
    for n in range(4):
        text = "\n".join((f"{n} {WORDS}"[: 200 + n], HOUSE))
        await desk.put(f"https://post.test/{n}", text, now=NOW + dt.timedelta(minutes=n))
    reader = PageReader(failing(0), 5.0, BoilerplateStore(desk.pool))
    due = await desk.due(URL)

    async def read(body: str) -> Extraction:
        found = await reader.read(due, page_of(body.encode()), now=NOW, rejudge=rejudge)
        assert isinstance(found, Extraction)
        return found

    paragraphs = "".join(f"<p>{line}</p>" for line in (WORDS, WORDS.replace("pier", "quay"), HOUSE))
    page = "<html><head><title>{0}</title></head><article><h1>{0}</h1>{1}</article></html>"
    assert (await read(page.format("Pier", paragraphs))).removed == ("Pier", HOUSE)
    missing = await read(
        page.format(
            "Page not found",
            f"<p>We looked for it in every drawer of ours and under all of the tables, but it is gone.</p><p>{HOUSE}</p>",
        )
    )
    assert missing.kind == "soft_404"
    assert HOUSE in missing.text.splitlines()
    assert missing.removed == ("Page not found",)
