"""The pure decisions of a visit: how politely, which candidates, how bad a failure is, and what the ledger says of a miss."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from crawler.exchange import FetchRequest, NotFetched, NotModified, PaceElsewhere
from crawler.fetch.download_handler import pages_a_day
from dateline.config import Settings
from dateline.errors import ArchiveError, ParseError
from dateline.types.article import Candidate
from scheduler.supervisor import MAX_RESTART_S, pause_s
from scheduler.visits.conditional import renewed
from scheduler.visits.results import (
    FORGIVEN_REASONS,
    HostPoliteness,
    choose,
    miss_line,
    politeness,
    politeness_of,
    politeness_of_feed,
    unexpected,
    weigh,
)
from sql.frontier.crawls import CrawlOptions
from sql.frontier.rows import DueFeed, DueUrl

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://bay.test/pier"


def hours(number: int) -> dt.datetime:
    return NOW + dt.timedelta(hours=number)


@pytest.mark.parametrize(
    ("overrides", "options", "expected"),
    [
        ({}, {}, HostPoliteness(1.0, 1, True, 5000)),
        ({"delay_s": 5}, {}, HostPoliteness(5.0, 1, True, 5000)),
        ({"delay_s": 0}, {}, HostPoliteness(0.0, 1, True, 5000)),
        ({"delay_s": 5}, {"delay_s": 0}, HostPoliteness(0.0, 1, True, 5000)),
        ({"delay_s": 5}, {"delay_s": None}, HostPoliteness(5.0, 1, True, 5000)),
        ({"concurrency": 3}, {}, HostPoliteness(1.0, 3, True, 5000)),
        ({"concurrency": 3}, {"concurrency": 8}, HostPoliteness(1.0, 8, True, 5000)),
        ({"obey_robots": False}, {}, HostPoliteness(1.0, 1, False, 5000)),
        ({}, {"obey_robots": False}, HostPoliteness(1.0, 1, True, 5000)),
        ({"max_pages_a_day": 40}, {}, HostPoliteness(1.0, 1, True, 40)),
    ],
)
def test_politeness(overrides: dict[str, Any], options: dict[str, Any], expected: HostPoliteness) -> None:
    """A crawl's wish goes before the source's, and that before the configuration's; robots.txt is the source's alone."""
    found = politeness(overrides, options, Settings(delay_s=1.0, concurrency=1))
    is_said_by_a_crawl = options.get("delay_s") is not None
    assert found == replace(expected, elsewhere=None if is_said_by_a_crawl else PaceElsewhere(1.0, 1))


@pytest.mark.parametrize(
    ("named_by", "overrides", "options", "expected"),
    [
        (("paper.example",), {"delay_s": 0, "concurrency": 8}, {}, HostPoliteness(0.0, 8, True, 5000)),
        ((), {"delay_s": 0, "concurrency": 8}, {}, HostPoliteness(0.0, 8, True, 5000)),
        (
            ("list.example",),
            {"delay_s": 0, "concurrency": 8, "max_pages_a_day": 9000},
            {},
            HostPoliteness(1.0, 1, True, 5000),
        ),
        (("list.example",), {"delay_s": 5, "max_pages_a_day": 40}, {}, HostPoliteness(5.0, 1, True, 40)),
        (("list.example",), {}, {"delay_s": 0}, HostPoliteness(0.0, 1, True, 5000)),
    ],
)
def test_what_a_source_may_do_at_its_own_servers_holds_for_no_other_site(
    named_by: Sequence[str], overrides: dict[str, Any], options: dict[str, Any], expected: HostPoliteness
) -> None:
    due = DueUrl(1, uuid.uuid4(), "http://paper.example/a", "paper.example", None, None, None, "feed", 0, {}, 0,
                 overrides, {}, "", options, named_by)  # fmt: skip
    assert replace(politeness_of(due, Settings(delay_s=1.0, concurrency=1)), elsewhere=None) == expected


@pytest.mark.parametrize(
    ("url", "is_child", "delay_s"),
    [
        ("http://list.example/news.xml", True, 0.0),
        ("http://feeds.example/news.xml", True, 0.0),
        ("http://paper.example/news.xml", True, 1.0),
        ("http://paper.example/news.xml", False, 0.0),
    ],
)
def test_nor_for_the_sitemap_that_its_index_names_at_another_site(url: str, is_child: bool, delay_s: float) -> None:
    feed = DueFeed(1, 1, "list", None, url, "sitemap", 1, None, None, None, 0.0, None, NOW, None, None, "auto", "UTC",
                   {"delay_s": 0}, {}, source_site="list.example", source_hosts=("www.feeds.example",),
                   is_child=is_child)  # fmt: skip
    assert politeness_of_feed(feed, Settings(delay_s=1.0)).delay_s == delay_s


@pytest.mark.parametrize(
    ("named_by", "url", "most"),
    [
        (("paper.example",), "http://www.paper.example/a", 100),
        ((), "http://www.paper.example/a", 100),
        (("list.example",), "http://www.paper.example/a", 50),
    ],
)
def test_links_and_redirects_of_other_sites_leave_half_of_the_days_pages(
    named_by: Sequence[str], url: str, most: int
) -> None:
    asked = FetchRequest("http://list.example/out", pages_a_day=100, named_by=named_by)
    assert pages_a_day(asked, url) == most
    assert pages_a_day(replace(asked, role="feed"), url) is None


@pytest.mark.parametrize(
    ("is_child", "source_site", "sites"),
    [
        (False, None, ("list.example", "paper.example")),
        (True, None, ("list.example",)),
        (True, "paper.example", ("list.example", "paper.example")),
    ],
)
def test_a_list_that_another_page_named_speaks_for_the_site_that_answered(
    is_child: bool, source_site: str | None, sites: tuple[str, ...]
) -> None:
    """An index of list.example names paper.example's redirector, which leads back to a sitemap of list.example."""
    feed = DueFeed(1, None, None, None, "http://paper.example/go?to=x", "sitemap", 0, None, None, None, 0.0, None, NOW,
                   None, None, "once", "UTC", {}, {}, source_site=source_site, is_child=is_child)  # fmt: skip
    assert feed.speaks_for("http://list.example/child.xml") == sites


