"""Entries of feeds that no page holds alone, and the address that an entry has where it names none itself."""

from __future__ import annotations

import json
from html import escape

import pytest

from tests.unit.crawler.discovery.test_feeds import items, only, read


@pytest.mark.parametrize(("link", "guids"), [("/live", ("t1", "t2")), ("/", ("", "")), ("/en", ("", ""))])
def test_entries_with_texts_of_their_own_at_one_link_are_items(link: str, guids: tuple[str, str]) -> None:
    text = "<p>The ferry waits for the wind to drop before it sails.</p>" * 12
    found = read(
        items(
            *(
                f"<title>Report {n}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
                f"<description>{escape(f'<p>{n}.</p>{text}')}</description>"
                for n, guid in enumerate(guids)
            )
        )
    )
    assert [(page.title, page.is_item) for page in found.candidates] == [("Report 0", True), ("Report 1", True)]


def test_an_entry_with_neither_title_nor_page_is_called_by_its_first_words() -> None:
    long = "The ferry waits for the wind to drop before it sails. " * 5
    found = read(
        items(f"<description>{long}</description>", f"<description>{'橋' * 200}</description>", "<guid>x</guid>")
    )
    assert [(page.title, page.is_item) for page in found.candidates] == [
        ((long * 2)[:118].rpartition(" ")[0], True),
        ("橋" * 60, True),
    ]


def test_an_article_whose_title_was_changed_under_another_guid_is_no_item() -> None:
    entries = (f"<title>{t}</title><link>/a</link><guid isPermaLink='false'>{t}</guid>" for t in ("One", "Two"))
    assert not only(read(items(*entries))).is_item


def test_an_item_of_a_json_feed_without_an_address_has_that_of_the_page_it_points_to() -> None:
    told = {"id": "7", "title": "Seen elsewhere", "external_url": "https://bay.example/pier"}
    own = told | {"id": "8", "url": "https://harbour.example/linked"}
    found = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": [told, own]}))
    assert [page.url for page in found.candidates] == ["https://bay.example/pier", "https://harbour.example/linked"]
