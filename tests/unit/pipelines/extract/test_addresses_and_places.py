"""Canonical addresses and outlets' names that templates get wrong, and authors outside the article's element."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.html import parse_html
from dateline.types.article import Hints
from pipelines.extract.metadata import Metadata, read_metadata

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
URL = "https://www.lanternpost.example/city/harbour"


def metadata(head: str, body: str = "") -> Metadata:
    return read_metadata(parse_html(f"<html><head>{head}</head><body>{body}</body></html>"), URL, Hints(), NOW)


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    "mistake",
    [
        "http://localhost:3000/city/harbour",
        "http://10.0.0.7/city/harbour",
        "https://www.lanternpost.example/{{ page.path }}",
        "https://www.lanternpost.example/undefined",
        "https://www.lanternpost.example/",
    ],
)
def test_a_templates_mistake_is_no_canonical_address(mistake: str) -> None:
    link = f"<link rel=canonical href='{mistake}'>"
    assert metadata(link).canonical_url is None
    assert metadata(f"{link}<meta property=og:url content='{URL}'>").canonical_url == URL


def test_json_ld_names_the_address_on_this_site_where_no_link_does() -> None:
    named = '{"@type":"NewsArticle","headline":"x","mainEntityOfPage":{"@type":"WebPage","@id":"%s"}}'
    assert metadata(json_ld(named % "https://lanternpost.example/city/pier")).canonical_url == (
        "https://lanternpost.example/city/pier"
    )
    assert metadata(json_ld(named % "https://search.example/article")).canonical_url is None


def test_the_outlets_name_is_not_its_address() -> None:
    head = '<meta property="og:site_name" content="www.lanternpost.example">'
    assert metadata(head).site_name == "www.lanternpost.example"
    assert metadata('<meta property="og:site_name" content="Lantern Post | City news">').site_name == "Lantern Post"
    assert (
        metadata('<meta property="og:site_name" content="City news | All of it">').site_name == "City news | All of it"
    )
    assert metadata('<meta property="og:site_name" content="Post &amp;amp; Coast">').site_name == "Post & Coast"
    assert metadata(f'{head}<meta name="application-name" content="Lantern Post">').site_name == "Lantern Post"


def test_a_declared_author_behind_the_article_counts_and_one_in_the_sidebar_does_not() -> None:
    story = "<article><h1>Pier</h1><p>Text.</p></article>"
    bio = "<div><h3>About the author</h3><a rel=author href=/staff/ada>Ada Quill</a> covers ports.</div>"
    assert metadata("", story + bio).authors == ("Ada Quill",)
    assert metadata("", f"{story}<aside>{bio}</aside>").authors == ()
