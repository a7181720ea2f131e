"""trafilatura's class and id expressions as functions that remember what they decided: the same elements, several times as fast.

An expression of trafilatura calls a regular expression through libxml2 for each element; pages repeat a few hundred classes
thousands of times. tests/unit/pipelines/extract/test_matchers.py holds each function equal to the expression that it replaces.

Upgrading trafilatura: that test compares the expressions' source text too. Where it differs, change the function here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml.html import HtmlElement
from trafilatura import htmlprocessing, xpaths

Elements = Callable[[HtmlElement], Any]
Decide = Callable[[str, str], bool]
_REMEMBERED = 16_384
_FEW_LINKS, _LONG_TEXT = 4, 300
"""Numbers of trafilatura's link_density_test: with no more links, a text of this length is kept, unless it is one link."""
_AREAS = ("article", "div", "main", "section")
_PARTS = ("div", "item", "list", "p", "section", "span")


def _search(*tokens: str) -> Callable[[str], Any]:
    return re.compile("|".join(tokens)).search


def _first_of(element: HtmlElement, one: str, other: str) -> str:
    """The attribute that comes first in the source, which is all that XPath sees of `@one|@other` in a string."""
    return next((value for name, value in element.attrib.items() if name in (one, other)), "")


def _all(tags: tuple[str, ...], decide: Decide) -> Elements:
    """The descendants with one of the tags whose id and class are decided for."""
    decided = lru_cache(_REMEMBERED)(decide)

    def elements(tree: HtmlElement) -> list[HtmlElement]:
        return [each for each in tree.iterdescendants(*tags) if decided(each.get("id", ""), each.get("class", ""))]

    return elements


def _first(tags: tuple[str, ...], decide: Decide, also: Callable[[HtmlElement], bool] = lambda _: False) -> Elements:
    """The first descendant with one of the tags whose id and class are decided for, or which has what `also` wants."""
    decided = lru_cache(_REMEMBERED)(decide)

    def elements(tree: HtmlElement) -> Iterator[HtmlElement]:
        for each in tree.iterdescendants(*tags):
            if decided(each.get("id", ""), each.get("class", "")) or also(each):
                yield each
                return

    return elements


# --- the text's container -------------------------------------------------------------------------------------------------

_content_id = _search(*xpaths._ARTICLE_CONTENT_ID_TOKENS)
_content_class = _search(*xpaths._ARTICLE_CONTENT_CLASS_TOKENS)
_story_id = _search(*xpaths._STORY_ID_TOKENS)
_story_class = _search(*xpaths._STORY_CLASS_TOKENS)
_fulltext = re.compile("fulltext", re.IGNORECASE).search
_main_id = _search(*xpaths._MAIN_CONTENT_ID_TOKENS)
_main_class = _search(*xpaths._MAIN_CONTENT_CLASS_TOKENS)


def _is_content(id: str, name: str) -> bool:
    return id == "articleContent" or name in ("post", "entry") or bool(_content_id(id) or _content_class(name))


def _is_story(id: str, name: str) -> bool:
    is_named = id in ("article", "story") or name in ("postarea", "art-postcontent", "text", "cell", "story")
    return is_named or bool(_story_id(id) or _fulltext(name) or _story_class(name))


def _is_main(id: str, name: str) -> bool:
    if id == "content" or name == "content" or _main_id(id) or _main_class(name):
        return True
    lower = name.replace("C", "c")
    return (
        "main-content" in id.replace("C", "c").replace("M", "m")
        or "main-content" in lower.replace("M", "m")
        or "page-content" in lower.replace("P", "p")
    )


def _article(tree: HtmlElement) -> Iterator[HtmlElement]:
    yield from list(tree.iterdescendants("article"))[:1]


def _is_main_element(element: HtmlElement) -> bool:
    return element.tag == "main" or (element.get("role") or "").startswith("main")


