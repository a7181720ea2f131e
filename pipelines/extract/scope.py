"""Which elements of a page speak of its own article, and which of comments, teasers, events and the site.

What counts is the part of the way up that an element does not share with the headline: a "sidebar" that holds the
headline too is only the page's layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Literal
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.extract.anchors import parts_of, site_of
from pipelines.extract.elements import Elements
from pipelines.extract.markup import Markup, flat_text, short_text
from pipelines.extract.titles import loose

_FOREIGN = re.compile(
    r"(?:^|[-_\s])(?:comments?|commentlist|disqus|respond|repl(?:y|ies)|responses?|reactions?(?:-list)?|feedback|discussion|kommentar\w*|commentaires?|comentarios?|komentar\w*"
    r"|related|relacionad\w*|similar|recommend\w*|recirc\w*|teasers?|promo|most-?(?:read|popular|viewed)|popular|trending|trends|you-(?:may|might)(?:-also)?-like"
    r"|river|latest|recent|more-?(?:news|stories|articles)|also|read-?(?:also|next|more)|next-?up|up-?next|(?:next|prev(?:ious)?)-?(?:post|article|story)|ticker|carousel|slider"
    r"|today(?:s-?date)?|clock|current-?(?:date|time)|events?|calendar|agenda|outbrain|taboola|cookies?|advert\w*|sponsored|post-?list|feed-?item|archives?"
    r"|media-?box|(?<!article[-_])(?:(?:fig|img|image|photo|media|wp|thumb(?:nail)?)-?)?captions?(?:-text)?(?=$|\s)|onward|further|suggest\w*|breaking|weather)(?:$|[-_\s])",
    re.IGNORECASE,
)
"""Classes of what is about something else."""
_BESIDE = re.compile(
    r"(?:^|[-_\s])(?:side|side-?bar|rail|widget-area|(?<!post[-_])(?<!entry[-_])(?<!article[-_])(?<!story[-_])footer|site-?header|masthead|topbar|nav|navbar|navigation|menu|newsletter)"
    r"(?:$|[-_\s])",
    re.IGNORECASE,
)
"""Classes of what is beside an article, usually on every page of the site."""
_COMMENTED = re.compile(
    r"comment|Review|Event|UserComments|WPSideBar|WPFooter|WPHeader|SiteNavigation|ItemList", re.IGNORECASE
)
_COMMENTS_HEADING = re.compile(
    r"\W*(?:\d+\W*)?(?:readers?\W{1,2}s?\W?)?(?:comments?|responses|replies|leserkommentare|kommentar\w*|comentarios|comentários|commentaires"
    r"|commenti|reacties|reaktioner|diskus[ei]a?|diskussion(?:en)?|dyskusja|keskustelu|обсуждение|обговорення"
    r"|kommenti?t|kommentaarid|kommentointi|hozzászólás\w*|comentari[is]|σχόλια|bình luận|टिप्पणियाँ|ความคิดเห็น"
    r"|komentar\w*|komentáře|комментар\w*|коментар\w*|yorumlar|コメント|댓글|评论|評論|التعليقات|تعليقات|نظرات|תגובות)"
    r"(?:\s+(?:to|on|zu|zum|de los lectores|lesen|schreiben)\b.{0,40})?\W*(?:\d+\W*)?",
    re.IGNORECASE,
)
SUBHEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_LONGEST_COMMENTS_HEADING = 60
Place = Literal["own", "behind", "beside", "foreign"]
_OWN_PLACES = frozenset({"article", "main"})
_SITE_PLACES = frozenset({"header", "footer", "nav", "aside"})
_INDEX_PATH = re.compile(
    r"/(?:aut|auth|profil|people|person|staff|team|writer|reporter|journal|period|column|firma|redac|redak|by|tag|topic|categor|section|rubri|thema|contributor|user)",
    re.IGNORECASE,
)
_LONGEST_TEASER = 200
_TEASER_LEVELS = 3
_LINK_WORDS = 4
_LINK_CHARACTERS = 18
_MOST_LINKS = 12
_MOST_PARTS = 6
_LONGEST_LINE, _MOST_PARAGRAPHS = 80, 40
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_LABELS = ("h2", "h3", "h4", "h5", "dt")
_OF_ARTICLE = re.compile(r"(?:^|[-_\s])(?:article|story|post|entry)[-_]", re.IGNORECASE)
_FIGURES = frozenset({"figure", "figcaption", "blockquote"})


@dataclass(frozen=True)
class Scope:
    """The page's headline element and what is in the same place of the tree."""

    root: HtmlElement
    elements: Elements
    headline: HtmlElement | None
    url: str = ""

    @cached_property
    def path(self) -> str:
        """The path of the page's address."""
        return urlsplit(self.url).path

    @cached_property
    def _known_places(self) -> dict[HtmlElement, Place]:
        return {}

    @cached_property
    def _known_teasers(self) -> dict[HtmlElement, bool | None]:
        return {}

    @cached_property
    def _shared(self) -> frozenset[HtmlElement]:
        """The elements that hold the headline."""
        return frozenset() if self.headline is None else frozenset((self.headline, *self.headline.iterancestors()))

    @cached_property
    def _has_own_article(self) -> bool:
        """Whether the headline is in an article element."""
        return any(element.tag == "article" for element in self._shared)

    @cached_property
    def _home(self) -> HtmlElement | None:
        """The outermost main or article element that holds the headline."""
        above = () if self.headline is None else self.headline.iterancestors(*_OWN_PLACES)
        return next(reversed(list(above)), None)

    def is_foreign(self, element: HtmlElement) -> bool:
        """Whether an element is in a comment, a teaser, an event, or in what every page of the site has."""
        return self.place_of(element) != "own"

    def place_of(self, element: HtmlElement) -> Place:
        """Whose an element is: the article's own, outside of its element ("behind"), beside it (sidebar, header, footer of the
        site), or something else's."""
        apart = self._apart(element)
        places = {self._place(one) for one in apart}
        if "foreign" in places or self._is_in_teaser(apart):
            return "foreign"
        is_outside = self._home is not None and self._home not in (element, *element.iterancestors())
        return "beside" if "beside" in places else "behind" if is_outside else "own"

    def is_in_teaser(self, element: HtmlElement) -> bool:
        """Whether a small box round the element links to another article by its headline."""
        return self._is_in_teaser(self._apart(element))

    def _apart(self, element: HtmlElement) -> list[HtmlElement]:
        """The element and those above it, up to the first that holds the headline."""
        apart: list[HtmlElement] = []
        for one in (element, *element.iterancestors()):
            if one in self._shared or one.tag in {"body", "html"}:
                break
            apart.append(one)
        return apart

    def _place(self, element: HtmlElement) -> Place:
        """Where the element is by its own marks; remembered, since the elements asked for share those above them."""
        place = self._known_places.get(element)
        if place is None:
            place = self._known_places[element] = self._own_place(element)
        return place

    def _own_place(self, element: HtmlElement) -> Place:
        name, id, item, tag = element.get("class"), element.get("id"), element.get("itemtype"), element.tag
        marked = _place_of_marks(f"{name or ''} {id or ''}") if name or id else "own"
        if (
            marked == "foreign"
            or tag in _FIGURES
            or (item and _COMMENTED.search(item))
            or (len(element) and is_headed_comments(element))
        ):
            return "foreign"
        if tag == "article" and self._has_own_article and self._has_signs_of_article(element):
            return "foreign"
        is_of_site = tag in _SITE_PLACES and not (name and tag != "nav" and _OF_ARTICLE.search(name))
        is_beside = (is_of_site or marked == "beside") and not self._is_within_article(element)
        return "beside" if is_beside and not self._is_of_story(element) else "own"

    def _is_of_story(self, element: HtmlElement) -> bool:
        """Whether an element is a line right below the headline, or has most of the page's paragraphs, whatever it is called."""
        before = element.getprevious()
        is_below = before in self._shared and before.tag not in _OWN_PLACES
        is_below = is_below and all(short_text(each, _LONGEST_TEASER) for each in (before, element))
        long = self._long_paragraphs
        return is_below or 2 * sum(element in each.iterancestors() for each in long) > len(long)

    @cached_property
    def _long_paragraphs(self) -> list[HtmlElement]:
        """The first paragraphs of the page that are long."""
        long = (each for each in self.elements.of("p") if short_text(each, _LONGEST_LINE) is None)
        return list(islice(long, _MOST_PARAGRAPHS))

    def _has_signs_of_article(self, element: HtmlElement) -> bool:
        """Whether an article element has a headline, a date or a link to an article: others are parts of the page's own."""
        links = islice(element.iter("a"), _MOST_LINKS)
        return next(element.iter("time", "h1"), None) is not None or any(map(self._is_headline_link, links))

    def _is_within_article(self, element: HtmlElement) -> bool:
        """A header, footer or aside within the article is its own; those of the page are the site's."""
        return element.tag != "nav" and any(one.tag in _OWN_PLACES for one in element.iterancestors())

    def _is_in_teaser(self, apart: list[HtmlElement]) -> bool:
        """Whether a small box round the element links to another article by its headline."""
        for one in apart[1 : 1 + _TEASER_LEVELS]:
            if one not in self._known_teasers:
                self._known_teasers[one] = self._is_teaser(one)
            if (found := self._known_teasers[one]) is not None:
                return found
        return False

    def _is_teaser(self, box: HtmlElement) -> bool | None:
        """Whether the box is a teaser; False where it is too long for one, None where a larger box may be one."""
        if box.tag in {"p", "span"}:
            return None
        if short_text(box, _LONGEST_TEASER) is None:
            return False
        if sum(one.find(".//a") is None for one in box.iter(*_LABELS)) > 1:
            return False  # a box of facts with a label for each
        anchors = zip(range(_MOST_LINKS), box.iter("a"), strict=False)
        return any(self._is_headline_link(anchor) for _, anchor in anchors) or None

    def _is_headline_link(self, anchor: HtmlElement) -> bool:
        text = flat_text(anchor)
        # words with digits don't count, so that a linked date is not taken for a headline
        words = [word for word in text.split() if not any(map(str.isdigit, word))]
        has_heading = any(each.tag in _HEADINGS for each in anchor)
        is_headline = (
            has_heading or len(words) >= _LINK_WORDS or (not text.isascii() and len("".join(words)) >= _LINK_CHARACTERS)
        )
        return is_headline and self.leads_elsewhere(anchor) and "byline" not in (anchor.getparent().get("class") or "")

    def leads_elsewhere(self, anchor: HtmlElement) -> bool:
        """Whether a link leads to a page that is neither this one nor an index of pages."""
        parts = parts_of(anchor.get("href") or "")
        is_elsewhere = bool(parts.path.strip("/")) and parts.scheme in {"", "http", "https"} and parts.path != self.path
        return is_elsewhere and not _INDEX_PATH.search(parts.path)

    def leads_to_other_story(self, anchor: HtmlElement) -> bool:
        """Whether a link leads to a page of this site that is neither an index nor a part of this one."""
        parts = parts_of(anchor.get("href") or "")
        is_own_site = not parts.netloc or site_of(f"//{parts.netloc}") == site_of(self.url)
        is_part = parts.path.startswith(f"{self.path.rstrip('/')}/")
        return is_own_site and not is_part and self.leads_elsewhere(anchor)


