"""Further pages of lists and articles."""

from __future__ import annotations

import pytest

from dateline.html import parse_html
from dateline.urls.next_page import follows, next_list, next_page

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
        ("/sport/", "/sport/seite-2.html", 2),
        ("/sport/", "/sport/index2.php", 2),
        ("/sport/page-2.html", "/sport/page-3.html", 3),
        ("/sport/", "/politics/page-2.html", None),
        ("/sport/", "/sport/page-3.html", None),
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


@pytest.mark.parametrize(
    "link",
    [
        "<a href='?start=20' title='Next page'>›</a>",
        "<a href='?page=2' aria-label='Nächste Seite'><svg></svg></a>",
        "<li class='pager-next'><a href='/sport/2'>»</a></li>",
        "<a class='btn next' href='/sport/page/2/'></a>",
        "<a class='nav-older' href='/sport/index-2.html'>←</a>",
    ],
)
def test_an_arrow_is_known_by_its_attributes(link: str) -> None:
    found = next_page(parse_html(f"<body><a class=context href='/x'>X</a>{link}</body>"), f"{SITE}/sport/")
    assert found is not None and found.number == 2


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("<a href='/news?page=2'>2</a>", "/news?page=2"),
        ("<a rel=next href='/older?start=30'>Older posts</a>", "/older?start=30"),
        ("<a href='/read-2.html'>Read the second part</a>", None),
        ("<a rel=next href='/a-story'>A ferry returns</a>", None),
        ("<a rel=next href='https://elsewhere.example/older'>Older posts</a>", None),
    ],
)
def test_a_home_pages_list_may_go_on_at_another_address(link: str, target: str | None) -> None:
    found = next_list(parse_html(f"<body><a href='/x'>X</a>{link}</body>"), f"{SITE}/")
    assert found == (target and SITE + target)
