"""The query language: trees, and errors that point at the place."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import QueryError
from dateline.search.dates import parse_range
from dateline.search.notices import unknown_value
from dateline.search.query import And, DateFilter, Filter, Not, Or, Words, leaves, parse

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "position", "problem", "cure"),
    [
        ('ferry "old pier', 6, "is not closed", '"'),
        ("a (b OR c", 2, "is not closed", "write )"),
        ("a) b", 1, "was not opened", "leave it out"),
        ("a OR", 2, "nothing follows OR", "quotes"),
        ("OR a", 0, "OR has nothing before it", "both sides"),
        ("(OR a)", 1, "OR has nothing before it", "both sides"),
        ("AND a", 0, "AND has nothing before it", "both sides"),
        ("a NOT", 2, "nothing follows NOT", "write a word"),
        ("speaker:hello", 0, "unknown field speaker:", "title:"),
        ("a title: b", 8, "nothing follows “title:”", "space"),
        ("kind:poem", 5, "unknown value in kind:poem", "opinion"),
        ("copies:perhaps", 7, "unknown value in copies:perhaps", "only"),
        ("a date:2026-13", 7, "is not a date", "2026-05"),
        ("date:2026-05..2026-04", 5, "ends before it begins", "2026-05"),
        ("source:(a OR b)", 7, "does not take parentheses", "source:this,that"),
        ('"a b"~0', 0, "distance", "~20"),
        ('"a b"~', 0, "distance", "~20"),
        ('"a b"~near', 0, "distance", "~20"),
        ("c++*", 0, "letters and digits", "remove"),
        ("*erry", 0, "can't begin a word", "the beginning"),
        ("  ", 0, "empty", "word"),
        ("🚀 —", 0, "no letter or digit", "word"),
        ("(" * 40 + "a" + ")" * 40, 30, "too deeply", "30"),
        ("a " * 1500, 2000, "too long", "2000"),
        ("a " * 101, 0, "too many", "100"),
    ],
)
def test_an_error_names_the_position_and_the_cure(text: str, position: int, problem: str, cure: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.position == position
    assert problem in refused.value.problem
    assert cure in refused.value.cure
    arrow = str(refused.value).splitlines()[-1]
    assert arrow.strip() == "^"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ferry && pier", "ferry AND pier"),
        ("ferry || pier", "ferry OR pier"),
        ("ferry !pier", "ferry -pier"),
        ("ferry −pier", "ferry -pier"),
        ("ferry –pier", "ferry -pier"),
        ("title：ferry", "title:ferry"),
        ("lang:de-AT", "lang:de"),
        ("Lehrer:innen", '"Lehrer:innen"'),
        ("Bürger:in", '"Bürger:in"'),
        ("Yahoo! ferry", '"Yahoo!" ferry'),
        ("2025 – 2026", "2025 2026"),
        ('"ferry pier" ~5', '"ferry pier"~5'),
        ("“ferry pier”  ~5 (a OR b)", '"ferry pier"~5 (a OR b)'),
    ],
)
def test_other_spellings_of_the_syntax_are_read(written: str, meant: str) -> None:
    def plain(text: str) -> str:
        return re.sub(r"position=\d+|'phrase'|'word'", "", repr(parse(text).root))

    assert plain(written) == plain(meant)


@pytest.mark.parametrize("pair", [("F", "16"), ("15", "km"), ("737", "MAX")])
def test_two_words_that_a_text_may_write_as_one_are_also_looked_for_as_a_phrase(pair: tuple[str, str]) -> None:
    letter, number = (Words("word", text, 4 + place * (len(pair[0]) + 1)) for place, text in enumerate(pair))
    phrase = Words("phrase", " ".join(pair), 4)
    root = parse(f"new {letter.text} {number.text} old").root
    assert isinstance(root, And)
    assert root.children[1:-1] == (Or((And((letter, number)), phrase)),)


@pytest.mark.parametrize("text", ["12 ferries", "2026 km", "F 1600", "title:F 16", "F -16", "F OR 16", "F* 16"])
def test_other_words_beside_numbers_stay_two_words(text: str) -> None:
    assert "phrase" not in repr(parse(text).root)


def test_a_search_is_parsed_into_this_tree() -> None:
    root = parse('ferry OR -pier "old boat"~3 title:(x OR y*) lang:EN,de').root
    assert isinstance(root, Or)
    assert root.children[0] == Words("word", "ferry", 0)
    rest = root.children[1]
    assert isinstance(rest, And)
    assert [type(child) for child in rest.children] == [Not, Words, Or, Filter]
    assert [(w.kind, w.text, w.distance, w.in_title) for w in leaves(rest) if isinstance(w, Words)] == [
        ("word", "pier", 0, False),
        ("near", "old boat", 3, False),
        ("word", "x", 0, True),
        ("prefix", "y", 0, True),
    ]
    assert rest.children[3] == Filter("lang", ("en", "de"), 44)
    assert isinstance(parse("date:7d").root, DateFilter)
    assert parse("https://post.test/a").root == Words("word", "https://post.test/a", 0)
    assert parse("at 10:30 - or").root == And(
        (Words("word", "at", 0), Words("word", "10:30", 3), Words("word", "or", 11))
    )


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-02-28", "2026-02-28", "2026-03-01"),
        ("2026-05..2026-06", "2026-05-01", "2026-07-01"),
        ("2026-05..", "2026-05-01", None),
        ("..2026-05", None, "2026-06-01"),
        ("2d", "2026-05-02T12:00", None),
        ("24h", "2026-05-03T12:00", None),
        ("99999y", "1000-01-01", None),
        ("today", "2026-05-04", "2026-05-05"),
        ("yesterday", "2026-05-03", "2026-05-04"),
    ],
)
def test_a_date_range_is_parsed_into_these_bounds(text: str, since: str | None, until: str | None) -> None:
    ends = [end and dt.datetime.fromisoformat(end).replace(tzinfo=dt.UTC) for end in (since, until)]
    assert list(parse_range(text, query=text, position=0).bounds(NOW)) == ends


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ('צה"ל', "צה״ל"),
        ("6'2\"", "6'2'"),
        ('12" record', "12'"),
        ('foo"bar', "foo'bar"),
    ],
)
def test_a_quotation_mark_within_a_word_is_part_of_it(text: str, leaf: str) -> None:
    assert next(iter(parse(text).words())).text == leaf


def test_an_inner_quotation_mark_leaves_the_phrases_as_they_are() -> None:
    asked = parse('"the 12" record" pier')
    assert [(w.kind, w.text) for w in asked.words()] == [("phrase", "the 12' record"), ("word", "pier")]
    assert "12" in asked.notices[0]
    assert [(w.kind, w.text) for w in parse('ב"הארץ" "a b"').words()] == [
        ("word", "ב"), ("phrase", "הארץ"), ("phrase", "a b"),
    ]  # fmt: skip
    assert parse("mh-17* o'br*").notices == ()


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert list(leaves(parse(text).root))
    except QueryError as error:
        assert 0 <= error.position <= max(len(text), 1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("https://bay.example/2026/05/pier.html", "dateline explain https://bay.example/2026/05/pier.html"),
        (" HTTP://bay.example/pier\n", "dateline explain HTTP://bay.example/pier"),
        ('"https://bay.example/a?b=1&c=2#top"', "dateline explain 'https://bay.example/a?b=1&c=2#top'"),
        ("<https://bay.example/pier>", "dateline explain https://bay.example/pier"),
        ("https://bay.example/pier_(old)", "dateline explain 'https://bay.example/pier_(old)'"),
        ("www.bay.example/pier", "dateline explain www.bay.example/pier"),
    ],
)
def test_who_searches_for_an_address_is_told_what_finds_it(text: str, named: str) -> None:
    [notice] = parse(text).notices
    assert notice.endswith(named)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ferry | pier", "OR"),
        ("ferry|pier", "OR"),
        ("ferry| pier", "OR"),
        ("ferry or pier", "OR"),
        ("title:(ferry Or pier)", "OR"),
        ("ferry not pier", "NOT"),
        ("not ferry", "NOT"),
        ("ferry NEAR/5 pier", "NEAR/5"),
        ("ferry w/3 pier", "w/3"),
        ("ferry NEAR pier", "NEAR"),
        ("f?rry", "f?rry"),
        ("title:pier fe*ry", "fe*ry"),
        ("ferry~2", "ferry~2"),
        ("ferry^1.5 pier", "ferry^1.5"),
        ("/ferr.*/", "regular expressions"),
    ],
)
def test_operators_of_other_engines_are_said_to_be_none(text: str, said: str) -> None:
    [notice] = parse(text).notices
    assert said in notice


@pytest.mark.parametrize(
    "text",
    [
        "ferry", "site:bay.example", "ferry https://bay.example/pier", "https", "www", "U.S./EU", "who sank it?",
        "A NEAR MISS", '"ferry | pier"', '"f?rry pier"~3 ferr*', "24/7 and/or", "v/2", "~100 boats", "C*",
        '"to be or not to be"', "ferry OR pier", "ferry || pier", "or", "Oregon nor", "knot NOT pier", "2*3", "mh-17* /",
    ],
)  # fmt: skip
def test_of_most_searches_nothing_is_said(text: str) -> None:
    assert parse(text).notices == ()


@pytest.mark.parametrize(
    ("field", "value", "known", "said"),
    [
        ("source", "harbor-post", ["harbour-post", "Harbour Post", "vega"], "; there is harbour-post, Harbour Post"),
        ("author", "Hollowey", ["Ines Holloway", "Ada May"], "; there is Ines Holloway"),
        ("author", "Nobody At All", ["Ines Holloway"], "author of this name"),
        ("lang", "xx", ["de", "en"], "in this language; there is de, en"),
        ("tag", "a, b", [], 'tag:"a, b" finds nothing: no article has this topic'),
    ],
)
def test_a_value_that_the_archive_does_not_know_is_named_with_those_like_it(
    field: str, value: str, known: list[str], said: str
) -> None:
    assert unknown_value(field, value, known).endswith(said)
