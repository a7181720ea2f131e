"""Section and tags of a page: deduplicated, in the publisher's own spelling, without the marks of its content system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from dateline.text import folded
from pipelines.extract.jsonld import Node, plain, text_of, texts_of
from pipelines.extract.markup import Markup, flat_text
from pipelines.extract.scope import Scope

_SPLIT = re.compile(r"\s*[,;|，、；،]\s*|\s+(?=#\w)")
_QUOTED = re.compile(r"^\"([^\"]*)\"$")
_MACHINE = re.compile(
    r"^(?:_|[\w-]+[:=/])|^\d+$|https?:|^[a-f0-9-]{20,}$|^(?:[\w-]+\.)+(?:com|org|net|de|co\.uk)$|^NLP "
    r"|^(?:null|none|undefined|nil|n/a)$"
)
_KIND_PATH = re.compile(
    r"^(?:sections?|topics?|tags?|subjects?|categor(?:y|ies)|organi[sz]ations?|persons?|people|places?|locations?|keywords?)\s?[/:]\s?",
    re.I,
)
_LONGEST_TAG = 80
_MOST_TAGS = 60
_TAGS_METAS = (
    "news_keywords",
    "dc.subject",
    "parsely-tags",
    "sailthru.tags",
    "cxenseparse:tag",
    "keywords",
    "article:tag",
)
_TAGS_META = re.compile(r"article:tags?$|tag-?list$")
"""Names of meta tags that list topics: those that most sites use, and others."""
_TOPIC_ADDRESS = re.compile(
    r"/(?:tags?|topics?|themen?|themas?|temas?|hashtags?|keywords?|sujets?|argomenti|stichworte?|emner?|label|etiket\w*|subject"
    r"|amne|aihe|mot-cle\w*|dossiers?|ort|personen?|people|organisation)[/:=?]",
)
_TAGS_CLASS = re.compile(
    r"(?:^|[-_ ]|[a-z])(?:tags?|taglist|topics?|keywords?|themen|temas|etiquetas|sujets|labels?)(?:$|[-_ ])", re.I
)
_TAGS_WORDS = ("tag", "topic", "keyword", "themen", "temas", "etiquetas", "sujets", "label")
"""One of them is in whatever the expression matches; looking for them first takes a fifth of its time."""
_TAGS_LABEL = re.compile(
    r"\W*(?:tags?|tagged(?: as| with| under)?|topics?|keywords?|filed under"
    r"|themen|schlag(?:wörter|worte)|stichworte?|temas?|etiquetas"
    r"|palabras clave|palavras-chave"
    r"|assuntos|mots[- ]cl[ée]s|sujets|argomenti|parole chiave|trefwoorden|ämnen|emner|tagi|štítky|klíčová slova|címkék"
    r"|теги|темы|метки"
    r"|ключевые слова|الوسوم|كلمات|برچسب\w*|תגיות|टैग|タグ|キーワード|标签|標籤|关键词|關鍵字|태그)\s*[:：]",
    re.I,
)
"""What a list of topics is announced by."""
_COMMAND = re.compile(r"\b(?:alle|all|mehr|more|bearbeiten|edit|folgen|follow|show|anzeigen)\b", re.I)
_LONGEST_VISIBLE = 45
_MOST_VISIBLE = 20
_NO_LIST = frozenset({"p", "nav", "h1", "h2", "h3"})
_MOST_GROUPS = 12
_MOST_LINKS = 500
"""Topic links that are looked at: asking a list for its length takes as long as it is."""
_LEVELS, _CLASS_LEVELS = 8, 4
_WEIGHTS = {
    "news_keywords": 0.22,
    "keywords": 0.17,
    "tidy": 0.17,
    "article:tag": 0.16,
    "ld:keywords": 0.16,
    "ld:about": -0.21,
    "ld:mentions": 0.0,
    "group": -0.38,
    "agree": 0.22,
    "in text": 0.24,
    "in title": 0.04,
    "alone": -0.09,
    "many": -0.16,
    "few": 0.06,
    "lower case": -0.06,
    "section": 0.06,
    "by address": 0.13,
    "by class": 0.13,
    "in article": 0.11,
    "in main": 0.15,
    "in foot": -0.06,
}
"""Fitted by ridge regression on the F1 of each list of 97 annotated pages, in ten folds by publisher: in and out of fold the
choice is worth .815 (the order of sources that was used before: .807, the best possible .838)."""


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


@dataclass(frozen=True, slots=True)
class TagList:
    """One of the lists that may be an article's topics, with what its worth is judged by."""

    source: str
    tags: tuple[str, ...]
    marks: tuple[tuple[str, float], ...] = ()


def choose_tags(
    scope: Scope, markup: Markup, article: Node, site_names: Iterable[str], title: str, section: str
) -> tuple[str, ...]:
    """The topics: of all lists that the page declares or shows, the one with the best score."""
    outlets = {folded(name) for name in site_names}
    lists = [one for one in _lists(scope, markup, article, outlets) if one.tags]
    if not lists or (len(lists) == 1 and lists[0].source != "group"):
        return lists[0].tags if lists else ()
    text = folded(" ".join(flat_text(paragraph) for paragraph in markup.elements.of("p")))
    if not (lists := [one for one in lists if _is_on_topic(one, text)]):
        return ()
    return max(lists, key=lambda one: _score(one, lists, text, folded(title), folded(section))).tags


def _is_on_topic(one: TagList, text: str) -> bool:
    """Whether a list is declared, marked by its class, or of several links by the story; others need a word of the text."""
    marks = dict(one.marks)
    is_sure = one.source != "group" or marks.get("by class") or (len(one.tags) > 1 and not marks.get("in foot"))
    return bool(is_sure) or any(folded(tag) in text for tag in one.tags)


