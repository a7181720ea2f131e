"""`dateline crawl` as a process: every kind of target, every option, and what its exit code says."""

from __future__ import annotations

import datetime as dt
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from dateline.types.source import Source, WatchedPage
from sql.database import connect
from sql.frontier.sources import upsert_source
from tests.acceptance.support.played import rows
from tests.acceptance.support.site import RECORD_FIELDS, article, dateline, environment
from tests.acceptance.support.web import Answer, Web, front, rss, sitemap, sites

DAY = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
LEDGER = "SELECT url, state, reason, via FROM news.ledger"
Found = subprocess.CompletedProcess[str]
Crawl = Callable[..., Found]


@pytest.fixture
def crawl(database: str, tmp_path: Path) -> Callable[..., Found]:
    """Runs a crawl of a web with a database and a data folder of the test's own."""

    def run(web: Web, *words: str, delay: str = "0", env: dict[str, str] | None = None) -> Found:
        given = environment(database, web.port) | (env or {})
        return dateline("crawl", *words, "--delay", delay, data_dir=tmp_path, env=given)

    return run


def page(host: str, number: int) -> tuple[str, Answer]:
    """An article's URL and page; no two numbers share a text."""
    return f"http://{host}/2026/05/04/report-{number}-from-the-harbour.html", Answer(article(number).encode())


def listed(host: str, count: int, *, first: int = 0) -> dict[str, Answer]:
    """Articles of a host by URL."""
    return dict(page(host, first + n) for n in range(count))


def records(found: Found) -> list[dict[str, Any]]:
    """The JSON lines of standard output, which holds nothing else."""
    return [orjson.loads(line) for line in found.stdout.splitlines()]


def ledger(database: str) -> dict[str, tuple[str, str]]:
    return {row["url"]: (row["state"], row["reason"]) for row in rows(database, LEDGER)}


def test_an_article_new_and_then_unchanged(crawl: Crawl, database: str) -> None:
    url, answer = page("paper.test", 1)
    with sites({url: answer}) as web:
        first, second = crawl(web, url, "--json"), crawl(web, url, "--json")
    [record], [again] = records(first), records(second)
    assert (first.returncode, second.returncode) == (0, 0)
    assert record.keys() >= RECORD_FIELDS
    assert (record["url"], record["result"]) == (url, "new")
    assert record["title"] in article(1)
    assert record["published_at"] == "2026-05-04T01:00:00+02:00"
    assert (again["id"], again["result"], again["revision"]) == (record["id"], "unchanged", 1)
    assert first.stderr == "new 1, changed 0, unchanged 0, duplicate 0\n"
    assert second.stderr == "new 0, changed 0, unchanged 1, duplicate 0\n"
    assert len(rows(database, "SELECT url FROM news.articles")) == 1


def test_nothing_is_kept_with_no_store(crawl: Crawl, database: str, tmp_path: Path) -> None:
    url, answer = page("paper.test", 2)
    with sites({url: answer}) as web:
        found = crawl(web, url, "--no-store")
    [record] = records(found)
    assert found.returncode == 0, found.stderr
    assert (record["url"], record["result"]) == (url, "new")
    assert record.keys() >= RECORD_FIELDS
    assert not rows(database, "SELECT id FROM dateline.url UNION ALL SELECT id FROM dateline.crawl")
    assert not list(tmp_path.iterdir())


def test_every_kind_of_target_at_once(crawl: Crawl, database: str, tmp_path: Path) -> None:
    """A feed, a sitemap, a home page, a source by name, and a file of URLs, of which some are not pages."""
    hosts = {
        host: listed(f"{host}.test", 2, first=10 * n) for n, host in enumerate(("feed", "map", "home", "paper", "file"))
    }
    answers = {url: answer for one in hosts.values() for url, answer in one.items()}
    answers["http://feed.test/feed.xml"] = rss(
        [(url, "A headline of some length for it", DAY) for url in hosts["feed"]]
    )
    answers["http://map.test/sitemap.xml"] = sitemap(list(hosts["map"]))
    answers["http://home.test/"] = front("Home", dict.fromkeys(hosts["home"], "What the harbour board said about it"))
    answers["http://paper.test/news.xml"] = rss(
        [(url, "A headline of some length for it", DAY) for url in hosts["paper"]]
    )
    answers["http://file.test/report.pdf"] = Answer(b"%PDF-1.7 and so on", "application/pdf")
    answers["http://file.test/api/report"] = Answer(b'{"report": 4}', "application/json")
    source = Source(
        "paper", "The Paper", "http://paper.test/", watched=(WatchedPage("http://paper.test/news.xml", "feed"),)
    )
    with connect(database, autocommit=True) as connection:
        upsert_source(connection, source)
    (tmp_path / "urls.txt").write_text(
        "\n".join(["# of the day", *hosts["file"], "", "http://file.test/report.pdf", "http://file.test/api/report"])
    )
    targets = ("http://feed.test/feed.xml", "http://map.test/sitemap.xml", "http://home.test/", "paper")
    with sites(answers) as web:
        found = crawl(web, *targets, str(tmp_path / "urls.txt"), "--json")
    assert {record["url"] for record in records(found)} == {url for one in hosts.values() for url in one}
    assert len(records(found)) == 10
    assert found.stderr.startswith("new 10, changed 0, unchanged 0, duplicate 0\nrejected 2: ")
    told = ledger(database)
    assert told["http://file.test/report.pdf"] == ("ended", "not_html")
    assert told["http://file.test/api/report"][0] == "ended"
    owners = rows(database, "SELECT DISTINCT site, source FROM news.articles WHERE source IS NOT NULL")
    assert owners == [{"site": "paper.test", "source": "paper"}]


