"""Sources in a real database: what goes in comes out, changes are seen, and nothing resumes by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dateline.sources.catalogue import load_catalogue
from dateline.types.source import ExtractionOverrides, Politeness, Source, WatchedPage
from sql.database import connect
from sql.frontier.sources import (
    get_sources,
    list_sources,
    remove_sources,
    set_paused,
    upsert_source,
    wake_sources,
    watched_states,
)

FEED = WatchedPage("https://obersee-bote.test/rss", "feed")
NEWS = WatchedPage("https://obersee-bote.test/news.xml", "news_sitemap")
BOTE = Source(
    name="obersee-bote",
    title="Obersee Bote",
    home="https://www.obersee-bote.test/",
    country="ch",
    languages=("de", "fr"),
    tags=("regional", "daily"),
    watched=(FEED, NEWS),
    schedule="*/10 6-22 * * *",
    timezone="Europe/Zurich",
    politeness=Politeness(delay_s=2.5, obey_robots=False),
    extraction=ExtractionOverrides(language="de", site_names=("Bote",)),
)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database, autocommit=True) as connection:
        yield connection


def test_a_source_comes_out_as_it_went_in(conn: psycopg.Connection[Any]) -> None:
    added = upsert_source(conn, BOTE)
    assert (added.is_new, added.is_changed) == (True, True)
    assert get_sources(conn, ["obersee-bote"]) == [BOTE]
    again = upsert_source(conn, BOTE)
    assert (again.id, again.is_new, again.is_changed) == (added.id, False, False)
    assert get_sources(conn, ["nobody"]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Der Bote"},
        {"country": None},
        {"languages": ("fr", "de")},
        {"tags": ()},
        {"schedule": "adaptive"},
        {"politeness": Politeness()},
        {"extraction": ExtractionOverrides()},
        {"is_paused": True},
        {"watched": (FEED,)},
        {"watched": (FEED, replace(NEWS, kind="sitemap"))},
        {"watched": ()},
    ],
)
def test_a_change_is_seen_and_kept(conn: psycopg.Connection[Any], change: dict[str, Any]) -> None:
    first = upsert_source(conn, BOTE)
    changed = replace(BOTE, **change)
    upserted = upsert_source(conn, changed)
    assert (upserted.id, upserted.is_new, upserted.is_changed) == (first.id, False, True)
    assert get_sources(conn, ["obersee-bote"]) == [changed]
    assert not upsert_source(conn, changed).is_changed


def test_new_pages_are_due_at_once_and_those_that_stay_keep_their_state(conn: psycopg.Connection[Any]) -> None:
    upsert_source(conn, replace(BOTE, watched=(FEED,)))
    conn.execute("UPDATE dateline.feed_state SET next_due_at = now() + interval '1 day', etag = 'W/1', failures = 2")
    upsert_source(conn, BOTE)
    feed, news = watched_states(conn, "obersee-bote")
    assert (feed.failures, news.failures) == (2, 0)
    assert feed.next_due_at is not None
    assert news.next_due_at is not None
    assert feed.next_due_at > news.next_due_at
    upsert_source(conn, replace(BOTE, watched=(NEWS,)))
    upsert_source(conn, BOTE)  # a page that comes back is read afresh
    state = conn.execute("SELECT etag, failures FROM dateline.feed_state s JOIN dateline.feed f ON f.id = s.feed_id"
                         " WHERE f.url = %s", [FEED.url]).fetchone()  # fmt: skip
    assert state == (None, 0)


def test_facts_from_a_pages_bytes_are_not_forgotten(conn: psycopg.Connection[Any]) -> None:
    told_by_bytes = replace(BOTE, watched=(replace(FEED, kind="auto"),))
    upsert_source(conn, told_by_bytes)
    conn.execute("UPDATE dateline.feed SET kind = 'feed'")
    assert not upsert_source(conn, told_by_bytes).is_changed
    assert [page.kind for page in watched_states(conn, "obersee-bote")] == ["feed"]


def test_sitemaps_that_an_index_named_go_with_it(conn: psycopg.Connection[Any]) -> None:
    index = WatchedPage("https://obersee-bote.test/sitemap.xml", "sitemap")
    added = upsert_source(conn, replace(BOTE, watched=(FEED, index)))
    conn.execute(
        "WITH RECURSIVE parent AS (SELECT id FROM dateline.feed WHERE url = %s)"
        " INSERT INTO dateline.feed (source_id, parent_id, url, url_hash, host, kind)"
        " SELECT %s, id, 'https://obersee-bote.test/1.xml', gen_random_uuid(), 'obersee-bote.test', 'sitemap' FROM parent",
        [index.url, added.id],
    )
    assert [page.children for page in watched_states(conn, "obersee-bote")] == [0, 1]
    assert get_sources(conn, ["obersee-bote"]) == [replace(BOTE, watched=(FEED, index))]
    upsert_source(conn, BOTE)
    active = conn.execute("SELECT url FROM dateline.feed WHERE is_active ORDER BY url").fetchall()
    assert active == [(NEWS.url,), (FEED.url,)]


def test_pages_of_a_one_off_crawl_do_not_concern_the_source(conn: psycopg.Connection[Any]) -> None:
    added = upsert_source(conn, BOTE)
    conn.execute(
        "WITH crawl AS (INSERT INTO dateline.crawl (targets) VALUES ('{x}') RETURNING id)"
        " INSERT INTO dateline.feed (source_id, crawl_id, url, url_hash, host, kind)"
        " SELECT %s, id, 'https://obersee-bote.test/x', gen_random_uuid(), 'obersee-bote.test', 'feed' FROM crawl",
        [added.id],
    )
    assert not upsert_source(conn, BOTE).is_changed
    assert get_sources(conn, ["obersee-bote"]) == [BOTE]


def test_an_import_does_not_resume_what_an_operator_paused(conn: psycopg.Connection[Any]) -> None:
    upsert_source(conn, BOTE)
    assert set_paused(conn, ["obersee-bote", "nobody"], is_paused=True) == {"obersee-bote"}
    assert not upsert_source(conn, BOTE).is_changed
    upsert_source(conn, replace(BOTE, title="Bote"))
    assert [source.is_paused for source in list_sources(conn)] == [True]
    set_paused(conn, ["obersee-bote"], is_paused=False)
    assert [source.is_paused for source in list_sources(conn)] == [False]


def test_a_removed_source_is_gone_and_comes_back_as_new(conn: psycopg.Connection[Any]) -> None:
    added = upsert_source(conn, replace(BOTE, is_paused=True))
    assert remove_sources(conn, ["obersee-bote"]) == {"obersee-bote"}
    assert remove_sources(conn, ["obersee-bote"]) == set()
    assert (list_sources(conn), get_sources(conn), watched_states(conn, "obersee-bote")) == ([], [], [])
    assert set_paused(conn, ["obersee-bote"], is_paused=True) == set()
    back = upsert_source(conn, BOTE)
    assert (back.id, back.is_new, back.is_changed) == (added.id, True, True)
    assert get_sources(conn, ["obersee-bote"]) == [BOTE]


def test_waking_makes_all_pages_due_without_delaying_any(conn: psycopg.Connection[Any]) -> None:
    upsert_source(conn, BOTE)
    conn.execute("UPDATE dateline.feed_state SET next_due_at = now() + interval '1 day'")
    conn.execute("UPDATE dateline.feed_state SET next_due_at = %s WHERE feed_id = (SELECT min(id) FROM dateline.feed)",
                 [LONG_AGO])  # fmt: skip
    assert wake_sources(conn, ["obersee-bote", "nobody"]) == {"obersee-bote"}
    late, woken = watched_states(conn, "obersee-bote")
    assert late.next_due_at == LONG_AGO + dt.timedelta(microseconds=1), "so that a visit under way sees it"
    assert woken.next_due_at is not None
    assert woken.next_due_at < dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)


def test_the_list_is_filtered_and_shows_the_state_of_sources(conn: psycopg.Connection[Any]) -> None:
    upsert_source(conn, BOTE)
    upsert_source(conn, Source("nordkurier", "Nordkurier", "https://nordkurier.test/", country="no", languages=("no",)))
    conn.execute("UPDATE dateline.feed_state SET failures = 1, last_ok_at = %s", [LONG_AGO])
    assert [source.name for source in list_sources(conn)] == ["nordkurier", "obersee-bote"]
    (bote,) = list_sources(conn, country="ch", language="fr", tag="daily")
    assert (bote.pages, bote.failing, bote.last_ok_at, bote.articles) == (2, 2, LONG_AGO, 0)
    assert list_sources(conn, country="ch", language="no") == []


def test_the_whole_catalogue_goes_in_and_comes_out(conn: psycopg.Connection[Any]) -> None:
    catalogue = load_catalogue()
    with conn.transaction():
        for source in catalogue:
            upsert_source(conn, source)
    assert get_sources(conn) == sorted(catalogue, key=lambda source: source.name)


LOGIN = Politeness(cookies_file="/srv/bote.txt")


def _ended(conn: psycopg.Connection[Any], source_id: int, reasons: list[tuple[str, str | None]]) -> None:
    conn.execute(
        "INSERT INTO dateline.url "
        "(url_key, url, host, source_id, via, state, reason, discovered_at, finished_at, next_attempt_at) SELECT "
        "gen_random_uuid(), 'https://obersee-bote.test/' || n, 'obersee-bote.test', %s, 'feed', state, reason, now(), now(), NULL"
        " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS l (state, reason, n)",
        [source_id, [state for state, _ in reasons], [reason for _, reason in reasons]],
    )


@pytest.mark.parametrize(
    ("before", "after", "is_renewed", "reopened"),
    [
        (Politeness(), LOGIN, False, 3),
        (LOGIN, Politeness(headers={"Authorization": "Bearer ${BOTE}"}), False, 3),
        (LOGIN, LOGIN, True, 3),
        (LOGIN, LOGIN, False, 0),
        (LOGIN, replace(LOGIN, delay_s=3.0), False, 0),
        (LOGIN, Politeness(), False, 0),
    ],
)
def test_pages_that_ended_at_a_wall_are_asked_for_again_when_the_login_changes(
    conn: psycopg.Connection[Any], before: Politeness, after: Politeness, is_renewed: bool, reopened: int
) -> None:
    source_id = upsert_source(conn, replace(BOTE, politeness=before)).id
    other_id = upsert_source(conn, replace(BOTE, name="other", home="https://other.test/", watched=())).id
    _ended(conn, source_id, [("ended", "login"), ("ended", "http_403"), ("failed", "http_401"), ("ended", "soft_404")])
    _ended(conn, other_id, [("ended", "login")])
    done = upsert_source(conn, replace(BOTE, politeness=after), is_login_renewed=is_renewed)
    assert done.reopened == reopened
    rows = conn.execute("SELECT reason FROM dateline.url WHERE state = 'pending'").fetchall()
    assert rows == [(None,)] * reopened
