"""What `dateline import` makes of the lines that other programs write."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dateline.types.article import Extraction
from scheduler.commands.import_files import read_file
from scheduler.commands.import_lines import Incoming, read_line

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
PROSE = "The council met on Monday to talk about the ferry, and the harbour board was against the plan of the mayor. "
LINE = {"url": "https://a.test/pier", "title": "Pier", "text": PROSE * 2, "published_at": "2026-05-04T10:00:00Z"}


def read(**fields: object) -> Extraction:
    found = read_line(json.dumps(LINE | fields).encode(), 1, now=NOW)
    assert isinstance(found, Incoming), found
    assert found.found is not None
    return found.found


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("Anna Lee", ["Anna Lee"]),
        ("By Anna Lee", ["Anna Lee"]),
        ("Anna Lee and Bob Ray", ["Anna Lee", "Bob Ray"]),
        ("Anna Lee, Bob Ray", ["Anna Lee", "Bob Ray"]),
        ("Anna Lee; Bob Ray", ["Anna Lee", "Bob Ray"]),
        ("Anna Lee\nBob Ray", ["Anna Lee", "Bob Ray"]),
        ("['Anna Lee', 'Bob Ray']", ["Anna Lee", "Bob Ray"]),
        ('["Anna Lee", "Bob Ray"]', ["Anna Lee", "Bob Ray"]),
        ("[]", []),
        ("nan", []),
        ("AFP", ["AFP"]),
        (["", " ", "nan", None, 7], []),
        (["Anna Lee", "Anna  Lee "], ["Anna Lee"]),
        (["Anna &amp; Bob Lee"], ["Anna & Bob Lee"]),
        ([{"name": "Anna Lee"}, {"@type": "Person", "name": "Bob Ray"}], ["Anna Lee", "Bob Ray"]),
        ({"name": "Anna Lee"}, ["Anna Lee"]),
    ],
)
def test_authors(given: object, names: list[str]) -> None:
    assert list(read(authors=given).authors) == names


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("English", "en"),
        ("eng", "en"),
        ("en_US.UTF-8", "en"),
        ("Deutsch", "de"),
        ("Spanish; Castilian", "es"),
        ("nan", "en"),
        ("und", "en"),
        ("klingonish", "en"),
        (None, "en"),
    ],
)
def test_a_language_by_its_name_or_else_by_the_text(given: object, code: str) -> None:
    assert read(language=given).language == code


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"$date": "2026-05-04T10:00:00Z"}, "2026-05-04T10:00:00+00:00"),
        ({"$date": {"$numberLong": "1777888800000"}}, "2026-05-04T10:00:00+00:00"),
        (["2026-05-04T10:00:00Z"], "2026-05-04T10:00:00+00:00"),
        ("NaT", None),
        ({}, None),
    ],
)
def test_dates_of_other_programs(given: object, at: str | None) -> None:
    published = read(published_at=given).published
    assert (published and published.at.isoformat()) == at


def test_the_address_of_a_page_that_fundus_saved() -> None:
    page = {"requested_url": "https://a.test/r", "responded_url": "https://a.test/x", "content": "<html>"}
    found = read_line(json.dumps({"title": "Ferry", "plaintext": PROSE, "html": page}).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert (found.page.url, found.found.title, found.found.text) == ("https://a.test/x", "Ferry", PROSE)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"headline": "Ferry", "articleBody": PROSE, "datePublished": "2026-05-04", "author": {"name": "Anna Lee"}},
            ("Ferry", PROSE, ("Anna Lee",)),
        ),
        ({"title": "Ferry", "textContent": PROSE, "byline": "By Anna Lee"}, ("Ferry", PROSE, ("Anna Lee",))),
        ({"title": "Ferry", "plain_text": PROSE, "published_date": "2026-05-04"}, ("Ferry", PROSE, ())),
        (
            {
                "title": "Ferry",
                "body": {"summary": ["In short."], "sections": [{"headline": ["H"], "paragraphs": ["A", "B"]}]},
            },
            ("Ferry", "In short.\nH\nA\nB", ()),
        ),
        ({"title": "nan", "content": PROSE}, (None, PROSE, ())),
    ],
    ids=["schema.org", "Readability", "cc-news", "Fundus", "pandas"],
)
def test_the_fields_of_other_programs(row: dict[str, object], expected: tuple[object, ...]) -> None:
    found = read_line(json.dumps({"url": "https://a.test/x", **row}).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert (found.found.title, found.found.text, found.found.authors) == expected


def test_trafilaturas_source_is_the_address_and_another_source_is_not() -> None:
    line: dict[str, Any] = {"source": "https://a.test/x", "text": PROSE, "author": "Anna Lee; Bob Ray", "tags": "a;b"}
    found = read_line(json.dumps(line).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert (found.page.url, found.found.authors, found.found.tags) == (
        "https://a.test/x",
        ("Anna Lee", "Bob Ray"),
        ("a", "b"),
    )
    assert not isinstance(read_line(json.dumps(line | {"source": "BBC"}).encode(), 1, now=NOW), Incoming)
    named = read_line(
        json.dumps(line | {"source": "https://a.test/", "canonical_url": "https://a.test/x"}).encode(), 1, now=NOW
    )
    assert isinstance(named, Incoming) and named.page.url == "https://a.test/x"


def test_scripts_without_an_end_cost_no_more_than_their_length() -> None:
    assert read(text="<p>One.</p>" + "<script <!-- " * 60_000).text.startswith("One.")


def test_html_and_its_entities_are_read_but_not_in_lines_of_our_own() -> None:
    tagged = "<p>One &amp; <b>two</b>.</p><script>if (a<b) {}</script><p>Three<br/>four.</p>"
    found = read(title="Tom &amp; Jerry&#39;s", text=tagged)
    assert (found.title, found.text) == ("Tom & Jerry's", "One & two.\nThree\nfour.")
    assert read(title="Tom &amp;amp; Jerry", text="1 < 2 &lt; 3").text == "1 < 2 < 3"
    own = read(title="How &amp; is written", text=tagged, extractor="dateline/1")
    assert (own.title, own.text) == ("How &amp; is written", tagged)


def test_python_writes_nan_for_an_empty_field() -> None:
    found = read_line(
        b'{"url": "https://a.test/x", "text": "t", "score": NaN, "title": NaN, "n": -Infinity}', 1, now=NOW
    )
    assert isinstance(found, Incoming)


def test_a_legacy_charset_is_named() -> None:
    found = read_line('{"url": "https://a.test/x", "text": "Café"}'.encode("cp1252"), 1, now=NOW)
    assert not isinstance(found, Incoming)
    assert "UTF-8" in found.why


def test_lines_are_unpacked_whatever_the_file_is_called(tmp_path: Path) -> None:
    packed, bare = tmp_path / "in.jsonl", tmp_path / "in.jsonl.gz"
    bare.write_text('{"url": "https://a.test/x", "text": "t"}')
    packed.write_bytes(gzip.compress(bare.read_bytes()))
    found = [one for file in (packed, bare) for one in read_file(file, now=NOW)]
    assert [one.page.url for one in found if isinstance(one, Incoming)] == ["https://a.test/x"] * 2
