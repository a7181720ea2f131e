"""The authors of a page: JSON-LD, meta tags, then the byline that a reader sees within the article's own place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile

from lxml import etree
from lxml.html import HtmlElement

from dateline.text import lower_case
from pipelines.extract.authors.names import (
    is_agency,
    is_personal,
    names_of,
    split_byline,
    unique,
    without_dates,
)
from pipelines.extract.authors.words import (
    BY_LABEL,
    BY_OTHERS,
    BY_PHRASE,
    BY_PREPOSITION,
    BY_ROLE,
    COMPANY,
    DESK,
    LABEL_WITHIN,
    LABELS_OF_AUTHORS,
    LIFE_OF_WRITER,
    REPORT,
    VERBS_OF_WRITERS,
)
from pipelines.extract.jsonld import Node, plain, resolve, types_of
from pipelines.extract.markup import Markup, elements_of_class, flat_text, short_text, text_before
from pipelines.extract.scope import Scope
from pipelines.extract.titles import host_word, is_outlet, loose

_AUTHOR_METAS_TEXT = """
    parsely-author cxenseparse:author article:author author authors dc.creator dcterms.creator
"""
_AUTHOR_METAS = tuple(_AUTHOR_METAS_TEXT.split())
_MORE_METAS = ("byl", "byline", "sailthru.author", "citation_author", "twitter:misc:written by", "creator")
_AUTHOR_META_END = re.compile(r"(?:^|[.:_-])authors?(?:[._-]?names?)?$")
_NOT_AN_AUTHOR_META = re.compile(r"\b(?:id|url|image|page|type|twitter|facebook)\b|og:book", re.IGNORECASE)
_PROFILE = re.compile("/aut(?:h?or|eur)")
_BYLINE_WORDS_TEXT = """
    author byline autor auteur writer reporter yazar firma signature forfatter skribent
