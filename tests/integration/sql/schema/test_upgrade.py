"""An update of a 0.1.0 database that has data: no row is lost, no view tells anything else, and work goes on."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from dateline.search.query import parse
from pipelines.stories.assignment import assign_waiting
from sql.articles.forget import forget_url
from sql.database import connect
from sql.frontier.sources import list_sources
from sql.schema.migrate import FUNCTIONS, SQL_DIR, VIEWS, migrate
from sql.search import search
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, WORDS, Desk, published

NEXT = """
ALTER TABLE dateline.article ADD COLUMN minutes integer;
UPDATE dateline.article SET minutes = greatest(1, word_count / 200);
ALTER TABLE dateline.article ALTER COLUMN minutes SET DEFAULT 1, ALTER COLUMN minutes SET NOT NULL;
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'dateline'::regnamespace AND relkind = 'r' ORDER BY 1"
VIEWS_OF_ANALYSTS = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'news'::regnamespace AND relkind IN ('v', 'm') ORDER BY 1"
)
BAKERS = "Bakers in the old town have agreed to share one oven on Sundays, and the first loaves were sold by nine. " * 8
GRANTS = """
SELECT table_name || ' ' || grantee || ' ' || privilege_type FROM information_schema.role_table_grants
WHERE table_schema = 'news' ORDER BY 1
"""


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The schema of a version with one more migration, and with another text of every function and view."""
    folder = shutil.copytree(SQL_DIR, tmp_path / "schema")
    write(folder, "migrations/9001_minutes.sql", NEXT)
    for path in [*(folder / "functions").glob("*.sql"), *(folder / "views").glob("*.sql"), folder / "roles.sql"]:
        path.write_text(path.read_text() + "\n-- the next version\n")
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def column(url: str, statement: str) -> list[object]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(statement.encode()).fetchall()]


def contents(url: str) -> dict[str, list[object]]:
    """The rows of each view of analysts, and how many each table has."""
    found = {
        name: column(url, f"SELECT to_jsonb(v) - 'search' FROM news.{name} v ORDER BY to_jsonb(v)::text")
        for name in column(url, VIEWS_OF_ANALYSTS)
    }
    tables = set(column(url, TABLES)) - {"migration"}
    return found | {
        f"rows of {name}": column(url, f'SELECT count(*) FROM dateline."{name}"') for name in sorted(tables)
    }


async def fill(desk: Desk) -> None:
    """An original, its copy, a revision, a story, a watch with an alert, and a page that another links to."""
    text = WORDS + "The council of Bay town meets again on Thursday."
    await desk.put("https://bay.test/pier", text, published=published(8), tags=("ferry",), authors=("Ada Writer",))
    await desk.put("https://cape.test/pier", text, published=published(9))
    await desk.put("https://bay.test/pier", text + " Anglers object.", now=NOW + dt.timedelta(hours=3))
    watches = Watches(desk.pool)
    await watches.add("pier", "ferry", webhook_url="http://desk.test/", secret="whsec_YQ==", has_feed=True, now=NOW)
    await watches.match(lambda rule, article: "{}", now=NOW)
    await assign_waiting(desk.pool, now=lambda: NOW + dt.timedelta(hours=4))


async def test_every_row_and_view_is_the_same_after_an_update_and_work_goes_on(
    desk: Desk, database: str, next_version: Path
) -> None:
    await fill(desk)
    before, grants = contents(database), column(database, GRANTS)
    assert [len(before[name]) for name in ("articles", "revisions", "copies", "stories")] == [2, 3, 1, 1]

    assert migrate(database, folder=next_version) == ["9001_minutes", FUNCTIONS, VIEWS]
    assert contents(database) == before
    assert column(database, GRANTS) == grants
    assert migrate(database, folder=next_version) == []

    later = await desk.put("https://bay.test/oven", BAKERS, published=published(11))
    assert later.result.result == "new"
    with connect(database, autocommit=True) as connection:
        hits = search.run(connection, search.search(parse("ferry"), limit=10, now=NOW))
        assert {hit.article.url for hit in hits.hits} == {"https://bay.test/pier", "https://cape.test/pier"}
        forget_url(connection, "https://bay.test/pier", erase=lambda ref: None)
    assert column(database, "SELECT url FROM news.articles ORDER BY 1") == [
        "https://bay.test/oven",
        "https://cape.test/pier",
    ]
    assert set(column(database, "SELECT minutes FROM dateline.article")) == {1}


def test_a_migration_keeps_rows_and_gives_triggers_and_views_their_new_text(
    empty_database: str, tmp_path: Path
) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute(ROWS_OF_0_1_0)
    folder = shutil.copytree(SQL_DIR, tmp_path / "schema")
    write(
        folder,
        "migrations/9001_shelf.sql",
        "ALTER TABLE dateline.source ADD COLUMN shelf text NOT NULL DEFAULT 'news';\n"
        "UPDATE dateline.source SET shelf = 'local' WHERE name = 'harbour';",
    )
    totals = (folder / "functions/totals.sql").read_text()
    write(folder, "functions/totals.sql", totals.replace("ARRAY[outcome], n)", "ARRAY[upper(outcome)], n)"))
    views = (folder / "views/analysts.sql").read_text()
    write(
        folder,
        "views/analysts.sql",
        views + "CREATE OR REPLACE VIEW news.shelves AS SELECT shelf FROM dateline.source;",
    )

    assert migrate(empty_database, folder=folder) == ["9001_shelf", FUNCTIONS, VIEWS]
    assert migrate(empty_database, folder=folder) == []
    with psycopg.connect(empty_database) as connection:
        connection.execute(VISIT)
    assert column(empty_database, "SELECT shelf FROM news.shelves") == ["local"]
    assert column(empty_database, "SELECT title FROM news.articles WHERE search @@ news.words('ferry')") == [
        "Ferry runs"
    ]
    visits = "SELECT labels[1] || ' ' || value FROM dateline.total WHERE name = 'visits' ORDER BY 1"
    assert column(empty_database, visits) == ["CHANGED 1", "changed 1"]
    assert column(empty_database, "SELECT value FROM dateline.total WHERE name = 'article'") == [1]


VISIT: LiteralString = """
    INSERT INTO dateline.visit (feed_id, started_at, finished_at, outcome)
    SELECT id, now(), now(), 'changed' FROM dateline.feed;
