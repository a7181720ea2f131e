"""Who had a text first, in a real database: the same facts give the same original, whichever article is stored first."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import psycopg
import pytest

from dateline.instants.spans import appearance, span_of
from dateline.types.article import Instant
from dateline.urls import host_of, url_key
from pipelines.stories.assignment import assign_waiting
from sql.articles.forget import forget_url
from sql.frontier.rows import DueUrl
from tests.integration.conftest import NOW, WORDS, Desk
from tests.integration.pipelines.test_store import rows

LINKS = "SELECT copy_site, original_site, family_url, first_by, confidence, why FROM news.copies ORDER BY copy_site, family_url"
OTHER = (
    "Growers in the valley have pulled up nearly a third of their old pear trees this winter, and few will plant new ones. "
    "Frost in three of the last five springs killed the blossom, said a woman whose family has kept an orchard above the "
    "river for a century. Wholesale prices have not moved for years, while wages and diesel cost half as much again. "
)


def at(hour: float, days: int = 0) -> dt.datetime:
    return NOW.replace(hour=0) + dt.timedelta(hours=hour, days=days)


def dated(hour: float, days: int = 0, precision: str = "minute") -> Instant:
    return Instant(at(hour, days), precision, "json-ld", "x")  # type: ignore[arg-type]


async def watched(desk: Desk, url: str, *, looks: tuple[float, ...], found: float, outcome: str = "changed") -> DueUrl:
    """The line of a URL that a watched page named at its visit `found`, after visits at `looks` without it."""
    async with desk.pool.connection() as conn:
        feed_url = f"https://{host_of(url)}/feed.xml"
        [(source,)] = await _all(
            conn,
            "INSERT INTO dateline.source (name, title, home, site) VALUES (%(n)s, %(n)s, %(u)s, %(n)s) RETURNING id",
            {"n": host_of(url), "u": f"https://{host_of(url)}/"},
        )
        feed = {"s": source, "u": feed_url, "k": url_key(feed_url), "h": host_of(url), "at": at(min((*looks, found)))}
        [(feed_id,)] = await _all(
            conn,
            "INSERT INTO dateline.feed (source_id, url, url_hash, host, kind, added_at)"
            " VALUES (%(s)s, %(u)s, %(k)s, %(h)s, 'feed', %(at)s) RETURNING id",
            feed,
        )
        visit = (
            "INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)"
            " VALUES (%(f)s, %(s)s, %(at)s, %(at)s, %(o)s) RETURNING id"
        )
        for look in looks:
            await _all(conn, visit, {"f": feed_id, "s": source, "at": at(look), "o": outcome})
        [(visit_id,)] = await _all(conn, visit, {"f": feed_id, "s": source, "at": at(found), "o": "changed"})
        [(url_id,)] = await _all(
            conn,
            "INSERT INTO dateline.url (url_key, url, host, source_id, feed_id, visit_id, via, discovered_at, named_by)"
            " VALUES (%(k)s, %(u)s, %(h)s, %(s)s, %(f)s, %(v)s, 'rss', %(at)s, ARRAY[%(h)s]) RETURNING id",
            {"k": url_key(url), "u": url, "h": host_of(url), "s": source, "f": feed_id, "v": visit_id, "at": at(found)},
        )
    more: Any = {"politeness": {}, "extraction": {}, "source_title": "", "options": {}, "hints": {}}
    return DueUrl(
        id=url_id, url_key=url_key(url), url=url, host=host_of(url), source_id=source, source=host_of(url), crawl_id=None,
        via="rss", depth=0, attempts=0, named_by=(host_of(url),), **more,
    )  # fmt: skip


async def _all(conn: Any, statement: str, where: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(await (await conn.execute(statement, where)).fetchall())


async def original(desk: Desk) -> tuple[str | None, str, str]:
    """The original's site (None: not known), with the evidence and confidence of its only copy."""
    [link] = await rows(desk.pool, LINKS)
    assert link["why"]
    return link["original_site"], link["first_by"], link["confidence"]