"""
_BYLINE_WORDS = tuple(_BYLINE_WORDS_TEXT.split())
_BYLINE_CLASS = re.compile(r"^(?!.*firma)|(?:^|[\s_-])firma(?:$|[\s_-])", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2"})
_NEW_LINES = frozenset({"br", "div", "p", "li", "dd", "dt", "tr", "h3", "h4", "h5", "h6", "section"})
_MOST_AUTHORS = 25
_MOST_BYLINES = 40
_MOST_ALIKE = 6
_LONGEST_BYLINE = 300
_MOST_NOTES = 3
_SURE = 2
_LONGEST_LINE = 120
_MOST_LINES = 4_000
_NEAR = 40
_LONGEST_LABEL = 20
_LONGEST_NAME = 40
_SENTENCE = 80
_LINES_BELOW = 10
_LOGIN = re.compile(r"[a-z\d]*[._\d][a-z\d._]*")
"""A name by which a content system knows its user ("pell_ada", "apell2")."""
_SIGNATURE = re.compile("[。．」』）)！？!?]\\s*【([\u3040-\u9fff]{3,6}(?:[、・][\u3040-\u9fff]{3,6})*)】$")
"""Names in brackets behind the last sentence, as Japanese papers sign."""
_ANNOUNCED = re.compile(r"[A-ZÀ-Þ][^\W\d_A-Z]{3,}|[^\W\d_A-Z]{3,}(?: [^\W\d_A-Z]{2,}){1,2}")
_YEAR_THEN_BY = re.compile(r"\d{4}\W+(?:by|von|par|por|da|di|door|przez|av|af|oleh)\s")
_BESIDE_NAME = re.compile(r"\d{4}|\d\s*min|\bread\b", re.IGNORECASE)

_ANNOUNCING = tuple(re.compile(each.pattern) for each in (BY_LABEL, BY_PREPOSITION, BY_PHRASE))
"""What announces names, for a line in lower case: that takes half the time that ignoring case does."""


def choose_authors(
    scope: Scope, markup: Markup, article: Node, nodes: Sequence[Node], site_names: Iterable[str]
) -> tuple[str, ...]:
    """The authors as the byline has them. The outlet itself, desks and agencies count only where no person is named."""
    outlets = {loose(name) for name in site_names if name} | {host_word(markup.url)}
    fallback: tuple[str, ...] = ()
    for names in _claims(scope, markup, article, nodes):
        people = tuple(name for name in names if not (is_outlet(name, outlets) or COMPANY.fullmatch(name)))
        people = tuple(name for name in people if not (DESK.fullmatch(name) or is_agency(name))) or people
        is_login = len(people) == 1 and _LOGIN.fullmatch(people[0])
        if people and not is_login and (not fallback or all(is_personal(name) for name in people)):
            return people[:_MOST_AUTHORS]
        fallback = fallback or names
    fallback = (
        (not fallback and _beside_date(scope, outlets)) or _signed(scope, outlets, is_sure=not fallback) or fallback
    )
    return fallback[:_MOST_AUTHORS]


def _claims(scope: Scope, markup: Markup, article: Node, nodes: Sequence[Node]) -> Iterator[tuple[str, ...]]:
    for role in ("author", "creator"):
        yield names_of(resolve(article.get(role), nodes))
    for meta in _meta_names(markup):
        yield unique(name for value in markup.metas.get(meta, ()) for name in split_byline(plain(value)))
    elements = markup.elements
    candidates = elements.of(having=["rel", "itemprop", "property", "id"], classed="by")
    marked = [each for each in candidates if _is_marked_byline(each)]
    place = None if scope.headline is None else next(scope.headline.iterancestors("article", "main"), None)
    profiles = [each for each in elements.of("a") if _is_profile(each, place)]
    classed = elements_of_class(scope.root, markup, _BYLINE_WORDS, _BYLINE_CLASS)
    yield from _visible_claims([*marked, *profiles, *classed], scope)
    yield _announced(scope)
    boxes = [each for each in marked if each.get("rel") == "author" and scope.place_of(each) == "behind"]
    yield _names_in(boxes[:_MOST_ALIKE], is_sure=True)
    of_page = (names_of(resolve(node.get("author"), nodes)) for node in nodes if "webpage" in types_of(node))
    yield from (names for names in of_page if all(map(is_personal, names)))


def _is_marked_byline(element: HtmlElement) -> bool:
    if "author" in (element.get("itemprop") or "") or element.get("class") == "by" or element.get("id") == "byline":
        return True
    return "author" in (element.get("rel"), element.get("property"))


def _is_profile(anchor: HtmlElement, place: HtmlElement | None) -> bool:
    """Whether a link leads to an author's page. It counts in the headline's own article, or in any if that is not known."""
    leads = _PROFILE.search(anchor.get("href") or "") and not BY_OTHERS.search(text_before(anchor))
    return bool(leads) and any(place is None or one is place for one in anchor.iterancestors("article", "main"))


def _meta_names(markup: Markup) -> Iterator[str]:
    """The meta tags that may name authors, best first; Twitter's free fields only by their label."""
    yield from _AUTHOR_METAS
    yield from _MORE_METAS
    for name in markup.metas:
        if _AUTHOR_META_END.search(name) and not _NOT_AN_AUTHOR_META.search(name):
            yield name
    for number in ("1", "2"):
        if LABELS_OF_AUTHORS.search(markup.meta(f"twitter:label{number}") or ""):
            yield f"twitter:data{number}"


def _visible_claims(elements: Sequence[HtmlElement], scope: Scope) -> Iterator[tuple[str, ...]]:
    """The names in elements that are marked as bylines, those first that are marked most surely."""
    own = [one for one in dict.fromkeys(elements) if one.tag not in _HEADINGS and not scope.is_foreign(one)]
    own = own[:_MOST_BYLINES]
    above = _above_story(own, scope)
    found = [*_by_trust(above)]
    yield from found if any(found) else _by_trust([one for one in own if one not in above])


