"""A search as an SQL condition over `dateline.article a`, every word of it bound.

    parse → plan: PostgreSQL stems the leaves → condition

Words become lexemes in PostgreSQL itself, once a language of the archive; what comes back is its own canonical text of a
tsquery, and only that is put together with & | !. So no text of a user's is ever read as syntax, and the finished
tsquery is a constant, by which the planner knows how frequent it is.

Each language's query is made by itself and all are joined with OR: a stop word of one language is left out there only.
A negation is made of all languages at once: -ferries must not let "ferry" through by way of a language that does not
know its plural.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, LiteralString

from psycopg import sql as compose

from dateline.errors import QueryError
from dateline.search.query import And, DateFilter, Filter, Node, Not, Or, Query, Words, leaves
from dateline.urls import host_of, site_of
from sql import query

_TEXT: LiteralString = "a.search @@ "
_TITLE: LiteralString = "ts_filter(a.search, '{a}') @@ "


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text that PostgreSQL is to stem: a word or phrase, or the beginning of one."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What an article `a` must fulfil.

    `words` is the tsquery of all that is looked for, for marks and rank, `literal_words` the same as it was written;
    `notices` are to be shown to who asked.
    """

    pieces: tuple[compose.Composable | Bound, ...]
    words: str | None = None
    notices: tuple[str, ...] = ()
    literal_words: tuple[str, ...] = ()

    @property
    def literal(self) -> compose.Composed:
        """The condition with its values quoted in it, for statements that take no parameters (COPY, cursors)."""
        return compose.Composed(
            [compose.Literal(p.value) + compose.SQL(p.cast) if isinstance(p, Bound) else p for p in self.pieces]
        )

    @property
    def bound(self) -> compose.Composed:
        """The condition with placeholders named as in `params`."""
        parts: list[compose.Composable] = []
        for number, piece in enumerate(self.pieces):
            parts.append(
                compose.Placeholder(f"q{number}") + compose.SQL(piece.cast) if isinstance(piece, Bound) else piece
            )
        return compose.Composed(parts)

    @property
    def params(self) -> dict[str, Any]:
        """Values for the placeholders of `bound`."""
        return {f"q{number}": piece.value for number, piece in enumerate(self.pieces) if isinstance(piece, Bound)}


@dataclass(frozen=True, slots=True)
class Bound:
    """A value of the user's, with the type that PostgreSQL is to read it as."""

    value: Any
    cast: LiteralString


Pieces = tuple[compose.Composable | Bound, ...]
Lexemes = Mapping[tuple[str, Leaf], str]
"""(configuration, leaf) to the tsquery that PostgreSQL made of it; empty for stop words."""

Forms = Mapping[str, str]
"""Which of several queries with the same hits a field's filter is: the ending of its name."""
OF_FEW: Forms = dict.fromkeys(("author", "section", "credited", "tag"), "_of_few")
"""For a condition that will be asked of few articles, which its caller names."""
OF_COMMON: Forms = {"author": "_of_common"}

_AROUND_HOST = r"^(https?://)?(www\.|\*?\.)?|[/:?#].*$"
_ONE_LETTER = re.compile(r"'\w'(?::\*)?")

_LEXEME = re.compile(r"'(?:[^']|'')*':?\*?")
_PARTS = "ABD"
"""The weights of headline, summary and text: the words of a phrase are all in one of them."""

LEAVES = query("search", "leaves")
LANGUAGES = query("search", "languages")


def leaves_of(root: Node) -> list[Leaf]:
    """Every text that PostgreSQL has to stem for this tree."""
    return list(dict.fromkeys(leaf for words in leaves(root) if isinstance(words, Words) for leaf in _leaves_of(words)))


def leaf_params(found: Sequence[Leaf], languages: Sequence[str]) -> dict[str, Any]:
    """Parameters of the query `leaves`."""
    return {
        "texts": [leaf.text for leaf in found],
        "is_prefix": [leaf.is_prefix for leaf in found],
        "languages": list(languages) or ["en"],
    }


def languages_asked(root: Node) -> list[str] | None:
    """The languages that a lang: at the top asks for; None when it asks for all."""
    parts = root.children if isinstance(root, And) else (root,)
    asked_for = [part.values for part in parts if isinstance(part, Filter) and part.field == "lang"]
    return sorted(set(asked_for[0]).intersection(*asked_for[1:])) if asked_for else None


