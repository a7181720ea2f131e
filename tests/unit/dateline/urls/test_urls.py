"""URL identity: the table of pairs, properties over any text, hosts, sites and aliases."""

from __future__ import annotations

import csv
import json
import random
import socket
import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dateline.cli.archive.url_key import url_key_command
from dateline.urls import (
    canonical_decision,
    host_of,
    is_home,
    is_home_or_section,
    normalise_url,
    redirect_is_trusted,
    site_of,
    unwrap,
    url_key,
    without_tracking,
)
from dateline.urls.links import absolute_url

with (Path(__file__).parent / "url_pairs.tsv").open(encoding="utf-8", newline="") as _table:
    PAIRS = [tuple(row.values()) for row in csv.DictReader(_table, delimiter="\t", quoting=csv.QUOTE_NONE)]

STORY = "https://harbour-post.test/2026/05/ferry-strike-ends"

# pieces that meet every rule, put together at random
PIECES = r"""
    http:// https:// // / . .. www. m. amp. amp- amp .amp .html index.html default story-one + login a.test co.uk
    github.io :80 :99999 : @ [ ] [::1] xn-- xn--a é ß ℀ news.google.com/articles/CBMi l.php ; ;sid=1 ? & = # #!/ % %2
    %25 %2525 %3F %26 %E2%80%83 %ff id=7 sid=x sid=7 s=1 ref=a utm_source=x u=/x url=https%3A%2F%2Fa.test%2Fb /url?q=
    google.com/amp/s/ cdn.ampproject.org/c/s/
"""
UNSEEN_PIECES = ["\x00", "\ud800", "\u3000", " "]
URLISH = st.lists(st.sampled_from(PIECES.split() + UNSEEN_PIECES), max_size=10).map("".join)
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(("verdict", "one", "other", "why"), PAIRS)
def test_urls_of_the_table_have_the_same_key_or_not_as_it_says(verdict: str, one: str, other: str, why: str) -> None:
    meant, also_meant = unwrap(one), unwrap(other)
    assert (url_key(meant) == url_key(also_meant)) == (verdict == "same"), (why, normalise_url(meant), also_meant)


def test_a_redirectors_or_caches_own_address_never_has_its_targets_key() -> None:
    """What answers there is that host's page; only `unwrap` says what is meant."""
    wrappers = [(one, other) for _, one, other, _ in PAIRS if unwrap(other) != other]
    assert len(wrappers) >= 50
    assert [other for one, other in wrappers if url_key(one) == url_key(other)] == []


def test_the_table_is_large_enough_and_has_no_repetition() -> None:
    verdicts = [pair[0] for pair in PAIRS]
    assert verdicts.count("same") >= 200
    assert verdicts.count("apart") >= 40
    assert len({pair[:3] for pair in PAIRS}) == len(PAIRS)


@settings(max_examples=400, deadline=None)
@given(st.one_of(URLISH, ANY_TEXT))
@example("http://a:99999/")
@example("http://a:x/")
@example("http://[::1")
@example("")
@example("//")
@example("http://\u3000//")
@example("http://℀.test/")
@example("https://a.test/%25252525252525252541")
def test_normalising_never_raises_and_is_idempotent(text: str) -> None:
    normalised = normalise_url(text)
    assert normalise_url(normalised) == normalised
    assert url_key(normalised) == url_key(text)


WORDS = st.text("abcdefgh0123456789", min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_parameters_does_not_count(items: list[tuple[str, str]], order: random.Random) -> None:
    shuffled = order.sample(items, len(items))
    first, second = ("&".join(f"{k}={v}" for k, v in each) for each in (items, shuffled))
    assert url_key(f"{STORY}?{first}") == url_key(f"{STORY}?{second}")


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"https://[a-z]{3,9}\.test/[a-z]{2,9}/[a-z]{3,7}-[a-z]{3,7}-[0-9]{3,5}\.html", fullmatch=True))
def test_sharing_a_story_keeps_its_key(url: str) -> None:
    assert url_key(f"{url}?utm_source=a&fbclid=b#top") == url_key(url)
    assert url_key(url.replace("-", "_", 1)) != url_key(url)


def test_the_key_is_the_same_in_every_version_and_process() -> None:
    """The column holds these keys for good: a change here asks for a migration."""
    assert url_key(STORY + "?utm_source=feed") == uuid.UUID("9470e9ab-9e8e-66e9-79e6-c8b4dd443fe5")


def test_lone_surrogates_have_keys_of_their_own() -> None:
    assert url_key("https://a.test/\ud800") != url_key("https://a.test/\ud801")


def test_unwrapping_nested_wrappers_ends() -> None:
    url = "https://a.test/redirect?url=" * 50 + "https://b.test/x"
    assert normalise_url(normalise_url(url)) == normalise_url(url)
    assert unwrap("https://a.test/redirect?to=/redirect?to=/x") == "https://a.test/x"


