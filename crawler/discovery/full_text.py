"""The full text and the attached files that a feed gives of an item, as opposed to a teaser; pure.

    content:encoded, Atom content, JSON content_html │ a long description ─► is it the text, or a teaser? ─► HTML, bounded

The HTML is only cut to a length here. The article's own cleaning reads it when it is needed (`pipelines.feed_words`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from crawler.discovery.xml_text import is_foreign, local_name
from dateline.types.article import Enclosure
from dateline.urls.links import absolute_url

LONGEST_CONTENT = 200_000
"""Characters of one item's HTML that are kept."""
_FEWEST_WORDS_OF_CONTENT, _FEWEST_WORDS_OF_DESCRIPTION = 25, 120
"""An element for full texts is a text from so many words on; a description, which mostly is a teaser, only if it is long."""
_MORE_THAN_TEASER = 1.2
"""An element for full texts that says no more than the description is the teaser once more."""
_CONTENT = frozenset({"encoded", "content", "full-text", "fulltext", "body"})
_DESCRIPTION = frozenset({"description", "summary", "abstract"})
_TEXT_TYPES = re.compile(r"(?:text(?:/.*)?|x?html|application/xhtml\+xml)?$", re.IGNORECASE)
_MOST_CHILDREN, _MOST_ENCLOSURES, _LONGEST_KEYWORDS = 1_000, 10, 500
_UNSPACED = re.compile("[\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_LETTERS_A_WORD = 2
_TAG_OR_SCRIPT = re.compile(
    r"<(?:(script|style)\b[^<>]{0,4000}>.*?(?:</\1\s*>|\Z)|[^<>]{1,4000}>)", re.IGNORECASE | re.DOTALL
)
_CUT_OFF = re.compile(
    r"…|\.\.\.|read (?:more|on|the full|the rest)|continue reading|full (?:story|article)|view (?:more|full)"
    r"|weiterlesen|mehr lesen|weiter zum artikel|lire la suite|en savoir plus|lire plus|leer más|seguir leyendo"
    r"|sigue leyendo|leia mais|continue lendo|continua a leggere|leggi tutto|lees (?:meer|verder)|læs mere|läs mer|les mer"
    r"|lue lisää|czytaj (?:więcej|dalej)|читать (?:далее|дальше|полностью)|подробнее|続きを読む|もっと見る"
    r"|阅读全文|閱讀全文|더 보기|devamını oku"
    r"|for (?:our |all )?(?:paying|paid) (?:subscribers|members|readers)|(?:subscribers|members) only|upgrade to paid"
    r"|subscribe to (?:read|continue|unlock)|(?:nur )?für abonnent|réservée? aux abonnés|(?:solo|exclusivo) para suscriptores"
    r"|riservato agli abbonati|exclusivo para assinantes"
)
_TAGS_AS_TEXT = re.compile(r"&lt;(?:/p|br\s*/?|/div)&gt;", re.IGNORECASE)
_BRACKETED = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]")
_WORDS_BEHIND = 6
"""Words that may follow what says that the text goes on elsewhere: the site's name, the headline's beginning."""
_END = 200
"""Characters of a text's end that may say that it goes on elsewhere."""


@dataclass(frozen=True, slots=True)
class FullText:
    """An item's full text: as HTML, and its words without tags."""

    markup: str
    words: str


def full_text(content: str, description: str) -> FullText | None:
    """The full text of an item; None where the feed gives a teaser, or nothing. Both are HTML, some escaped once too often."""
    content, description = _as_markup(content), _as_markup(description)
    teaser = words_of(description)
    said = words_of(content) if content != description else teaser
    says_more = len(said) > _MORE_THAN_TEASER * len(teaser) or _is_long(said)
    if says_more and count_words(said) >= _FEWEST_WORDS_OF_CONTENT and not _is_cut_off(said):
        return FullText(content[:LONGEST_CONTENT], said)
    is_text = _is_long(teaser) and not _is_cut_off(teaser)
    return FullText(description[:LONGEST_CONTENT], teaser) if is_text else None


