"""The data that a page carries for its scripts, as Python values: JSON, JavaScript literals, and how frameworks pack them.

Known packings, recognised by their form, not by the framework: a call `(function(a, b){return {…}})(1, 2)` (Nuxt 2),
a flat array whose containers hold indices (devalue: Nuxt 3, SvelteKit), rows of a streamed tree (`self.__next_f.push`, React),
`JSON.parse("…")`, JSON inside a string, perhaps as Base64, attributes such as `data-props`, objects with places in base 36
(Qwik). Markup that scripts put into the page is read as it is (`markups_of`). All is bounded: foreign data may refer to itself.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import unquote

import chompjs
from lxml import etree

from pipelines.extract.elements import Elements

SHORTEST, LARGEST = 300, 4_000_000
_LAST_CHARACTER = 0x10FFFF
_BASE64, _URL_SAFE = ("eyJ", "W3si", "W1si"), str.maketrans("+/", "-_")
_LONGEST_HEAD = 20_000
_MOST_STARTS, _MOST_VALUES, _DEEPEST = 30, 200_000, 60
_ENCODED = r"%7B|%5B|eyJ|W3si|W1si|\\(?:u00|x)[57]B"
"""How an object or array begins that is encoded as a URL's part, as Base64 or by JavaScript's escapes."""
_BEGINS = re.compile(rf"(?:=|\(|:|\breturn)\s*(?=[{{\[]|[\"'`](?:[{{\[]|{_ENCODED}))", re.IGNORECASE)
BASE64_TEXT = re.compile(r"[\"'`](?:eyJ|W3si|W1si)")
_IN_STRING = re.compile(r"\\.|[\"'`]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(\r\n|.))", re.IGNORECASE | re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_CALL = re.compile(r"\(?\s*function\s*\w*\(([\w$,\s]*)\)\s*\{.{0,2000}?return\s*(?=\{)", re.DOTALL)
_STREAM = re.compile(r"self\.__next_f\.push\(\s*(?=\[)")
_ROW = re.compile(r"([0-9a-f]+):(T[0-9a-f]+,|[A-Z]{0,2}(?=[\[{\"]))")
_WRAPPER = re.compile(r"\A\s*(?://|/\*)?\s*(?:<!--|<!\[CDATA\[)(?:\s*\*/)?\s*(?=[{\[])")
_OWN_PLACE = re.compile(r"\$R\[\d+\]\s*=(?!=)")
"""A value's own place in a table to which others refer (seroval: SolidStart, TanStack)."""
_ANGULAR = {"&q;": '"', "&s;": "'", "&l;": "<", "&g;": ">", "&a;": "&"}
_MARKUP = re.compile(r"\s*(?><!--.{0,1000}?-->\s*)*+<[a-z]", re.IGNORECASE | re.DOTALL)
_MARKUP_IN_BASE64 = re.compile(r"P[A-Za-z0-9+/_-]+={0,2}")
_HEADING = re.compile(r"<(h[12])\b[^<>]*>((?:(?!<h[12]\b).){1,2000}?)</\1>", re.IGNORECASE | re.DOTALL)
_NOT_SAID = re.compile(
    r"<(style|script|nav|aside|footer|form|button|figure|figcaption|select)\b[^<>]*>(?:(?!<\1\b).){0,20000}?</\1>"
    r"|\{\{(?:(?!\{\{).){0,500}?\}\}\}?|\{%(?:(?!\{%).){0,500}?%\}|<%(?:(?!<%).){0,500}?%>|<!--(?:(?!<!--).){0,1000}?-->",
    re.IGNORECASE | re.DOTALL,
)
"""What a template has beside its words. Each part ends before another of its kind begins, which takes linear time."""
_TAG = re.compile(r"<[^<>]*>")
_SHELL = 400
"""Elements of a page that may be a shell for scripts; only in those are attributes searched."""


def payloads(elements: Elements) -> list[str]:
    """The texts of scripts, attributes and comments that may hold an article."""
    texts = (each.text or "" for each in elements.of("script"))
    scripts = [
        text for text in texts if SHORTEST <= len(text) <= LARGEST or (len(text) < SHORTEST and _STREAM.search(text))
    ]
    if len(elements.all) > _SHELL:
        return scripts
    comments = (each.text or "" for each in elements.all[0].iter(etree.Comment)) if elements.all else ()
    held = [*(value for each in elements.all for value in each.values()), *comments]
    held = [_from_base64(text) if text.startswith(_BASE64) and len(text) >= SHORTEST else text for text in held]
    return [
        *scripts,
        *(
            text
            for text in held
            if SHORTEST <= len(text) <= LARGEST
            and (text.lstrip()[:1] in ("{", "[", "<") or _MARKUP_IN_BASE64.fullmatch(text))
        ),
    ]


