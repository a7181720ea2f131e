"""Names of a byline: people, agencies and outlets, without job titles, dates, addresses or "By"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.jsonld import Node, plain, resolve, types_of
from pipelines.extract.markup import Markup, elements_of_class, flat_text
from pipelines.extract.titles import host_word, is_outlet, loose

_BY = re.compile(
    r"^(?:written by|posted by|reported by|published by|story by|words by|text by|by|von|vom|par|por|di|da|door"
    r"|av|af|od|autor(?:in|en)?"
    r"|auteur|author|texte?|text|oleh|przez|yazan|автор|текст|文|記者)\b\s*[:：]?\s+|^(?:@)(?=\w)",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s+(?:and|und|et|y|e|en|og|och|i|ja|ve|a)\s+(?=\S+\s+\S|\S+$)|\s*[;|•·&]\s*|\s+/\s+|\s*,?\s+with\s+"
    r"|,\s*(?:and|und|et|y)\s+|\n+|[、，]",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*,\s*")
_LONGEST_BYLINE = 2_000
"""Characters: what looks for addresses takes the square of them (28 s for 100 KB of "@")."""
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+|@\w+|\(\s*\)")
_NOT_A_NAME = re.compile(
    r"\d{3}|\b(?:editor|reporter|correspondent|journalist|columnist|contributor|writer|producer|analyst|director"
    r"|professor|chief|staff|fellow"
    r"|redakteur\w*|korrespondent\w*|journaliste?|redacteur|rédact\w+|redactor\w*|chefredakt\w+|updated|published"
    r"|posted|read|minutes?"
    r"|pm|am|comments?|follow|share|email|twitter|facebook|null|undefined|none|unknown|admin|administrator)\b",
    re.IGNORECASE,
)
_TITLE_AFTER = re.compile(
    r"\s*[,(–—|-]\s*(?:the\s+)?[^,(]*\b(?:editor|reporter|correspondent|journalist|columnist|contributor|writer"
    r"|producer|analyst|professor"
    r"|redakteur\w*|korrespondent\w*|journaliste?|chefredakt\w+)\b.*$",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\s*\([^()]{1,12}\)?\s*$")
_SLUG = re.compile(r"^[a-z]{2,}(?:-[a-z]{2,}){1,3}$")
_LONGEST_NAME = 70
_MOST_AUTHORS = 25
_MOST_BYLINES = 40
_MOST_ALIKE = 6
_SURE = 2
_BYLINE_TOP = 3
_NOT_BARE = re.compile(r"[?!:]|[.]$")
_TITLE_TOP = 8
_SLASH = re.compile(r"(?<=\w\w)/(?=[A-Z])")
_CJK_NAME = re.compile(r"^[\u3040-\u30ff\u4e00-\u9fff]{2,6}$|^[\uac00-\ud7af]{2,4}$")
_PARTICLES = frozenset(
    [
        *("von", "van", "de", "der", "den", "del", "della", "di", "da", "dos", "la", "le", "al", "bin", "zu", "ten"),
        *("y", "e"),
    ]
)
_MOST_WORDS = 7

_AUTHOR_METAS = (
    *("parsely-author", "cxenseparse:author", "article:author", "author", "dc.creator", "dcterms.creator"),
    *("byl", "byline", "sailthru.author", "citation_author", "twitter:data1"),
)
_MARKED_BYLINES = etree.XPath(".//*[@rel='author' or contains(@itemprop, 'author') or @id='byline']")
_PROFILES = etree.XPath(
    ".//a[contains(@href, '/aut') and (contains(@href, '/author') or contains(@href, '/autor') or contains(@href, '/auteur'))]"
    "[ancestor::article or ancestor::main]"
)


def choose_authors(
    root: HtmlElement, markup: Markup, article: Node, nodes: Sequence[Node], site_names: Iterable[str]
) -> tuple[str, ...]:
    """The authors as the byline has them: JSON-LD first, then meta tags, then the visible byline.

    The outlet itself counts only where no person is named.
    """
    outlets = {loose(name) for name in site_names if name} | {host_word(markup.url)}
    fallback: tuple[str, ...] = ()
    for names in _claims(root, markup, article, nodes):
        is_outlet_alone = all(is_outlet(name, outlets) for name in names)
        if names and not is_outlet_alone and (not fallback or all(is_personal(name) for name in names)):
            return names[:_MOST_AUTHORS]
        fallback = fallback or names
    return fallback[:_MOST_AUTHORS]


def _claims(root: HtmlElement, markup: Markup, article: Node, nodes: Sequence[Node]) -> Iterable[tuple[str, ...]]:
    for role in ("author", "creator"):
        yield names_of(resolve(article.get(role), nodes))
    for meta in _AUTHOR_METAS:
        yield unique(name for value in markup.metas.get(meta, ()) for name in split_byline(value))
    marked: Any = _MARKED_BYLINES(root)
    profiles: Any = _PROFILES(root)
    yield from _visible_claims([*marked, *profiles, *elements_of_class(root, markup, ("author", "byline"))])


def _visible_claims(elements: Sequence[HtmlElement]) -> Iterator[tuple[str, ...]]:
    """The names in elements that are marked as bylines, those first that are marked most surely."""
    by_trust: dict[int, list[HtmlElement]] = {}
    for element in list(dict.fromkeys(elements))[:_MOST_BYLINES]:
        by_trust.setdefault(_trust(element), []).append(element)
    for trust, alike in sorted(by_trust.items()):
        names = unique(name for element in alike[:_MOST_ALIKE] for name in split_byline(flat_text(element)[:300]))
        yield names if trust <= _SURE or all(is_personal(name) for name in names) else ()


def is_personal(name: str) -> bool:
    """Whether a name has the form of a person's: two to five words that begin with capitals, but for particles."""
    if _CJK_NAME.match(name):
        return True
    words = name.split()
    is_capital = all(not word[0].islower() or word in _PARTICLES for word in words)
    return 2 <= len(words) <= 5 and is_capital and name.count(".") <= 3


