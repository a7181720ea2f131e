"""justext's paragraphs, which trafilatura's full mode asks for their text a dozen times each: here they remember it."""

from __future__ import annotations

import re
from typing import Any

from justext.paragraph import Paragraph
from justext.utils import get_stoplist, get_stoplists

_RUN = re.compile(r"(?:[^\S ]| (?=\s))\s*")
"""White space that is more than one plain blank."""


def _squeezed(text: str) -> str:
    return _RUN.sub(lambda run: "\n" if "\n" in run[0] or "\r" in run[0] else " ", text)


class RememberingParagraph(Paragraph):  # type: ignore[misc]
    """A paragraph that puts its text together once; equal to justext's but for `xpath`, which trafilatura never reads."""

    def __init__(self, path: Any) -> None:
        self.dom_path = path.dom
        self.xpath = ""
        self.text_nodes: list[str] = []
        self.chars_count_in_links = 0
        self.tags_count = 0
        self.class_type = ""
        self._text, self._pieces = "", 0

    @property
    def text(self) -> str:
        """All text nodes, white space squeezed."""
        if self._pieces != len(self.text_nodes):
            self._text, self._pieces = _squeezed("".join(self.text_nodes).strip()), len(self.text_nodes)
        return self._text

    def append_text(self, text: str) -> str:
        """Add a text node; returns it squeezed."""
        text = _squeezed(text)
        self.text_nodes.append(text)
        return text


class StopWords(tuple[str, ...]):
    """The words of all stop lists, which are the same only if they are the same object: justext's cache compares 70,000 words."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def all_stop_words() -> StopWords:
    """The words of justext's stop lists of all languages."""
    return StopWords({word for language in get_stoplists() for word in get_stoplist(language)})
