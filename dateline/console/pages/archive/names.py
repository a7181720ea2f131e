"""The names that are followed: people, organisations, places and products, and in how many articles each is."""

from __future__ import annotations

from dataclasses import dataclass

from dateline.console.request import Ask
from dateline.names.name_list import KINDS
from sql.names.names import ListedName, Names

PAGE = 40


@dataclass(frozen=True, slots=True)
class NamesPage:
    """The data of the page; `trouble` is what is wrong with a list that was sent, which `file` holds."""

    title: str
    names: list[ListedName]
    filter: str
    kind: str
    kinds: tuple[str, ...]
    waiting: int
    page: int
    next: str | None
    previous: str | None
    trouble: str = ""
    file: str = ""


async def read(ask: Ask) -> NamesPage:
    """The names of which a form has the text `q`, of one kind or of all, by name."""
    text, kind = ask.text("q", limit=200), ask.choice("kind", ("", *KINDS))
    page = ask.number("page", 1, low=1, high=10_000)
    skip = (page - 1) * PAGE
    found = await ask.reader.through(
        lambda pool: Names(pool).listed(kind=kind or None, text=text or None, skip=skip, limit=PAGE + 1)
    )
    return NamesPage(
        title="Names", names=found[:PAGE], filter=text, kind=kind, kinds=KINDS,
        waiting=await ask.reader.through(lambda pool: Names(pool).waiting()),
        page=page,
        next=ask.onward("/names", page=page + 1) if len(found) > PAGE else None,
        previous=ask.onward("/names", page=page - 1) if page > 1 else None,
    )  # fmt: skip
