"""`dateline extract` as it is run: real workers, a real manifest, a page that hangs and one that can't be read."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tests.acceptance.support import preloaded
from tests.golden.regenerate import FOLDER, PAGES


def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return preloaded.run(["extract", *map(str, arguments)], stdin=stdin, env=os.environ | environment)


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_file_standard_input_and_gzip_give_the_same() -> None:
    page = FOLDER / "article.html"
    from_file = run(page, "--url", PAGES["article"])
    from_pipe = run("-", "--url", PAGES["article"], stdin=gzip.compress(page.read_bytes()))
    assert from_file.returncode == from_pipe.returncode == 0
    assert from_file.stdout == from_pipe.stdout
    assert lines(from_file.stdout)[0]["title"] == "Harbour bridge to close for nine weekends"
    assert from_file.stderr == b""


def test_every_page_of_a_manifest_has_its_line_in_order(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    rows = []
    for name, url in PAGES.items():
        (tmp_path / "pages" / f"{name}.html.gz").write_bytes(gzip.compress((FOLDER / f"{name}.html").read_bytes()))
        rows.append({"id": name, "url": url, "file": f"pages/{name}.html.gz"})
    (tmp_path / "pages" / "broken.html.gz").write_bytes(b"\x1f\x8bnot gzip")
    rows += [
        {"id": "missing", "url": "https://x.example/", "file": "none.html"},
        {"id": 7, "url": None, "file": "pages/broken.html.gz"},
    ]
    manifest, output = tmp_path / "m.jsonl", tmp_path / "out.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows) + "\n")
    done = run("--manifest", manifest, "-o", output)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    found = lines(output.read_bytes())
    assert [row["id"] for row in found] == [*PAGES, "missing", "7"]
    assert [row.get("kind") for row in found[:-2]] == [
        json.loads((FOLDER / f"{name}.json").read_text())["kind"] for name in PAGES
    ]
    assert all("error" in row for row in found[-2:])


def test_files_and_folders_have_a_line_each_with_their_paths_as_ids(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    article = (FOLDER / "article.html").read_bytes()
    (tmp_path / "deep" / "b.html.gz").write_bytes(gzip.compress(article))
    (tmp_path / "a.htm").write_bytes(article)
    (tmp_path / "notes.txt").write_text("no page")
    found = lines(run(tmp_path).stdout)
    assert [row["id"] for row in found] == [str(tmp_path / "a.htm"), str(tmp_path / "deep" / "b.html.gz")]
    assert found[0]["text"] == found[1]["text"]
    several = lines(run(tmp_path / "a.htm", tmp_path / "none.html").stdout)
    assert several[0]["title"] == found[0]["title"]
    assert several[1]["reason"] == "unreadable"


def test_several_pages_have_no_common_address(tmp_path: Path) -> None:
    page = FOLDER / "article.html"
    for arguments in ((page, page, "--url", "https://x.example/"), (page, "-"), (tmp_path,)):
        failed = run(*arguments)
        assert (failed.returncode, failed.stdout) == (2, b"")
        assert failed.stderr.startswith(b"dateline: ")


def test_a_page_over_its_deadline_is_named_and_the_others_are_not_lost(tmp_path: Path) -> None:
    page = (FOLDER / "article.html").read_bytes()
    (tmp_path / "good.html").write_bytes(page)
    (tmp_path / "slow.html").write_bytes(b"<p>" + b"<b><i><p>x" * 400_000)
    rows = [{"id": n, "url": PAGES["article"], "file": f"{n}.html"} for n in ("slow", "good")]
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("\n".join(json.dumps(row) for row in rows))
    done = run("--manifest", manifest, DATELINE_PARSE_DEADLINE_S="5")
    slow, good = lines(done.stdout)
    assert done.returncode == 0
    assert slow["reason"] in {"parse_timeout", "parse_memory"}
    assert slow["error"]
    assert good["title"] == "Harbour bridge to close for nine weekends"


def test_usage_errors_say_what_is_wrong(tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    manifest.write_text('{"id": "a"}\n')
    for arguments, words in (
        ((), b"Give FILE"),
        (("--manifest", manifest), b"line 1"),
        ((tmp_path / "no.html",), b"Cannot read"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert words in done.stderr


def warc(path: Path) -> Path:
    """A WARC file with the golden pages and one record that is not a page."""
    from crawler.archive.archive import Archive
    from crawler.archive.warc_records import WarcExchange

    with Archive(path) as archive:
        for name, url in PAGES.items():
            body = (FOLDER / f"{name}.html").read_bytes()
            at = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
            headers = [("Content-Type", "text/html; charset=utf-8")]
            archive.write(
                WarcExchange(url=url, final_url=url, status=200, reason="OK", headers=headers, body=body, fetched_at=at)
            )
        archive.sync()
    (file,) = path.glob("*.warc.gz")
    return file


def test_each_page_of_a_warc_file_has_a_line_of_its_own(tmp_path: Path) -> None:
    file = warc(tmp_path / "kept")
    found = lines(run(file).stdout)
    assert [row["url"] for row in found] == list(PAGES.values())
    assert [row["id"] for row in found] == [f"{file}#{number}" for number in range(1, len(PAGES) + 1)]
    titles = [json.loads((FOLDER / f"{name}.json").read_text())["title"] for name in PAGES]
    assert [row["title"] for row in found] == titles
    plain = tmp_path / "unpacked.dat"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    assert [row["title"] for row in lines(run(plain).stdout)] == titles, "its content tells, not its name"
    assert len(lines(run(tmp_path / "kept").stdout)) == len(PAGES), "in a folder, too"
    piped = run("-", stdin=file.read_bytes())
    assert (piped.returncode, piped.stdout) == (2, b"")
    assert b"is a WARC file" in piped.stderr


def test_a_name_that_promises_another_format_is_refused(tmp_path: Path) -> None:
    page = FOLDER / "article.html"
    for name in ("out.csv", "out.xlsx", "out.parquet", "out.jsonl.gz"):
        failed = run(page, "-o", tmp_path / name)
        assert (failed.returncode, list(tmp_path.iterdir())) == (2, [])
        assert b"end the name in .jsonl" in failed.stderr
    assert run(page, page, "-o", tmp_path / "out.json").returncode == 2, "several lines are no JSON"
    assert run(page, "-o", tmp_path / "out.json").returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["kind"] == "article"


def test_saved_pages_are_imported_by_the_address_that_they_name(database: str, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    link = '<link rel="canonical" href="https://post.test/2026/05/04/bridge-closes">'
    page = (FOLDER / "article.html").read_text()
    head, rest = re.sub(r"<link[^>]+canonical[^>]*>|<meta[^>]+og:url[^>]*>", "", page).split("<head>", 1)
    (tmp_path / "pages" / "a.html").write_text(f"{head}<head>{link}{rest}")
    (tmp_path / "pages" / "b.html").write_text(f"{head}<head>{rest}")
    (tmp_path / "pages" / "c.html.gz").write_bytes(b"\x1f\x8bbroken")
    extracted = run(tmp_path / "pages")
    words = ["--data-dir", str(tmp_path / "data"), "import", "--json"]
    done = preloaded.run(words, stdin=extracted.stdout, env=os.environ | {"DATELINE_DATABASE_URL": database})
    assert done.returncode == 3, done.stderr
    counts = json.loads(done.stdout)
    assert (counts["new"], counts["unreadable"]) == (1, 2)
    assert b'- line 2: no "url" or "canonical_url"' in done.stderr
    assert b"- line 3: `dateline extract` could not read the page" in done.stderr
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT url FROM news.articles").fetchall()
    assert found == [("https://post.test/2026/05/04/bridge-closes",)]
