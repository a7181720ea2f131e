"""Plug-ins that recognise names: packages in a temporary folder, run in killable processes."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import signal
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dateline.names.entities import Model
from dateline.names.name_list import NameLine
from dateline.parser_pool.pool import ParserPool
from dateline.search.query import parse
from pipelines.entities.plug_ins import GROUP
from pipelines.entities.step import EntityReader
from pipelines.mentions.step import NameMatcher
from scheduler.alerts.matcher import AlertMatcher
from sql.names.entities import Entities
from sql.names.names import Names
from sql.search.search import count, run_async, unknown_values
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, WORDS, Desk

DOC = Path("docs/how-to/follow-names.md").read_text(encoding="utf-8")
TEXT = WORDS + "The harbour is Dr Quill's, says Mr Lund. Dr Quill agrees. "
MENTIONS = "SELECT origin, model, name_id, kind, name, mentions, in_title, first_at FROM news.mentions ORDER BY article_id, name"
HOSTILE = """
import os
class Hostile:
    model, version = "hostile", "2"
    def __call__(self, text, language):
        if "loops" in text:
            while True: pass
        if "exits" in text: os._exit(0)
        if "hoards" in text: bytes(1 << 40)
        if "raises" in text: raise SystemExit("no")
        if "strays" in text: return [(0, 10**9, "person")]
        if "invents" in text: return [(0, 3, "ghost")]
        return [(0, 3, "place")]
recognise = Hostile()
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    def add(name: str, code: str, entry: dict[str, str]) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{key} = {value}\n" for key, value in entry.items()]
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{''.join(lines)}")
        monkeypatch.syspath_prepend(str(tmp_path))

    return add


@pytest.fixture
def titles(install: Install) -> None:
    """The plug-in of the documentation."""
    (code,) = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    (project,) = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
    install("dateline_titles", code, tomllib.loads(project)["project"]["entry-points"][GROUP])


async def rows(desk: Desk, query: str) -> list[tuple[Any, ...]]:
    async with desk.pool.connection() as conn:
        return await (await conn.execute(query.encode())).fetchall()


@asynccontextmanager
async def reader(desk: Desk) -> AsyncIterator[EntityReader]:
    one = EntityReader(Entities(desk.pool), memory_mb=1024, deadline_s=0.5)
    try:
        yield one
    finally:
        one.close()


async def test_the_documents_plug_in_reads_new_and_revised_articles(desk: Desk, titles: None) -> None:
    async with reader(desk) as one:
        await desk.put("https://bay.test/before")
        assert await one.step() == 0, "what was stored before waits for nothing"
        await desk.put("https://bay.test/pier", TEXT, title="Ms Quill at the pier")
        assert await one.step() == 1
        model = ("model", "titles 1.0", None, "person")
        found = [(*model, "Lund", 1, False, TEXT.index("Lund")), (*model, "Quill", 3, True, TEXT.index("Quill"))]
        assert await rows(desk, MENTIONS) == found
        assert await one.step() == 0
        await desk.put("https://bay.test/pier", WORDS + "Nobody but Mr Lund came.", title="Quay")
        await one.step()
        assert [row[4:6] for row in await rows(desk, MENTIONS)] == [("Lund", 1)]
        days = "SELECT name_id, name, articles, mentions, origin, model FROM news.mention_days"
        assert await rows(desk, days) == [(None, "Lund", 1, 1, "model", "titles 1.0")]


@pytest.mark.parametrize(
    ("query", "hits"),
    [("name:lund", 2), ("name:Q7", 1), ('name:"Ada May"', 1), ("name:Quill", 1), ("name:Lund,Q7", 2), ("-name:quill ferry", 1),
     ("name:Lund name:Quill", 1), ('name:"!"', 0), ("name:titles", 0), ("name:Nobody", 0)],
)  # fmt: skip
async def test_searches_ask_for_names_that_a_model_or_the_list_knows(
    desk: Desk, titles: None, query: str, hits: int
) -> None:
    names = Names(desk.pool)
    await names.put([NameLine("Q7", "person", "Ada May", ())], now=NOW)
    async with reader(desk) as one:
        await one.begin()
        await desk.put("https://bay.test/pier", TEXT)
        await desk.put("https://bay.test/quay", "The ferry is late, says Mr Lund, whom Ada May asked in vain. " * 8)
        await one.step()
    await NameMatcher(names).step()
    together = "SELECT name_id, name, other_id, other_name, articles FROM news.co_mentions ORDER BY 1, 2, 3, 4"
    assert await rows(desk, together) == [
        ("Q7", "Ada May", None, "Lund", 1), (None, "Lund", "Q7", "Ada May", 1), (None, "Lund", None, "Quill", 1),
        (None, "Quill", None, "Lund", 1),
    ]  # fmt: skip
    async with desk.pool.connection() as conn:
        assert await run_async(conn, count(parse(query))) == hits
        [notice] = await run_async(conn, unknown_values(parse("name:Lund,Q7,Nobody")))
        assert notice.startswith("name:Nobody finds nothing")