def is_headed_comments(element: HtmlElement) -> bool:
    """Whether the element begins with a heading that says "Comments" in one of the languages of the news."""
    first = element[0] if len(element) and not (element.text or "").strip() else None
    if first is None or first.tag not in SUBHEADINGS:
        return False
    return says_comments(first)


def says_comments(heading: HtmlElement) -> bool:
    """Whether a heading says "Comments", as one above readers' comments does."""
    text = short_text(heading, _LONGEST_COMMENTS_HEADING)
    return text is not None and bool(_COMMENTS_HEADING.fullmatch(text.strip()))


@lru_cache(maxsize=8_192)
def _place_of_marks(marks: str) -> Place:
    """What the class and id of an element alone say."""
    if _FOREIGN.search(marks):
        return "foreign"
    return "beside" if _BESIDE.search(marks) else "own"


def find_scope(root: HtmlElement, markup: Markup, titles: Iterable[str]) -> Scope:
    """The page's scope; its headline is the heading that says one of the titles, else its first h1, else what else says it."""
    wanted = {loose(title) for title in titles if title}
    for tags in (("h1",), ("h2", "h3", "h4"), ("div", "p", "span", "a", "strong", "b", "font")):
        found = next((one for one in root.iter(*tags) if _says(one, wanted)), None)
        if found is None and tags == ("h2", "h3", "h4"):
            found = next(root.iter("h1"), None)
        if found is not None:
            return Scope(root, markup.elements, found, markup.url)
    return Scope(root, markup.elements, None, markup.url)


def _says(element: HtmlElement, wanted: set[str]) -> bool:
    """Whether an element is one of the titles; text is only put together where it may be."""
    has_text = bool((element.text or "").strip()) or element.tag in _HEADINGS
    text = short_text(element, _LONGEST_TEASER) if wanted and has_text and len(element) <= _MOST_PARTS else None
    return bool(text) and loose(text or "") in wanted
