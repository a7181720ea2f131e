"""What a feed says of a page counts for the sites that the feed may speak for."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from dateline.types.article import Page
from pipelines.reader import hints_for
from sql.frontier.rows import DueUrl

NOW = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)


def due(url: str) -> DueUrl:
    return DueUrl(
        id=1,
        url_key=uuid.UUID(int=1),
        url=url,
        host="feeds.gazette.example",
        source_id=1,
        source="gazette",
        crawl_id=None,
        via="rss",
        depth=0,
        hints={},
        attempts=0,
        politeness={},
        extraction={},
        source_title="Gazette",
        options={},
        named_by=("gazette.example",),
    )


@pytest.mark.parametrize(
    ("answered", "is_named"),
    [
        ("https://www.gazette.example/lamps", True),
        ("https://shop.example/lamps", False),
    ],
)
def test_a_feed_exempts_only_pages_of_its_own_site_from_the_article_score(answered: str, is_named: bool) -> None:
    """The page that answered counts, not the entry's link, which may redirect to another site."""
    page = Page("https://www.gazette.example/out?to=1", answered, 200, (), b"<html></html>", NOW)
    assert hints_for(due(page.url), page).is_named_article is is_named