def condition_of(asked_for: Query, lexemes: Lexemes, *, now: dt.datetime, forms: Forms) -> Condition:
    """The condition of a search; a QueryError when it holds stop words and nothing else."""
    composer = _Composer(asked_for, _uncut(lexemes), now, forms)
    pieces = composer.pieces(asked_for.root)
    if pieces is None:
        raise QueryError(
            "the search has only stop words, which are in every text and are not indexed",
            query=asked_for.text,
            position=next((words.position for words in asked_for.words()), 0),
            cure="add a word that tells more, or a field such as source: or date:",
        )
    if not asked_for.names_headlines:
        pieces = (_sql("("), *pieces, _sql(") AND "), _sql(query("search", "no_headlines")))
    sought = tuple(words.text for words in _positive(asked_for.root))
    return Condition(pieces, composer.sought(), tuple(dict.fromkeys([*asked_for.notices, *composer.notices])), sought)


def _uncut(lexemes: Lexemes) -> Lexemes:
    """The lexemes without those of one letter where another language keeps more of the word.

    Serbian's stemmer makes "a" of "AI", which finds every text of another language that has the word "a".
    """
    longest: dict[Leaf, str] = {}
    for (_, leaf), lexeme in lexemes.items():
        longest[leaf] = max(longest.get(leaf, ""), lexeme, key=len)
    return {
        (config, leaf): longest[leaf] if _ONE_LETTER.fullmatch(lexeme) else lexeme
        for (config, leaf), lexeme in lexemes.items()
    }


@dataclass
class _Composer:
    asked_for: Query
    lexemes: Lexemes
    now: dt.datetime
    forms: Forms
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.configs = sorted({config for config, _ in self.lexemes})

    def pieces(self, node: Node) -> Pieces | None:
        """SQL of a tree; None where nothing but stop words is left of it."""
        if _vector(node) is not None:
            text = self.all_languages(node)
            return None if text is None else (_sql(_vector(node) or ""), Bound(text, "::tsquery"))
        match node:
            case And(children):
                return self._joined(" AND ", _texts_together(children, And))
            case Or(children):
                return self._joined(" OR ", _texts_together(children, Or))
            case Not(child):
                inner = self.pieces(child)
                return None if inner is None else (_sql("("), *inner, _sql(") IS NOT TRUE"))
            case Filter():
                return _filter(node, self.forms)
            case DateFilter():
                return self._dates(node)
            case Words():
                raise AssertionError("words are made above")

    def all_languages(self, node: Node) -> str | None:
        """A tree of words as a tsquery: each language's own, joined with OR."""
        made = {config: self._in_language(node, config) for config in self.configs}
        empty = [config for config, text in made.items() if text is None]
        if "english" in empty or len(empty) == len(made):
            return None
        if empty:
            self.notices.append(f"only stop words in {', '.join(empty)}: not looked for in these languages")
        return " | ".join(f"( {text} )" for text in dict.fromkeys(filter(None, made.values())))

    def _in_language(self, node: Node, config: str) -> str | None:
        match node:
            case Words():
                return self._words(node, config)
            case Not(child):
                texts = dict.fromkeys(filter(None, (self._in_language(child, each) for each in self.configs)))
                return f"!( {' | '.join(texts)} )" if texts else None
            case And(children) | Or(children):
                made = [(self._in_language(child, config), isinstance(child, Not)) for child in children]
                texts = dict.fromkeys(text for text, _ in made if text)
                if not texts or (
                    any(not is_not for _, is_not in made) and all(is_not for text, is_not in made if text)
                ):
                    return None  # what was looked for are stop words: an exclusion alone was not meant
                return f"( {(' & ' if isinstance(node, And) else ' | ').join(texts)} )"
            case _:
                raise AssertionError("filters have no text")

    def _words(self, words: Words, config: str) -> str | None:
        parts = [self.lexemes.get((config, leaf), "") for leaf in _leaves_of(words)]
        text = _near([part for part in parts if part], words.distance)
        if "<" in text and not words.in_title:
            text = " | ".join(f"( {_weighed(text, part)} )" for part in _PARTS)
        return f"( {text} )" if text else None

    def sought(self) -> str | None:
        """All that is looked for and not excluded, as one tsquery."""
        wanted = _positive(self.asked_for.root)
        texts = [self._in_language(words, config) for words in wanted for config in self.configs]
        return " | ".join(f"( {text} )" for text in dict.fromkeys(filter(None, texts))) or None

    def _joined(self, sign: LiteralString, children: Sequence[Node]) -> Pieces | None:
        made = [pieces for child in children if (pieces := self.pieces(child)) is not None]
        if len(made) < len(children) and made:
            self.notices.append("stop words were ignored: they are in every text and are not indexed")
        if not made:
            return None
        joined: list[compose.Composable | Bound] = [_sql("(")]
        for number, pieces in enumerate(made):
            joined += [_sql(sign)] * (number > 0) + list(pieces)
        return (*joined, _sql(")"))

    def _dates(self, node: DateFilter) -> Pieces:
        since, until = node.range.bounds(self.now)
        column: LiteralString = "a.dated_at" if node.field == "date" else "a.first_seen_at"
        ends: list[tuple[LiteralString, dt.datetime | None]] = [(" >= ", since), (" < ", until)]
        parts = [(_sql(column + sign), Bound(at, "::timestamptz")) for sign, at in ends if at is not None]
        return parts[0] if len(parts) == 1 else (*parts[0], _sql(" AND "), *parts[1])


