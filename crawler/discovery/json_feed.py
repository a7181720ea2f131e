"""JSON Feed 1.0 and 1.1 (jsonfeed.org) and the posts of WordPress' REST interface to candidates, tolerant of wrong types."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from crawler.discovery.entries import Entry, to_candidates, with_authors
from crawler.discovery.full_text import as_html, to_enclosures
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.markup import as_markup, plain_text
from crawler.discovery.newest import newest
from dateline.instants import is_plausible, read_instant
from dateline.text import quantity, storable_line
from dateline.types.source import Discovery
from dateline.urls.links import absolute_url

_JSON_FEED = re.compile(r"\{\s*\"version\"\s*:\s*\"https?:\\?/\\?/(?:www\.)?jsonfeed\.org", re.IGNORECASE)
_COMMA_AT_END = re.compile(r",(?=\s{0,1000}[\]}])")
_JUNK_BEFORE_FEED = 65_536


def json_feed_start(text: str) -> int | None:
    """Where a JSON Feed begins, behind the warnings that a server may put before it; None where there is none."""
    found = _JSON_FEED.search(text, 0, _JUNK_BEFORE_FEED)
    return found.start() if found else None


def read_json_feed(text: str, *, url: str, now: dt.datetime, limits: DiscoveryLimits) -> Discovery:
    """The candidates of a JSON Feed, or of a list of WordPress posts; `found_kind` is None for other JSON."""
    start = json_feed_start(text)
    try:
        # behind a script's brackets (JSONP) or a server's notes the object ends with its last brace
        end = len(text) if start is None else text.rfind("}") + 1
        feed = _parsed(text[start or 0 : end])
    except (ValueError, RecursionError) as error:
        return Discovery(found_kind=None, warnings=(f"invalid JSON: {str(error)[:200]}",))
    if isinstance(feed, list) and all(map(_is_post, feed)):
        posts = to_candidates(map(_post, feed[: limits.max_entries]), via="wordpress", base=url, now=now)
        return Discovery(found_kind="wordpress", candidates=posts.found, warnings=posts.warnings)
    if isinstance(feed, list) and feed and all(map(_is_plain_item, feed)):
        feed = {"items": feed}
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return Discovery(found_kind=None, warnings=("JSON, but not a JSON Feed",))
    found = _discovery(feed, url, now, limits)
    return replace(found, warnings=("text before the JSON", *found.warnings)) if start else found


def _parsed(text: str) -> Any:
    """The value, though JSON forbids line breaks within strings and commas before brackets. Nesting beyond 1,024 is an error."""
    try:
        return orjson.loads(text.encode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        if "trailing comma" in str(error):
            return json.loads(_COMMA_AT_END.sub("", text), strict=False)
        if "control character" not in str(error):
            raise
        return json.loads(text, strict=False)


def _discovery(feed: dict[str, Any], url: str, now: dt.datetime, limits: DiscoveryLimits) -> Discovery:
    items = [item for item in feed["items"] if isinstance(item, dict)]
    found = to_candidates(
        with_authors(map(_entry, newest(items, limits.max_entries, partial(_date_of, now=now))), _authors(feed)),
        via="json_feed",
        base=url,
        now=now,
        language=_said(feed, "language"),
        site=_said(feed, "home_page_url"),
    )
    surplus = len(items) - limits.max_entries
    capped = (f"{quantity(surplus, 'entry')} beyond {limits.max_entries}",) if surplus > 0 else ()
    return Discovery(
        found_kind="feed",
        candidates=found.found,
        hub_url=next(_hubs(feed, url), None),
        self_url=absolute_url(_said(feed, "feed_url"), url),
        title=plain_text(_said(feed, "title")),
        language=storable_line(_said(feed, "language"), 35) or None,
        warnings=(*capped, *found.warnings),
    )


def _said(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _entry(item: dict[str, Any]) -> Entry:
    guid = _said(item, "id")
    return Entry(
        links=(
            _said(item, "url") or _said(item, "link"),
            guid if guid.startswith(("http://", "https://")) else "",
            _said(item, "external_url"),
        ),
        title=as_markup(_said(item, "title")),
        summary=as_markup(_said(item, "summary") or _said(item, "content_text")) or _said(item, "content_html"),
        published=_instants(item, "date_published", "published_at", "pubDate", "date"),
        modified=_instants(item, "date_modified"),
        guid=guid,
        language=_said(item, "language"),
        authors=_authors(item),
        tags=tuple(tag for tag in _listed(item.get("tags")) if isinstance(tag, str)),
        description=as_markup(_said(item, "summary")),
        content=_said(item, "content_html") or as_html(_said(item, "content_text")),
        enclosures=to_enclosures(
            ((_said(one, "url"), _said(one, "mime_type")) for one in _dicts(item.get("attachments"))), ""
        ),
    )


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    """The names of an item or feed: `authors` of version 1.1, `author` of 1.0, and plain names in their place."""
    people = [*_listed(item.get("authors")), *_listed(item.get("author"))]
    names = (_said(one, "name") if isinstance(one, dict) else one for one in people)
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _date_of(item: dict[str, Any], *, now: dt.datetime) -> dt.datetime | None:
    """The plausible date of an item, for choosing among too many."""
    found = read_instant(_said(item, "date_published") or _said(item, "date_modified"))
    return found.at if found and is_plausible(found.at, now) else None


def _instants(item: dict[str, Any], *keys: str) -> tuple[str, ...]:
    return tuple(said for key in keys if (said := _said(item, key)))


def _hubs(feed: dict[str, Any], url: str) -> Iterator[str]:
    for hub in _dicts(feed.get("hubs")):
        target = absolute_url(_said(hub, "url"), url)
        if target:
            yield target


def _is_post(item: Any) -> bool:
    """Whether it is a post of WordPress (developer.wordpress.org, REST API, Posts), be it with few of its fields."""
    return isinstance(item, dict) and bool(_said(item, "link")) and isinstance(item.get("title"), dict | str)


def _is_plain_item(item: Any) -> bool:
    """Whether it has the fields of an item of a JSON Feed, of which some sites send the list alone."""
    return isinstance(item, dict) and bool(_said(item, "url")) and isinstance(item.get("title"), str)


def _post(post: dict[str, Any]) -> Entry:
    """A post with its authors and terms, where they are embedded. What a password protects is not its text."""
    within = post.get("_embedded")
    embedded = within if isinstance(within, dict) else {}
    terms = _dicts(*_listed(embedded.get("wp:term")))
    content = post.get("content")
    is_open = not (isinstance(content, dict) and content.get("protected"))
    return Entry(
        links=(_said(post, "link"),),
        title=_rendered(post, "title"),
        summary=_rendered(post, "excerpt"),
        published=_zoned(post, "date"),
        modified=_zoned(post, "modified"),
        guid=_rendered(post, "guid"),
        authors=tuple(_said(author, "name") for author in _dicts(embedded.get("author"))),
        tags=tuple(_said(term, "name") for term in terms if _said(term, "name") != "Uncategorized"),
        description=_rendered(post, "excerpt"),
        content=_rendered(post, "content") if is_open else "",
    )


def _rendered(post: dict[str, Any], key: str) -> str:
    value = post.get(key)
    return _said(value, "rendered") if isinstance(value, dict) else _said(post, key)


def _zoned(post: dict[str, Any], key: str) -> tuple[str, ...]:
    """The post's own clock with the offset that its GMT date gives it."""
    here, there = _said(post, key), _said(post, f"{key}_gmt").removesuffix("Z")
    try:
        own, gmt = dt.datetime.fromisoformat(here), dt.datetime.fromisoformat(there)
        zone = dt.timezone(dt.timedelta(minutes=round((own - gmt).total_seconds() / 60)))
        return (own.replace(tzinfo=zone).isoformat(),)
    except (ValueError, TypeError, OverflowError):  # a date of zeros, more than a day apart, or a zone in one of them
        return tuple(text for text in (f"{there}Z" if there and there[0] != "0" else "", here) if text)


def _dicts(*values: Any) -> list[dict[str, Any]]:
    return [item for value in values for item in _listed(value) if isinstance(item, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