def candidate(name: str, published: int | None = None, modified: int | None = None) -> Candidate:
    return Candidate(
        f"https://bay.test/{name}",
        via="rss",
        published_at=None if published is None else hours(published),
        modified_at=None if modified is None else hours(modified),
    )


@pytest.mark.parametrize(
    ("one", "is_wanted"),
    [
        (candidate("undated"), True),
        (candidate("new", published=1), True),
        (candidate("at-the-hour", published=0), True),
        (candidate("old", published=-1), False),
        (candidate("changed", published=-50, modified=1), True),
        (candidate("changed-long-ago", published=-50, modified=-1), False),
        (candidate("only-modified", modified=-1), False),
    ],
)
def test_a_crawl_since_leaves_out_what_is_known_to_be_older(one: Candidate, is_wanted: bool) -> None:
    wanted, left_out = choose((one,), CrawlOptions(since=NOW))
    assert (wanted, left_out) == (((one,), ()) if is_wanted else ((), (one,)))


def test_without_since_everything_is_wanted_in_its_order() -> None:
    found = (candidate("b", -900), candidate("a"))
    assert choose(found, CrawlOptions()) == (found, ())


def miss(reason: str = "connect", status: int | None = None, **fields: Any) -> NotFetched:
    return NotFetched(url=URL, reason=reason, status=status, **fields)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (miss("too_many_requests", 429), "temporary"),
        (miss("http_503", 503), "temporary"),
        (miss("http_503", 503, is_temporary=False), "temporary"),
        (miss("http_403", 403, is_temporary=False, retry_after=hours(1)), "temporary"),
        (miss("host_backoff"), "temporary"),
        (miss("archive_full"), "temporary"),
        (miss("timeout"), "soft"),
        (miss("http_500", 500), "soft"),
        (miss("dns"), "soft"),
        (miss("http_404", 404, is_temporary=False), "hard"),
        (miss("http_410", 410, is_temporary=False), "gone"),
        (miss("robots", is_temporary=False), "hard"),
        (miss("guard", is_temporary=False), "hard"),
    ],
)
def test_failures_count_by_what_they_say_about_a_page(of: NotFetched, expected: str) -> None:
    assert weigh(of) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), ('"a"', "Tue, 12 May 2026 08:00:00 GMT")),
        ((("ETag", '"b"'),), ('"b"', "Tue, 12 May 2026 08:00:00 GMT")),
        ((("last-modified", "Fri, 01 May 2026 09:00:00 GMT"),), ('"a"', "Fri, 01 May 2026 09:00:00 GMT")),
        ((("etag", ""), ("last-modified", "Tue, 12 May 2099 09:00:00 GMT")), ('"a"', "Tue, 12 May 2026 08:00:00 GMT")),
    ],
)
def test_a_304_renews_the_validators(headers: tuple[tuple[str, str], ...], expected: tuple[str, str]) -> None:
    """Newsboat sent the first ETag for ever (its pull request 3279): each answer was the whole feed again."""
    feed = DueFeed(1, None, None, None, "http://paper.example/f", "feed", 0, '"a"', "Tue, 12 May 2026 08:00:00 GMT", None,
                   0.0, None, NOW, None, None, "adaptive", "UTC", {}, {})  # fmt: skip
    found = renewed(feed, NotModified(feed.url, 304, headers, feed.url, NOW))
    assert (found.etag, found.last_modified) == expected


def due(attempts: int = 0, crawl_id: int | None = None) -> DueUrl:
    return DueUrl(
        id=7,
        url_key=uuid.UUID(int=1),
        url=URL,
        host="bay.test",
        source_id=None,
        source=None,
        crawl_id=crawl_id,
        via="rss",
        depth=1,
        hints={},
        attempts=attempts,
        politeness={},
        extraction={},
        source_title="",
        options={},
    )


