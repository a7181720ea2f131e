"""An article that its site splits into several pages: which page this is, and where the others are; pure.

A pager's links differ from the page's own address in a page number only. What they lead to is checked when it is read
(`pipelines.joining`): pagers of comments, lists and galleries look the same from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.urls.identity import site_of
from dateline.urls.links import PageLink, absolute_url, anchor_text, base_url
from dateline.urls.next_page import NEXT_WORDS, follows, numbered, plain, readings

MOST_PARTS = 30
"""Pages of one article that are joined; a pager that claims more leads to something else."""
_LONGEST_LABEL = 60
_PAGE_WORDS = {"page", "seite", "pagina", "part", "teil", "index"}
_LABEL = re.compile(r"\W*(?:[^\W\d]{1,8}\.?\s*)?0?(\d{1,2})(?:\s*(?:/|of|von|de|sur|di)\s*\d{1,2})?\W*")
_WHOLE = re.compile(
    r"[?&](?:page|pages|p|seite|pagina|view|pagewanted|show)=(?:all|full|single)(?=&|$)"
    r"|[?&](?:single-?page|one-?page|show-?all|view-?all|all|full)=(?:1|true|yes|on)(?=&|$)"
    r"|/(?:komplettansicht|single-?page|one-?page|view-?all|page/all|seite/alle|full|all)(?=/?(?:\?|$))"
    r"|[-_,](?:single-?page|view-?all|all|komplett|complete)(?=\.\w{2,5}(?:\?|$))",
    re.IGNORECASE,
)
_OTHER_PLACES = re.compile(
    r"comment|kommentar|repl(?:y|ies)|disqus|discussion|related|teaser|gallery-nav", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Paging:
    """A page's place among the pages of one article. `number` counts from 1; `last` is the highest that a link names.

    `next_url` is the next page, `whole_url` the article on one page. `first_url` is the first page, where this one surely
    continues it; `before_url` the page before it by its own word, which is not proved.
    """

    number: int
    last: int
    next_url: str | None = None
    whole_url: str | None = None
    first_url: str | None = None
    before_url: str | None = None


def read_paging(root: HtmlElement, url: str) -> Paging | None:
    """The place of the page among the pages of one article; None where no link says that there are others."""
    base = base_url(root, url)
    links = list(_pager_links(root, url, base))
    following = [link for link in links if "next" in link.rel or NEXT_WORDS.match(link.text)]
    pointers = [*_head_links(root, base, "next"), *(link.url for link in following)]
    before = [*_head_links(root, base, "prev", "previous"), *(link.url for link in links if "prev" in link.rel)]
    if not (links or pointers or before):
        return None
    whole = next((link.url for link in links if _is_whole(link.url, url)), None)
    canonical = next(_head_links(root, base, "canonical"), None)
    for stem, written in readings(url):
        pages, is_from_zero = _pages(links, stem)
        number = written + (is_from_zero and stem != url)
        first = _first(pages, canonical, stem) if number > 1 else None
        earlier = _before(before, url, written) if number > 1 and first is None else None
        after = pages.get(number + 1) or next((u for u in pointers if _is_next(url, u, written)), None)
        if 1 <= number <= MOST_PARTS and (after or first or earlier or (whole and number == 1)):
            last = max(number + bool(after), max(pages, default=1))
            return Paging(number, last, after, whole, first, earlier)
    return None


def split_note(read: int, last: int, why: str = "") -> str:
    """The warning of an article of which not all pages were read."""
    pages = "page 1" if read == 1 else f"pages 1 to {read}"
    return f"only {pages} of {last} {'was' if read == 1 else 'were'} read{why and f' ({why})'}"


def _pager_links(root: HtmlElement, url: str, base: str) -> Iterator[PageLink]:
    """The links whose addresses have the article's own name in them, but for those of comments and of related stories."""
    stem, site = _stem(url), site_of(url)
    for anchor in root.iter("a"):
        reference = anchor.get("href") or ""
        if (stem not in reference and not reference.startswith("?")) or _is_of_other_site(reference, site):
            continue
        text = anchor_text(anchor)
        target = absolute_url(reference, base) if len(text) <= _LONGEST_LABEL else None
        if target is not None and site_of(target) == site and not _is_elsewhere(anchor):
            yield PageLink(target, text, frozenset((anchor.get("rel") or "").lower().split()), anchor)


def _is_of_other_site(reference: str, site: str) -> bool:
    """Whether an address that is written out is plainly another site's: links to share a page have its address in them."""
    host = reference.split("/", 3)[2].lower() if reference.startswith(("http://", "https://")) else ""
    return host.isascii() and bool(host) and site not in host


def _stem(url: str) -> str:
    """The last part of the address's path that is a name rather than a page's number."""
    segments = [
        re.sub(r"([-_,.~](?:page|seite|part|teil|p)?-?\d{1,3})?(\.\w{2,5})?$", "", each)
        for each in urlsplit(url).path.split("/")
    ]
    return next(
        (each for each in reversed(segments) if len(each) > 3 and not each.isdecimal() and each not in _PAGE_WORDS), "/"
    )


def _is_elsewhere(anchor: HtmlElement) -> bool:
    return any(_OTHER_PLACES.search(f"{each.get('class') or ''} {each.get('id') or ''}") for each in _around(anchor))


def _around(anchor: HtmlElement) -> Iterator[HtmlElement]:
    """The link and the four elements around it."""
    element: HtmlElement | None = anchor
    for _ in range(5):
        if element is None or element.tag == "body":
            return
        yield element
        element = element.getparent()


def _pages(links: list[PageLink], base: str) -> tuple[dict[int, str], bool]:
    """The pager's pages by number, and whether addresses count from 0: a link's number is then one more than its address's."""
    found: dict[int, str] = {}
    is_from_zero = False
    for link in links:
        label = _label(link.text)
        if label == 1 and plain(link.url) == plain(base):
            found.setdefault(1, link.url)
        for other, number in numbered(link.url):
            if plain(other) == plain(base):
                shown = label if label is not None and label - number in (0, 1) else number
                is_from_zero = is_from_zero or shown > number
                if 1 < shown <= MOST_PARTS or label == shown == 1:
                    found.setdefault(shown, link.url)
                break
    return found, is_from_zero


def _label(text: str) -> int | None:
    found = _LABEL.fullmatch(text)
    return int(found[1]) if found else None


def _first(pages: dict[int, str], canonical: str | None, base: str) -> str | None:
    """The first page, where the pager links to it or the page names it as canonical."""
    if canonical and plain(canonical) == plain(base):
        return canonical
    return pages.get(1)


def _before(targets: list[str], url: str, number: int) -> str | None:
    """The page before this one, by its word and by its address."""
    return next((one for one in targets if site_of(one) == site_of(url) and follows(one, url) == number), None)


def _is_next(url: str, target: str, number: int) -> bool:
    return site_of(target) == site_of(url) and follows(url, target) == number + 1


def _is_whole(target: str, url: str) -> bool:
    """Whether an address is this page's with a word for "all on one page" added."""
    found = _WHOLE.search(target)
    if found is None or plain(target) == plain(url):
        return False
    rest = plain(target[: found.start()] + ("?" if found[0].startswith("?") else "") + target[found.end() :])
    return any(plain(base) == rest for base, _ in readings(url))


def _head_links(root: HtmlElement, base: str, *rels: str) -> Iterator[str]:
    for link in root.iter("link"):
        if {*rels} & {*(link.get("rel") or "").lower().split()} and (
            target := absolute_url(link.get("href") or "", base)
        ):
            yield target
