"""`dateline sources add` and `check` against the demonstration newsroom, over real HTTP into a real database."""

from __future__ import annotations

import datetime as dt
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from dateline.cli.context import Context
from dateline.cli.sources.sources import sources
from dateline.config import Settings
from dateline.demo.newsroom import Newsroom
from dateline.demo.server import NewsroomServer
from dateline.errors import ConfigError, FetchError, UsageError
from dateline.sources.toml_files import read_sources_toml

pytestmark = pytest.mark.usefixtures("warm_parsers")

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def newsroom() -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom.fresh(dt.datetime.now(dt.UTC))) as server:
        yield server


@pytest.fixture
def run(newsroom: NewsroomServer, database: str, tmp_path: Path) -> Run:
    """Runs `dateline sources …` in this process."""
    settings = Settings(data_dir=tmp_path, database_url=database, resolve=(newsroom.resolve_rules,), delay_s=0)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(sources, arguments, obj=Context(settings), catch_exceptions=False)

    return run


def test_feeds_that_the_home_page_points_to_are_found_tried_and_watched(run: Run) -> None:
    shown = run("add", "http://harbour-post.test/", "--country", "gb", "--tag", "harbour").stdout
    assert "ok   feed          http://harbour-post.test/feed.xml  20 entries, newest " in shown
    assert shown.endswith("added the-harbour-post\n")
    (source,) = read_sources_toml(run("export").stdout)
    assert (source.title, source.country, source.languages, source.tags) == (
        "The Harbour Post", "gb", ("en",), ("harbour",)
    )  # fmt: skip
    assert {page.kind for page in source.watched} == {"feed", "home"}
    assert "not watched: sections that the home page links to" in shown
    assert run("check", "the-harbour-post").exit_code == 0


def test_a_sitemap_that_robots_txt_names_is_found(run: Run) -> None:
    shown = orjson.loads(run("add", "http://meridian-wire.test", "--name", "wire", "--json").stdout)
    assert shown["is_added"] is True
    assert shown["source"]["sitemaps"] == ["http://meridian-wire.test/sitemap.xml"]
    assert {page["outcome"] for page in shown["tried"]} == {"ok"}
    assert run("show", "wire").exit_code == 0


def test_a_feed_is_watched_as_it_is(run: Run) -> None:
    shown = orjson.loads(run("add", "http://valle-diario.test/feed.json", "--dry-run", "--json").stdout)
    assert shown["source"]["feeds"] == ["http://valle-diario.test/feed.json"]
    assert shown["source"]["home"] == "http://valle-diario.test/"
    assert shown["is_added"] is False
    assert run("list", "--json").stdout == ""


def test_a_site_without_https_is_found_by_its_bare_name_alone(run: Run) -> None:
    shown = orjson.loads(run("add", "valle-diario.test", "--dry-run", "--json").stdout)
    assert shown["source"]["home"] == "http://valle-diario.test"
    with pytest.raises(FetchError, match="answers without TLS"):
        run("add", "https://valle-diario.test", "--dry-run")


def test_a_site_that_is_known_is_not_added_again(run: Run) -> None:
    run("add", "http://nordlicht-kurier.test/")
    with pytest.raises(UsageError, match=r"nordlicht-kurier .* is already a source"):
        run("add", "https://www.nordlicht-kurier.test")


@pytest.mark.parametrize("path", ["feed.xml", "index.html", ""])
def test_no_page_of_a_known_source_is_watched_twice(run: Run, path: str) -> None:
    run("add", "http://harbour-post.test/")
    before = run("export").stdout
    for address in (
        f"http://harbour-post.test/{path}",
        f"harbour-post.test/{path}",
        f"https://www.harbour-post.test/{path}",
    ):
        with pytest.raises((UsageError, FetchError)):
            run("add", address)
    assert run("export").stdout == before


def test_a_section_is_added_to_its_known_source(run: Run) -> None:
    run("add", "http://harbour-post.test/", "--name", "post")
    shown = run("add", "http://harbour-post.test/sport/").stdout
    assert shown.endswith("added http://harbour-post.test/sport/ to post, a known source\n")
    (source,) = read_sources_toml(run("export").stdout)
    assert ("section", "http://harbour-post.test/sport/") in {(page.kind, page.url) for page in source.watched}
    with pytest.raises(UsageError, match="already a source"):
        run("add", "http://harbour-post.test/sport/")


