"""Boilerplate learned over a batch: what recurs goes, what is one story's in many copies stays, in any order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.types.article import Extraction
from pipelines.boilerplate.strip import count_batch, paragraph_keys, strip, strip_batch

FOOTER = "The Lantern Post has been printed by the harbour since 1884."


def article(number: int, *paragraphs: str, host: str = "lanternpost.example") -> Extraction:
    return Extraction(f"https://{host}/{number}", "article", f"Story {number}", "\n\n".join(paragraphs))


def story(number: int, *more: str, host: str = "lanternpost.example") -> Extraction:
    own = [f"Paragraph {part} of story {number}, about a boat that only this story knows." for part in range(3)]
    return article(number, *own, *more, host=host)


def test_a_line_on_three_stories_of_a_host_goes_and_is_kept_on_record() -> None:
    stripped = strip_batch([story(n, FOOTER) for n in range(3)])
    assert all(FOOTER not in extraction.text for extraction in stripped)
    assert all(extraction.removed == (FOOTER,) for extraction in stripped)
    assert all("learned-boilerplate" in extraction.rules for extraction in stripped)


def test_saved_page_without_url_belongs_to_its_canonical_host() -> None:
    saved = [replace(each, url="", canonical_url=each.url) for each in (story(n, FOOTER) for n in range(3))]
    assert all(each.removed == (FOOTER,) for each in strip_batch(saved))


def test_two_pages_are_too_few_and_other_hosts_do_not_count() -> None:
    batch = [story(1, FOOTER), story(2, FOOTER), story(3, FOOTER, host="fenlandecho.example")]
    assert strip_batch(batch) == batch


def test_copies_of_one_story_are_not_boilerplate() -> None:
    copies = [
        article(n, *(f"Paragraph {part} of the syndicated story of the day." for part in range(4))) for n in range(6)
    ]
    assert strip_batch(copies) == copies


def test_copies_lose_the_footer_that_other_stories_have_too() -> None:
    shared = [f"Paragraph {part} of the syndicated story of the day, as the agency wrote it." for part in range(4)]
    batch = [*(article(n, *shared, FOOTER) for n in range(3)), story(8, FOOTER), story(9, FOOTER)]
    stripped = strip_batch(batch)
    assert all(FOOTER not in extraction.text for extraction in stripped)
    assert all("syndicated" in extraction.text for extraction in stripped[:3])


def test_a_text_is_never_left_with_little() -> None:
    batch = [article(n, f"Short {n}.", FOOTER) for n in range(4)]
    assert strip_batch(batch) == batch


def test_keys_ignore_case_and_blanks() -> None:
    assert paragraph_keys("Read  on\n\nNew line") == paragraph_keys("read on\nNEW LINE")


@settings(max_examples=50)
@given(st.permutations(range(8)))
def test_the_order_of_a_batch_does_not_matter(order: list[int]) -> None:
    shared = ["One paragraph of the copied story.", "Another paragraph of the copied story."]
    batch = [*(story(n, FOOTER) for n in range(4)), *(article(n, *shared, FOOTER) for n in range(4, 8))]
    straight = strip_batch(batch)
    assert strip_batch([batch[place] for place in order]) == [straight[place] for place in order]
    model = count_batch(batch[place] for place in order)
    assert strip(straight[0], model.of(straight[0].url)) == straight[0]
