"""A source with `render = true`: its script-drawn pages are read in a browser, archived as they were drawn, and say so."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.acceptance.support.played import rows
from tests.acceptance.support.site import dateline, environment
from tests.acceptance.support.web import XML, Answer, sites

SITE = "http://drawn.test"
STORY = " ".join(
    f"On evening {n} the board of the lighthouse met about the slipway, and {n + 20} people came over from the other shore."
    for n in range(1, 12)
)
SHELL = b"""<!doctype html><html lang=en><head><meta charset=utf-8><title>Drawn Post</title>
<script defer src=/app.js></script></head>
<body><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div></body></html>"""
APP = b"""fetch('/api' + location.pathname).then(r => r.json()).then(story => {
  document.title = story.title;
  document.getElementById('root').innerHTML = '<article><h1>' + story.title + '</h1><p>By Ada Pell, 4 May 2026</p>'
    + story.text.split('. ').map(line => '<p>' + line + '.</p>').join('') + '</article>';
})"""
FEED = f"""<rss version="2.0"><channel><title>Drawn Post</title><link>{SITE}/</link>
<item><title>The slipway opens</title><link>{SITE}/news/slipway</link><pubDate>Mon, 04 May 2026 09:00:00 GMT</pubDate></item>
<item><title>The keeper retires</title><link>{SITE}/private/keeper</link></item></channel></rss>"""
TOML = f"""[[source]]
name = "drawn"
home = "{SITE}/"
feeds = ["{SITE}/feed"]
[source.politeness]
delay_s = 0
[source.extraction]
render = true
"""
ANSWERS = {
    f"{SITE}/robots.txt": Answer(b"User-agent: *\nDisallow: /api/private/\n", "text/plain"),
    f"{SITE}/feed": Answer(FEED.encode(), XML),
    f"{SITE}/news/slipway": Answer(SHELL),
    f"{SITE}/private/keeper": Answer(SHELL),
    f"{SITE}/app.js": Answer(APP, "text/javascript"),
    f"{SITE}/api/news/slipway": Answer(orjson.dumps({"title": "The slipway opens", "text": STORY}), "application/json"),
    f"{SITE}/api/private/keeper": Answer(
        orjson.dumps({"title": "The keeper retires", "text": STORY}), "application/json"
    ),
}


@pytest.mark.parametrize("has_browser", [True, False])
def test_script_drawn_pages_become_articles(database: str, tmp_path: Path, has_browser: bool) -> None:
    """What a page's scripts may not fetch (robots.txt) stays undrawn; without Chromium all is as before, with the cure."""
    (tmp_path / "sources.toml").write_text(TOML)
    with sites(ANSWERS) as web:
        env = environment(database, web.port, **({} if has_browser else {"chromium": "/no/such/chromium"}))
        added = dateline("sources", "import", str(tmp_path / "sources.toml"), data_dir=tmp_path, env=env)
        assert added.returncode == 0
        assert ("render = true has no effect on this machine" in added.stderr) is not has_browser
        dateline("crawl", "drawn", data_dir=tmp_path, env=env, timeout_s=120)
        asked = [url.removeprefix(SITE) for url in web.log]
        articles = rows(database, "SELECT url, title, text, is_rendered, text_origin FROM news.articles")
        explained = dateline("explain", f"{SITE}/private/keeper", data_dir=tmp_path, env=env).stdout
        assert asked.count("/news/slipway") == 1
        assert "/api/private/keeper" not in asked
        if not has_browser:
            assert articles == []
            assert "chromium names /no/such/chromium, which is not a program" in explained
            return
        assert "rendered in a browser, it is needs_javascript" in explained
        assert asked.count("/app.js") == 1, "scripts are remembered from page to page"
        [article] = articles
        assert article["title"] == "The slipway opens" and "On evening 11 the board" in article["text"]
        assert (article["is_rendered"], article["text_origin"]) == (True, "page")
        told = dateline("explain", f"{SITE}/news/slipway", data_dir=tmp_path, env=env).stdout
        assert "rendered in a browser" in told
        again = dateline("reprocess", "--all", data_dir=tmp_path, env=env)
        assert again.returncode == 0, again.stderr
        kept = "SELECT url, title, text, is_rendered, text_origin FROM news.articles"
        assert rows(database, kept) == articles
        assert conversions(tmp_path) == [(f"{SITE}/news/slipway", True)]
        dateline("forget", f"{SITE}/news/slipway", "--yes", data_dir=tmp_path, env=env)
        assert conversions(tmp_path) == []


def conversions(data_dir: Path) -> list[tuple[str, bool]]:
    """The conversion records of the archive: address, and whether they hold the story and name a response."""
    found, responses = [], set[str]()
    for file in sorted((data_dir / "archive").glob("*.warc.gz")):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.conversion | WarcRecordType.response):
                if record.record_type == WarcRecordType.response:
                    responses.add(record.record_id)
                    continue
                holds = b"On evening 11" in record.reader.read() and record.headers["WARC-Refers-To"] in responses
                found.append((record.headers["WARC-Target-URI"], holds))
    return found