async def test_a_watch_waits_for_models_but_not_for_long(desk: Desk, titles: None, tmp_path: Path) -> None:
    watches, now = Watches(desk.pool), NOW
    matcher = AlertMatcher(watches, tmp_path, lambda: now)
    await watches.add("lund", "name:Lund", webhook_url=None, secret=None, has_feed=True, now=NOW, with_backlog=True)
    async with reader(desk) as one:
        await one.begin()
        await desk.put("https://bay.test/pier", TEXT)
        assert await matcher.step() == 0
        await one.step()
        assert await matcher.step() == 1
        await desk.put("https://bay.test/quay", "The ferry is late, says Mr Lund, whom Bo asked in vain. " * 8)
    now += dt.timedelta(minutes=3)
    await matcher.step()
    assert await rows(desk, "SELECT FROM dateline.article_task WHERE task = 'watch'") == []


KILLED = """
import asyncio, os, signal, sys
from pipelines.entities.step import EntityReader
from sql.database import open_pool
from sql.names.entities import Entities
class Found(dict):
    def items(self):
        os.kill(os.getpid(), signal.SIGKILL)
class Door(Entities):
    async def keep(self, article, found):
        if article.title == "Third" and sys.argv[2] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await super().keep(article, Found() if article.title == "Third" and sys.argv[2] == "within" else found)
        if article.title == "Third":
            os.kill(os.getpid(), signal.SIGKILL)
async def main():
    async with open_pool(sys.argv[1]) as pool:
        await EntityReader(Door(pool), memory_mb=1024, deadline_s=5).step()
asyncio.run(main())
"""


@pytest.mark.parametrize("when", ["before", "within", "after"])
async def test_a_leader_that_is_killed_loses_and_doubles_nothing(
    desk: Desk, titles: None, database: str, tmp_path: Path, when: str
) -> None:
    async with reader(desk) as one:
        await one.begin()
        for number, title in enumerate(("First", "Second", "Third", "Fourth", "Fifth")):
            await desk.put(
                f"https://bay.test/{number}", f"{title} says Mr Lund about bakers and ovens. " * 8, title=title
            )
        environ = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
        killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, database, when, env=environ)
        assert await killed.wait() == -9
        waiting = await rows(desk, "SELECT FROM dateline.article_task WHERE task = 'entity'")
        assert len(waiting) == (2 if when == "after" else 3)
        assert await one.step() == len(waiting)
    assert await rows(desk, "SELECT name, mentions FROM news.mentions") == [("Lund", 8)] * 5


