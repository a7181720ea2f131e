"""The feed that has the entries before those of a feed (RFC 5005, sections 3 and 4; JSON Feed, next_url); pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson
from lxml import etree

from crawler.discovery.json_feed import json_feed_start
from crawler.discovery.link_header import linked
from crawler.discovery.xml_text import local_name, read_xml
from dateline.urls.links import absolute_url

RELATIONS = ("prev-archive", "next")
_PAGED = re.compile(r"(?<=[?&])paged=(\d{1,5})(?=&|$)")


def earlier_feed(text: str, url: str, headers: Sequence[tuple[str, str]] = ()) -> str | None:
    """The address of the archive before this feed, or of its next page. WordPress numbers its feeds (`?paged=2`)."""
    if (start := json_feed_start(text)) is not None:
        return _json_next(text[start:], url)
    document = read_xml(text)
    links = _links(document.root, url) if document else {}
    links |= {relation: found for relation in RELATIONS if (found := linked(headers, url, relation))}
    named = next((links[relation] for relation in RELATIONS if relation in links), None)
    if named is None and document is not None and _is_wordpress(document.root):
        return _next_number(url)
    return named


def _json_next(text: str, url: str) -> str | None:
    try:
        feed = orjson.loads(text[: text.rfind("}") + 1].encode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        return None
    named = feed.get("next_url") if isinstance(feed, dict) else None
    return absolute_url(named, url) if isinstance(named, str) else None


def _links(root: etree._Element, url: str) -> dict[str, str]:
    """The feed's own links by relation, not those of its entries."""
    found: dict[str, str] = {}
    for element in (*root, *(inner for child in root if local_name(child) == "channel" for inner in child)):
        if local_name(element) == "link" and element.get("href"):
            target = absolute_url(element.get("href") or "", url)
            if target and target != url:
                found.setdefault((element.get("rel") or "").strip().lower(), target)
    return found


def _is_wordpress(root: etree._Element) -> bool:
    says = (el for child in root for el in (child, *child) if local_name(el) == "generator")
    return any("wordpress.org" in (element.text or "") for element in says)


def _next_number(url: str) -> str:
    if found := _PAGED.search(url):
        return f"{url[: found.start(1)]}{int(found[1]) + 1}{url[found.end(1) :]}"
    return f"{url}{'&' if '?' in url else '?'}paged=2"
