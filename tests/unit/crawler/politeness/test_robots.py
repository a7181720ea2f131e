"""robots.txt by RFC 9309: what a status means, whose rules hold, how slowly, and hostile files."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.robots import (
    LIFETIME,
    MAX_BYTES,
    MAX_CRAWL_DELAY_S,
    UNREACHABLE,
    UNREACHABLE_LIFETIME,
    RobotsRules,
    origin_of,
    product_token,
    record_of,
    robots_url,
)
from crawler.politeness.robots_parser import RobotsFile, read_robots

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ORIGIN = "https://news.example"


def rules(body: str | bytes, *, status: int = 200, token: str = "Dateline") -> RobotsRules:
    raw = body if isinstance(body, bytes) else body.encode()
    record = record_of(ORIGIN, status, raw, now=NOW)
    return RobotsRules(record, read_robots(record.body, token))


def allows(body: str | bytes, path: str, *, status: int = 200) -> bool:
    return rules(body, status=status).decide(ORIGIN + path).is_allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 499])
def test_a_client_error_allows_everything(status: int) -> None:
    assert allows("User-agent: *\nDisallow: /", "/a", status=status)


@pytest.mark.parametrize("status", [UNREACHABLE, 429, 500, 502, 503, 599])
def test_a_server_error_or_no_answer_allows_nothing(status: int) -> None:
    """With `is_unreachable` false for all, each of these let us in."""
    decision = rules("User-agent: *\nAllow: /", status=status).decide(f"{ORIGIN}/a")
    assert not decision.is_allowed
    assert not decision.is_reachable


def test_rules_expire_after_a_day_and_an_outage_after_ten_minutes() -> None:
    assert record_of(ORIGIN, 200, b"", now=NOW).expires_at == NOW + LIFETIME
    assert record_of(ORIGIN, 404, b"", now=NOW).expires_at == NOW + LIFETIME
    assert record_of(ORIGIN, 503, b"", now=NOW).expires_at == NOW + UNREACHABLE_LIFETIME


def test_our_own_group_replaces_the_group_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: dateline\nDisallow: /private/\n"
    assert allows(text, "/news/1")
    assert not allows(text, "/private/1")


@pytest.mark.parametrize("agent", ["Dateline", "DATELINE", "Dateline/1.0", "dateline *", "Dateline*"])
def test_our_token_is_found_however_it_is_spelled(agent: str) -> None:
    assert not allows(f"User-agent: {agent}\nDisallow: /", "/a")


@pytest.mark.parametrize("agent", ["DatelineBot", "date", "otherbot", "my-dateline", "008"])
def test_another_crawlers_group_is_not_ours(agent: str) -> None:
    assert allows(f"User-agent: {agent}\nDisallow: /", "/a")


def test_groups_of_several_agents_and_groups_named_twice() -> None:
    text = "User-agent: otherbot\nUser-agent: Dateline\nDisallow: /a\n\nUser-agent: Dateline\nDisallow: /b\n"
    assert not allows(text, "/a/1")
    assert not allows(text, "/b/1")
    assert allows(text, "/c")


def test_the_longest_rule_wins_and_allow_wins_a_draw() -> None:
    text = "User-agent: *\nDisallow: /news\nAllow: /news/open\nDisallow: /same\nAllow: /same\n"
    assert not allows(text, "/news/closed")
    assert allows(text, "/news/open/1")
    assert allows(text, "/same")


def test_wildcards_anchors_and_escapes() -> None:
    text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /a/*/print\nDisallow: /caf%C3%A9\n"
    assert not allows(text, "/x.pdf")
    assert allows(text, "/x.pdf?page=1")
    assert not allows(text, "/a/b/c/print")
    assert not allows(text, "/café")


def test_broken_bytes_are_read_as_far_as_possible() -> None:
    assert not allows(b"\xef\xbb\xbfUser-agent: *\rDisallow: /a\r", "/a")
    assert allows(b"\xff\xfe\x00garbage\x00", "/a")
    assert allows("<html><body>Not found</body></html>", "/a")
    assert allows("", "/a")


def test_robots_txt_itself_may_always_be_fetched() -> None:
    assert allows("User-agent: *\nDisallow: /", "/robots.txt")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("Crawl-delay: 7", 7.0), ("Crawl-delay: 0.5", 0.5), ("Crawl-delay: 86400", MAX_CRAWL_DELAY_S),
     ("Crawl-delay: soon", 0.0), ("Crawl-delay: 2,5", 2.5), ("Crawl-delay: 3 s", 3.0),
     ("Crawl-delay: 4 apples", 0.0), ("Crawl-delay: -3", 0.0), ("Crawl-delay: inf", 0.0), ("", 0.0)],
)  # fmt: skip
def test_crawl_delay_up_to_a_limit(line: str, seconds: float) -> None:
    assert rules(f"User-agent: *\n{line}\nDisallow: /x\n").decide(f"{ORIGIN}/a").crawl_delay_s == seconds


def test_rules_beyond_the_limit_are_not_read() -> None:
    text = "User-agent: *\nDisallow: /a\n" + "#" * MAX_BYTES + "\nDisallow: /b\n"
    assert not allows(text, "/a")
    assert allows(text, "/b")


def test_many_agents_over_many_rules_cost_no_more_than_their_bytes() -> None:
    """Given to Protego as it is, this file (382 KB) ran for 83 s, until it met a limit of 3 GB."""
    agents = "".join(f"User-agent: x{number}\n" for number in range(12_000))
    text = agents + "User-agent: Dateline\n" + "Allow: /a\n" * 10_000 + "Disallow: /b\n" * 5_000
    assert not allows(text, "/b")
    assert set(read_robots(text.encode(), "Dateline").disallowed) == {"/b"}


def test_other_records_do_not_end_a_group() -> None:
    """RFC 9309, 2.2.4. Protego ends the group at the Crawl-delay, and lets us in."""
    text = "User-agent: Dateline\nCrawl-delay: 7\nSitemap: /s.xml\n\nUser-agent: other\nDisallow: /a\n"
    assert not allows(text, "/a")
    assert rules(text).decide(f"{ORIGIN}/b").crawl_delay_s == 7


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ("/a%3cd.html", "/a%3Cd.html", True), ("/%61/b", "/a/b", True), ("/a%2fb", "/a/b", False),
        ("/ツ", "/%E3%83%84", True), ("/%E3%83%84", "/ツ", True), ("/a%2A", "/a*", True), ("/a%2A", "/ab", False),
        ("/a$b", "/a$b", True), ("/a$b", "/ab", False), ("/$", "/", True), ("/$", "/a", False), ("/?q", "/?q=1", True),
        ("/a*", "/a", True), ("/*a*b*c$", "/xaxbxc", True), ("/*a*b*c$", "/xaxbxcx", False), ("/a**b", "/ab", True),
        ("*.pdf", "/x/y.pdf", True), ("news", "/news", False), ("", "/", False), ("/a*ab$", "/ab", False),
    ],
)  # fmt: skip
def test_a_rule_matches_these_paths(rule: str, path: str, matches: bool) -> None:
    """RFC 9309, 2.2.2 and 2.2.3, whose own examples are among these."""
    assert allows(f"User-agent: *\nDisallow: {rule}\n", path) is not matches


@pytest.mark.parametrize("line", ["disallow:/a", "  DISALLOW  :  /a  # not this", "Disallow /a", "dissalow: /a"])
def test_a_record_is_read_however_it_is_spaced_and_spelled(line: str) -> None:
    assert not allows(f"user agent: *\n{line}\n", "/a")


@given(
    st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), st.text("/ab*$%é", max_size=8)), max_size=6),
    st.text("/abé$", max_size=8),
)
def test_rules_decide_as_a_plain_reading_of_the_rfc_does(said: list[tuple[str, str]], tail: str) -> None:
    """The longest pattern that matches as a regular expression does, Allow in a draw, over all rules one by one."""
    text = "User-agent: *\n" + "".join(f"{record}: /{pattern}\n" for record, pattern in said)
    file = read_robots(text.encode(), "dateline")
    best = (-1, True)
    for patterns, says in ((file.allowed, True), (file.disallowed, False)):
        for pattern in patterns:
            body = ".*".join(map(re.escape, pattern.removesuffix("$").split("*")))
            if re.match(body + ("$" if pattern.endswith("$") else ""), _plain(tail), re.DOTALL):
                best = max(best, (len(pattern), says))
    assert file.allows(f"/{tail}") is best[1]


def _plain(tail: str) -> str:
    return "/" + tail.replace("é", "%C3%A9").replace("$", "%24")


@given(st.binary(max_size=2_000))
def test_no_bytes_make_the_reader_raise(body: bytes) -> None:
    assert isinstance(read_robots(b"User-agent: *\n" + body, "dateline"), RobotsFile)


def test_sitemaps_are_listed() -> None:
    text = b"Sitemap: https://news.example/s.xml\nUser-agent: *\nDisallow: /"
    assert read_robots(text, "dateline").sitemaps == ("https://news.example/s.xml",)


def test_robots_url_and_product_token() -> None:
    assert robots_url(origin_of("http://News.Example:8080/a?b#c")) == "http://news.example:8080/robots.txt"
    assert product_token("Dateline/0.1 (+desk@example.org)") == "Dateline"
    assert product_token("") == "*"


def said(body: str, path: str = "/news/pier") -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in rules(body).rights(ORIGIN + path)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("User-Agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /", ["search=yes", "ai-train=no"]),
        ("Content-Signal: ai-train=no\nUser-agent: *\nDisallow:", ["ai-train=no"]),
        ("User-agent: other\nContent-Signal: ai-train=no\n\nUser-agent: *\nAllow: /", []),
        ("User-agent: *\nContent-Signal: ai-train=no\n\nUser-agent: Dateline\nContent-Signal: ai-train=yes", ["ai-train=yes"]),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /news/ train-ai=y", ["train-ai=y"]),
        ("User-agent: *\nContent-Usage: /sport/ train-ai=n", []),
        ("User-agent: *\ncontent-usage:\t/*pier$\ttrain-ai=n # since May", ["train-ai=n"]),
        ("User-agent: *\nContent-Signal: none of these", []),
        ("User-agent: *\nContent-Signal:", []),
        ("User-agent: *\nLicense: https://rights.example/rsl.xml\nLicense: /own.xml\nLicense agreement applies",
         ["https://rights.example/rsl.xml", "https://news.example/own.xml"]),
        ("User-agent: *\nLicense: https://[rights]/rsl.xml", ["https://[rights]/rsl.xml"]),
    ],
)  # fmt: skip
def test_what_is_stated_about_use(body: str, found: list[str]) -> None:
    assert [value for _, value in said(body)] == found


def test_statements_about_use_part_no_agents_and_change_no_rule() -> None:
    text = "User-agent: a\nContent-Signal: ai-train=no\nLicense: /l\nUser-agent: *\nContent-Usage: bots=n\nDisallow: /private/\n"
    assert not allows(text, "/private/x")
    assert allows(text, "/news")
    assert said(text) == [("rsl", f"{ORIGIN}/l"), ("content-usage", "bots=n")]


def test_many_statements_about_use_are_bounded() -> None:
    found = read_robots(b"User-agent: *\n" + b"Content-Usage: /a*b*c ai=n\nLicense: /x\n" * 9_000, "Dateline")
    assert (len(found.usages), len(found.licenses)) == (200, 1)