@pytest.fixture
def front_and_sections() -> dict[str, Answer]:
    """A home page with two articles, and a section with a third that only it names."""
    top, deep = listed("paper.test", 2), listed("paper.test", 1, first=2)
    return {
        **top,
        **deep,
        "http://paper.test/": front(
            "Home", dict.fromkeys(top, "What the board said of the pier"), {"/sport/": "Sport"}
        ),
        "http://paper.test/sport/": front("Sport", dict.fromkeys(deep, "How the rowing club won again")),
    }


@pytest.mark.parametrize(("depth", "articles"), [(0, 0), (2, 3)])
def test_depth_is_how_many_steps_are_followed(
    crawl: Crawl, front_and_sections: dict[str, Answer], depth: int, articles: int
) -> None:
    with sites(front_and_sections) as web:
        found = crawl(web, "http://paper.test/", "--json", "--depth", str(depth))
    assert (found.returncode, len(records(found))) == (0, articles), found.stderr
    assert ("http://paper.test/sport/" in web.log) == (depth == 2)


def test_a_section_page_is_looked_through_with_its_further_pages_and_not_stored(crawl: Crawl, database: str) -> None:
    pages = [listed("paper.test", 3, first=10 * n) for n in range(3)]
    answers = {url: answer for one in pages for url, answer in one.items()}
    for n, one in enumerate(pages, 1):
        items = "".join(
            f"<li><a href='{url}'>What the board said of the pier, part {url[-26:]}</a></li>" for url in one
        )
        number = f"?page={n}" if n > 1 else ""
        more = f"<div class=pagination><a href='/sport?page={n + 1}'>{n + 1}</a></div>" if n < 3 else ""
        body = f"<html lang=en><title>Sport</title><body><ul>{items}</ul>{more}</body></html>"
        answers[f"http://paper.test/sport{number}"] = Answer(body.encode())
    with sites(answers) as web:
        found = crawl(web, "http://paper.test/sport", "--json")
    assert {record["url"] for record in records(found)} == {url for one in pages for url in one}, found.stderr
    assert found.returncode == 0
    assert "a list of articles, followed: http://paper.test/sport" in found.stderr


def test_items_of_a_feed_without_pages_of_their_own_are_articles(crawl: Crawl, database: str) -> None:
    told = [
        (
            "Storm warning for the northern coast",
            "<link>http://paper.test/bulletins#b1</link>",
            "Force nine is expected.",
        ),
        (
            "Ferry to Eastby is cancelled",
            "<link>http://paper.test/bulletins#b2</link>",
            "The ferry does not sail on Monday.",
        ),
        ("Notice of the harbour board", "<guid isPermaLink='false'>n-7</guid>", "The pier stays closed until May."),
    ]
    items = "".join(
        f"<item><title>{title}</title>{link}<description>{text}</description>"
        f"<pubDate>Mon, 0{n} May 2026 10:00:00 +0200</pubDate></item>"
        for n, (title, link, text) in enumerate(told, 4)
    )
    feed = Answer(
        f"<rss version='2.0'><channel><title>Bulletins</title>{items}</channel></rss>".encode(), "application/rss+xml"
    )
    with sites({"http://paper.test/feed.xml": feed}) as web:
        first, second = (crawl(web, "http://paper.test/feed.xml", "--json") for _ in range(2))
        assert not any("bulletins" in asked for asked in web.log)
    assert {(record["title"], record["text"]) for record in records(first)} == {
        (title, text) for title, _, text in told
    }
    assert {record["published_at"][:10] for record in records(first)} == {"2026-05-04", "2026-05-05", "2026-05-06"}
    assert first.returncode == second.returncode == 0, second.stderr
    assert len(rows(database, "SELECT url FROM news.articles")) == 3


