"""Some hundreds of the hostile inputs of `make fuzz`, always the same, on the same machinery."""

from __future__ import annotations

import json
from itertools import count, islice
from pathlib import Path

import pytest

from benchmarks.fuzz.fuzz import parse_inputs
from benchmarks.fuzz.fuzz_crawl import crawl_inputs
from benchmarks.fuzz.fuzz_inputs import HOST, Input, inputs, make
from benchmarks.fuzz.fuzz_parsing import check, read
from sql.database import connect


async def test_300_inputs_crash_and_hang_nothing() -> None:
    """Of 25,000 such inputs 7 crashed a parser and 1 took 50 s before the faults tested below were fixed."""
    found = await parse_inputs(inputs(300), workers=2)
    assert (found.inputs, found.crashes, found.hung) == (300, [], [])


def escaped(character: str, paragraphs: int) -> Input:
    """An article whose headline has a character by its JSON escape, which no HTML parser sees."""
    ld = f'{{"@type": "NewsArticle", "headline": "Harbour {character} shut", "datePublished": "2026-05-04"}}'
    text = "".join(
        f"<p>On day {n} the harbour was shut, since a barge lay across its mouth.</p>" for n in range(paragraphs)
    )
    page = f'<html><script type="application/ld+json">{ld}</script><body><article><h1>Harbour shut</h1>{text}'
    return Input("page", page.encode(), "text/html")


def test_100_more_reach_a_fate_and_their_neighbours_are_stored(database: str, short_dir: Path) -> None:
    """Without cleaning the last two ended as store_error; with the except for refused rows left out too, as internal_error."""
    folder = short_dir / "fuzz"
    folder.mkdir()
    made = (make(number, ("page", "feed", "json", "sitemap")) for number in count(10**6))
    chosen = [*islice((one for one in made if not one.encoding), 98), escaped("\\u0000", 9), escaped("\\ud800", 12)]
    told = crawl_inputs(chosen, database, folder)
    assert told.without_final_state == ()
    assert told.unreadable_rows == 0
    assert (told.neighbours, told.neighbours_lost) == (5, ())
    assert len(told.states) > 3, "the inputs are all alike"
    with connect(database) as connection:
        stored = connection.execute("SELECT count(*) FROM news.articles WHERE title = 'Harbour shut'").fetchone()
    assert stored == (2,)


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#55296;", "&#0;", "&#1114112;", "&#xFFFFFFFFFFFFFFFFFFFFFFF;", "&#x1F;"]
)
@pytest.mark.parametrize(
    "form",
    [
        "<urlset><url><loc>{0}/a{1}</loc></url></urlset>",
        "<rss><channel><item><title>a{1}</title><link>{0}/a</link></item><b></channel></rss>",
    ],
)
def test_a_reference_to_no_character_costs_no_sitemap_and_no_feed(form: str, reference: str) -> None:
    """With references left as they are, a surrogate was a UnicodeDecodeError of lxml, and &#x1F; a ValueError in the feed."""
    assert read(Input("feed", form.format(HOST, reference).encode(), "application/xml")) > 1


async def test_no_field_of_100_kb_delays_a_parse() -> None:
    """With no limit to a byline, 100 KB of "a@" for an author were killed at the deadline of 15 s."""
    made = []
    for unit in ("@", " ", ",", "a@", "(", "<"):
        for field in ("author", "datePublished", "headline"):
            ld = json.dumps({"@type": "NewsArticle", field: unit * 50_000}) + " " * 50_000 + "x"
            made.append(
                f'<html><script type="application/ld+json">{ld}</script><meta name={field} content="{unit * 50_000}">'
            )
    found = await parse_inputs([Input("page", body.encode(), "text/html") for body in made], workers=2)
    assert (found.crashes, found.hung) == ([], [])


def test_the_check_sees_what_postgresql_refuses() -> None:
    for wrong in ("\x00", "\ud800", [2**31], {"a": ["\x00"]}):
        with pytest.raises(ValueError, match=r"NUL|surrogates|number"):
            check(wrong)
