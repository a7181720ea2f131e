"""Search on a real archive: what each sign of the language finds, over several languages and scripts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql as compose
from psycopg.rows import dict_row

from dateline.errors import UsageError
from dateline.search.query import parse
from dateline.types.article import Instant
from dateline.urls import url_key
from sql.articles import forget as forgetting
from sql.articles.forget import forget_url
from sql.database import connect
from sql.search import search as searching
from sql.search.search import condition, count, facets, run, run_async, search, timeline
from sql.search.snippets import BEGIN, END
from tests.integration.conftest import NOW, Desk

pytestmark = pytest.mark.asyncio

ARTICLES: dict[str, dict[str, object]] = {
    "https://post.test/ferries": {
        "title": "Ferries return to the old harbour",
        "text": "Two ferries sailed again on Monday. The harbour pier was mended by local engineers over many long weeks.",
        "language": "en",
        "authors": ("Ada Brännström", "Tom Hale"),
        "section": "Local news",
        "tags": ("Transport",),
    },
    "https://post.test/pier": {
        "title": "The pier is closed",
        "text": "Nobody may walk on the wooden pier. The council said its piles are rotten, and no ferry calls there.",
        "language": "en",
        "kind": "opinion",
        "credited_to": "Meridian Wire",
    },
    "https://blick.test/faehre": {
        "title": "Fähren fahren wieder",
        "text": "Die Fähren fahren wieder über die Förde. Der Rat hatte die alte Fähre im Winter aus dem Dienst genommen.",
        "language": "de",
    },
    "https://diario.test/barca": {
        "title": "La barca vuelve al puerto",
        "text": "Las barcas volvieron el lunes al puerto viejo después de un invierno difícil en la pequeña población.",
        "language": "es",
    },
    "https://asahi.test/kanji": {
        "title": "東京都の港で新しい船",
        "text": "東京都は月曜日に新しい船を公開した。京都の人々も港を訪れた。",
        "language": "ja",
    },
    "https://hanguk.test/bae": {
        "title": "부산항에 새 배",
        "text": "부산항에서 대통령이 새로운 여객선을 공개했다고 한다.",
        "language": "ko",
    },
    "https://thai.test/ruea": {
        "title": "เรือใหม่ที่กรุงเทพ",
        "text": "กรุงเทพมหานครเปิดตัวเรือใหม่ในวันจันทร์ที่ท่าเรือเก่า",
        "language": "th",
    },
}


async def fill(desk: Desk) -> None:
    from dateline.types.article import Instant

    for number, (url, fields) in enumerate(ARTICLES.items()):
        at = Instant(NOW - dt.timedelta(days=number), "minute", "json-ld", "")
        text = str(fields["text"])
        rest = {key: value for key, value in fields.items() if key != "text"}
        await desk.put(url, text, now=NOW + dt.timedelta(minutes=number), published=at, **rest)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with connect(database, autocommit=True) as opened:
        yield opened


def found(connection: psycopg.Connection, text: str) -> list[str]:
    page = run(connection, search(parse(text), now=NOW))
    assert run(connection, count(parse(text), now=NOW)) == len(page.hits)
    return [hit.article.url.partition(".test/")[2] for hit in page.hits]


async def test_each_sign_of_the_language_finds_what_it_promises(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    for text, expected in {
        "ferry": ["ferries", "pier"],
        "FERRIES harbours": ["ferries"],
        "ferry AND pier": ["ferries", "pier"],
        "ferry -council": ["ferries"],
        "pier NOT harbours": ["pier"],
        "-ferries lang:en": [],
        "harbour OR rotten": ["ferries", "pier"],
        "(rotten OR harbour) monday": ["ferries"],
        '"wooden pier"': ["pier"],
        '"pier wooden"': [],
        '"pier wooden"~1': ["pier"],
        '"rotten council"~3': [],
        '"rotten council"~5': ["pier"],
        "harb*": ["ferries"],
        "title:pier": ["pier"],
        "title:(pier OR ferries)": ["ferries", "pier"],
        'title:"old harbour"': ["ferries"],
        "author:brannstrom": ["ferries"],
        'author:"tom hale"': ["ferries"],
        'author:"Hale, Tom"': ["ferries"],
        'author:"T. Hale"': ["ferries"],
        'author:"U. Hale"': [],
        'author:"tom hale zz"': [],
        "site:post.test,diario.test": ["ferries", "pier", "barca"],
        "site:www.diario.test": ["barca"],
        "site:*.diario.test": ["barca"],
        "lang:de,es": ["faehre", "barca"],
        "-lang:en,ja,ko,th": ["faehre", "barca"],
        "section:local": ["ferries"],
        "credited:meridian": ["pier"],
        "-credited:meridian lang:en": ["ferries"],
        "tag:transport": ["ferries"],
        "kind:opinion": ["pier"],
        "fahre": ["faehre"],
        "Fähre": ["faehre"],
        "barca OR ferry": ["ferries", "pier", "barca"],
        "東京": ["kanji"],
        "京都": ["kanji"],
        "東京都は月曜": ["kanji"],
        "都京": [],
        "港": ["kanji"],
        "title:船": ["kanji"],
        "대통령": ["bae"],
        "กรุงเทพ": ["ruea"],
        "date:2026-05-04": ["ferries"],
        "date:2026-05-03..2026-05-04": ["ferries", "pier"],
        "date:..2026-04": ["kanji", "bae", "ruea"],
        "date:30h": ["ferries", "pier"],
        "date:yesterday": ["pier"],
        "seen:2026-05-04 lang:es": ["barca"],
        "copies:only": [],
        "copies:no lang:en": ["ferries", "pier"],
        "source:nobody": [],
        "story:99": [],
    }.items():
        assert found(connection, text) == expected, text


async def test_marks_are_on_the_text_as_it_was_written(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)

    def first(text: str) -> tuple[str, str]:
        hit = run(connection, search(parse(text), now=NOW)).hits[0]
        return tuple((part or "").replace(BEGIN, "[").replace(END, "]") for part in (hit.title, hit.snippet))  # type: ignore[return-value]

    title, snippet = first("fähre -ferry")
    assert title.startswith("[Fähren]")
    assert "die alte [Fähre] im Winter" in snippet
    assert first("東京")[1].startswith("[東京]都は月曜日に")
    assert "[invierno] difícil" in first("invierno")[1]
    assert first("lang:es")[1].startswith("Las barcas volvieron")


@pytest.mark.parametrize("title", ["“Is the pier safe?”", "(Pier) closed!", "¿Pier o puente?", "+pier", "Pier: $5m …"])
async def test_a_marked_title_keeps_its_first_and_last_signs(
    title: str, desk: Desk, connection: psycopg.Connection
) -> None:
    await desk.put(
        "https://post.test/signs", "The crews took turns on deck. " * 15, title=title, language="en", now=NOW
    )
    hit = run(connection, search(parse("pier"), now=NOW)).hits[0]
    assert BEGIN in (hit.title or "")
    assert (hit.title or "").replace(BEGIN, "").replace(END, "") == title


async def test_marks_are_on_words_that_the_text_writes_in_parts(desk: Desk, connection: psycopg.Connection) -> None:
    text = "Skippers co\u2011operate on a hot-spot plan. " + "The crews took turns on deck. " * 15
    await desk.put("https://post.test/parts", text, title="The Wi\u2011Fi plan", language="en", now=NOW)
    for asked, title, snippet in (
        ("wifi", "The [Wi\u2011Fi] plan", "Skippers co"),
        ("cooperate", "The Wi\u2011Fi plan", "[co\u2011operate] on"),
        ("hotspot", "The Wi\u2011Fi plan", "a [hot-spot] plan"),
    ):
        hit = run(connection, search(parse(asked), now=NOW)).hits[0]
        assert (hit.title or "").replace(BEGIN, "[").replace(END, "]") == title
        assert snippet in hit.snippet.replace(BEGIN, "[").replace(END, "]")


async def test_pages_follow_each_other_without_gap_or_repetition(
    desk: Desk, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(23):
        await desk.put(
            f"https://post.test/n{number}", f"The ferry number {number} sailed. " + f"word{number} " * 20, now=NOW
        )
    for walk in (2, 1000):
        monkeypatch.setattr(searching, "WALK", walk)
        monkeypatch.setattr(searching, "WALK_AT_MOST", walk * 3)
        for order in ("newest", "rank"):
            urls, after = [], None
            while True:
                page = run(connection, search(parse("ferry"), limit=5, after=after, order=order))  # type: ignore[arg-type]
                urls += [hit.article.url for hit in page.hits]
                after = page.next
                if after is None:
                    break
            assert len(urls) == len(set(urls)) == 23, (walk, order)
    with pytest.raises(UsageError, match="cursor"):
        run(connection, search(parse("ferry"), after="n1.x"))


@pytest.mark.parametrize("walk", [1, 2, 1000])
async def test_hits_centuries_apart_are_found_in_order(
    walk: int, desk: Desk, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The windows of time grow with what was found; an archive may begin in any century."""
    monkeypatch.setattr(searching, "WALK", walk)
    monkeypatch.setattr(searching, "WALK_AT_MOST", walk)
    years = [2026, 2025, 2024, 1990, 1703, 1001]
    for year in years:
        for word in ("ferry", "pier", "quay"):
            at = Instant(dt.datetime(year, 3, 1, tzinfo=dt.UTC), "minute", "json-ld", "")
            text = f"The {word} of {year} sailed. " + f"{word}{year} " * 20
            await desk.put(f"https://post.test/{word}{year}", text, title=f"Of {year}", published=at)
    for order in ("newest", "rank"):
        hits = run(connection, search(parse("ferry"), limit=9, order=order, now=NOW)).hits  # type: ignore[arg-type]
        found = [int(hit.article.url[-4:]) for hit in hits]
        assert (found if order == "newest" else sorted(found, reverse=True)) == years, order


