"""The article that a page carries as data for its scripts (Next, Nuxt, Arc's Fusion and their like).

It is the longest run of prose in an object whose headline is the page's, so no other story's text comes under it; or a
template with that headline, or with none if it has many of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from html import unescape
from itertools import islice
from typing import Any

from pipelines.extract.text.clean import is_sentence
from pipelines.extract.text.payloads import BASE64_TEXT, SHORTEST, markups_of, values_of
from pipelines.extract.text.prose import is_long, is_wide
from pipelines.extract.titles import loose as bare

_HEADLINES = frozenset({"headline", "title", "name", "headlines", "basic", "seotitle", "displaytitle"})
_WORDS_TEXT = """
    content text nodes value html body children data paragraph copy model items blocks insert
"""
_WORDS = frozenset(_WORDS_TEXT.split())
_SHORTEST_PART, _LONG_HEADLINE, _SHORTEST_WIDE = 30, 20, 100
_LONGEST_TITLE = 500
_FEWEST_SHARED, _LEAST_SHARED = 2, 0.4
_DEEPEST, _MOST_LINES = 60, 9
NOT, BESIDE, OWN = 0, 1, 2
"""Whose headline the page's is: of none above a text, of an object beside it, of the object that the text is in."""
_SURELY_WHOLE = 1000
"""Characters of a text of the object with the headline before which a longer one beside it, such as of questions, goes."""
_INLINE = frozenset({"link", "autolink"})
"""Kinds of objects that are words of a sentence inside a paragraph, and teasers elsewhere."""
_HEADING = re.compile(r"head(?:er|ing|line)?[-_]?[1-6]?|h[1-6]", re.IGNORECASE)
_NO_TEXT = re.compile(r"link|image|gallery|video|advert|related|newsletter|embed|promo", re.IGNORECASE)
_OTHER_KEY = re.compile(
    r"url|href|src|link|slug|type|kind|class|style|alt|caption|credit|title|name|author|byline|date|summary|descr|excerpt"
    r"|dek|intro|image|photo|video|tag|categor|related|newsletter|embed|promo|gallery|copyright|label|track|seo|meta|(?:^|_)id$",
    re.IGNORECASE,
)
"""Keys of what is not the words of a paragraph."""
_OTHERS_KEY = re.compile(
    r"^(?:[a-z]+[-_]?)?(?:related|recommend|teaser|popular|trending|most_?(?:read|viewed)|comment|side_?bar|newsletter)\w*(?:-\w+)?$"
    r"|^(?:config\w*|settings|i18n|translations?|messages|locale\w*|footer|menu\w*|(?:cookie|consent|privacy|legal|disclaimer)\w*)$"
    r"|^(?:(?:read|up)_?)?(?:more|next|latest)(?:_?(?:on|from|in|stor(?:y|ies)|articles?|news|posts?|items?))?$",
    re.IGNORECASE,
)
"""Keys of other articles, of readers' words, and of the site's own; an address that serves as a key may have these words, too."""
_ADDRESS_KEY = re.compile(
    r"^(?:(?:web|canonical|article|story|page)_?)?(?:url|uri|link|path|slug|href|permalink)$", re.IGNORECASE
)
_ENDS, _FEWEST_BLANKS = re.compile(r"[.!?…。！？][\"'”’»)\]]?\Z"), 3
_NO_LETTERS = re.compile(r"<[^<>]*>|[\W\d_]")
_WORD = re.compile(r"[A-Za-z]{5,}")
"""Words that look the same however data is escaped."""
_DATA = re.compile(r"\s*[{\[]\s*[\"{\[]")


def loose(text: str) -> str:
    """The text as headlines are compared; those of data may have references of HTML in them."""
    return bare(unescape(text) if "&" in text else text)


def _may_have(script: str, words: Set[str]) -> bool:
    """Whether a script may have one of the headlines: all data of a page is read where those have no plain words."""
    return (
        not words
        or any(word in script for word in words)
        or "__next_f" in script
        or BASE64_TEXT.search(script) is not None
    )


def article_in_state(scripts: Iterable[str], titles: Iterable[str]) -> str:
    """The article's text, one paragraph per line and perhaps with markup; empty if no object has the page's headline."""
    scripts, titles = list(scripts), list(titles)
    wanted = {loose(title) for title in titles} - {""}
    words = {word for title in titles for word in _WORD.findall(title)}
    markups = markups_of(scripts) if wanted else ()
    found = [(OWN, text) for headline, text in markups if _is_text_of(loose(headline), text, wanted, words)]
    for value in values_of([each for each in scripts if _may_have(each, words)]) if wanted else ():
        _add_runs(value, wanted, NOT, 0, found)
    best = max((text for _, text in found), key=len, default="")
    own = max((text for nearness, text in found if nearness == OWN), key=len, default="")
    best = own if len(own) >= min(_SURELY_WHOLE, len(best) / 2) else best
    return best if _is_long_enough(best) and len(best) >= _SHORTEST_WIDE else ""


