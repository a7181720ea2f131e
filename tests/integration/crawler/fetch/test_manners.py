"""robots.txt and the pace of a host, as a server sees them."""

from __future__ import annotations

import datetime as dt
import gzip
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from crawler.exchange import PaceElsewhere
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from crawler.render.page_renderer import request_for_part
from dateline.errors import ParserPoolError
from dateline.types.article import Page
from dateline.types.source import Access
from tests.integration.support.fetch_site import (
    TEXT,
    Exchange,
    Site,
    all_at_once,
    ask,
    fetch,
    got,
    moved,
    one_after_another,
    page,
    refusal,
    settings,
    with_fetcher,
)


class TestRobots:
    def test_is_obeyed_and_asked_for_once_however_many_wait(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: Dateline\nDisallow: /private\n")
        site.pages["/open"] = page(TEXT)
        requests = [ask("http://a.example/open", concurrency=9), ask("http://a.example/private", concurrency=9)] * 4
        outcomes = with_fetcher(lambda fetcher: all_at_once(fetcher, requests), settings(site))
        assert [got(outcome).body for outcome in outcomes[::2]] == [TEXT] * 4
        assert {(refusal(outcome).reason, refusal(outcome).is_temporary) for outcome in outcomes[1::2]} == {
            ("robots", False)
        }
        assert sorted(site.paths) == ["/open"] * 4 + ["/robots.txt"]

    def test_is_kept_in_the_store(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        robots = MemoryRobots()
        for _ in range(2):
            got(fetch(ask("http://a.example/"), settings(site), robots=robots))
        assert site.paths == ["/robots.txt", "/", "/"]

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_that_fails_keeps_away(self, site: Site, status: int) -> None:
        site.pages["/robots.txt"] = page(b"", status=status)
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert (outcome.reason, outcome.is_temporary) == ("robots_unreachable", True)
        assert outcome.retry_after is not None
        assert site.paths == ["/robots.txt"]

    def test_that_breaks_off_keeps_away(self, site: Site) -> None:
        """Cut off at another place each time: rules may be missing."""
        parts = iter([b"User-agent: *\n", b"User-agent: *\nDisallow: /a\n"])
        site.pages["/robots.txt"] = lambda _: page(next(parts)).replace(b"Content-Length: ", b"content-length: 9")
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert outcome.reason == "robots_unreachable"
        assert "27 of 927 bytes came" in outcome.detail

    def test_whose_length_is_wrong_each_time_is_read(self, site: Site) -> None:
        rules = page(b"User-agent: *\nDisallow: /private\n").replace(b"Content-Length: ", b"content-length: 9")
        site.pages |= {"/robots.txt": rules, "/": page(TEXT)}
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT
        assert refusal(fetch(ask("http://a.example/private"), settings(site))).reason == "robots"

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_that_is_not_there_leaves_free(self, site: Site, status: int) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /", status=status)
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT

    def test_is_followed_over_redirects_and_read_compressed(self, site: Site, other: Site) -> None:
        site.pages["/robots.txt"] = moved("http://b.example/rules")
        other.pages["/rules"] = page(gzip.compress(b"User-agent: *\nDisallow: /a"), "Content-Encoding: gzip")
        assert refusal(fetch(ask("http://a.example/a"), settings(site, other))).reason == "robots"

    def test_is_that_of_the_host_that_a_redirect_leads_to(self, site: Site, other: Site) -> None:
        site.pages["/"] = moved("http://b.example/private")
        other.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /private")
        assert refusal(fetch(ask("http://a.example/"), settings(site, other))).reason == "robots"
        assert other.paths == ["/robots.txt"]

    def test_is_not_asked_for_where_it_need_not_be_obeyed(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /")
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/", obey_robots=False), settings(site))).body == TEXT
        assert site.paths == ["/"]

    def test_is_obeyed_at_other_sites_whatever_a_source_may_do_at_its_own(self, site: Site, other: Site) -> None:
        """Its pages redirect to them, and its feeds name them."""
        site.pages["/"] = moved("http://b.example/private")
        other.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /private")
        own = {"obey_robots": False, "access": Access(home="http://a.example/")}
        assert refusal(fetch(ask("http://a.example/", **own), settings(site, other))).reason == "robots"
        named = ask("http://b.example/private", named_by=("a.example",), **own)
        assert refusal(fetch(named, settings(site, other))).reason == "robots"
        assert other.paths == ["/robots.txt"] * 2
        assert site.paths == ["/"]

    def test_raises_the_pace(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nCrawl-delay: 7\n")
        site.pages["/"] = page(TEXT)
        pace = WatchedPace()
        fetch(ask("http://a.example/", delay_s=0.01), settings(site), pace=pace)
        assert pace.delays == [0.01, 7.0]

    def test_of_another_site_is_not_what_its_own_servers_allow(self, site: Site, other: Site) -> None:
        """A source without a delay led to a stranger's pages, which were asked for without a delay, too."""
        site.pages["/"] = moved("http://b.example/", 301)
        other.pages["/"] = page(TEXT)
        own = {"delay_s": 0.01, "concurrency": 9, "elsewhere": PaceElsewhere(4.0, 2)}
        pace = WatchedPace()
        fetch(ask("http://a.example/", **own), settings(site, other), pace=pace)
        asked = dict.fromkeys(zip(pace.hosts, pace.delays, pace.concurrencies, strict=True))
        assert [*asked] == [("a.example", 0.01, 9), ("b.example", 4.0, 2)]
        home = Page("http://a.example/", "http://a.example/", 200, (), b"", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        part = request_for_part(ask(home.url, **own), home, "http://b.example/x.js")
        assert (part.delay_s, part.concurrency) == (4.0, 2)


class WatchedPace(MemoryPace):
    """A MemoryPace that never waits, and records its calls."""

    def __init__(self) -> None:
        super().__init__(now=lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        self.delays: list[float] = []
        self.hosts: list[str] = []
        self.concurrencies: list[int] = []
        self.backoffs: list[dt.datetime] = []
        self.active = 0

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        self.delays.append(delay_s)
        self.hosts.append(host)
        self.concurrencies.append(concurrency)
        self.active += 1
        return 0.0

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        self.active -= 1
        if backoff_until is not None:
            self.backoffs.append(backoff_until)

    def release_soon(self, host: str, *, delay_s: float) -> None:
        self.active -= 1


class TestPace:
    def test_keeps_requests_to_a_host_apart(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        requests = [ask("http://a.example/", delay_s=0.1, obey_robots=False)] * 4
        began = time.monotonic()
        with_fetcher(lambda fetcher: all_at_once(fetcher, requests), settings(site))
        assert len(site.log) == 4
        assert time.monotonic() - began > 0.29

    def test_keeps_requests_at_once_to_its_concurrency(self, site: Site) -> None:
        inside, most, lock = 0, 0, threading.Lock()

        def slow(_: Exchange) -> bytes:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.03)
            with lock:
                inside -= 1
            return page(TEXT)

        site.pages["/"] = slow
        requests = [ask("http://a.example/", concurrency=2, obey_robots=False)] * 6
        with_fetcher(lambda fetcher: all_at_once(fetcher, requests), settings(site))
        assert most == 2

    def test_holds_for_robots_txt_and_redirects_and_is_given_back_whatever_happens(
        self, site: Site, other: Site
    ) -> None:
        site.pages["/"] = moved("http://b.example/")
        other.pages["/"] = b"nonsense\r\n\r\n"
        pace = WatchedPace()
        assert refusal(fetch(ask("http://a.example/"), settings(site, other), pace=pace)).reason == "bad_response"
        assert pace.hosts == ["a.example", "a.example", "b.example", "b.example"]
        assert pace.active == 0

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_host_that_asks_to_wait_gets_no_requests(self, site: Site, status: int) -> None:
        site.pages["/busy"] = page(b"", "Retry-After: 3600", status=status)
        site.pages["/other"] = page(TEXT)
        requests = [ask(f"http://a.example/{path}", obey_robots=False) for path in ("busy", "other")]
        busy, later = with_fetcher(lambda fetcher: one_after_another(fetcher, requests), settings(site))
        until = refusal(busy).retry_after
        assert until is not None
        assert dt.timedelta(minutes=59) < until - dt.datetime.now(dt.UTC) <= dt.timedelta(hours=1)
        assert refusal(later).reason == "host_backoff"
        assert refusal(later).retry_after is not None
        assert site.paths == ["/busy"]


class BreakingParserPool:
    """In the parser pool's place: every parse dies."""

    async def run(self, function: Callable[..., Any], *args: object, deadline_s: float, subject: str) -> Any:
        raise ParserPoolError("parsing took more than 5 s", reason="parse_timeout", subject=subject)


class TestTdmRep:
    RULES = b'[{"location": "/news/", "tdm-reservation": 1}]'

    def test_is_asked_for_once_a_day_at_the_hosts_pace_and_where_configured(self, site: Site) -> None:
        site.pages |= {"/robots.txt": page(b"User-agent: *\nContent-Signal: ai-train=no\n"), "/": page(TEXT)}
        site.pages |= {"/.well-known/tdmrep.json": page(self.RULES), "/news/a": page(TEXT)}
        asked, robots = (
            [ask("http://a.example/news/a", delay_s=0.2), ask("http://a.example/", delay_s=0.2)],
            MemoryRobots(),
        )
        for reads in (True, True, False):
            found = with_fetcher(
                lambda fetcher: one_after_another(fetcher, asked), settings(site, reads_tdmrep=reads), robots=robots
            )
            stated = [[(each.kind, each.value) for each in got(outcome).site_rights] for outcome in found]
            signal = ("content-signal", "ai-train=no")
            assert stated == [[signal, ("tdm-reservation", "1")] if reads else [signal], [signal]]
        assert site.paths == ["/robots.txt", "/.well-known/tdmrep.json", *["/news/a", "/"] * 3]

    @pytest.mark.parametrize(
        "answer",
        [page(b"", status=500), page(b"", "Retry-After: 1", status=429), page(RULES, status=404), b"", moved("/x")],
    )
    def test_that_is_not_there_keeps_nothing_out_and_is_not_asked_for_again(self, site: Site, answer: bytes) -> None:
        site.pages |= {"/.well-known/tdmrep.json": answer, "/news/a": page(TEXT)}
        robots = MemoryRobots()
        for _ in range(2):
            found = got(fetch(ask("http://a.example/news/a"), settings(site, reads_tdmrep=True), robots=robots))
            assert found.site_rights == ()
        assert site.paths[-2:] == ["/news/a", "/news/a"]

    def test_is_not_asked_for_where_robots_txt_forbids_it_or_the_guard_does(self, site: Site) -> None:
        site.pages |= {"/robots.txt": page(b"User-agent: *\nDisallow: /.well-known/\n"), "/news/a": page(TEXT)}
        assert got(fetch(ask("http://a.example/news/a"), settings(site, reads_tdmrep=True))).site_rights == ()
        assert site.paths == ["/robots.txt", "/news/a"]

    def test_is_that_of_the_host_that_a_redirect_leads_to(self, site: Site, other: Site) -> None:
        site.pages |= {"/.well-known/tdmrep.json": page(self.RULES), "/news/a": moved("http://b.example/news/a")}
        other.pages |= {"/.well-known/tdmrep.json": page(self.RULES.replace(b"1", b"0")), "/news/a": page(TEXT)}
        found = got(fetch(ask("http://a.example/news/a"), settings(site, other, reads_tdmrep=True)))
        assert [each.value for each in found.site_rights] == ["0"]


def test_a_robots_txt_that_breaks_its_parser_counts_as_unreachable(site: Site) -> None:
    """Read in the loop in place of the parser pool, the file was taken as it is and the page fetched."""
    site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /x\n")
    site.pages["/a"] = page(TEXT)
    refused = refusal(fetch(ask("http://a.example/a"), settings(site), parser_pool=BreakingParserPool()))
    assert (refused.reason, refused.is_temporary) == ("robots_unreachable", True)
    assert site.paths == ["/robots.txt"]