@pytest.mark.parametrize(
    ("of", "attempts", "crawl_id", "state", "result", "waits_s"),
    [
        (miss("timeout"), 0, None, "pending", "retry", (13, 17)),
        (miss("timeout"), 1, None, "pending", "retry", (54, 66)),
        (miss("timeout"), 3, None, "pending", "retry", (860, 1060)),
        (miss("timeout"), 4, None, "failed", "failed", None),
        (miss("timeout"), 0, 5, "pending", "retry", (1, 3)),
        (miss("timeout"), 1, 5, "pending", "retry", (7, 9)),
        (miss("timeout"), 2, 5, "failed", "failed", None),
        (miss("too_many_requests", 429, retry_after=hours(2)), 0, None, "pending", "retry", (7200, 7260)),
        (miss("http_404", 404, is_temporary=False), 0, None, "pending", "retry", (13, 17)),
        (miss("http_404", 404, is_temporary=False), 4, None, "ended", "removed", None),
        (miss("http_404", 404, is_temporary=False), 0, 5, "ended", "removed", None),
        (miss("http_410", 410, is_temporary=False), 0, None, "ended", "removed", None),
        (miss("http_403", 403, is_temporary=False), 0, None, "ended", "rejected", None),
        (miss("robots", is_temporary=False), 4, None, "ended", "rejected", None),
        (miss("guard", is_temporary=False), 0, 5, "ended", "rejected", None),
    ],
)
def test_the_ledgers_line_for_a_miss(
    of: NotFetched, attempts: int, crawl_id: int | None, state: str, result: str, waits_s: tuple[float, float] | None
) -> None:
    line = miss_line(due(attempts, crawl_id), of, now=NOW, max_attempts=5, chance=random.Random(1))
    assert (line.url_id, line.state, line.result, line.reason, line.status) == (7, state, result, of.reason, of.status)
    if waits_s is None:
        assert line.next_attempt_at is None
    else:
        assert line.next_attempt_at is not None
        assert waits_s[0] <= (line.next_attempt_at - NOW).total_seconds() <= waits_s[1]


@pytest.mark.parametrize(
    ("changes", "is_tried_again"),
    [
        ({"hints": {"published_at": (NOW - dt.timedelta(hours=2)).isoformat()}, "via": "sitemap"}, True),
        ({"hints": {"published_at": (NOW - dt.timedelta(hours=30)).isoformat()}}, False),
        ({"via": "section"}, True),
        ({"via": "sitemap"}, False),
        ({"via": "import"}, False),
        ({"is_recheck": True}, False),
        ({"hints": {"title": "Pier"}, "named_by": ("bay.test",)}, False),
    ],
)
def test_a_page_is_thought_to_come_only_if_it_is_new_and_nothing_replaces_it(
    changes: dict[str, Any], *, is_tried_again: bool
) -> None:
    of = miss("http_404", 404, is_temporary=False)
    line = miss_line(replace(due(), **changes), of, now=NOW, max_attempts=5, chance=random.Random(1))
    assert (line.state == "pending") is is_tried_again


def test_a_line_is_pending_exactly_when_it_has_a_next_attempt() -> None:
    """The ledger's own CHECK: a line that breaks it would fail its transaction, again and again."""
    for attempts in range(8):
        for is_temporary in (False, True):
            of = miss("http_500", 500, is_temporary=is_temporary)
            line = miss_line(due(attempts), of, now=NOW, max_attempts=5, chance=random.Random(attempts))
            assert (line.state == "pending") == (line.next_attempt_at is not None)


def test_unexpected_error_is_retried_and_given_up_like_any_miss() -> None:
    found = unexpected(URL, LookupError("no such step"), now=NOW)
    assert (found.reason, found.is_temporary, found.retry_after) == ("internal_error", True, None)
    assert "no such step" in found.detail
    assert weigh(found) == "soft"
    assert found.reason not in FORGIVEN_REASONS


def test_a_full_archive_is_not_the_pages_fault() -> None:
    found = unexpected(URL, ArchiveError("no room", is_temporary=True), now=NOW)
    assert (found.reason, found.retry_after) == ("archive_full", NOW + dt.timedelta(minutes=1))
    assert found.reason in FORGIVEN_REASONS


@pytest.mark.parametrize("error", [ArchiveError("read-only", is_temporary=False), ParseError("?")])
def test_other_errors_count_as_attempts(error: Exception) -> None:
    assert unexpected(URL, error, now=NOW).reason == "internal_error"


def test_a_part_that_dies_young_again_and_again_waits_longer_each_time() -> None:
    pauses = [pause_s(failures) for failures in range(1, 12)]
    assert pauses[0] == 0, "one death costs no time"
    assert pauses == sorted(pauses)
    assert pauses[-1] == MAX_RESTART_S