@pytest.mark.parametrize("is_reversed", [False, True])
async def test_a_copy_dated_a_day_earlier_and_seen_a_day_later_stays_a_copy(desk: Desk, is_reversed: bool) -> None:
    """Whichever of the two is written first: what counts is when each was seen."""
    paper = await watched(desk, "https://paper.test/x", looks=(6,), found=8)
    thief = await watched(desk, "https://thief.test/x", looks=(6, 30), found=33)
    puts = [(paper, dated(7.5), at(8)), (thief, dated(7, -1), at(33))]
    for due, published, now in reversed(puts) if is_reversed else puts:
        await desk.put(due.url, due=due, published=published, now=now)
    assert await original(desk) == ("paper.test", "seen", "high")
    assert await rows(desk.pool, "SELECT site FROM news.articles WHERE copy_of IS NULL") == [{"site": "paper.test"}]


@pytest.mark.parametrize("outcome", ["changed", "not_modified", "same_body"])
async def test_every_proper_answer_of_the_page_is_a_look_and_a_failure_is_none(desk: Desk, outcome: str) -> None:
    paper = await watched(desk, "https://paper.test/x", looks=(6,), found=8)
    thief = await watched(desk, "https://thief.test/x", looks=(9,), found=12, outcome=outcome)
    broken = await watched(desk, "https://broken.test/x", looks=(9,), found=12, outcome="timeout")
    for due, now in ((paper, 8), (thief, 12), (broken, 12)):
        await desk.put(due.url, due=due, now=at(now))
    found = {link["copy_site"]: link["first_by"] for link in await rows(desk.pool, LINKS)}
    assert found == {"thief.test": "seen", "broken.test": "unknown"}


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_a_wire_dated_to_the_minute_is_no_copy_of_a_page_that_gives_the_day(
    desk: Desk, order: tuple[int, ...]
) -> None:
    """The form of the report: 07:30 on the wire, the day alone on the copy, which counted as midnight."""
    pages = [("https://wire.test/x", dated(7.5)), ("https://copy.test/x", dated(0, precision="day"))]
    for number in order:
        url, published = pages[number]
        await desk.put(url, published=published, now=at(8 + number))
    assert await original(desk) == (None, "unknown", "none")
    assert await rows(desk.pool, "SELECT site FROM news.articles WHERE copy_of IS NOT NULL") == []


async def test_friends_credits_do_not_make_the_thief_the_original(desk: Desk) -> None:
    for order in permutations(("paper", "thief", "friend1", "friend2")):
        if order[0] != "paper":
            continue
        names = "".join(one[0] + one[-1] for one in order)
        for hour, name in enumerate(order):
            friend = {"credited_to": f"{names}thief.test", "canonical_url": f"https://{names}thief.test/x"}
            await desk.put(
                f"https://{names}{name}.test/x",
                WORDS.replace("pier", names),
                now=at(9 + hour),
                **(friend if "friend" in name else {}),
            )
        links = await rows(desk.pool, LINKS)
        mine = [link for link in links if link["copy_site"].startswith(names)]
        assert {link["family_url"] for link in mine} == {f"https://{names}paper.test/x"}
        found = {link["copy_site"].removeprefix(names): link["original_site"] for link in mine}
        thief = f"{names}thief.test"
        assert found == {"thief.test": None, "friend1.test": thief, "friend2.test": thief}