def _texts_together(children: tuple[Node, ...], kind: type[And | Or]) -> list[Node]:
    """The children with all that are words alone drawn into one, so that they are one tsquery."""
    drawn: list[Node] = []
    for vector in (_TEXT, _TITLE):
        texts = tuple(child for child in children if _vector(child) == vector)
        drawn += [kind(texts)] if len(texts) > 1 else texts
    return drawn + [child for child in children if _vector(child) is None]


def _vector(node: Node) -> LiteralString | None:
    """What a tree of words is asked of: the whole text or the headline; None for a tree that is not of one such kind."""
    found = {(_TITLE if leaf.in_title else _TEXT) if isinstance(leaf, Words) else None for leaf in leaves(node)}
    return found.pop() if len(found) == 1 else None


def _positive(node: Node) -> Iterator[Words]:
    match node:
        case Words():
            yield node
        case And(children) | Or(children):
            for child in children:
                yield from _positive(child)
        case _:
            return


def _leaves_of(words: Words) -> list[Leaf]:
    if words.kind == "near":
        return [Leaf(word) for word in words.text.split()]
    return [Leaf(words.text, words.kind == "prefix")]


def _near(parts: Sequence[str], distance: int) -> str:
    """Each part within `distance` words of the one before, whichever comes first."""
    pairs = []
    for one, other in pairwise(parts):
        ways = [f"( ( {a} ) <{d}> ( {b} ) )" for d in range(1, distance + 1) for a, b in ((one, other), (other, one))]
        pairs.append(f"( {' | '.join(ways)} )")
    return " & ".join(pairs) or "".join(parts)


def _weighed(text: str, part: str) -> str:
    """A tsquery that finds its lexemes in this part of an article only."""
    return _LEXEME.sub(lambda found: found[0] + (part if ":" in found[0] else f":{part}"), text)


def _sql(text: LiteralString) -> compose.SQL:
    return compose.SQL(text)


def _filter(node: Filter, forms: Forms) -> Pieces:
    if node.field == "has":
        return (_sql(query("search", "has_text")),)
    if node.field == "copies":
        return (
            _sql(
                {"no": query("search", "no_copies"), "only": query("search", "only_copies")}.get(node.values[0], "TRUE")
            ),
        )
    before, after = query("search", f"filter_{node.field}{forms.get(node.field, '')}").split("?")
    cast: LiteralString = "::bigint[]" if node.field == "story" else "::text[]"
    values: list[Any] = [int(value) for value in node.values] if node.field == "story" else list(node.values)
    if node.field == "site":
        hosts, values = hosts_of(values), sites_of(values)
        if values != hosts:  # a part of a site
            return (_sql("("), _sql(before), Bound(values, cast), _sql(after), *_of_hosts(hosts), _sql(")"))
    return (_sql(before), Bound(values, cast), _sql(after))


def hosts_of(values: Sequence[str]) -> list[str]:
    """The hosts that values of site: name, without a scheme, a path and www."""
    return [host_of(f"http://{re.sub(_AROUND_HOST, '', value)}/") for value in values]


def sites_of(values: Sequence[str]) -> list[str]:
    """The registrable domains that values of site: name."""
    return [site_of(f"http://{host}/") for host in hosts_of(values)]


def _of_hosts(hosts: Sequence[str]) -> Pieces:
    """That the article's address is of one of the hosts, or of a host below it."""
    before, after = query("search", "of_hosts").split("?")
    return (_sql(" AND "), _sql(before), Bound(list(hosts), "::text[]"), _sql(after))