async def test_an_article_costs_a_plug_in_one_call(desk: Desk, titles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    run = ParserPool.run

    def counted(self: ParserPool, function: Callable[..., Any], *args: object, **more: Any) -> Any:
        calls.append(function.__name__)
        return run(self, function, *args, **more)

    monkeypatch.setattr(ParserPool, "run", counted)
    async with reader(desk) as one:
        await one.begin()
        for number in range(3):
            await desk.put(f"https://bay.test/{number}", f"{number} ferries. " * 40, title="Bay")
        await one.step()
    assert calls == ["declared", "recognise", "recognise", "recognise"]


async def test_what_a_plug_in_does_wrong_costs_its_own_names_in_that_article(
    desk: Desk, titles: None, install: Install
) -> None:
    install("hostile", HOSTILE, {"hostile": "hostile:recognise"})
    deeds = ["loops", "exits", "hoards", "raises", "strays", "invents", "behaves"]
    async with reader(desk) as one:
        await one.begin()
        for deed in deeds:
            await desk.put(f"https://bay.test/{deed}", f"{deed} {deed}. " * 40 + f"Mr Lund {deed}. ", title="Bay")
        assert await one.step() == len(deeds)
    assert await rows(desk, "SELECT name FROM news.mentions WHERE model = 'titles 1.0'") == [("Lund",)] * len(deeds)
    assert await rows(desk, "SELECT kind, name FROM news.mentions WHERE model = 'hostile 2'") == [("place", "Bay")]
    assert await rows(desk, "SELECT FROM dateline.article_task WHERE task = 'entity'") == []
    assert await rows(desk, "SELECT count(*) FROM dateline.article") == [(len(deeds),)]


async def test_articles_wait_for_a_plug_in_that_cannot_be_loaded(desk: Desk, install: Install) -> None:
    entry = {"hostile": "hostile:recognise"}
    for code, waiting in ((HOSTILE, 0), ("raise ImportError('no model file')", 1), ("def recognise(*_): ...", 2)):
        install("hostile", code, entry)
        async with reader(desk) as one:
            await one.step()
            await desk.put(f"https://bay.test/{waiting}", f"{waiting} ferries. " * 40, title="Bay")
            await one.step()
        found = await rows(desk, "SELECT FROM dateline.article_task WHERE task = 'entity'")
        assert len(found) == waiting
    install("hostile", HOSTILE, entry)
    async with reader(desk) as one:
        assert await one.step() == 2
    assert len(await rows(desk, MENTIONS)) == 3


async def test_an_article_that_was_revised_meanwhile_is_read_again(desk: Desk, titles: None) -> None:
    async with reader(desk) as one:
        await one.begin()
        door = Entities(desk.pool)
        await desk.put("https://bay.test/pier", TEXT)
        (seen,) = await door.waiting(limit=9)
        await desk.put("https://bay.test/pier", WORDS + "Nobody but Mr Lund came.", now=NOW + dt.timedelta(hours=1))
        await door.keep(seen, {Model("titles", "1.0"): []})
        assert await one.step() == 1
    assert [row[4] for row in await rows(desk, MENTIONS)] == ["Lund"]


async def test_two_plug_ins_with_the_same_model_are_refused_by_name(
    desk: Desk, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("hostile", HOSTILE + "again = Hostile()", {"first": "hostile:recognise", "second": "hostile:again"})
    async with reader(desk) as one:
        assert not await one.begin()
    said = "".join(capsys.readouterr())
    assert "plug-in 'first' has the same model" in said
    assert "second" in said


async def test_what_waits_outlives_a_scheduler_without_the_plug_in(
    desk: Desk, titles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.entities.step.DECLARE_S", 0.0)
    async with reader(desk) as one:
        await one.begin()
        await desk.put("https://bay.test/pier", TEXT)
        await Entities(desk.pool).use([])
        assert await one.step() == 1
        await desk.put("https://bay.test/quay", WORDS + "Nobody but Mr Lund came.")
        assert await one.step() == 1


async def test_a_slow_model_is_loaded_apart_from_the_article_after_a_death(desk: Desk, install: Install) -> None:
    busy = "import time\ndef busy(): \n    while time.process_time() < 0.35: pass\nbusy()\n"
    slow = busy + HOSTILE.replace('"exits" in text: os._exit(0)', '"exits" in text: os._exit(0)\n        burn()')
    burn = "\ndef burn():\n    end = time.process_time() + 0.35\n    while time.process_time() < end: pass\n"
    install("hostile", slow + burn, {"hostile": "hostile:recognise"})
    async with reader(desk) as one:
        await one.begin()
        await desk.put("https://bay.test/later", "behaves behaves. " * 40, title="Bay")
        await desk.put("https://bay.test/first", "exits exits. " * 40, title="Bay")
        assert await one.step() == 2
    assert await rows(desk, "SELECT name FROM news.mentions") == [("Bay",)]


async def test_errors_name_the_plug_in_and_the_setting_of_its_memory(
    desk: Desk, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("hostile", HOSTILE, {"hostile": "hostile:recognise"})
    async with reader(desk) as one:
        await one.begin()
        for deed in ("loops", "exits", "raises"):
            await desk.put(f"https://bay.test/{deed}", f"{deed} {deed}. " * 40, title="Bay")
        await one.step()
    said = "".join(capsys.readouterr())
    for words in ("the plug-in took more than", "the process of plug-ins died", "the plug-in failed"):
        assert words in said
    assert "pars" not in said


async def run_reprocess(database: str, tmp_path: Path, *more: str) -> asyncio.subprocess.Process:
    words = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path / "data"), "reprocess", "--names", *more]
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "DATELINE_DATABASE_URL": database}
    return await asyncio.create_subprocess_exec(*words, env=environ, stdout=asyncio.subprocess.PIPE)


async def test_reprocess_that_is_stopped_or_cannot_load_a_plug_in_says_so(
    desk: Desk, install: Install, database: str, tmp_path: Path
) -> None:
    for number in range(2):
        await desk.put(f"https://bay.test/{number}", f"{number} ferries. " * 40, title="Bay")
    begun, entry = tmp_path / "begun", {"hostile": "hostile:recognise"}
    install("hostile", "raise ImportError('no model file')", entry)
    done = await run_reprocess(database, tmp_path, "--all")
    assert await done.wait() == 3
    pause = f"__import__('pathlib').Path({str(begun)!r}).touch(); __import__('time').sleep(0.5)"
    install("hostile", HOSTILE.replace('if "loops"', f'{pause}\n        if "loops"'), entry)
    stopped = await run_reprocess(database, tmp_path, "--all", "--json")
    while not begun.exists():
        assert stopped.returncode is None
        await asyncio.sleep(0.02)
    stopped.send_signal(signal.SIGINT)
    out, _ = await stopped.communicate()
    assert (stopped.returncode, b'"waiting":1' in out) == (3, True)


async def test_reprocess_reads_all_and_changes_nothing_the_second_time(
    desk: Desk, titles: None, database: str, tmp_path: Path
) -> None:
    await desk.put("https://bay.test/pier", TEXT)
    done = await run_reprocess(database, tmp_path, "--all")
    assert await done.wait() == 0
    found = await rows(desk, MENTIONS)
    assert [row[4:6] for row in found] == [("Lund", 1), ("Quill", 2)]
    await Entities(desk.pool).queue_all(now=NOW)
    async with reader(desk) as one:
        assert await one.step() == 1
    assert await rows(desk, MENTIONS) == found
