"""Lists in several pages: which link leads to the next page. Addresses of one list differ in the page number; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from dateline.urls.identity import site_of
from dateline.urls.links import absolute_url, base_url, page_links

_PAGE_MARKS = (
    re.compile(r"(?P<mark>(?<=[?&])(?:page|paged|p|pg|pag|seite|pagina|page_?num|page_?no|paging|part|teil|sivu|side|sida|strona)=)(?P<number>\d{1,4})"),
    re.compile(r"(?P<mark>/(?:page|seite|pagina|p|strona|sayfa|sida|side)[/_-]?)(?P<number>\d{1,4})(?=/?(?:\.\w{2,5})?(?:\?|$))"),
    re.compile(r"(?P<mark>[-_,.~])(?:page-?|p|seite-?|part-?|teil-?)?(?P<number>\d{1,3})(?=\.\w{2,5}(?:\?|$))"),
    re.compile(r"(?P<mark>[-_/~,](?:page-?|seite-?|part-?|teil-?|p)?)(?P<number>\d{1,3})(?=/?(?:\?|$))"),
)  # fmt: skip
_IN_FOLDER = re.compile(
    r"/(?:page|seite|pagina|index|default|p|strona|sida|side)[-_]?(?P<number>\d{1,4})\.\w{2,5}(?=\?|$)"
)
"""A file that continues its folder: /sport/page-2.html, or /sport/index2.php after /sport/."""
_OFFSET = re.compile(r"(?<=[?&])(?:offset|start|from|skip|first|b_start)=(?P<offset>\d{1,6})(?=&|#|$)")
_FEWEST_OF_A_PAGE = 3
NEXT_WORDS = re.compile(
    r"\W*(?:next|older|more|weiter|nächste|ältere|suivant|siguiente|próxima|successiva|volgende|nästa|neste|næste|další|"
    r"następna|далее|следующая|下一页|下一頁|次へ|次の|다음)\b",
    re.IGNORECASE,
)
_NEXT_NAME = re.compile(r"(?:^|[\s_-])(?:next|older)(?:$|[\s_-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NextPage:
    """A further page of the same list or article, and which one it is."""

    url: str
    number: int


def next_page(root: HtmlElement, url: str) -> NextPage | None:
    """The page that follows this one: its address differs only in the page's number, which is one higher."""
    for target in _candidates(root, url):
        number = follows(url, target)
        if number is not None and site_of(target) == site_of(url):
            return NextPage(target, number)
    return None


def next_list(root: HtmlElement, url: str) -> str | None:
    """The page that follows a list: `next_page`, or what a home page names so whose list goes on at another address."""
    if (found := next_page(root, url)) is not None:
        return found.url
    for link in page_links(root, url):
        is_numbered = link.text.strip() == "2" and any(number == 2 for _, number in numbered(link.url))
        if is_numbered or ("next" in link.rel and NEXT_WORDS.match(link.text)):
            return link.url if site_of(link.url) == site_of(url) else None
    return None


def follows(url: str, target: str) -> int | None:
    """The number of a page that comes right after another, by their addresses."""
    return next((number for base, now in readings(url) for other, number in numbered(target)
                 if plain(other) == plain(base) and number == now + 1), None) or _by_offset(url, target)  # fmt: skip


def _by_offset(url: str, target: str) -> int | None:
    """The number of a page whose address says how many entries come before it, by the entries of a page."""
    (base, now), (other, then) = _offset(url), _offset(target)
    step = then - now
    is_next = step >= _FEWEST_OF_A_PAGE and now % step == 0 and plain(other) == plain(base)
    return then // step + 1 if is_next else None


def _offset(url: str) -> tuple[str, int]:
    found = _OFFSET.search(url)
    return (url[: found.start()] + url[found.end() :], int(found["offset"])) if found else (url, 0)


def readings(url: str) -> Iterator[tuple[str, int]]:
    """The URL as the first page of its own, then as a numbered page."""
    yield url, 1
    yield from numbered(url)


def numbered(url: str) -> Iterator[tuple[str, int]]:
    """The URL without its page's number, and that number, by each form in which it may be written."""
    for pattern in _PAGE_MARKS:
        found = list(pattern.finditer(url.partition("#")[0]))
        if found:
            yield url[: found[-1].start()] + url[found[-1].end() :], int(found[-1]["number"])
    if file := _IN_FOLDER.search(url.partition("#")[0]):
        yield url[: file.start()] + url[file.end() :], int(file["number"])


def plain(url: str) -> str:
    """The URL without fragment, closing slash and empty parameters."""
    head, _, query = url.partition("#")[0].partition("?")
    pairs = "&".join(pair for pair in query.split("&") if pair)
    return f"{head.rstrip('/')}?{pairs}" if pairs else head.rstrip("/")


def _candidates(root: HtmlElement, url: str) -> Iterator[str]:
    """Links that may lead to the next page: rel=next, then numbers and words for "next"."""
    base = base_url(root, url)
    for link in root.iter("link"):
        target = absolute_url(link.get("href") or "", base)
        if target and "next" in (link.get("rel") or "").lower().split():
            yield target
    links = [link for link in page_links(root, url) if len(link.text) <= 40]
    yield from (link.url for link in links if "next" in link.rel)
    yield from (link.url for link in links if link.text.strip(" ›»→>").isdecimal() or NEXT_WORDS.match(link.text))
    yield from (link.url for link in links if _is_named_next(link.element))


def _is_named_next(anchor: HtmlElement) -> bool:
    """Whether a link without words says so in its attributes, or the item around it: an arrow with class=next."""
    words = (anchor.get("title") or anchor.get("aria-label") or "").strip()
    if NEXT_WORDS.match(words):
        return True
    around = anchor.getparent()
    names = (each.get("class") or "" for each in (anchor, around) if each is not None)
    return any(_NEXT_NAME.search(name) for name in names)
