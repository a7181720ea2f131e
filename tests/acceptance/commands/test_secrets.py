"""A canary secret is put wherever credentials can be, and looked for wherever Dateline writes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from psycopg import sql

from benchmarks.fuzz.fuzz_crawl import served
from sql.database import connect
from tests.acceptance.support.site import article, dateline, environment

SECRET = "c4n4ry-word-of-entry"
USER = "c4n4ry-user"
SITE = f"http://{USER}:{SECRET}@secret.test"


def _answer(body: str, kind: str, head: str = "200 OK") -> bytes:
    data = body.encode()
    return f"HTTP/1.1 {head}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def _site() -> dict[str, bytes]:
    """A site that has credentials in every URL it names."""
    head = (
        f'<link rel="canonical" href="{SITE}/a"><meta property="og:image" content="{SITE}/b.jpg"><base href="{SITE}/">'
    )
    body = article(1).replace("</head>", f"{head}</head>").replace("<article>", f'<article><a href="{SITE}/c">more</a>')
    item = f"<title>x</title><link>{SITE}/article</link><guid>{SITE}/g</guid><enclosure url='{SITE}/e.mp3'/>"
    told = f"&lt;p&gt;{'The ferry is late again. ' * 40}&lt;a href='{SITE}/f'&gt;more&lt;/a&gt; of it.&lt;/p&gt;"
    items = f"<item>{item}</item><item><title>y</title><link>{SITE}/gone</link><description>{told}</description></item>"
    return {
        "/article": _answer(body, "text/html"),
        "/feed": _answer(f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>", "application/rss+xml"),
        "/moved": _answer("", "text/html", f"302 Found\r\nLocation: {SITE}/article"),
        "/map.xml": _answer(f"<urlset><url><loc>{SITE}/d</loc></url></urlset>", "application/xml"),
    }


@pytest.fixture
def secret_database(database: str) -> str:
    """The test's database through a role whose password is the secret."""
    with connect(database, autocommit=True) as connection:
        role = sql.Identifier("c4n4ry")
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}").format(role, sql.Literal(SECRET)))
    parts = urlsplit(database)
    return urlunsplit(parts._replace(netloc=f"c4n4ry:{SECRET}@"))


def _rows(database: str) -> str:
    """Every row of every table of ours, as text."""
    names = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('dateline', 'procrastinate')"
    )
    with connect(database, autocommit=True) as connection:
        tables = [row[0] for row in connection.execute(names)]
        return "\n".join(
            str(row[0]) for name in tables for row in connection.execute(f"SELECT t::text FROM {name} AS t")
        )


def test_no_secret_is_written_anywhere(database: str, secret_database: str, tmp_path: Path) -> None:
    """With credentials kept in links the exported article had them; with messages as they are, the console did."""
    said = []

    def run(*words: str, env: dict[str, str]) -> None:
        done = dateline("--log-level", "debug", *words, data_dir=tmp_path, env=env)
        said.append(done.stdout + done.stderr)

    with served(_site()) as port:
        env = environment(secret_database, port)
        targets = [
            "http://secret.test/article",
            "http://secret.test/feed",
            "http://secret.test/moved",
            "http://secret.test/map.xml",
        ]
        run("crawl", *targets, "--delay", "0", "--json", env=env)
        assert '"result":"new"' in said[-1]
        run("crawl", f"{SITE}/article", "--delay", "0", env=env)
        (tmp_path / "urls.txt").write_text(f"{SITE}/article\nhttp://secret.test/article\n")
        run("crawl", str(tmp_path / "urls.txt"), "--delay", "0", env=env)
        run("sources", "add", f"{SITE}/feed", "--delay", "0", env=env)
        run("extract", f"{SITE}/article", env=env)
        run("config", "show", env=env)
        run("status", "--json", env=env)
        run("export", env=env)
        run("explain", f"{SITE}/article", env=env)
        broken = secret_database.replace("c4n4ry:", "nobody:")
        run("status", env=env | {"DATELINE_DATABASE_URL": broken})
        run("crawl", targets[0], env=env | {"DATELINE_DATABASE_URL": f"postgresql://u:{SECRET}@127.0.0.1:1/x"})
    archived = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "archive").rglob("*.gz"))
    assert b"secret.test/article" in archived
    heads = archived.replace(_site()["/article"].partition(b"\r\n\r\n")[2], b"").replace(
        _site()["/feed"].partition(b"\r\n\r\n")[2], b""
    )
    assert not [text for text in said if SECRET in text]
    assert SECRET not in _rows(database)
    assert SECRET.encode() not in b"\n".join(line for line in heads.split(b"\n") if not line.startswith(b"Location"))
    assert not [path for path in tmp_path.rglob("*.log*") if SECRET in path.read_text(errors="replace")]


def test_log_lines_are_json_with_controls_escaped() -> None:
    """With its values printed as they are, it was two lines; without the cutting, the password was in it."""
    script = "from dateline import log; log.configure(fmt='json'); log.get('x').warning('a\\x1b[2J\\nb', url='http://u:p@h/\\x00')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    (line,) = done.stderr.splitlines()
    assert all(char.isprintable() for char in line)
    assert "u:p@" not in line