def _as_markup(text: str) -> str:
    """The HTML that was meant where its tags are escaped, as text."""
    text = text[: 2 * LONGEST_CONTENT]
    return html.unescape(text) if "<" not in text and _TAGS_AS_TEXT.search(text) else text


def words_of(markup: str) -> str:
    """The words of some HTML, without tags: enough to count and compare them."""
    text = markup[:LONGEST_CONTENT]
    return " ".join(html.unescape(_TAG_OR_SCRIPT.sub(" ", text) if "<" in text else text).split())


def count_words(text: str) -> int:
    """Words of a text; of scripts without spaces between words, two letters count as one."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // _LETTERS_A_WORD


def _is_long(text: str) -> bool:
    return count_words(text) >= _FEWEST_WORDS_OF_DESCRIPTION


def _is_cut_off(text: str) -> bool:
    """Whether a text's end says that there is more on the page."""
    end = text.rstrip()[-_END:].lower()
    if _BRACKETED.search(end):
        return True
    return any(len(end[mark.end() :].split()) <= _WORDS_BEHIND for mark in _CUT_OFF.finditer(end))


def content_of(unit: etree._Element) -> str:
    """The longest element of an entry that is for full texts, as HTML; empty where there is none."""
    return max((_markup(child) for child in _children(unit, _CONTENT)), key=len, default="")


def description_of(unit: etree._Element) -> str:
    """The longest description of an entry, as HTML."""
    return max((_markup(child) for child in _children(unit, _DESCRIPTION)), key=len, default="")


def enclosures_of(unit: etree._Element, base: str) -> tuple[Enclosure, ...]:
    """The files attached to an entry: RSS enclosures, and Atom links that say so."""
    return to_enclosures(
        (
            (child.get("url") or child.get("href") or "", child.get("type") or "")
            for child in islice(unit, _MOST_CHILDREN)
            if local_name(child) == "enclosure" or (local_name(child) == "link" and child.get("rel") == "enclosure")
        ),
        base,
    )


def keywords_of(unit: etree._Element) -> tuple[str, ...]:
    """The keywords of an entry's media, each a list of topics by commas."""
    return _texts_of(child for child in islice(unit, _MOST_CHILDREN) if local_name(child) == "keywords")


def credits_of(unit: etree._Element) -> tuple[str, ...]:
    """The authors of an entry as its media name them: iTunes' author, and Media RSS credits with the role of author."""
    return _texts_of(
        child
        for child in islice(unit, _MOST_CHILDREN)
        if (local_name(child) == "author" and is_foreign(child))
        or (local_name(child) == "credit" and child.get("role") == "author")
    )


def _texts_of(children: Iterable[etree._Element]) -> tuple[str, ...]:
    return tuple(text for child in children if (text := (child.text or "").strip()[:_LONGEST_KEYWORDS]))


def to_enclosures(named: Iterator[tuple[str, str]], base: str) -> tuple[Enclosure, ...]:
    """The attached files with absolute addresses, each once."""
    found = ((absolute_url(url, base), media_type) for url, media_type in islice(named, _MOST_CHILDREN))
    kept = {url: Enclosure(url, media_type[:100]) for url, media_type in found if url and len(url) <= 8_192}
    return tuple(kept.values())[:_MOST_ENCLOSURES]


def as_html(text: str) -> str:
    """Plain text as HTML: a paragraph at each empty line."""
    return "".join(f"<p>{html.escape(part)}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def _children(unit: etree._Element, names: frozenset[str]) -> Iterator[etree._Element]:
    for child in islice(unit, _MOST_CHILDREN):
        if local_name(child) not in names or child.get("src"):
            continue
        is_text = _TEXT_TYPES.match(child.get("type") or "") and child.get("mode") != "base64"
        if is_text and not is_foreign(child):
            yield child


def _markup(element: etree._Element) -> str:
    """What an element holds, as HTML: its escaped text, or the elements in it."""
    if len(element) == 0:
        text = element.text or ""
        return as_html(text) if (element.get("type") or "").lower() in ("text", "text/plain") else text
    inner = (
        etree.tostring(child, encoding="unicode", with_tail=True) for child in element if isinstance(child.tag, str)
    )
    return html.escape(element.text or "") + "".join(inner)
