"""A fictional site of any number of articles, and Dateline's processes as a user starts them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pipeline.corpus import INDEX_HOST, SavedPage
from tests.acceptance.support import preloaded

RECORD_FIELDS = {
    *("id", "url", "title", "text", "authors", "published_at", "modified_at", "language", "section", "tags"),
    *("image_url", "summary", "site_name", "kind", "warnings"),
}
"""What a record has, by the form that `dateline extract` gives."""

WHO = ("the harbour board", "a bakers' guild", "the night ferry", "three schools", "the tram depot", "a choir")
DID = ("opened", "postponed", "repaired", "counted", "painted", "auctioned", "restored", "measured", "moved", "insured")
WHAT = ("its old pier", "the market roof", "forty lanterns", "a stone bridge", "the reading room", "two wells")
WHEN = (
    "before dawn",
    "after the storm",
    "on the first of the month",
    "despite the rain",
    "for the third time",
    "by hand",
)


def article(number: int) -> str:
    """An article of its own: a page with a headline and about 150 words that no other number has."""
    chance = random.Random(number)

    def sentence() -> str:
        pick = chance.choice
        return f"{pick(WHO).capitalize()} {pick(DID)} {pick(WHAT)} {pick(WHEN)}, lot {number} entry {chance.randrange(10**6)}."

    paragraphs = "\n".join(f"<p>{' '.join(sentence() for _ in range(4))}</p>" for _ in range(4))
    title = f"Report {number}: {chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHAT)}"
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>"
        f'<meta property="og:title" content="{title}"><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2026-05-04T{number % 24:02}:00:00+02:00"></head>'
        f"<body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>{paragraphs}</article><p>The Index</p></body></html>"
    )


def pages(count: int) -> list[SavedPage]:
    """The site's articles."""
    return [
        SavedPage(str(n), f"http://{INDEX_HOST}/2026/05/04/report-{n}.html", article(n).encode()) for n in range(count)
    ]


def environment(url: str, port: int, **settings: str) -> dict[str, str]:
    """A process environment in which the site is reached and the database is this one."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    return plain | {
        "DATELINE_DATABASE_URL": url,
        "DATELINE_RESOLVE": f"*.test=127.0.0.1:{port}",
        "DATELINE_CONTACT": "tests@dateline.test",
        "DATELINE_HEALTH_PORT": "0",
        "DATELINE_CONSOLE_PORT": "0",
        "DATELINE_EXTRACTION_WORKERS": "2",
        "DATELINE_LOG_FORMAT": "json",
        **{f"DATELINE_{name.upper()}": value for name, value in settings.items()},
    }


def dateline(
    *words: str, data_dir: Path, env: dict[str, str], timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = preloaded.run(["--data-dir", str(data_dir), *words], env=env, timeout_s=timeout_s)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def process(*words: str, data_dir: Path, env: dict[str, str], log: Path) -> Iterator[preloaded.Command]:
    """A long-running command, killed at the end of the block if it still runs."""
    with log.open("ab") as out, Path(os.devnull).open("rb") as empty:
        running = preloaded.Command(["--data-dir", str(data_dir), *words], env, [empty.fileno(), *[out.fileno()] * 2])
        try:
            yield running
        finally:
            running.kill()
            running.wait()


@contextmanager
def started_process(*words: str, data_dir: Path, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The same from a new interpreter, as a user starts it."""
    command = [sys.executable, "-m", "dateline", "--data-dir", str(data_dir), *words]
    with log.open("ab") as out:
        running = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            yield running
        finally:
            running.kill()
            running.wait()
