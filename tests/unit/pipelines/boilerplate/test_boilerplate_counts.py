"""What a page is_counted of its host: the same counts as learning the whole batch at once, in whatever order pages come."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from dateline.types.article import Extraction
from pipelines.boilerplate.counts import (
    MOST_COUNTED,
    CountedArticle,
    PageParagraphs,
    count_change,
    model_with,
    page_paragraphs,
)
from pipelines.boilerplate.strip import FEWEST_STORIES, count_batch, paragraph_keys, strip

HOUSE = "Write to the editors of the Harbour Post at the usual address."


def page(*paragraphs: str, url: str = "https://post.test/a", learned: tuple[str, ...] = ()) -> Extraction:
    return Extraction(url, "article", "Headline", "\n\n".join(paragraphs), learned=learned)


def story(number: int, lines: int = 3) -> list[str]:
    return [f"Sentence {line} of the story with the number {number} is like no other." for line in range(lines)]


class Archive:
    """The tables in miniature: what `count_change` is given, and what it says carried out."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.stories = 0
        self.counted: dict[int, CountedArticle] = {}

    def add(self, article_id: int, found: Extraction) -> None:
        page = page_paragraphs(found)
        change = count_change(article_id, page, list(self.counted.values()))
        self.counts.update(change.changes)
        self.stories += change.stories
        for other, one in list(self.counted.items()):
            if one.story_id in change.joined:
                self.counted[other] = CountedArticle(other, change.story_id, one.keys, one.length)
        if change.is_counted:
            self.counted[article_id] = CountedArticle(article_id, change.story_id, frozenset(page.lengths), page.length)

    def known(self) -> dict[int, int]:
        return {key: number for key, number in self.counts.items() if number}


def learned(pages: list[Extraction]) -> Archive:
    archive = Archive()
    for number, found in enumerate(pages, 1):
        archive.add(number, found)
    return archive


pages_of_a_host = st.lists(
    st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True).map(
        lambda numbers: page(*(f"Paragraph {n} of those that pages here share or not." for n in numbers))
    ),
    max_size=7,
)


def pages_with(*numbers: list[int]) -> list[Extraction]:
    return [page(*(f"Paragraph {n} of those that pages here share or not." for n in of_page)) for of_page in numbers]


@example(pages_with([5, 3, 2, 0, 6], [1, 4, 2], [5, 7, 2], [2]))
@example(pages_with([4, 6, 3], [3, 2, 5], [5, 0, 7], [7, 2], [5], [4, 5, 6]))
@given(pages_of_a_host)
def test_one_by_one_gives_what_the_batch_gives(pages: list[Extraction]) -> None:
    archive, batch = learned(pages), count_batch(pages).of("https://post.test/a")
    assert archive.stories == batch.stories
    assert {key: n for key, n in archive.known().items() if n >= FEWEST_STORIES} == dict(batch.counts)


@given(pages_of_a_host, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_count(pages: list[Extraction], shuffler: object) -> None:
    other = list(pages)
    shuffler.shuffle(other)  # type: ignore[attr-defined]
    first, second = learned(pages), learned(other)
    assert (first.stories, first.known()) == (second.stories, second.known())


@given(pages_of_a_host, st.integers(0, 6))
def test_revision_replaces_the_counts_of_its_article(pages: list[Extraction], number: int) -> None:
    """Revised into an unrelated text and back, an article leaves the counts as they were."""
    archive = learned(pages)
    before = archive.known()
    if number < len(pages) and archive.counted[number + 1].story_id == number + 1 and _is_alone(archive, number + 1):
        archive.add(number + 1, page(*story(99)))
        archive.add(number + 1, pages[number])
        assert archive.known() == before


def _is_alone(archive: Archive, article_id: int) -> bool:
    story_id = archive.counted[article_id].story_id
    return sum(one.story_id == story_id for one in archive.counted.values()) == 1


def test_from_the_third_story_on_a_line_is_boilerplate() -> None:
    archive = Archive()
    for number in range(1, 5):
        found = page(*story(number), HOUSE)
        change = count_change(0, page_paragraphs(found), list(archive.counted.values()))
        model = model_with(change, stories=archive.stories, counts=archive.counts)
        assert (strip(found, model).removed == (HOUSE,)) is (number >= 3)
        archive.add(number, found)


def test_copies_of_one_story_count_once() -> None:
    archive = learned([page(*story(1), f"Version {number} of this text was seen here.") for number in range(12)])
    assert archive.stories == 1
    assert set(archive.known().values()) == {1}


def test_a_page_that_connects_two_stories_takes_back_what_they_counted_twice() -> None:
    first, second = [*story(1, 2), HOUSE], [*story(2, 2), HOUSE]
    archive = learned([page(*first), page(*second)])
    (key,) = paragraph_keys(HOUSE)
    assert (archive.stories, archive.counts[key]) == (2, 2)
    archive.add(3, page(*story(1, 2), *story(2, 2)))
    assert (archive.stories, archive.counts[key]) == (1, 1)


def test_story_with_enough_articles_counts_no_more() -> None:
    counted = [
        CountedArticle(n, 1, frozenset(page_paragraphs(page(*story(1))).lengths), 180)
        for n in range(1, MOST_COUNTED + 1)
    ]
    change = count_change(500, page_paragraphs(page(*story(1), HOUSE)), counted)
    assert (change.is_counted, change.story_id, dict(change.changes)) == (False, 1, {})


def test_paragraphs_are_the_same_before_and_after_stripping() -> None:
    whole, stripped = page(*story(1), HOUSE), page(*story(1), learned=(HOUSE,))
    assert page_paragraphs(whole).lengths == page_paragraphs(stripped).lengths
    assert page_paragraphs(whole).fingerprint == page_paragraphs(stripped).fingerprint
    assert page_paragraphs(stripped).stripped == paragraph_keys(HOUSE)


def test_only_short_paragraphs_count_and_long_pages_give_a_sample() -> None:
    assert page_paragraphs(page("Share this", "word " * 400)).lengths == {}
    long = page(*itertools.chain.from_iterable(story(number) for number in range(300)))
    assert len(page_paragraphs(long).lengths) == 400
    assert page_paragraphs(long) == PageParagraphs("post.test", "post.test", page_paragraphs(long).lengths)


def test_any_url_has_paragraphs_to_count() -> None:
    assert page_paragraphs(page(*story(1), url="https://www.Post.test/a")).scope == "post.test"
    assert page_paragraphs(page(*story(1), url="http://[::x/a")).scope == ""
