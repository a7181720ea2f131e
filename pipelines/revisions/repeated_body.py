"""Recognises a page that its host serves at unrelated addresses, such as an error page with status 200.

A real article has several addresses too: a print view, an AMP form, a copy in another section. Those share its slug, and
the article has a date, an author or markup of its own. So a page is a host's standard answer only if
it has few words, no mark of an article, and addresses that share nothing but the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from dateline.types.article import Extraction

MOST_WORDS = 120
"""Error pages are short; a longer unmarked text is rather a story of an old site."""
OTHER_ADDRESSES = 3
"""Unrelated addresses that had the same page before this one: two happen to real pages (a moved site, a typing error)."""
_MARKS = frozenset({"json-ld", "meta", "microdata"})
_SLUG = re.compile(r"[-_]|^(?=.*\d).{5,}$")


def is_repeated(page: Extraction, others: Iterable[str]) -> bool:
    """Returns whether a page that other addresses of its site share, with its headline, is not an article."""
    if page.word_count >= MOST_WORDS or is_marked(page):
        return False
    return len({slug_of(url) for url in others} - {slug_of(page.url)}) >= OTHER_ADDRESSES


def is_marked(page: Extraction) -> bool:
    """Returns whether the page has a date, an author or JSON-LD of an article; dates from a feed or the URL don't count."""
    is_dated = page.published is not None and page.published.origin in _MARKS
    return is_dated or bool(page.authors) or any(each.startswith("json-ld") for each in page.kind_evidence)


def slug_of(url: str) -> str:
    """Returns the part of the address that identifies a story in any section or view; else its last part."""
    segments = [segment.partition(".")[0].lower() for segment in urlsplit(url).path.split("/") if segment]
    named = [segment for segment in segments if _SLUG.search(segment)]
    return max(named, key=len, default=segments[-1] if segments else "")
