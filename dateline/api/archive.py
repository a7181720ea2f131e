"""The archive from Python: one class over the bundled database, another database, or another machine's console.

    from dateline import Archive

    with Archive() as archive:                                   # this machine's own archive
        for article in archive.search("ferry -pier"):
            print(article.published_at, article.title)

    Archive("postgresql://reader@db/news")                       # a database
    Archive("https://news.example.org", token="dateline_…")      # a console

All three have the same methods and give the same rows. Nothing can be changed through them.
"""

from __future__ import annotations

import datetime as dt
import operator
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec

from dateline import config
from dateline.api import arrow
from dateline.api import parameters as p
from dateline.api.endpoints import BY_NAME, Endpoint
from dateline.api.operations import Statement
from dateline.api.places import InDatabase, OverHttp, Place
from dateline.api.questions import field_names, question
from dateline.api.reads import Missing, Page
from dateline.api.records import Article, CopyLine, HourLine, Period, Revision, WatchLine
from dateline.api.sql_rows import SqlRows
from dateline.clock import utc_now
from dateline.errors import UsageError
from sql.articles.stories import OutletRow, StoryRow
from sql.frontier.explain import UrlFacts
from sql.frontier.sources import ListedSource

if TYPE_CHECKING:
    import pandas
    import pyarrow

R = TypeVar("R")
PAGE = 500
When = dt.datetime | dt.date | str | None
"""An instant or a date (its beginning in UTC), or either as text (ISO 8601)."""