async def test_a_placeholder_that_became_the_text_later_has_its_time_from_then_on(desk: Desk) -> None:
    """The thief's address was stored early, with other words; its first storage says nothing about the stolen text."""
    thief = await watched(desk, "https://thief.test/x", looks=(4,), found=5)
    await desk.put("https://thief.test/x", OTHER * 2, due=thief, now=at(5), published=dated(5))
    paper = await watched(desk, "https://paper.test/x", looks=(6,), found=8)
    await desk.put("https://paper.test/x", due=paper, now=at(8), published=dated(7.5))
    await desk.put("https://thief.test/x", OTHER * 2, due=thief, now=at(9), published=dated(5))
    await desk.put("https://thief.test/x", due=thief, now=at(12), published=dated(5))
    await desk.put("https://third.test/x", now=at(14), published=dated(13))
    links = await rows(desk.pool, LINKS)
    assert {link["original_site"] for link in links} == {"paper.test"}
    assert {link["copy_site"]: link["first_by"] for link in links}["thief.test"] == "seen"


async def test_an_address_that_answered_404_did_not_have_the_text(desk: Desk) -> None:
    thief = await watched(desk, "https://thief.test/x", looks=(), found=5)
    async with desk.pool.connection() as conn:
        await conn.execute(
            "INSERT INTO dateline.fetch (url_id, fetched_at, status, result) VALUES (%s, %s, 404, 'failed')",
            (thief.id, at(9)),
        )
    await desk.put("https://paper.test/x", now=at(8), published=dated(7.5))
    await desk.put("https://thief.test/x", due=thief, now=at(12), published=dated(5))
    assert await original(desk) == ("paper.test", "seen", "high")


async def test_the_same_facts_make_the_same_family_in_every_order_of_arrival(desk: Desk) -> None:
    """Four texts, all orders of writing them; each with its own times."""
    answers = set()
    for number, order in enumerate(permutations(range(4))):
        text = " ".join(f"{word}{number}" for word in WORDS.split())
        facts = [
            (f"https://a{number}.test/x", (6.0,), 8.0, dated(7.5)),
            (f"https://b{number}.test/x", (9.0,), 10.0, dated(0, precision="day")),
            (f"https://c{number}.test/x", (), 9.5, dated(6)),
            (f"https://d{number}.test/x", (9.0,), 11.0, None),
        ]
        for place in order:
            url, looks, found, published = facts[place]
            due = await watched(desk, url, looks=looks, found=found)
            await desk.put(url, text, due=due, now=at(found), published=published)
        links = [one for one in await rows(desk.pool, LINKS) if one["copy_site"] in {host_of(f[0]) for f in facts}]
        answers.add(
            tuple((one["copy_site"][0], (one["original_site"] or "-")[0], one["first_by"]) for one in links)
            + tuple(one["family_url"][8] for one in links)
        )
    assert answers == {(("b", "a", "seen"), ("c", "-", "unknown"), ("d", "a", "seen"), "a", "a", "a")}


async def test_where_nothing_decides_no_article_is_a_copy_and_the_family_is_found_in_every_order(desk: Desk) -> None:
    """Each of three undated texts in each order of arrival; then an article by which a fourth is known to be a copy.

    Without the rule all were copies of the one that came first.
    """
    for number, order in enumerate(permutations("abc")):
        text = " ".join(f"{word}{number}" for word in WORDS.split())
        for hour, name in enumerate(order):
            await desk.put(f"https://{name}{number}.test/x", text, now=at(9 + hour))
        await desk.put(f"https://d{number}.test/x", text, now=at(15), credited_to=f"c{number}.test")
        found = await rows(
            desk.pool,
            "SELECT a.site, a.copy_of, f.site AS family FROM news.articles a JOIN news.articles f"
            f" ON f.article_id = a.copy_family WHERE a.site LIKE '_{number}.test' ORDER BY 1",
        )
        lead = f"{order[0]}{number}.test"
        assert [tuple(one.values()) for one in found] == [
            *((f"{name}{number}.test", None, lead) for name in "abc"),
            (f"d{number}.test", f"https://c{number}.test/x", lead),
        ]
        links = [one for one in await rows(desk.pool, LINKS) if one["copy_site"][1] == str(number)]
        assert sorted(one["first_by"] for one in links) == ["credit", "unknown", "unknown"]


