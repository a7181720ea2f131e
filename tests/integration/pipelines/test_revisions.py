"""Why a revision came to be, silent edits, and the command that shows them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
from pathlib import Path

import orjson
import pytest
from psycopg.rows import tuple_row

from dateline.types.article import Instant
from tests.acceptance.support import preloaded
from tests.integration.conftest import NOW, WORDS, Desk

URL = "https://post.test/pier"
HOUSE = "Write to the editors of the Harbour Post at the usual address, we read every letter."


def modified(hour: int) -> Instant:
    return Instant(NOW.replace(hour=hour), "minute", "json-ld", "")


async def revisions(desk: Desk) -> list[tuple[str, bool | None]]:
    async with desk.pool.connection() as conn, conn.cursor(row_factory=tuple_row) as cur:
        await cur.execute("SELECT cause, is_silent FROM news.revisions ORDER BY number")
        return await cur.fetchall()


async def test_an_edit_is_silent_when_the_instant_of_change_did_not_move(desk: Desk) -> None:
    await desk.put(URL, modified=modified(8))
    await desk.put(URL, WORDS + "It passed.", modified=modified(9))
    await desk.put(URL, WORDS + "It failed.", modified=modified(9))
    assert await revisions(desk) == [("first", False), ("publisher", False), ("publisher", True)]


async def test_an_edit_without_an_instant_of_change_may_or_may_not_be_silent(desk: Desk) -> None:
    await desk.put(URL)
    await desk.put(URL, WORDS + "It passed.")
    assert await revisions(desk) == [("first", False), ("publisher", None)]


async def test_line_stripped_later_is_a_boilerplate_revision_and_not_an_edit(desk: Desk) -> None:
    await desk.put(URL, f"{WORDS}\n{HOUSE}")
    await desk.put(URL, WORDS, removed=(HOUSE,))
    await desk.put(URL, f"{WORDS}\n{HOUSE}")
    await desk.put(URL, f"{WORDS}\nIt passed.", removed=(HOUSE,))
    await desk.put(URL, f"{WORDS}\nIt passed.", removed=(HOUSE,), title="Pier saved")
    assert [cause for cause, _ in await revisions(desk)] == [
        "first",
        "boilerplate",
        "boilerplate",
        "publisher",
        "publisher",
    ]


async def test_new_extractor_is_a_re_extraction_unless_modification_time_moved(desk: Desk) -> None:
    await desk.put(URL, modified=modified(8))
    await desk.put(URL, WORDS + "A standfirst.", modified=modified(8), extractor="test/2")
    await desk.put(URL, WORDS + "It passed.", modified=modified(9), extractor="test/3")
    assert [cause for cause, _ in await revisions(desk)] == ["first", "re-extraction", "publisher"]


@pytest.mark.parametrize(
    "note",
    [
        "Correction: an earlier count was wrong.",
        "• CORRECTION (May 4): the mayor is Ada Lund.",
        "This article was amended on 4 May to name the mayor.",
        "An earlier version of this article named another mayor.",
        "Berichtigung: In der ersten Meldung war die Zahl falsch.",
        "In einer früheren Fassung stand ein falscher Name.",
        "Rectificatif : le maire est Ada Lund.",
        "Fe de errores: la alcaldesa es Ada Lund.",
        "Sprostowanie: burmistrzem jest Ada Lund.",
        "更正:市长是阿达。",
    ],
)
async def test_a_printed_correction_is_no_silent_edit(desk: Desk, note: str) -> None:
    await desk.put(URL, WORDS, modified=modified(8))
    await desk.put(URL, f"{WORDS}\n{note}", modified=modified(8))
    await desk.put(URL, f"{WORDS}It passed.\n{note}", modified=modified(8))
    assert [silent for _, silent in await revisions(desk)] == [False, False, True]


async def test_words_like_a_correction_do_not_hide_a_silent_edit(desk: Desk) -> None:
    await desk.put(URL, WORDS, modified=modified(8))
    await desk.put(
        URL, f"{WORDS}\nThe market correction went on, and the updated plan was praised.", modified=modified(8)
    )
    assert [silent for _, silent in await revisions(desk)] == [False, True]


async def test_the_command_lists_them_and_shows_what_changed(desk: Desk, database: str, tmp_path: Path) -> None:
    await desk.put(URL, "The vote was eleven to four.\n" + WORDS)
    await desk.put(URL, "The vote was twelve to three.\n" + WORDS, title="Pier saved", now=NOW + dt.timedelta(hours=1))
    environ = os.environ | {"DATELINE_DATABASE_URL": database, "DATELINE_DATA_DIR": str(tmp_path)}

    async def dateline(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return await asyncio.to_thread(preloaded.run, ["revisions", *arguments], env=environ)

    shown = await dateline(URL, "--diff")
    assert shown.returncode == 0
    assert b"The vote was [-eleven-]{+twelve+} to [-four-]{+three+}." in shown.stdout
    first, second = map(orjson.loads, (await dateline(URL + "?utm_source=x", "--diff", "--json")).stdout.splitlines())
    assert (first["number"], first["cause"], first["text_diff"]) == (1, "first", [])
    assert second["is_present"]
    assert {"op": "insert", "text": "twelve"} in second["text_diff"]
    assert (await dateline("https://post.test/nothing")).returncode == 2
