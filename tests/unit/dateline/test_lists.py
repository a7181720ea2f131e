"""Lists of addresses and JSON values as people and other programs write them."""

from __future__ import annotations

import pytest

from dateline.lists import json_entries, json_value, web_addresses

ONE, TWO = "https://a.test/1.html", "https://b.test/2,3(x).html?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{ONE}\n{TWO}", [ONE, TWO]),
        (f"<{ONE}>\n<{TWO}>", [ONE, TWO]),
        (f'"{ONE}",\n"{TWO}"', [ONE, TWO]),
        (f"{ONE},\n{TWO};", [ONE, TWO]),
        (f"- {ONE}\n* {TWO}", [ONE, TWO]),
        (f"1. [one]({ONE})\n2. [two]({TWO})", [ONE, TWO]),
        (f"{ONE} {TWO}", [ONE, TWO]),
        (f"{ONE},{TWO}", [ONE, TWO]),
        (f"{ONE}\tremark\n{TWO}  # remark", [ONE, TWO]),
        (f"see {ONE}.\n\n# {TWO}", [ONE]),
        (f"\u00a0{ONE}\u200b\n\x1a", [ONE]),
        ("- a.test/1.html\n<b.test/2>", ["a.test/1.html", "b.test/2"]),
        ("nonsense here", ["nonsense here"]),
    ],
)
def test_addresses_are_found_in_lists_as_people_keep_them(text: str, found: list[str]) -> None:
    assert web_addresses(text) == found


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_of_a_table_the_cells_that_are_addresses_are_read(sign: str) -> None:
    text = f'url{sign}title\n{ONE}{sign}"One, {TWO}"\n"{TWO}"{sign}Two\n'
    assert web_addresses(text, is_table=True) == [ONE, TWO]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ('[{"a": 1}, {"a": 2}]', "entry"),
        ('[\n{"a": 1},\n{"a": 2}\n]', "entry"),
        ('{"a": 1}\n{"a": 2}\n', "line"),
        ('{"a": 1},\n{"a": 2},\n', "line"),
    ],
)
def test_entries_of_lists_and_of_lines_are_read_and_told_apart(text: str, unit: str) -> None:
    said, entries = json_entries(iter(text.encode().splitlines(keepends=True)))
    assert (said, [json_value(one) for one in entries]) == (unit, [{"a": 1}, {"a": 2}])


def test_one_object_in_many_lines_is_read_and_broken_ones_keep_their_lines() -> None:
    unit, entries = json_entries(iter([b"{\n", b'"a": 1\n', b"}\n"]))
    assert (unit, [json_value(one) for one in entries]) == ("entry", [{"a": 1}])
    unit, entries = json_entries(iter([b"{broken\n", b'{"a": 1}\n']))
    assert (unit, list(entries)) == ("line", [b"{broken\n", b'{"a": 1}\n'])


def test_half_a_character_in_json_is_read() -> None:
    assert json_value(b'{"a": "x\\ud83d"}') == {"a": "x\ud83d"}
    with pytest.raises(ValueError, match="surrogate"):
        json_value(b'{"a": "\\ud83d"')