def _starts_with_main(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The first element whose class, id or role begins with "main", or the first main element, whichever comes first."""
    for each in tree.iterdescendants(*_AREAS):
        if _is_main_element(each) or any((each.get(name) or "").startswith("main") for name in ("class", "id")):
            yield each
            return


BODY: list[Elements] = [
    _first(_AREAS, _is_content, lambda each: each.get("itemprop") == "articleBody"),
    _article,
    _first(_AREAS, _is_story, lambda each: each.get("role") == "article"),
    _first(_AREAS, _is_main),
    _starts_with_main,
]

# --- what goes ------------------------------------------------------------------------------------------------------------

_cookie = _search(*xpaths._CONSENT_ID_CLASS_TOKENS)
_discarded_id = _search(*xpaths._OVERALL_DISCARD_BOTH_TOKENS, *xpaths._OVERALL_DISCARD_ID_TOKENS)
_discarded_class = _search(*xpaths._OVERALL_DISCARD_BOTH_TOKENS, *xpaths._OVERALL_DISCARD_CLASS_TOKENS)
_hidden_id = _search("reader-comments", "akismet")
_hidden_class = _search(
    *("^hide-", "comments-title", "nocomments", "-reply-", "message", "akismet", "suggest-links", "-hide-"),
    *("hide-print", " hidden", " hide", "noprint", "notloaded"),
)
_comments_id = _search(f"^(?:{xpaths._COMMENTS_ID}|disqus_thread|dsq-comments)")
_comments_class = _search(xpaths._COMMENTS_CLASS)
_comment_list_id = _search(f"^(?:{xpaths._COMMENTS_ID})")
_appended = _search("mvp-post-add-(?:box|wrap)", "infinite-?scroll")
_appended_box = _search("mvp-post-add-(?:box|wrap)")


@lru_cache(_REMEMBERED)
def _is_discarded(id: str, name: str) -> bool | None:
    """Whether id or class alone say that an element goes; None where it depends on which of them comes first."""
    if _discarded_id(id) or _discarded_class(name):
        return True
    return None if _cookie(id) or _cookie(name) else False


def _discarded(tree: HtmlElement) -> list[HtmlElement]:
    found = []
    for each in tree.iterdescendants(*_PARTS):
        attributes = each.attrib
        if not attributes:
            continue
        decided = _is_discarded(attributes.get("id", ""), attributes.get("class", ""))
        if decided is None:
            decided = bool(_cookie(_first_of(each, "id", "class")))
        if (
            decided
            or "data-lp-replacement-content" in attributes
            or "nav" in attributes.get("role", "").replace("N", "n")
            or "MostPopularStories" in attributes.get("data-component", "")
        ):
            found.append(each)
    return found


@lru_cache(_REMEMBERED)
def _is_hidden(id: str, name: str, style: str) -> bool | None:
    """Whether the attributes alone say that an element is hidden; None where it depends on which comes first."""
    if name == "comments-title" or "display:none" in style or "display: none" in style:
        return True
    if _hidden_id(id) or _hidden_class(name):
        return True
    is_open = "hidden" in id or "hidden" in style or id.startswith("reply-") or name.startswith("reply-")
    return None if is_open else False


def _hidden(tree: HtmlElement) -> list[HtmlElement]:
    found = []
    for each in tree.iterdescendants("*"):
        attributes = each.attrib
        if not attributes:
            continue
        decided = _is_hidden(attributes.get("id", ""), attributes.get("class", ""), attributes.get("style", ""))
        if decided is None:
            decided = "hidden" in _first_of(each, "id", "style") or _first_of(each, "id", "class").startswith("reply-")
        if decided or attributes.get("aria-hidden") == "true":
            found.append(each)
    return found


def _is_comments(id: str, name: str) -> bool:
    return bool(_comments_id(id) or _comments_class(name))


_comments_or_lists = _all(("div", "list", "section", "details", "ol", "ul"), _is_comments)


def _comments_and_lists(tree: HtmlElement) -> list[HtmlElement]:
    return [
        each
        for each in _comments_or_lists(tree)
        if each.tag not in ("ol", "ul")
        or _comment_list_id(each.get("id", ""))
        or _comments_class(each.get("class", ""))
    ]


def _is_appended(id: str, name: str) -> bool:
    return bool(_appended(id) or _appended(name))


def _is_share_bar(_: str, name: str) -> bool:
    return "elementor-share-buttons" in name


_maybe_appended = _all(("div", "section", "aside"), _is_appended)


def _appended_articles(tree: HtmlElement) -> list[HtmlElement]:
    return [
        each
        for each in _maybe_appended(tree)
        if each.find(".//h1") is None or _appended_box(each.get("id", "")) or _appended_box(each.get("class", ""))
    ]


_pruned = _first(
    ("div", "section", "aside", "list", "details", "ol", "ul"),
    lambda id, name: _is_appended(id, name) or _is_share_bar(id, name) or _is_comments(id, name),
)


def may_be_pruned(tree: HtmlElement) -> bool:
    """Whether anything in a tree may be what trafilatura takes out first: one walk, where each of its steps makes one."""
    return any(True for _ in _pruned(tree))


def _teaser(id: str, name: str) -> bool:
    return "teaser" in id.replace("T", "t") or "teaser" in name.replace("T", "t")


_teasers = _all(_PARTS, _teaser)
LEFT_OUT: list[Elements] = [_comments_and_lists, _discarded, _hidden, _teasers]
"""What trafilatura leaves out for its names."""
REPLACED: list[tuple[list[Any], list[Elements]]] = [
    (xpaths.BODY_XPATH, BODY),
    (xpaths.OVERALL_DISCARD_XPATH, [_discarded, _hidden]),
    (xpaths.TEASER_DISCARD_XPATH, [_teasers]),
    (xpaths.DISCARD_IMAGE_ELEMENTS, [_all(_PARTS, lambda id, name: "caption" in id or "caption" in name)]),
    (xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH, [_comments_and_lists]),
    (
        xpaths.RAW_TREE_PRUNE_XPATH,
        [
            _appended_articles,
            _all(("div", "section", "aside"), _is_share_bar),
        ],
    ),
]
STOCK: list[list[Any]] = [list(expressions) for expressions, _ in REPLACED]
STOCK_LINK_DENSITY = htmlprocessing.link_density_test


def link_density_test(element: HtmlElement, favor_precision: bool = False) -> tuple[bool, bool]:
    """trafilatura's verdict on an element's links, sooner where it is plain.

    Most elements have no link, which its own search takes three times as long to find; a long text with few links passes.
    """
    links = list(islice(element.iterdescendants("ref"), _FEW_LINKS + 1))
    if not links:
        return False, False
    if len(links) <= _FEW_LINKS and len(links) != 1 and len(" ".join(element.text_content().split())) >= _LONG_TEXT:
        return False, False
    return STOCK_LINK_DENSITY(element, favor_precision)


@contextmanager
def matchers() -> Iterator[None]:
    """trafilatura reads with the functions of this module while the context lasts; without it, it is stock."""
    for expressions, functions in REPLACED:
        expressions[:] = functions
    htmlprocessing.link_density_test = link_density_test
    try:
        yield
    finally:
        htmlprocessing.link_density_test = STOCK_LINK_DENSITY
        for (expressions, _), stock in zip(REPLACED, STOCK, strict=True):
            expressions[:] = stock
