"""Stored text as HTML: always escaped; search hits marked; links only to http(s).

ts_headline lets markup of the text through (`<img onerror=…>`), so hits are fenced with private-use characters, the whole is
escaped, and the fences become <mark> last.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

MARK_BEGIN, MARK_END = "\ue000", "\ue001"
"""Private-use characters; `plain` takes them out of stored text that brings its own."""
_FENCED = re.compile(f"{MARK_BEGIN}([^{MARK_BEGIN}{MARK_END}]*){MARK_END}")


def marked(text: str | None) -> Markup:
    """Text with fenced hits as HTML in which only the hits are marked."""
    safe = str(escape(text or ""))
    hits = _FENCED.sub(r"<mark>\1</mark>", safe)
    return Markup(hits.replace(MARK_BEGIN, "").replace(MARK_END, ""))  # noqa: S704 - escaped above


def code(text: str) -> Markup:
    """A sentence of ours as HTML, in which text between backticks is code."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:
        return Markup(escape(text))  # noqa: S704 - escaped
    return Markup("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))  # noqa: S704


def plain(text: str | None) -> str:
    """The text without fences."""
    return (text or "").replace(MARK_BEGIN, "").replace(MARK_END, "")


def safe_href(url: str | None) -> str | None:
    """The URL if it may be linked (http or https with a host), else None: it is then shown as plain text."""
    try:
        parts = urlsplit(url or "")
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None
