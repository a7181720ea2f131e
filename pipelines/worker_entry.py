"""The function that a parser worker runs for a page.

It imports the parsers when it is called. A worker's main process sends it by name and never parses, so it saves the parsers'
share of the start (0.22 s of 1.2 s CPU). This module imports little for the same reason.
"""

from __future__ import annotations

import datetime as dt

from dateline.types.article import Extraction, Hints


def read_page(body: bytes, *, url: str, hints: Hints, now: dt.datetime) -> Extraction:
    """Returns what `pipelines.extract.extract.extract_page` finds in the page."""
    from pipelines.extract.extract import extract_page

    return extract_page(body, url=url, hints=hints, now=now)
