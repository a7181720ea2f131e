"""Pages on their way from the answer to the commit, by the real line: the host is asked on, a limited number wait."""

from __future__ import annotations

import asyncio
from pathlib import Path

from psycopg import AsyncConnection

from sql.database import connect
from tests.acceptance.service.test_rechecks import Bay, Watch, bay, play

__all__ = ["bay"]
SLOTS = 4
NAMES = [f"pier-{number}" for number in range(24)]
BLOCK = "LOCK TABLE dateline.fetch IN SHARE ROW EXCLUSIVE MODE"


def test_a_host_is_asked_on_while_pages_wait_for_their_commit_and_no_page_is_lost_or_doubled(
    bay: Bay, database: str, tmp_path: Path
) -> None:
    bay.publish()

    def asked() -> list[str]:
        return [path for path, _ in bay.log if path.startswith("/pier")]

    async def scene(watch: Watch) -> None:
        bay.publish(*NAMES)
        async with await AsyncConnection.connect(database) as blocking:
            await blocking.execute(BLOCK)
            visiting = asyncio.create_task(watch.visit(hours=24 * 31))
            async with asyncio.timeout(60):
                while len(asked()) < 4 * SLOTS:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            assert len(asked()) == 4 * SLOTS, "pages that are not stored are limited"
        await visiting
        assert watch.runtime.visitor.context.unstored.pages == watch.runtime.visitor.context.unstored.size == 0

    play(bay, database, tmp_path, scene, learn_boilerplate=False, recheck_ages=(), concurrency=SLOTS)
    with connect(database) as connection:
        stored = connection.execute("SELECT url FROM dateline.article").fetchall()
        fetches = connection.execute("SELECT count(*) FROM dateline.fetch").fetchone()
    assert sorted(row[0].rpartition("/")[2] for row in stored) == sorted(NAMES)
    assert sorted(asked()) == sorted(f"/{name}" for name in NAMES)
    assert fetches == (len(NAMES),)
