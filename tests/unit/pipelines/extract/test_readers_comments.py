"""What readers write beneath an article declares nothing about the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from dateline.types.article import Extraction, Hints
from pipelines.extract.extract import extract_page

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://harbour.example/news/pier"
OLD = "2011-01-01T00:00:00Z"
STORY = "<p>The ferry crossed the harbour again on Monday, an hour late and half empty, as it had all winter.</p>" * 4


def read(beneath: str, head: str = "") -> Extraction:
    article = f"<article><h1>The pier is to be rebuilt</h1>{STORY}</article>"
    page = f"<html lang=en><head><title>The pier is to be rebuilt</title>{head}</head><body>{article}{beneath}</body></html>"
    return extract_page(page.encode(), url=URL, hints=Hints(), now=NOW)


@pytest.mark.parametrize(
    "words",
    [
        "<link rel=canonical href=https://thief.example/x>",
        "<meta property=og:url content=https://thief.example/x>",
        f"<meta property=article:published_time content={OLD}>",
        "<meta name=author content='Mallory Forge'>",
        "<meta name=robots content='noarchive, noindex'>",
        "<meta name=tdm-reservation content=1>",
        "<meta property=og:site_name content=Thief>",
        f"<meta itemprop=datePublished content={OLD}><meta itemprop=author content='Mallory Forge'>",
        "<a rel=license href=https://thief.example/l>licence</a>",
        "This article first appeared on <a href=https://thief.example/x>thief.example</a>.",
    ],
)
def test_a_comment_declares_nothing_about_the_page(words: str) -> None:
    item = "<div itemscope itemtype=https://schema.org/Comment><p>So {}</p></div>"
    comments = f"<section class=comments><h2>Comments</h2>{item}</section>"
    found, without = (
        replace(read(comments.format(each)), article_probability=None, links=(), quality=None, raw_dates=())
        for each in (words, "")
    )
    assert found == without


def test_declarations_that_broken_markup_moved_into_the_body_count() -> None:
    found = read(f"<meta name=author content='Olive Marten'><meta property=article:published_time content={OLD}>")
    assert found.authors == ("Olive Marten",)
    before = read("", f"<div><meta name=author content='Olive Marten'><link rel=canonical href={URL}></div>")
    assert (before.authors, before.canonical_url) == (("Olive Marten",), URL)
