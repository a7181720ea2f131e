"""`dateline import` as operators run it: eight at once, again, in any order; bad lines reported; a summary for scripts."""

from __future__ import annotations

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.support.site import dateline, environment
from tests.integration.pipelines.test_copy_races import near_copy, story

PROCESSES, STORIES, COPIES = 8, 5, 5


def stream() -> list[dict[str, Any]]:
    """Stories with near copies on other sites, and some without copies."""
    copied = [
        {
            "url": f"https://site{copy}.test/story-{number}?cmpid=x{copy}",
            "title": f"Story {number}",
            "text": near_copy(story(number), copy),
            "published_at": f"2026-05-04T{8 + copy:02}:00:00+02:00",
        }
        for number in range(STORIES)
        for copy in range(COPIES)
    ]
    alone = [
        {
            "url": f"https://site{number}.test/alone-{number}",
            "title": "Alone",
            "text": near_copy(story(100 + number), 0),
        }
        for number in range(6)
    ]
    return copied + alone


def write(path: Path, seed: int) -> Path:
    articles = stream()
    random.Random(seed).shuffle(articles)
    path.write_text("".join(json.dumps(one) + "\n" for one in articles), encoding="utf-8")
    return path


def archive(database: str) -> tuple[list[tuple[str, str]], int, int]:
    """All copy links; the number of articles; of URL identities that occur twice."""
    with psycopg.connect(database) as conn:
        links = conn.execute("SELECT copy_url, original_url FROM news.copies ORDER BY 1").fetchall()
        counts = conn.execute("SELECT count(*), count(*) - count(DISTINCT url_key) FROM dateline.article").fetchone()
    assert counts is not None
    return links, *counts


EXPECTED = sorted(
    (f"https://site{copy}.test/story-{number}", f"https://site0.test/story-{number}")
    for number in range(STORIES)
    for copy in range(1, COPIES)
)


def test_eight_at_once_and_again_give_the_same_families(database: str, tmp_path: Path) -> None:
    env = environment(database, 1)
    files = [write(tmp_path / f"{seed}.jsonl", seed) for seed in range(PROCESSES)]

    def put(file: Path) -> subprocess.CompletedProcess[str]:
        return dateline("import", "--json", str(file), data_dir=tmp_path, env=env, timeout_s=300)

    with ThreadPoolExecutor(PROCESSES) as at_once:
        done = list(at_once.map(put, files))
    assert [one.returncode for one in done] == [0] * PROCESSES, [one.stderr for one in done]
    summaries = [json.loads(one.stdout) for one in done]
    total = STORIES * COPIES + 6
    assert archive(database) == (EXPECTED, total, 0)
    assert sum(one["new"] for one in summaries) == total
    assert sum(one["new"] + one["unchanged"] for one in summaries) == PROCESSES * total

    again = dateline("import", "--json", str(write(tmp_path / "again.jsonl", 99)), data_dir=tmp_path, env=env)
    assert (json.loads(again.stdout)["new"], json.loads(again.stdout)["unchanged"]) == (0, total)
    assert archive(database) == (EXPECTED, total, 0)


@pytest.mark.parametrize("as_json", [True, False])
def test_bad_lines_are_reported_by_number_and_the_others_imported(database: str, tmp_path: Path, as_json: bool) -> None:
    good = {"url": "https://a.test/x", "title": "T", "text": "Enough words to be kept as they are."}
    lines = [b"{broken", json.dumps(good).encode(), b"[]", b"\xff\xfe", b'{"url": "mailto:a@b.test"}']
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    words = ["--json"] if as_json else []
    found = dateline("import", *words, str(file), data_dir=tmp_path, env=environment(database, 1))
    assert found.returncode == 3, found.stderr
    told = [line.split(":")[0].rpartition(" ")[2] for line in found.stderr.splitlines() if "line " in line]
    assert told == ["1", "3", "4", "5"]
    assert str(file) in found.stderr
    assert "\x1b" not in found.stderr, "no progress in a pipe"
    if as_json:
        summary = json.loads(found.stdout)
        assert (summary["new"], summary["unreadable"]) == (1, 4)
        assert summary["inputs"] == 5
        assert 0 <= summary["seconds"] < 600


def test_a_forgotten_article_is_not_imported_again(database: str, tmp_path: Path) -> None:
    env = environment(database, 1)
    file = write(tmp_path / "in.jsonl", 1)
    assert dateline("import", str(file), data_dir=tmp_path, env=env).returncode == 0
    gone = "https://site0.test/alone-0"
    assert dateline("forget", gone, "--yes", data_dir=tmp_path, env=env).returncode == 0
    found = dateline("import", "--json", str(file), data_dir=tmp_path, env=env)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["rejected"] == {"forgotten": 1}


@pytest.mark.parametrize("content", [b"", b"\n \n", b"[]", b"\xef\xbb\xbf"])
def test_a_file_with_nothing_in_it_is_said_to_be_empty(database: str, tmp_path: Path, content: bytes) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(content)
    done = dateline("import", str(empty), data_dir=tmp_path, env=environment(database, 1), timeout_s=120)
    assert done.returncode == 0
    assert f"{empty} is empty: there is nothing to import\n" in done.stderr
