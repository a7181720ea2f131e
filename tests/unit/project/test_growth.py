"""Functions that the event loop calls with foreign text take time that grows no faster than the text (n log n)."""

from __future__ import annotations

import pytest

from crawler.history.lists import period_page
from dateline.clock import utc_now
from dateline.html import parse_html
from dateline.types.article import Hints
from pipelines.extract.extract import extract_page
from pipelines.extract.metadata import read_metadata
from pipelines.extract.text.blocks import Block
from pipelines.extract.text.clean import Surroundings, clean
from pipelines.extract.text.payloads import markups_of
from tests.integration.support.growth import FUNCTIONS, IN_THE_LOOP, LONGEST, SHORT, few_units, too_fast_growing


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith(IN_THE_LOOP)])
def test_the_event_loop_is_not_held_by_a_long_text(name: str) -> None:
    assert too_fast_growing(FUNCTIONS[name], *SHORT) == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith(IN_THE_LOOP)])
def test_nor_by_a_megabyte(name: str) -> None:
    """A cut: some texts for each function. `make growth` takes them all."""
    assert too_fast_growing(FUNCTIONS[name], *LONGEST, few_units(name)) == []


def test_a_square_is_found() -> None:
    assert too_fast_growing(lambda text: sum(1 for _ in text[::6] for _ in text[::6]), *SHORT, ("a",))


def test_cleaning_a_text_of_many_lines_is_linear_in_them() -> None:
    around = Surroundings(("The pier",), ("Ada Quill",))
    lines = ("The pier\n", "Ada Quill\n", "Ada Quill is an editor.\n", "Cell of a row\n", "x\ny\n")

    def cleaned(text: str) -> object:
        return clean([Block(line) for line in (*text.split("\n"), "The council voted for it on Monday.")], around)

    assert too_fast_growing(cleaned, 3_000, 12_000, lines) == []


def test_joining_pages_that_repeat_one_line_is_linear_in_them() -> None:
    assert too_fast_growing(FUNCTIONS["pipelines.joining.join_texts"], 100_000, 400_000, ("a\n\n",)) == []


def test_a_line_that_is_one_long_word_is_weighed_in_linear_time() -> None:
    """Within a page the square of a word of 60,000 letters was 20 seconds."""
    assert too_fast_growing(FUNCTIONS["pipelines.extract.text.clean.is_sentence"], 5_000, 20_000, ("a", "0")) == []


def test_templates_with_parts_that_do_not_end_are_read_in_linear_time() -> None:
    def read(text: str) -> object:
        return list(markups_of([f"<p></p>{text}"]))

    assert too_fast_growing(read, 5_000, 20_000, ("<nav>",)) == []


def test_addresses_of_lists_are_read_in_linear_time() -> None:
    assert too_fast_growing(lambda text: period_page(f"https://a.example/{text}"), 2_000, 8_000, ("archi",)) == []


def test_a_pages_data_is_searched_for_dates_in_linear_time() -> None:
    def read(text: str) -> object:
        page = parse_html(f"<p>The pier opened.</p><script>{text}</script>".encode())
        return read_metadata(page, "https://a.example/pier", Hints(), utc_now())

    assert too_fast_growing(read, 5_000, 20_000, ("pub",)) == []


def test_many_boxes_that_ask_are_taken_out_in_linear_time() -> None:
    story = "<p>The boats lay in the harbour all winter, and the island waited for the council to decide.</p>" * 8

    def read(text: str) -> object:
        page = f"<title>The pier opened at last</title><h1>The pier opened at last</h1>{story}<div>{text}</div>{story}"
        return extract_page(page.encode(), url="https://a.example/pier", hints=Hints(), now=utc_now())

    units = ("<div><span>Advertisement</span><a href=/x>Boats</a></div>", "<div>Our news <input type=email></div>")
    assert too_fast_growing(read, 50_000, 200_000, units) == []
