"""The analysis files, run by psql on one archive made by the real store, each with its answer."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import subprocess
from pathlib import Path

import pytest

from dateline.types.article import Instant, Link
from dateline.types.source import Source, WatchedPage
from pipelines.stories.assignment import assign_waiting
from sql.articles.counts import refresh_counts
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.server.placement import wheel_bin_dir
from tests.integration.conftest import NOW, Desk

pytestmark = pytest.mark.asyncio

FOLDER = Path(__file__).parents[4] / "sql" / "analysis"
FERRY = (
    "The ferry Aurelia ran aground off Kestrel Point on Monday morning with ninety passengers on board. Coastguard boats from "
    "Lowhaven took everybody off within two hours, said Harbour Master Ilse Brandt. Divers found a tear of four metres in the "
    "hull of the Aurelia. The ferry company said that its other ship would sail the route from Tuesday. "
)
OWN = (
    "Ninety passengers were brought ashore at Lowhaven after the ferry Aurelia struck rocks off Kestrel Point on Monday. Ilse "
    "Brandt, the harbour master, praised the coastguard. A diver reported a tear in the hull. Tugs will try to free the Aurelia "
    "at the next spring tide, the company said. "
)
BUDGET = (
    "The city council of Marrow passed its budget late on Sunday after eleven hours of debate. Libraries keep their opening "
    "hours while the tram extension to Oakfield waits another year. Mayor Tomas Veld called the vote a victory for retry policy. "
)
FAEHRE = (
    "Die Fähre Aurelia ist am Montag vor Kestrel Point auf Grund gelaufen. Alle neunzig Fahrgäste wurden von der Küstenwache "
    "geborgen, teilte die Hafenmeisterei mit. Taucher fanden einen Riss im Rumpf der Fähre. "
)


def at(hour: float, day: int = 4) -> dt.datetime:
    return dt.datetime(2026, 5, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


def said(when: dt.datetime, precision: str = "minute") -> Instant:
    return Instant(when, precision, "json-ld", when.isoformat())  # type: ignore[arg-type]


async def fill(desk: Desk, database: str) -> None:
    """Three outlets and a German one: an event, a copy of it, a budget, an edit with and one without a word, a removal."""
    wire, post = "https://wire.test/aurelia", "https://post.test/aground"

    async def put(url: str, text: str, stored: dt.datetime, hour: float, day: int = 4, **more: object) -> None:
        more.setdefault("language", "en")
        await desk.put(url, text, now=stored, published=said(at(hour, day)), **more)

    await put("https://post.test/budget", BUDGET, at(9, 3), 8, 3, title="Council passes budget", authors=("Mo Reed",))
    await put(wire, FERRY, at(9.5), 9, title="Ferry Aurelia aground off Kestrel Point", authors=("Ana Silva",))
    link = Link("https://wire.test/aurelia", "Meridian Wire")
    await put(post, OWN, at(10.25), 10, title="Aurelia passengers safe after ferry strikes rocks", authors=("Mo Reed",),
              links=(link, Link("https://elsewhere.test/x", "elsewhere")), credited_to="Wire")  # fmt: skip
    await put("https://echo.test/ferry", FERRY, at(11.5), 11, title="Ferry Aurelia aground off Kestrel Point")
    await put(
        "https://blick.test/faehre", FAEHRE, at(12.5), 12, title="Fähre Aurelia auf Grund gelaufen", language="de"
    )
    edited = {"title": "Aurelia: all ninety passengers safe", "modified": said(at(12.9)), "links": (link,)}
    await put(post, OWN, at(13), 10, **edited)
    await put(post, OWN + "Two people were hurt, it emerged. ", at(14), 10, **edited)
    await desk.put(
        "https://echo.test/old", BUDGET.replace("Marrow", "Tarn") * 2, now=at(15), language="en", title="Undated"
    )
    with connect(database, autocommit=True) as owner:
        for name in ("post", "wire"):
            page = WatchedPage(f"https://{name}.test/feed", "feed")
            upsert_source(owner, Source(name, name.title(), f"https://{name}.test/", watched=(page,)))
        owner.execute("UPDATE dateline.article SET removed_at = %s WHERE url LIKE '%%echo.test/ferry'", [at(20)])
        for hour, new, status in ((8, 0, 304), (9, 1, 200), (10, 0, 503)):
            owner.execute(
                "INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome, status, found, new)"
                " SELECT f.id, f.source_id, %s, %s, 'changed', %s, 1, %s FROM dateline.feed f WHERE f.host = 'wire.test'",
                [at(hour), at(hour), status, new],
            )
        owner.execute("UPDATE dateline.source SET created_at = %s", [at(0)])
        owner.execute(
            "INSERT INTO dateline.service_hour (hour, ran) SELECT h, repeat(CASE WHEN h < %s THEN '1' ELSE '0' END, 60)::bit(60)"
            " FROM generate_series(%s, %s, interval '1 hour') h",
            [at(11), at(0), at(14)],
        )
        owner.execute(
            "INSERT INTO dateline.coverage_hour (source_id, hour, visits, unchanged, changed, failed, new_articles)"
            " SELECT id, h.hour, 1, h.unchanged, h.changed, h.failed, h.changed FROM dateline.source, unnest(%s::timestamptz[],"
            " ARRAY[1, 0, 0], ARRAY[0, 1, 0], ARRAY[0, 0, 1]) AS h (hour, unchanged, changed, failed) WHERE name = 'wire'",
            [[at(8), at(9), at(10)]],
        )
    await assign_waiting(desk.pool, now=lambda: at(16), waits=True)
    async with desk.pool.connection() as conn:
        await refresh_counts(conn, now=NOW, whole=True)


def answer(database: str, name: str, **variables: str) -> list[dict[str, str]]:
    """What a file prints, as rows; read by psql as an analyst would have it."""
    (path,) = FOLDER.glob(f"{name}-*.sql")
    options = [f"--set={key}={value}" for key, value in variables.items()]
    done = subprocess.run(
        [wheel_bin_dir() / "psql", database, "--no-psqlrc", "--quiet", "--csv", "--set=ON_ERROR_STOP=1", *options, "-f", path],
        capture_output=True, text=True, check=False, env=os.environ | {"PGTZ": "UTC"},
    )  # fmt: skip
    assert done.returncode == 0, f"{path.name}: {done.stderr}"
    return list(csv.DictReader(io.StringIO(done.stdout)))


def table(rows: list[dict[str, str]], *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


async def test_every_file_says_what_it_answers_and_which_variables_it_takes() -> None:
    paths = sorted(FOLDER.glob("*.sql"))
    assert [path.name[:2] for path in paths] == [f"{number:02}" for number in range(1, 21)]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("-- "), path.name
        head = "\n".join(line for line in text.splitlines() if line.startswith("--"))
        for line in text.splitlines():
            if line.startswith("\\if"):
                assert line[7:].partition("}")[0] in head, f"{path.name} does not tell of {line}"
        assert "dateline." not in text, f"{path.name} reads more than the views"


async def test_each_file_answers_its_question(desk: Desk, database: str) -> None:
    await fill(desk, database)

    def asked(name: str, *columns: str, **variables: str) -> list[tuple[str, ...]]:
        return table(answer(database, name, **variables), *columns)

    assert asked("01", "day", "articles", "of_all", "percent") == [
        ("2026-05-03", "0", "1", "0.0"),
        ("2026-05-04", "3", "5", "60.0"),
    ]
    assert asked("02", "site", "about_it", "articles", "percent") == [
        ("wire.test", "1", "1", "100.0"),
        ("echo.test", "1", "2", "50.0"),
        ("post.test", "1", "2", "50.0"),
        ("blick.test", "0", "1", "0.0"),
    ]
    assert asked("03", "site", "own", "copies", top="2") == [("echo.test", "0", "1"), ("post.test", "1", "0")]
    assert asked("04", "source", "week", "articles", "copies")[1:4] == [
        ("echo.test", "2026-05-04", "2", "1"),
        ("post.test", "2026-04-27", "1", "0"),
        ("post.test", "2026-05-04", "1", "0"),
    ]
    near = asked("05", "url", "is_phrase", first="tear", second="metres")
    assert near == [("https://echo.test/ferry", "f"), ("https://wire.test/aurelia", "f")]
    assert asked("05", "is_phrase", first="harbour", second="master", distance="1") == [("t",)] * 3
    assert asked("06", "language", "articles", "sites") == [("en", "3", "3"), ("de", "1", "1")]
    assert asked("07", "stem", "hits", words="divers", top="3") == [
        ("aurelia", "3"),
        ("brandt", "3"),
        ("coastguard", "3"),
    ]
    first = asked("08", "url", seed="one", size="3")
    assert len(first) == 3
    assert first == asked("08", "url", seed="one")[:3]
    assert first != asked("08", "url", seed="two", size="3")
    assert ("mentioned", "Kestrel Point", "2") in asked("09", "what", "name", "articles")
    assert asked("10", "original", "copies", "copied_by")[0] == ("https://wire.test/aurelia", "1", "{echo.test}")
    assert asked("11", "outlets", "articles", "sites", top="1") == [("3", "2", "{echo.test,post.test,wire.test}")]
    assert asked("12", "first_outlet", "next_outlet", "minutes_ahead", "copied_by")[0] == (
        "wire.test",
        "post.test",
        "60",
        "{echo.test}",
    )
    assert asked("13", "before", "after", "minutes_after_publication") == [
        ("Aurelia passengers safe after ferry strikes rocks", "Aurelia: all ninety passengers safe", "180")
    ]
    assert asked("14", "what", "url", "words_more") == [
        ("removal", "https://echo.test/ferry", ""),
        ("stealth edit", "https://post.test/aground", "6"),
    ]
    gaps = asked("15", "source", "hour", "hours", "why", since="2026-05-04 06:00+00", until="2026-05-04 13:00+00")
    assert [row for row in gaps if row[0] == "wire"] == [
        ("wire", "2026-05-04 06:00:00+00", "3", "no news"),
        ("wire", "2026-05-04 10:00:00+00", "1", "its pages failed"),
        ("wire", "2026-05-04 11:00:00+00", "2", "we were down"),
    ]
    assert asked("16", "site", "articles", "undated", "day_only")[0] == ("echo.test", "2", "1", "0")
    assert asked("17", "site", "cited_site", "links", "archived") == [
        ("post.test", "wire.test", "1", "1"),
    ]
    assert ("wire.test", "30.0") in asked("18", "site", "median_minutes")
    new = asked("19", "stem", "articles", least="2")
    assert ("aurelia", "2") in new
    assert "council" not in {stem for stem, _ in new}
    assert asked("20", "url", "revision", at="2026-05-04 13:30+00")[2] == ("https://post.test/aground", "2")
    assert len(asked("20", "url", at="2026-05-04 09:00+00")) == 1


async def test_the_guide_answers_who_was_first_with_its_own_words(desk: Desk, database: str) -> None:
    await fill(desk, database)
    guide = (FOLDER.parents[1] / "docs" / "how-to" / "analyse.md").read_text(encoding="utf-8")
    (block,) = [part.partition("```")[0] for part in guide.split("```sql\n")[1:] if "biggest" in part]
    with connect(database) as connection:
        asked = block.replace("now() - interval '7 days'", "timestamptz '2026-05-01 00:00+00'")
        rows = connection.execute(asked.encode()).fetchall()
    assert [(row[1], row[4]) for row in rows] == [("wire.test", ["echo.test"]), ("post.test", []), ("blick.test", [])]


async def test_the_guide_names_every_view_file_and_field(database: str) -> None:
    from dateline.search.query import FIELDS

    guide = (FOLDER.parents[1] / "docs" / "how-to" / "analyse.md").read_text(encoding="utf-8")
    with connect(database) as connection:
        views = [
            row[0] for row in connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'news'").fetchall()
        ]
    told = {
        "articles",
        "revisions",
        "copies",
        "stories",
        "sources",
        "citations",
        "ledger",
        "daily_counts",
        "visits",
        "credits",
    }
    assert told <= set(views)
    for view in told:
        assert f"`{view}`" in guide, view
    for field in FIELDS:
        assert f"`{field}:" in guide, field
    for path in FOLDER.glob("*.sql"):
        assert path.name[:2] + " " in guide, path.name