def _is_long_enough(text: str) -> bool:
    """Whether a text may be an article, and not only a line of one; markup says nothing of its script."""
    return len(text) >= SHORTEST or is_long(_NO_LETTERS.sub("", text), SHORTEST)


def _is_text_of(headline: str, markup: str, wanted: Set[str], words: Set[str]) -> bool:
    """Whether markup is the page's text: by its headline or, where it has none, by the words that it shares with the page's."""
    if headline:
        return _is_of(headline, wanted)
    shared = sum(word.casefold() in markup.casefold() for word in words)
    return shared >= max(_FEWEST_SHARED, _LEAST_SHARED * len(words))


def _add_runs(node: Any, wanted: Set[str], agrees: int, depth: int, found: list[tuple[int, str]]) -> None:
    """Add the runs of prose below the node, as far as the nearest headline above them is the page's, with how near it is."""
    if depth > _DEEPEST:
        return
    node = _without_type(node)
    if isinstance(node, dict):
        agrees = _nearness(node, wanted, agrees)
        for value in (value for key, value in node.items() if not _OTHERS_KEY.search(key)):
            if isinstance(value, str):
                _add_text(value, wanted, agrees, depth, found)
            elif isinstance(value, dict):
                _add_runs(value, wanted, agrees, depth + 1, found)
            elif isinstance(value, list):
                inner = _without_type(value)
                if isinstance(inner, str):
                    _add_text(inner, wanted, agrees, depth, found)
                else:
                    _add_runs(inner, wanted, agrees, depth + 1, found)
    elif isinstance(node, list):
        agrees = OWN if any(_is_headline(item, wanted) for item in node) else agrees
        if agrees:
            own = (item for item in node if not (isinstance(item, dict) and _leads_elsewhere(item)))
            found.append((agrees, _run([(_text_of(item, wanted, 0), _is_heading(item)) for item in own])))
        for item in node:
            if isinstance(item, dict | list):
                _add_runs(item, wanted, agrees, depth + 1, found)


def _nearness(node: dict[str, Any], wanted: Set[str], above: int) -> int:
    """Whose headline the page's is for the texts in an object: by what it has itself, then by what is above it."""
    headlines = {loose(text) for text in _headlines(node)} - {""}
    agree = any(_is_of(headline, wanted) for headline in headlines)
    nearness = max(above, BESIDE) if agree else NOT if headlines else above
    if _has_headline(node, wanted):
        nearness = max(nearness, BESIDE)
    elif _leads_elsewhere(node):
        nearness = NOT
    is_own = nearness and any(_is_of(loose(text), wanted) for text in _own_headlines(node))
    return OWN if is_own else nearness


def _has_headline(node: dict[str, Any], wanted: Set[str]) -> bool:
    """Whether the object or one right below it has the page's headline, under whatever key."""
    below = (each for value in node.values() if isinstance(value, dict) for each in value.values())
    texts = (each for each in (*node.values(), *below) if isinstance(each, str) and len(each) <= _LONGEST_TITLE)
    return any(loose(each) in wanted for each in texts)


def _leads_elsewhere(node: dict[str, Any]) -> bool:
    """Whether an object has an address and a line that may be a headline, as a teaser has under whatever keys."""
    lines = (each for key, each in node.items() if isinstance(each, str) and key.lower() not in _WORDS)
    has_address = any(_ADDRESS_KEY.search(key) and isinstance(value, str) for key, value in node.items())
    return has_address and any(
        _LONG_HEADLINE <= len(each) <= _LONGEST_TITLE and " " in each and not is_sentence(each) for each in lines
    )


def _run(parts: list[tuple[str, bool]]) -> str:
    """The paragraphs and headings (True) of a list as lines, where its items do not have their own line breaks."""
    if sum(part.endswith("\n") for part, _ in parts) > 1:
        return "".join(part for part, _ in parts)
    said = [(part, is_heading) for part, is_heading in parts if " " in part or is_wide(part)]
    kept = [(part, is_heading) for part, is_heading in said if is_heading or _is_paragraph(part)]
    return "\n".join(part for part, _ in kept) if any(_is_paragraph(part) for part, _ in kept) else ""


