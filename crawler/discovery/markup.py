"""Feed markup as words, and words as markup. All patterns take linear time."""

from __future__ import annotations

import html
import re

from dateline.text import storable_line

_TAG = re.compile(r"<(/?)([A-Za-z!][^\s<>/]{0,40})([^<>]{0,4000})>")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|em|font|i|mark|q|small|span|strong|sub|sup|u)(?:\s[^<>]{0,4000})?>", re.IGNORECASE
)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|blockquote|tr|section|article|figure)\b[^<>]{0,4000}>", re.IGNORECASE
)
_USUAL = frozenset({"br", "p", "div", "img", "hr", "li", "ul", "ol", "h1", "h2", "h3", "h4", "wbr", "blockquote"})
_SCRIPT = re.compile(r"<(script|style)\b[^<>]{0,4000}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
"""What programs escape together with its marks."""
_LONGEST_MARKUP = 20_000
LONGEST_TITLE = 1_000


def plain_text(markup: str, limit: int = LONGEST_TITLE) -> str | None:
    """The text of an HTML fragment on one line, without tags and entities; None where no text is left."""
    text = _CDATA.sub(r"\1", html.unescape(_without_tags(_CDATA.sub(r"\1", markup[:_LONGEST_MARKUP]))))
    if "<" in text or "&" in text:  # markup that was escaped twice, or a headline about markup
        text = _without_sure_markup(html.unescape(_without_sure_markup(text)))
    return storable_line(text, limit) or None


def paragraphs(markup: str) -> str:
    """The text of an HTML fragment, an empty line between two blocks."""
    text = html.unescape(markup[:_LONGEST_MARKUP]) if "<" not in markup else markup[:_LONGEST_MARKUP]
    blocks = _BLOCK.split(_SCRIPT.sub(" ", text))
    return "\n\n".join(filter(None, (plain_text(block, _LONGEST_MARKUP) for block in blocks)))


def as_markup(text: str) -> str:
    """The HTML that shows a plain text: a headline may speak of an element, such as <blink>."""
    return html.escape(text, quote=False)


def _without_sure_markup(text: str) -> str:
    """The text without those tags that are markup beyond doubt: in pairs, with attributes, or of the usual elements."""
    text = _INLINE_TAG.sub("", _SCRIPT.sub(" ", text) if "</" in text else text)
    found = {(tag[1], tag[2].lower()) for tag in _TAG.finditer(text)}
    pairs = {name for slash, name in found if not slash and ("/", name) in found}

    def shown(tag: re.Match[str]) -> str:
        is_markup = tag[2].lower() in pairs | _USUAL or "=" in tag[3] or tag[2].startswith("!")
        return " " if is_markup else tag[0]

    return _TAG.sub(shown, text)


def _without_tags(text: str) -> str:
    """The text without tags and scripts: a space where a block ends, none where an inline tag was."""
    return _TAG.sub(" ", _INLINE_TAG.sub("", _SCRIPT.sub(" ", text))) if "<" in text else text
