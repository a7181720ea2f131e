"""Who wrote an entry, its topics and its day, where a feed says so for all entries, or in another place than usual."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from crawler.discovery.discover import discover
from dateline.types.article import Candidate

NOW = dt.datetime(2026, 5, 14, 12, tzinfo=dt.UTC)
LINK = "https://quay.example/pier"
UPDATED = "<updated>2026-05-12T23:30:00-04:00</updated>"


def first(body: str) -> Candidate:
    return discover(body.encode(), url="https://quay.example/feed", content_type=None, kind="feed", now=NOW).candidates[
        0
    ]


def atom(*entries: str, head: str = "") -> Candidate:
    units = "".join(f"<entry><title>{n}</title><link href='{LINK}{n}'/>{one}</entry>" for n, one in enumerate(entries))
    return first(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Quay</title>{head}{units}</feed>")


def json_feed(item: dict[str, Any], **feed: Any) -> Candidate:
    items = [{"id": "1", "url": LINK, "title": "Pier"} | item]
    return first(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items} | feed))


def test_an_entry_without_authors_has_its_feeds() -> None:
    head = "<author><name>Ada Quill</name></author>"
    assert atom("", head=head).authors == ("Ada Quill",)
    assert atom("<author><name>Bo Lund</name></author>", head=head).authors == ("Bo Lund",)
    assert json_feed({}, authors=[{"name": "Ada Quill"}]).authors == ("Ada Quill",)


@pytest.mark.parametrize(
    "said", [{"author": "Ada Quill"}, {"authors": {"name": "Ada Quill"}}, {"authors": ["Ada Quill"]}]
)
def test_json_authors_of_other_forms(said: dict[str, Any]) -> None:
    assert json_feed(said).authors == ("Ada Quill",)


def test_line_breaks_within_strings_of_json_are_read() -> None:
    broken = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"url": LINK, "title": "The@pier"}]})
    assert first(broken.replace("@", "\n")).title == "The pier"


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("<i:author xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'>Ada Quill</i:author>", ("Ada Quill",)),
        ("<m:credit xmlns:m='http://search.yahoo.com/mrss/' role='author'>Ada Quill</m:credit>", ("Ada Quill",)),
        ("<m:credit xmlns:m='http://search.yahoo.com/mrss/' role='photographer'>Bo Lund</m:credit>", ()),
        (
            "<author>a@x.example (Ada Quill)</author>"
            "<i:author xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'>The Show</i:author>",
            ("Ada Quill",),
        ),
    ],
)
def test_the_media_of_an_entry_name_its_authors_where_nothing_else_does(said: str, names: tuple[str, ...]) -> None:
    assert (
        first(f"<rss><channel><item><title>x</title><link>{LINK}</link>{said}</item></channel></rss>").authors == names
    )


def test_prism_dates_an_entry_that_has_no_other_date() -> None:
    said = "<p:publicationDate xmlns:p='http://prismstandard.org/namespaces/basic/2.0/'>2026-05-12</p:publicationDate>"
    found = first(f"<rss><channel><item><title>x</title><link>{LINK}</link>{said}</item></channel></rss>")
    assert found.published_at == dt.datetime(2026, 5, 12, tzinfo=dt.UTC)


def test_keywords_of_media_are_topics_where_there_are_no_others() -> None:
    words = "<m:keywords xmlns:m='http://search.yahoo.com/mrss/'>harbour, ferry</m:keywords>"
    assert first(f"<rss><channel><item><title>x</title><link>{LINK}</link>{words}</item></channel></rss>").tags == (
        "harbour, ferry",
    )


def test_an_entry_whose_only_date_is_its_last_change_is_of_that_day() -> None:
    found = atom(UPDATED)
    assert (found.published_at, found.day_of_change) == (None, dt.datetime(2026, 5, 12, tzinfo=dt.UTC))
    assert atom(f"{UPDATED}<published>2026-05-11T08:00:00Z</published>").day_of_change is None


OTHERS = [f"<updated>2026-05-{day:02}T07:15:00Z</updated>" for day in range(1, 13)]
DATED = f"{OTHERS[0]}<published>2026-05-01T07:00:00Z</published>"


@pytest.mark.parametrize(
    ("others", "is_its_making"),
    [
        ([UPDATED] * 2, True),
        ([UPDATED] * 12 + OTHERS, True),
        ([UPDATED] * 2 + [DATED] * 20, True),
        ([UPDATED], False),
        ([UPDATED] * 2 + OTHERS, False),
        ([UPDATED] * 2 + OTHERS[:3], False),
    ],
)
def test_but_not_where_most_entries_have_the_instant_at_which_the_feed_was_made(
    others: list[str], is_its_making: bool
) -> None:
    found = atom(UPDATED, *others)
    assert (found.modified_at is None, found.day_of_change is None) == (is_its_making, is_its_making)


@pytest.mark.parametrize("first_date", ["soon", "Mon, 04 May 2099 08:15:00 GMT", ""])
def test_the_first_date_that_can_be_true_counts(first_date: str) -> None:
    dates = f"<pubDate>{first_date}</pubDate><d:date xmlns:d='http://purl.org/dc/elements/1.1/'>2026-05-04T08:15:00Z</d:date>"
    found = first(f"<rss><channel><item><title>x</title><link>{LINK}</link>{dates}</item></channel></rss>")
    assert found.published_at == dt.datetime(2026, 5, 4, 8, 15, tzinfo=dt.UTC)
