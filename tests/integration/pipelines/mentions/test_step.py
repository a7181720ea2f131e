"""Names in stored articles: found when stored and when the list changes, killed and nothing lost, searched and watched."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dateline.cli import cli
from dateline.cli.archive.names import names as names_command
from dateline.cli.archive.reprocess import reprocess
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import UsageError
from dateline.names.builtin import builtin
from dateline.names.name_list import NameLine
from dateline.search.query import parse
from pipelines.mentions.step import NameMatcher
from scheduler.alerts.matcher import AlertMatcher
from sql.names.names import Names
from sql.search.search import count, run_async
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, WORDS, Desk

ADA = NameLine("Q1", "person", "Ada May", ("Minister May",))
BAY = NameLine("own-bay", "place", "Côte d'Arlay", ())
TEXT = WORDS + "The minister is Ada May, and Ada May said so in Cote d’Arlay. "


async def rows(desk: Desk, query: str) -> list[tuple[Any, ...]]:
    async with desk.pool.connection() as conn:
        return await (await conn.execute(query.encode())).fetchall()


MENTIONS = "SELECT name_id, kind, mentions, in_title, first_at FROM news.mentions ORDER BY article_id, name_id"


async def test_a_stored_article_a_revision_and_a_new_list_are_looked_through(desk: Desk) -> None:
    door = Names(desk.pool)
    matcher = NameMatcher(door)
    await desk.put("https://bay.test/old", TEXT)
    assert await rows(desk, "SELECT FROM dateline.article_task WHERE task = 'name'") == [], "nothing to find yet"
    await door.put([ADA], now=NOW)
    assert await matcher.step() == 1
    found = [("Q1", "person", 2, False, TEXT.index("Ada"))]
    assert await rows(desk, MENTIONS) == found
    await door.put([BAY], now=NOW)
    await desk.put("https://bay.test/new", TEXT + "It rained.", title="Ada May in town")
    assert await matcher.step() == 2
    assert [row[:4] for row in await rows(desk, MENTIONS)] == [
        ("Q1", "person", 2, False), ("own-bay", "place", 1, False), ("Q1", "person", 3, True), ("own-bay", "place", 1, False),
    ]  # fmt: skip
    assert await rows(desk, "SELECT name_id, other_id, articles FROM news.co_mentions ORDER BY 1") == [
        ("Q1", "own-bay", 2), ("own-bay", "Q1", 2),
    ]  # fmt: skip
    assert await rows(desk, "SELECT name_id, articles, mentions FROM news.mention_days WHERE name_id = 'Q1'") == [
        ("Q1", 2, 5)
    ]
    before = await rows(desk, MENTIONS)
    await door.queue_all(now=NOW)
    assert await matcher.step() == 2
    assert await rows(desk, MENTIONS) == before
    await desk.put("https://bay.test/old", WORDS + "Nobody was named.")
    await matcher.step()
    assert [row[0] for row in await rows(desk, MENTIONS)] == ["Q1", "own-bay"]
    assert await door.remove(["Q1", "Q404"]) == ["Q1"]
    assert [row[0] for row in await rows(desk, MENTIONS)] == ["own-bay"]


@pytest.mark.parametrize(
    ("query", "hits"),
    [('name:"ada may"', 1), ("name:Q1", 1), ('name:"minister may"', 1), ("name:own-bay", 1), ('name:"cote d arlay"', 1),
     ("name:Q1 -ferry", 0), ("name:Q1,own-bay", 1), ("NOT name:Q1", 1), ("name:may", 0), ('name:"\' OR 1=1 --"', 0)],
)  # fmt: skip
async def test_searches_ask_for_names(desk: Desk, query: str, hits: int) -> None:
    door = Names(desk.pool)
    await door.put([ADA, BAY], now=NOW)
    await desk.put("https://bay.test/pier", TEXT)
    await desk.put("https://bay.test/other", "An entirely different text about bakers and ovens in another town. " * 8)
    await NameMatcher(door).step()
    async with desk.pool.connection() as conn:
        assert await run_async(conn, count(parse(query))) == hits


async def test_a_watch_for_a_name_waits_for_the_names_of_an_article(desk: Desk, tmp_path: Path) -> None:
    door, watches = Names(desk.pool), Watches(desk.pool)
    await door.put([ADA], now=NOW)
    await watches.add("ada", 'name:"Ada May"', webhook_url=None, secret=None, has_feed=True, now=NOW, with_backlog=True)
    await desk.put("https://bay.test/pier", TEXT)
    matcher = AlertMatcher(watches, tmp_path, lambda: NOW)
    assert await matcher.step() == 0
    await NameMatcher(door).step()
    assert await matcher.step() == 1


KILLED = """
import asyncio, os, signal, sys
from pipelines.mentions import step
from sql.database import open_pool
from sql.names.names import Names
step.BATCH = 2
async def main():
    async with open_pool(sys.argv[1]) as pool:
        await step.NameMatcher(Names(pool)).step(listener=lambda done: os.kill(os.getpid(), signal.SIGKILL))
