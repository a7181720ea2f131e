"""Attacks on who had a text first: the hostile site copies the victim's article and claims to be its original.

They are played on victims that were stored before: of one that is met later than its copy nothing can be known.
"""

from __future__ import annotations

from benchmarks.attacks.attacks import Play, Step, Victim, attack
from benchmarks.attacks.web import Answer, rss

BEFORE: tuple[Victim, ...] = ("before",)


def _dated(when: str) -> str:
    return f'<meta property="article:published_time" content="{when}">'


def _copy(play: Play, head: str = "", added: str = "", n: int = 0) -> Answer:
    return play.forged(n, head, text=f"paper {play.number} 0", added=added)


@attack("evidence", victims=BEFORE)
def copy_dated_a_day_earlier(play: Play) -> list[Step]:
    return [Step({play.own(): _copy(play, _dated("2026-05-02T10:00:00Z"))}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def copy_dated_years_earlier(play: Play) -> list[Step]:
    return [Step({play.own(): _copy(play, _dated("2019-01-01T00:00:01+14:00"))}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def copy_with_the_day_alone(play: Play) -> list[Step]:
    return [Step({play.own(): _copy(play, _dated("2026-05-03"))}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def copy_with_a_clock_of_no_zone(play: Play) -> list[Step]:
    return [Step({play.own(): _copy(play, _dated("2026-05-03T01:00:00"))}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def edited_copy_dated_earlier(play: Play) -> list[Step]:
    page = _copy(
        play, _dated("2026-05-02T10:00:00Z"), added="It was this site that first reported what the council heard."
    )
    return [Step({play.own(): page}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def copy_dated_earlier_by_its_own_feed(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    listed = rss(play.own(), "What the town saw", "Fri, 01 May 2026 08:00:00 GMT", "Mallory")
    return [Step({feed: listed, play.own(): _copy(play)}, (feed,))]


@attack("evidence", victims=BEFORE)
def feed_that_lists_a_copy_later_and_dates_it_earlier(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    first = rss(play.own(1), "Another", "Fri, 01 May 2026 07:00:00 GMT")
    then = rss(play.own(), "What the town saw", "Fri, 01 May 2026 08:00:00 GMT")
    own = _copy(play, _dated("2026-05-01T08:00:00Z"))
    return [Step({feed: first, play.own(1): play.forged(1)}, (feed,)), Step({feed: then, play.own(): own}, (feed,))]


@attack("evidence", victims=BEFORE)
def placeholder_that_becomes_the_victims_text(play: Play) -> list[Step]:
    early = _dated("2026-05-01T08:00:00Z")
    third = f"http://mule{play.number}.test/2026/05/what-others-saw"
    return [
        Step({play.own(): play.forged(0, early)}, (play.own(),)),
        Step({play.own(): _copy(play, early)}, (play.own(),)),
        Step({third: _copy(play, n=2)}, (third,)),
    ]


@attack("evidence", victims=BEFORE)
def friends_name_the_copy_as_canonical(play: Play) -> list[Step]:
    friends = {f"http://mule{n}-{play.number}.test/2026/05/what-others-saw": n for n in range(2)}
    head = f'<link rel=canonical href="{play.own()}">'
    source = f"Source: thief{play.number}.test"
    pages = {url: _copy(play, head, source, n + 2) for url, n in friends.items()}
    return [Step({play.own(): _copy(play)}, (play.own(),)), Step(pages, tuple(friends))]


@attack("evidence", victims=BEFORE)
def friends_credit_the_copy(play: Play) -> list[Step]:
    friends = {f"http://mule{n}-{play.number}.test/2026/05/what-others-saw": n for n in range(3)}
    pages = {
        url: _copy(play, "", f"Originally published by thief{play.number}.test.", n + 2) for url, n in friends.items()
    }
    return [Step({play.own(): _copy(play, _dated("2026-05-03"))}, (play.own(),)), Step(pages, tuple(friends))]