def _by_trust(elements: Sequence[HtmlElement]) -> Iterator[tuple[str, ...]]:
    groups: dict[int, list[HtmlElement]] = {}
    for element in elements:
        groups.setdefault(_trust(element), []).append(element)
    found = {trust: _names_in(alike[:_MOST_ALIKE], is_sure=trust <= _SURE) for trust, alike in sorted(groups.items())}
    named = found.get(_SURE, ())
    are_people = all(map(is_personal, named))
    for names in found.values():
        # one of several authors may have a page of its own, and be marked more surely by the link to it
        is_part = bool(names) and are_people and set(names) < set(named)
        yield named if is_part else names


def _names_in(alike: Sequence[HtmlElement], *, is_sure: bool) -> tuple[str, ...]:
    """The names in elements marked alike; those of people who did something else only where there are no others."""
    lines = [_lines_of(element)[:_LONGEST_BYLINE] for element in alike]
    lines = [line for line in lines if not BY_OTHERS.match(line)] or lines
    found = [split_byline(line) for line in lines]
    if not is_sure:
        people = ([*takewhile(_is_somebody, names)] for names in found)
        found = [names for names in people if names] or [_announced_alone(alike[0])]
    return unique(name for names in found for name in names)


def _is_somebody(name: str) -> bool:
    return is_personal(name) or is_agency(name)


def _announced_alone(element: HtmlElement) -> list[str]:
    """The one name of one word, or in small letters, that a byline announces ("By Sukarno", "by ada quill")."""
    line = short_text(element, _LONGEST_NAME) or ""
    names = split_byline(line) if BY_PHRASE.match(line) else []
    return names if len(names) == 1 and _ANNOUNCED.fullmatch(names[0]) else []


def _above_story(alike: list[HtmlElement], scope: Scope) -> list[HtmlElement]:
    """Of several bylines, those before the first paragraph, if there are any: those behind it may be of other articles."""
    if len(alike) < 2 or scope.headline is None:
        return alike
    places = {each: place for place, each in enumerate(scope.elements.all)}
    headline = places[scope.headline]
    below = (place for each, place in places.items() if each.tag == "p" and place > headline)
    first = next((place for place in below if short_text(scope.elements.all[place], _SENTENCE) is None), 0)
    return [each for each in alike if places[each] < first] or alike


def _lines_of(element: HtmlElement) -> str:
    """The element's text in one line, with a bar where a reader sees a new line."""
    parts: list[str] = []
    for event, one in etree.iterwalk(element, events=("start", "end")):
        is_start = event == "start"
        is_apart = one.tag in _NEW_LINES or "itemprop" in one.attrib or (is_start and _follows_name(one))
        parts.append(" | " if is_apart and one is not element else " ")
        named = one.get("content") if one.tag == "meta" and one.get("itemprop") == "name" else None
        parts.append(((named or one.text) if is_start else one.tail if one is not element else "") or "")
    return " ".join("".join(parts).split())


def _follows_name(element: HtmlElement) -> bool:
    """Whether an element that begins with a capital is the first behind a whole name ("Ada Quill<b>Editor</b>")."""
    parent = element.getparent()
    before = (parent.text or "").split() if parent is not None and element.getprevious() is None else []
    return len(before) >= 2 and all(map(str.istitle, before[-2:])) and (element.text or "").strip()[:1].isupper()


def _trust(element: HtmlElement) -> int:
    """How surely an element marked as a byline holds names alone: 0 is best."""
    if element.get("rel") == "author":
        return 0
    if "author" in (element.get("itemprop") or ""):
        return 1 if element.find(".//*[@itemprop='name']") is None else 6
    words = (element.get("class") or "").lower()
    if re.search(r"(?:author|byline)[\w-]*name", words):
        return 2
    if element.tag == "a" and "/aut" in (element.get("href") or ""):
        return 3
    return 4 if words in {"author", "byline"} or "byline" in words else 5


