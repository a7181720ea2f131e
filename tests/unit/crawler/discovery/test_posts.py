"""Posts of WordPress' REST interface as candidates, whatever a site puts in their fields."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from crawler.discovery.discover import discover
from dateline.types.article import Candidate
from dateline.types.source import Discovery

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://quay.example/wp-json/wp/v2/posts"
TEXT = "".join(
    f"<p>The harbour board met for the {n}th time and spoke of the pier at some length.</p>" for n in range(5)
)
POST: dict[str, Any] = {
    "id": 7,
    "date": "2021-07-03T14:30:00",
    "date_gmt": "2021-07-03T09:00:00",
    "modified": "2021-07-04T14:30:00",
    "modified_gmt": "2021-07-04T09:00:00",
    "link": "https://quay.example/2021/07/pier",
    "guid": {"rendered": "https://quay.example/?p=7"},
    "title": {"rendered": "The pier &#8217;s end"},
    "content": {"rendered": TEXT, "protected": False},
    "excerpt": {"rendered": "<p>The harbour board met [&hellip;]</p>"},
    "_embedded": {"author": [{"name": "Ada Quill"}], "wp:term": [[{"name": "Harbour"}, {"name": "Uncategorized"}], []]},
}


def read(*posts: object, kind: str = "wordpress") -> Discovery:
    return discover(json.dumps(posts).encode(), url=URL, content_type="application/json", kind=kind, now=NOW)  # type: ignore[arg-type]


def one(**changed: object) -> Candidate:
    [found] = read(POST | changed).candidates
    return found


@pytest.mark.parametrize("kind", ["wordpress", "auto"])
def test_a_post_has_text_zone_authors_and_terms(kind: str) -> None:
    found = read(POST, kind=kind)
    [post] = found.candidates
    assert (found.found_kind, found.warnings, post.via) == ("wordpress", (), "wordpress")
    assert (post.title, post.authors, post.tags) == ("The pier ’s end", ("Ada Quill",), ("Harbour",))
    assert post.published_at is not None
    assert post.published_at.isoformat() == "2021-07-03T14:30:00+05:30"
    assert post.modified_at == dt.datetime(2021, 7, 4, 9, tzinfo=dt.UTC)
    assert post.content == TEXT


def test_a_password_protects_a_text_and_an_excerpt_is_none() -> None:
    assert one(content={"rendered": TEXT, "protected": True}).content is None
    assert one(content={"rendered": "<p>The harbour board met [&hellip;]</p>"}).content is None


@pytest.mark.parametrize(
    ("date", "gmt", "at", "precision"),
    [
        ("2021-07-03T14:30:00", "0000-00-00T00:00:00", "2021-07-03T14:30:00+00:00", "local"),
        ("", "2021-07-03T09:00:00", "2021-07-03T09:00:00+00:00", "minute"),
        ("2021-07-03T14:30:00", "2021-07-03T09:00:00Z", "2021-07-03T14:30:00+05:30", "minute"),
        ("2021-07-03T14:30:00", "2019-07-03T09:00:00", "2019-07-03T09:00:00+00:00", "minute"),
    ],
)
def test_dates_that_are_missing_or_do_not_agree(date: str, gmt: str, at: str, precision: str) -> None:
    post = one(date=date, date_gmt=gmt)
    assert post.published_at is not None
    assert (post.published_at.isoformat(), post.published_precision) == (at, precision)


@pytest.mark.parametrize("value", [None, 5, [], {}, "x", [[]], [None], {"author": 3}, {"wp:term": [3, None]}])
@pytest.mark.parametrize("field", ["_embedded", "content", "excerpt", "guid", "date", "modified_gmt"])
def test_fields_of_other_types_break_nothing(field: str, value: object) -> None:
    assert one(**{field: value}).url == POST["link"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":"rest_forbidden"}',
        b"[1, 2]",
        b"[" * 3_000,
        b'[{"id": 1, "link": 2}]',
        b"<html><body><p>no</p></body></html>",
        b"",
    ],
)
def test_what_is_no_list_of_posts_is_said(body: bytes) -> None:
    found = discover(body, url=URL, content_type="application/json", kind="wordpress", now=NOW)
    assert found.found_kind != "wordpress"
    assert found.candidates == ()


def test_an_empty_list_is_one() -> None:
    assert read().found_kind == "wordpress"
