"""Joins the pages of an article that its site splits: whether a page continues the article, and the text of all; pure.

What every page repeats (headline, standfirst, byline, notes at the end) is kept once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import dropwhile

from dateline.text import folded
from dateline.types.article import STORED_KINDS, Extraction, Part
from dateline.urls import site_of, url_key
from dateline.urls.paging import split_note

MOST_REPEATED = 0.8
"""A page that says so much of what was read before does not continue it: its pager turns comments, pictures or nothing."""
LEAST_CONTAINED = 0.9
"""The share of the first page's text that a view of the whole article holds."""
_PAGE_MARK = re.compile(
    r"[\W_]*(?:page|part|seite|teil|página|pagina|strona|side|sida|стр|第)?\.?\s*\d{1,2}\s*(?:页|頁|ページ)?"
    r"(?:\s*(?:/|of|von|de|sur|di|из)\s*\d{1,2})?\W*$",
    re.IGNORECASE,
)
_METADATA = ("authors", "published", "modified", "section", "tags", "image_url", "summary", "site_name")
_STATED = ("alternative_titles", "rights", "directives", "raw_dates")
_PAGER_LINE = re.compile(
    r"\W*(?:(?:continued? (?:on|to)|next|go to|weiter (?:auf|zu)|suite|lire la suite|sigue en|continua a)\b.{0,20})?"
    r"\W*(?:(?:page|seite|teil|part|página|pagina|strona)?\W*\d{1,2}(?:\s*(?:/|of|von|de|sur|di)\s*\d{1,2})?)?\W*",
    re.IGNORECASE,
)


def continues(first: Extraction, part: Extraction, *, read: str) -> bool:
    """Whether a page is a further page of the article whose text so far is `read`."""
    if part.kind not in STORED_KINDS or not part.text.strip():
        return False
    return _is_of_article(first, part) and _repeated(part.text, read) < MOST_REPEATED


def as_further(found: Extraction, before: Extraction) -> Extraction:
    """The page with the one before it, which it names, as that of which it is a further one; as it is where it is not.

    Without a date on both pages it is not proved: a column of one title, numbered by its blog, names its neighbour, too.
    """
    is_dated = found.published is not None and before.published is not None
    if found.paging is None or not is_dated or not continues(before, found, read=before.text):
        return found
    return replace(found, paging=replace(found.paging, first_url=found.paging.before_url))


def holds_all(first: Extraction, whole: Extraction) -> bool:
    """Whether a page is a view of the whole article: it holds what the first page says, and more."""
    if whole.kind not in STORED_KINDS or len(whole.text) <= len(first.text):
        return False
    return _is_of_article(first, whole) and _repeated(first.text, whole.text) >= LEAST_CONTAINED


def is_view(first: Extraction, view: Extraction) -> bool:
    """Whether a page that the first one names as its AMP or print view has the text that the first one lacks."""
    return view.kind in STORED_KINDS and bool(view.text.strip()) and _is_of_article(first, view)


def _is_of_article(first: Extraction, other: Extraction) -> bool:
    """Whether the headlines agree, or the other page names the first as canonical; and neither site nor date says otherwise."""
    if site_of(first.url) != site_of(other.url):
        return False
    if first.published and other.published and abs((first.published.at - other.published.at).days) >= 1:
        return False
    names_first = other.canonical_url is not None and url_key(other.canonical_url) == url_key(first.url)
    return names_first or bool(_headlines(first) & _headlines(other))


def _headlines(page: Extraction) -> set[str]:
    """The page's headlines as they are compared: without "page 2 of 3", letters and digits alone."""
    titles = (page.title or "", *page.alternative_titles)
    return {re.sub(r"\W+", "", folded(_PAGE_MARK.sub("", title))) for title in titles} - {""}


def join(first: Extraction, parts: Sequence[tuple[Part, Extraction]], *, missing: str | None = None) -> Extraction:
    """The article of all its pages. `missing` says why the next page could not be read."""
    text = first.text
    for _, part in parts:
        text = join_texts(text, part.text)
    last = first.paging.last if first.paging else 1
    note = split_note(len(parts) + 1, max(last, len(parts) + 1), missing) if missing else None
    return _with_text(first, text, parts, note)


def with_whole(first: Extraction, part: Part, whole: Extraction) -> Extraction:
    """The article with the text of the view that holds all of it."""
    return replace(_with_text(first, whole.text, [(part, whole)], None), removed=whole.removed, links=whole.links)


def with_view(first: Extraction, part: Part, view: Extraction) -> Extraction:
    """The article as its AMP or print view has it, at its own address, with what only the page itself says."""
    known = {name: getattr(view, name) or getattr(first, name) for name in _METADATA}
    known |= {name: getattr(first, name) for name in ("url", "canonical_url", "amp_url", "print_url")}
    known |= {name: tuple(dict.fromkeys([*getattr(first, name), *getattr(view, name)])) for name in _STATED}
    return replace(view, **known, parts=(part,), paging=None)


def undivided(found: Extraction) -> Extraction:
    """The article without the note that it has further pages: what its pager leads to is not part of it."""
    return replace(found, warnings=_other_warnings(found))


def _with_text(first: Extraction, text: str, parts: Sequence[tuple[Part, Extraction]], note: str | None) -> Extraction:
    read = [part for _, part in parts]
    return replace(
        first,
        text=text,
        links=tuple(dict.fromkeys([*first.links, *(link for part in read for link in part.links)])),
        removed=tuple(dict.fromkeys([*first.removed, *(line for part in read for line in part.removed)])),
        rules=tuple(dict.fromkeys([*first.rules, *(rule for part in read for rule in part.rules)])),
        warnings=(*_other_warnings(first), *filter(None, [note])),
        parts=tuple(part for part, _ in parts),
    )


def _other_warnings(found: Extraction) -> tuple[str, ...]:
    note = split_note(1, found.paging.last) if found.paging else None
    return tuple(warning for warning in found.warnings if warning != note)


def join_texts(before: str, after: str) -> str:
    """Two pages' texts as one, without what the edges of both repeat."""
    head, tail = _paragraphs(before), _paragraphs(after)
    known = {_key(paragraph) for paragraph in head}
    tail = list(dropwhile(lambda one: _key(one) in known or _PAGER_LINE.fullmatch(one), tail))
    ending = {_key(paragraph) for paragraph in tail[-8:]}
    while head and tail and (_key(head[-1]) in ending or _PAGER_LINE.fullmatch(head[-1])):
        del head[-1]
    return "\n\n".join([*head, *tail])


def _repeated(text: str, read: str) -> float:
    """The share of a text's letters in paragraphs that the other text has, too."""
    known = {_key(paragraph) for paragraph in _paragraphs(read)}
    lengths = [(len(paragraph), _key(paragraph) in known) for paragraph in _paragraphs(text)]
    return sum(length for length, is_known in lengths if is_known) / max(1, sum(length for length, _ in lengths))


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]


def _key(paragraph: str) -> str:
    return folded(paragraph)
