"""tdmrep.json: which rule counts for a path, and files that are not what they should be."""

from __future__ import annotations

import json
import time

import pytest

from crawler.politeness.tdmrep import read_tdmrep, tdm_rights

FILE = [
    {"location": "/free/*.html", "tdm-reservation": 0},
    {"location": "/news/", "tdm-reservation": 1, "tdm-policy": "https://rights.example/policy.json"},
    {"location": "/", "tdm-reservation": "0"},
]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/free/a.html", ["0"]),
        ("/news/pier?page=2", ["1", "https://rights.example/policy.json"]),
        ("/sport", ["0"]),
    ],
)
def test_the_first_rule_that_matches_counts(path: str, values: list[str]) -> None:
    found = tdm_rights(read_tdmrep(json.dumps(FILE).encode()), path)
    assert [each.value for each in found] == values
    assert {each.origin for each in found} == {"tdmrep.json"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>not found</html>", b"[" * 100_000, b'{"location": 5}', b"[1, null, []]", b"\xff\xfe", b'"/"',
        b'[{"location": "/", "tdm-reservation": 2}]', b'[{"location": "news", "tdm-reservation": 1}]',
        b'[{"tdm-reservation": 1}]',
    ],
)  # fmt: skip
def test_what_is_no_rule_says_nothing(body: bytes) -> None:
    assert tdm_rights(read_tdmrep(body), "/news/pier") == ()


@pytest.mark.parametrize(
    "body",
    [
        b'[{"location": "*", "tdm-reservation": true}]', b'[{"location": "/*", "tdm-reservation": "1"}]',
        b'[{"location": "https://post.example/news/*", "tdm-reservation": 1}]',
        b'[{"location": ["/sport/*", "/news/*"], "tdm-reservation": 1.0}]',
    ],
)  # fmt: skip
def test_a_reservation_in_another_form_is_one(body: bytes) -> None:
    assert [each.value for each in tdm_rights(read_tdmrep(body), "/news/pier")] == ["1"]


def test_a_single_rule_may_stand_without_a_list() -> None:
    assert read_tdmrep('\ufeff{"location": "/", "tdm-reservation": 1, "tdm-policy": 7}'.encode())[0].reservation == "1"


@pytest.mark.parametrize("items", [[FILE[0]] * 5_000, [{"location": ["/a", "/b*"] * 250, "tdm-reservation": 1}] * 60])
def test_a_large_file_is_cut(items: list[object]) -> None:
    assert len(read_tdmrep(json.dumps(items).encode())) == 500


def test_a_hostile_file_costs_a_url_little() -> None:
    items = [{"location": "/é" + "a*" * 240, "tdm-reservation": 1}] * 500
    rules, began = read_tdmrep(json.dumps(items, ensure_ascii=False).encode()), time.process_time()
    assert tdm_rights(rules, "/%c3%a9" * 2_000) == ()
    assert len(rules) == 500
    assert time.process_time() - began < 0.1
