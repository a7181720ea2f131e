"""`make attack`: every attack, with its victim stored before, after, at the same time and never.

Then once more without each protection.

Prints a table and writes build/bench/attacks.json: `attacks`, `plays`, `harmed` (plays in which a victim's article was
changed, lost or taken over), `without_effect` (attacks that do no harm even without their protection: they prove
nothing).

Exit codes: 0 no victim was harmed and every attack succeeds without its protection; 1 otherwise.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks import results
from benchmarks.attacks.attack import OWN_AUTHOR, OWN_DATE, Attack, Play
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.web import Answer, Web, running
from benchmarks.hooks import python_path
from dateline.types.article import Hints
from dateline.urls import url_key
from pipelines.extract.extract import extract_page
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.support.site import dateline, environment

HOOKS = Path(__file__).parent / "hooks"
CRAWL_S = 300
STEPS = 4
VICTIMS_ROW = """
SELECT a.url, a.title, a.text, a.authors, a.published_at::timestamptz AS published_at, a.revision, a.removed_at, a.site,
       o.url AS copy_of, s.name AS source,
       ARRAY(SELECT l.url FROM dateline.alias l WHERE l.article_id = a.id) AS aliases
FROM dateline.article a
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
LEFT JOIN dateline.source s ON s.id = a.source_id
WHERE a.url_key = %(key)s OR a.id IN (SELECT article_id FROM dateline.alias WHERE url_key = %(key)s)
"""

STORY_ROW = """
SELECT s.headline, s.articles - s.outlets AS repeats, s.first_published_at < a.dated_at AS is_older,
       (SELECT w.site FROM news.who_was_first w WHERE w.story_id = s.story_id ORDER BY w.place, w.first_seen_at LIMIT 1) AS first
FROM dateline.article a JOIN dateline.story_member m ON m.article_id = a.id JOIN news.stories s ON s.story_id = m.story_id
WHERE a.url_key = %(key)s
"""
FORGED_ROWS = "SELECT url FROM dateline.article WHERE starts_with(url, %(prefix)s)"


@dataclass(frozen=True)
class Record:
    """What one play came to: `harm` names each thing of the victim that another site changed."""

    attack: str
    victim: str
    off: str
    harm: tuple[str, ...]


def play_all(url: str, folder: Path, attacks: Sequence[Attack], *, off: str = "", turns: bool = False) -> list[Record]:
    """Play the attacks on every kind of victim (with `turns` on one kind in turn); each step of all is one crawl."""
    kinds = [(one, victim) for one in attacks for victim in one.victims]
    if turns:
        kinds = [(one, one.victims[number % len(one.victims)]) for number, one in enumerate(attacks)]
    plays = [(one, Play(number, victim)) for number, (one, victim) in enumerate(kinds)]
    with running() as web:
        for one, play in plays:
            web.answers |= {play.page(n): play.true_page(n) for n in range(one.pages)}
            web.answers[f"{play.paper}/feed.xml"] = play.own_feed
        _crawl_victims(url, folder, web, [each for each in plays if each[1].victim == "before"], off)
        for number in range(STEPS):
            targets: list[str] = []
            for one, play in plays:
                for step in one.steps(play)[number : number + 1]:
                    web.answers |= step.answers
                    targets += step.crawled
                if number == 0 and play.victim == "beside":
                    targets += _victims_targets(one, play)
            _crawl(url, folder, web, targets, off)
        _crawl_victims(url, folder, web, [each for each in plays if each[1].victim == "after"], off)
    return [Record(one.name, play.victim, off, tuple(harm_of(url, one, play))) for one, play in plays]


def _crawl_victims(url: str, folder: Path, web: Web, plays: Sequence[tuple[Attack, Play]], off: str) -> None:
    _crawl(url, folder, web, [target for one, play in plays for target in _victims_targets(one, play)], off)


def _victims_targets(one: Attack, play: Play) -> list[str]:
    return [f"{play.paper}/feed.xml", *(play.page(n) for n in range(1, one.pages))]


def _crawl(url: str, folder: Path, web: Web, targets: Sequence[str], off: str) -> None:
    """Run `dateline crawl` to its end."""
    if not targets:
        return
    places = f"*.test=127.0.0.1:{web.port},cdn.ampproject.org=127.0.0.1:{web.port}"
    env = environment(url, web.port) | {"DATELINE_RESOLVE": places}
    words = ("crawl", *targets, "--delay", "0")
    if not off:
        done = dateline(*words, data_dir=folder, env=env, timeout_s=CRAWL_S)
    else:
        env |= {"PYTHONPATH": python_path(HOOKS), "PYTHON_ATTACKS_OFF": off}
        command = [sys.executable, "-m", "dateline", "--data-dir", str(folder), *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=CRAWL_S, check=False)
    if done.returncode not in (0, 1, 3) or "Traceback" in done.stderr:
        raise RuntimeError(f"the crawl ended with {done.returncode}: {done.stderr[-3000:]}")


def harm_of(url: str, attack: Attack, play: Play) -> Iterator[str]:
    """Everything of the victim's articles that is not as its own pages and its own feed have it."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        for n in range(attack.pages):
            rows = connection.execute(VICTIMS_ROW.encode(), {"key": url_key(play.page(n))}).fetchall()
            yield from (f"page {n}: {what}" for what in _harm(rows, attack, play, n))
            if attack.checks_story:
                story = connection.execute(STORY_ROW.encode(), {"key": url_key(play.page(n))}).fetchone()
                yield from _harm_of_story(story, rows, n)
            forged = connection.execute(FORGED_ROWS.encode(), {"prefix": f"{play.page(n)}#"}).fetchall()
            yield from (f"page {n}: {row['url']} is an article, too" for row in forged)


