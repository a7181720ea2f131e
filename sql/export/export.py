"""Exports: views, a search or any query, each streamed in flat memory, all from one read-only snapshot.

csv      COPY, written as it comes
jsonl    binary COPY and orjson; a server-side cursor is a fifth slower, because it waits for each batch
parquet  ADBC reads binary COPY into Arrow batches on a connection of its own, in the same snapshot
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import psycopg
from psycopg import sql as compose
from psycopg.pq import ExecStatus
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import set_json_loads

from dateline.errors import UsageError
from dateline.search.query import parse
from sql import query
from sql.export.columns import Column, exported, portable
from sql.export.formats import PLAIN_CSV, CsvStyle, Format
from sql.search.search import condition, run

ROWS_A_STEP = 1000
UNRUNNABLE = (
    psycopg.ProgrammingError,
    psycopg.DataError,
    psycopg.NotSupportedError,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What is wrong with a query, not with the database."""
TEXTS = frozenset({"text", "summary"})
"""Columns of the views that hold what a publisher wrote, other than headlines."""
_SQL_TOKEN = re.compile(
    r"""[eE]'(?:[^'\\]|\\.|'')*' | '[^']*' | "[^"]*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | --[^\n]* | /\*.*?\*/ | ; | \s+
      | [^\s'"$;/-]+ | .""",
    re.VERBOSE | re.DOTALL,
)
JSON_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes | bytearray | memoryview, /) -> int | None:
        """Take them all."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is let out: a query, and what it was made from."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """The snapshot that all of an export is of.

    `id` is pg_export_snapshot's, `transactions` tells which it sees, and `forgets` how often something was forgotten before.
    """

    id: str
    transactions: str
    at: dt.datetime
    forgets: int
    postgresql: str
    schema: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question that the server understood, and all columns of its answer."""

    text: str
    answered: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are exported."""
        return exported(self.answered)


@contextmanager
def snapshot(connection: psycopg.Connection[Any]) -> Iterator[Moment]:
    """One moment of the archive, read only; what is wrong with a query that is asked in it is a UsageError."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    try:
        with connection.transaction(), connection.cursor(row_factory=class_row(Moment)) as cur:
            connection.execute(query("export", "settings"))
            moment = cur.execute(query("export", "snapshot")).fetchone()
            if moment is None:
                raise LookupError("export.snapshot gave no row")
            yield moment
    except UNRUNNABLE as error:
        raise unrunnable(str(error)) from error


def unrunnable(said: str) -> UsageError:
    """The error for a query that the server refuses, in one line."""
    return UsageError(f"The query can't be run: {' '.join(said.split())}")


def view_question(connection: psycopg.Connection[Any], view: str) -> Question:
    """All rows of a view of schema news; a UsageError lists the views.

    `stories` alone is each article's URL with its story; the view itself is `news.stories`.
    """
    if view == "stories":
        return Question(query("export", "articles_of_stories"))
    with connection.cursor(row_factory=scalar_row) as cur:
        known = cur.execute(query("export", "views")).fetchall()
    name = view.removeprefix("news.")
    if name not in known:
        raise UsageError(f"Unknown view {view!r}. Choose from: {', '.join(known)}", subject=view)
    return Question(compose.SQL("SELECT * FROM {}").format(compose.Identifier("news", name)).as_string(connection))


def search_question(connection: psycopg.Connection[Any], text: str) -> Question:
    """The articles that a search finds, newest first; a QueryError points at what is wrong with it."""
    where = run(connection, condition(parse(text))).literal
    found = compose.SQL(query("export", "articles_where")).format(condition=where)
    return Question(found.as_string(connection), {"query": text})


@dataclass(frozen=True, slots=True)
class ArchivedPlace:
    """Where a page of an article lies in the archive."""

    file: str
    offset: int
    length: int
    title: str


def archived_pages(connection: psycopg.Connection[Any], text: str) -> Iterator[ArchivedPlace]:
    """The archived pages of the articles that a search finds, in the order of the archive; a QueryError for a bad search."""
    where = run(connection, condition(parse(text))).literal
    asked = compose.SQL(query("export", "archived_pages_where")).format(condition=where)
    with connection.cursor(name="archived_pages", row_factory=class_row(ArchivedPlace)) as cur:
        yield from cur.execute(asked)


