"""What a feed says of a page, and the page: which of the two the archive keeps, and that both are one article."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from dateline.text import content_hash
from dateline.types.article import FROM_FEED, Extraction, Kind, TextOrigin
from pipelines.dedupe import Decision, Known, Revise, StoreNew, Unchanged, decide

SITE, URL, OTHER = "bay.example", "https://bay.example/pier", "https://bay.example/2026/05/04/pier-put-off"
TEXT = " ".join(f"The board met {n} times about the pier and put off its word." for n in range(9))
LONGER = f"{TEXT} Then the survey was read aloud to all who had come over from the other shore."


def said(text: str = TEXT) -> Extraction:
    """What the feed says: a headline without a text."""
    return Extraction(URL, "article" if text else "headline", "Pier", text, extractor=FROM_FEED,
                      text_origin="feed" if text else "none")  # fmt: skip


def page(text: str = TEXT, **changes: Any) -> Extraction:
    return replace(Extraction(URL, "article", "Pier", text, extractor="dateline/1"), **changes)


def known(text: str = TEXT, origin: TextOrigin = "feed", **changes: Any) -> Known:
    extractor = "dateline/1" if origin == "page" else FROM_FEED
    found = Known(
        1, URL, SITE, "Pier", content_hash(text or URL), len(text.split()), extractor, True, text_origin=origin
    )
    return replace(found, **changes)


def decided(found: Extraction, *before: Known) -> Decision:
    text_hash = content_hash(found.text if found.text_origin != "none" else URL)
    return decide(found, site=SITE, text_hash=text_hash, known=before)


@pytest.mark.parametrize(
    ("before", "found", "decision"),
    [
        (known(), said(), Unchanged(1)),
        (known(), said(LONGER), Revise(1)),
        (known(), said(""), Unchanged(1)),
        (known("", "none"), said(""), Unchanged(1)),
        (known("", "none"), said(), Revise(1)),
        (known(LONGER, "page"), said(), Unchanged(1)),
        (known(TEXT, "page"), said(LONGER), Unchanged(1)),
        (known(TEXT, "page"), said(""), Unchanged(1)),
        (known(), page(), Revise(1)),
        (known("", "none"), page(), Revise(1)),
        (known(TEXT, "page"), page(), Unchanged(1)),
    ],
)
def test_the_same_address(before: Known, found: Extraction, decision: Decision) -> None:
    """A page that is read for the first time is a revision, even with the text that its feed had."""
    assert decided(found, before) == decision


@pytest.mark.parametrize("origin", ["feed", "none"])
def test_a_page_to_which_the_items_address_leads_is_that_item(origin: TextOrigin) -> None:
    before = known(TEXT if origin == "feed" else "", origin, is_identity=False, claim="moved")
    assert decided(page(LONGER, url=OTHER), before) == Revise(1)


def test_a_page_with_the_items_text_or_its_headline_and_a_claim_is_that_item() -> None:
    assert decided(page(url=OTHER), known(is_identity=False)) == Revise(1)
    claimed = known("", "none", is_identity=False, claim="canonical")
    assert decided(page(url=OTHER), claimed) == Revise(1)
    assert decided(page(url=OTHER), replace(claimed, title="Another")) == StoreNew()


def test_another_sites_page_is_never_that_item() -> None:
    for claim in ("moved", "canonical", "amp", None):
        before = known("", "none", is_identity=False, claim=claim, site="other.example")
        assert isinstance(decided(page(url=OTHER), before), StoreNew)
    before = known(is_identity=False, site="other.example")
    assert decided(page(url=OTHER), before) == StoreNew((1,))


def test_what_a_feed_says_of_an_alias_is_of_its_article() -> None:
    assert decided(said(""), known(LONGER, "page", is_identity=False, is_alias=True)) == Unchanged(1)
    elsewhere = known(LONGER, "page", is_identity=False, is_alias=True, site="other.example")
    assert decided(said(""), elsewhere) == StoreNew()


def test_two_headlines_with_the_same_words_are_two_items() -> None:
    other = known("", "none", is_identity=False, url=OTHER, content_hash=uuid.uuid4())
    assert decided(said(""), other) == StoreNew()


@pytest.mark.parametrize(
    ("kind", "before", "decision"),
    [
        ("paywalled_excerpt", "article", Unchanged(1, "closed")),
        ("paywalled_excerpt", "opinion", Unchanged(1, "closed")),
        ("paywalled_excerpt", "paywalled_excerpt", Revise(1)),
        ("article", "article", Revise(1)),
    ],
)
def test_a_wall_does_not_replace_a_whole_text(kind: Kind, before: str, decision: Decision) -> None:
    """A short text without a wall is the publisher's edit: a notice that the article was withdrawn."""
    walled = replace(page("Subscribe to read on."), kind=kind)
    assert decided(walled, replace(known(LONGER, "page"), kind=before, word_count=300)) == decision


def test_an_excerpt_as_long_as_the_text_is_a_revision() -> None:
    walled = replace(page(TEXT), kind="paywalled_excerpt")
    assert decided(walled, known(LONGER, "page")) == Revise(1)
