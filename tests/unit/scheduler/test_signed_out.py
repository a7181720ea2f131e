"""When the pages of a source with a login say that the login has ended."""

from __future__ import annotations

import datetime as dt

import pytest

from scheduler.monitoring.alarm_rules import Opened, signed_out
from sql.service.alarms import SourceFacts

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def source(**standing: dt.datetime) -> SourceFacts:
    known = {kind: at.timestamp() for kind, at in standing.items()}
    return SourceFacts(1, "post", NOW, 1, 0, NOW, NOW, 0, 0, [0, 0], None, None, None, [], {}, known)


def pages(word: str) -> list[Opened]:
    """One page an hour, oldest first: o is open, x a wall."""
    return [Opened(NOW - (len(word) - place) * HOUR, letter == "o") for place, letter in enumerate(word)]


@pytest.mark.parametrize(
    ("word", "is_raised"),
    [
        ("", False),
        ("oooooooooooo", False),
        ("ooooooooooooxxxx", False),
        ("ooooooooooooxxxxx", True),
        ("ooooooooooooxoxxoxx", True),
        ("ooooooooooooxxxxxooo", True),
        ("ooooooooooooxxxxxoooo", False),
        # a site of which half is closed to this subscription
        ("oxoxoxoxoxoxoxoxoxoxoxox", False),
        ("oxoxoxoxoxoxoxoxoxoxxxxxxx", False),
        ("oooxoooxoooxoooxoooxxxxxxxx", True),
        # never open: all of at least five
        ("xxxx", False),
        ("xxxxx", True),
        ("x" * 40, True),
        ("xxxoxxxx", False),
        ("o" + "x" * 5, False),
        ("oo" + "x" * 8, True),
    ],
)
def test_newest_pages_are_compared_with_earlier_ones(word: str, is_raised: bool) -> None:
    assert (signed_out(source(), pages(word), "/s/post.txt") is not None) == is_raised


def test_it_says_what_was_seen_and_the_cure() -> None:
    alarm = signed_out(source(), pages("oooxoooooooo" + "xxxxxx"), "/s/post.txt")
    assert alarm is not None
    assert alarm.since == NOW - 6 * HOUR
    assert alarm.row()["severity"] == "critical"
    assert alarm.sentence == (
        "6 of its last 8 pages are walls or excerpts; before, 1 of 10 were. Its login seems to have ended:"
        " sign in with a browser and replace /s/post.txt by the cookies of that session."
    )
    keyed = signed_out(source(), pages("x" * 6), None)
    assert keyed is not None
    assert "renew the secrets that its headers name" in keyed.sentence
    assert "none was ever whole" in keyed.sentence


def test_it_stays_until_pages_are_whole() -> None:
    """Compared with what was before it began: else many walls in a row would become what is usual."""
    began = NOW - 30 * HOUR
    assert signed_out(source(signed_out=began), pages("o" * 10 + "x" * 30), "f") is not None
    assert signed_out(source(signed_out=began), pages("x" * 48), "f") is not None
    assert signed_out(source(signed_out=began - 90 * HOUR), pages("x" * 44 + "oxxx"), "f") is not None
    assert signed_out(source(signed_out=began), pages("o" * 10 + "x" * 26 + "oooo"), "f") is None
