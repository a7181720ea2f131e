"""Readers can only read, within a time, and yield to those who collect."""

from __future__ import annotations

import psutil
import pytest

from dateline.errors import DatabaseError
from sql.database import open_pool
from sql.search.reading import YIELDS, Reader, TookTooLongError, listening_process, open_reading_pool


async def test_nothing_can_be_written(database: str) -> None:
    async with open_reading_pool(database, application_name="test") as pool:
        with pytest.raises(DatabaseError, match="read-only transaction"):
            await Reader(pool).on_connection(lambda conn: conn.execute("DELETE FROM dateline.source"))


async def test_a_slow_query_is_given_up(database: str) -> None:
    async with open_reading_pool(database, application_name="test", statement_s=0.05) as pool:
        with pytest.raises(TookTooLongError):
            await Reader(pool).on_connection(lambda conn: conn.execute("SELECT pg_sleep(9)"))


async def test_a_lost_database_is_reported_as_one(database: str) -> None:
    async with open_reading_pool(database, application_name="test") as pool:
        with pytest.raises(DatabaseError, match="does not answer"):
            await Reader(pool).on_connection(lambda conn: conn.execute("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_database_without_room_or_a_lock_is_not_reported_as_lost(database: str) -> None:
    asked = "SET lock_timeout = 20; SELECT FROM dateline.source"
    async with (
        open_pool(database) as writing,
        writing.connection() as other,
        open_reading_pool(database, application_name="test") as pool,
    ):
        await other.execute("LOCK TABLE dateline.source IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError, match="refuses it: canceling statement due to lock timeout"):
            await Reader(pool).on_connection(lambda conn: conn.execute(asked))


async def test_backends_of_readers_yield(database: str) -> None:
    async with (
        open_reading_pool(database, application_name="test") as pool,
        open_pool(database) as other,
        pool.connection() as reading,
        other.connection() as writing,
    ):
        backend = psutil.Process(reading.info.backend_pid)
        if backend.ppid() != listening_process(reading.fileno()):
            assert not reading.info.host.startswith("/"), "a server of this machine that is not recognised"
            return
        assert backend.nice() == psutil.Process(writing.info.backend_pid).nice() + YIELDS
