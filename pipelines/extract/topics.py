"""Section and tags of a page: deduplicated, in the publisher's own spelling, without the marks of its content system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement

from dateline.text import folded
from pipelines.extract.jsonld import Node, plain, text_of, texts_of
from pipelines.extract.markup import Markup, elements_of_class, flat_text

_SPLIT = re.compile(r"\s*[,;|]\s*")
_MACHINE = re.compile(
    r"^(?:_|[\w-]+[:=/])|^\d+$|https?:|^[a-f0-9-]{20,}$|^(?:[\w-]+\.)+(?:com|org|net|de|co\.uk)$|^NLP "
)
_KIND_PATH = re.compile(
    r"^(?:sections?|topics?|tags?|subjects?|categor(?:y|ies)|organi[sz]ations?|persons?|people|places?|locations?)/",
    re.I,
)
_LONGEST_TAG = 80
_MOST_TAGS = 60
_TIDY_METAS = ("news_keywords", "dc.subject", "parsely-tags", "sailthru.tags", "cxenseparse:tag")
_TOPIC_ADDRESS = re.compile(
    r"/(?:tags?|topics?|themen?|themas?|temas?|hashtags?|keywords?|sujets?|argomenti|stichworte?|emner?|label)/", re.I
)
_TAGS_CLASS = re.compile(r"(?:^|[-_ ]|[a-z])(?:tags|taglist|tag-list|topics|keywords)(?:$|[-_ ])", re.I)
_COMMAND = re.compile(r"\b(?:alle|all|mehr|more|bearbeiten|edit|folgen|follow|show|anzeigen)\b", re.I)
_LONGEST_VISIBLE = 45
_MOST_VISIBLE = 20
_TAGS_WORDS = ("tags", "taglist", "tag-list", "topics", "keywords")
_LEVELS = 12


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


def choose_tags(root: HtmlElement, markup: Markup, article: Node, site_names: Iterable[str]) -> tuple[str, ...]:
    """The topics, from the claim that was measured to be the tidiest; the page's visible list of topics comes last."""
    outlets = {folded(name) for name in site_names}
    metas = {name: _clean(_split(markup.metas.get(name, ())), outlets) for name in (*_TIDY_METAS, "keywords")}
    tidy = [metas["news_keywords"], _clean(_whole(markup.metas.get("article:tag", ())), outlets)]
    tidy += [metas[name] for name in _TIDY_METAS[1:]]
    declared = _clean(_split(texts_of(article.get("keywords"))), outlets)
    if 2 * len(declared) < len(metas["keywords"]):
        declared = ()
    about = _clean(texts_of(article.get("about")), outlets)
    claims = (*tidy, declared, metas["keywords"])
    return (
        next((claim for claim in claims if claim), None)
        or _clean(_visible(root), outlets)
        or _clean(_marked(root, markup), outlets)
        or about
    )


def _visible(root: HtmlElement) -> list[str]:
    """The largest group of short topic links that stand side by side in the article, outside its paragraphs."""
    groups: dict[tuple[bool, HtmlElement], list[str]] = {}
    for anchor in root.iter("a"):
        if not (_TOPIC_ADDRESS.search(anchor.get("href") or "") or "tag" in (anchor.get("rel") or "").split()):
            continue
        name = flat_text(anchor)
        if _COMMAND.search(name):
            continue
        around = [element for _, element in zip(range(_LEVELS), anchor.iterancestors(), strict=False)]
        tags = {str(element.tag) for element in around}
        if 1 < len(name) <= _LONGEST_VISIBLE and tags & {"article", "main"} and not tags & {"p", "header"}:
            container = next(
                (element for element in around if element.tag not in {"li", "span"} and len(element) > 1), around[0]
            )
            groups.setdefault(("article" in tags, container), []).append(name)
    fitting = [(is_inside, names) for (is_inside, _), names in groups.items() if len(names) <= _MOST_VISIBLE]
    return max(fitting, key=lambda group: (group[0], len(group[1])), default=(False, []))[1]


def _marked(root: HtmlElement, markup: Markup) -> list[str]:
    """The links in the first element in the article that is marked as its list of tags."""
    for element in elements_of_class(root, markup, _TAGS_WORDS, _TAGS_CLASS):
        names = [name for anchor in element.iter("a") if 1 < len(name := flat_text(anchor)) <= _LONGEST_VISIBLE]
        around = {str(ancestor.tag) for ancestor in element.iterancestors()}
        if (
            0 < len(names) <= _MOST_VISIBLE
            and around & {"article", "main"}
            and not around & {"nav", "header", "footer"}
        ):
            return [name for name in names if not _COMMAND.search(name)]
    return []


def _whole(values: Sequence[str]) -> Sequence[str]:
    """Repeated tags hold a topic each, commas and all; a single one is often a list."""
    return values if len(values) > 1 else _split(values)


def _split(values: Iterable[str]) -> list[str]:
    return [part for value in values for part in _SPLIT.split(value)]


def _clean(claim: Iterable[str], outlets: set[str]) -> tuple[str, ...]:
    """The claim's tags, each once, without the outlet's own name and what only a content system can mean."""
    tags: dict[str, str] = {}
    for value in claim:
        tag = _KIND_PATH.sub("", plain(value).strip(" #,;"))
        key = folded(tag)
        if tag and len(tag) <= _LONGEST_TAG and not _MACHINE.search(tag) and key not in outlets:
            tags.setdefault(key, tag)
    return tuple(tags.values())[:_MOST_TAGS]
