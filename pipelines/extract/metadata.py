"""Everything a page says about its article besides the text: structured data first, the page's own words last."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.text import storable, storable_line
from dateline.types.article import Hints, LiveEntry
from dateline.types.rights import Statement, kept
from dateline.urls import is_home, site_of
from pipelines.extract.authors import choose_authors, names_of
from pipelines.extract.dates import Dates, choose_dates, value_instant
from pipelines.extract.jsonld import (
    Node,
    by_id,
    is_of_page,
    main_article,
    own_nodes,
    plain,
    read_nodes,
    resolve,
    text_of,
    types_of,
)
from pipelines.extract.language import declared_language
from pipelines.extract.markup import Markup, read_markup
from pipelines.extract.rights import addressed, page_statements
from pipelines.extract.scope import find_scope
from pipelines.extract.titles import TitleClaims, choose_title, host_word, loose
from pipelines.extract.topics import breadcrumbs_of, choose_section, choose_tags, clean_tags

_LONGEST_SUMMARY = 2_000
_MOST_ENTRIES = 2_000
_GAP = re.compile(r"\{[{%]|<[%?]|\$\{|\[\[|%7b%7b|/(?:undefined|null)(?:$|[/?])", re.IGNORECASE)
"""What a template leaves of an address that it did not fill in."""
_MOTTO = re.compile(r"\s+[|·•–—-]\s+")
_ADDRESS = re.compile(r"www\.|https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page declares, chosen between its claims; `markup` and `article` are what it was chosen from,
    `types` the article's schema.org types, `page_types` those of all nodes."""

    markup: Markup
    article: Node
    types: frozenset[str]
    page_types: frozenset[str]
    title: str | None
    alternative_titles: tuple[str, ...]
    authors: tuple[str, ...]
    dates: Dates
    declared_language: str | None
    section: str | None
    breadcrumbs: tuple[str, ...]
    tags: tuple[str, ...]
    image_url: str | None
    summary: str | None
    site_name: str | None
    outlets: frozenset[str]
    canonical_url: str | None
    amp_url: str | None
    print_url: str | None
    is_accessible_for_free: bool | None
    live_entries: tuple[LiveEntry, ...]
    rights: tuple[Statement, ...]
    warnings: tuple[str, ...]

    @property
    def article_body(self) -> str:
        """JSON-LD's articleBody, with whatever markup it has."""
        body = self.article.get("articleBody")
        return body if isinstance(body, str) else ""

    @property
    def descriptions(self) -> tuple[str, ...]:
        """Every wording of the description, in plain text."""
        metas = (self.markup.meta(name) for name in ("og:description", "description", "twitter:description"))
        claims = (text_of(self.article.get("description")), *metas, text_of(self.article.get("abstract")))
        return tuple(storable_line(plain(claim)) for claim in claims if claim)

    @property
    def all_titles(self) -> tuple[str, ...]:
        """Every wording of the title, as it may be repeated above the text."""
        return (
            *((self.title,) if self.title else ()),
            *self.alternative_titles,
            *self.markup.headings[:1],
            *self.markup.whole_headings[:2],
        )


