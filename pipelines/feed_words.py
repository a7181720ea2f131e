"""What replaces a page that can't be read or may not be: what its site's own feed says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dateline.errors import ParseError
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Extraction, Hints
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.feed_text import article_of_feed
from pipelines.worker_entry import read_feed_words
from sql.articles.feed_items import content_of
from sql.database import Pool
from sql.frontier.rows import DueUrl

NOTHING_REPLACES = frozenset({"forgotten", "part", "before_since", "after_until", "over_limit"})
"""Reasons after which the feed's words are not stored either: the item is not wanted, or is part of another."""


@dataclass(frozen=True, slots=True)
class FeedWords:
    """Reads what feeds said of URLs of the ledger. `boilerplate` is None where boilerplate is kept in the text."""

    pool: Pool
    parser_pool: ParserPool
    deadline_s: float
    boilerplate: BoilerplateStore | None = None
    obeyed: Sequence[str] = ()
    """Reservations of publishers after which nothing is stored."""

    async def content(self, due: DueUrl) -> str | None:
        """The full text, as HTML, that the site's own feed gives; None where there is none."""
        return await content_of(self.pool, due.id) if due.has_content and due.may_be_replaced else None

    async def instead_of(self, due: DueUrl, reason: str, *, now: dt.datetime) -> Extraction | None:
        """The article or headline that replaces the page for this reason of the ledger; None where nothing may.

        HTML that breaks its parser counts as none: the headline remains. A temporary failure of the parser pool is raised.
        """
        is_reserved = reason in {name.replace("-", "_") for name in self.obeyed}
        if not due.may_be_replaced or is_reserved or reason in NOTHING_REPLACES:
            return None
        candidate = due.candidate
        hints = Hints(language=due.extraction.get("language"), timezone=due.extraction.get("timezone"))
        content = await self.content(due)
        if content is None:
            return article_of_feed(candidate, None, because=reason, hints=hints, now=now)
        read = partial(read_feed_words, candidate=candidate, because=reason, hints=hints, now=now)
        try:
            found = await self.parser_pool.run(read, content, deadline_s=self.deadline_s, subject=due.url)
        except ParseError as error:
            if error.is_temporary:
                raise
            return article_of_feed(candidate, None, because=reason, hints=hints, now=now)
        if self.boilerplate is None or found.text_origin == "none":
            return found
        return await self.boilerplate.strip(found, now=now)
