"""Citations: outbound links of the body, and whom a text credits."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.article import Extraction, Hints, Link
from pipelines.extract.extract import extract_page

PARAGRAPHS = "".join(
    f"<p>Paragraph {n} goes on about the harbour, its boats, and the people who wait for them all day.</p>"
    for n in range(6)
)


def read(body: str, head: str = "") -> Extraction:
    page = f"<html><head><meta charset=utf-8><title>Harbour</title>{head}</head><body><article>{body}</article></body></html>"
    return extract_page(
        page.encode(),
        url="https://www.lanternpost.example/a",
        hints=Hints(),
        now=dt.datetime(2026, 7, 1, tzinfo=dt.UTC),
    )


def test_only_links_of_the_body_to_other_sites_are_cited() -> None:
    body = (
        '<p>The plan is <a href="https://roads.example.org/plan">on the authority’s site</a>, '
        'as is <a href="/b">our report</a> of last week.</p>'
        + PARAGRAPHS
        + '<div class="share"><a href="https://social.example.net/share">Share this</a></div>'
    )
    assert read(body).links == (Link("https://roads.example.org/plan", "on the authority’s site"),)


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("<p>READ MORE FROM THE KESTREL EXAMINER</p>", "Kestrel Examiner"),
        ("<p>Source: Fenland Echo</p>", "Fenland Echo"),
        ("<p>Quelle: dpa</p>", "dpa"),
        ("<p>This story was originally published by Cape Courier and is used with leave.</p>", "Cape Courier"),
        ("<p>The readers of the Kestrel Examiner know more about boats than most.</p>", None),
    ],
)
def test_credits(line: str, credit: str | None) -> None:
    assert read(PARAGRAPHS + line).credited_to == credit


def test_an_agency_in_the_byline_is_credited() -> None:
    assert read(PARAGRAPHS, '<meta name="author" content="Associated Press">').credited_to == "Associated Press"
