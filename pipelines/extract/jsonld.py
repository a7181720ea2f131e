"""JSON-LD of a page (schema.org) as flat nodes, and the one that describes the article itself.

Broken scripts are repaired only where that is safe: what comes out must be typed nodes.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import json_repair

Node = dict[str, Any]

_ARTICLE_TYPES_TEXT = """
    liveblogposting newsarticle reportagenewsarticle analysisnewsarticle backgroundnewsarticle opinionnewsarticle
    reviewnewsarticle askpublicnewsarticle satiricalarticle advertisercontentarticle article blogposting report techarticle
    scholarlyarticle socialmediaposting discussionforumposting review claimreview recipe videoobject imagegallery mediagallery
"""
ARTICLE_TYPES = tuple(_ARTICLE_TYPES_TEXT.split())
"""schema.org's Article and its kin, best evidence of an article first; then works that pages carry in an article's place."""

_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed", "hasPart", "isPartOf")
_LONGEST_REPAIRED = 100_000
_DEEPEST = 6
_MOST_NODES = 400
_FEW_WORDS = 0.4
_KEYS_TEXT = """
    alternateName alternativeHeadline articleBody articleSection contentUrl copyrightHolder dateCreated dateModified datePublished
    familyName givenName hasPart inLanguage isAccessibleForFree isPartOf itemListElement itemReviewed legalName liveBlogUpdate
    mainEntity mainEntityOfPage uploadDate
"""
_KEYS = {key.lower(): key for key in _KEYS_TEXT.split()}
_VOCABULARY = re.compile(r"^(?:schema:|https?://schema\.org/)")
_OPENING = re.compile(r"(?://|/\*)?\s*<!(?:\[CDATA\[|--)\s*(?:\*/)?")
_BEFORE = re.compile(r"(?:<script[^<>]{0,200}>)?[^\[{\"&]{0,300}(?=[\[{])")
"""What some pages put before the data: a tag, a comment, the name of a variable."""
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>")


def read_nodes(scripts: Iterable[str]) -> tuple[list[Node], tuple[str, ...]]:
    """All typed nodes of all scripts in order, and a warning for each script that was repaired or given up."""
    nodes: list[Node] = []
    warnings: list[str] = []
    for script in scripts:
        value, warning = _parse(script)
        nodes.extend(_flatten(value, 0))
        if warning:
            warnings.append(warning)
    return nodes[:_MOST_NODES], tuple(dict.fromkeys(warnings))


def _parse(script: str) -> tuple[Any, str | None]:
    text = _BEFORE.sub("", _unwrapped(script.strip("\ufeff \t\r\n")), count=1).rstrip(";")
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    try:
        value = json.loads(text, strict=False)
        return _with_known_keys(json.loads(value, strict=False) if isinstance(value, str) else value), None
    except RecursionError:
        return None, "json-ld nested too deeply"
    except ValueError:
        return _repair(text)


def _with_known_keys(value: Any) -> Any:
    """The value with keys as schema.org writes them, whatever their case ("DatePublished") and vocabulary ("schema:name")."""
    if isinstance(value, list):
        return [_with_known_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = ((_VOCABULARY.sub("", key), _with_known_keys(item)) for key, item in value.items())
    return {_KEYS.get(key.lower(), key.lower()): item for key, item in known}


def _unwrapped(text: str) -> str:
    """The text without the CDATA or comment marks that hide scripts from old browsers.

    From its two ends: a pattern that looks for the closing mark anywhere takes the square of a run of blanks.
    """
    if opening := _OPENING.match(text):
        text = text[opening.end() :].lstrip()
    end = text.removesuffix("*/").rstrip()
    if end.endswith(("]]>", "-->")):
        return end[:-3].rstrip().removesuffix("//").removesuffix("/*").rstrip()
    return text


def _repair(text: str) -> tuple[Any, str]:
    if len(text) > _LONGEST_REPAIRED or text[:1] not in "[{" or "@type" not in text.lower():
        return None, "json-ld unreadable"
    try:
        value = _with_known_keys(json_repair.loads(text, skip_json_loads=True))
    except (RecursionError, ValueError, IndexError):
        return None, "json-ld unreadable"
    return (value, "json-ld repaired") if any(_flatten(value, 0)) else (None, "json-ld unreadable")


def _flatten(value: Any, depth: int) -> Iterator[Node]:
    """Every dict with a type among lists, graphs and main entities, outer ones first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        if types_of(value):
            yield value
        for name in _CONTAINERS:
            if name in value:
                yield from _flatten(value[name], depth + 1)


