"""`dateline sources add` of a site that runs WordPress: when its REST interface is watched, and what is said of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from dateline.cli.context import Context
from dateline.cli.sources.sources import sources
from dateline.config import Settings
from dateline.sources.toml_files import read_sources_toml
from tests.acceptance.support.old_site import HOME, OldSite, paragraphs, spread
from tests.acceptance.support.web import XML, Answer, sites

pytestmark = pytest.mark.usefixtures("warm_parsers")

POSTS = f"{HOME}wp-json/wp/v2/posts?per_page=20&_embed=author%2Cwp:term"
FEED = f"{HOME}rss.xml"
SITE = spread(5, dt.datetime(2022, 1, 1), dt.datetime(2022, 2, 1))


def home(*, has_feed: bool) -> Answer:
    feed = f"<link rel=alternate type='application/rss+xml' href='{FEED}'>" if has_feed else ""
    api = f"<link rel='https://api.w.org/' href='{HOME}wp-json/'>"
    return Answer(f"<html lang=en><head><title>Old</title>{feed}{api}</head><body><p>Old</p></body></html>".encode())


def feed(*, has_text: bool) -> Answer:
    items = "".join(
        f"<item><link>{one.url}</link><title>{one.title}</title><description>In short</description>"
        + (
            "<content:encoded>"
            + "".join(f"&lt;p&gt;{text}&lt;/p&gt;" for text in paragraphs(one.number))
            + "</content:encoded>"
        )
        * has_text
        + "</item>"
        for one in SITE
    )
    names = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    return Answer(f"<rss version='2.0' {names}><channel><title>Old</title>{items}</channel></rss>".encode(), XML)


def test_the_feeds_of_a_page_that_lists_them_are_found(database: str, tmp_path: Path) -> None:
    """A link called RSS often leads to a list for readers. Before, only the site's usual paths were tried then."""
    pages = {
        HOME: Answer(b"<title>Old</title><a href=/readers/feeds>RSS feeds</a>"),
        f"{HOME}readers/feeds": Answer(b"<title>Feeds</title><a href=/out/port.rss>Port</a><a href=/help>Help</a>"),
        f"{HOME}out/port.rss": feed(has_text=True),
    }
    with sites(pages) as web:
        resolve = (f"*.test=127.0.0.1:{web.port}",)
        context = Context(Settings(data_dir=tmp_path, database_url=database, resolve=resolve, delay_s=0))
        shown = CliRunner().invoke(sources, ("add", HOME), obj=context, catch_exceptions=False).stdout
        assert f"ok   feed          {HOME}out/port.rss" in shown


@pytest.mark.parametrize(
    ("has_feed", "has_text", "said"),
    [
        (False, False, f"watched: {POSTS} (WordPress' REST interface, used as a feed: the site has no other feed)"),
        (
            True,
            False,
            f"watched: {POSTS} (WordPress' REST interface, used as a feed: it adds the full text, which the feeds lack)",
        ),
        (True, True, f"not watched: {POSTS} (WordPress' REST interface: it gives no more than the feeds)"),
    ],
)
def test_the_interface_is_watched_where_it_adds_something(
    database: str, tmp_path: Path, has_feed: bool, has_text: bool, said: str
) -> None:
    more = {HOME: home(has_feed=has_feed)} | ({FEED: feed(has_text=has_text)} if has_feed else {})
    with sites(OldSite(SITE, frozenset({"rest"}), more)) as web:
        resolve = (f"*.test=127.0.0.1:{web.port}",)
        settings = Settings(data_dir=tmp_path, database_url=database, resolve=resolve, delay_s=0)

        def run(*words: str) -> str:
            return CliRunner().invoke(sources, words, obj=Context(settings), catch_exceptions=False).stdout

        assert said in run("add", HOME).splitlines()
        [kept] = read_sources_toml(run("export"))
        assert [page.url for page in kept.watched if page.kind == "wordpress"] == [POSTS] * said.startswith("watched")
        if kept.watched and said.startswith("watched"):
            checked = [orjson.loads(line) for line in run("check", kept.name, "--json").splitlines()]
            assert {one["outcome"] for one in checked if one["kind"] == "wordpress"} == {"ok"}