"""
ROWS_OF_0_1_0: LiteralString = f"""
    INSERT INTO dateline.source (name, title, home, site)
    VALUES ('harbour', 'Harbour', 'https://harbour.example/', 'harbour.example');
    INSERT INTO dateline.feed (source_id, url, url_hash, host, kind)
    SELECT id, home, md5(home)::uuid, site, 'home' FROM dateline.source;
    INSERT INTO dateline.article (url_key, url, site, kind, title, text, language, content_hash, word_count, revised_at,
                                  first_seen_at, extractor)
    VALUES (md5('a')::uuid, 'https://harbour.example/a', 'harbour.example', 'article', 'Ferry runs', 'It runs.', 'en',
            md5('b')::uuid, 2, now(), now(), 'test');
    INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, now() FROM dateline.article;
    {VISIT}
"""
FAMILY_OF_0_1_0: LiteralString = """
    INSERT INTO dateline.article (url_key, url, site, kind, title, text, content_hash, word_count, revised_at,
                                  first_seen_at, extractor)
    SELECT md5(n)::uuid, 'https://' || n || '.example/a', n || '.example', 'article', 'T', 'It runs.', md5('b')::uuid, 2, now(),
           now(), 'test' FROM unnest(ARRAY['wire', 'dated', 'undated']) AS n;
    INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, now() FROM dateline.article;
    INSERT INTO dateline.copy (article_id, original_id, kind, containment, decided_at, first_by, confidence, why)
    SELECT c.id, o.id, 'whole', 1, now(), l.first_by, l.confidence, 'x'
    FROM (VALUES ('dated.example', 'date', 'low'), ('undated.example', 'unknown', 'none')) AS l (site, first_by, confidence)
    JOIN dateline.article c USING (site) JOIN dateline.article o ON o.site = 'wire.example';
"""


def test_a_link_without_evidence_names_no_original_any_more(empty_database: str, tmp_path: Path) -> None:
    shutil.copytree(SQL_DIR, tmp_path / "schema")
    for path in (tmp_path / "schema").glob("*s/*.sql"):
        if path.name != "0001_baseline.sql" and "functions" not in path.parts:
            path.unlink()
    migrate(empty_database, folder=tmp_path / "schema")
    with psycopg.connect(empty_database) as connection:
        connection.execute(FAMILY_OF_0_1_0)
    assert "0002_copy_families" in migrate(empty_database)
    assert column(empty_database, "SELECT site || ' ' || coalesce(copy_of, '-') FROM news.articles ORDER BY 1") == [
        "dated.example https://wire.example/a",
        "undated.example -",
        "wire.example -",
    ]
    assert column(empty_database, "SELECT count(DISTINCT copy_family) FROM news.articles") == [1]


def test_articles_of_before_count_for_their_sources_after_an_update(empty_database: str, tmp_path: Path) -> None:
    folder = shutil.copytree(SQL_DIR, tmp_path / "schema")
    for migration in (folder / "migrations").iterdir():
        if migration.name >= "0031_source_totals.sql":
            migration.unlink()
    migrate(empty_database, folder=folder)
    with psycopg.connect(empty_database) as connection:
        connection.execute(ROWS_OF_0_1_0)
        connection.execute("UPDATE dateline.article SET source_id = (SELECT id FROM dateline.source)")
        connection.execute("DELETE FROM dateline.total WHERE name = 'article'")
        connection.execute("INSERT INTO dateline.total (name, backend, value) VALUES ('article', 0, 1)")
        assert [one.articles for one in list_sources(connection)] == [0]
    migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert [one.articles for one in list_sources(connection)] == [1]
