"""WordPress' REST interface: where a site has it, and the address of its posts; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from lxml.html import HtmlElement

from crawler.discovery.link_header import linked
from dateline.urls.links import absolute_url, base_url

RELATION = "https://api.w.org/"
MOST_POSTS = 100
"""Posts in a list, at most (developer.wordpress.org, REST API, Pagination)."""
WATCHED_POSTS = 20
_SIGN = re.compile(r"/wp-(?:content|includes)/")
_LONGEST_HEAD = 200_000


def find_api(root: HtmlElement, url: str, headers: Sequence[tuple[str, str]]) -> str | None:
    """The root of the REST interface that a page names in a link or in its headers."""
    for link in root.iter("link"):
        if (link.get("rel") or "").strip() == RELATION:
            return absolute_url(link.get("href") or "", base_url(root, url))
    return linked(headers, url, RELATION)


def usual_api(text: str, url: str) -> str | None:
    """Where it usually is, for a page that looks like WordPress'."""
    return absolute_url("/wp-json/", url) if _SIGN.search(text[:_LONGEST_HEAD]) else None


def api_of(posts: str) -> str:
    """The root of the interface of a list of posts."""
    return f"{posts.partition('/wp/v2/posts')[0]}/"


def newest_posts(api: str) -> str:
    """The address of the newest posts, as it is watched: few, since each has its full text."""
    return posts_url(api, per_page=str(WATCHED_POSTS))


def further_posts_url(url: str) -> str:
    """The address of the next posts after those at a watched address."""
    head, _, query = url.partition("?")
    pairs = [pair for pair in query.split("&") if not pair.startswith("page=")]
    number = next((pair[5:] for pair in query.split("&") if pair.startswith("page=")), "1")
    return f"{head}?{'&'.join([*pairs, f'page={int(number) + 1}'])}"


def posts_url(api: str, **asked: str) -> str:
    """The address of a list of posts with their authors and terms; `asked` are further parameters."""
    query = urlencode({"per_page": MOST_POSTS, "_embed": "author,wp:term"} | asked, safe=":")
    if "rest_route=" in api:
        return f"{api.rstrip('/')}/wp/v2/posts&{query}"
    return f"{api.rstrip('/')}/wp/v2/posts?{query}"