async def test_later_evidence_makes_a_copy_of_what_was_undecided_and_takes_it_back(desk: Desk) -> None:
    """The copy has a head as soon as a text arrives that is shown to be before both; a revision's text is asked again."""
    await desk.put("https://thief.test/x", now=at(9))
    await desk.put("https://paper.test/x", now=at(10), credited_to="wire.test")
    assert await original(desk) == (None, "unknown", "none")
    await desk.put("https://wire.test/x", now=at(12))
    found = {one["copy_site"]: (one["original_site"], one["first_by"]) for one in await rows(desk.pool, LINKS)}
    assert found == {"paper.test": ("wire.test", "credit"), "wire.test": (None, "unknown")}
    thief = await watched(desk, "https://late.test/x", looks=(13,), found=14)
    await desk.put("https://late.test/x", due=thief, now=at(14))
    found = {one["copy_site"]: (one["original_site"], one["first_by"]) for one in await rows(desk.pool, LINKS)}
    assert found["late.test"] == ("thief.test", "seen")


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_digest_of_two_articles_does_not_make_one_the_others_copy(desk: Desk, order: tuple[int, ...]) -> None:
    """Without the rule the three were one family, the later article a copy of the earlier one by our visits."""
    pear = await watched(desk, "https://pear.test/x", looks=(9,), found=10)
    digest = await watched(desk, "https://digest.test/x", looks=(11,), found=12)
    pier, pears = WORDS * 2, OTHER * 2
    facts = [
        ("https://pier.test/x", pier, None, 8),
        (pear.url, pears, pear, 10),
        (digest.url, pier + pears, digest, 12),
    ]
    for place in order:
        url, text, due, found = facts[place]
        await desk.put(url, text, due=due, now=at(found))
    articles = await rows(desk.pool, "SELECT site, copy_of, copy_family FROM news.articles ORDER BY site")
    digest_, pear_, pier_ = articles
    assert pear_["copy_of"] is None and pier_["copy_of"] is None
    assert pear_["copy_family"] != pier_["copy_family"]
    assert digest_["copy_of"] in ("https://pier.test/x", "https://pear.test/x")


async def test_a_forgotten_original_leaves_its_copies_in_their_family(desk: Desk) -> None:
    await desk.put("https://thief.test/x", now=at(9))
    await desk.put("https://paper.test/x", now=at(10))
    await desk.put("https://partner.test/x", now=at(11), credited_to="paper.test")
    async with desk.pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.article WHERE site = 'paper.test'")
    found = await rows(
        desk.pool, "SELECT copy_of, copy_family = article_id AS leads FROM news.articles ORDER BY article_id"
    )
    assert [tuple(one.values()) for one in found] == [(None, True), (None, False)]


CASES = [
    (published, precision, absent, seen)
    for published in (None, at(7.5), at(0), at(40))
    for precision in ("minute", "local", "day", None)
    for absent in (None, at(6), at(9), at(31))
    for seen in (at(9.5), at(30))
]


def test_the_database_reads_times_as_the_program_does(database: str) -> None:
    with psycopg.connect(database) as conn:
        for published, precision, absent, seen in CASES:
            [(low, high)] = conn.execute(
                "SELECT lower(s), upper(s) FROM dateline.appearance(dateline.span(%s, %s), %s, %s) AS s",
                (published, precision, absent, seen),
            ).fetchall()
            claim = span_of(published, precision) if published else None  # type: ignore[arg-type]
            span = appearance(claim, absent_at=absent, seen_at=seen)
            wanted = (None if span.earliest.year == 1 else span.earliest, span.latest)
            assert (low, high) == wanted, (published, precision, absent, seen)