def markups_of(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The headline ("" if there is none) and the markup of each text that is markup: a template, or an attribute's value."""
    for given in texts:
        text = _from_base64(given) if given.startswith("P") and _MARKUP_IN_BASE64.fullmatch(given) else given
        if _MARKUP.match(text) and "</p>" in text.lower():
            markup = _NOT_SAID.sub("", text)
            heading = _HEADING.search(markup)
            said = unescape(" ".join(_TAG.sub(" ", heading[2]).split())) if heading else ""
            yield said, markup if heading is None else markup[: heading.start()] + markup[heading.end() :]


def values_of(texts: Iterable[str]) -> Iterator[Any]:
    """The data of each text. Rows of one streamed tree come in several scripts and are read as one."""
    stream = list[str]()
    for text in texts:
        if (found := _STREAM.search(text)) is not None:
            stream += [part for part in _list(_literal(text[found.end() :])) if isinstance(part, str)]
            continue
        for value in _values(text):
            yield _unpacked(value)
    if stream:
        yield from _streamed("".join(stream))


def _values(text: str) -> Iterator[Any]:
    """The outermost literals of a script, as far as they can be read; each part of the script is read once."""
    text = text[wrapper.end() :] if (wrapper := _WRAPPER.match(text)) else text.strip()
    if "&q;" in text[:10]:
        text = re.sub("&[qslga];", lambda found: _ANGULAR[found[0]], text)
    if text[:1] in ("{", "["):
        whole = _json(text)
        if whole is not None:
            yield whole
            return
    if (call := _CALL.search(text[:_LONGEST_HEAD])) is not None:
        yield _called(text, call)
        return
    at = 0
    for _ in range(_MOST_STARTS):
        found = _BEGINS.search(text, at)
        if found is None:
            return
        value, length = _literal_at(text, found.end())
        yield value
        at = found.end() + max(1, length)


def _literal_at(text: str, start: int) -> tuple[Any, int]:
    """The literal at a place, and how much of the text it takes; None for what is neither JSON nor a JavaScript literal."""
    if text[start : start + 1] in ("'", '"', "`"):
        string, length = _string_at(text, start)
        return _parsed_again(string), length
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text, start)
        return value, end - start
    except (ValueError, RecursionError):
        value = _literal(text[start:])
        return value, len(json.dumps(value)) if isinstance(value, dict | list) and value else 1


def _string_at(text: str, start: int) -> tuple[str, int]:
    """What a JavaScript string means, and how long it is with its quotes; an empty one for what has no end."""
    ends = (found.end() for found in _IN_STRING.finditer(text, start + 1) if found[0] == text[start])
    end = next(ends, None)
    if end is None:
        return "", 1
    string = _ESCAPE.sub(_unescaped, text[start + 1 : end - 1])
    return string.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), end - start


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3] or "0", 16)
    return _ESCAPED.get(escape[4], escape[4]) if escape[4] else chr(code) if code <= _LAST_CHARACTER else ""


def _literal(text: str) -> Any:
    """A JavaScript object or array at the start of a text."""
    try:
        return chompjs.parse_js_object(_OWN_PLACE.sub("", text), loader_kwargs={"strict": False})
    except (ValueError, RecursionError):
        return None


def _parsed_again(value: Any) -> Any:
    """What a string holds, where it is JSON, perhaps encoded as a URL's part or as Base64."""
    if not isinstance(value, str) or len(value) < SHORTEST:
        return value
    decoded = unquote(value) if value[:3].upper() in ("%7B", "%5B") else value
    if value.startswith(_BASE64):
        decoded = _from_base64(value) or decoded
    inner = _json(decoded) if decoded.lstrip()[:1] in ("{", "[") else None
    return value if inner is None else inner


def _from_base64(text: str) -> str:
    """What the text means as Base64; empty if it is none."""
    with suppress(ValueError):
        return urlsafe_b64decode(text.translate(_URL_SAFE) + "==").decode(errors="replace")
    return ""


def _json(text: str) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _called(text: str, call: re.Match[str]) -> Any:
    """The object that a function returns, its parameters' names replaced by the values that it is called with."""
    body = _literal(text[call.end() :])
    arguments = _list(_literal("[" + text[text.rfind("}(") + 2 :].rstrip("; )\n") + "]"))
    names = dict(zip(re.split(r"\s*,\s*", call[1].strip()), arguments, strict=False))
    return _replaced(body, names, 0)


