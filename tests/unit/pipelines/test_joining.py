"""Whether a page continues an article, and the text of all its pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from dateline.types.article import Extraction, Instant, Part
from dateline.urls.paging import Paging, split_note
from pipelines.joining import as_further, continues, holds_all, join, join_texts, undivided, with_whole

URL = "https://post.test/island"
DAY = Instant(dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC), "minute", "meta")
TEXTS = [f"Paragraph {n} tells what the keeper of the light wrote in spring about the boats." for n in range(1, 10)]
FIRST = Extraction(
    URL,
    "article",
    "A year on the island",
    "\n\n".join(TEXTS[:3]),
    published=DAY,
    warnings=(split_note(1, 3),),
    paging=Paging(1, 3, f"{URL}/2"),
)
SECOND = replace(FIRST, url=f"{URL}/2", text="\n\n".join(TEXTS[3:6]), paging=Paging(2, 3, f"{URL}/3"))


@pytest.mark.parametrize("title", ["A year on the island", "A year on the island - Page 2", "A year on the island (2/3)",
                                   "A YEAR ON THE ISLAND | Seite 2 von 3"])  # fmt: skip
def test_a_page_of_the_same_headline_continues_the_article(title: str) -> None:
    assert continues(FIRST, replace(SECOND, title=title), read=FIRST.text)


def test_a_page_of_another_headline_continues_it_if_it_names_the_first_page_as_canonical() -> None:
    chapter = replace(SECOND, title="The winter")
    assert not continues(FIRST, chapter, read=FIRST.text)
    assert continues(FIRST, replace(chapter, canonical_url=URL), read=FIRST.text)


@pytest.mark.parametrize(
    "other",
    [
        replace(SECOND, title="Ferry pier to be rebuilt"),
        replace(SECOND, published=replace(DAY, at=DAY.at + dt.timedelta(days=7))),
        replace(SECOND, text=FIRST.text),
        replace(SECOND, url="https://other.test/island/2"),
        replace(SECOND, text=""),
        replace(SECOND, kind="login"),
        replace(SECOND, kind="section"),
    ],
)
def test_other_pages_do_not(other: Extraction) -> None:
    assert not continues(FIRST, other, read=FIRST.text)


@pytest.mark.parametrize(("first", "part", "is_joined"), [(DAY, DAY, True), (None, None, False), (DAY, None, False)])
def test_a_page_that_names_the_one_before_it_continues_it_only_by_a_date_on_both(
    first: Instant | None, part: Instant | None, is_joined: bool
) -> None:
    named = replace(SECOND, published=part, paging=Paging(2, 2, before_url=URL))
    found = as_further(named, replace(FIRST, published=first)).paging
    assert found is not None
    assert found.first_url == (URL if is_joined else None)


def test_text_that_every_page_repeats_is_kept_once() -> None:
    standfirst, note = "Ada Pell spent twelve months with the keepers.", "Ada Pell writes about the coast."
    pages = ["\n\n".join([standfirst, *TEXTS[3 * n : 3 * n + 3], note]) for n in range(3)]
    joined = join_texts(join_texts(pages[0], pages[1]), pages[2])
    assert joined.split("\n\n") == [standfirst, *TEXTS, note]


def test_lines_of_the_pager_are_dropped() -> None:
    text = join_texts(f"{TEXTS[0]}\n\nPage 1 of 2\n\nNext page", f"Page 2 of 2\n\n{TEXTS[1]}")
    assert text.split("\n\n") == TEXTS[:2]


def test_a_sentence_that_recurs_in_the_middle_stays() -> None:
    text = join_texts(
        "\n\n".join([TEXTS[0], "So it goes.", TEXTS[1]]), "\n\n".join([TEXTS[2], "So it goes.", TEXTS[3]])
    )
    assert text.count("So it goes.") == 2


def test_the_joined_article_lists_its_pages_and_loses_the_note() -> None:
    third = replace(SECOND, url=f"{URL}/3", text="\n\n".join(TEXTS[6:]))
    article = join(FIRST, [(Part(f"{URL}/2"), SECOND), (Part(f"{URL}/3"), third)])
    assert article.text.split("\n\n") == TEXTS
    assert [part.url for part in article.parts] == [f"{URL}/2", f"{URL}/3"]
    assert article.warnings == ()
    assert (article.url, article.title, article.published) == (URL, FIRST.title, DAY)


def test_a_page_that_is_missing_is_named_in_a_warning() -> None:
    assert join(FIRST, [(Part(f"{URL}/2"), SECOND)], missing="http_404").warnings == (
        "only pages 1 to 2 of 3 were read (http_404)",
    )
    assert undivided(FIRST).warnings == ()


def test_the_view_of_the_whole_article_is_taken_if_it_holds_the_first_page() -> None:
    whole = replace(SECOND, url=f"{URL}?page=all", text="\n\n".join(TEXTS))
    assert holds_all(FIRST, whole)
    assert with_whole(FIRST, Part(whole.url), whole).text == whole.text
    assert not holds_all(FIRST, replace(whole, text="\n\n".join(TEXTS[3:])))
    assert not holds_all(FIRST, FIRST)