def _announced(scope: Scope) -> tuple[str, ...]:
    """The names of the short line nearest the headline that begins with "By", "Author:" and the like."""
    best: tuple[int, tuple[str, ...]] | None = None
    place = at_headline = 0
    for element in scope.elements.all:
        if element is scope.headline:
            at_headline = place
        if not (text := (element.text or "").strip()):
            continue
        place += 1
        if place > _MOST_LINES or (at_headline and place - at_headline > _NEAR and best):
            break
        if len(text) <= _LONGEST_LINE and _is_announcement(text) and (names := _names_announced(element, scope)):
            distance = (
                place if scope.headline is None else abs(place - at_headline) if at_headline else _MOST_LINES - place
            )
            best = min(best, (distance, names)) if best else (distance, names)
    return best[1] if best else ()


@lru_cache(maxsize=8_192)
def _is_announcement(text: str) -> bool:
    """Remembered, since a site's pages have most of their short lines in common."""
    text = text.lstrip("(（【〔[ ")
    parts = without_dates(text).split("|") if _YEAR_THEN_BY.search(text) else [text]
    lines = [f"{lower_case(part.strip())} a a" for part in parts]
    if any(pattern.match(line) for line in lines for pattern in _ANNOUNCING):
        return True
    has_label = (":" in text or "：" in text) and bool(LABEL_WITHIN.search(text))
    may_be_role = not text.isascii() or any(verb in text for verb in VERBS_OF_WRITERS)
    return has_label or _is_label(text) or (may_be_role and bool(BY_ROLE.search(text) or REPORT.search(text)))


def _is_label(text: str) -> bool:
    """Whether a text is nothing but the label of an author ("Author", "Written by")."""
    return len(text) <= _LONGEST_LABEL and bool(BY_LABEL.match(f"{text}: A A") and LABELS_OF_AUTHORS.search(text))


def _names_announced(element: HtmlElement, scope: Scope) -> tuple[str, ...]:
    """The names in a line that begins so, if it is short and holds nothing else; a label's names may be beside it."""
    parent, behind = element.getparent(), element.getnext()
    is_label = _is_label((element.text or "").strip()) and behind is not None and len(element) == 0
    for holder in (element, behind if is_label else None, parent):
        if holder is None or holder.tag in {"body", "script", "style"}:
            continue
        line = short_text(holder, _LONGEST_LINE)
        if line is None or not (holder is behind or _is_announcement(line)):
            continue
        names = split_byline(line)
        if _YEAR_THEN_BY.search(line) and names and not is_personal(names[0]):  # "Rédigé le … par"
            names = names[1:]
        people = unique(takewhile(is_personal, names))
        if people and not people[0][0].islower() and not scope.is_foreign(element):
            return people
    return ()


def _signed(scope: Scope, outlets: set[str], *, is_sure: bool) -> tuple[str, ...]:
    """The names that the first or last paragraphs give of the writer: a signature, a note, or names set apart.

    With `is_sure` names in bold or italics do not count, since headings look so, too.
    """
    paragraphs = scope.elements.of("p")
    return _noted_behind(paragraphs, scope) or _set_apart(paragraphs, scope, outlets, is_sure=is_sure)


def _noted_behind(paragraphs: Sequence[HtmlElement], scope: Scope) -> tuple[str, ...]:
    """The names that sign the last sentence, or the name in a note on the writer behind the story."""
    for number, one in enumerate(islice(_own_text(reversed(paragraphs), scope), _MOST_NOTES)):
        if number == 0 and (signature := _SIGNATURE.search(one.text_content().rstrip()[-_LONGEST_NAME:])):
            return tuple(split_byline(signature[1]))
        note = LIFE_OF_WRITER.match(short_text(one, _LONGEST_BYLINE) or "")
        if note is None or not _is_plain_person(note["name"]):
            continue
        others = " ".join(flat_text(other) for other in paragraphs if other is not one)
        if not any(word in others for word in note["name"].split()):
            return (note["name"],)
    return ()


