"""Stories on a real PostgreSQL: reported by several outlets, copies, revisions, merges, splits, two placers at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import orjson
import pytest
from psycopg.rows import dict_row

from dateline.types.article import Instant
from pipelines.stories.assignment import assign_waiting, prune_vectors
from sql import query
from tests.acceptance.support import preloaded
from tests.integration.conftest import NOW, Desk

COMMON = [
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "that",
    "it",
    "was",
    "for",
    "on",
    "with",
    "as",
    "by",
    "at",
    "from",
    "this",
    "had",
    "were",
    "which",
    "would",
    "there",
    "their",
    "been",
    "has",
    "when",
    "who",
    "more",
    "no",
    "if",
    "out",
    "so",
    "said",
    "what",
    "up",
    "its",
    "about",
    "than",
    "into",
    "them",
    "can",
    "only",
    "other",
    "new",
    "some",
    "could",
    "time",
    "these",
    "two",
    "may",
    "then",
    "do",
]
TOPICS = {
    "storm": [
        "wind",
        "rain",
        "flood",
        "coast",
        "rescue",
        "shelter",
        "roofs",
        "trees",
        "power",
        "roads",
        "boats",
        "waves",
        "warning",
        "gale",
        "evening",
        "gusts",
    ],
    "match": [
        "goal",
        "keeper",
        "half",
        "league",
        "striker",
        "whistle",
        "penalty",
        "stadium",
        "fans",
        "coach",
        "bench",
        "season",
        "corner",
        "header",
        "defence",
    ],
}
EVENTS = {
    "skagen": ("storm", "Skagen Hirtshals Aalborg Mikkelsen Thorsen Frederikshavn 147 Limfjord"),
    "porto": ("storm", "Leixoes Gaia Matosinhos Ferreira Boavista Almeida 92 Douro"),
    "derby": ("match", "Rovers Harwick Oldtown Denny Castellan Whitcombe 31000 Thistle"),
    "cup": ("match", "Sundvik Marlo Ekberg Lindholm Norrby Halvorsen 12500 Vasa"),
}


def told(event: str, seed: int, extra: str = "") -> str:
    """A report of an event in words of its own."""
    topic, names = EVENTS[event]
    chance = random.Random(f"{event} {seed}")
    lines = []
    for _ in range(12):
        some = chance.sample(names.split(), 2) + chance.sample(TOPICS[topic], 3) + chance.choices(COMMON, k=10)
        chance.shuffle(some)
        lines.append("Then " + " ".join(some) + ".")
    return "\n".join([*lines, extra])


def at(hours: float) -> Instant:
    when = NOW - dt.timedelta(days=2) + dt.timedelta(hours=hours)
    return Instant(when, "minute", "json-ld", "")


class Newsstand:
    """Stores reports and reads their stories."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def put(self, site: str, event: str, seed: int, hours: float = 0, **fields: Any) -> None:
        extra = fields.pop("extra", "")
        fields = {"language": "en", "published": at(hours), "title": f"{event} {seed}"} | fields
        await self.desk.put(f"https://{site}.test/{event}-{seed}", told(event, seed, extra), **fields)

    async def place(self, **options: Any) -> int:
        return await assign_waiting(self.desk.pool, now=lambda: NOW, **options)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        async with self.desk.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(statement.encode())
            return await cur.fetchall()

    async def stories(self) -> dict[str, int]:
        """The story of each article, by the name in its URL."""
        found = await self.rows("SELECT url, story_id FROM news.articles")
        return {row["url"].removeprefix("https://").replace(".test/", ":"): row["story_id"] for row in found}


@pytest.fixture
def stand(desk: Desk) -> Newsstand:
    return Newsstand(desk)


async def background(stand: Newsstand) -> None:
    """Enough of both topics that their words are known to be common."""
    for n in range(6):
        for event in ("porto", "cup"):
            await stand.put(f"b{n}", event, n, n)


async def test_reports_of_one_event_are_one_story_and_another_storm_is_not(stand: Newsstand) -> None:
    await background(stand)
    for n, site in enumerate(("post", "kurier", "wire")):
        await stand.put(site, "skagen", n, n)
        await stand.put(site, "derby", n, n)
    assert await stand.place() == 18
    stories = await stand.stories()
    by_event = {event: {number for name, number in stories.items() if f":{event}-" in name} for event in EVENTS}
    assert {event: len(numbers) for event, numbers in by_event.items()} == dict.fromkeys(EVENTS, 1)
    assert len(set.union(*by_event.values())) == 4
    assert await stand.rows("SELECT 1 FROM dateline.article_task WHERE task = 'story'") == []
    assert await stand.place() == 0


