"""The functions that a parser worker runs for a page, and for what a feed says of one.

They import the parsers when they are called. A worker's main process sends it by name and never parses, so it saves the parsers'
share of the start (0.22 s of 1.2 s CPU). This module imports little for the same reason.
"""

from __future__ import annotations

import datetime as dt

from dateline.types.article import Candidate, Extraction, Hints


def read_page(body: bytes, *, url: str, hints: Hints, now: dt.datetime) -> Extraction:
    """Returns what the page says; with the text that its site's own feed gives, where that is longer and holds the page's."""
    from pipelines.extract.extract import extract_page
    from pipelines.feed_text import fuller_text

    found = extract_page(body, url=url, hints=hints, now=now)
    return fuller_text(found, hints.feed_content, hints=hints, now=now) if hints.feed_content else found


def read_feed_words(
    content: str, *, candidate: Candidate, because: str | None, hints: Hints, now: dt.datetime
) -> Extraction:
    """Returns what a feed says of a page that can't be read, with the text of the HTML that it gives."""
    from pipelines.feed_text import article_of_feed

    return article_of_feed(candidate, content, because=because, hints=hints, now=now)
