"""What a site's own feed says of an article, as an article: with its full text, or as a headline; and which text wins. Pure.

The HTML of a feed runs through the extraction of pages, so this is for the parser pool where there is any.
"""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace
from typing import TYPE_CHECKING

from dateline.text import folded
from dateline.types.article import FROM_FEED, STORED_KINDS, Candidate, Extraction, Hints, Instant, TextOrigin

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEED_SAYS_MORE = "feed_says_more"
NO_PAGE = "no_page"
"""Reasons why an article's text is not its page's; others are the ledger's."""
LEAST_HELD, ALL_HELD = 0.9, 0.98
"""The share of a text's words in another that holds it; that has all of it."""
_MORE = 1.2
"""How much longer than the page's a feed's text must be to take its place: less are notes and captions."""
_SHINGLE = 12
"""Letters that are compared at a time: about two words, or two lines of a script without spaces."""
_LONGEST_COMPARED = 200_000
_LINES = ("p", "small", "footer")
_MOST_WORDS_OF_CREDIT = 8
"""Words beside its links that a line may have which says where the article appeared."""


def article_of_feed(
    candidate: Candidate, content: str | None, *, because: str | None, hints: Hints, now: dt.datetime
) -> Extraction:
    """What the feed says: an article with the feed's text where it gives one, else a headline."""
    if content:
        found = _extracted(candidate, content, hints, now)
        if found.text.strip():
            return replace(_said(candidate, found, "feed", because), rules=found.rules, removed=found.removed)
    if candidate.is_item and candidate.summary:
        text = Extraction(candidate.url, "article", None, candidate.summary)
        return replace(_said(candidate, text, "feed", because), language=_language(candidate, hints, candidate.summary))
    nothing = Extraction(candidate.url, "headline", None, "")
    words = f"{candidate.title or ''} {candidate.summary or ''}"
    return replace(_said(candidate, nothing, "none", because), language=_language(candidate, hints, words))


def fuller_text(found: Extraction, content: str, *, hints: Hints, now: dt.datetime) -> Extraction:
    """The page's article, with the feed's text where that is longer and holds the page's.

    Where the page's text holds the feed's, it says so. Where neither holds the other, the page's is kept.
    """
    if found.kind not in STORED_KINDS or found.paging is not None or hints.candidate is None:
        return found
    feed = _extracted(hints.candidate, content, hints, now)
    if not feed.text.strip() or share_held(feed.text, found.text) >= ALL_HELD:
        return replace(found, holds_feed_text=True)
    if len(feed.text) < _MORE * len(found.text) or share_held(found.text, feed.text) < LEAST_HELD:
        return found
    kind = "article" if found.kind == "paywalled_excerpt" else found.kind
    lengths = f"the feed's text is {len(feed.text):,} characters long, the page's {len(found.text):,}"
    return replace(
        found,
        kind=kind,
        kind_evidence=(*found.kind_evidence, lengths),
        text=feed.text,
        language=found.language or feed.language,
        links=feed.links or found.links,
        rules=feed.rules,
        removed=feed.removed,
        text_origin="feed",
        no_page_text_because=FEED_SAYS_MORE,
    )


def share_held(text: str, whole: str) -> float:
    """The share of a text's letters that are in the other text in the same runs; 1 for an empty text."""
    own, other = _letters(text), _letters(whole)
    if len(own) < _SHINGLE:
        return float(own in other)
    known = {other[i : i + _SHINGLE] for i in range(len(other) - _SHINGLE + 1)}
    runs = range(0, len(own) - _SHINGLE + 1, _SHINGLE)
    return sum(own[i : i + _SHINGLE] in known for i in runs) / len(runs)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, folded(text[:_LONGEST_COMPARED])))


def _extracted(candidate: Candidate, content: str, hints: Hints, now: dt.datetime) -> Extraction:
    """The feed's HTML as the body of a page that holds nothing else."""
    from pipelines.extract.extract import extract_page  # the parsers: a worker's main process does without them

    title, content = html.escape(candidate.title or ""), _without_credit(content, candidate.url)
    head = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head>"
    page = f"{head}<body><article><h1>{title}</h1>{content}</article></body></html>"
    own = Hints(
        candidate=candidate,
        language=hints.language or candidate.language,
        content_type="text/html; charset=utf-8",
        site_names=hints.site_names,
        timezone=hints.timezone,
        is_wanted=True,
    )
    found = extract_page(page.encode("utf-8", "replace"), url=candidate.url, hints=own, now=now)
    return replace(found, text="") if folded(found.text) == folded(candidate.title or "") else found


def _without_credit(content: str, url: str) -> str:
    """The feed's HTML, well formed, without a last line that says where the post appeared.

    WordPress adds one to each item, in the site's language.
    """
    from lxml.html import tostring

    from dateline.html import parse_html

    body = parse_html(content).find("body")
    if body is None:
        return content
    last = _last_line(body)
    if last is not None and _is_credit(last, url) and last.text_content().strip() != body.text_content().strip():
        last.getparent().remove(last)
    body.tag = "div"
    return str(tostring(body, encoding="unicode", with_tail=False))


def _last_line(body: HtmlElement) -> HtmlElement | None:
    """The last element, of those that are lines; None where loose text follows it."""
    last = body
    while len(last) and not (last[-1].tail or "").strip() and last.tag not in _LINES:
        last = last[-1]
    return last if last.tag in _LINES else None


def _is_credit(line: HtmlElement, url: str) -> bool:
    """Whether a line is a link to the article's own page, and few words."""
    links = list(line.iter("a"))
    linked = sum(len(link.text_content().split()) for link in links)
    is_own = any(_place(link.get("href") or "") == _place(url) for link in links)
    return is_own and len(line.text_content().split()) - linked <= _MOST_WORDS_OF_CREDIT


def _place(url: str) -> str:
    return url.partition("://")[2].partition("?")[0].partition("#")[0].rstrip("/")


def _said(candidate: Candidate, text: Extraction, origin: TextOrigin, because: str | None) -> Extraction:
    """The candidate's own words about the article whose text was found."""
    from pipelines.extract.authors import names_of
    from pipelines.extract.topics import clean_tags

    picture = next((one.url for one in candidate.enclosures if one.media_type.startswith("image/")), None)
    return Extraction(
        url=candidate.url,
        kind=text.kind if text.kind in STORED_KINDS or origin == "none" else "article",
        title=candidate.title,
        text=text.text,
        kind_evidence=(_EVIDENCE[origin],),
        authors=names_of(list(candidate.authors)),
        tags=clean_tags(candidate.tags),
        summary=candidate.summary,
        published=_instant(candidate.published_at, candidate.published_precision)
        or _instant(candidate.day_of_change, "day"),
        modified=_instant(candidate.modified_at, candidate.modified_precision),
        language=text.language,
        declared_language=candidate.language,
        image_url=text.image_url or picture,
        links=text.links,
        extractor=FROM_FEED,
        text_origin=origin,
        no_page_text_because=because,
    )


_EVIDENCE: dict[TextOrigin, str] = {
    "feed": "the text that its site's own feed gives",
    "none": "its site's own feed names it, and its text could not be read",
}


def _language(candidate: Candidate, hints: Hints, text: str) -> str | None:
    from pipelines.extract.language import choose_language

    return choose_language(hints.language or candidate.language, text)[0]


def _instant(at: dt.datetime | None, precision: str) -> Instant | None:
    return Instant(at, precision, "feed") if at else None  # type: ignore[arg-type]
