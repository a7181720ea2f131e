"""An item of a feed, which is an article of its own: its people and topics are read as those of a page."""

from __future__ import annotations

import pytest

from dateline.types.article import Candidate
from pipelines.items import read_item

URL = "https://lanternpost.example/feed#!1"


@pytest.mark.parametrize(
    ("raw", "authors"),
    [
        (("Ada Quill and Bo Lund",), ("Ada Quill", "Bo Lund")),
        (("By Ada Quill, Staff Writer",), ("Ada Quill",)),
        (("记者 林晓雨",), ("林晓雨",)),
        (("admin",), ()),
    ],
)
def test_authors_are_names_alone(raw: tuple[str, ...], authors: tuple[str, ...]) -> None:
    assert read_item(Candidate(URL, "rss", title="Pier", authors=raw)).authors == authors


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        (("Ferry", "Harbour", "ferry"), ("Ferry", "Harbour")),
        (("Ferry, Harbour",), ("Ferry", "Harbour")),
        (("Morrow, Port", "Ferry"), ("Morrow, Port", "Ferry")),
    ],
)
def test_tags_are_split_and_unique(raw: tuple[str, ...], tags: tuple[str, ...]) -> None:
    assert read_item(Candidate(URL, "rss", title="Pier", tags=raw)).tags == tags
