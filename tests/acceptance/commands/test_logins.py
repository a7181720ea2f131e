"""A source behind a login and a proxy, by the command line alone; and its secrets, looked for wherever Dateline writes."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.commands.test_secrets import _rows
from tests.acceptance.support.played import rows
from tests.acceptance.support.site import article, dateline, environment
from tests.integration.support import proxies
from tests.integration.support.fetch_site import Exchange, Site, page

WORDS = {"cookie": "c4n4ry-cookie", "token": "c4n4ry-token", "user": "c4n4ry-user", "pass": "c4n4ry-pass"}
SOURCE = """[[source]]
name = "post"
home = "http://post.test/"
feeds = ["http://post.test/feed"]
[source.politeness]
delay_s = 0.0
cookies_file = "post-cookies.txt"
headers = {{ Authorization = "Bearer ${{POST_TOKEN}}" }}
proxy = "{kind}://${{PROXY_USER}}:${{PROXY_PASSWORD}}@127.0.0.1:{port}"
user_agent = "PostDesk/1 (+x@post.test)"
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


def members_only(exchange: Exchange) -> bytes:
    """An article for those who have signed in, with an echo of what they sent; a login page for others."""
    cookie, token = exchange.headers.get("Cookie", ""), exchange.headers.get("Authorization", "")
    if WORDS["cookie"] not in cookie or WORDS["token"] not in token:
        return page(b"<html><form><h1>Sign in</h1><input type=password></form></html>", status=403)
    echo = [f"Set-Cookie: session={WORDS['cookie']}-new; Path=/", f"X-Echo: {token}"]
    return page(article(int(exchange.path[2:])).encode(), *echo)


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    items = "".join(f"<item><title>Report {n}</title><link>http://post.test/a{n}</link></item>" for n in range(3))
    feed = f"<rss version='2.0'><channel><title>Post</title>{items}</channel></rss>".encode()
    server.pages["/feed"] = page(feed).replace(b"text/html", b"application/rss+xml")
    server.pages |= {f"/a{number}": members_only for number in range(5)}
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "POST_TOKEN").write_text(WORDS["token"])
    (secrets / "PROXY_PASSWORD").write_text(WORDS["pass"])
    (tmp_path / "post-cookies.txt").write_text(
        f"post.test\tFALSE\t/\tFALSE\t0\tsession\t{WORDS['cookie']}\npost.test\tFALSE\t/\tFALSE\t1\told\tc4n4ry-old\n"
    )
    return tmp_path


def test_what_subscribers_read_is_stored_and_no_secret_is_written(database: str, site: Site, folder: Path) -> None:
    said: list[str] = []
    with proxies.running("http", login=f"{WORDS['user']}:{WORDS['pass']}") as proxy:
        env = environment(database, site.port, proxy_networks="127.0.0.1") | {"PROXY_USER": WORDS["user"]}

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            done = dateline("--log-level", "debug", *words, data_dir=folder, env=env)
            said.append(done.stdout + done.stderr)
            return done

        (folder / "sources.toml").write_text(SOURCE.format(kind="http", port=proxy.port))
        imported = run("sources", "import", str(folder / "sources.toml"))
        assert "1 of its 2 cookies has expired" in imported.stderr
        (line,) = [json.loads(line) for line in run("sources", "check", "post", "--json").stdout.splitlines()]
        assert (line["outcome"], line["entries"]) == ("ok", 3)
        assert "cookies has expired" in line["notes"][0]
        for words in (("sources", "show", "post", "--json"), ("sources", "list", "--json"), ("sources", "export")):
            shown = run(*words).stdout
            assert "${POST_TOKEN}" in shown
            assert str(folder / "post-cookies.txt") in shown
        single = run("crawl", "http://post.test/a4", "--json")
        assert '"result":"new"' in single.stdout, "a single address is asked for as its source says"
        run("crawl", "post")
        stored = rows(database, "SELECT url FROM news.articles WHERE kind = 'article' ORDER BY url")
        assert [row["url"][-2:] for row in stored] == ["a0", "a1", "a2", "a4"]
        assert {headers["user-agent"] for _, headers in site.log} == {"PostDesk/1 (+x@post.test)"}
        proxy.kill()
        _broken(run, folder, proxy.port)
        run("backup", str(folder / "kept"))
    assert not [text for text in said if "c4n4ry" in text]
    assert "c4n4ry" not in _rows(database)
    own = {folder / "post-cookies.txt", *(folder / "secrets").iterdir()}
    for path in folder.rglob("*"):
        if path.is_file() and path not in own:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            assert b"c4n4ry" not in content, path
    assert any(path.suffix == ".gz" for path in (folder / "kept").rglob("*"))


def _broken(run: Run, folder: Path, port: int) -> None:
    """Every error of a proxy and a login, each with its name and its cure."""
    crawled = run("crawl", "http://post.test/a3")
    assert crawled.returncode == 1
    assert "proxy_unreachable" in crawled.stdout + crawled.stderr
    assert "proxy could not be reached" in run("explain", "http://post.test/a3").stdout
    checked = run("sources", "check", "post")
    assert f"proxy_unreachable (http://127.0.0.1:{port}" in checked.stdout
    for value, why in (
        ("proxy=http://u:c4n4ry-x@proxy.test:1", "would be readable"),
        ("headers.X-Key=c4n4ry-x", "would be readable"),
        ("headers.X-Key=${DATELINE_DATABASE_URL}", "a setting of Dateline itself"),
        ("headers=c4n4ry", "one after the other"),
        ("cookies_file=/nowhere.txt", "No such file"),
    ):
        refused = run("sources", "set", "post", value)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    (folder / "bad.txt").write_bytes(b"post.test TRUE / FALSE 0 a c4" + b"n4ry")
    refused = run("sources", "set", "post", f"cookies_file={folder / 'bad.txt'}")
    assert (refused.returncode, "line 1 has 1 of 7 fields" in refused.stderr) == (2, True)
    (folder / "bad.txt").unlink()
    assert "POST_WORD is not set" in run("sources", "set", "post", "headers.X-Key=${POST_WORD}").stderr
    assert run("sources", "set", "post", "headers.X-Key=", "proxy=").returncode == 0
    assert json.loads(run("sources", "list", "--json").stdout)["access"].keys() == {
        "cookies_file",
        "headers",
        "user_agent",
    }
