"""Attacks on who had a text first, and on stories: the hostile site copies the victim's article and claims to be its original,
or floods its story.

They are played on victims that were stored before: of one that is met later than its copy nothing can be known.
"""

from __future__ import annotations

import random

from benchmarks.attacks.attack import BEFORE, Play, Step, attack
from benchmarks.attacks.web import Answer, rss, text_of


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


@attack("borne out dates", victims=("after",))
def copy_seen_between_two_visits_of_the_victims_feed_and_dated_years_earlier(play: Play) -> list[Step]:
    """What the victim's feed says of its article is borne out by our visits; what the copy says is not."""
    feed = rss(play.page(1), "Another report", "Sat, 02 May 2026 10:00:00 GMT")
    copy = _copy(play, _dated("2012-01-02T10:00:00Z"))
    return [
        Step({f"{play.paper}/feed.xml": feed, play.page(1): play.true_page(1)}, (f"{play.paper}/feed.xml",)),
        Step({play.own(): copy}, (play.own(),)),
        Step({f"{play.paper}/feed.xml": play.own_feed}),
    ]


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


# Stories: one outlet's flood --------------------------------------------------------------------------------------------

FLOOD = 30


def _flood_page(play: Play, n: int, when: str) -> Answer:
    """The victim's words in another order: about the same event, and not a copy."""
    words = " ".join(text_of(f"paper {play.number} 0")).split()
    random.Random(n).shuffle(words)
    head = _dated(when)
    title = f"{n} shocking things the council heard, number paper {play.number} 0"
    body = "".join(f"<p>{' '.join(words[at : at + 42])}.</p>" for at in range(0, len(words), 42))
    return Answer(
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{body}"
        "</article></body></html>",
        200,
    )


def _flood(play: Play, host: str, when: str = "2026-05-03T13:00:00Z") -> list[Step]:
    """Pages dated within the window in which articles join the victim's story."""
    pages = {f"{host.format(n=n % 5)}/2026/05/shocking-{n}": _flood_page(play, n, when) for n in range(FLOOD)}
    return [Step(pages, tuple(pages))]


@attack("one vote", victims=BEFORE, checks_story=True)
def flood_of_one_host(play: Play) -> list[Step]:
    return _flood(play, play.thief)


@attack("one vote", victims=BEFORE, checks_story=True)
def flood_of_many_subdomains(play: Play) -> list[Step]:
    return _flood(play, f"http://www{{n}}.thief{play.number}.test")


@attack("one vote", victims=BEFORE, checks_story=True)
def flood_dated_before_the_victim(play: Play) -> list[Step]:
    return _flood(play, play.thief, "2026-05-02T22:00:00Z")
