"""A feed's entry as the feed gives it, and the candidate that it becomes: one rule for every feed format."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dateline.instants import Reading, Wording, is_plausible, read_instant
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
    published: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    guid: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a feed in feed order, each URL once, and the number of entries with each fault."""

    found: tuple[Candidate, ...]
    warnings: tuple[str, ...]


def to_candidates(entries: Iterable[Entry], *, via: str, base: str, now: dt.datetime, language: str = "") -> Candidates:
    """One candidate for each entry with a link that can be fetched; `language` is the feed's."""
    found: dict[str, Candidate] = {}
    trouble: Counter[str] = Counter()
    for entry in entries:
        candidate = _candidate(entry, via, base, now, language, trouble)
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


def _candidate(
    entry: Entry, via: str, base: str, now: dt.datetime, language: str, trouble: Counter[str]
) -> Candidate | None:
    url = next((url for link in entry.links if (url := absolute_url(link, base))), None)
    if url is None or url == base.partition("#")[0]:
        return None
    wording = Wording.of(entry.language or language, url, latest=now)
    published = _instant(entry.published, wording, now, trouble)
    modified = _instant(entry.modified, wording, now, trouble)
    if published and modified and modified.at == published.at:
        modified = None
    return Candidate(
        url=url,
        via=via,
        title=plain_text(entry.title),
        published_at=published.at if published else None,
        modified_at=modified.at if modified else None,
        published_precision=published.precision if published else "minute",
        modified_precision=modified.precision if modified else "minute",
        summary=plain_text(entry.summary, _LONGEST_SUMMARY),
        guid=storable_line(entry.guid, _LONGEST_TITLE) or None,
        language=language_code(entry.language),
        authors=_names(entry.authors),
        tags=_names(entry.tags),
    )


def _instant(claims: tuple[str, ...], wording: Wording, now: dt.datetime, trouble: Counter[str]) -> Reading | None:
    """The first claim that can be read; dropped, and counted, where it can't be true."""
    found = next((found for claim in claims if (found := read_instant(claim, wording))), None)
    if found is None:
        trouble["with a date that can't be read"] += any(claims)
        return None
    if not is_plausible(found.at, now):
        trouble["with an implausible date"] += 1
        return None
    return found


def _names(raw: tuple[str, ...]) -> tuple[str, ...]:
    names = (plain_text(name, _LONGEST_NAME) for name in raw[:_MOST_NAMES])
    return tuple(dict.fromkeys(name for name in names if name))
