"""A feed's entry as the feed gives it, and the candidate that it becomes: one rule for every feed format."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from crawler.discovery.full_text import full_text
from crawler.discovery.markup import LONGEST_TITLE, paragraphs, plain_text
from dateline.instants import DateContext, Reading, is_plausible, read_instant
from dateline.languages import language_code
from dateline.log import without_credentials
from dateline.text import bytes_hash, quantity, storable_line
from dateline.types.article import Candidate, Enclosure
from dateline.urls import host_of, is_home, site_of
from dateline.urls.links import absolute_url

_LONGEST_SUMMARY = 4_000
_LONGEST_NAME = 200
_MOST_NAMES = 30
_MOST_TITLES = 3
"""So many titles at one link are not one article whose title was changed."""
_FEWEST_ALIKE = 3
"""So many entries, and most of those with no date but that of a change, that have the same one have that of the feed's making."""
_FIRST_WORDS = re.compile(r".{0,119}(?=\s|$)|.{0,60}")
_BARE_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}/")
_NO_LINK = frozenset({"n/a", "none", "null", "undefined", "#", "-"})
"""What templates write where they have no link."""
_SEVERAL = re.compile(r"(https?://\S+)\s+https?://", re.IGNORECASE)
_PLAIN_FRAGMENT = re.compile(r"[\w.-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """The fields of one entry, unchanged: links and dates best first; title and summary may be HTML.

    `content` is of an element for full texts, `description` is the whole description; `summary` may be cut from either.
    """

    links: tuple[str, ...]
    title: str = ""
    summary: str = ""
    published: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    guid: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    content: str = ""
    description: str = ""
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a feed in feed order, each URL once, and the number of entries with each fault."""

    found: tuple[Candidate, ...]
    warnings: tuple[str, ...]


def to_candidates(
    entries: Iterable[Entry], *, via: str, base: str, now: dt.datetime, language: str = "", site: str = ""
) -> Candidates:
    """One candidate for each entry with a link of its own, and one for each item.

    `language` and `site` (its link) are the feed's. An item is an entry that no page holds alone: it has no link, that of the
    home page, or one that others of other titles share.
    """
    found: dict[str, Candidate] = {}
    trouble: Counter[str] = Counter()
    base = base.partition("#")[0]
    entries = _with_guids_of_their_own(_without_its_making(list(entries)))
    home = _links_base(site, base)
    read = [(entry, _candidate(entry, via, base, home, now, language, trouble)) for entry in entries]
    shared = _shared_links(read)
    for entry, candidate in read:
        page = candidate.url.partition("#")[0]
        is_item = page == base or page in shared or is_home(candidate.url)
        item = _item(entry, candidate, known=found) if is_item else candidate
        if item is None:
            trouble["without a link to an article"] += 1
        elif item.url in found:
            trouble["with the link of another"] += item.title != found[item.url].title
        else:
            found[item.url] = item
    return Candidates(
        tuple(found.values()), tuple(f"{quantity(count, 'entry')} {what}" for what, count in (+trouble).items())
    )


def with_authors(entries: Iterable[Entry], authors: tuple[str, ...]) -> Iterator[Entry]:
    """The entries; those that name no author with the feed's own (RFC 4287, 4.2.1; JSON Feed 1.1)."""
    return (entry if any(entry.authors) else replace(entry, authors=authors) for entry in entries)


def _with_guids_of_their_own(entries: list[Entry]) -> list[Entry]:
    """The entries without the guids that several entries of different titles have ("N/A"): they identify none of them."""
    titles = defaultdict[str, set[str]](set)
    for entry in entries:
        titles[entry.guid].add(entry.title)
    return [replace(each, guid="") if len(titles[each.guid]) > 1 else each for each in entries]


def _without_its_making(entries: list[Entry]) -> list[Entry]:
    """The entries, of which none has the instant at which the feed was made as its only date."""
    dates = Counter(entry.modified for entry in entries if entry.modified and not entry.published)
    made, number = next(iter(dates.most_common(1)), ((), 0))
    if number < _FEWEST_ALIKE or 2 * number <= dates.total():
        return entries
    return [replace(each, modified=()) if not each.published and each.modified == made else each for each in entries]


def _shared_links(read: Iterable[tuple[Entry, Candidate]]) -> frozenset[str]:
    """The links of several entries that are items: with different titles and marks of their own, or with three titles and more.

    A mark is a fragment, or the guid of an entry with a full text: one article whose title was changed has neither.
    """
    titles, marks = defaultdict[str, set[str | None]](set), defaultdict[str, set[str]](set)
    for entry, candidate in read:
        url = candidate.url.partition("#")[0]
        titles[url].add(candidate.title)
        marks[url].add(_fragment(entry) or (entry.guid if candidate.content else ""))
    return frozenset(
        url for url, named in titles.items() if len(named) >= _MOST_TITLES or len(named) > 1 < len(marks[url])
    )


def _fragment(entry: Entry) -> str:
    return next(filter(None, entry.links), "").partition("#")[2].strip().removeprefix("!")


def _item(entry: Entry, candidate: Candidate, *, known: Container[str]) -> Candidate | None:
    """The candidate as an item with an address of its own, titled by its first words if it has no title; None without a text."""
    title = candidate.title or _FIRST_WORDS.findall(candidate.summary or "")[0].rstrip()
    if not title or not (candidate.summary or candidate.content):
        return None
    fragment = _fragment(entry)
    identity = entry.guid or f"{title} {candidate.published_at or candidate.summary}"
    marks = (fragment if _PLAIN_FRAGMENT.fullmatch(fragment) else "", f"item-{bytes_hash(identity.encode()).hex[:16]}")
    page = candidate.url.partition("#")[0]
    urls = [f"{page}#!{mark}" for mark in marks if mark]
    url = next((url for url in urls if url not in known), urls[-1])
    return replace(candidate, url=url, title=title, summary=paragraphs(entry.summary), is_item=True)


def _links_base(site: str, url: str) -> str:
    """Where a feed's relative links begin: its site's page where another host serves the feed, as other readers have it."""
    is_elsewhere = site.strip().lower().startswith(("http://", "https://")) and host_of(site.strip()) != host_of(url)
    return (absolute_url(site, url) or url) if is_elsewhere else url


def _candidate(
    entry: Entry, via: str, base: str, home: str, now: dt.datetime, language: str, trouble: Counter[str]
) -> Candidate:
    """What the entry says; its URL is that of the feed (`base`), where it has no link that can be fetched."""
    named = (link for link in entry.links if link.strip().lower() not in _NO_LINK)
    urls = [url for link in named if (url := absolute_url(_with_scheme(link, base), home))]
    # where every entry links to the home page, the guid may be the article's address
    url = next((url for url in urls if not is_home(url)), urls[0] if urls else base)
    wording = DateContext.of(entry.language or language, url, latest=now)
    published = _instant(entry.published, wording, now, trouble)
    modified = _instant(entry.modified, wording, now, trouble)
    if published and modified and modified.at == published.at:
        modified = None
    full = full_text(entry.content, entry.description)
    title, summary = plain_text(entry.title), plain_text(entry.summary or entry.content, _LONGEST_SUMMARY)
    return Candidate(
        url=url,
        via=via,
        title=title,
        published_at=published.at if published else None,
        modified_at=modified.at if modified else None,
        published_precision=published.precision if published else "minute",
        modified_precision=modified.precision if modified else "minute",
        summary=summary,
        guid=storable_line(without_credentials(entry.guid), LONGEST_TITLE) or None,
        language=language_code(entry.language or ""),
        authors=_names(entry.authors),
        tags=_names(entry.tags),
        content=without_credentials(full.markup) if full else None,
        enclosures=entry.enclosures,
        said=bytes_hash("\n".join((title or "", summary or "", full.words if full else "")).encode("utf-8", "replace")),
    )


def _with_scheme(link: str, base: str) -> str:
    """The link, or the first of several; with the feed's scheme where it begins with a host of the feed's own site."""
    scheme, text = base.partition("://")[0], link.strip()
    if several := _SEVERAL.match(text):
        return several[1]
    is_bare = _BARE_HOST.match(text) and site_of(f"{scheme}://{text}") == site_of(base)
    return f"{scheme}://{text}" if is_bare else link


def _instant(claims: tuple[str, ...], wording: DateContext, now: dt.datetime, trouble: Counter[str]) -> Reading | None:
    """The first claim that can be read and be true; what is wrong with the others is counted where there is none."""
    readings = [found for claim in claims if (found := read_instant(claim, wording))]
    if found := next((one for one in readings if is_plausible(one.at, now)), None):
        return found
    fault = "with an implausible date" if readings else "with a date that can't be read"
    trouble[fault] += any(claims)
    return None


def _names(raw: tuple[str, ...]) -> tuple[str, ...]:
    names = (plain_text(name, _LONGEST_NAME) for name in raw[:_MOST_NAMES])
    return tuple(dict.fromkeys(name for name in names if name))
