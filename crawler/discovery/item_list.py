"""The pages that a list names in its JSON-LD (schema.org ItemList), which scripts may show in place of links; pure."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from dateline.urls.article_url import score_url
from dateline.urls.identity import site_of
from dateline.urls.links import absolute_url, base_url

_MOST_SCRIPTS = 20
_LONGEST_SCRIPT = 1_000_000
_MOST_NODES = 10_000
_MENUS = frozenset({"BreadcrumbList", "SiteNavigationElement", "WPHeader", "WPFooter"})


def listed_urls(root: HtmlElement, url: str) -> tuple[str, ...]:
    """The addresses of the same site that the page's item lists name, in their order; menus and sections are left out."""
    base, site = base_url(root, url), site_of(url)
    named = (absolute_url(text, base) for script in islice(_scripts(root), _MOST_SCRIPTS) for text in _named(script))
    return tuple(dict.fromkeys(one for one in named if one and site_of(one) == site and score_url(one).points > 0))


def _scripts(root: HtmlElement) -> Iterator[Any]:
    for element in islice(root.iter("script"), 1_000):
        text = element.text or ""
        if "ld+json" in (element.get("type") or "").lower() and "ItemList" in text and len(text) <= _LONGEST_SCRIPT:
            try:
                yield json.loads(text)
            except (ValueError, RecursionError):
                continue


def _named(script: Any) -> Iterator[str]:
    """The URLs of the list items below a node, breadth first, without recursion."""
    queue, seen = deque([script]), 0
    while queue and seen < _MOST_NODES:
        node, seen = queue.popleft(), seen + 1
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict) and _MENUS.isdisjoint(_types(node)):
            if "ListItem" in _types(node):
                item = node.get("item")
                about = item if isinstance(item, dict) else {"url": item}
                yield from filter(_is_text, (node.get("url") or about.get("url") or about.get("@id"),))
            queue.extend(node.values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _types(node: dict[str, Any]) -> list[str]:
    found = node.get("@type")
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]
