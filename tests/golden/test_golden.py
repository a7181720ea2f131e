"""Golden pages: what is extracted equals the file beside them, which `python -m tests.golden.regenerate` writes."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from dateline.types.article import Kind
from tests.golden.regenerate import FOLDER, PAGES, extracted


@pytest.mark.parametrize("name", PAGES)
def test_page_gives_what_was_expected(name: str) -> None:
    assert extracted(name) == json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_every_kind_has_its_page() -> None:
    kinds = {json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["kind"] for name in PAGES}
    assert kinds == set(get_args(Kind)) - {"headline"}, "a headline is a feed's word for a page that can't be read"


def test_an_aggregators_copy_is_freed_of_what_the_aggregator_added() -> None:
    page = extracted("aggregator_copy")
    assert page["title"] == "Governor signs river bill after all-night sitting"
    assert page["credited_to"] == "Kestrel Examiner"
    assert page["section"] == "Travel"
    assert "CLICK HERE" not in page["text"]
    assert page["text"].endswith("where we want it to be.”")