def names_in_text(lines: Sequence[str], titles: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of a byline that stands as a line of its own at the top (below the title) or the very end of the text."""
    headlines = {loose(title) for title in titles}
    above = next((i + 1 for i, line in enumerate(lines[:_TITLE_TOP]) if loose(line) in headlines), 0)
    lines = lines[above:]
    for line in (*lines[:_BYLINE_TOP], *lines[-1:]):
        names = split_byline(_SLASH.sub(" / ", line)) if len(line) <= _LONGEST_NAME else []
        is_marked = bool(_BY.match(line))
        is_bare = all(
            word[0].isupper() and not word.isupper()
            for name in names
            for word in name.split()
            if word not in _PARTICLES
        )
        if (
            names
            and all(is_personal(name) for name in names)
            and (is_marked or (is_bare and not _NOT_BARE.search(line)))
        ):
            return unique(names)
    return ()


def _trust(element: HtmlElement) -> int:
    """How surely an element marked as a byline holds names alone: 0 is best."""
    if element.get("rel") == "author":
        return 0
    if "author" in (element.get("itemprop") or ""):
        return 1 if element.find(".//*[@itemprop='name']") is None else 6
    words = (element.get("class") or "").lower()
    if re.search(r"(?:author|byline)[-_]*name", words):
        return 2
    if element.tag == "a" and "/aut" in (element.get("href") or ""):
        return 3
    return 4 if words in {"author", "byline"} or "byline" in words else 5


def names_of(value: Any) -> tuple[str, ...]:
    """The names in a schema.org author: a string, a Person or Organization, or a list of them."""
    items = value if isinstance(value, list) else [value]
    return unique(name for item in items for name in _item_names(item))


def _item_names(item: Any) -> list[str]:
    if isinstance(item, str):
        return split_byline(plain(item))
    if not isinstance(item, dict):
        return []
    name = item.get("name")
    if isinstance(name, str) and any("organization" in kind for kind in types_of(item)):
        return [clean] if (clean := plain(name)) and len(clean) <= _LONGEST_NAME else []
    if isinstance(name, list):
        return [clean for part in name if isinstance(part, str) for clean in split_byline(plain(part))]
    if isinstance(name, str) and name.strip():
        return split_byline(plain(name))
    parts = [item.get("givenName"), item.get("familyName")]
    return split_byline(plain(" ".join(part for part in parts if isinstance(part, str))))


def split_byline(text: str) -> list[str]:
    """The single names of a byline; empty when it holds none."""
    text = _ADDRESS.sub(" ", " ".join(text[:_LONGEST_BYLINE].split()))
    text = _BY.sub("", text.strip(" ,.:;|-–—"))
    names: list[str] = []
    for part in _AND.split(text):
        names.extend(_comma_parts(part))
    return [name for name in (_clean_name(name) for name in names) if name]


def _comma_parts(part: str) -> list[str]:
    """Names between commas; what is a job title there is dropped, and "Last, First" stays for the caller to see."""
    pieces = [piece for piece in _COMMA.split(part) if piece]
    return [piece for i, piece in enumerate(pieces) if i == 0 or not _NOT_A_NAME.search(piece)]


def _clean_name(name: str) -> str | None:
    name = _TITLE_AFTER.sub("", _INITIALS.sub("", name))
    if _SLUG.match(name):
        name = name.replace("-", " ").title()
    name = _BY.sub("", name.strip(" ,.:;|-–—*()[]\"'“”"))
    if (
        not (1 < len(name) <= _LONGEST_NAME)
        or len(name.split()) > _MOST_WORDS
        or not any(char.isalpha() for char in name)
    ):
        return None
    return None if _NOT_A_NAME.search(name) and len(name.split()) != 2 else name


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names in order, each spelling once."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(_loose(name), name)
    return tuple(seen.values())


def _loose(name: str) -> str:
    return re.sub(r"\W+", "", name).casefold()
