"""The facade: one page in, one Extraction out, whatever the bytes."""

from __future__ import annotations

import dataclasses
import datetime as dt

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.types.article import Candidate, Extraction, Hints
from pipelines.extract.extract import EXTRACTOR, extract_page, to_record
from tests.golden.regenerate import FOLDER

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
NO_HINTS = Hints()
URL = "https://lanternpost.example/city/harbour-bridge-closure"
ARTICLE = (FOLDER / "article.html").read_bytes()
SENTENCE = "The ferry crossed the harbour again on Monday, an hour late and half empty, as it had all winter long. "


def read(body: bytes | str, hints: Hints = NO_HINTS, url: str = URL) -> Extraction:
    return extract_page(body if isinstance(body, bytes) else body.encode(), url=url, hints=hints, now=NOW)


def page(head: str = "", body: str = f"<p>{SENTENCE * 3}</p>" * 4) -> str:
    return f"<html lang=en><head><meta charset=utf-8>{head}</head><body><article>{body}</article></body></html>"


def test_same_arguments_give_the_same_extraction() -> None:
    assert read(ARTICLE) == read(ARTICLE)
    assert read(ARTICLE).extractor == EXTRACTOR


def test_record_is_json_with_the_fields_that_are_promised() -> None:
    record = orjson.loads(orjson.dumps(to_record(read(ARTICLE), "a")))
    promised = "id url title text authors published_at modified_at language section tags image_url summary"
    assert {*promised.split(), "site_name", "kind", "warnings"} <= set(record)
    assert record["published_at"] == "2026-03-04T07:45:00+01:00"


def test_deeply_nested_text_is_kept() -> None:
    assert "half empty" in read(page(body="<div>" * 400 + f"<p>{SENTENCE * 5}</p>" * 3 + "</div>" * 400)).text


@pytest.mark.parametrize(
    "embed",
    ['<div class="embed-wrap"><blockquote class="twitter-tweet">{}</blockquote></div>', "<blockquote>{}</blockquote>"],
)
def test_quotes_and_embedded_posts_stay_as_text(embed: str) -> None:
    quote = "<p>We never asked for a new harbour, only for the old one to be mended.</p>"
    paragraphs = f"<p>{SENTENCE * 3}</p>" * 3
    assert "only for the old one to be mended" in read(page(body=paragraphs + embed.format(quote) + paragraphs)).text


def test_directives_come_from_headers_and_meta_tags() -> None:
    headers = (("x-robots-tag", "dateline: noai, noimageai"), ("tdm-reservation", "1"))
    found = read(page(head='<meta name="robots" content="NOARCHIVE, nofollow">'), Hints(headers=headers))
    assert found.directives == ("noai", "noarchive", "noimageai", "tdm-reservation")


def test_candidate_fills_what_the_page_lacks_and_overrules_nothing() -> None:
    seen = dt.datetime(2026, 6, 30, 9, 15, tzinfo=dt.UTC)
    candidate = Candidate(
        "https://x.example/a", "rss", title="From the feed", published_at=seen, authors=("Ada Quill",)
    )
    bare, full = read(page(), Hints(candidate=candidate)), read(ARTICLE, Hints(candidate=candidate))
    assert bare.title == "From the feed"
    assert bare.published is not None and bare.published.at == seen and bare.published.origin == "feed"
    assert bare.authors == ("Ada Quill",)
    assert full.title == "Harbour bridge to close for nine weekends"
    assert full.published is not None and full.published.origin == "json-ld"


def test_article_body_fills_a_page_that_only_scripts_would() -> None:
    body = " ".join([SENTENCE] * 12)
    script = orjson.dumps({"@type": "NewsArticle", "headline": "Ferry late", "articleBody": body}).decode()
    found = read(page(head=f'<script type="application/ld+json">{script}</script>', body=f"<p>{SENTENCE}</p>"))
    assert found.text == " ".join(body.split())
    assert "article-body" in found.rules


def test_language_that_is_declared_wrongly_is_read_from_the_text() -> None:
    german = "Die Fähre fuhr am Montag wieder über den Hafen, eine Stunde zu spät und halb leer, wie den ganzen Winter lang. "
    found = read(page(body=f"<p>{german * 3}</p>" * 3))
    assert (found.language, found.declared_language) == ("de", "en")
    assert "language declared en, detected de" in found.warnings


def test_controls_and_lone_surrogates_in_json_ld_reach_no_field() -> None:
    script = '{"@type":"Article","headline":"A\\ud800 bridge","description":"Cut\\u0001 \\udfff","datePublished":"2026\\u0000"}'
    record = to_record(read(page(head=f'<script type="application/ld+json">{script}</script>')))
    assert orjson.dumps(record)
    assert record["title"] == "A bridge"


def test_empty_pages_have_no_text_and_do_not_fail() -> None:
    for body in (b"", b"<!-- -->", b"\x00\x00", b"{}", b"<html>", b"\xff\xfe"):
        assert read(body).text.strip() in {"", "{}"}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(body: bytes) -> None:
    assert read(body).url == URL


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ARTICLE) - 1), st.binary(max_size=6)), max_size=12))
def test_mutated_pages_never_raise(edits: list[tuple[int, bytes]]) -> None:
    body = bytearray(ARTICLE)
    for place, replacement in edits:
        body[place : place + len(replacement)] = replacement
    found = read(bytes(body))
    assert dataclasses.is_dataclass(found)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "@type",
                        "@graph",
                        "@id",
                        "author",
                        "headline",
                        "datePublished",
                        "publisher",
                        "keywords",
                        "image",
                        "name",
                        "url",
                        "articleBody",
                        "liveBlogUpdate",
                        "isAccessibleForFree",
                        "articleSection",
                        "itemListElement",
                        "inLanguage",
                        "description",
                        "about",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_json_ld_of_any_shape_never_raises(value: object) -> None:
    node = {"@type": "NewsArticle", **value} if isinstance(value, dict) else value
    script = orjson.dumps(node).decode().replace("<", "\\u003c")
    assert read(page(head=f'<script type="application/ld+json">{script}</script>')).text