async def test_a_text_that_arrives_after_a_later_one_of_its_page_stops_no_story(desk: Desk) -> None:
    """Two visits may overlap: what was read first may be stored last. The later look says nothing of when it appeared."""
    await desk.put("https://paper.test/x", now=at(10))
    await desk.put("https://paper.test/x", " ".join(reversed(WORDS.split())), now=at(9))
    [found] = await rows(desk.pool, "SELECT absent_at, text_seen_at FROM dateline.article")
    assert tuple(found.values()) == (None, at(9))
    await assign_waiting(desk.pool, now=lambda: at(31))
    assert len(await rows(desk.pool, "SELECT FROM dateline.story_member")) == 1


async def test_an_early_date_that_nothing_bears_out_is_neither_an_original_nor_surely_first(desk: Desk) -> None:
    """The copier was met between two visits of the paper's page."""
    await desk.put("https://copier.test/x", published=dated(5), now=at(11.5))
    paper = await watched(desk, "https://paper.test/x", looks=(11,), found=12)
    await desk.put(paper.url, due=paper, published=dated(11.2), now=at(12))
    assert await rows(desk.pool, "SELECT original_url FROM news.copies") == [{"original_url": None}]
    await assign_waiting(desk.pool, now=lambda: at(31))
    assert await rows(desk.pool, "SELECT place FROM news.who_was_first") == [{"place": 1}] * 2


async def test_the_first_is_not_given_minutes_that_the_dates_do_not_have(desk: Desk) -> None:
    for site, published, seen in (
        ("wire.test", dated(7.5), 8),
        ("day.test", dated(0, precision="day"), 9),
        ("late.test", dated(9.5), 10),
        ("next.test", dated(0, 1, precision="day"), 30),
    ):
        text = " ".join(word for n, word in enumerate((WORDS * 2).split()) if (n + len(site)) % 9)
        await desk.put(f"https://{site}/x", text, published=published, now=at(seen))
    await assign_waiting(desk.pool, now=lambda: at(31))
    found = await rows(
        desk.pool,
        "SELECT site, place, is_certain, minutes_after_first::float, published_precision AS precision"
        " FROM news.who_was_first ORDER BY place, first_seen_at",
    )
    assert [tuple(one.values()) for one in found] == [
        ("wire.test", 1, False, None, "minute"),
        ("day.test", 1, False, None, "day"),
        ("late.test", 3, True, None, "minute"),
        ("next.test", 4, True, None, "day"),
    ]


FAMILY = (
    "SELECT site, copy_of, copy_family = min(article_id) OVER () AS is_led_by_first FROM news.articles ORDER BY site"
)


async def test_a_family_outlives_its_original(desk: Desk, database: str) -> None:
    """Without the rule the copies of a forgotten original were texts of their own, and each was counted."""
    for hour, site in enumerate(("paper", "echo", "mirror", "late")):
        due = await watched(desk, f"https://{site}.test/x", looks=(6 + hour,), found=8 + hour)
        await desk.put(due.url, due=due, published=dated(7 + hour), now=at(8 + hour))
    assert len(await rows(desk.pool, "SELECT FROM news.copies WHERE original_url = 'https://paper.test/x'")) == 3
    with psycopg.connect(database) as connection:
        forget_url(connection, "https://paper.test/x", erase=lambda ref: None)
    assert await rows(desk.pool, FAMILY) == [
        {"site": f"{site}.test", "copy_of": None, "is_led_by_first": True} for site in ("echo", "late", "mirror")
    ]
    links = await rows(desk.pool, LINKS)
    assert {(link["family_url"], link["first_by"]) for link in links} == {("https://echo.test/x", "unknown")}
    assert not [link for link in links if "paper.test" in link["why"]]


async def test_a_family_ends_with_its_articles(desk: Desk, database: str) -> None:
    for hour, site in enumerate(("paper", "echo", "mirror")):
        await desk.put(f"https://{site}.test/x", published=dated(7 + hour), now=at(8 + hour))
    with psycopg.connect(database) as connection:
        for site in ("echo", "paper", "mirror"):
            forget_url(connection, f"https://{site}.test/x", erase=lambda ref: None)
    assert await rows(desk.pool, FAMILY) == await rows(desk.pool, LINKS) == []
