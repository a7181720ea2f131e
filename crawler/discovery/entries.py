"""A feed's entry as the feed gives it, and the candidate that it becomes: one rule for every feed format."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.discovery.dates import is_plausible, parse_date
from dateline.text import storable_line
from dateline.types.article import Candidate
from dateline.urls.links import absolute_url

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,4000}>")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|em|font|i|mark|q|small|span|strong|sub|sup|u)(?:\s[^<>]{0,4000})?>", re.IGNORECASE
)
_LONGEST_MARKUP = 20_000
_LONGEST_TITLE = 1_000
_LONGEST_SUMMARY = 4_000
_LONGEST_NAME = 200
_MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """The fields of one entry, unchanged: links and dates best first; title and summary may be HTML."""

    links: tuple[str, ...]
    title: str = ""
    summary: str = ""
    published: tuple[str | dt.datetime, ...] = ()
    modified: tuple[str | dt.datetime, ...] = ()
    guid: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a feed in feed order, each URL once, and the number of entries with each fault."""

    found: tuple[Candidate, ...]
    warnings: tuple[str, ...]


def to_candidates(entries: Iterable[Entry], *, via: str, base: str, now: dt.datetime) -> Candidates:
    """One candidate for each entry with a link that can be fetched."""
    found: dict[str, Candidate] = {}
    trouble: Counter[str] = Counter()
    for entry in entries:
        candidate = _candidate(entry, via, base, now, trouble)
        if candidate is None:
            trouble["without a link to an article"] += 1
        else:
            found.setdefault(candidate.url, candidate)
    return Candidates(tuple(found.values()), tuple(f"{count} entries {what}" for what, count in (+trouble).items()))


def plain_text(markup: str, limit: int = _LONGEST_TITLE) -> str | None:
    """The text of an HTML fragment on one line, without tags and entities; None where no text is left."""
    text = html.unescape(_without_tags(markup[:_LONGEST_MARKUP]))
    if "<" in text:  # markup that was escaped twice
        text = html.unescape(_without_tags(text))
    return storable_line(text, limit) or None


def _without_tags(text: str) -> str:
    """The text without tags: a space where a block ends, none where an inline tag was."""
    return _TAG.sub(" ", _INLINE_TAG.sub("", text)) if "<" in text else text


def language_code(tag: str | None) -> str | None:
    """The primary subtag of a language tag (RFC 5646), "pt" for "pt_BR"; None where that is not two or three letters."""
    primary = re.split(r"[-_]", (tag or "").strip().lower(), maxsplit=1)[0]
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else None


def _candidate(entry: Entry, via: str, base: str, now: dt.datetime, trouble: Counter[str]) -> Candidate | None:
    url = next((url for link in entry.links if (url := absolute_url(link, base))), None)
    if url is None or url == base.partition("#")[0]:
        return None
    published = _instant(entry.published, now, trouble)
    modified = _instant(entry.modified, now, trouble)
    return Candidate(
        url=url,
        via=via,
        title=plain_text(entry.title),
        published_at=published,
        modified_at=modified if modified != published else None,
        summary=plain_text(entry.summary, _LONGEST_SUMMARY),
        guid=storable_line(entry.guid, _LONGEST_TITLE) or None,
        language=language_code(entry.language),
        authors=_names(entry.authors),
        tags=_names(entry.tags),
    )


def _instant(claims: tuple[str | dt.datetime, ...], now: dt.datetime, trouble: Counter[str]) -> dt.datetime | None:
    """The first date that can be read; an implausible one is dropped and counted."""
    read = (parse_date(claim) if isinstance(claim, str) else claim for claim in claims)
    at = next((at for at in read if at), None)
    if at is None:
        trouble["with a date that can't be read"] += any(claims)
        return None
    if not is_plausible(at, now):
        trouble["with an implausible date"] += 1
        return None
    return at


def _names(raw: tuple[str, ...]) -> tuple[str, ...]:
    names = (plain_text(name, _LONGEST_NAME) for name in raw[:_MOST_NAMES])
    return tuple(dict.fromkeys(name for name in names if name))
