"""The benchmark's own measures, on cases worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.extraction.measures import body_f1, page_metadata, page_rouge, segment_f1

TEXT = "one two three four five six"


def test_body_f1_counts_shingles_of_four_words() -> None:
    scores = body_f1([(TEXT, "one two three four five")])
    assert scores["body_precision"] == 1.0
    assert scores["body_recall"] == pytest.approx(2 / 3)
    assert scores["body_f1"] == pytest.approx(0.8)


def test_rouge_leaves_optional_paragraphs_out_where_that_is_better() -> None:
    gold = ["The ferry was late.", "[A word from our sponsor.]"]
    assert page_rouge(gold, "The ferry was late.") == pytest.approx(100)
    assert page_rouge(gold, "The ferry was late.\n\nA word from our sponsor.") == pytest.approx(100)
    assert page_rouge(gold, "The ferry") == pytest.approx(100 * 2 * 2 / 6)


def test_segments() -> None:
    pair = ({"with": ["two three", "nine"], "without": ["six", "ten"]}, {"text": TEXT})
    assert segment_f1([pair])["segment_f1"] == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    ("gold", "guess", "day", "minute"),
    [
        ("2026-03-04T00:30:00+01:00", "2026-03-03T23:30:00+00:00", 1, 1),
        ("2026-03-04T00:30:00+01:00", "2026-03-04", 1, 0),
        ("2026-03-04T07:45:00", "2026-03-04T07:45:59+02:00", 1, 1),
        ("2026-03-04T07:45:00+00:00", None, 0, 0),
    ],
)
def test_day_and_minute(gold: str, guess: str | None, day: float, minute: float) -> None:
    scores = page_metadata({"published_at": gold}, {"published_at": guess})
    assert (scores["day"], scores["minute"]) == (day, minute)


def test_names_are_compared_as_folded_sets() -> None:
    gold = {"title": "Ferry  Late", "authors": ["Ada Quill"], "topics": ["Ports", "Fog"]}
    scores = page_metadata(gold, {"title": "ferry late", "authors": ["ADA QUILL"], "tags": ["fog"]})
    assert scores == {"title": 1, "authors": 1, "tags_f1": pytest.approx(2 / 3)}
