"""What a feed says of an article: its people and topics are read as those of a page, and the fuller text wins."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.article import Candidate, Enclosure, Extraction, Hints, Kind
from dateline.urls.paging import Paging
from pipelines.feed_text import article_of_feed, fuller_text, share_held

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://lanternpost.example/feed#!1"


SENTENCES = [
    f"On evening number {n} the board heard {n * 7} boat owners and put off its word on the pier until mooring {n + 2} is seen."
    for n in range(1, 13)
]
LONG = " ".join(SENTENCES)


def read_words(candidate: Candidate, content: str | None = None) -> Extraction:
    return article_of_feed(candidate, content, because="http_403", hints=Hints(), now=NOW)


def markup(sentences: list[str]) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)


def text(sentences: list[str]) -> str:
    return "\n\n".join(sentences)


def test_a_full_text_is_cleaned_like_a_page_and_has_its_links_and_the_feeds_own_facts() -> None:
    content = (
        f"<script>alert(1)</script><style>p {{}}</style>{markup(SENTENCES[:6])}<p>Read the <a href='https://bay.example/minutes'>"
        "minutes of the meeting</a> of the harbour board, which were published on Monday.</p>"
        "<form><button>Subscribe</button></form>"
    )
    candidate = Candidate(
        URL,
        "rss",
        title="Pier put off",
        published_at=NOW,
        enclosures=(Enclosure("https://bay.example/1.jpg", "image/jpeg"),),
    )
    found = read_words(candidate, content)
    assert (found.kind, found.text_origin, found.no_page_text_because) == ("article", "feed", "http_403")
    assert found.text.startswith(text(SENTENCES[:6]))
    assert "alert" not in found.text
    assert "Subscribe" not in found.text
    assert [link.url for link in found.links] == ["https://bay.example/minutes"]
    assert (found.language, found.image_url) == ("en", "https://bay.example/1.jpg")


@pytest.mark.parametrize(
    ("last", "is_credit"),
    [
        (
            '<p>The post <a href="{url}">Pier put off</a> appeared first on <a href="https://bay.example/">Bay</a>.</p>',
            True,
        ),
        (
            '<p>Der Beitrag <a href="{url}?utm=rss">Pier</a> erschien zuerst auf <a href="https://bay.example">Bay</a>.</p>',
            True,
        ),
        (
            '<div><p>Το άρθρο <a href="{url}/">Pier</a> εμφανίστηκε στο <a href="https://bay.example">Bay</a>.</p></div>',
            True,
        ),
        (
            '<p>The board keeps <a href="{url}">its minutes</a> in a drawer of the harbour office, where nobody looks.</p>',
            False,
        ),
        ('<p>The post <a href="https://other.example/">Pier</a> appeared first elsewhere.</p>', False),
    ],
)
def test_a_line_that_says_where_the_article_appeared_is_not_its_text(last: str, is_credit: bool) -> None:
    url = "https://bay.example/pier"
    content = markup(SENTENCES[:6]) + last.format(url=url)
    found = read_words(Candidate(url, "rss", title="Pier put off"), content)
    assert (found.text == text(SENTENCES[:6])) is is_credit
    assert found.text.startswith(text(SENTENCES[:6]))


@pytest.mark.parametrize("stray", ["</div>", "</article>", "</div></article></body>", "</p></section></main>"])
def test_an_end_tag_too_many_loses_no_text(stray: str) -> None:
    url = "https://bay.example/pier"
    credit = (
        f'<p>The post <a href="{url}">Pier put off</a> appeared first on <a href="https://bay.example/">Bay</a>.</p>'
    )
    content = f"{markup(SENTENCES[:2])}{stray}{markup(SENTENCES[2:6])}"
    for html in (content, content + credit, f"<div>{content}</div>{stray}{credit}"):
        assert read_words(Candidate(url, "rss", title="Pier put off"), html).text == text(SENTENCES[:6])


def test_a_whole_document_in_a_feed_is_its_body() -> None:
    document = f"<!doctype html>\n<html><head><title>Bay</title></head><body>{markup(SENTENCES[:1])}</body></html>"
    assert read_words(Candidate(URL, "rss", title="Pier put off"), document).text == text(SENTENCES[:1])


def test_without_a_full_text_there_is_a_headline() -> None:
    found = read_words(Candidate(URL, "rss", title="Pier put off", summary="The board met."))
    assert (found.kind, found.text_origin, found.text, found.summary) == ("headline", "none", "", "The board met.")


@pytest.mark.parametrize("content", ["<script>x</script>", "<img src=/1.jpg>", "<p> </p>", "<!--"])
def test_html_without_words_is_no_text(content: str) -> None:
    assert read_words(Candidate(URL, "rss", title="Pier put off"), content).kind == "headline"


@pytest.mark.parametrize(
    ("page", "feed", "origin", "is_held"),
    [
        (SENTENCES, SENTENCES[:6], "page", True),
        (SENTENCES, SENTENCES, "page", True),
        (SENTENCES[:4], SENTENCES, "feed", False),
        (SENTENCES[:11], SENTENCES, "page", False),
        ([f"Another text: {one[::-1]}" for one in SENTENCES[:4]], SENTENCES, "page", False),
    ],
)
def test_the_longer_text_that_holds_the_other_wins(
    page: list[str], feed: list[str], origin: str, is_held: bool
) -> None:
    found = Extraction(URL, "article", "Pier", text(page))
    chosen = fuller_text(found, markup(feed), hints=Hints(Candidate(URL, "rss", title="Pier")), now=NOW)
    assert (chosen.text_origin, chosen.holds_feed_text) == (origin, is_held)
    assert chosen.text == text(feed if origin == "feed" else page)
    assert chosen.no_page_text_because == ("feed_says_more" if origin == "feed" else None)


@pytest.mark.parametrize(("kind", "chosen_kind"), [("paywalled_excerpt", "article"), ("opinion", "opinion")])
def test_an_excerpt_with_its_feeds_text_is_an_article(kind: Kind, chosen_kind: str) -> None:
    found = Extraction(URL, kind, "Pier", text(SENTENCES[:2]))
    chosen = fuller_text(found, markup(SENTENCES), hints=Hints(Candidate(URL, "rss", title="Pier")), now=NOW)
    assert chosen.kind == chosen_kind


def test_a_page_that_is_refused_or_split_keeps_what_it_says() -> None:
    hints = Hints(Candidate(URL, "rss", title="Pier"))
    refused = Extraction(URL, "section", "Pier", text(SENTENCES[:2]))
    split = Extraction(URL, "article", "Pier", text(SENTENCES[:2]), paging=Paging(1, 3, URL))
    assert [fuller_text(one, markup(SENTENCES), hints=hints, now=NOW) for one in (refused, split)] == [refused, split]


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        ("", LONG, 1.0),
        (LONG, LONG.upper(), 1.0),
        (LONG, LONG.replace(" ", "\n"), 1.0),
        (LONG, "", 0.0),
        ("港の桟橋は夏まで閉鎖されると議会が決めた", "昨日、港の桟橋は夏まで閉鎖されると議会が決めた。", 1.0),
    ],
)
def test_texts_are_compared_by_their_letters(part: str, whole: str, share: float) -> None:
    assert share_held(part, whole) == share


@pytest.mark.parametrize(
    ("raw", "authors"),
    [
        (("Ada Quill and Bo Lund",), ("Ada Quill", "Bo Lund")),
        (("By Ada Quill, Staff Writer",), ("Ada Quill",)),
        (("记者 林晓雨",), ("林晓雨",)),
        (("admin",), ()),
    ],
)
def test_authors_are_names_alone(raw: tuple[str, ...], authors: tuple[str, ...]) -> None:
    assert read_words(Candidate(URL, "rss", title="Pier", authors=raw)).authors == authors


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        (("Ferry", "Harbour", "ferry"), ("Ferry", "Harbour")),
        (("Ferry, Harbour",), ("Ferry", "Harbour")),
        (("Morrow, Port", "Ferry"), ("Morrow, Port", "Ferry")),
    ],
)
def test_tags_are_split_and_unique(raw: tuple[str, ...], tags: tuple[str, ...]) -> None:
    assert read_words(Candidate(URL, "rss", title="Pier", tags=raw)).tags == tags
