"""Further pages of lists and articles."""

from __future__ import annotations

import pytest

from dateline.html import parse_html
from dateline.urls.next_page import follows, next_page

SITE = "https://post.test"


@pytest.mark.parametrize(
    ("url", "target", "number"),
    [
        ("/news/long-read-1004.html", "/news/long-read-1004-2.html", 2),
        ("/news/long-read-1004-2.html", "/news/long-read-1004-3.html", 3),
        ("/sport", "/sport?page=2", 2),
        ("/sport/", "/sport/page/2/", 2),
        ("/sport/page/2/", "/sport/page/3/", 3),
        ("/sport?sort=new&page=2", "/sport?sort=new&page=3", 3),
        ("/story/a-year-on-the-island", "/story/a-year-on-the-island/2", 2),
        ("/artikel/insel.html", "/artikel/insel-seite-2.html", 2),
        ("/sport", "/sport?offset=20", 2),
        ("/sport?q=a&start=20", "/sport?q=a&start=40", 3),
        ("/sport?start=40", "/sport?start=20", None),
        ("/sport?start=25", "/sport?start=35", None),
        ("/sport", "/sport?start=1", None),
        ("/sport", "/politics?start=20", None),
        ("/sport", "/sport/page/3/", None),
        ("/news/long-read-1004.html", "/news/long-read-1005.html", None),
        ("/sport", "/politics?page=2", None),
    ],
)
def test_the_next_page_differs_in_its_number_alone(url: str, target: str, number: int | None) -> None:
    assert follows(SITE + url, SITE + target) == number


def test_next_and_last_are_found_among_the_links() -> None:
    root = parse_html(
        "<body><link rel=next href='/other-post'><a href='/read.html'>1</a><a href='/read-2.html'>2</a>"
        "<a href='/read-3.html'>3</a><a href='/elsewhere-2.html'>Next</a></body>"
    )
    found = next_page(root, f"{SITE}/read.html")
    assert found is not None and (found.url, found.number) == (f"{SITE}/read-2.html", 2)
    assert next_page(root, f"{SITE}/read-3.html") is None