async def test_ranking_says_over_how_many(
    desk: Desk, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(desk)
    page = run(connection, search(parse("pier"), order="rank"))
    assert page.hits[0].article.url.endswith("/pier")
    assert (page.ranked_of, page.is_ranked_over_newest) == (2, False)
    monkeypatch.setattr(searching, "RANKED", 2)
    page = run(connection, search(parse("ferry"), order="rank"))
    assert (page.ranked_of, page.is_ranked_over_newest) == (2, False), "no more hits than are ranked"
    monkeypatch.setattr(searching, "RANKED", 1)
    page = run(connection, search(parse("pier"), order="rank"))
    assert (len(page.hits), page.is_ranked_over_newest) == (1, True)


async def test_counts_facets_and_time(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    made = run(connection, facets(parse("ferry OR barca")))
    assert [(one.value, one.count) for one in made["site"]] == [("post.test", 2), ("diario.test", 1)]
    assert [(one.value, one.count) for one in made["author"]] == [("Ada Brännström", 1), ("Tom Hale", 1)]
    assert [(one.value, one.count) for one in made["day"]] == [("2026-05-01", 1), ("2026-05-03", 1), ("2026-05-04", 1)]
    assert made["all"][0].count == 3
    assert {one.value for one in made["kind"]} == {"article", "opinion"}
    buckets = run(connection, timeline(parse("ferry"), unit="month", with_share=True))
    assert [(bucket.at.month, bucket.count, bucket.total) for bucket in buckets] == [(5, 2, 4)]


async def test_an_asynchronous_connection_carries_out_the_same_plans(desk: Desk) -> None:
    await fill(desk)
    async with desk.pool.connection() as conn:
        assert len((await run_async(conn, search(parse("ferry")))).hits) == 2


async def test_the_walk_and_the_words_use_their_indexes(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    connection.execute(
        "INSERT INTO dateline.article (url_key, url, site, kind, title, text, language, content_hash, word_count,"
        " revised_at, first_seen_at, extractor)"
        " SELECT gen_random_uuid(), 'https://s.test/' || n, 's.test', 'article', 'Headline ' || n, 'Word' || n % 7000 || '.',"
        " 'en', gen_random_uuid(), 1, at, at, 'test'"
        " FROM generate_series(1, 20000) AS n, LATERAL (SELECT now() - n * interval '5 minutes' AS at) AS t"
    )
    connection.execute("ANALYZE")

    def plans(text: str, asked: Callable[..., Any] = search) -> str:
        plan, seen, rows = asked(parse(text), now=NOW), [], None
        try:
            while True:
                statement, params = plan.send(rows)  # type: ignore[arg-type]
                explained = connection.execute(compose.SQL("EXPLAIN {}").format(statement), params, prepare=False)
                seen += [row[0] for row in explained.fetchall()]
                with connection.cursor(row_factory=dict_row) as cur:
                    rows = cur.execute(statement, params).fetchall()
        except StopIteration:
            return "\n".join(seen)

    walked = plans("ferry")
    assert "using article_dated on article w" in walked, walked
    assert "Bitmap Index Scan on article_search" in plans("ferry harbour", count)
    assert "Bitmap Index Scan on article_title_search" in plans("title:ferries", count)
    for text in ("author:nobody", "author:hale", "tag:nothing"):
        assert f"Bitmap Index Scan on article_{text.partition(':')[0]}s" in plans(text, count), text
    for text in ("origin:feed", "story:1", "credited:wire story:1", "story:1 OR ferry"):
        assert "Seq Scan on article " not in plans(text, count), text
    connection.execute("SET enable_seqscan = off")  # the tables of names are empty
    named = plans("name:Lund", count)
    assert re.search("(?s)mention_(of|pkey).*entity_folded", named), named


ASKED = (
    "author:hale",
    "author:BRANNSTROM",
    "author:ADA,hale",
    "author:e",
    "author:zz",
    "-author:hale",
    'author:"ada "',
    'author:"Hale, T."',
    'author:".","hale tom"',
)
ASKED += (
    "section:harb",
    "-section:harb",
    "section:zz OR ferry",
    "tag:nobody",
    "credited:zz",
    "author:hale OR section:zz",
)


@pytest.mark.parametrize("common", [1, 2, 100])
async def test_all_ways_to_ask_for_values_find_the_same(
    desk: Desk, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    await fill(desk)
    connection.execute(
        "UPDATE dateline.article SET section = 'Harbour & Sea', tags = '{Straße,ÉTÉ}', credited_to = 'Wire 100%' "
        "WHERE url LIKE 'https://post.test/p%'"
    )
    monkeypatch.setattr(searching, "COMMON", common)
    for text in (*ASKED, "tag:strasse", "tag:ete", "tag:et", 'credited:"100%"', "tag:strasse,zz -section:sea"):
        few = run(connection, condition(parse(text), now=NOW, of_few=True))
        statement, params = searching.statement("count", few, {"at_most": None})
        assert run(connection, count(parse(text), now=NOW)) == connection.execute(statement, params).fetchone()[0], text
    assert len(found(connection, "tag:strasse")) == 1


async def test_two_who_store_the_same_new_name_at_once_do_not_wait_and_a_forgotten_name_leaves_the_list(
    desk: Desk, connection: psycopg.Connection, database: str
) -> None:
    await fill(desk)
    store = (
        "INSERT INTO dateline.article (url_key, url, site, kind, title, text, authors, content_hash, word_count,"
        " revised_at, first_seen_at, extractor) VALUES (gen_random_uuid(), %s, 'n.test', 'article', 'T', 'Text.', %s,"
        " gen_random_uuid(), 1, now(), now(), 'test')"
    )
    with connect(database) as one, connect(database) as other:
        for conn, order in ((one, ["Vera New", "Otto New"]), (other, ["Otto New", "Vera New"])):
            conn.execute("SET lock_timeout = '2s'")
            conn.execute(store, [f"https://n.test/{order[0][0]}", order])
        one.commit()
        other.commit()
    assert len(found(connection, 'author:"vera new"')) == 2
    for url, left in (("https://n.test/V", True), ("https://n.test/O", False)):
        connection.execute("UPDATE dateline.article SET url_key = %s WHERE url = %s", [url_key(url), url])
        assert forget_url(connection, url, erase=lambda _: None).articles == 1
        listed = connection.execute("SELECT FROM dateline.facet WHERE folded IN ('vera new', 'otto new')").fetchall()
        assert bool(listed) == left


async def test_names_that_an_article_had_before_it_changed_are_forgotten_also_when_forgetting_was_killed(
    desk: Desk, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(desk)
    first, other = (row[0] for row in connection.execute("SELECT url FROM dateline.article ORDER BY id LIMIT 2"))
    values = {
        "authors": ["Vera Former"],
        "tags": ["harbour gossip"],
        "section": "Former Desk",
        "credited_to": "Old Wire",
    }
    change = "authors = %(authors)s, tags = %(tags)s, section = %(section)s, credited_to = %(credited_to)s"
    connection.execute(f"UPDATE dateline.article SET {change} WHERE url = %(url)s", values | {"url": first})
    connection.execute(
        "UPDATE dateline.article SET authors = '{}', tags = '{Former Desk}', section = NULL, credited_to = NULL"
    )
    asked = "SELECT field FROM dateline.facet WHERE value = ANY (%s) ORDER BY field"
    given = [["Vera Former", "harbour gossip", "Former Desk", "Old Wire"]]
    assert [row[0] for row in connection.execute(asked, given)] == ["author", "credited", "section", "tag", "tag"]

    def killed(connection: psycopg.Connection) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(forgetting, "VALUES_A_LOCK", 2)
    with monkeypatch.context() as between, pytest.raises(KeyboardInterrupt):
        between.setattr(forgetting, "_drop_facets", killed)
        forget_url(connection, first, erase=lambda _: None)
    forget_url(connection, other, erase=lambda _: None)
    assert [row[0] for row in connection.execute(asked, given)] == ["tag"]