def _replaced(value: Any, names: dict[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_replaced(each, names, depth + 1) for each in value]
    if isinstance(value, dict):
        return {key: _replaced(each, names, depth + 1) for key, each in value.items()}
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _unpacked(value: Any) -> Any:
    """The value with indices and references replaced by what they mean."""
    if _is_flat(value):
        return _Hydrated(value).of(0, 0)
    if isinstance(value, dict) and isinstance(objects := value.get("objs"), list) and "refs" in value:
        flat = [_in_places(each) for each in objects]
        return [_Hydrated(flat).of(place, 0) for place, each in enumerate(flat) if isinstance(each, dict)][
            :_MOST_STARTS
        ]
    if isinstance(value, dict) and any(isinstance(each, dict) and "__typename" in each for each in value.values()):
        return _Resolved(value).of(value, 0)
    return value


def _is_flat(value: Any) -> bool:
    """Whether a list is a flat form: its first item is a container of indices of the list."""
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], dict | list) or not value[0]:
        return False
    held = value[0].values() if isinstance(value[0], dict) else value[0]
    return all(isinstance(each, int | str) for each in held) and any(isinstance(each, int) for each in held)


def _in_places(value: Any) -> Any:
    """A container whose values are places in base 36, perhaps with a sign behind, as one whose values are numbers."""
    if isinstance(value, dict):
        return {key: _in_place(each) for key, each in value.items()}
    return [_in_place(each) for each in value] if isinstance(value, list) else value


def _in_place(value: Any) -> int | None:
    found = re.match(r"[0-9a-z]{1,5}", value) if isinstance(value, str) else None
    return int(found[0], 36) if found else None


class _Hydrated:
    """A flat array (devalue): each container holds the places of its values; at most so many values are made."""

    def __init__(self, flat: list[Any]) -> None:
        self._flat = flat
        self._left = _MOST_VALUES

    def of(self, place: Any, depth: int) -> Any:
        """The value at a place of the array."""
        self._left -= 1
        is_place = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(self._flat)
        if not is_place or depth > _DEEPEST or self._left < 0:
            return place if isinstance(place, str) else None
        value = self._flat[place]
        if isinstance(value, dict):
            return {key: self.of(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(each, depth + 1) for each in value]
        return value


class _Resolved:
    """A cache of objects by their keys (Apollo, Relay): `{"__ref": key}` means the object of that key."""

    def __init__(self, cache: dict[str, Any]) -> None:
        self._cache = cache
        self._left = _MOST_VALUES

    def of(self, value: Any, depth: int) -> Any:
        """The value with the objects that it refers to."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            return None
        if isinstance(value, list):
            return [self.of(each, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        key = value.get("__ref") or (value.get("id") if value.get("type") == "id" else None)
        if isinstance(key, str) and key in self._cache:
            return self.of(self._cache[key], depth + 1)
        return {name: self.of(each, depth + 1) for name, each in value.items()}


def _streamed(rows: str) -> Iterator[Any]:
    """The values of a streamed tree. A row is `id:JSON` or `id:Tlength,text`; "$id" in another row means its value."""
    texts, trees, at = dict[str, str](), list[Any](), 0
    while (row := _ROW.search(rows, at)) is not None:
        if row[2].startswith("T"):
            length = int(row[2][1:-1], 16)
            text = rows[row.end() :].encode()[:length].decode(errors="ignore") if length <= LARGEST else ""
            texts[row[1]] = text
            at = row.end() + len(text)
            continue
        end = rows.find("\n", row.end())
        trees.append(_json(rows[row.end() : end if end >= 0 else len(rows)]))
        at = end if end >= 0 else len(rows)
    yield from (_as_markup(_replaced(tree, {f"${name}": text for name, text in texts.items()}, 0), 0) for tree in trees)


def _as_markup(node: Any, depth: int) -> Any:
    """A streamed tree whose elements (`["$", tag, key, {"children": …}]`) are dicts; what they show is under "children"."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, list):
        if len(node) >= 4 and node[0] == "$" and isinstance(node[3], dict):
            shown = _as_markup(node[3], depth + 1)
            if isinstance(node[1], str) and re.fullmatch(r"h[12]", node[1]) and isinstance(shown.get("children"), str):
                return {"headline": shown["children"]}
            markup = shown.pop("dangerouslySetInnerHTML", None)
            return shown | ({"html": markup["__html"]} if isinstance(markup, dict) and "__html" in markup else {})
        return [_as_markup(each, depth + 1) for each in node]
    if isinstance(node, dict):
        return {key: _as_markup(each, depth + 1) for key, each in node.items()}
    return node