def without_texts(connection: psycopg.Connection[Any], question: Question, *, word_counts: bool) -> Question:
    """The question without what publishers wrote as text: for those who may share numbers but not texts.

    Headlines, names and addresses stay. With `word_counts` each text is replaced by how often each word is in it.
    """
    asked = prepare(connection, question)
    shown = [
        compose.SQL("news.word_counts(asked.text) AS word_counts")
        if column.name == "text"
        else compose.SQL("asked.{}").format(compose.Identifier(column.name))
        for column in asked.columns
        if column.name not in TEXTS or (word_counts and column.name == "text")
    ]
    chosen = compose.SQL("SELECT {} FROM ({}\n) AS asked").format(
        compose.SQL(", ").join(shown), compose.SQL(asked.text)
    )
    return Question(chosen.as_string(connection), question.parameters)


def without_end(text: str) -> str:
    """The statement without the semicolons and comments behind it."""
    end = 0
    for token in _SQL_TOKEN.finditer(text):
        if not (token[0].isspace() or token[0].startswith((";", "--", "/*"))):
            end = token.end()
    return text[:end]


def prepare(connection: psycopg.Connection[Any], question: Question) -> Prepared:
    """The question as the server understands it; a UsageError for one that it does not, and for more than one.

    The server is asked to parse it first: PostgreSQL's extended protocol takes no second statement, which might end the
    read-only transaction and write.
    """
    text = without_end(question.sql.replace("\x00", ""))
    parsed = connection.pgconn.prepare(b"", text.encode())
    if parsed.status != ExecStatus.COMMAND_OK:
        raise unrunnable(parsed.error_message.decode(errors="replace"))
    told = connection.pgconn.describe_prepared(b"")
    if not told.nfields:
        raise unrunnable("it returns no rows")
    oids = [told.ftype(place) for place in range(told.nfields)]
    types = {
        oid: (name, category) for oid, name, category in connection.execute(query("export", "types"), {"oids": oids})
    }
    names = [(told.fname(place) or b"").decode() for place in range(told.nfields)]
    return Prepared(text, tuple(Column(name, oid, *types[oid]) for name, oid in zip(names, oids, strict=True)))


def csv_rows(
    connection: psycopg.Connection[Any], asked: Prepared, out: Sink, *, style: CsvStyle = PLAIN_CSV
) -> Iterator[int]:
    """Write the rows as CSV (RFC 4180, UTF-8, a line of names first); yields how many more have been written."""
    if style.bom:
        out.write(codecs.BOM_UTF8)
    copy = compose.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true)").format(
        portable(asked.text, asked.answered, "csv", style=style)
    )
    count = -1  # the server sends the names as it sends a row
    with connection.cursor() as cur, cur.copy(copy) as rows:
        for row in rows:
            out.write(bytes(row).removesuffix(b"\n") + b"\r\n" if style.excel else row)
            count += 1
            if count == ROWS_A_STEP:
                yield count
                count = 0
    yield max(count, 0)


def json_rows(connection: psycopg.Connection[Any], asked: Prepared, out: Sink) -> Iterator[int]:
    """Write the rows as JSON lines; yields how many more have been written."""
    set_json_loads(orjson.Fragment, connection)  # JSON in the database is JSON in the file, unread
    wrapped = portable(asked.text, asked.answered, "jsonl")
    names = [column.name for column in asked.columns]
    oids = [column.oid for column in prepare(connection, Question(wrapped.as_string(connection))).columns]
    count = 0
    with (
        connection.cursor() as cur,
        cur.copy(compose.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(wrapped)) as rows,
    ):
        rows.set_types(oids)
        for row in rows.rows():
            out.write(orjson.dumps(dict(zip(names, row, strict=True)), option=JSON_LINE))
            count += 1
            if count == ROWS_A_STEP:
                yield count
                count = 0
    yield count


def written(
    connection: psycopg.Connection[Any],
    url: str,
    moment: Moment,
    asked: Prepared,
    out: Sink,
    form: Format,
    *,
    style: CsvStyle = PLAIN_CSV,
) -> Iterator[int]:
    """Write all rows of a question in a format; yields how many more have been written, until all are."""
    if form == "csv":
        return csv_rows(connection, asked, out, style=style)
    if form == "jsonl":
        return json_rows(connection, asked, out)
    from sql.export.parquet import parquet_rows

    wrapped = portable(asked.text, asked.answered, "parquet").as_string(connection)
    return parquet_rows(url, moment.id, wrapped, out)
