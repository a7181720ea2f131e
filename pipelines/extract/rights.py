"""What a page and its HTTP headers state about their use. Pure; runs in the parser pool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dateline.types.rights import Statement, preferences
from pipelines.extract.jsonld import Node, resolve, text_of, types_of
from pipelines.extract.markup import RSL, Markup

Headers = Iterable[tuple[str, str]]

_OUR_AGENTS = frozenset({"robots", "googlebot", "dateline"})
"""Names whose rules are taken for ours: everybody's, those for search engines, and our own."""
_AGENT = re.compile(r"\s*([A-Za-z][\w-]{0,60})\s*:\s*")
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_UNLIMITED = frozenset({"", "-1", "large"})
"""Values that allow everything, as nearly every news page states."""
_STATED = frozenset({"noindex", "noarchive", "nocache", "nosnippet", "noimageindex", "noai", "noimageai", "noml"})
_ADDRESSES = frozenset({"tdm-policy", "rsl", "license"})
_MOST_HOLDERS = 5
_LINK = re.compile(r"<([^<>]{1,2000})>([^<>]{0,1000})")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]*))")


def page_statements(
    markup: Markup, article: Node, nodes: Sequence[Node], headers: Headers, is_free: bool | None
) -> Iterator[Statement]:
    """All statements of one page, the most binding kinds first."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value[:4_000])
    for value in by_name.get("x-robots-tag", ()):
        yield from robots_words(value, "X-Robots-Tag")
    for name in sorted(_OUR_AGENTS):
        for value in markup.metas.get(name, ()):
            yield from robots_words(value, f"meta {name}")
    for origin, values in (("header", by_name), ("meta", markup.metas)):
        yield from _tdm(values.get("tdm-reservation", ()), values.get("tdm-policy", ()), origin)
        for kind in ("content-signal", "content-usage"):
            for value in values.get(kind, ()):
                yield from preferences(kind, value, origin)
    for value in by_name.get("link", ()):
        yield from _linked(value)
    for media_type, href in markup.licenses:
        kind = "rsl" if media_type == RSL else "license"
        yield Statement(kind, markup.absolute(href) or href, "link")
    yield from _declared(article, nodes)
    if is_free is not None:
        yield Statement("isAccessibleForFree", str(is_free).lower(), "json-ld or meta")


def addressed(statements: Iterable[Statement], markup: Markup) -> Iterator[Statement]:
    """The statements, with whole addresses in place of references that count from the page or its site."""
    for one in statements:
        is_reference = one.kind in _ADDRESSES and one.value.strip().startswith(("/", "./", "../"))
        yield replace(one, value=markup.absolute(one.value.strip()) or one.value) if is_reference else one


def robots_words(value: str, origin: str) -> Iterator[Statement]:
    """The words of an X-Robots-Tag or meta robots that limit use and are meant for us.

    In the header a name with a colon says for whom the words after it are. Semicolons and blanks count as commas do.
    """
    is_ours, until = True, ""
    for part in value.lower().replace(";", ",").split(",")[:100]:
        word = part.strip()
        if (named := _AGENT.match(part)) and named[1] not in _WITH_VALUE:
            is_ours, word = named[1] in _OUR_AGENTS, part[named.end() :].strip()
        if until and named is None and not word.startswith("no"):
            until = f"{until}, {word}"  # the date of unavailable_after has a comma
            continue
        if until:
            yield Statement("robots", until, origin)
        until = ""
        if not is_ours:
            continue
        name = word.partition(":")[0].strip()
        if name == "unavailable_after":
            until = word
        elif name in _WITH_VALUE and (limit := word.partition(":")[2].strip()) not in _UNLIMITED:
            yield Statement("robots", f"{name}:{limit}", origin)
        else:
            stated = ("noindex" if each == "none" else each for each in name.split()[:100])
            yield from (Statement("robots", each, origin) for each in stated if each in _STATED)
    if until:
        yield Statement("robots", until, origin)


def _tdm(reservations: Iterable[str], policies: Iterable[str], origin: str) -> Iterator[Statement]:
    for value in reservations:
        if value.strip() in ("0", "1"):
            yield Statement("tdm-reservation", value.strip(), origin)
    for value in policies:
        yield Statement("tdm-policy", value, origin)


def _linked(value: str) -> Iterator[Statement]:
    """The licences that a Link header names (RFC 8288)."""
    for target, parameters in _LINK.findall(value):
        lowered = parameters.lower()
        relation = _RELATION.search(lowered)
        if relation and "license" in (relation[1] or relation[2] or "").split():
            yield Statement("rsl" if RSL in lowered else "license", target, "Link")


def _declared(article: Node, nodes: Sequence[Node]) -> Iterator[Statement]:
    """License and holder of the rights, as the JSON-LD of the article, or else of its page, names them."""
    works = (article, *(node for node in nodes if "webpage" in types_of(node)))
    licensed, held = (
        next((found for work in works if (found := work.get(name))), None) for name in ("license", "copyrightHolder")
    )
    for value in _each(licensed, nodes):
        yield Statement("license", text_of(value, "url", "@id", "name"), "json-ld")
    for value in _each(held, nodes):
        yield Statement("copyrightHolder", text_of(value, "name", "legalName", "url", "@id"), "json-ld")


def _each(value: Any, nodes: Sequence[Node]) -> list[Any]:
    found = resolve(value, nodes)
    return (found if isinstance(found, list) else [found])[:_MOST_HOLDERS] if found else []