@pytest.mark.parametrize(
    ("url", "site", "host"),
    [
        ("https://harbour-post.test/a", "harbour-post.test", "harbour-post.test"),
        ("https://www.harbour-post.test/a", "harbour-post.test", "www.harbour-post.test"),
        ("https://news.harbour-post.test:8080/a", "harbour-post.test", "news.harbour-post.test:8080"),
        ("harbour-post.test", "harbour-post.test", "harbour-post.test"),
        ("https://a.b.tide.co.uk:443/", "tide.co.uk", "a.b.tide.co.uk"),
        ("http://tide.co.uk:80/", "tide.co.uk", "tide.co.uk"),
        ("http://tide.co.uk:443/", "tide.co.uk", "tide.co.uk:443"),
        ("https://someone.github.io/x", "someone.github.io", "someone.github.io"),
        ("https://someone.blogspot.com/x", "someone.blogspot.com", "someone.blogspot.com"),
        ("https://github.io/", "github.io", "github.io"),
        ("http://127.0.0.1:8000/a", "127.0.0.1", "127.0.0.1:8000"),
        ("http://[::1]:8000/a", "[::1]", "[::1]:8000"),
        ("http://[2001:db8::7]/a", "[2001:db8::7]", "[2001:db8::7]"),
        ("http://localhost:8000/a", "localhost", "localhost:8000"),
        ("https://WWW.Münzblatt.TEST./a", "xn--mnzblatt-65a.test", "www.xn--mnzblatt-65a.test"),
        ("https://ti\u00adde\u3002test/", "tide.test", "tide.test"),
        ("https://user:secret@tide.test/", "tide.test", "tide.test"),
        ("", "", ""),
        ("http://[::1", "", ""),
        ("http://tide.test:99999/", "", ""),
    ],
)
def test_site_and_host_of_a_url(url: str, site: str, host: str) -> None:
    assert (site_of(url), host_of(url)) == (site, host)


@pytest.mark.parametrize(
    "host",
    ["\uff54ide.test", "ti\u00adde.test", "ti\u200cde.test", "tide\u3002test", "tide\uff0etest", "ti\ufe0fde.test"],
)
def test_a_host_that_only_seems_another_has_the_key_of_the_one_that_is_asked(host: str) -> None:
    assert url_key(f"http://{host}/2026/a") == url_key("http://tide.test/2026/a")
    assert absolute_url(f"http://{host}/2026/a", "http://b.test/") == "http://tide.test/2026/a"


@settings(max_examples=200, deadline=None)
@example("\x00/url?q=")
@given(st.one_of(URLISH, ANY_TEXT))
def test_no_text_makes_a_url_function_raise(text: str) -> None:
    host = host_of(text)
    assert host == host.lower()
    assert site_of(text) in host
    assert isinstance(is_home_or_section(text), bool)
    assert redirect_is_trusted(text, text)
    assert canonical_decision(text, text).verdict in {"same", "ignored"}


def test_sites_are_found_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert site_of("https://never-asked-before.example.co.jp/") == "example.co.jp"


HOMES = [
    "https://tide.test",
    "https://tide.test/",
    "https://tide.test/index.html?utm_source=x",
    "https://m.tide.test/en",
]
SECTIONS = [
    "https://tide.test/politics",
    "https://tide.test/news/world/",
    "https://tide.test/arts-and-culture",
    "https://tide.test/sport.html",
    "https://tide.test/tag/harbour-and-ferries-and-more",
    "https://tide.test/author/ines-calder",
    "https://tide.test/category/news/page/3",
    "https://tide.test/2026/05/",
]
ARTICLES = [
    STORY,
    "https://tide.test/n/90412.html",
    "https://tide.test/mayor-opens-new-pier",
    "https://tide.test/news/politics/ferry-law-passes",
    "https://tide.test/?p=812",
    "https://tide.test/story.php?id=9",
    "https://tide.test/2026/05/04/storm/",
    "https://tide.test/politik/a-1b2c3d4e5",
]


@pytest.mark.parametrize("url", HOMES + SECTIONS)
def test_these_urls_are_homes_or_sections(url: str) -> None:
    assert is_home_or_section(url)
    assert is_home(url) == (url in HOMES)


@pytest.mark.parametrize("url", ARTICLES)
def test_articles_are_neither_homes_nor_sections(url: str) -> None:
    assert not is_home_or_section(url)


@pytest.mark.parametrize(
    ("final", "is_trusted"),
    [
        (STORY + "?utm_source=x", True),
        ("https://harbour-post.test/2026/05/04/ferry-strike-ends-at-last", True),
        ("https://tide.test/2026/05/ferry-strike-ends", True),
        ("https://harbour-post.test/", False),
        ("https://harbour-post.test/en", False),
        ("https://harbour-post.test/politics", False),
        ("https://harbour-post.test/login?next=/2026/05/ferry-strike-ends", False),
        ("https://accounts.harbour-post.test/session/2026-05-04-a", False),
        ("https://consent.harbour-post.test/collect-your-choice?id=1", False),
        ("https://harbour-post.test/cookie-consent/the-choice-is-yours", False),
        ("https://harbour-post.test/404.html", False),
    ],
)
def test_a_redirect_is_trusted_or_not(final: str, is_trusted: bool) -> None:
    assert redirect_is_trusted(STORY, final) is is_trusted


