"""Which links of a page lead to articles, and whether a page is a list of such links.

Each link is scored by the shape of its URL, by its words, and by its place on the page. A page may link to a story by a
picture, a headline and a "more" link: the best score of these counts. There are no rules for single sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from dateline.text import storable_line
from dateline.urls.article_url import Score, score_url
from dateline.urls.identity import site_of
from dateline.urls.links import PageLink, page_links

LINK_POINTS = 3
"""A link with this many points or more leads to an article; measured on 20,000 links of 212 real pages."""

HEADLINE, NAVIGATION = "a headline's length", "in navigation"
_MOST_LINKS = 5_000
_FEWEST_ARTICLES = 3
_LONGEST_PROSE = 500
_SHORTEST_LINE = 80
_BLOCKS = frozenset({"p", "div", "td", "blockquote", "li", "section", "article", "span"})
_MOST_ANCESTORS = 12
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FURNITURE = frozenset({"nav", "header", "footer", "menu"})
_FURNITURE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|navigation|menu|submenu|footer|breadcrumbs?|masthead|topbar|cookie|consent|social|share|"
    r"sharing|login|tags?|taglist|pagination|pager|subscribe|legal|langs?|languages?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_RELATIONS = frozenset({"tag", "author", "category", "license", "privacy-policy", "search", "me", "next", "prev"})
_WIDE_SCRIPT = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class ScoredLink:
    """One URL that a page links to, with its best title and the best score of all links to it."""

    url: str
    title: str
    score: Score


def list_evidence(root: HtmlElement, url: str) -> tuple[str, ...]:
    """Why a page is a list of articles and none itself; empty where it may be one.

    A list has no article's address, leads to several articles, and nowhere has more prose than a teaser does.
    """
    if score_url(url).points >= LINK_POINTS:
        return ()
    leading = sum(link.score.points >= LINK_POINTS for link in score_links(root, url))
    if leading < _FEWEST_ARTICLES or _longest_prose(root) > _LONGEST_PROSE:
        return ()
    return (f"{leading} links to articles", f"no text longer than {_LONGEST_PROSE} characters")


def _longest_prose(root: HtmlElement) -> int:
    """The characters of the longest run of lines in one element that no teaser interrupts."""
    longest, teasers = 0, _teasers(root)
    for parent in root.iter("div", "section", "article", "main", "body", "td"):
        if parent in teasers or not teasers.isdisjoint(islice(parent.iterancestors(), _MOST_ANCESTORS)):
            continue
        run = len(_own_text(parent))
        for child in parent:
            if isinstance(child.tag, str) and _opens_with_link(child):
                run = 0
            elif child.tag in _BLOCKS and len(own := _own_text(child)) >= _SHORTEST_LINE:
                run += len(own)
            longest = max(longest, run)
    return longest


def _teasers(root: HtmlElement) -> set[HtmlElement]:
    """The article elements of which each is headed by a link, however long they are; none where they are few."""
    found = {one for one in root.iter("article") if (head := _heading_within(one)) is not None and _is_one_link(head)}
    return found if len(found) >= _FEWEST_ARTICLES else set()


def _is_one_link(heading: HtmlElement) -> bool:
    return heading.getparent().tag == "a" or (_opens_with_link(heading) and len(heading.findall(".//a")) == 1)


def _own_text(element: HtmlElement) -> str:
    """The text of an element itself, and of the inline elements in it, but for links."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in {"b", "strong", "i", "em", "span", "font", "q", "abbr", "time"}:
            yield from islice(map(str, child.itertext()), 20)
        elif child.tag == "a" and element.tag == "p":
            yield from islice(map(str, child.itertext()), 20) if (element.text or "").strip() else ()
        yield child.tail or ""


def _opens_with_link(element: HtmlElement) -> bool:
    """Whether the first words of an element are a link, as a teaser's are."""
    for node in islice(element.iter(), 20):
        if isinstance(node.tag, str) and node.tag == "a":
            return True
        if (node.text or "").strip():
            return False
    return False


def score_links(root: HtmlElement, url: str) -> list[ScoredLink]:
    """Every URL of the same site that the page links to, once, with its score and its reasons."""
    found: dict[str, ScoredLink] = {}
    for link in own_links(root, url):
        score, earlier = score_link(link), found.get(link.url)
        title = _title(link)
        if earlier is None:
            found[link.url] = ScoredLink(link.url, title, score)
        else:
            best = max(score, earlier.score, key=lambda known: known.points)
            found[link.url] = ScoredLink(link.url, max(title, earlier.title, key=len), best)
    return list(found.values())


def score_link(link: PageLink) -> Score:
    """The score of one link: by its URL's shape, its words and its place."""
    title = _title(link)
    evidence = [*_of_words(title), *_of_place(link, is_headline=_is_headline(title))]
    return score_url(link.url) + Score(sum(points for points, _ in evidence), tuple(reason for _, reason in evidence))


def own_links(root: HtmlElement, url: str) -> Iterable[PageLink]:
    """Links to the same registrable domain, its subdomains included, but not to the page itself."""
    site = site_of(url)
    itself = url.partition("#")[0]
    links = islice(page_links(root, url), _MOST_LINKS)
    return (link for link in links if link.url != itself and site_of(link.url) == site)


def _of_words(title: str) -> list[tuple[int, str]]:
    if _is_headline(title):
        return [(2, HEADLINE)]
    if len(title.split()) >= 3 or len(_WIDE_SCRIPT.findall(title)) >= 6:
        return [(1, "several words")]
    return [(-1, "a word or two")] if title else []


def _is_headline(title: str) -> bool:
    """Whether the title is longer than names of sections; scripts without spaces are counted in characters."""
    return len(title.split()) >= 5 or len(_WIDE_SCRIPT.findall(title)) >= 10


def _of_place(link: PageLink, *, is_headline: bool) -> list[tuple[int, str]]:
    evidence = []
    if not _OTHER_RELATIONS.isdisjoint(link.rel):
        evidence.append((-4, "a relation that no article has"))
    if "sponsored" in link.rel:
        evidence.append((-9, "paid for"))
    if _heading_within(link.element) is not None or _has_ancestor(link.element, _HEADINGS, 3):
        evidence.append((3, "a headline in a heading") if is_headline else (2, "a heading"))
    elif is_furniture(link.element):
        evidence.append((-3, NAVIGATION))
    if _has_ancestor(link.element, frozenset({"article"}), _MOST_ANCESTORS):
        evidence.append((1, "in an article element"))
    return evidence


def is_furniture(element: HtmlElement) -> bool:
    """Whether an element is in navigation, a header or a footer."""
    return any(
        node.tag in _FURNITURE
        or node.get("role") in {"navigation", "contentinfo", "menu"}
        or _FURNITURE_NAMES.search(f"{node.get('class') or ''} {node.get('id') or ''}"[:500])
        for node in islice(element.iterancestors(), _MOST_ANCESTORS)
        if node.tag not in {"body", "html"}
    )


def _has_ancestor(element: HtmlElement, tags: frozenset[str], nearest: int) -> bool:
    return any(node.tag in tags for node in islice(element.iterancestors(), nearest))


def _heading_within(element: HtmlElement) -> HtmlElement | None:
    return next((node for node in islice(element.iter(), 32) if node.tag in _HEADINGS), None)


def _title(link: PageLink) -> str:
    """The headline of the link: the heading inside it if there is one, else its text."""
    heading = _heading_within(link.element)
    if heading is None:
        return link.text
    return storable_line(" ".join(islice(map(str, heading.itertext()), 64)), 500) or link.text
