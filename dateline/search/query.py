"""The query language: `parse` turns a search into a tree; a QueryError points at what can't be read.

    ferry pier            both words                 "ferry pier"      these words in this order
    ferry OR pier         either                     "ferry pier"~5    within five words of each other, in any order
    ferry -pier, NOT pier without                    harb*             words with this beginning
    (a OR b) c            parentheses                title:ferry       in the headline; title:(a OR b) too

    author: source: site: lang: section: credited: tag: name: kind: story: copies:no|only   values may be "quoted" or a,b,c
    has:text origin:page|feed|none kind:headline   items without a text are left out unless one of these is named
    date:2026-05..2026-06   days, months, years, open at either end, 7d 24h today yesterday; seen: when it was stored

AND, OR and NOT are operators only in capitals, or &&, || and !. Signs without a meaning (a dash, a smiley) are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dateline.errors import QueryError
from dateline.languages import language_code
from dateline.search.dates import DateRange, parse_range
from dateline.search.notices import inner_marks, notices_of

MAX_LENGTH = 2_000
MAX_LEAVES = 100
MAX_DEPTH = 30
MAX_NEAR = 20

KINDS = ("article", "opinion", "live_blog", "video", "gallery", "paywalled_excerpt", "headline")
ORIGINS = ("page", "feed", "none")
FIELDS = {
    "title": "words of the headline",
    "author": 'part of a name in the byline, or its words in any order, as "S. Smith"',
    "source": "a source's short name or title",
    "site": "a registrable domain, as post.example",
    "lang": "an ISO 639-1 code, as en",
    "date": "publication (storing if no date is known), as 2026-05..2026-06 or 7d",
    "seen": "when it was stored, as date:",
    "section": "part of the section's name",
    "credited": "part of the outlet or agency credited",
    "tag": "a topic of the publisher's",
    "name": "a name of the list, by one of its forms or its id, or one that a plug-in recognised",
    "kind": ", ".join(KINDS),
    "has": "text",
    "origin": "page, feed or none: where the text is from",
    "copies": "no, only or yes",
    "story": "a story's number",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Text to search for. `distance` is for "near"; a prefix ends in a letter or digit."""

    kind: Literal["word", "phrase", "near", "prefix"]
    text: str
    position: int
    distance: int = 0
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Articles whose field has one of these values."""

    field: str
    values: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class DateFilter:
    """Articles with a date (`date`: publication, `seen`: when stored) within a range."""

    field: str
    range: DateRange
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """Articles that the child does not find."""

    child: Node


@dataclass(frozen=True, slots=True)
class And:
    """Articles that all children find."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Articles that any child finds."""

    children: tuple[Node, ...]