def _is_paragraph(text: str) -> bool:
    return is_long(text, _SHORTEST_PART) or is_sentence(text)


def _is_heading(item: Any) -> bool:
    """Whether an item of a text says by its type that it is a heading."""
    names = (item.get(key) for key in ("type", "style", "nodeType", "kind")) if isinstance(item, dict) else ()
    return any(isinstance(name, str) and _HEADING.match(name) for name in names)


def _is_of(headline: str, wanted: Set[str]) -> bool:
    """Whether a headline is the page's; a shell may have no other title than the headline with the outlet's name behind it."""
    is_long = len(headline) >= _LONG_HEADLINE
    return headline in wanted or (is_long and any(title.startswith(headline) for title in wanted))


def _add_text(text: str, wanted: Set[str], agrees: int, depth: int, found: list[tuple[int, str]]) -> None:
    """Add a long text, or the runs of what it holds as JSON."""
    if not _is_long_enough(text):
        return
    if _DATA.match(text):
        for inner in values_of([text]):
            _add_runs(inner, wanted, agrees, depth + 10, found)
    elif agrees:
        found.append((agrees, text))


def _without_type(node: Any) -> Any:
    """The value of a pair `[type, value]` (Astro's islands); a list for an object whose keys are numbers."""
    if isinstance(node, dict) and len(node) > 1 and all(key.isdecimal() for key in node):
        return list(node.values())
    is_typed = isinstance(node, list) and len(node) == 2 and type(node[0]) is int and not isinstance(node[1], int)
    return node[1] if is_typed else node


def _is_headline(item: Any, wanted: Set[str]) -> bool:
    """Whether an item of a list is the page's headline alone."""
    if isinstance(item, dict) and len(item) == 1:
        return loose(str(item.get("headline") or "")) in wanted
    return _is_heading(item) and loose(_text_of(item, wanted, 0)) in wanted


def _own_headlines(node: dict[str, Any]) -> Iterator[str]:
    """What the object itself has as headlines: lines, an object of lines, or blocks of text."""
    for value in (_without_type(value) for key, value in node.items() if key.lower() in _HEADLINES):
        lines = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
        each_line = (line.get("text") if isinstance(line, dict) else line for line in islice(lines, _MOST_LINES))
        yield from (line for line in each_line if isinstance(line, str) and len(line) <= _LONGEST_TITLE)


def _headlines(node: dict[str, Any]) -> Iterator[str]:
    yield from _own_headlines(node)
    for key, value in ((key, _without_type(value)) for key, value in node.items()):
        if key.lower() in _HEADLINES:
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from (each for each in value.values() if isinstance(each, str))
        elif isinstance(value, dict):
            for name, each in value.items():
                if name.lower() in _HEADLINES and isinstance(each, str):
                    yield each


def _text_of(item: Any, wanted: Set[str], depth: int) -> str:
    """The words of a list's item: a string, or what an object has under a key for text; nothing of another story."""
    item = _without_type(item)
    if isinstance(item, str) or depth > _DEEPEST:
        return item if isinstance(item, str) else ""
    if isinstance(item, list):
        return _joined(_text_of(each, wanted, depth + 1) for each in item)
    kind = str(item.get("type") or item.get("__typename") or "") if isinstance(item, dict) else ""
    if not isinstance(item, dict) or (_NO_TEXT.search(kind) and not (depth and kind.lower() in _INLINE)):
        return ""
    own = {loose(str(value)) for key, value in item.items() if key.lower() in ("headline", "title")} - {""}
    if own and not any(_is_of(headline, wanted) for headline in own):
        return ""
    parts = [_text_of(value, wanted, depth + 1) for key, value in item.items() if key.lower() in _WORDS]
    text = _joined(part for at, part in enumerate(parts) if not _is_repeated(part, at, parts))
    if is_long(text, _SHORTEST_PART):
        return text
    others = [_text_of(each, wanted, depth + 1) for key, each in item.items() if not _OTHER_KEY.search(key)]
    prose = (each for each in others if each.count(" ") >= _FEWEST_BLANKS or is_wide(each))
    return max([text, *prose], key=len)


def _is_repeated(part: str, at: int, parts: list[str]) -> bool:
    """Whether an object has the same words once more, in a longer or an earlier form."""
    return any(part in other for i, other in enumerate(parts) if (len(other), -i) > (len(part), -at))


def _joined(texts: Iterable[str]) -> str:
    """Pieces of a sentence, unchanged; whole sentences that nothing divides as lines."""
    text = ""
    for each in filter(None, texts):
        text += ("\n" if _ENDS.search(text[-3:]) and not each[:1].isspace() else "") + each
    return text
