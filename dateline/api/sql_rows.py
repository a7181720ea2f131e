"""The rows of a statement that an analyst wrote, as programs get them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dateline.api import arrow
from dateline.errors import UsageError

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from sql.analysts.queries import SqlAnswer

Kind = Literal["integer", "number", "boolean", "json", "text"]
_KINDS: dict[int, Kind] = {
    **dict.fromkeys((20, 21, 23, 26), "integer"),
    **dict.fromkeys((700, 701, 1700), "number"),
    **dict.fromkeys((114, 3802), "json"),
    16: "boolean",
}
"""By pg_type.dat; all others are text as PostgreSQL writes it."""


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column; what has no type in JSON is text as PostgreSQL writes it."""

    name: str
    type: Kind


@dataclass(frozen=True, slots=True)
class SqlRows:
    """The rows by column; `is_cut` where there were more than an answer may hold."""

    columns: list[SqlColumn]
    rows: list[dict[str, Any]]
    is_cut: bool

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self.rows[place]

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame."""
        try:
            import pandas
        except ImportError as error:
            raise UsageError("to_pandas() needs one more package: pip install pandas") from error
        return pandas.DataFrame(self.rows, columns=[one.name for one in self.columns])

    def to_arrow(self) -> pyarrow.Table:
        """The rows as an Arrow table."""
        pa = arrow.pyarrow()
        types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
        columns = pa.schema([(one.name, types.get(one.type, pa.string())) for one in self.columns])
        rows = [{one.name: _number(row[one.name], one.type) for one in self.columns} for row in self.rows]
        return pa.Table.from_batches([arrow.batch(rows, columns)], schema=columns)


def _number(value: Any, kind: Kind) -> Any:
    """A number of JSON, which has no NaN and no infinity, as Arrow's."""
    return float(value) if kind == "number" and value is not None else value


def sql_rows(answer: SqlAnswer) -> SqlRows:
    """An answer of PostgreSQL; a UsageError where two columns have one name."""
    twice = next((one for one in answer.columns if answer.columns.count(one) > 1), None)
    if twice is not None:
        raise UsageError(f"sql: two columns are called {twice}; name them apart with AS")
    columns = [SqlColumn(n, _KINDS.get(t, "text")) for n, t in zip(answer.columns, answer.types, strict=True)]
    return SqlRows(columns, answer.typed(), answer.is_cut)