async def test_the_views_count_with_and_without_copies_and_say_who_was_first(stand: Newsstand) -> None:
    await background(stand)
    await stand.put("wire", "skagen", 1, 1, title="Gale takes roofs at Skagen")
    await stand.put("post", "skagen", 2, 3)
    await stand.desk.put(
        "https://lantern.test/x",
        told("skagen", 1),
        title="Gale at Skagen",
        language="en",
        published=at(2),
        credited_to="wire.test",
    )
    await stand.place()
    number = (await stand.stories())["wire:skagen-1"]
    (story,) = await stand.rows(f"SELECT * FROM news.stories WHERE story_id = {number}")
    assert (story["articles"], story["articles_with_copies"], story["outlets"]) == (2, 3, 3)
    assert story["languages"] == ["en"]
    assert [hour["articles"] for hour in story["growth"]] == [1, 1, 1]
    assert story["headline"] in {"Gale takes roofs at Skagen", "skagen 2"}
    first = await stand.rows(f"SELECT * FROM news.who_was_first WHERE story_id = {number} ORDER BY place")
    assert [(row["site"], float(row["minutes_after_first"]), row["is_copy"]) for row in first] == [
        ("wire.test", 0.0, False),
        ("lantern.test", 60.0, True),
        ("post.test", 120.0, False),
    ]
    assert first[1]["copy_of"] == "https://wire.test/skagen-1"


async def test_an_event_is_over_after_three_days_of_silence(stand: Newsstand) -> None:
    await background(stand)
    await stand.put("wire", "skagen", 1, -100)
    await stand.put("post", "skagen", 2, -90)
    await stand.put("kurier", "skagen", 3, 0)
    await stand.place()
    stories = await stand.stories()
    assert stories["wire:skagen-1"] == stories["post:skagen-2"] != stories["kurier:skagen-3"]


async def test_report_that_connects_two_stories_merges_them_and_old_number_leads_to_the_new(stand: Newsstand) -> None:
    """Each half of the names alone is a story; who reports both shows that they are one."""
    topic, names = EVENTS["skagen"]
    await background(stand)
    for part, (site, some) in enumerate((("wire", names.split()[:4]), ("post", names.split()[4:]))):
        EVENTS[f"half{part}"] = (topic, " ".join(some))
        for seed in range(2):
            await stand.put(f"{site}{seed}", f"half{part}", seed, part)
    await stand.place()
    before = await stand.stories()
    assert before["wire0:half0-0"] != before["post0:half1-0"]
    for seed in range(6):
        await stand.put(f"late{seed}", "skagen", seed, 2)
    await stand.place()
    after = await stand.stories()
    assert len({number for name, number in after.items() if "half" in name or "skagen" in name}) == 1
    (gone,) = await stand.rows("SELECT story_id, merged_into FROM news.merged_stories")
    assert {gone["story_id"], gone["merged_into"]} == {before["wire0:half0-0"], before["post0:half1-0"]}
    assert gone["merged_into"] == after["wire0:half0-0"]


async def test_revised_article_about_another_event_changes_its_story(stand: Newsstand) -> None:
    await background(stand)
    for n in range(3):
        await stand.put(f"a{n}", "skagen", n, n)
        await stand.put(f"d{n}", "derby", n, n)
    await stand.place()
    before = await stand.stories()
    await stand.desk.put(
        "https://a2.test/skagen-2",
        told("skagen", 2, "It blew on."),
        title="Still blowing",
        language="en",
        published=at(2),
    )
    await stand.place()
    assert await stand.stories() == before
    await stand.desk.put("https://a2.test/skagen-2", told("derby", 9), title="derby 9", language="en", published=at(2))
    await stand.place()
    after = await stand.stories()
    assert after["a2:skagen-2"] == before["d0:derby-0"]
    assert after["a0:skagen-0"] == before["a0:skagen-0"]


async def test_two_assigners_at_once_assign_every_article_once(stand: Newsstand) -> None:
    await background(stand)
    counts = await asyncio.gather(*(stand.place(batch=4, waits=True) for _ in range(3)))
    assert sum(counts) == 12
    assert len(set((await stand.stories()).values())) == 2


async def test_batch_size_does_not_change_the_stories(stand: Newsstand) -> None:
    await background(stand)
    for n in range(4):
        await stand.put(f"a{n}", "skagen", n, n)
    await stand.place(batch=1)
    assert len(set((await stand.stories()).values())) == 3