def _harm(rows: Sequence[dict[str, Any]], attack: Attack, play: Play, n: int) -> Iterator[str]:
    if not rows:
        if play.victim != "never":
            yield "the article is missing"
        return
    if len(rows) > 1:
        yield "its address leads to two articles"
    row, true = rows[0], _true(play.page(n), play.changed_page if attack.is_changed else play.true_page(n))
    by_own_feed = n == 0 and play.victim != "never"
    may_vary = play.victim == "never"  # nothing of its own site has named it so far
    wanted = {
        "url": row["url"] if may_vary and row["url"].startswith(play.page(n)) else play.page(n),
        "title": true.title,
        "text": true.text,
        "published_at": parsedate_to_datetime(OWN_DATE) if by_own_feed else None,
        "authors": [OWN_AUTHOR] if by_own_feed else [],
        "revision": 2 if attack.is_changed else 1,
        "removed_at": None,
        "copy_of": None,
        "source": None,
    }
    for name, value in wanted.items():
        if row[name] != value:
            yield f"{name} is {str(row[name])[:60]!r}"
    yield from (f"alias {alias}" for alias in row["aliases"] if not alias.startswith(play.paper))


def _harm_of_story(story: dict[str, Any] | None, rows: Sequence[dict[str, Any]], n: int) -> Iterator[str]:
    """What one outlet's flood did to the story of the victim's article."""
    if story is None or not rows:
        yield f"page {n}: it has no story"
        return
    wanted = {"headline": rows[0]["title"], "repeats": 0, "is_older": False, "first": rows[0]["site"]}
    yield from (f"the story's {name} is {story[name]!r}" for name, value in wanted.items() if story[name] != value)


def _true(url: str, answer: Answer) -> Any:
    return extract_page(answer.body.encode(), url=url, hints=Hints(), now=dt.datetime.now(dt.UTC))


@contextmanager
def databases(folder: Path) -> Iterator[Any]:
    """A function that makes a migrated database; the server ends with the block."""
    with EmbeddedServer(folder, durable=False).running() as url:
        migrate(url)
        numbers = iter(range(1000))

        def fresh() -> str:
            name = f"world_{next(numbers)}"
            base, _, rest = url.rpartition("/")
            with psycopg.connect(f"{base}/template1?{rest.partition('?')[2]}", autocommit=True) as connection:
                own = rest.partition("?")[0]
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {own}".encode())
            return f"{base}/{name}" + (f"?{rest.partition('?')[2]}" if "?" in rest else "")

        yield fresh


def main() -> int:
    """Run the matrix; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="attacks whose name holds this; may be repeated")
    parser.add_argument("--no-bare", action="store_true", help="leave out the worlds without a protection")
    options = parser.parse_args()
    attacks = [one for one in ATTACKS if not options.only or any(part in one.name for part in options.only)]
    protections = [] if options.no_bare else list(dict.fromkeys(one.protection for one in attacks))
    began, records = time.monotonic(), list[Record]()
    with tempfile.TemporaryDirectory(prefix="dla-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        with databases(Path(name) / "db") as fresh:
            for off in ("", *protections):
                chosen = [one for one in attacks if off in ("", one.protection)]
                folder = Path(name) / f"world-{off or 'protected'}".replace(" ", "-")
                records += play_all(fresh(), folder, chosen, off=off)
                print(f"played: {'without ' + off if off else 'all protections'}", file=sys.stderr, flush=True)
    return report(attacks, records, protections, time.monotonic() - began)


def report(attacks: Sequence[Attack], records: Sequence[Record], protections: Sequence[str], seconds: float) -> int:
    """Print and write what came of it; the exit code."""
    harmed = [one for one in records if not one.off and one.harm]
    proved = {one.attack for one in records if one.off and one.harm}
    vain = [one.name for one in attacks if protections and one.name not in proved]
    for one in attacks:
        mine = [r for r in records if r.attack == one.name]
        shown = ["harmed" if r.harm else "whole" for r in mine if not r.off]
        bare = f"{sum(bool(r.harm) for r in mine if r.off)} of {sum(bool(r.off) for r in mine)}"
        print(f"  {one.name:56} {one.protection:24} {'/'.join(shown):20} without it {bare}")
    for record in harmed:
        print(f"!!! {record.attack}, victim {record.victim}: {'; '.join(record.harm)}", file=sys.stderr)
    for missed in vain:
        print(f"!!! {missed}: does no harm even without its protection", file=sys.stderr)
    plays = sum(not one.off for one in records)
    figures = {"attacks": len(attacks), "plays": plays, "harmed": len(harmed), "without_effect": len(vain)}
    print(f"\n{figures}; {seconds:.0f} s; {results.machine()}")
    results.write(
        "attacks", figures, [{"attack": r.attack, "victim": r.victim, "off": r.off, "harm": r.harm} for r in records]
    )
    return results.verdict(
        f"{len(harmed)} plays harmed their victim" if harmed else "",
        f"{len(vain)} attacks do no harm even without their protection" if vain else "",
    )


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main())
