"""The targets of redirectors and caches, read from the URL alone."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote, urljoin

from dateline.urls import rules

WEB_SCHEME = re.compile(r"(?:https?:)?/{2,}", re.IGNORECASE)
WEB_ADDRESS = re.compile(r"https?://[^/\s]", re.IGNORECASE)
LOST_SLASH = re.compile(r"\A(https?):/(?=[^/])", re.IGNORECASE)
MAX_UNWRAPS = 5


def unwrap(url: str) -> str:
    """The URL that a wrapper leads to, through nested wrappers; the URL itself if it is not a wrapper.

    `ural.infer_redirection` treats any `?url=` as a redirection, recursively; here the path or host must be a redirector's,
    so that a login page (`/login?next=…`) or an article is not replaced by another page.
    """
    for _ in range(MAX_UNWRAPS):
        target = _target(url)
        if target is None or target == url:
            break
        url = target
    return url


def with_scheme(url: str) -> str:
    """The URL with a scheme (`http` where it had none) and exactly two slashes after it."""
    found = WEB_SCHEME.match(url)
    if found is None:
        return f"http://{url}"
    scheme = "https" if found.group()[:5].lower() == "https" else "http"
    return f"{scheme}://{url[found.end() :]}"


def _target(url: str) -> str | None:
    found = WEB_SCHEME.match(url)
    bare = url[found.end() :] if found else url
    return _target_in_path(bare) or _target_in_query(url, bare)


def _target_in_path(bare: str) -> str | None:
    if cached := rules.TARGET_IN_PATH.match(bare):
        target = next(value for value in cached.groups() if value is not None)
        return with_scheme(LOST_SLASH.sub(r"\1://", target.removeprefix("s/")))
    if turbo := rules.TURBO.match(bare):
        return f"https://{turbo['host']}{turbo['path'] or ''}"
    if news := rules.GOOGLE_NEWS_ARTICLE.match(bare):
        return _google_news_target(news["id"])
    if yahoo := rules.YAHOO_TARGET.match(bare):
        return _web_address(unquote(yahoo["target"]))
    return None


def _google_news_target(article: str) -> str | None:
    """The URL inside a Google News id, field 4 of a small protobuf; None for the newer, opaque ids."""
    try:
        content = base64.urlsafe_b64decode(article + "=" * (-len(article) % 4))
    except (binascii.Error, ValueError):
        return None
    length = content[3] & 0x7F | (content[4] << 7 if content[3] & 0x80 else 0) if len(content) > 5 else 0
    start = 5 if length > 127 else 4
    return _web_address(content[start : start + length].decode("utf-8", "replace"))


def _target_in_query(url: str, bare: str) -> str | None:
    before, _, query = bare.partition("?")
    host, _, path = before.lower().partition("/")
    if host == "urldefense.proofpoint.com":
        # its version 2 writes "-" for "%" and "_" for "/"
        query = query.replace("-", "%").replace("_", "/")
    if "/" not in query and "%2" not in query:
        return None
    page = path.rstrip("/").rpartition("/")[2].partition(".")[0]
    first, *others = host.split(".")
    if page and page not in rules.REDIRECTORS and not (first in rules.REDIRECTOR_LABELS and len(others) >= 2):
        return None
    items = _items(query)
    values = (unquote(items[name]) for name in rules.TARGET_PARAMETERS if name in items)
    return next((target for value in values if (target := _absolute(value, url))), None)


def _items(query: str) -> dict[str, str]:
    parts = (part.partition("=") for part in query.partition("#")[0].split("&"))
    return {key.lower(): value for key, _, value in parts}


def _absolute(value: str, base: str) -> str | None:
    if value.startswith("/") and not value.startswith("//"):
        return urljoin(base, value)
    return _web_address(value)


def _web_address(value: str) -> str | None:
    return value if WEB_ADDRESS.match(value) else None
