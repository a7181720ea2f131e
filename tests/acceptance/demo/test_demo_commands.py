"""The commands that look at an archive and change it, as processes, on the archive that the demonstration left behind."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from dateline.demo.outlets import OUTLETS
from tests.acceptance.support.played import Played, rows
from tests.acceptance.support.site import RECORD_FIELDS, dateline, environment

FORGOTTEN = "a-village-without-street-names-gets-them"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(played: Played) -> Run:
    env = environment(played.url, played.server.port)
    return lambda *words: dateline(*words, data_dir=played.folder, env=env)


def lines(found: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert found.returncode == 0, found.stderr
    return [orjson.loads(line) for line in found.stdout.splitlines()]


def url_of(played: Played, part: str) -> str:
    [url] = [url for url in played.wanted.articles if part in url]
    return url


def test_explain_shows_the_history_of_a_revised_article(played: Played, run: Run) -> None:
    revision = min(played.wanted.revisions, key=lambda one: one.url)
    found = run("explain", revision.url)
    assert found.returncode == 0
    for words in ("found by atom on http://nordlicht-kurier.test/atom.xml", "revision 2", revision.title_before):
        assert words in found.stdout, words
    assert revision.title_after in found.stdout
    assert "archived in " in found.stdout
    assert found.stdout.count("fetched: answered 200") == 2


def test_explain_says_why_a_page_was_not_stored(played: Played, run: Run) -> None:
    [url] = [url for url, reason in played.wanted.rejected.items() if reason == "robots"]
    found = run("explain", url)
    assert found.returncode == 0
    assert "Its page was not stored: robots.txt does not allow it." in found.stdout
    assert "a headline of its site's own feed, without a text" in found.stdout


def test_explain_of_an_unknown_url_says_how_to_go_on(run: Run) -> None:
    found = run("explain", "http://harbour-post.test/never/heard/of")
    assert found.returncode == 1
    assert "Unknown URL" in found.stdout
    assert "dateline crawl" in found.stdout


def test_explain_as_json(played: Played, run: Run) -> None:
    [url] = played.wanted.gone
    [story] = lines(run("explain", url, "--json"))
    assert story["line"]["reason"] == "http_410"
    assert story["article"]["removed_at"]


def test_search_gives_records_newest_first(played: Played, run: Run) -> None:
    found = lines(run("search", "ferry OR fähre", "--json"))
    assert {played.wanted.canonical(record["url"]) for record in found} <= set(played.wanted.articles)
    assert {record["language"] for record in found} == {"en", "de"}
    assert all(record.keys() >= RECORD_FIELDS for record in found)
    assert len(found) == len({record["url"] for record in found}) >= 4


def test_status_counts_what_is_there(played: Played, run: Run) -> None:
    [status] = lines(run("status", "--json"))
    assert status["figures"]["articles"] == len(played.articles)
    assert status["figures"]["sources"] == len(OUTLETS)
    assert status["processes"] == []
    assert {one["reason"] for one in status["ledger"] if one["state"] == "ended"} >= set(
        played.wanted.rejected.values()
    )


def test_export_gives_the_same_articles_as_csv_and_as_json_lines(played: Played, run: Run) -> None:
    as_json = lines(run("export", "articles", "--format", "jsonl"))
    as_csv = run("export", "articles", "--format", "csv")
    table = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    urls = {row["url"] for row in played.articles}
    assert len(as_json) == len(table) == len(urls)
    assert {row["url"] for row in as_json} == {row["url"] for row in table} == urls
    assert {row["url"]: row["text"] for row in as_json} == {row["url"]: row["text"] for row in table}
    assert as_json[0].keys() == table[0].keys() == played.articles[0].keys() - {"search"}


def test_sources_are_listed_and_shown(run: Run) -> None:
    listed = lines(run("sources", "list", "--json"))
    [shown] = lines(run("sources", "show", "harbour-post", "--json"))
    assert {source["name"] for source in listed} == {outlet.name for outlet in OUTLETS}
    assert sum(source["articles"] for source in listed) >= 70
    assert shown["name"] == "harbour-post"
    assert {page["url"] for page in shown["watched"]} == {
        "http://harbour-post.test/feed.xml",
        "http://harbour-post.test/feeds/sport.xml",
    }


def test_a_source_is_paused_and_resumed(run: Run) -> None:
    def is_paused() -> bool:
        [source] = [one for one in lines(run("sources", "list", "--json")) if one["name"] == "valle-diario"]
        return bool(source["is_paused"])

    assert run("sources", "pause", "valle-diario").stdout == "paused: valle-diario\n"
    assert is_paused()
    assert run("sources", "resume", "valle-diario").stdout == "resumed: valle-diario\n"
    assert not is_paused()


def test_a_forgotten_article_is_gone_everywhere_and_not_fetched_again(played: Played, run: Run) -> None:
    url = url_of(played, FORGOTTEN)
    title = played.wanted.articles[url].title
    [place] = rows(played.url, PLACE, part=f"%{FORGOTTEN}%")
    assert title in record_at(played, place)
    found = run("forget", url)
    assert (found.returncode, found.stdout) == (0, "forgotten: 1 article, 1 URL, 1 archived page\n")
    assert title not in record_at(played, place)
    exported = lines(run("export", "-e", "SELECT url, title FROM news.articles", "--format", "jsonl"))
    assert len(exported) == len(played.articles) - 1
    assert title not in {row["title"] for row in exported}
    assert not rows(played.url, LEFT, part=f"%{FORGOTTEN}%", title=title)
    asked = len(played.server.log)
    assert run("crawl", "daily-lantern", url, "--delay", "0").returncode == 0
    since = [request.path for request in played.server.log[asked:]]
    assert "/rss" in since
    assert not [path for path in since if FORGOTTEN in path]
    assert "forgotten on request" in run("explain", url).stdout


PLACE = """
SELECT archive_file AS file, archive_offset AS "offset", archive_length AS length FROM dateline.article WHERE url LIKE %(part)s
"""
LEFT = """
SELECT url FROM news.articles WHERE title = %(title)s
UNION ALL SELECT url FROM dateline.url WHERE url LIKE %(part)s OR hints ->> 'title' = %(title)s
UNION ALL SELECT url FROM dateline.alias WHERE url LIKE %(part)s
UNION ALL SELECT final_url FROM dateline.fetch WHERE final_url LIKE %(part)s
"""


def record_at(played: Played, place: dict[str, Any]) -> str:
    """What the archive holds at a place, whatever is still there."""
    with (played.folder / "archive" / place["file"]).open("rb") as file:
        file.seek(place["offset"])
        return gzip.decompress(file.read(place["length"])).decode("utf-8", "replace")


def test_a_removed_source_leaves_its_articles(played: Played, run: Run) -> None:
    assert "their articles stay" in run("sources", "remove", "kuestenblick").stdout
    listed = {source["name"] for source in lines(run("sources", "list", "--json"))}
    assert listed == {outlet.name for outlet in OUTLETS} - {"kuestenblick"}
    [count] = rows(played.url, "SELECT count(*) AS articles FROM news.articles WHERE site = 'kuestenblick.test'")
    assert count["articles"] == played.wanted.count_by_outlet()["kuestenblick"]
    again = run("sources", "remove", "kuestenblick")
    assert again.returncode == 2
    assert "kuestenblick" in again.stderr
