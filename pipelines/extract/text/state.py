"""The article that a page carries as data for its scripts (Next, Nuxt, Arc's Fusion and their like).

It is the longest run of prose in an object whose headline is the page's, so no other story's text comes under it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Set
from typing import Any

from pipelines.extract.titles import loose

_BEGINS = re.compile(r"=\s*(?=[{\[])|JSON\.parse\(\s*(?=\")")
_HEADLINES = ("headline", "title", "name", "headlines", "basic", "seotitle", "displaytitle")
_WORDS = (
    "content",
    "text",
    "nodes",
    "value",
    "html",
    "body",
    "children",
    "data",
    "paragraph",
    "copy",
    "model",
    "items",
    "blocks",
)
_SHORTEST, _SHORTEST_PART = 300, 30
_DEEPEST, _LARGEST = 60, 4_000_000
_NO_TEXT = re.compile(r"link|image|gallery|video|advert|related|newsletter|embed|promo", re.IGNORECASE)


def article_in_state(scripts: Iterable[str], titles: Iterable[str]) -> str:
    """The article's text, one paragraph per line and perhaps with markup; empty if no object has the page's headline."""
    wanted = {loose(title) for title in titles} - {""}
    found = [text for script in scripts for text in _runs(_parsed(script), wanted, False, 0)] if wanted else []
    best = max(found, key=len, default="")
    return best if len(best) >= _SHORTEST else ""


def _parsed(script: str) -> Any:
    text = script.strip()
    start = 0 if text[:1] in "{[" else next((match.end() for match in _BEGINS.finditer(text[:2_000])), -1)
    if start < 0 or not _SHORTEST <= len(text) <= _LARGEST:
        return None
    try:
        found = json.JSONDecoder(strict=False).raw_decode(text, start)[0]
        return json.loads(found) if isinstance(found, str) else found
    except (ValueError, RecursionError):
        return None


def _runs(node: Any, wanted: Set[str], agrees: bool, depth: int) -> Iterator[str]:
    """The runs of prose below the node, as far as the nearest headline above them is the page's."""
    if depth > _DEEPEST:
        return
    if isinstance(node, dict):
        headlines = {loose(text) for text in _headlines(node)} - {""}
        agrees = bool(headlines & wanted) if headlines else agrees
        for value in node.values():
            if agrees and isinstance(value, str) and len(value) >= _SHORTEST:
                yield value
            elif isinstance(value, dict | list):
                yield from _runs(value, wanted, agrees, depth + 1)
    elif isinstance(node, list):
        if agrees:
            yield "\n".join(text for item in node if len(text := _text_of(item, 0)) >= _SHORTEST_PART)
        for item in node:
            yield from _runs(item, wanted, agrees, depth + 1)


def _headlines(node: dict[str, Any]) -> Iterator[str]:
    for key, value in node.items():
        if key.lower() in _HEADLINES:
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from (each for each in value.values() if isinstance(each, str))
        elif isinstance(value, dict):
            yield from (each for name, each in value.items() if name.lower() in _HEADLINES and isinstance(each, str))


def _text_of(item: Any, depth: int) -> str:
    """The words of a list's item: a string, or what an object has under a key for text."""
    if isinstance(item, str) or depth > _DEEPEST:
        return item if isinstance(item, str) else ""
    if isinstance(item, list):
        return "".join(_text_of(each, depth + 1) for each in item)
    if isinstance(item, dict) and not _NO_TEXT.search(str(item.get("type") or item.get("__typename") or "")):
        return "".join(_text_of(value, depth + 1) for key, value in item.items() if key.lower() in _WORDS)
    return ""
