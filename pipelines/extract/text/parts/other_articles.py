"""Other articles in the page's document: some pages load the next one while they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.text.parts.controls import Tree
from pipelines.extract.text.prose import SHORTEST_STORY, running_text

_LEAST_OWN, _MOST_OTHER, _MOST_BEFORE = 0.2, 3, 100


def drop_other_articles(tree: Tree) -> bool:
    """Take out the articles before and behind the page's own.

    Another article has a headline of the same rank as this one's, in a container beside and like the one with this story.
    """
    own = tree.headline
    if own is None:
        return False
    above = {own, *own.iterancestors()}
    linked = [each for each in tree.elements("h2", "h3") if _leads_to_article(each) or _begins_cell(each)]
    heads = [head for head in (*tree.elements(own.tag), *linked) if head not in above]
    sizes = running_text(tree.root) if heads else Counter[HtmlElement]()
    others = (_other(head, own, above, sizes) for head in heads)
    found = False
    for other in others:
        if other is not None and other.getparent() is not None:
            sizes.subtract(dict.fromkeys(other.iterancestors(), sizes[other]))
            other.drop_tree()
            found = True
    return found


def _leads_to_article(head: HtmlElement) -> bool:
    """Whether a headline in an article leads to a page of its own."""
    is_linked = any(link.get("href") is not None for link in head.iterchildren("a"))
    return is_linked and next(head.iterancestors("article"), None) is not None


def _begins_cell(head: HtmlElement) -> bool:
    """Whether a headline begins a column of a page that is laid out as a table."""
    cell = head.getparent()
    return cell.tag == "td" and head.getprevious() is None and not (cell.text or "").strip()


def _other(
    head: HtmlElement, own: HtmlElement, above: Set[HtmlElement], sizes: Counter[HtmlElement]
) -> HtmlElement | None:
    """The article round another headline, if it is one of its own."""
    chain = [head, *head.iterancestors()]
    at = next((i for i, each in enumerate(chain) if each in above), 0)
    if at < 2:
        return None
    theirs, ours = _article_of(head, above), _article_of(own, {*chain})
    if theirs is not None and ours is not None and sizes[ours] > _LEAST_OWN * sizes[theirs]:
        return theirs
    container, common = chain[at - 1], chain[at]
    branch = next((child for child in common if child in above), None)
    if branch is None:
        return None
    other = container if theirs is None else theirs
    before = sum(sizes[each] for each in islice(container.itersiblings(preceding=True), _MOST_BEFORE))
    ours_size = max(sizes[branch], before)
    if ours_size < SHORTEST_STORY:
        return None
    if head.tag == own.tag == "h1" and _has_own_page(head, own, other) and sizes[other] <= _MOST_OTHER * ours_size:
        return other
    is_beside = sizes[branch] >= SHORTEST_STORY and _is_alike(container, branch)
    return container if is_beside else None


def _has_own_page(head: HtmlElement, own: HtmlElement, article: HtmlElement) -> bool:
    """Whether an article bears its own address, or its headline leads there, or is set in a box like this one's."""
    if (name := head.getparent().get("class")) and name == own.getparent().get("class"):
        return True
    links = (head.find(".//a"), next(head.iterancestors("a"), None))
    return bool(_addresses(article)) or any(link is not None and link.get("href") for link in links)


def _article_of(heading: HtmlElement, above: Set[HtmlElement]) -> HtmlElement | None:
    """The article element round a heading that is not round the other one."""
    return next((each for each in heading.iterancestors("article") if each not in above), None)


def _is_alike(one: HtmlElement, other: HtmlElement) -> bool:
    if one.tag != other.tag:
        return False
    differ = _addresses(one) and _addresses(other) and _addresses(one) != _addresses(other)
    is_own = one.find(".//h1") is not None or bool(differ)
    return one.tag in ("article", "td") or (is_own and (one.get("class") or "") == (other.get("class") or ""))


def _addresses(element: HtmlElement) -> list[str]:
    """The addresses that an element bears, as those that are loaded one after the other do."""
    return [value for value in element.attrib.values() if value.startswith(("/", "http"))]