def read_metadata(root: HtmlElement, url: str, hints: Hints, now: dt.datetime) -> Metadata:
    """The page's metadata; never changes the tree."""
    markup = read_markup(root, url)
    nodes, warnings = read_nodes(markup.scripts)
    canonical = _canonical(markup, markup.rels.get("canonical"), markup.meta("og:url"))
    urls, titles = (url, canonical or ""), (*markup.headings[:1], markup.meta("og:title") or "")
    nodes = own_nodes(nodes, urls, (*titles, markup.title))
    article = main_article(nodes, urls, titles) or {}
    names = tuple(map(plain, _site_names(markup, article, nodes, hints)))
    title, alternatives = _title(markup, article, names, hints)
    scope = find_scope(root, markup, (title or "", markup.meta("og:title") or "", text_of(article.get("headline"))))
    language = declared_language(markup, article)
    live = _live_blog(article, nodes, (url, canonical or ""))
    dates = choose_dates(scope, markup, article, nodes, hints, now, language)
    breadcrumbs = breadcrumbs_of(nodes, title)
    section = storable_line(choose_section(markup, article, breadcrumbs))
    is_free = _is_free(markup, article)
    return Metadata(
        markup=markup,
        article=article,
        types=frozenset((*types_of(article), *types_of(live))),
        page_types=frozenset(name for node in nodes for name in types_of(node)),
        title=title,
        alternative_titles=alternatives,
        authors=tuple(storable_line(name) for name in choose_authors(scope, markup, article, nodes, names))
        or (names_of(list(hints.candidate.authors)) if hints.candidate else ()),
        dates=dates,
        declared_language=language,
        section=section,
        breadcrumbs=breadcrumbs,
        tags=tuple(storable_line(tag) for tag in choose_tags(scope, markup, article, names, title or "", section or ""))
        or (clean_tags(hints.candidate.tags, names) if hints.candidate else ()),
        image_url=_image(markup, article),
        summary=_summary(markup, article, hints),
        site_name=storable_line(_outlet(names, url)) or None,
        outlets=frozenset(loose(name) for name in names if name) | {host_word(url)},
        canonical_url=canonical or _canonical_of(article, markup),
        amp_url=markup.absolute(markup.rels.get("amphtml")),
        print_url=markup.absolute(markup.rels.get("print")),
        is_accessible_for_free=is_free,
        live_entries=tuple(_live_entries(live, nodes)),
        rights=kept(
            addressed((*page_statements(markup, article, nodes, hints.headers, is_free), *hints.site_rights), markup)
        ),
        warnings=(*warnings, *dates.warnings),
    )


def _canonical(markup: Markup, *claims: str | None) -> str | None:
    """The first claim that can be this page's address: no template's gap, no developer's machine, no home page."""
    addresses = (markup.absolute(claim) for claim in claims if claim and not _GAP.search(claim))
    return next((each for each in addresses if each and not _is_mistaken(each, markup.url)), None)


def _is_mistaken(canonical: str, url: str) -> bool:
    """Whether the address is a home page's that this is not, or on a machine without a name that this is not on."""
    if canonical == url:
        return False
    host = urlsplit(canonical).hostname or ""
    is_nameless = ("." not in host or host[-1].isdigit()) and host != urlsplit(url).hostname
    return is_nameless or (is_home(canonical) and not is_home(url))


def _canonical_of(article: Node, markup: Markup) -> str | None:
    """The address on this site by which JSON-LD names the article."""
    claims = (text_of(article.get("mainEntityOfPage"), "@id", "url"), text_of(article.get("url"), "@id"))
    found = (_canonical(markup, claim) for claim in claims)
    return next((each for each in found if each and site_of(each) == site_of(markup.url)), None)


def _title(markup: Markup, article: Node, names: Sequence[str], hints: Hints) -> tuple[str | None, tuple[str, ...]]:
    social = tuple(markup.meta(name) or "" for name in ("og:title", "twitter:title", "parsely-title", "dc.title"))
    headline = text_of(article.get("headline") or article.get("name"))
    whole = markup.whole_headings[:1]
    is_shared = any(loose(text) in (loose(headline), loose(social[0])) for text in whole)  # its kicker belongs to it
    claims = TitleClaims(
        headline=headline,
        social=social,
        headings=(*whole, *markup.headings[1:]) if is_shared else markup.headings,
        subheadings=markup.subheadings,
        page_title=markup.title,
        is_told_apart=bool(text_of(article.get("alternativeHeadline"))),
        is_news=any("news" in kind for kind in types_of(article)),
    )
    title, alternatives = choose_title(claims, names, markup.url)
    if title is None and hints.candidate:
        title = hints.candidate.title
    return storable_line(title), tuple(storable_line(other) for other in alternatives)


