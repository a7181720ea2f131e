"""The part of a site within which boilerplate is learned: a host's section, or one author's pages.

Pure. On a host where many people write, an author's repeated lines must not become boilerplate of the others' pages. So
lines are learned for a scope: `post.test/sport`, `post.test/@bob`, or `post.test` for pages without a section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from dateline.urls import host_of

DEPTH = 2
"""Folders that a section's name has at most."""
LONGEST_HOST, LONGEST_FOLDER = 253, 80
"""Characters kept of a host name (RFC 1035, 2.3.4) and of a folder's name, so that a scope fits an index."""

_PEOPLE = frozenset(
    {"author", "authors", "contributor", "contributors", "member", "members", "people", "profile", "profiles"}
)
_PEOPLE |= {"u", "user", "users", "writer", "writers"}
_SHARED = frozenset(
    {"blog", "blogs", "c", "channel", "channels", "columnist", "columnists", "communities", "community"}
)
_SHARED |= {"group", "groups", "pub", "publication", "publications", "r", "site", "sites", "space", "spaces", "view"}
_AUTHOR_KEYS = frozenset(
    {"author", "blog", "by", "channel", "member", "u", "uid", "user", "user_id", "userid", "username"}
)
_YEAR, _MONTH_OR_DAY = re.compile(r"(?:19|20)\d\d"), re.compile(r"\d{1,2}|[a-z]{3}")
_DATE = re.compile(r"(?:19|20)\d\d[-_.]?\d\d(?:[-_.]?\d\d)?")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?")
_ARTICLE = re.compile(r"\d{5}|(?:[^-_]+[-_]){3}")
"""Where a folder's name is one article's: a long number, or four words."""


def scope_of(url: str) -> str:
    """Returns the URL's scope; "" for a URL without a host."""
    host = host_of(url).removeprefix("www.")[:LONGEST_HOST]
    return "/".join((host, *_section(url))) if host else ""


def _section(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    folders = [unquote(each).lower()[:LONGEST_FOLDER] for each in parts.path.split("/") if each]
    marked = next((each for each in folders if each[0] in "@~" and len(each) > 1), None)
    if marked:
        return (marked,)
    for name, value in parse_qsl(parts.query, max_num_fields=None):
        if name.lower() in _AUTHOR_KEYS and value:
            return ("?" + value.lower()[:LONGEST_FOLDER],)
    for place, folder in enumerate(folders):
        left = len(folders) - place - 1
        if (folder in _PEOPLE and left >= 1) or (folder in _SHARED and left >= 2):
            return (folder, folders[place + 1])
    return tuple(_sections(folders[:-1]))[:DEPTH]


def _sections(folders: Sequence[str]) -> Iterator[str]:
    """Yields the folders without dates and languages, up to the first that is one article's own."""
    is_dated = False
    for folder in folders:
        if is_dated and _MONTH_OR_DAY.fullmatch(folder):
            continue
        is_dated = bool(_YEAR.fullmatch(folder) or _DATE.fullmatch(folder))
        if _ARTICLE.search(folder) and not is_dated:
            return
        if not is_dated and not _LANGUAGE.fullmatch(folder):
            yield folder
