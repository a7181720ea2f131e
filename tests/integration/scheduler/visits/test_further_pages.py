"""Lists in several pages of a source: the service visits the further pages, too, as long as the list names them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from dateline.types.source import Source, WatchedPage
from tests.integration.support import feed_site as support
from tests.integration.support.feed_site import HOME, START, FeedSite, Reply, Watch, feed_site, watching

SECTION = f"{HOME}harbour"


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


def page(number: int, *, last: int, more: str = "?page={}", first: int = 0) -> Reply:
    """One page of a list of articles, with a link to the next one."""
    names = [
        f"2026/05/04/ferry-strike-{word}-{number + first}" for word in ("begins", "goes-on", "ends-at-last", "is-over")
    ]
    items = "".join(f"<li><h3><a href='/{name}'>What the harbour board said of {name}</a></h3></li>" for name in names)
    pager = f"<nav><a rel=next href='/harbour{more.format(number + 1)}'>{number + 1}</a></nav>" if number < last else ""
    return Reply(
        f"<html><title>Harbour</title><body><ul>{items}</ul>{pager}</body></html>".encode(),
        {"Content-Type": "text/html"},
    )


def play(database: str, site: FeedSite, scene: object, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Source("bay", "Bay", HOME, watched=(WatchedPage(SECTION, kind),))  # type: ignore[arg-type]
    monkeypatch.setattr(support, "source", lambda schedule: watched)
    watching(database, site, scene)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["section", "home", "auto"])
@pytest.mark.parametrize("more", ["?page={}", "/page/{}", "/{}", "?p={}"])
def test_further_pages_of_a_watched_list_are_visited(
    site: FeedSite, database: str, kind: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(watch: Watch) -> None:
        for number in range(1, 4):
            site.replies["/harbour" + (more.format(number) if number > 1 else "")] = page(number, last=3, more=more)
        await watch.visit(SECTION)
        await watch.visit(SECTION + more.format(2))
        await watch.visit(SECTION + more.format(3))
        assert watch.rows("SELECT count(*) FROM dateline.url") == [(12,)]
        assert watch.rows("SELECT count(*) FROM dateline.feed WHERE is_active") == [(3,)]

    play(database, site, scene, kind, monkeypatch)


def test_watched_lists_end_at_the_fifth_page(site: FeedSite, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(watch: Watch) -> None:
        for number in range(1, 6):
            tail = f"?page={number}" if number > 1 else ""
            site.replies["/harbour" + tail] = page(number, last=9)
            await watch.visit(SECTION + tail)
        assert watch.rows("SELECT count(*) FROM dateline.feed") == [(5,)]

    play(database, site, scene, "section", monkeypatch)


def test_a_page_that_the_list_names_no_longer_is_not_visited(
    site: FeedSite, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/harbour"] = page(1, last=2)
        await watch.visit(SECTION)
        site.replies["/harbour"] = page(1, last=1, first=7)
        await watch.visit(SECTION, at=START + dt.timedelta(hours=3))
        assert watch.rows("SELECT url FROM dateline.feed WHERE is_active") == [(SECTION,)]

    play(database, site, scene, "section", monkeypatch)