def _site_names(markup: Markup, article: Node, nodes: Sequence[Node], hints: Hints) -> Iterator[str]:
    """The outlet's names: as the page shares itself, as JSON-LD has its publisher, as its source is known."""
    yield from markup.metas.get("og:site_name", ())[:1]
    publisher = text_of(resolve(article.get("publisher"), nodes))
    if publisher:
        yield publisher
    for name in (
        "application-name",
        "apple-mobile-web-app-title",
        "dc.publisher",
        "publisher",
        "al:ios:app_name",
        "al:android:app_name",
    ):
        yield from (value for value in markup.metas.get(name, ())[:1] if "/" not in value)
    for node in nodes:
        if {"website", "newsmediaorganization", "organization"} & set(types_of(node)):
            yield text_of(node.get("name"))
    yield from hints.site_names


def _outlet(names: Sequence[str], url: str) -> str:
    """The first name that is not an address, without its motto: of "Lantern Post | City news", the part that matches the host."""
    name = next((each for each in names if each and not _ADDRESS.match(each)), next(iter(names), ""))
    return next((part for part in _MOTTO.split(name) if loose(part) == host_word(url)), name)


def _image(markup: Markup, article: Node) -> str | None:
    claims = (markup.meta("og:image", "og:image:url"), text_of(article.get("image"), "url", "contentUrl", "@id"))
    return next(
        (
            url
            for claim in (*claims, markup.meta("twitter:image", "twitter:image:src"))
            if (url := markup.absolute(claim))
        ),
        None,
    )


def _summary(markup: Markup, article: Node, hints: Hints) -> str | None:
    claims = (
        markup.meta("og:description"),
        text_of(article.get("description")),
        markup.meta("description", "twitter:description", "dc.description"),
        hints.candidate.summary if hints.candidate else None,
    )
    return next((storable(clean, _LONGEST_SUMMARY) for claim in claims if claim and (clean := plain(claim))), None)


def _is_free(markup: Markup, article: Node) -> bool | None:
    """isAccessibleForFree as a real or written boolean, then the content tier that some pages declare in its place."""
    parts = article.get("hasPart")
    held = [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]
    words = [_is_yes(one.get("isAccessibleForFree")) for one in (article, *held)]
    if any(word is not None for word in words):
        return False not in words
    tier = (markup.meta("article:content_tier") or "").lower()
    return {"free": True, "metered": False, "locked": False}.get(tier)


def _is_yes(value: Any) -> bool | None:
    """A boolean, real or written ("False", "https://schema.org/True"); None for what is neither."""
    first = (value[0] if value else None) if isinstance(value, list) else value
    word = str(first).strip().rsplit("/", 1)[-1].lower()
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(word)


def _live_blog(article: Node, nodes: Sequence[Node], own: Sequence[str]) -> Node:
    """The page's LiveBlogPosting with entries, where its article is another node of the same page; else the article."""
    if article.get("liveBlogUpdate"):
        return article
    live = (node for node in nodes if "liveblogposting" in types_of(node) and node.get("liveBlogUpdate"))
    return next((node for node in live if is_of_page(node, own)), article)


def _live_entries(article: Node, nodes: Sequence[Node]) -> Iterator[LiveEntry]:
    """The entries of a LiveBlogPosting in the page's order."""
    updates = article.get("liveBlogUpdate")
    for reference in (updates if isinstance(updates, list) else [updates])[:_MOST_ENTRIES]:
        update = by_id(reference, nodes)
        if isinstance(update, dict):
            texts = (_paragraphs(update.get(name)) for name in ("articleBody", "text", "description"))
            text = storable(next(filter(None, texts), ""))
            title = storable_line(text_of(update.get("headline"))) or None
            if text or title:
                yield LiveEntry(title, text, value_instant(text_of(update.get("datePublished")), "json-ld"))


def _paragraphs(value: Any) -> str:
    text = value if isinstance(value, str) else text_of(value)
    lines = (plain(line) for line in re.split(r"</p>|<br\s*/?>|\n+", text))
    return "\n\n".join(line for line in lines if line)
