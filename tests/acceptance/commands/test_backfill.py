"""`dateline backfill` as a process: killed again and again, what it says, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.kills.backfill_drill import SINCE, UNTIL, play
from dateline.types.source import Politeness, Source
from sql.database import connect
from sql.frontier.sources import upsert_source
from tests.acceptance.support.old_site import HOME, OldSite, spread
from tests.acceptance.support.site import dateline, environment
from tests.acceptance.support.web import sites


def test_killed_again_and_again_it_stores_each_article_once_within_its_budget(database: str, tmp_path: Path) -> None:
    """A cut of `make backfill-drill`."""
    found = play(database, tmp_path, items=40, budget=45, kills=2)
    assert (found.stored, found.doubled, found.strange) == (40, 0, 0)
    assert found.kills == 2
    assert max(found.days) <= found.budget, "a request is counted before it is made"
    assert min(found.days[:-1]) >= found.budget - 4, "a kill loses at most the requests that were under way"


def test_it_says_what_it_did_how_far_it_is_and_what_was_wrong(database: str, tmp_path: Path) -> None:
    site = OldSite(spread(12, SINCE, UNTIL), frozenset({"rest"}))
    with connect(database, autocommit=True) as connection:
        upsert_source(connection, Source("old", "Old", HOME, politeness=Politeness(delay_s=0.0)))
    with sites(site) as web:
        env = environment(database, web.port)

        def backfill(*words: str) -> tuple[int, str, str]:
            done = dateline("backfill", *words, data_dir=tmp_path, env=env)
            return done.returncode, done.stdout, done.stderr

        assert backfill("--list")[1] == "no backfills; start one with `dateline backfill SOURCE --since 2020-01-01`\n"
        code, out, said = backfill("old", "--since", "2022-01-01", "--until", "2022-12-31", "--budget", "3")
        assert (code, out) == (3, "")
        assert "today's budget is spent" in said
        assert "3 of 3 today" in said
        code, out, said = backfill("old", "--budget", "100", "--json")
        assert (code, said) == (0, "")
        state = orjson.loads(out)
        assert (state["state"], state["counts"]["stored"], state["share"]) == ("done", 4, 1.0)
        assert "old: 2022-01-01 to 2022-12-31, done\n" in backfill("--list", "old")[1]
        assert len(orjson.loads(backfill("--status", "--json")[1])) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Give the name of a SOURCE"),
        (("nobody", "--since", "2020-01-01"), "Unknown source 'nobody'"),
        (("--stop", "nobody"), "No backfill of 'nobody' is running"),
        (("x", "--since", "lately"), "Invalid --since 'lately'"),
        (("x", "--since", "2020-01-01", "--until", "lately"), "Invalid --until 'lately'"),
    ],
)
def test_wrong_usage_names_the_input(database: str, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = dateline("backfill", *words, data_dir=tmp_path, env=environment(database, 1))
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