Node: TypeAlias = Words | Filter | DateFilter | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search: its text, its tree, and what should be said about how it was read."""

    text: str
    root: Node
    notices: tuple[str, ...] = ()

    @property
    def names_headlines(self) -> bool:
        """Whether it says which items without a text it wants; else they are left out."""
        filters = [leaf for leaf in leaves(self.root) if isinstance(leaf, Filter)]
        return any(
            one.field in {"has", "origin"} or (one.field == "kind" and "headline" in one.values) for one in filters
        )

    def words(self) -> Iterator[Words]:
        """The text leaves, from left to right."""
        return (leaf for leaf in leaves(self.root) if isinstance(leaf, Words))


def leaves(node: Node) -> Iterator[Words | Filter | DateFilter]:
    """The leaves of a tree, from left to right."""
    match node:
        case Not(child):
            yield from leaves(child)
        case And(children) | Or(children):
            for child in children:
                yield from leaves(child)
        case _:
            yield node


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["(", ")", "not", "field", "and", "or", "quoted", "word"]
    text: str
    position: int
    near: str | None = None


# controls, lone surrogates, directional overrides and the marks of snippets; replaced by spaces, which keeps positions valid
_UNASKED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\ue002\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)

# the sign of a Hebrew abbreviation is before its last letter
_GERSHAYIM = re.compile('(?<=[\u05d0-\u05ea])["“”„](?=[\u05d0-\u05ea](?![\u05d0-\u05ea]))')

_PARTED = re.compile(r"[^\W\d_] \d{1,3}|\d{1,3} [^\W\d_]{2,5}")

_OPERATORS = {"AND": "and", "&&": "and", "OR": "or", "||": "or", "NOT": "not"}
_TOKEN = re.compile(
    rf"(?P<wide_field>{'|'.join(FIELDS)})(?:：|:(?!//))|"
    r"""(?P<open>\() | (?P<close>\))
      | (?P<field>[A-Za-z]+):(?=[^\s)])(?!//|in(?:nen)?(?!\w))
      | ["“”„«»](?P<quoted>[^"“”„«»]*)["“”„«»](?:(?:~|\s+~(?=\d))(?P<near>[^\s()]*))?
      | (?P<quote>["“”„«»])
      | (?P<minus>[-\u2212\u2013!])(?=[^\s)!\u2212\u2013-])
      | (?P<word>[^\s()"“”„«»]+)""",
    re.VERBOSE | re.IGNORECASE,
)


def parse(text: str) -> Query:
    """The tree of a search; a QueryError if it can't be read or is empty."""
    text = _UNASKED.sub(" ", text)
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"this search is too long ({len(text)} characters)",
            query=text,
            position=MAX_LENGTH,
            cure=f"use at most {MAX_LENGTH}",
        )
    text, notices = inner_marks(_GERSHAYIM.sub("\u05f4", text))
    parser = _Parser(text, list(_tokens(text)))
    root = parser.whole()
    if root is None:
        problem = "the search has no letter or digit to look for" if text.strip() else "the search is empty"
        raise QueryError(problem, query=text, position=0, cure="name a word or a field such as source:")
    if (count := sum(1 for _ in leaves(root))) > MAX_LEAVES:
        raise QueryError(
            f"this search has too many terms ({count})", query=text, position=0, cure=f"use at most {MAX_LEAVES}"
        )
    return Query(text, root, (*notices, *notices_of(text)))


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TOKEN.match(text, place)
        if found is None or found["quote"]:
            raise QueryError(
                "a quotation mark is not closed", query=text, position=place, cure='write another " after the phrase'
            )
        yield _token(found, text, place)
        place = found.end()


def _token(found: re.Match[str], text: str, place: int) -> _Token:
    for name, kind in (("open", "("), ("close", ")"), ("minus", "not")):
        if found[name]:
            return _Token(kind, found[name], place)  # type: ignore[arg-type]
    if field := found["field"] or found["wide_field"]:
        return _Token("field", field.lower(), place)
    if found["quoted"] is not None:
        return _Token("quoted", found["quoted"], place, found["near"])
    return _Token(_OPERATORS.get(found["word"], "word"), found["word"], place)  # type: ignore[arg-type]


class _Parser:
    """A recursive-descent parser; None is the node of text without a meaning, which is ignored."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text, self._tokens, self._next, self._depth = text, tokens, 0, 0

    def whole(self) -> Node | None:
        node = self._or(in_title=False)
        if (left := self._peek()) is not None:
            raise self._error("this parenthesis was not opened", left.position, "write ( before it, or leave it out")
        return node

    def _or(self, *, in_title: bool) -> Node | None:
        parts = [self._and(in_title=in_title)]
        while (token := self._peek()) is not None and token.kind == "or":
            if self._next == 0 or self._tokens[self._next - 1].kind == "(":
                raise self._error(
                    "OR has nothing before it", token.position, "write a word or field on both sides of OR"
                )
            self._next += 1
            self._needs_more(token)
            parts.append(self._and(in_title=in_title))
        return _joined(Or, parts)

    def _and(self, *, in_title: bool) -> Node | None:
        parts: list[Node | None] = []
        while (token := self._peek()) is not None and token.kind not in {"or", ")"}:
            if token.kind == "and":
                if not parts:
                    raise self._error(
                        "AND has nothing before it", token.position, "write a word or field on both sides of AND"
                    )
                self._next += 1
                self._needs_more(token)
            parts.append(self._unary(in_title=in_title))
        return _joined(And, _parted_numbers(parts))

    def _unary(self, *, in_title: bool) -> Node | None:
        token = self._take()
        if token.kind == "not":
            self._needs_more(token)
            child = self._deeper(token, lambda: self._unary(in_title=in_title))
            return None if child is None else Not(child)
        if token.kind == "(":
            return self._group(token, in_title=in_title)
        if token.kind == "field":
            return self._field(token, in_title=in_title)
        return self._words(token, in_title=in_title)

    def _group(self, opened: _Token, *, in_title: bool) -> Node | None:
        node = self._deeper(opened, lambda: self._or(in_title=in_title))
        if self._peek() is None:
            raise self._error("this parenthesis is not closed", opened.position, "write ) where the group ends")
        self._next += 1
        return node

    def _field(self, field: _Token, *, in_title: bool) -> Node | None:
        if field.text not in FIELDS:
            known = ", ".join(f"{name}:" for name in FIELDS)
            raise self._error(
                f"unknown field {field.text}:",
                field.position,
                f'put the text in "quotes", or use one of {known}',
            )
        after = field.position + len(field.text) + 1
        value = self._peek()
        if value is None or value.position != after or value.kind in {")", "not", "field"}:
            raise self._error(
                f"nothing follows “{field.text}:”", after, f"write {FIELDS[field.text]}, without a space before it"
            )
        self._next += 1
        if value.kind == "(":
            if field.text != "title":
                raise self._error(
                    "this field does not take parentheses",
                    value.position,
                    f"write {field.text}:this,that or repeat the field with OR",
                )
            return self._group(value, in_title=True)
        if field.text == "title":
            return self._words(value, in_title=True)
        return self._filter(field, value)

    def _filter(self, field: _Token, value: _Token) -> Node:
        if field.text in {"date", "seen"}:
            return DateFilter(
                field.text, parse_range(value.text, query=self._text, position=value.position), field.position
            )
        parts = [value.text] if value.kind == "quoted" else value.text.split(",")
        values = tuple(filter(None, (" ".join(part.split()) for part in parts)))
        if not values:
            raise self._error(f"nothing follows “{field.text}:”", value.position, f"write {FIELDS[field.text]}")
        if field.text in {"site", "lang", "kind", "copies", "has", "origin"}:
            values = tuple(value.lower() for value in values)
        if field.text == "lang":  # without a region: de-AT
            values = tuple(language_code(value) or value for value in values)
        self._check(field, values, value.position)
        return Filter(field.text, values, field.position)

    def _check(self, field: _Token, values: tuple[str, ...], position: int) -> None:
        accepted: Callable[[str], bool] | None = {
            "kind": lambda v: v in KINDS, "has": lambda v: v == "text",
            "origin": lambda v: v in ORIGINS,
            "copies": lambda v: v in {"no", "only", "yes"},
            "story": lambda v: re.fullmatch(r"[0-9]{1,18}", v) is not None,
            "lang": lambda v: re.fullmatch(r"[a-z]{2,3}", v) is not None,
        }.get(field.text)  # fmt: skip
        for value in values:
            if accepted is not None and not accepted(value):
                raise self._error(f"unknown value in {field.text}:{value}", position, f"write {FIELDS[field.text]}")

    def _words(self, token: _Token, *, in_title: bool) -> Node | None:
        text = " ".join(token.text.split())
        if not any(map(str.isalnum, text)):
            return None
        if token.kind == "quoted":
            return self._phrase(token, text, in_title=in_title)
        if text.startswith("*"):
            raise self._error("* can't begin a word", token.position, "write the beginning of the word before it")
        if text.endswith("*"):
            stem = text.rstrip("*")
            if not (stem[-1:].isalnum() or unicodedata.category(stem[-1]).startswith("M")):
                raise self._error("only letters and digits can come before *", token.position, "remove the other signs")
            return Words("prefix", stem, token.position, in_title=in_title)
        return Words("word", text, token.position, in_title=in_title)

    def _phrase(self, token: _Token, text: str, *, in_title: bool) -> Words:
        if token.near is None:
            return Words("phrase", text, token.position, in_title=in_title)
        distance = int(token.near) if token.near.isdecimal() else 0
        if not 1 <= distance <= MAX_NEAR or not 2 <= len(text.split()) <= 6:
            raise self._error(
                "this distance can't be searched", token.position, f"write two to six words and ~1 to ~{MAX_NEAR}"
            )
        return Words("near", text, token.position, distance, in_title)

    def _deeper(self, token: _Token, read: object) -> Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error("this is nested too deeply", token.position, f"use at most {MAX_DEPTH} levels")
        node: Node | None = read()  # type: ignore[operator]
        self._depth -= 1
        return node

    def _needs_more(self, token: _Token) -> None:
        following = self._peek()
        if following is None or following.kind in {")", "and", "or"}:
            raise self._error(
                f"nothing follows {token.text}", token.position, "write a word or field after it, or put it in quotes"
            )

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _error(self, problem: str, position: int, cure: str) -> QueryError:
        return QueryError(problem, query=self._text, position=position, cure=cure)


def _joined(kind: type[And | Or], parts: list[Node | None]) -> Node | None:
    found = tuple(part for part in parts if part is not None)
    return kind(found) if len(found) > 1 else next(iter(found), None)


def _parted_numbers(parts: list[Node | None]) -> list[Node | None]:
    """The parts, where two words may be one in the text (F 16, 10 km) with that as an alternative."""
    made: list[Node | None] = []
    for part in parts:
        before = made[-1] if made else None
        if isinstance(before, Words) and isinstance(part, Words) and before.in_title == part.in_title:
            both = f"{before.text} {part.text}"
            if before.kind == part.kind == "word" and _PARTED.fullmatch(both):
                phrase = Words("phrase", both, before.position, in_title=before.in_title)
                made[-1] = Or((And((before, part)), phrase))
                continue
        made.append(part)
    return made
