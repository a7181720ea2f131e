"""Workers on several machines: processes with data folders of their own on one database, reached by TCP where they are apart."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import psycopg

from crawler.archive.archive import Archive
from dateline.types.article import ArchiveRef
from tests.acceptance.support.played import rows
from tests.acceptance.support.site import article, dateline, environment, process
from tests.acceptance.support.web import Answer, sites

HOSTS, PAGES = 8, 2
HELPS = "SELECT count(*) FROM dateline.heartbeat WHERE role = 'worker' AND queue_workers <> '{}'"
LINES = "SELECT url, archive_file, archive_offset, archive_length FROM dateline.article"


def report(host: int, number: int) -> str:
    return f"http://paper{host}.test/2026/05/04/report-{number}-from-the-harbour.html"


def until_helped(database: str, workers: int) -> None:
    """Return when so many workers wait for jobs."""
    deadline = time.monotonic() + 60
    with psycopg.connect(database, autocommit=True) as connection:
        while connection.execute(HELPS.encode()).fetchone() != (workers,):
            assert time.monotonic() < deadline, "the helpers did not come up"
            time.sleep(0.05)


def readable(folder: Path, lines: list[dict[str, Any]]) -> set[str]:
    """The URLs whose page is in this folder's archive."""
    archive, here = Archive(folder / "archive"), {path.name for path in (folder / "archive").glob("*.warc.gz")}
    found = set()
    for line in lines:
        ref = ArchiveRef(line["archive_file"], line["archive_offset"], line["archive_length"])
        if ref.file in here:
            assert archive.read(ref).url == line["url"]
            found.add(line["url"])
    return found


def test_workers_elsewhere_help_a_crawl(database: str, tmp_path: Path) -> None:
    """Each with an archive of its own: every page is fetched once and printed once, by either of them."""
    answers = {report(h, n): Answer(article(h * 100 + n).encode()) for h in range(HOSTS) for n in range(PAGES)}
    folders = [tmp_path / name for name in ("starter", "one", "two")]
    with sites(answers, pause_s=0.4) as web, ExitStack() as helpers:
        env = environment(database, web.port, extraction_workers="1", hosts_at_once="2")
        for folder in folders[1:]:
            folder.mkdir()
            words = ("worker", "--queues", "crawls, visits")
            helpers.enter_context(process(*words, data_dir=folder, env=env, log=tmp_path / f"{folder.name}.log"))
        until_helped(database, 2)
        targets = tmp_path / "targets.txt"
        targets.write_text("\n".join(answers), encoding="utf-8")
        found = dateline("crawl", str(targets), "--json", "--delay", "0.05", data_dir=folders[0], env=env)
    assert found.returncode == 0, found.stderr
    assert Counter(orjson.loads(line)["url"] for line in found.stdout.splitlines()) == Counter(list(answers))
    assert f"new {len(answers)}," in found.stderr
    asked = Counter(web.log)
    assert {url: asked[url] for url in answers} == dict.fromkeys(answers, 1)
    kept = [readable(folder, rows(database, LINES)) for folder in folders]
    assert sorted(url for one in kept for url in one) == sorted(answers), "each page stands in one machine's archive"
    assert sum(bool(one) for one in kept) >= 2, "nobody helped"


def test_an_unknown_queue_is_refused(tmp_path: Path) -> None:
    found = dateline("worker", "--queues", "visits,crawl-1", data_dir=tmp_path, env=environment("postgresql:///", 9))
    assert found.returncode == 2
    assert "'crawl-1'" in found.stderr
    assert "crawls: " in found.stderr