def test_entries_that_are_left_out_are_told(crawl: Crawl) -> None:
    url, answer = page("paper.test", 1)
    lone = "<item><title>A headline without more</title></item>" * 4
    feed = f"<rss version='2.0'><channel><title>x</title>{lone}<item><title>y</title><link>{url}</link></item></channel></rss>"
    with sites({url: answer, "http://paper.test/feed.xml": Answer(feed.encode(), "application/rss+xml")}) as web:
        found = crawl(web, "http://paper.test/feed.xml")
    assert found.stderr.splitlines() == [
        "new 1, changed 0, unchanged 0, duplicate 0",
        "http://paper.test/feed.xml: 4 entries without a link to an article",
    ]


def test_what_waits_for_another_try_has_its_reason(crawl: Crawl) -> None:
    """A host that could not be reached at all was only "postponed by its host"."""
    url, answer = page("paper.test", 1)
    with sites({url: answer}) as web, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        env = {"DATELINE_RESOLVE": f"paper.test=127.0.0.1:{web.port},gone.test=127.0.0.1:{port}"}
        found = crawl(web, url, "http://gone.test/2026/05/04/report.html", "http://gone.test/feed.xml", env=env)
    assert "postponed, left to the service or a later crawl: 2 (connect_refused 2)" in found.stderr.splitlines()
    assert found.returncode == 3


def test_the_newest_pages_of_a_long_feed_are_fetched_first(crawl: Crawl) -> None:
    pages = list(listed("paper.test", 40))
    feed = rss([(url, "A headline of some length", DAY - dt.timedelta(hours=n)) for n, url in enumerate(pages)][::-1])
    with sites({**listed("paper.test", 40), "http://paper.test/feed.xml": feed}) as web:
        found = crawl(web, "http://paper.test/feed.xml", "--limit", "3", "--json")
    assert {record["url"] for record in records(found)} == set(pages[:3])


def test_since_skips_older_pages_and_a_later_crawl_fetches_them(crawl: Crawl, database: str) -> None:
    pages = listed("paper.test", 4)
    feed = rss([(url, "A headline of some length", DAY - dt.timedelta(days=n)) for n, url in enumerate(pages)])
    with sites({**pages, "http://paper.test/feed.xml": feed}) as web:
        late = crawl(web, "http://paper.test/feed.xml", "--since", "2026-05-03", "--json")
        assert {record["url"] for record in records(late)} == set(list(pages)[:2])
        assert ledger(database)[list(pages)[3]] == ("ended", "before_since")
        assert "older than --since, not fetched: 2" in late.stderr
        assert "known" not in late.stderr, "the archive was empty"
        everything = crawl(web, "http://paper.test/feed.xml", "--json")
    assert {record["url"] for record in records(everything)} == set(list(pages)[2:])
    assert (late.returncode, everything.returncode) == (0, 0)


def test_each_url_is_counted_once_however_many_pages_name_it(crawl: Crawl) -> None:
    pages = listed("paper.test", 3)
    feed = rss([(url, "A headline of some length", DAY) for url in pages])
    with sites({**pages, "http://paper.test/feed.xml": feed, "http://paper.test/rss.xml": feed}) as web:
        first, second = (crawl(web, "http://paper.test/feed.xml", "http://paper.test/rss.xml") for _ in range(2))
    assert first.stderr.splitlines() == ["new 3, changed 0, unchanged 0, duplicate 0"]
    assert second.stderr.splitlines()[1:] == ["already known, not fetched again: 3"]


def test_a_target_that_is_no_feed_or_names_nothing_is_reported(crawl: Crawl) -> None:
    empty = Answer(b"<rss version='2.0'><channel><title>Empty</title></channel></rss>", "application/rss+xml")
    broken = Answer(b"<rss version='2.0'><channel><tit", "application/rss+xml")
    text = Answer(b"no feed at all", "text/plain")
    addresses = {"http://paper.test/feed.xml": empty, "http://paper.test/b.xml": broken, "http://paper.test/feed": text}
    with sites(addresses) as web:
        nothing = crawl(web, "http://paper.test/feed.xml", "http://paper.test/b.xml")
        garbage = crawl(web, "http://paper.test/feed")
    assert sorted(nothing.stderr.splitlines()[1:]) == [
        "names no articles: http://paper.test/b.xml",
        "names no articles: http://paper.test/feed.xml",
    ]
    assert garbage.returncode == 1
    assert garbage.stderr.splitlines()[1:] == [
        "feeds failed 1: no_feed 1",
        "`dateline explain URL` says of an address what its reason means",
    ]


