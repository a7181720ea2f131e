"""Which pages may share a transaction."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest

from dateline.types.article import FROM_FEED, Extraction, LiveEntry, Page, Part
from dateline.urls import host_of, url_key
from pipelines.arrival import Arrival
from pipelines.groups.plan import MOST_TOGETHER, independent, may_share
from sql.frontier.rows import DueUrl

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
PIER, TIDE = "https://bay.test/pier", "https://bay.test/tide"


def text_of(number: int, words: int = 120) -> str:
    pick = random.Random(number)
    return " ".join(f"{pick.choice('bdfgk')}{pick.choice('aeiou')}{n:x}{number}" for n in range(words))


def arrival(url: str = PIER, text: str = "", **changes: Any) -> Arrival:
    """A plain page; `asked` and `redirects` say how it was reached, `due` changes the ledger's line."""
    asked, redirects = changes.pop("asked", url), changes.pop("redirects", ())
    due = DueUrl(1, url_key(asked), asked, host_of(asked), 1, "bay", None, "rss", 0, {}, 0, {}, {}, "", {})
    due = replace(due, **changes.pop("due", {}))
    found = Extraction(url, "article", "Pier", text or text_of(len(url)), extractor="dateline/1")
    return Arrival(due, Page(asked, url, 200, (), b"", NOW, redirects=redirects), replace(found, **changes), NOW)


def test_a_plain_page_may_share() -> None:
    assert may_share(arrival())
    assert may_share(arrival(redirects=("http://bay.test/pier",))), "the same address in another form"
    of_backfill = {"is_backfill": True, "named_by": ("bay.test",)}
    assert may_share(arrival(due=of_backfill))
    assert may_share(arrival(due=of_backfill, text_origin="feed", extractor=FROM_FEED)), "a post of its own site's list"


@pytest.mark.parametrize(
    "changes",
    [
        {"due": {"is_recheck": True}},
        {"asked": "https://bay.test/p/1"},
        {"redirects": ("https://bay.test/consent",)},
        {"kind": "live_blog"},
        {"live_entries": (LiveEntry("Rain", "It rains.", None),)},
        {"parts": (Part("https://bay.test/pier?page=2", None),)},
        {"extractor": FROM_FEED},
        {"text_origin": "feed", "extractor": FROM_FEED},
        {"text_origin": "feed", "extractor": FROM_FEED, "due": {"is_backfill": True}},
        {"text_origin": "none", "extractor": FROM_FEED, "due": {"is_backfill": True, "named_by": ("bay.test",)}},
    ],
    ids=str,
)
def test_what_has_more_to_decide_goes_alone(changes: dict[str, Any]) -> None:
    assert not may_share(arrival(**changes))


@pytest.mark.parametrize(
    "other",
    [
        arrival(),
        arrival(TIDE, text_of(1)),
        arrival(TIDE, " ".join(text_of(1).split()[:-10])),
        arrival(TIDE, canonical_url=PIER),
        arrival(TIDE, amp_url=PIER),
    ],
    ids=["same address", "same text", "near copy", "names it as canonical", "names it as its AMP form"],
)
def test_pages_that_are_tied_do_not_share(other: Arrival) -> None:
    pier = arrival(text=text_of(1))
    assert independent([pier, other]) == [0]
    assert independent([other, pier]) == [0]


def test_pages_that_name_one_third_page_do_not_share() -> None:
    third = "https://bay.test/story"
    assert independent([arrival(canonical_url=third), arrival(TIDE, canonical_url=third)]) == [0]


def test_strangers_share_up_to_a_number_and_those_after_a_tied_one_join_them() -> None:
    strangers = [arrival(f"https://bay.test/{n}", text_of(n)) for n in range(12)]
    assert independent(strangers) == list(range(MOST_TOGETHER))
    assert independent([strangers[0], strangers[0], *strangers[1:3]]) == [0, 2, 3]


def test_a_group_takes_a_bounded_number_of_locks() -> None:
    long = [arrival(f"https://bay.test/{n}", text_of(n, 12_000)) for n in range(3)]
    assert len(long[0].hashes) > 500
    assert independent(long) == [0]


def test_what_was_computed_of_a_page_is_kept_when_it_is_told_since_when_it_was_sought() -> None:
    page = arrival()
    page.compute()
    told = page.told(NOW, None)
    assert told.absent_at == NOW
    assert told.hashes is page.hashes
    assert told.row is page.row
    assert told.document.absent_at == NOW
    assert page.document.absent_at is None
