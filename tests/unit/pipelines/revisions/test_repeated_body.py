"""A host's standard answer under status 200 distinguished from an article with several addresses."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from dateline.text import content_hash
from dateline.types.article import Extraction, Instant
from pipelines.dedupe import Alias, Decision, Known, Reject, decide
from pipelines.revisions.repeated_body import slug_of

SITE = "lanternpost.example"
HOME = f"https://{SITE}"
SORRY = "We are sorry. Our presses are being oiled. Come back in a little while."
UNRELATED = (f"{HOME}/city/tide-mill-sold", f"{HOME}/sport/regatta-called-off", f"{HOME}/12345")
PAGE = Extraction(f"{HOME}/culture/choir-at-the-quay", "article", "Lantern Post", SORRY)


def decided(page: Extraction, *addresses: str, title: str = "Lantern Post") -> Decision:
    first, *others = addresses
    same = content_hash(page.text)
    known = Known(7, first, SITE, title, same, page.word_count, "test/1", is_identity=False, repeated_at=others)
    return decide(page, site=SITE, text_hash=same, known=[known])


def test_page_at_three_unrelated_addresses_is_rejected() -> None:
    """Without the rule it was one more alias of the first."""
    assert decided(PAGE, *UNRELATED) == Reject("repeated_body", f"the same as {UNRELATED[0]} and 2 others", 7)


def test_two_addresses_are_too_few() -> None:
    assert decided(PAGE, *UNRELATED[:2]) == Alias(7, "same_text")


@pytest.mark.parametrize(
    "addresses",
    [
        (f"{HOME}/culture/choir-at-the-quay/print", f"{HOME}/amp/choir-at-the-quay", f"{HOME}/city/choir-at-the-quay.html"),
        (f"{HOME}/city/tide-mill-sold", f"{HOME}/print/tide-mill-sold", f"{HOME}/tide-mill-sold?page=all"),
    ],
)  # fmt: skip
def test_views_and_section_copies_of_an_article_are_aliases(addresses: tuple[str, ...]) -> None:
    assert decided(PAGE, *addresses) == Alias(7, "same_text")


@pytest.mark.parametrize(
    "fields",
    [
        {"published": Instant(dt.datetime(2026, 5, 4, tzinfo=dt.UTC), "minute", "meta")},
        {"authors": ("Ada Pell",)},
        {"kind_evidence": ("json-ld newsarticle",)},
        {"text": f"{SORRY} " * 9},
    ],
)
def test_marked_or_long_page_is_an_article(fields: dict[str, object]) -> None:
    page = dataclasses.replace(PAGE, **fields)  # type: ignore[arg-type]
    assert decided(page, *UNRELATED) == Alias(7, "same_text")


def test_date_from_feed_or_url_does_not_mark_an_article() -> None:
    for origin in ("feed", "sitemap", "url", "text"):
        named = Instant(dt.datetime(2026, 5, 4, tzinfo=dt.UTC), "day", origin)  # type: ignore[arg-type]
        assert isinstance(decided(dataclasses.replace(PAGE, published=named), *UNRELATED), Reject)


def test_another_headline_is_another_article() -> None:
    page = dataclasses.replace(PAGE, text=f"{SORRY} " * 5)
    assert decided(page, *UNRELATED, title="Flash") == Alias(7, "same_text")


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        (f"{HOME}/2026/05/04/pier-rebuilt.html", "pier-rebuilt"),
        (f"{HOME}/news/48211573/amp", "48211573"),
        (f"{HOME}/news/7", "7"),
        (f"{HOME}/harbour?id=3", "harbour"),
        (HOME, ""),
    ],
)
def test_slugs(url: str, slug: str) -> None:
    assert slug_of(url) == slug
