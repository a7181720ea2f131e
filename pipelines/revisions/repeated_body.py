"""Whether a host answers unrelated addresses with one wordless page, as those do that report errors under status 200.

A real article has several addresses too: a print view, an AMP form, a copy in another section. Those share its slug, and
the article has a date, an author or markup of its own. So a page is taken for a host's standard answer only where none of
that holds: few words, no mark of an article, and addresses that have nothing in common but the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from dateline.types.article import Extraction

MOST_WORDS = 120
"""What hosts say in place of an article is short; from here on an unmarked text is rather a story of an old site."""
OTHER_ADDRESSES = 3
"""Unrelated addresses that had the same page before this one: two happen to real pages (a moved site, a typing error)."""
_MARKS = frozenset({"json-ld", "meta", "microdata"})
_SLUG = re.compile(r"[-_]|^(?=.*\d).{5,}$")


def is_repeated(page: Extraction, others: Iterable[str]) -> bool:
    """Whether the page, which stands at these other addresses of its site with the same headline, is no article."""
    if page.word_count >= MOST_WORDS or is_marked(page):
        return False
    return len({slug_of(url) for url in others} - {slug_of(page.url)}) >= OTHER_ADDRESSES


def is_marked(page: Extraction) -> bool:
    """Whether the page itself has a date, an author or JSON-LD of an article; a feed's word and an address's date don't count."""
    is_dated = page.published is not None and page.published.origin in _MARKS
    return is_dated or bool(page.authors) or any(each.startswith("json-ld") for each in page.kind_evidence)


def slug_of(url: str) -> str:
    """The part of the address that tells one story from another, whatever section or view it stands in; else its last part."""
    segments = [segment.partition(".")[0].lower() for segment in urlsplit(url).path.split("/") if segment]
    named = [segment for segment in segments if _SLUG.search(segment)]
    return max(named, key=len, default=segments[-1] if segments else "")