class Rows(Generic[R]):
    """Rows that are read page by page while they are used; each use reads them again."""

    def __init__(self, archive: Archive, endpoint: Endpoint, asked: p.Asked, limit: int | None) -> None:
        # the archive, and not its connection: as long as rows are read, it must not be closed with its last name
        self._archive, self._endpoint, self._asked, self._limit = archive, endpoint, asked, limit

    def __iter__(self) -> Iterator[R]:
        left = self._limit
        for page in self.pages():
            yield from page if left is None else page[:left]
            left = None if left is None else left - len(page)
            if left is not None and left <= 0:
                return

    def pages(self) -> Iterator[list[R]]:
        """The rows in lists, as they come; not cut to a limit."""
        asked: Any = self._asked
        while True:
            page: Page = self._archive._answer(self._endpoint, asked)
            if page.items:
                yield list(page.items)
            if page.next is None or not (page.items or page.is_waiting):
                return
            asked = msgspec.structs.replace(asked, after=page.next)

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a pandas DataFrame, one column per field."""
        try:
            import pandas
        except ImportError as error:
            raise UsageError("to_pandas() needs one more package: pip install pandas") from error
        names = field_names(self._endpoint)
        frame = pandas.DataFrame([[getattr(row, name) for name in names] for row in self], columns=list(names))
        kinds = get_type_hints(self._endpoint.row)
        for name in (one for one in names if dt.datetime in (kinds[one], *get_args(kinds[one]))):
            frame[name] = frame[name].astype("datetime64[us, UTC]")  # empty columns, and those that begin empty, too
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """All rows as an Arrow table, one column per field."""
        columns = arrow.schema(self._endpoint.row)
        return arrow.pyarrow().Table.from_batches([arrow.batch(list(self), columns)], schema=columns)


class Archive:
    """An archive, read only. Close it, or use it in a `with` statement. Threads may share one: it answers one at a time."""

    def __init__(
        self,
        place: str | None = None,
        *,
        token: str | None = None,
        data_dir: str | Path | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Open the archive at a database URL or a console's address; without one, this machine's own.

        This machine's own is what the command line would use: DATELINE_DATABASE_URL, or the bundled server, which is started
        where it does not run. `data_dir` names another data folder. A question that takes longer than `timeout_s` is given
        up. A UsageError says what is wrong with the arguments, a
        DatabaseError or RemoteError that nothing answers there.
        """
        scheme = place.partition("://")[0].strip().lower() if isinstance(place, str) else place
        if scheme in ("http", "https") and place:
            self._place: Place = OverHttp(place, token, timeout_s=timeout_s)
        elif scheme in ("postgresql", "postgres", None) and token is None:
            self._place = _database(place, Path(data_dir) if data_dir else None, timeout_s)
        else:
            raise UsageError("Give a database URL (postgresql://…), or a console's address (https://…) with token=…")
        self._turn = threading.Lock()
        self._finalizer = weakref.finalize(self, self._place.close)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection, and of the bundled server where this process started it."""
        with self._turn:
            self._finalizer()

    # --- articles -------------------------------------------------------------------------------------------------------

    def articles(
        self, q: str = "", *, order: Literal["newest", "stored"] = "newest", after: str | None = None,
        limit: int | None = None,
    ) -> Rows[Article]:  # fmt: skip
        """The articles that a search finds, all without one: newest first, or in the order in which they were stored."""
        return self._rows("articles", limit, q=q, order=order, after=after)

    def headlines(self, q: str = "", *, limit: int | None = None) -> Rows[Article]:
        """Items that have no text, newest first."""
        return self._rows("headlines", limit, q=q)

    def search(self, q: str, *, order: Literal["newest", "rank"] = "newest", limit: int | None = None) -> Rows[Article]:
        """The articles that a search finds, each with the passage: newest first, or the best of the newest 2,000."""
        return self._rows("search", limit, q=q, order=order)

    def article(self, key: int | str) -> Article | None:
        """The article with this id or at this URL; None where there is none."""
        is_url = isinstance(key, str) and not (key.isascii() and key.isdigit())
        found = self._ask("article_at", url=key) if is_url else self._ask("article", id=key)
        return None if isinstance(found, Missing) else found

    def revisions(self, key: int | str) -> list[Revision]:
        """The revisions of the article with this id or at this URL, the present one last; [] where there is none."""
        found = self.article(key) if isinstance(key, str) else None
        return self._items("revisions", id=found.id if found else key) if found or not isinstance(key, str) else []

    # --- numbers --------------------------------------------------------------------------------------------------------

    def count(self, q: str = "") -> int:
        """How many articles a search finds."""
        return int(self._ask("count", q=q).count)

    def counts(self, q: str = "", *, unit: p.Unit = "day") -> list[Period]:
        """Hits over time (UTC) beside all articles, oldest first; times without hits are left out."""
        return self._items("counts", q=q, unit=unit)

    def facets(self, q: str = "", *, top: int = 20) -> dict[str, dict[str, int]]:
        """Hits by site, source, language, section, kind and author (the `top` of each), by day, and in `all`."""
        return self._ask("facets", q=q, top=top)  # type: ignore[no-any-return]

    # --- outlets ----------------------------------------------------------------------------------------------------------

    def copies(
        self, *, since: When = None, until: When = None, taker: str | None = None, giver: str | None = None,
        limit: int | None = None,
    ) -> Rows[CopyLine]:  # fmt: skip
        """Copies of one outlet's texts at another, newest first; of 30 days unless `since` is given."""
        return self._rows("copies", limit, since=since, until=until, taker=taker, giver=giver)

    def stories(self, *, since: When = None, outlets: int = 2, limit: int | None = None) -> Rows[StoryRow]:
        """Stories that so many outlets cover, most outlets first; of three days unless `since` is given."""
        return self._rows("stories", limit, since=since, outlets=outlets)

    def story(self, story_id: int) -> list[OutletRow]:
        """The outlets of a story in the order of their first articles; [] where there is no such story."""
        return self._items("story", id=story_id)

    def sources(
        self, *, country: str | None = None, language: str | None = None, tag: str | None = None
    ) -> Rows[ListedSource]:
        """The watched sources by name."""
        return self._rows("sources", None, country=country, language=language, tag=tag)

    def coverage(self, *, source: str | None = None, since: When = None, until: When = None) -> Rows[HourLine]:
        """For each source and hour, whether Dateline was looking; of two days unless `since` is given, of 31 at most."""
        return self._rows("coverage", None, source=source, since=since, until=until)

    def explain(self, url: str) -> UrlFacts:
        """What happened to a URL: where it was found, its fetches, what was stored."""
        return self._ask("explain", url=url)  # type: ignore[no-any-return]

    def watches(self) -> Rows[WatchLine]:
        """The saved searches by name."""
        return self._rows("watches", None)

    # --- SQL --------------------------------------------------------------------------------------------------------------

    def sql(self, statement: str) -> SqlRows:
        """The rows of one SELECT over the views of schema news: 1,000 rows or 8 MB at most, in 30 s.

        A console runs it as its analyst's login, for tokens of scope sql. A UsageError says what PostgreSQL refused.
        """
        asked = question(Statement, {"sql": statement})
        with self._opened() as place:
            return place.sql(asked.sql)

    # --- asking -----------------------------------------------------------------------------------------------------------

    def _ask(self, name: str, **given: object) -> Any:
        endpoint = BY_NAME[name]
        return self._answer(endpoint, question(endpoint.asked, {k: _as_text(v) for k, v in given.items()}))

    def _answer(self, endpoint: Endpoint, asked: p.Asked) -> Any:
        with self._opened() as place:
            return place.ask(endpoint, asked)

    @contextmanager
    def _opened(self) -> Iterator[Place]:
        """The place, for one question; a UsageError once the archive was closed."""
        with self._turn:
            if not self._finalizer.alive:
                raise UsageError("This archive was closed. Open another: Archive(…)")
            yield self._place

    def _items(self, name: str, **given: object) -> list[Any]:
        found = self._ask(name, **given)
        return [] if isinstance(found, Missing) else list(found.items)

    def _rows(self, name: str, limit: int | None, **given: object) -> Rows[Any]:
        endpoint = BY_NAME[name]
        if limit is not None and (not _is_number(limit) or limit < 0):
            raise UsageError(f"limit is {limit!r}; give a number of rows, or None for all")
        page = {} if name == "coverage" else {"limit": max(1, min(PAGE, limit or PAGE))}
        asked = question(endpoint.asked, {k: _as_text(v) for k, v in given.items()} | page)
        return Rows(self, endpoint, asked, None if limit is None else operator.index(limit))


def _is_number(value: object) -> bool:
    """Whether this is a whole number, such as an int or one of NumPy's."""
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


def _database(url: str | None, data_dir: Path | None, timeout_s: float | None) -> Place:
    """A database; without a URL this machine's own, as the command line finds it."""
    stack = ExitStack()
    if url is None:
        from sql.schema.migrate import migrate
        from sql.server.embedded import EmbeddedServer, default_data_dir

        named = data_dir or os.environ.get("DATELINE_DATA_DIR")
        settings = config.load(os.environ, data_dir=Path(named or default_data_dir()).absolute())
        url = settings.database_url or stack.enter_context(EmbeddedServer(settings.data_dir).running())
        migrate(url, beside_others=False)
    try:
        return InDatabase(url, utc_now, stack, timeout_s=timeout_s)
    except BaseException:
        stack.close()
        raise