def types_of(node: Node) -> tuple[str, ...]:
    """The node's types in lower case, without the namespace ("https://schema.org/NewsArticle" → "newsarticle")."""
    declared = node.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return tuple(re.split(r"[/:#]", name)[-1].lower() for name in names if isinstance(name, str))


def main_article(nodes: Sequence[Node], urls: Iterable[str], titles: Iterable[str]) -> Node | None:
    """The node that describes this page's article: of the page's URL or title before others, articles before videos."""
    candidates = [(rank, node) for node in nodes if (rank := _rank(node)) is not None]
    if not candidates:
        return None
    own_urls = {_bare(url) for url in urls if url}
    own_titles = {_loose(title) for title in titles if title}

    def order(item: tuple[int, Node]) -> tuple[bool, bool, int]:
        rank, node = item
        is_video = rank >= len(ARTICLE_TYPES) - 3
        return (is_video, not (_is_about(node, own_urls) or _loose(text_of(node.get("headline"))) in own_titles), rank)

    return min(candidates, key=order)[1]


def own_nodes(nodes: Iterable[Node], urls: Sequence[str], titles: Iterable[str]) -> list[Node]:
    """The nodes but for other articles: those with another address and a headline that has few words of this one's."""
    own_words = frozenset(word for title in titles for word in _words(title))

    def is_other(node: Node) -> bool:
        words = _words(text_of(node.get("headline")))
        fewest = min(len(words), len(own_words)) * _FEW_WORDS
        return bool(words and own_words) and len(words & own_words) < fewest and not is_of_page(node, urls)

    return [node for node in nodes if _rank(node) is None or not is_other(node)]


def _rank(node: Node) -> int | None:
    ranks = [ARTICLE_TYPES.index(name) for name in types_of(node) if name in ARTICLE_TYPES]
    return min(ranks) if ranks else None


def _is_about(node: Node, own_urls: set[str]) -> bool:
    names = (node.get("url"), node.get("@id"), node.get("mainEntityOfPage"))
    return any(_bare(text_of(name, "@id", "url")) in own_urls for name in names if name)


def is_of_page(node: Node, urls: Iterable[str]) -> bool:
    """Whether a node names one of the page's addresses, or none at all."""
    named = [text for name in ("url", "mainEntityOfPage") if (text := text_of(node.get(name), "@id", "url"))]
    return not named or _is_about(node, {_bare(url) for url in urls if url})


def by_id(value: Any, nodes: Sequence[Node]) -> Any:
    """The node that a bare reference names; the value itself where it is none."""
    if isinstance(value, dict) and set(value) == {"@id"}:
        return next((node for node in nodes if node.get("@id") == value["@id"] and node is not value), value)
    return value


def _bare(url: str) -> str:
    return re.sub(r"^https?://(www\.)?|[?#].*$|/+$", "", url).lower()


def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|\w+", title.casefold()))


def _loose(title: str) -> str:
    return re.sub(r"\W+", "", title).casefold()


def text_of(value: Any, *names: str) -> str:
    """One line of plain text: a string, the first of a list, or a dict's first of `names` (default: name, @value)."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            value = next((value[name] for name in (names or ("name", "@value", "headline")) if value.get(name)), "")
        else:
            break
    return plain(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def plain(value: str | float) -> str:
    """The text without entities, tags and line breaks (both are often escaped twice in JSON-LD)."""
    text = str(value)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _MARKUP.sub(" ", text)
    return " ".join(text.split())


def texts_of(value: Any) -> list[str]:
    """The plain texts of a string, dict or list of either."""
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := text_of(item))]


def resolve(value: Any, nodes: Sequence[Node]) -> Any:
    """The value with bare references ({"@id": …}) replaced by the nodes that they name."""
    if isinstance(value, list):
        return [resolve(item, nodes) for item in value]
    if isinstance(value, dict) and "@id" in value and "name" not in value:
        return next((node for node in nodes if node.get("@id") == value["@id"] and "name" in node), value)
    return value
