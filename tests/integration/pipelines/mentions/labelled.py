"""The labelled articles and their names: what was marked by hand, and what is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dateline.names.name_list import NameLine, read_names
from pipelines.mentions.step import NameMatcher

HERE = Path(__file__).parent
_MARK = re.compile(r"\[\[(\w+) ([^\]]+)\]\]")


@dataclass(frozen=True)
class Labelled:
    """An article with its marks: (name, in the headline, start, end)."""

    language: str
    title: str
    text: str
    marks: frozenset[tuple[str, bool, int, int]]


def names(of: str = "") -> list[NameLine]:
    """The rows of names.csv, or of second_names.csv."""
    return read_names((HERE / f"{of}names.csv").read_text(encoding="utf-8"))


def articles(of: str = "") -> Iterator[Labelled]:
    """The articles of labels.txt, or of second_labels.txt."""
    language = ""
    for block in re.split(r"(?m)^(?==)", (HERE / f"{of}labels.txt").read_text(encoding="utf-8"))[1:]:
        head, _, body = block.partition("\n")
        if head.startswith("== "):
            language = head[3:]
            continue
        title, title_marks = _unmarked(head[2:], in_title=True)
        text, text_marks = _unmarked(body.strip(), in_title=False)
        yield Labelled(language, title, text, frozenset(title_marks + text_marks))


def _unmarked(given: str, *, in_title: bool) -> tuple[str, list[tuple[str, bool, int, int]]]:
    text, marks, end = "", list[tuple[str, bool, int, int]](), 0
    for found in _MARK.finditer(given):
        text += given[end : found.start()]
        marks.append((found[1], in_title, len(text), len(text) + len(found[2])))
        text, end = text + found[2], found.end()
    return text + given[end:], marks


@dataclass
class Score:
    """Counts by language, and each error."""

    right: Counter[str]
    wrong: Counter[str]
    missed: Counter[str]
    errors: list[str]

    @property
    def precision(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.wrong.total())

    @property
    def recall(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.missed.total())


async def score(matcher: NameMatcher, of: str = "") -> Score:
    """What the matcher finds of the marks; a mention is right with its very name and place."""
    made = Score(Counter(), Counter(), Counter(), [])
    await matcher.refresh()
    for one in articles(of):
        found = {
            (p.name_id, p.in_title, p.start, p.end) for p in await matcher.places(one.title, one.text, one.language)
        }
        made.right[one.language] += len(found & one.marks)
        made.wrong[one.language] += len(found - one.marks)
        made.missed[one.language] += len(one.marks - found)
        for word, some in (("wrong", found - one.marks), ("missed", one.marks - found)):
            for name, in_title, start, end in sorted(some):
                whole = one.title if in_title else one.text
                around = f"{whole[max(0, start - 20) : start]}[{whole[start:end]}]{whole[end : end + 20]}"
                made.errors.append(f"{one.language} {word} {name}: {around}")
    return made
