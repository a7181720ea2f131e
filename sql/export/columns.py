"""How the columns of any query are let out: an SQL expression each, by type and format. Pure.

The work is done in the query itself, so that rows go from the server to the file without being looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql as compose

from dateline.errors import UsageError
from sql.export.formats import PLAIN_CSV, CsvStyle, Format

# type numbers are fixed in pg_type.dat; a domain has the number of its base type
BOOL, BYTEA, NAME, INT8, INT2, INT4, TEXT, JSON, FLOAT4, FLOAT8 = 16, 17, 19, 20, 21, 23, 25, 114, 700, 701
VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ, NUMERIC, UUID, JSONB = 1043, 1082, 1114, 1184, 1700, 2950, 3802
BOOLS, INT2S, INT4S, TEXTS, INT8S, FLOAT4S, FLOAT8S = 1000, 1005, 1007, 1009, 1016, 1021, 1022

IN_TIME = frozenset({DATE, TIMESTAMP, TIMESTAMPTZ})
JSON_AS_IT_IS = frozenset(
    {BOOL, INT2, INT4, INT8, FLOAT8, TEXT, VARCHAR, NAME, JSON, JSONB, UUID, BOOLS, INT4S, INT8S, TEXTS}
)
ARROW_AS_IT_IS = frozenset(
    {BOOL, BYTEA, INT2, INT4, INT8, FLOAT4, FLOAT8, TEXT, VARCHAR}
    | {BOOLS, INT2S, INT4S, INT8S, FLOAT4S, FLOAT8S, TEXTS}
)
NEVER_A_FORMULA = frozenset({BYTEA, JSON, UUID, JSONB})

EXCEL_CELL = 32_767
"""The most characters in a cell (Microsoft, Excel specifications and limits)."""
_LONG = frozenset({"A", "E", "S", "U", "X", "Z"})

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
"""What a spreadsheet may take for the start of a formula (OWASP, CSV Injection), full-width forms among them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query's answer; `category` is pg_type.typcategory."""

    name: str
    oid: int
    type: str
    category: str

    @property
    def may_hold_a_formula(self) -> bool:
        """Whether its values are text. Arrays and rows begin with a bracket, numbers and instants are what they are."""
        return self.category in {"S", "E", "X", "Z", "U"} and self.oid not in NEVER_A_FORMULA


def exported(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns that a file gets: search vectors are for questions in SQL; `search::text` gives one where it is wanted."""
    return tuple(column for column in columns if column.type != "tsvector") or tuple(columns)


def portable(text: str, columns: Sequence[Column], form: Format, *, style: CsvStyle = PLAIN_CSV) -> compose.Composed:
    """The query around a query whose values every reader of the format can read; order and names stay.

    The inner columns get new names, by position: a query may give two columns one name.
    """
    wanted = exported(columns)
    if form != "csv":
        _refuse_doubles(wanted)
    places = [compose.Identifier(f"c{place}") for place in range(len(columns))]
    shown = [
        compose.SQL("{} AS {}").format(_expression(column, place, form, style), _name(column.name, form, style.defuse))
        for column, place in zip(columns, places, strict=True)
        if column in wanted
    ]
    # the line break ends a comment in which the inner query may end
    return compose.SQL("SELECT {} FROM ({}\n) AS asked ({})").format(
        compose.SQL(", ").join(shown),
        compose.SQL(text),  # the user's own query, or one of sql/queries
        compose.SQL(", ").join(places),
    )


def _refuse_doubles(columns: Sequence[Column]) -> None:
    twice = [name for name, times in Counter(column.name for column in columns).items() if times > 1]
    if twice:
        raise UsageError(f"Two columns are named {twice[0]!r}: rename one with AS", subject=twice[0])


def _name(name: str, form: Format, defuse: bool) -> compose.Identifier:
    return compose.Identifier(
        f"'{name}" if form == "csv" and defuse and name.startswith(tuple(FORMULA_STARTS)) else name
    )


def _expression(column: Column, place: compose.Identifier, form: Format, style: CsvStyle) -> compose.Composable:
    if form == "csv":
        cell = _defused(place) if style.defuse and column.may_hold_a_formula else place
        return _cut(cell) if style.excel and column.category in _LONG else cell
    if column.oid in IN_TIME:
        # Python, pandas and Arrow's readers know years 1 to 9999 and no infinity; dateline.instant has none either
        return compose.SQL("CASE WHEN {0} >= '0001-01-02' AND {0} < '9999-12-31' THEN {0} END").format(place)
    if form == "jsonl":
        return _for_json(column, place)
    return _for_arrow(column, place)


def _defused(place: compose.Identifier) -> compose.Composed:
    """Text with an apostrophe before what would be a formula (measured: nothing is lost to plain COPY)."""
    starts = compose.SQL(", ").join(compose.Literal(ord(char)) for char in FORMULA_STARTS)
    return compose.SQL("CASE WHEN ascii({0}::text) IN ({1}) THEN '''' || {0}::text ELSE {0}::text END").format(
        place, starts
    )


def _cut(cell: compose.Composable) -> compose.Composed:
    """Text as long as a cell of Excel can be, with LF within the cell; the rest would run into the next rows."""
    plain = compose.SQL("replace(({})::text, E'\\r\\n', E'\\n')").format(cell)
    return compose.SQL("left({}, {})").format(plain, compose.Literal(EXCEL_CELL))


def _for_json(column: Column, place: compose.Identifier) -> compose.Composable:
    if column.oid in JSON_AS_IT_IS:
        return place
    if column.oid == FLOAT4:
        # 0.9 as PostgreSQL prints it, not 0.8999999761581421
        return compose.SQL("{}::text::float8").format(place)
    return compose.SQL("to_jsonb({})").format(place)


def _for_arrow(column: Column, place: compose.Identifier) -> compose.Composable:
    if column.oid in ARROW_AS_IT_IS:
        return place
    if column.oid == NUMERIC:
        return compose.SQL("{}::float8").format(place)
    return compose.SQL("{}::text[]" if column.category == "A" else "{}::text").format(place)
