"""What `dateline explain` says is true of what the ledger holds."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from dateline.explain import steps_of, with_scheme
from sql.frontier.explain import ArticleFacts, FetchFacts, LedgerLine, UrlFacts, WatchedFacts

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://post.test/pier"
LINE = LedgerLine(1, URL, "stored", "new", None, 1, None, NOW, NOW, "rss", {}, None, None, 7, None)
ARTICLE = ArticleFacts(
    **dict.fromkeys(field.name for field in dataclasses.fields(ArticleFacts))
    | {"id": 7, "url": URL, "title": "Pier saved", "kind": "article", "first_seen_at": NOW, "last_seen_at": NOW}
    | {"revision": 1, "why": "itself", "text_origin": "page"}
)
GONE = dataclasses.replace(LINE, state="ended", reason="http_410")


def said(facts: UrlFacts) -> str:
    return "\n".join(step.text for step in steps_of(facts, now=NOW))


def test_an_article_that_was_removed_was_stored() -> None:
    told = said(UrlFacts(URL, is_forgotten=False, line=GONE, article=dataclasses.replace(ARTICLE, removed_at=NOW)))
    assert "not stored" not in told
    assert "It was stored and stays in the archive" in told
    assert "the host answered with status 410" in told
    assert "taken down by its publisher" in told


@pytest.mark.parametrize(
    ("origin", "kind", "words"),
    [
        ("feed", "article", "its text is from its site's own feed; the page: the host answered with status 410"),
        (
            "none",
            "headline",
            "a headline of its site's own feed, without a text; the page: the host answered with status 410",
        ),
    ],
)
def test_an_article_of_a_feed_says_so_and_why(origin: str, kind: str, words: str) -> None:
    article = dataclasses.replace(ARTICLE, text_origin=origin, kind=kind, no_page_text_because="http_410")
    told = said(UrlFacts(URL, is_forgotten=False, line=GONE, article=article))
    assert words in told
    assert "Its page was not stored: the host answered with status 410." in told
    assert f"The {kind}: Pier saved" in told


def test_a_line_that_was_imported_was_not_fetched() -> None:
    line = dataclasses.replace(LINE, via="import")
    fetch = FetchFacts(NOW, 200, URL, 0, "new", "new", None, None)
    assert "fetched" not in said(UrlFacts(URL, is_forgotten=False, line=line, article=ARTICLE, fetches=(fetch,)))


def test_a_page_that_never_was_an_article_was_not_stored() -> None:
    told = said(UrlFacts(URL, is_forgotten=False, line=dataclasses.replace(GONE, article_id=None), article=None))
    assert "It was not stored: the host answered with status 410." in told


@pytest.mark.parametrize("reason", ["robots", "robots_unreachable", "guard", "dns"])
def test_a_page_that_was_never_asked_for_was_not_fetched(reason: str) -> None:
    fetch = FetchFacts(NOW, None, None, 0, "rejected", reason, None, None)
    line = dataclasses.replace(LINE, state="ended", reason=reason, article_id=None)
    told = said(UrlFacts(URL, is_forgotten=False, line=line, article=None, fetches=(fetch,)))
    assert "not fetched: " in told
    assert "no answer" not in told


def test_a_page_that_is_gone_is_not_called_removed_where_it_never_was_there() -> None:
    fetch = FetchFacts(NOW, 404, URL, 0, "removed", "http_404", None, None)
    assert "answered 404: not there" in said(
        UrlFacts(URL, is_forgotten=False, line=GONE, article=None, fetches=(fetch,))
    )


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (
            WatchedFacts("feed", "post", False, NOW, "changed", 6, NOW),
            "Watched as a feed of source post: it named 6 URLs.",
        ),
        (WatchedFacts("feed", "post", True, NOW, "not_modified", 0, NOW), "its source is paused."),
        (
            WatchedFacts("auto", None, False, NOW, "no_feed", 0, None),
            "Read as a feed or list by a one-off crawl: the last",
        ),
        (
            WatchedFacts("home", "post", False, None, None, None, NOW),
            "Watched as a home page of source post: not visited yet.",
        ),
    ],
)
def test_a_feed_is_known_as_one(page: WatchedFacts, words: str) -> None:
    told = said(UrlFacts(URL, is_forgotten=False, line=None, article=None, watched=(page,)))
    assert words in told
    assert "Unknown URL" not in told


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("post.test/pier", "https://post.test/pier"),
        ("<https://post.test/pier>", "https://post.test/pier"),
        ("“http://post.test/a”", "http://post.test/a"),
        ('"post.test/pier"', "https://post.test/pier"),
        ("< post.test/pier >", "https://post.test/pier"),
        ("<>", None),
        ("<", None),
        ("", None),
        ("<not a url>", None),
        ("<mailto:a@post.test>", None),
        ("ada@post.test", None),
        ("https://ada@post.test/", "https://ada@post.test/"),
        ("post.test/@ada", "https://post.test/@ada"),
    ],
)
def test_an_address_is_read_as_mails_and_documents_have_it(given: str, url: str | None) -> None:
    assert with_scheme(given) == url