def _lists(scope: Scope, markup: Markup, article: Node, outlets: set[str]) -> Iterator[TagList]:
    others = (name for name in markup.metas if name not in _TAGS_METAS and _TAGS_META.search(name))
    for name in (*_TAGS_METAS, *others):
        values, is_whole = markup.metas.get(name, ()), name.endswith("article:tag")
        source = name if name in _WEIGHTS else "article:tag" if is_whole else "tidy"
        yield TagList(source, _clean(_whole(values) if is_whole else _split(values), outlets))
    yield TagList("ld:keywords", _clean(_split(texts_of(article.get("keywords"))), outlets))
    yield TagList("ld:about", _clean(texts_of(article.get("about")), outlets))
    yield TagList("ld:mentions", _clean(texts_of(article.get("mentions")), outlets))
    for container, links in _groups(scope, markup).items():
        names = [name for name, _, _ in links]
        if len(links) <= _MOST_VISIBLE and not scope.is_foreign(container):
            yield TagList("group", _clean(names, outlets), tuple(_marks(container, links)))


def _groups(scope: Scope, markup: Markup) -> dict[HtmlElement, list[tuple[str, bool, bool]]]:
    """Short links side by side, outside paragraphs: their words, and whether address or class says topic."""
    groups: dict[HtmlElement, list[tuple[str, bool, bool]]] = {}
    looked_at = 0
    marked = frozenset(filter(_TAGS_CLASS.search, markup.elements.classes_with(_TAGS_WORDS)))

    @cache
    def around_links(parent: HtmlElement) -> tuple[bool, bool]:
        near = (parent, *islice(parent.iterancestors(), _CLASS_LEVELS - 1))
        return any(each.get("class") in marked for each in near), any(map(_is_marked, near[:2]))

    for anchor in markup.elements.of("a"):
        relations = (anchor.get("rel") or "").split()
        if "category" in relations:  # WordPress writes rel="category tag" for the section
            continue
        by_address = _TOPIC_ADDRESS.search((anchor.get("href") or "").lower()) or "tag" in relations
        by_class, is_labelled = around_links(anchor.getparent())
        if not (by_address or by_class or is_labelled):
            continue
        around = list(islice(anchor.iterancestors(), _LEVELS))
        if any(one.tag in _NO_LIST and one.get("class") not in marked and not _is_marked(one) for one in around):
            continue
        looked_at += 1
        name = flat_text(anchor)
        if not 1 < len(name) <= _LONGEST_VISIBLE or _COMMAND.search(name):
            continue
        wrapped = (element for element in around if element.tag not in {"li", "span"} and len(element) > 1)
        groups.setdefault(next(wrapped, around[0]), []).append((name, bool(by_address), bool(by_class)))
        if len(groups) > _MOST_GROUPS or looked_at > _MOST_LINKS:
            break
    return groups


def _is_marked(element: HtmlElement) -> bool:
    """Whether an element is the list of keywords by its microdata or by its first words."""
    text = (element.text or "")[:_LONGEST_VISIBLE]
    return element.get("itemprop") == "keywords" or ((":" in text or "：" in text) and bool(_TAGS_LABEL.match(text)))


def _marks(container: HtmlElement, links: list[tuple[str, bool, bool]]) -> Iterator[tuple[str, float]]:
    around = {str(element.tag) for element in (container, *container.iterancestors())}
    yield "by address", sum(address for _, address, _ in links) / len(links)
    yield "by class", sum(marked for _, _, marked in links) / len(links)
    yield "in article", float("article" in around)
    yield "in main", float("main" in around)
    yield "in foot", float(bool(around & {"footer", "header", "aside"}))


def _score(one: TagList, lists: Sequence[TagList], text: str, title: str, section: str) -> float:
    """A linear score: what the source is worth, whether other lists agree, whether the article has the words."""
    keys = [folded(tag) for tag in one.tags]
    others = [{folded(tag) for tag in other.tags} for other in lists if other is not one]
    share = sum(any(key in other for other in others) for key in keys) / len(keys)
    features = {
        one.source: 1.0,
        "agree": share,
        "in text": sum(key in text for key in keys) / len(keys),
        "in title": sum(key in title for key in keys) / len(keys),
        "alone": float(len(keys) == 1),
        "many": float(len(keys) >= 15),
        "few": float(2 <= len(keys) <= 10),
        "lower case": sum(tag == tag.lower() for tag in one.tags) / len(keys),
        "section": float(section in keys),
        **dict(one.marks),
    }
    return sum(_WEIGHTS[name] * value for name, value in features.items())


def clean_tags(values: Sequence[str], site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """The tags that a feed gives an entry, as those of a page."""
    return _clean(_whole(values), {folded(name) for name in site_names})


def _whole(values: Sequence[str]) -> Sequence[str]:
    """Repeated tags hold a topic each, commas and all; a single one is often a list."""
    return values if len(values) > 1 else _split(values)


def _split(values: Iterable[str]) -> list[str]:
    return [part for value in values for part in _SPLIT.split(plain(value))]


def _clean(claim: Iterable[str], outlets: set[str]) -> tuple[str, ...]:
    """The claim's tags, each once, without the outlet's own name and what only a content system can mean."""
    tags: dict[str, str] = {}
    for value in claim:
        tag = _QUOTED.sub(r"\1", _KIND_PATH.sub("", plain(value).strip(" #,;[]")))
        key = folded(tag)
        if any(map(str.isalnum, tag)) and len(tag) <= _LONGEST_TAG and not _MACHINE.search(tag) and key not in outlets:
            tags.setdefault(key, tag)
    return tuple(tags.values())[:_MOST_TAGS]
