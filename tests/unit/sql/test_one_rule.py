"""Rules that have to be written in two places, in SQL and in Python or in two layers, are the same in both."""

from __future__ import annotations

import datetime as dt
import re
from typing import get_args

import pytest

from crawler.politeness.retry_after import MAX_BACKOFF
from dateline.search.query import KINDS, ORIGINS
from dateline.types.article import StoredKind, TextOrigin
from scheduler.cadence.next_visit import JITTER, LONGEST_S
from scheduler.cadence.schedule_reason import OVERDUE_S
from sql import query


def intervals(area: str, name: str, column: str) -> list[dt.timedelta]:
    """How far from now the query's conditions on a column are."""
    found = re.findall(rf"{column} [<>] [^']*? [-+] interval '(\d+) (minute|hour)s?'", query(area, name))
    return [dt.timedelta(**{f"{unit}s": int(number)}) for number, unit in found]


@pytest.mark.parametrize(("area", "name"), [("console", "figures"), ("service", "figures"), ("metrics", "state")])
def test_a_page_is_overdue_after_the_same_time_everywhere(area: str, name: str) -> None:
    assert intervals(area, name, "next_due_at") == [dt.timedelta(seconds=OVERDUE_S)]


def test_no_wait_of_ours_counts_as_one_from_a_wrong_clock() -> None:
    longest = max(intervals("service", "repair_future_dates", "next_attempt_at"))
    assert longest > dt.timedelta(seconds=LONGEST_S) * (1 + JITTER)
    assert intervals("service", "repair_future_dates", "backoff_until") > [MAX_BACKOFF]


def test_a_search_knows_the_kinds_and_origins_that_are_stored() -> None:
    assert (*get_args(StoredKind), "headline") == KINDS
    assert get_args(TextOrigin) == ORIGINS