async def test_a_forgotten_article_leaves_its_story(stand: Newsstand, database: str) -> None:
    from sql.articles.forget import forget_url
    from sql.database import connect

    await stand.put("wire", "skagen", 1)
    await stand.place()
    assert await stand.rows("SELECT 1 FROM dateline.story_term")
    with connect(database) as connection:
        forget_url(connection, "https://wire.test/skagen-1", erase=lambda ref: None)
        connection.commit()
    for table in ("story_member", "story_vector", "story_term"):
        assert await stand.rows(f"SELECT 1 FROM dateline.{table}") == []
    assert await stand.rows("SELECT 1 FROM news.stories") == []


async def test_terms_too_old_for_newcomers_are_pruned_and_the_story_stays(stand: Newsstand) -> None:
    await stand.put("wire", "skagen", 1)
    await stand.place()
    before = await stand.stories()
    await prune_vectors(stand.desk.pool, today=NOW.date() + dt.timedelta(days=3))
    assert await stand.rows("SELECT 1 FROM dateline.story_term")
    await prune_vectors(stand.desk.pool, today=NOW.date() + dt.timedelta(days=6))
    assert await stand.rows("SELECT 1 FROM dateline.story_term") == []
    await stand.desk.put("https://wire.test/skagen-1", told("skagen", 1, "More."), title="skagen 1", language="en")
    await stand.place()
    assert await stand.stories() == before


async def test_story_lookup_uses_its_index(stand: Newsstand) -> None:
    """With 20,000 rows the planner has a choice; it must not read the table."""
    await stand.rows(
        "INSERT INTO dateline.story_term (term, at, article_id) "
        "SELECT n % 500, now() - n * interval '1 minute', n FROM generate_series(1, 20000) AS n RETURNING 1"
    )
    await stand.rows("SELECT 1")
    async with stand.desk.pool.connection() as conn:
        await conn.execute("ANALYZE dateline.story_term")
        where = {"terms": [1, 2, 3], "from": [NOW] * 3, "to": [NOW + dt.timedelta(days=2000)] * 3}
        cur = await conn.execute(b"EXPLAIN " + query("stories", "neighbours").encode(), where)
        plan = "\n".join(row[0] for row in await cur.fetchall())
    assert "story_term_at" in plan
    assert "Seq Scan on story_term" not in plan


def test_import_and_export_give_the_story_of_each_article(database: str, tmp_path: Path) -> None:
    """The contract of `export stories`: url and story_id, as JSON lines, copies included, whatever the language."""
    lines = [
        {
            "url": f"https://{site}.test/{event}",
            "site": f"{site}.test",
            "title": event,
            "text": told(event, seed),
            "language": "en",
        }
        for seed, site in enumerate(("post", "kurier", "wire"))
        for event in ("skagen", "derby")
    ]
    lines.append(lines[0] | {"url": "https://copy.test/x", "site": "copy.test"})
    lines.append(
        {
            "url": "https://bao.test/1",
            "title": "旧码头",
            "text": "港口委员会周一投票决定重建旧渡轮码头,工程师说木桩已经腐烂。" * 4,
        }
    )
    source = tmp_path / "news.jsonl"
    source.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    environ = os.environ | {"DATELINE_DATABASE_URL": database, "DATELINE_DATA_DIR": str(tmp_path)}

    def dateline(*arguments: str) -> bytes:
        done = preloaded.run(arguments, env=environ)
        assert done.returncode == 0, done.stderr
        return done.stdout

    dateline("import", str(source))
    rows = [orjson.loads(line) for line in dateline("export", "stories", "--format", "jsonl").splitlines()]
    assert all(set(row) == {"url", "story_id"} for row in rows)
    found = {row["url"]: row["story_id"] for row in rows}
    assert set(found) == {line["url"] for line in lines}
    assert (
        len(
            {found[f"https://{site}.test/skagen"] for site in ("post", "kurier", "wire")}
            | {found["https://copy.test/x"]}
        )
        == 1
    )
    assert len(set(found.values())) == 3
    shown = [orjson.loads(line) for line in dateline("stories", "--since", "1d", "--json").splitlines()]
    assert [(story["outlets"], story["articles"], story["articles_with_copies"]) for story in shown] == [
        (4, 3, 4),
        (3, 3, 3),
    ]
    first = dateline("stories", "--id", str(shown[0]["story_id"]), "--json").splitlines()
    # none is dated, and all came by one import: who was first is not known
    assert [(orjson.loads(line)["place"], orjson.loads(line)["is_certain"]) for line in first] == [(1, False)] * 4
    assert b"4 outlets" in dateline("stories")