def _set_apart(paragraphs: Sequence[HtmlElement], scope: Scope, outlets: set[str], *, is_sure: bool) -> tuple[str, ...]:
    """The names that stand alone in the paragraph behind or before the story: at the right, or bold or in italics."""
    long = [place for place, one in enumerate(paragraphs) if short_text(one, _SENTENCE) is None]
    first = next((place for place in long if not scope.is_foreign(paragraphs[place])), None)
    last = next((place for place in reversed(long) if not scope.is_foreign(paragraphs[place])), None)
    if first is None or last is None:
        return ()
    for side in (paragraphs[last + 1 :], reversed(paragraphs[:first])):
        one = next(_own_text(side, scope), None)
        names = [] if one is None else _names_alone(one, outlets, is_sure=is_sure)
        if not names:
            continue
        own = (paragraphs[place] for place in long if not scope.is_foreign(paragraphs[place]))
        words_of_story = {loose(word) for each in own for word in flat_text(each).split()}
        if not any(loose(word) in words_of_story for name in names for word in name.split()):
            return tuple(names)
    return ()


def _own_text(paragraphs: Iterable[HtmlElement], scope: Scope) -> Iterator[HtmlElement]:
    """Those paragraphs of the article that have a text."""
    return (one for one in paragraphs if one.text_content().strip() and not scope.is_foreign(one))


def _names_alone(paragraph: HtmlElement, outlets: set[str], *, is_sure: bool) -> list[str]:
    """The people of whose names a paragraph that is set apart consists; empty for any other."""
    text = short_text(paragraph, 2 * _LONGEST_NAME)
    if not text or not (_is_at_right(paragraph) or (not is_sure and _is_emphasised(paragraph, text))):
        return []
    names = split_byline(text)
    are_people = all(_is_plain_person(name) and not is_outlet(name, outlets) for name in names)
    return names if are_people and loose("".join(names)) == loose(text) else []


def _is_at_right(paragraph: HtmlElement) -> bool:
    return "right" in f"{paragraph.get('style')} {paragraph.get('align')} {paragraph.get('class')}"


def _is_emphasised(paragraph: HtmlElement, text: str) -> bool:
    """Whether the whole paragraph is bold or in italics."""
    return any(flat_text(one) == text for one in paragraph.iter("strong", "b", "em", "i"))


def _beside_date(scope: Scope, outlets: set[str]) -> tuple[str, ...]:
    """A name that stands alone in a short line below the headline, next to a line with a date, job or reading time."""
    lines = _lines_below(scope)
    title = "" if scope.headline is None else loose(flat_text(scope.headline))
    for number, (element, line) in enumerate(lines):
        if not _people_of(line, title) or scope.is_foreign(element):
            continue
        near = " ".join(text for _, text in lines[max(0, number - 1) : number + 3])
        if _BESIDE_NAME.search(near):
            form = (element.tag, element.get("class"), element.getparent())
            alike = (text for one, text in lines[number:] if (one.tag, one.get("class"), one.getparent()) == form)
            names = unique(name for text in alike for name in _people_of(text, title))
            return tuple(name for name in names if DESK.fullmatch(name) or not is_outlet(name, outlets))
    return ()


def _people_of(line: str, title: str) -> list[str]:
    """The names in a line of nothing but names that are not in the title; agencies only beside people."""
    names = split_byline(line)
    people = [name for name in names if not is_agency(name)]
    is_sure = bool(people) and all(map(_is_plain_person, people)) and not any(loose(name) in title for name in names)
    return names if is_sure else []


def _lines_below(scope: Scope) -> list[tuple[HtmlElement, str]]:
    """The first short lines below the headline, up to the first paragraph."""
    lines: list[tuple[HtmlElement, str]] = []
    is_below = False
    for element in scope.root.iter("*") if scope.headline is not None else ():
        if element is scope.headline:
            is_below = True
            continue
        if not is_below:
            continue
        text = " ".join([element.text or "", *(child.tail or "" for child in element)]).strip()
        if not any(map(str.isalnum, text)) or element.tag in {"script", "style", "noscript", "button"}:
            continue
        if len(text) > _LONGEST_LINE or len(lines) >= _LINES_BELOW:
            break
        lines.append((element, " ".join(text.split())))
    return lines


def _is_plain_person(name: str) -> bool:
    words = name.split()
    return 2 <= len(words) <= 3 and is_personal(name) and all(word.isalpha() and word.istitle() for word in words)
