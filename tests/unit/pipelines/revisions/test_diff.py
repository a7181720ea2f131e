"""What changed between two revisions."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipelines.revisions.diff import MOST_WORDS, Piece, as_json, diff_texts, diff_words

LINES = st.text(alphabet="ab c.d\n港", max_size=60)


def test_a_headline_is_compared_word_by_word() -> None:
    assert diff_words("Pier to be rebuilt in May", "Pier to be closed in May") == [
        Piece("equal", "Pier to be "),
        Piece("delete", "rebuilt"),
        Piece("insert", "closed"),
        Piece("equal", " in May"),
    ]
    assert as_json(diff_words("港口将重建", "港口将关闭"))[0] == {"op": "equal", "text": "港口将"}


def test_paragraphs_come_and_go_whole_and_are_compared_word_by_word_where_rewritten() -> None:
    old = "The council met on Monday.\nIt voted eleven to four for the pier.\nThe mayor was away."
    new = "The council met on Monday.\nIt voted twelve to three for the pier.\nWork begins in May.\nThe mayor was away."
    assert diff_texts(old, new) == [
        Piece("equal", "The council met on Monday.\nIt voted "),
        Piece("delete", "eleven"),
        Piece("insert", "twelve"),
        Piece("equal", " to "),
        Piece("delete", "four"),
        Piece("insert", "three"),
        Piece("equal", " for the pier.\n"),
        Piece("insert", "Work begins in May.\n"),
        Piece("equal", "The mayor was away."),
    ]


def test_a_long_passage_that_has_nothing_in_common_is_shown_whole() -> None:
    old, new = "a " * MOST_WORDS, "b " * MOST_WORDS
    assert diff_texts(old, new) == [Piece("delete", old), Piece("insert", new)]


@given(LINES, LINES)
def test_the_pieces_make_both_texts(old: str, new: str) -> None:
    for pieces in (diff_words(old, new), diff_texts(old, new)):
        assert "".join(piece.text for piece in pieces if piece.op != "delete") == new
        assert "".join(piece.text for piece in pieces if piece.op != "insert") == old
        assert all(one.op != other.op for one, other in itertools.pairwise(pieces))