asyncio.run(main())
"""


async def test_a_killed_run_goes_on_where_it_was(desk: Desk, database: str) -> None:
    door = Names(desk.pool)
    for number in range(5):
        await desk.put(f"https://bay.test/{number}", f"{number} bakers {number}. " + TEXT)
    await door.put([ADA], now=NOW)
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, database)
    assert await killed.wait() == -9
    assert await door.waiting() == 3
    assert await NameMatcher(door).step() == 3
    assert len(await rows(desk, MENTIONS)) == 5


def test_the_commands_import_list_export_and_remove(database: str, tmp_path: Path) -> None:
    def do(*words: str, command: Any = names_command) -> Result:
        context = Context(Settings(data_dir=tmp_path, database_url=database))
        return CliRunner().invoke(command, list(words), obj=context, catch_exceptions=False)

    path = tmp_path / "names.csv"
    path.write_text("id,kind,name,aliases,language\nQ1,person,Ada May,May,\nQ1,person,Ада Мэй,,ru\n", encoding="utf-8")
    assert do("import", str(path)).output == "imported: 1 name in 3 forms\n"
    assert do("import", str(path)).output == "imported: 1 name in 3 forms\n"
    assert do("export").output == path.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match=r"\.json can't be written; end the name in \.csv"):
        do("export", "-o", str(tmp_path / "names.json"))
    assert do("list", "мэй", "--json").output == '{"id":"Q1","kind":"person","name":"Ada May","articles":0}\n'
    assert do("--names", "--all", "--json", command=reprocess).output == '{"articles":0,"waiting":0}\n'
    assert "imported: 6" in do("import", "--builtin", "places").output
    assert "Côte d’Ivoire" in do("list", "iso", "--kind", "place").output or "iso-CI" in do("list", "ivoire").output
    path.write_text("Q1,planet,Ada\n")
    with pytest.raises(UsageError, match=f"{path}: line 1: the kind is 'planet'"):
        do("import", str(path))
    with pytest.raises(UsageError, match="Name a file, or a list"):
        do("import")
    assert do("remove", "Q1").output == "removed: Q1\n"
    with pytest.raises(UsageError, match="No name has the id Q1"):
        do("remove", "Q1")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("tr", "[Almanya]'da seçim var. [Türkiye] kazandı; [Fransa]’nın başkanı geldi."),
        ("ru", "[Россия] и [Германия] спорят. В [Москве] и [Париже] ждут [Великобританию] и [США]."),
        ("fr", "[Chine] : l’[Allemagne], le [Royaume-Uni] et l’[Inde]."),
        ("es", "[China] y [EE. UU]. firman en [Alemania]."),
        (
            "en",
            "[Turkey]’s turkey. [Papua New Guinea], [Guinea-Bissau] and guinea pigs; china from [China]. The [US] and us.",
        ),
    ],
)
async def test_the_built_in_places_are_found_in_texts_that_nobody_fitted(desk: Desk, language: str, text: str) -> None:
    door = Names(desk.pool)
    await door.put(builtin("places"), now=NOW)
    matcher = NameMatcher(door)
    await matcher.refresh()
    plain = text.replace("[", "").replace("]", "")
    found = [plain[one.start : one.end] for one in await matcher.places("", plain, language)]
    assert found == re.findall(r"\[([^\]]+)\]", text)


def test_a_search_and_a_watch_for_an_unknown_name_say_so(database: str, tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("id,kind,name,aliases,language\nQ1,person,Ada May,,\n")
    for words in (
        ["names", "import", str(file)],
        ["search", "name:Nobody,Q1"],
        ["watch", "add", "ada", "name:Nobody,Q1", "--atom"],
    ):
        done = CliRunner().invoke(cli, ["--data-dir", str(tmp_path), *words], env={"DATELINE_DATABASE_URL": database})
        assert done.exit_code == 0, done.output
        assert ("name:Nobody finds nothing" in done.stderr) == (words[0] != "names")
        assert "name:Q1" not in done.stderr
