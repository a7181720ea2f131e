"""Section and tags of a page: deduplicated, in the publisher's own spelling, without the marks of its content system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dateline.text import folded
from pipelines.jsonld import Node, plain, text_of, texts_of
from pipelines.markup import Markup

_SPLIT = re.compile(r"\s*[,;|]\s*")
_MACHINE = re.compile(r"^(?:_|[\w-]+[:=/])|^\d+$|https?:|^[a-f0-9-]{20,}$")
_LONGEST_TAG = 80
_MOST_TAGS = 60
_TAG_METAS = ("news_keywords", "keywords", "parsely-tags", "sailthru.tags", "cxenseparse:tag", "dc.subject")


def choose_section(markup: Markup, article: Node, breadcrumbs: Sequence[str]) -> str | None:
    """The section as the page names it: JSON-LD, meta tags, then the last breadcrumb but the article itself."""
    claims = [
        *texts_of(article.get("articleSection"))[:1],
        markup.meta("article:section", "parsely-section", "section", "og:section", "cxenseparse:section", "category")
        or "",
        breadcrumbs[-1] if breadcrumbs else "",
    ]
    return next((clean for claim in claims if (clean := plain(claim).strip(" -/|")) and not clean.isdigit()), None)


def breadcrumbs_of(nodes: Sequence[Node], title: str | None) -> tuple[str, ...]:
    """The names of a BreadcrumbList after its home page, without the article itself."""
    for node in nodes:
        items = node.get("itemListElement")
        if "BreadcrumbList" in str(node.get("@type")) and isinstance(items, list):
            names = [text_of(item.get("name") or item.get("item")) for item in items if isinstance(item, dict)]
            return tuple(name for name in names[1:] if name and folded(name) != folded(title or ""))
    return ()


def choose_tags(markup: Markup, article: Node) -> tuple[str, ...]:
    """The topics, from the claim that has the best manners: article:tag and keywords name the same thing, often."""
    claims = [
        list(markup.metas.get("article:tag", ())),
        *(_split(markup.metas.get(name, ())) for name in _TAG_METAS[:2]),
        _split(texts_of(article.get("keywords"))),
        *(_split(markup.metas.get(name, ())) for name in _TAG_METAS[2:]),
        texts_of(article.get("about")),
    ]
    return next((tags for claim in claims if (tags := _clean(claim))), ())


def _split(values: Iterable[str]) -> list[str]:
    return [part for value in values for part in _SPLIT.split(value)]


def _clean(claim: Iterable[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for value in claim:
        tag = plain(value).strip(" #.,;")
        if tag and len(tag) <= _LONGEST_TAG and not _MACHINE.search(tag):
            tags.setdefault(folded(tag), tag)
    return tuple(tags.values())[:_MOST_TAGS]