def test_a_short_link_may_lead_to_a_story() -> None:
    assert redirect_is_trusted("https://short.test/x7Ab", STORY)


@pytest.mark.parametrize(
    ("canonical", "facts", "verdict", "reason"),
    [
        (STORY + "/?utm_source=x", {}, "same", "same identity"),
        ("/2026/05/ferry-strike-ends", {}, "same", "same identity"),
        ("https://www.harbour-post.test/n/ferry-strike-4711", {"was_fetched": True}, "alias", "fetched"),
        ("/n/ferry-strike-4711", {"containment": 0.65}, "alias", "same text"),
        ("/n/ferry-strike-4711", {"containment": 0.64}, "ignored", "unproven"),
        ("/n/ferry-strike-4711", {}, "ignored", "unproven"),
        ("/n/ferry-strike-4711", {"was_fetched": True, "bodies_sharing": 3}, "ignored", "shared by many bodies"),
        ("/", {"was_fetched": True}, "ignored", "home or section"),
        ("/politics", {"containment": 1.0}, "ignored", "home or section"),
        ("https://tide.test/n/ferry-strike-4711", {"containment": 1.0}, "syndication_hint", "another domain"),
        ("https://tide.test/", {}, "ignored", "home or section"),
        ("javascript:void(0)", {}, "ignored", "not a web address"),
        ("http://[::1", {}, "ignored", "not a web address"),
    ],
)
def test_a_canonical_url_is_decided_by_these_facts(
    canonical: str, facts: dict[str, float], verdict: str, reason: str
) -> None:
    decision = canonical_decision(STORY, canonical, **facts)  # type: ignore[arg-type]
    assert (decision.verdict, decision.reason) == (verdict, reason)


def test_the_command_prints_one_key_per_line() -> None:
    result = CliRunner().invoke(url_key_command, [STORY, STORY + "?utm_source=x"])
    assert result.output.splitlines() == [str(url_key(STORY))] * 2


def test_the_command_reads_standard_input_and_prints_json() -> None:
    result = CliRunner().invoke(url_key_command, ["--json", "-"], input=f"{STORY}\n\n  https://tide.test/a?b=é \n")
    first, second = map(json.loads, result.output.splitlines())
    assert first == {"url": STORY, "url_key": str(url_key(STORY)), "normalised": STORY.removeprefix("https://")}
    assert (second["url"], second["normalised"]) == ("https://tide.test/a?b=é", "tide.test/a?b=é")


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        ("", ""),
        ("?utm_source=rss&utm_medium=feed", ""),
        ("?id=7&utm_source=rss", "?id=7"),
        ("?UTM_Source=rss&id=7&fbclid=x&page=2", "?id=7&page=2"),
        ("?id=7&amp;utm_campaign=x", "?id=7"),
        ("?gclid=1&q=a%20b&empty=", "?q=a%20b&empty="),
        ("?mc_cid=1&mtm_campaign=x&at_medium=RSS", "?mc_cid=1&at_medium=RSS"),
        ("#utm_source=x&utm_medium=y", ""),
        ("#xtor=RSS-3208", ""),
        ("?utm_source=x#comments", "#comments"),
        ("?", ""),
    ],
)
def test_an_address_is_shown_without_tracking(tail: str, kept: str) -> None:
    assert without_tracking(STORY + tail) == STORY + kept


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("HTTP://Harbour-Post.TEST/A", "http://harbour-post.test/A"),
        ("http://harbour-post.test:80/a?b=:80", "http://harbour-post.test/a?b=:80"),
        ("https://harbour-post.test:443", "https://harbour-post.test"),
        ("http://harbour-post.test:443/a", "http://harbour-post.test:443/a"),
        ("http://harbour-post.test/a;jsessionid=0A1B?id=7", "http://harbour-post.test/a?id=7"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
    ],
)
def test_an_address_is_shown_as_it_is_usually_written(url: str, shown: str) -> None:
    assert without_tracking(url) == shown


def test_an_article_may_stand_at_an_address_that_looks_like_a_lists() -> None:
    assert redirect_is_trusted(STORY, "https://harbour-post.test/ferry", is_article=True)
    for other in (
        "https://harbour-post.test/",
        "https://harbour-post.test/login",
        "https://harbour-post.test/404.html",
    ):
        assert not redirect_is_trusted(STORY, other, is_article=True)


NAMES = st.one_of(WORDS, st.sampled_from(["utm_source", "utm_x", "fbclid", "gclid", "mtm_kwd", "id", "page", "q"]))


@given(st.lists(st.tuples(NAMES, WORDS), max_size=6))
def test_an_address_without_tracking_means_the_same_page(items: list[tuple[str, str]]) -> None:
    url = f"{STORY}?{'&'.join(f'{name}={value}' for name, value in items)}"
    assert url_key(without_tracking(url)) == url_key(url)


@given(st.one_of(URLISH, ANY_TEXT))
def test_an_address_without_tracking_has_none(url: str) -> None:
    assert without_tracking(without_tracking(url)) == without_tracking(url)
