"""A list of articles is not stored as an article, however it is laid out; an article beside such a list is."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.article import Candidate, Hints
from pipelines.extract.extract import extract_page

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HEADLINES = [
    "Harbour board picks a builder for the pier",
    "Council postpones the vote on parking fees",
    "Lighthouse keeper's letters on show in Eastby",
    "Rowing club wins the island cup again",
    "New reading room opens after two years",
    "Storm closes the northern road for a week",
]
SUMMARY = (
    "The board chose the cheaper of two offers on Monday evening, after a debate of four hours, and the work is to begin "
    "before the storms of autumn set in, a spokesman told reporters."
)
PROSE = "".join(f"<p>{SUMMARY} That was the {n}th reason which the council gave for it.</p>" for n in range(6))


def slug(headline: str) -> str:
    return "/news/" + headline.lower().replace("'", "").replace(" ", "-")


LINKS = [(slug(headline), headline) for headline in HEADLINES]
LAYOUTS = {
    "cards": "".join(f"<div class=card><a href='{u}'><h3>{t}</h3></a><p>{SUMMARY}</p></div>" for u, t in LINKS),
    "plain list": "<ul>" + "".join(f"<li><a href='{u}'>{t}</a></li>" for u, t in LINKS) + "</ul>",
    "flat": "".join(f"<h2><a href='{u}'>{t}</a></h2><p>{SUMMARY}</p>" for u, t in LINKS),
    "articles": "".join(
        f"<article><time datetime='2026-05-03T10:00'>3 May</time><a href='{u}'>{t}</a><p>{SUMMARY}</p></article>"
        for u, t in LINKS
    ),
    "table": "<table>"
    + "".join(f"<tr><td>3 May 2026</td><td><a href='{u}'>{t}</a></td></tr>" for u, t in LINKS)
    + "</table>",
    "strong": "".join(f"<div><strong><a href='{u}'>{t}</a></strong><br>{SUMMARY}</div>" for u, t in LINKS),
    "summary in the link": "".join(f"<a href='{u}'><h4>{t}</h4><p>{SUMMARY}</p></a>" for u, t in LINKS),
    "definition list": "<dl>"
    + "".join(f"<dt><a href='{u}'>{t}</a></dt><dd>{SUMMARY}</dd>" for u, t in LINKS)
    + "</dl>",
    "with an introduction": f"<h1>Sport</h1><p>{SUMMARY}</p>"
    + "".join(f"<div><span>12:30</span> <a href='{u}'>{t}</a></div>" for u, t in LINKS),
    "with one long lead": f"<section><h2><a href='{LINKS[0][0]}'>{LINKS[0][1]}</a></h2><p>{SUMMARY} {SUMMARY}</p></section>"
    + "".join(f"<section><h5><a href='{u}'>{t}</a></h5></section>" for u, t in LINKS[1:]),
}
HEADS = [
    "",
    "<meta property='og:type' content='article'>",
    "<meta property='article:published_time' content='2026-05-03'>",
]


def kind(body: str, url: str, *, head: str = "", via: str = "target") -> str:
    page = (
        f"<html lang=en><head><title>Sport | Post</title>{head}</head><body><nav><a href=/>Home</a></nav><main>{body}"
    )
    hints = Hints(candidate=Candidate(url, via=via))
    return extract_page(f"{page}</main></body></html>".encode(), url=url, hints=hints, now=NOW).kind


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("path", ["/sport", "/news/local/", "/category/politics", "/en/world?page=2"])
def test_a_list_is_a_section_in_every_layout(layout: str, head: str, path: str) -> None:
    assert kind(LAYOUTS[layout], f"https://post.test{path}", head=head) == "section"


@pytest.mark.parametrize("path", ["/pier", "/news/pier.html", "/news/harbour-board-picks-a-builder"])
def test_an_article_beside_a_list_is_an_article(path: str) -> None:
    body = f"<article><h1>{HEADLINES[0]}</h1>{PROSE}</article><aside>{LAYOUTS['cards']}</aside>"
    broken = f"<div><h1>{HEADLINES[0]}</h1>{SUMMARY}<br><br>{SUMMARY}<br><br>{SUMMARY} {SUMMARY}</div>{LAYOUTS['plain list']}"
    assert [kind(one, f"https://post.test{path}") for one in (body, broken)] == ["article", "article"]


def test_a_feeds_own_entry_is_believed() -> None:
    short = f"<article><h1>{HEADLINES[0]}</h1><p>{SUMMARY}</p></article>{LAYOUTS['plain list']}"
    assert kind(short, "https://post.test/pier", via="rss") == "article"