def test_limit_is_how_many_pages_are_fetched(crawl: Crawl, database: str) -> None:
    pages = listed("paper.test", 5)
    with sites({**pages, "http://paper.test/sitemap.xml": sitemap(list(pages))}) as web:
        found = crawl(web, "http://paper.test/sitemap.xml", "--limit", "2", "--json")
    assert (found.returncode, len(records(found))) == (0, 2)
    assert "skipped because of --limit: 3" in found.stderr
    assert sum(url in pages for url in web.log) == 2
    assert sorted(ledger(database).values()) == [("ended", "over_limit")] * 3 + [("stored", "new")] * 2


def test_delay_passes_between_two_requests_to_a_host(crawl: Crawl) -> None:
    pages = listed("paper.test", 4)
    with sites({**pages, "http://paper.test/sitemap.xml": sitemap(list(pages))}) as web:
        began = time.monotonic()
        found = crawl(web, "http://paper.test/sitemap.xml", delay="0.5")
        took = time.monotonic() - began
    assert took >= 0.5 * (len(web.log) - 1)
    assert (found.returncode, found.stdout) == (0, "")
    assert found.stderr == "new 4, changed 0, unchanged 0, duplicate 0\n"  # no bar moves on a pipe


def test_all_failed_is_exit_code_1(crawl: Crawl) -> None:
    with sites({}) as web:
        found = crawl(web, "http://paper.test/feed.xml", "http://paper.test/2026/05/04/no-such-report.html")
    assert found.returncode == 1
    assert "http_404" in found.stderr
    assert found.stdout == ""


def test_partly_failed_is_exit_code_3(crawl: Crawl) -> None:
    url, answer = page("paper.test", 1)
    with sites({url: answer}) as web:
        found = crawl(web, url, "http://paper.test/feed.xml", "--json")
    assert (found.returncode, len(records(found))) == (3, 1)
    assert "feeds failed 1: http_404 1" in found.stderr


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["no-such-source"], "dateline sources list"),
        (["ftp://paper.test/x"], "not an http(s) URL"),
        (["http://paper.test/", "--since", "yesterday"], "2026-05-04"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_names_the_cure(
    database: str, tmp_path: Path, words: list[str], cure: str
) -> None:
    found = dateline("crawl", *words, data_dir=tmp_path, env=environment(database, 1))
    assert (found.returncode, found.stdout) == (2, "")
    assert cure in found.stderr
    assert "Traceback" not in found.stderr


def test_a_feed_of_300_whose_articles_are_on_another_host(crawl: Crawl, database: str) -> None:
    pages = listed("paper.test", 300)
    feed = rss([(url, "A headline of some length", DAY) for url in pages])
    with sites({**pages, "http://feeds.test/paper.xml": feed}) as web:
        found = crawl(web, "http://feeds.test/paper.xml", "--json")
    assert {record["url"] for record in records(found)} == set(pages)
    assert len(records(found)) == 300
    assert (found.returncode, found.stderr) == (0, "new 300, changed 0, unchanged 0, duplicate 0\n")
    assert ledger(database) == dict.fromkeys(pages, ("stored", "new"))


def test_ctrl_c_stops_the_crawl_and_keeps_stored_and_waiting_urls(database: str, tmp_path: Path) -> None:
    pages = listed("paper.test", 60)
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path), "crawl", "http://paper.test/sitemap.xml"]
    with sites({**pages, "http://paper.test/sitemap.xml": sitemap(list(pages))}, pause_s=0.2) as web:
        env = environment(database, web.port)
        with subprocess.Popen(
            [*command, "--json", "--delay", "0.1"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert running.stdout.readline()
            assert running.stdout.readline()
            running.send_signal(signal.SIGINT)
            began = time.monotonic()
            rest, said = running.stdout.read(), running.stderr.read()
            assert running.wait(20) == 3
            assert time.monotonic() - began < 20
    stored = {row["url"] for row in rows(database, "SELECT url FROM news.articles")}
    told = ledger(database)
    assert len(stored) == 2 + len(rest.splitlines()) < 60
    assert {url for url, (state, _) in told.items() if state == "stored"} == stored
    assert {url for url, (state, _) in told.items() if state == "pending"} == set(pages) - stored
    assert f"new {len(stored)}," in said
    assert "Traceback" not in said
