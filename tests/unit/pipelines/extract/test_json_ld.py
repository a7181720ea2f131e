"""JSON-LD of every shape: paywalls in parts, live blogs beside articles, entries by reference."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from dateline.html import parse_html
from dateline.types.article import Hints
from pipelines.extract.jsonld import read_nodes
from pipelines.extract.metadata import Metadata, read_metadata

URL = "https://lanternpost.example/city/storm"
NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def read(*nodes: Any, graph: bool = True) -> Metadata:
    script = json.dumps({"@context": "https://schema.org", "@graph": nodes} if graph else list(nodes))
    page = f'<html><head><script type="application/ld+json">{script}</script></head><body><h1>Storm</h1></body></html>'
    return read_metadata(parse_html(page), URL, Hints(), NOW)


@pytest.mark.parametrize(
    ("fields", "is_free"),
    [
        ({"isAccessibleForFree": True}, True),
        ({"isAccessibleForFree": "False"}, False),
        ({"isAccessibleForFree": "https://schema.org/True"}, True),
        ({"isAccessibleForFree": ["false"]}, False),
        ({"isAccessibleForFree": "True", "hasPart": {"isAccessibleForFree": "False", "cssSelector": ".p"}}, False),
        (
            {"isAccessibleForFree": True, "hasPart": [{"isAccessibleForFree": True}, {"isAccessibleForFree": False}]},
            False,
        ),
        ({"hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": "false"}]}, False),
        ({"isAccessibleForFree": False, "hasPart": {"isAccessibleForFree": True}}, False),
        ({"isAccessibleForFree": True, "hasPart": {"@type": "WebPageElement"}}, True),
        ({"hasPart": {"@type": "ImageObject"}}, None),
        ({}, None),
    ],
)
def test_a_paywall_may_be_declared_of_a_part(fields: dict[str, Any], is_free: bool | None) -> None:
    assert read({"@type": "NewsArticle", "headline": "Storm", **fields}).is_accessible_for_free is is_free


ARTICLE = {"@type": "NewsArticle", "headline": "Storm", "mainEntityOfPage": {"@id": URL}}
ENTRY = {"@type": "BlogPosting", "headline": "Update", "datePublished": "2026-05-04T10:00:00+02:00"}


@pytest.mark.parametrize(
    ("live", "texts"),
    [
        ({"liveBlogUpdate": [{**ENTRY, "articleBody": "The boat was seen."}]}, ["The boat was seen."]),
        ({"liveBlogUpdate": [{**ENTRY, "text": "The boat was seen."}]}, ["The boat was seen."]),
        ({"liveBlogUpdate": [{**ENTRY, "description": "The boat was seen."}]}, ["The boat was seen."]),
        ({"liveBlogUpdate": {**ENTRY, "articleBody": "The boat was seen."}}, ["The boat was seen."]),
        ({"liveBlogUpdate": [{"@id": "#1"}]}, ["By reference."]),
        ({"url": URL, "liveBlogUpdate": [{**ENTRY, "text": "The boat was seen."}]}, ["The boat was seen."]),
        ({"url": "https://lanternpost.example/other", "liveBlogUpdate": [{**ENTRY, "text": "Elsewhere."}]}, []),
        ({}, []),
    ],
)
@pytest.mark.parametrize("graph", [True, False])
def test_a_live_blog_is_shown_beside_its_article(live: dict[str, Any], texts: list[str], graph: bool) -> None:
    entry = {"@type": "BlogPosting", "@id": "#1", "text": "By reference."}
    found = read(ARTICLE, {"@type": "LiveBlogPosting", **live}, entry, graph=graph)
    assert [entry.text for entry in found.live_entries] == texts
    assert ("liveblogposting" in found.types) is bool(texts)


@pytest.mark.parametrize("before", ["/* seo */ ", "// by a plugin\n", "window.data = ", "JSON: "])
def test_what_stands_before_the_data_is_no_part_of_it(before: str) -> None:
    nodes, warnings = read_nodes([f'{before}{{"@type": "NewsArticle", "headline": "Pier"}}'])
    assert (nodes, warnings) == ([{"@type": "NewsArticle", "headline": "Pier"}], ())


@pytest.mark.parametrize(
    "write", [str.upper, str.lower, lambda key: key[:1].upper() + key[1:], lambda key: f"schema:{key}"]
)
def test_keys_count_in_any_case_and_with_their_vocabularys_name(write: Callable[[str], str]) -> None:
    node = {write("headline"): "Storm", write("datePublished"): "2026-05-04", write("author"): {write("name"): "Ada"}}
    nodes, _ = read_nodes([json.dumps({"@Type" if write != str.lower else "@type": "NewsArticle", **node})])
    assert nodes == [
        {"@type": "NewsArticle", "headline": "Storm", "datePublished": "2026-05-04", "author": {"name": "Ada"}}
    ]


def test_the_work_that_an_article_is_part_of_names_the_site() -> None:
    found = read(
        {"@type": "NewsArticle", "headline": "Storm", "isPartOf": {"@type": "WebSite", "name": "Lantern Post"}}
    )
    assert found.site_name == "Lantern Post"
