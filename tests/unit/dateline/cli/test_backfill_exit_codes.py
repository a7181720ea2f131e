"""The exit codes of `dateline backfill`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dateline.cli.service.backfill import exit_code
from sql.frontier.backfill_rows import BackfillStatus

AT = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
READ = {"way": "sitemap", "lists": 3, "named": 9, "ended": None, "note": None}
UNREACHED = {"way": "wayback", "lists": 0, "named": 0, "ended": None, "note": "https://captures.test/: connect_refused"}


def status(state: str, counts: dict[str, int], *ways: dict[str, Any]) -> BackfillStatus:
    return BackfillStatus(
        *(1, "old", state, AT, AT, 100, "old.test", True, AT, AT, None, None, 5, 5),
        counts=counts,
        reached_at=None,
        ways=list(ways),
        is_paused=False,
        is_held=False,
    )


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (status("running", {}, UNREACHED), 3),
        (status("done", {"stored": 9}, READ), 0),
        (status("done", {"stored": 9}, READ, UNREACHED), 1),
        (status("done", {"stored": 9}, READ, UNREACHED | {"lists": 2}), 0),
        (status("done", {}, UNREACHED), 1),
        (status("done", {}), 0),
    ],
)
def test_an_index_of_captures_that_was_asked_for_and_can_not_be_read_is_a_failure(
    found: BackfillStatus, code: int
) -> None:
    assert exit_code(found) == code
