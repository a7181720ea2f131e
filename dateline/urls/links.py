"""Links of a page: references resolved to absolute http(s) URLs, and the anchors of an lxml tree.

A URL is kept as the publisher wrote it, as far as it can be fetched. `dateline.urls` decides which URLs are the same page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from lxml.html import HtmlElement

from dateline.text import UNWANTED, storable_line
from dateline.urls.hosts import folded_host
from dateline.urls.rules import MAX_HOST_LENGTH, MAX_URL_LENGTH

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_FORBIDDEN_IN_HOST = re.compile(r"[\s<>\"'{}|\\^`%#?@]")
_CLEAN_URL = re.compile(r"https?://[a-z0-9][a-z0-9.-]{0,252}/[!$-\[\]_a-z~]*")
"""Most URLs match. They need none of the other steps, which take ten times as long."""
_INVISIBLE = " \u00ad\u200b\u200c\u200d\u2060"
"""What editors paste at the ends of an address."""
_SLASHES = re.compile(r"^(?:(https?:)/{3,}(?=[^/.]+\.[^/])|/{2,})", re.IGNORECASE)
"""Behind a scheme only where a host with a dot follows: templates that know no host write "http:///page", too."""
_FEED_SCHEME = re.compile(r"^feed:(?:(?://)?(?=https?:)|(?=//))", re.IGNORECASE)
"""The scheme by which pages hand feeds to a reader: it stands for http(s), or before it."""
_WHITE_SPACE = re.compile(r"\s+")
_NODES_READ_IN_AN_ANCHOR = 64
_TEXT_READ_IN_AN_ANCHOR = 500


@dataclass(frozen=True, slots=True)
class PageLink:
    """One anchor: its target, its text, and its `rel` values ("nofollow", "author", "tag" …).

    `element` is the anchor itself, from which its place on the page can be found.
    """

    url: str
    text: str
    rel: frozenset[str]
    element: HtmlElement

    @property
    def is_nofollow(self) -> bool:
        """Whether the publisher does not vouch for the target (rel nofollow, sponsored or ugc)."""
        return not self.rel.isdisjoint({"nofollow", "sponsored", "ugc"})


def absolute_url(reference: str, base: str) -> str | None:
    """The absolute http(s) URL that a reference means on a page, or None if it can't be fetched.

    As in browsers (WHATWG URL, section 4.4), control characters are removed, outer blanks trimmed, and backslashes read as
    slashes. Credentials and fragments are dropped, except "#!" fragments (AJAX crawling, where they name a page). What turns
    the direction of a line, and could show another address, is percent-encoded.
    """
    if _CLEAN_URL.fullmatch(reference) and len(reference) <= MAX_URL_LENGTH:
        return reference
    cleaned = _CONTROLS.sub("", reference).strip(_INVISIBLE).strip()
    if not cleaned or len(cleaned) > MAX_URL_LENGTH or _is_mere_fragment(cleaned):
        return None
    try:
        parts = urlsplit(urljoin(base, with_slashes(cleaned)))
        return _fetchable(parts)
    except ValueError:  # an incomplete IPv6 address, a port that is not a number, a host that NFKC turns into a URL
        return None


def base_url(root: HtmlElement, url: str) -> str:
    """The URL that references on the page are relative to: its first base href if that is http(s), else its own URL."""
    href = next((href for each in root.iter("base") if (href := each.get("href")) is not None), None)
    return (absolute_url(href, url) if href else None) or url


def page_links(root: HtmlElement, url: str) -> Iterator[PageLink]:
    """The anchors of a page that lead to http(s) URLs, in page order; a URL may occur several times."""
    base = base_url(root, url)
    for anchor in root.iter("a", "area"):
        target = absolute_url(anchor.get("href") or "", base)
        if target:
            yield PageLink(target, anchor_text(anchor), frozenset((anchor.get("rel") or "").lower().split()), anchor)


def anchor_text(anchor: HtmlElement) -> str:
    """The text of an anchor; if it has none, the label of the anchor or of its picture.

    Reads a limited number of nodes: anchors nested thousands deep would otherwise take quadratic time.
    """
    nodes = list(islice(anchor.iter(), _NODES_READ_IN_AN_ANCHOR))
    spoken = [piece for node in nodes for piece in _visible_text(node, is_anchor=node is anchor)]
    text = _squeezed(" ".join(spoken))
    return text or _squeezed(anchor.get("aria-label") or anchor.get("title") or _alternative_text(nodes))


def _visible_text(node: HtmlElement, *, is_anchor: bool) -> Iterator[str]:
    if isinstance(node.tag, str) and node.tag not in {"script", "style", "noscript", "title", "template"} and node.text:
        yield node.text
    if not is_anchor and node.tail:
        yield node.tail


def _alternative_text(nodes: list[HtmlElement]) -> str:
    return next((node.get("alt") or "" for node in nodes if node.tag == "img"), "")


def _squeezed(text: str) -> str:
    return storable_line(text[: 4 * _TEXT_READ_IN_AN_ANCHOR])[:_TEXT_READ_IN_AN_ANCHOR]


def _is_mere_fragment(reference: str) -> bool:
    return reference.startswith("#") and not reference.startswith("#!")


def with_slashes(reference: str) -> str:
    """The reference with the slashes that browsers read in it: backslashes count, and so do more than two before the host."""
    head, mark, tail = _FEED_SCHEME.sub("", reference).partition("?")
    return _SLASHES.sub(r"\1//", head.replace("\\", "/")) + mark + tail


def _fetchable(parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    host = host if host.isascii() else folded_host(host)
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or len(host) > MAX_HOST_LENGTH
        or _FORBIDDEN_IN_HOST.search(host)
        or UNWANTED.search(host)
    ):
        return None
    bracketed = f"[{host}]" if ":" in host else host
    netloc = bracketed if parts.port is None else f"{bracketed}:{parts.port}"
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    url = parts._replace(netloc=netloc, fragment=fragment).geturl()
    url = UNWANTED.sub(lambda found: quote(found[0]), _WHITE_SPACE.sub("%20", url))
    return url if len(url) <= MAX_URL_LENGTH and _is_utf8(url) else None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
