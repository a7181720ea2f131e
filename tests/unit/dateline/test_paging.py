"""Articles in several pages: which page an address is, and where the others are."""

from __future__ import annotations

import pytest

from dateline.html import parse_html
from dateline.urls.paging import Paging, read_paging, split_note

SITE = "https://post.test"
PAGER = "<div><a href='/read.html'>1</a> <a href='/read-2.html'>2</a> <a href='/read-3.html'>3</a></div>"


def paging(links: str, url: str) -> Paging | None:
    return read_paging(parse_html(f"<body>{links}<p>text</p></body>"), SITE + url)


@pytest.mark.parametrize(
    ("links", "url", "number", "last", "following"),
    [
        (PAGER, "/read.html", 1, 3, "/read-2.html"),
        (PAGER, "/read-2.html", 2, 3, "/read-3.html"),
        (PAGER, "/read-3.html", 3, 3, None),
        ("<link rel=next href='/read-2.html'>", "/read.html", 1, 2, "/read-2.html"),
        ("<a rel=next href='/read/2'>Weiter</a>", "/read", 1, 2, "/read/2"),
        ("<a href='/read/2/'>Next page</a>", "/read/", 1, 2, "/read/2/"),
        ("<a href='/read?page=1'>2</a><a href='/read?page=2'>3</a>", "/read", 1, 3, "/read?page=1"),
        ("<a href='/read'>1</a><a href='/read?page=2'>3</a>", "/read?page=1", 2, 3, "/read?page=2"),
        ("<a href='?seite=2'>Seite 2</a>", "/artikel/insel.html", 1, 2, "/artikel/insel.html?seite=2"),
        ("<a href='/insel/seite-2'>2</a>", "/insel", 1, 2, "/insel/seite-2"),
        ("<a href='/read/page/2/'>Page 2 of 4</a><a href='/read/page/4/'>4</a>", "/read/", 1, 4, "/read/page/2/"),
        ("<a href='/a?id=7&amp;p=2'>02</a>", "/a?id=7", 1, 2, "/a?id=7&p=2"),
        ("<a href='/read,2.html'>\u203a 2</a>", "/read.html", 1, 2, "/read,2.html"),
        ("<a href='/story/42?page=2'>2</a>", "/story/42", 1, 2, "/story/42?page=2"),
    ],
)
def test_the_next_page_of_an_article(links: str, url: str, number: int, last: int, following: str | None) -> None:
    found = paging(links, url)
    assert found is not None
    assert (found.number, found.last) == (number, last)
    assert found.next_url == (SITE + following if following else None)


@pytest.mark.parametrize(
    ("links", "url", "first"),
    [
        (PAGER, "/read-2.html", "/read.html"),
        ("<link rel=canonical href='/read'>", "/read?page=3", None),
        ("<link rel=canonical href='/read'><a rel=prev href='/read?page=2'>Back</a>", "/read?page=3", "/read"),
        ("<a href='/read?page=0'>1</a><a href='/read?page=2'>3</a>", "/read?page=1", "/read?page=0"),
        ("<a rel=prev href='/story/41'>Back</a><a rel=next href='/story/43'>On</a>", "/story/42", None),
        ("<link rel=canonical href='/story/42'><a rel=next href='/story/43'>On</a>", "/story/42", None),
        ("<a href='/story/1'>Last story</a>", "/story/2", None),
        (PAGER, "/read.html", None),
    ],
)
def test_a_page_that_surely_continues_an_article_names_its_first(links: str, url: str, first: str | None) -> None:
    found = paging(links, url)
    assert (found.first_url if found else None) == (SITE + first if first else None)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("<a href='/read?page=all'>Single page</a>", "/read"),
        ("<a href='/read/komplettansicht'>Auf einer Seite lesen</a>", "/read"),
        ("<a href='/read.html?pagewanted=all'>All</a>", "/read.html"),
        ("<a href='/a?id=7&amp;singlepage=1'>View as one page</a>", "/a?id=7"),
        ("<a href='/read-all.html'>Whole text</a>", "/read.html"),
    ],
)
def test_the_view_of_the_whole_article(link: str, url: str) -> None:
    found = paging(link, url)
    assert found is not None
    assert found.whole_url


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ("<link rel=next href='/the-post-before-this-one'>", "/read.html"),
        ("<a href='/sport?page=2'>2</a>", "/read.html"),
        ("<ol class=comments><li><a href='/read?page=2'>2</a></ol>", "/read"),
        ("<nav id=related-stories><a href='/read/2'>2</a></nav>", "/read"),
        ("<a href='https://other.test/read/2'>2</a>", "/read"),
        ("<a href='/news/all'>All news</a>", "/news/read"),
        ("<a href='/read/2026'>2026</a>", "/read"),
        ("<p>no links</p>", "/read/2"),
    ],
)
def test_other_links_are_no_further_pages(links: str, url: str) -> None:
    assert paging(links, url) is None


@pytest.mark.parametrize(
    ("links", "url", "before"),
    [
        ("<link rel=prev href='/read'>", "/read/2", "/read"),
        ("<link rel=prev href='/read/2'>", "/read/3", "/read/2"),
        ("<a rel=prev href='/read_2.html'>Back</a>", "/read_3.html", "/read_2.html"),
        ("<a rel=prev href='/story/41'>Back</a>", "/story/42", None),
        ("<link rel=prev href='/another'>", "/read/2", None),
        ("<link rel=prev href='/read'><a href='/read'>1</a>", "/read/2", None),
    ],
)
def test_the_page_before_is_named_where_nothing_proves_which_is_the_first(
    links: str, url: str, before: str | None
) -> None:
    found = paging(links, url)
    assert (found.before_url if found else None) == (SITE + before if before else None)


def test_the_note_says_how_much_was_read() -> None:
    assert split_note(1, 3) == "only page 1 of 3 was read"
    assert split_note(2, 3, "http_404") == "only pages 1 to 2 of 3 were read (http_404)"