def test_options_for_a_page_of_a_known_source_are_refused_with_the_cure(run: Run) -> None:
    """They would have been lost: only the page is added."""
    run("add", "http://harbour-post.test/", "--name", "post")
    before = run("export").stdout
    options = ("--header", "Accept-Language: en, de", "--delay", "0.1", "--tag", "sport")
    with pytest.raises(UsageError) as refused:
        run("add", "http://harbour-post.test/sport/", *options)
    cure = "`dateline sources set post tags=sport delay_s=0.1 'headers.Accept-Language=en, de'`"
    assert cure in str(refused.value)
    assert run("export").stdout == before


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        (("http://no.harbour.invalid/",), FetchError, "can't fetch http://no.harbour.invalid/: dns"),
        (
            ("http://harbour-post.test/no-such-page",),
            FetchError,
            "can't fetch http://harbour-post.test/no-such-page: http_404",
        ),
        (("ftp://harbour-post.test/",), UsageError, "must be a whole http or https address"),
        (("http://harbour-post.test/", "--country", "Britain"), UsageError, "country: 'Britain' is not a country code"),
        (("http://harbour-post.test/", "--schedule", "often"), ConfigError, "schedule 'often'"),
        (("http://harbour-post.test/", "--name", "The Post"), UsageError, "such as 'the-post'"),
    ],
)
def test_an_invalid_source_is_refused_with_the_reason(
    run: Run, arguments: tuple[str, ...], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        run("add", *arguments)
    assert run("list", "--json").stdout == ""


def test_check_prints_each_page_and_its_exit_code_shows_failures(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    template = '[[source]]\nname = "{}"\nhome = "http://harbour-post.test/"\nfeeds = ["http://harbour-post.test/{}"]\n'
    path.write_text(template.format("well", "feed.xml") + template.format("ill", "gone.xml"), encoding="utf-8")
    run("import", str(path))
    both = run("check", "--all", "--json")
    rows = {row["source"]: row for row in map(orjson.loads, both.stdout.splitlines())}
    assert (rows["well"]["outcome"], rows["well"]["entries"]) == ("ok", 20)
    assert (rows["ill"]["outcome"], rows["ill"]["status"]) == ("http_404", 404)
    assert [both.exit_code, run("check", "well").exit_code, run("check", "ill").exit_code] == [3, 0, 1]
    with pytest.raises(UsageError, match="Give the names of the sources to check"):
        run("check")


@pytest.mark.parametrize(
    "form", ["{feed}?utm_source=mail", "feed://{bare}", "feed:{feed}", "http://harbour-post.test:80/feed.xml#top"]
)
def test_a_known_feed_is_known_in_all_its_spellings(run: Run, form: str) -> None:
    feed = "http://harbour-post.test/feed.xml"
    run("add", feed)
    with pytest.raises(UsageError, match="is already a source"):
        run("add", form.format(feed=feed, bare=feed.removeprefix("http://")))


def test_an_articles_address_stands_for_its_site(run: Run, newsroom: NewsroomServer) -> None:
    """Its headline was the name of the source, and its address the home page."""
    asked = urllib.request.Request(f"http://127.0.0.1:{newsroom.port}/feed.xml", headers={"Host": "harbour-post.test"})
    with urllib.request.urlopen(asked) as answer:
        story = re.findall(r"<link>(http://harbour-post\.test/[^<]{9,})</link>", answer.read().decode())[0]
    shown = orjson.loads(run("add", story, "--dry-run", "--json").stdout)
    assert (shown["source"]["title"], shown["source"]["home"]) == ("The Harbour Post", "http://harbour-post.test/")
    assert story not in str(shown["source"])


def test_a_ca_file_that_holds_none_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("hello")
    with pytest.raises(UsageError, match=r"--ca-file .*no\.pem: contains no certificate"):
        run("add", "http://harbour-post.test/", "--ca-file", str(tmp_path / "no.pem"))


def test_a_check_of_nothing_says_why(run: Run) -> None:
    none = run("check", "--all")
    assert (none.exit_code, none.stdout) == (0, "")
    assert "no sources; add one with" in none.stderr
    run("add", "http://valle-diario.test/feed.json", "--name", "valle")
    run("pause", "valle")
    assert run("check", "--all").stderr == "all sources are paused\n"
