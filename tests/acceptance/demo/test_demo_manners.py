"""How the demonstration's service behaved towards its hosts, by the server's own log."""

from __future__ import annotations

import itertools
from collections import Counter
from urllib.parse import urlsplit

from dateline.demo.newsroom import RETRY_AFTER_S, Newsroom
from dateline.demo.server import Request
from tests.acceptance.support.played import Played

PACE_S = 0.02
"""The delay that the demonstration's service is configured with; an outlet's own robots.txt may ask for more."""


def test_no_disallowed_path_is_asked_for(played: Played) -> None:
    paths = {
        outlet.host: [
            line.partition(":")[2].strip()
            for line in (outlet.robots or "").splitlines()
            if line.startswith("Disallow:")
        ]
        for outlet in played.newsroom.outlets
    }
    assert sum(map(len, paths.values())) >= 4
    crossed = [r for r in played.requests if any(r.path.startswith(path) for path in paths[r.host])]
    assert not crossed


def test_robots_txt_comes_first_and_once(played: Played) -> None:
    for outlet in played.newsroom.outlets:
        asked = [request.path for request in played.requests if request.host == outlet.host]
        assert asked[0] == "/robots.txt"
        assert asked.count("/robots.txt") == 1


def test_requests_carry_the_user_agent(played: Played) -> None:
    agents = {request.headers.get("user-agent", "") for request in played.requests}
    assert len(agents) == 1
    assert "Dateline/" in next(iter(agents))
    assert "demo@dateline.test" in next(iter(agents))


def test_nothing_is_asked_before_retry_after(played: Played) -> None:
    refused = [request for request in played.requests if request.status in (429, 503)]
    assert len(refused) >= 3
    for refusal in refused:
        after = [r.at - refusal.at for r in played.requests if r.host == refusal.host and r.at > refusal.at]
        assert min(after) >= RETRY_AFTER_S - 0.05, (refusal.host, refusal.path)


def test_requests_to_a_host_keep_its_pace(played: Played) -> None:
    """Distances as the server saw them: a thread that was late once makes the next distance look short."""
    for outlet in played.newsroom.outlets:
        pace = 0.5 if "Crawl-delay: 0.5" in (outlet.robots or "") else PACE_S
        at = [request.at for request in played.requests if request.host == outlet.host]
        gaps = sorted(later - earlier for earlier, later in itertools.pairwise(at))
        assert at[-1] - at[0] >= pace * (len(at) - 1) * 0.95, outlet.host
        assert gaps[len(gaps) // 4] >= pace * 0.9, outlet.host


def test_unchanged_listings_are_answered_not_modified(played: Played) -> None:
    """Of the watched pages of hosts with honest validators, in the second round."""
    honest = {outlet.host for outlet in played.newsroom.outlets if not outlet.changes_etag}
    listings = {(outlet.host, listing.path) for outlet in played.newsroom.outlets for listing in outlet.listings}
    visits = [r for r in played.second_round if r.host in honest and (r.host, r.path) in listings]
    unchanged = [r for r in visits if is_unchanged(played.newsroom, r)]
    assert len(unchanged) >= 3
    assert sum(request.status == 304 for request in unchanged) >= 0.95 * len(unchanged)


def is_unchanged(newsroom: Newsroom, request: Request) -> bool:
    first, second = (newsroom.answer(host=request.host, path=request.path, headers={}, round=n, hit=5) for n in (1, 2))
    return first.body == second.body


def test_no_page_is_fetched_twice_without_need(played: Played) -> None:
    """Once, and once more where the publisher announced a change."""
    pages = {urlsplit(url).path: url for url in played.stored}
    fetched = Counter(
        pages[path] for r in played.requests if r.status == 200 and (path := r.path.partition("?")[0]) in pages
    )
    changed = {one.url for one in played.wanted.revisions}
    assert set(fetched) == {url for url in played.stored if not _is_listed_whole(played, url)}
    assert {url for url, times in fetched.items() if times > 1} == changed
    assert max(fetched.values()) == 2


def _is_listed_whole(played: Played, url: str) -> bool:
    """Whether a list gives the article's text, so that its page is not asked for."""
    article = played.wanted.articles[url]
    return article.is_of_feed or article.is_history


def test_a_lying_host_is_seen_through(played: Played) -> None:
    """Another entity tag with the same body counts as unchanged among the visits."""
    liars = [outlet.name for outlet in played.newsroom.outlets if outlet.changes_etag]
    outcomes = {visit["outcome"] for visit in played.visits if visit["source"] in liars}
    assert outcomes <= {"changed", "same_body"}
    assert "not_modified" in {visit["outcome"] for visit in played.visits}
