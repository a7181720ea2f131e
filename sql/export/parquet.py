"""Parquet files, by ADBC and pyarrow: the extra `parquet`. Nothing else imports them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dateline.errors import UsageError
from sql import query

BATCH_BYTES = 16_000_000
"""What ADBC gathers before it hands a batch on; a batch becomes a row group, and two of them are in memory at a time."""
NEEDED = "Parquet files need two more packages: pip install 'dateline[parquet]'"


def require() -> tuple[Any, Any, Any]:
    """ADBC's PostgreSQL driver, pyarrow and its Parquet part; a UsageError names the cure where they are missing."""
    try:
        import pyarrow
        from adbc_driver_postgresql import dbapi
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(NEEDED, subject=error.name) from error
    return dbapi, pyarrow, parquet


def parquet_rows(url: str, snapshot: str, statement: str, out: Any) -> Iterator[int]:
    """Write the rows of a statement as Parquet, as that snapshot has them; yields how many more have been written."""
    from sql.export.export import unrunnable

    dbapi, pyarrow, parquet = require()
    try:
        with dbapi.connect(url, autocommit=False) as connection, connection.cursor() as cur:
            cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cur.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            cur.execute(query("export", "settings"))
            cur.fetchall()
            cur.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            cur.execute(statement)
            with (
                cur.fetch_record_batch() as batches,
                parquet.ParquetWriter(out, batches.schema, compression="zstd") as file,
            ):
                for batch in _read(batches, pyarrow.ArrowException):
                    file.write_batch(batch)
                    yield batch.num_rows
    except dbapi.Error as error:
        raise unrunnable(str(error)) from error


def _read(batches: Any, broken: type[Exception]) -> Iterator[Any]:
    """The batches; what the server refuses while it answers comes as an OSError, which is not the file's."""
    from sql.export.export import unrunnable

    try:
        yield from batches
    except (OSError, broken) as error:
        raise unrunnable(str(error)) from error
