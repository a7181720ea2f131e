"""What a target of a crawl most likely is, by its address."""

from __future__ import annotations

import pytest

from scheduler.commands.targets import classify


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("sitemap.xml", "auto"),
        ("news-sitemap", "auto"),
        ("sitemap_index.php", "auto"),
        ("sitemap.gz", "auto"),
        ("2026/05/search-engine-stops-reading-sitemaps-of-news-sites", "page"),
        ("sitemaps-are-no-longer-read-by-search-engines", "page"),
        ("2026/05/ferry-returns", "page"),
        ("", "home"),
    ],
)
def test_an_article_about_sitemaps_is_none(path: str, kind: str) -> None:
    assert classify(f"http://paper.test/{path}").kind == kind
