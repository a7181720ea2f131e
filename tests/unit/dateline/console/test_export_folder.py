"""Folders of exports, without a console."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from dateline.api.operations import NewExport
from dateline.console.server.export_folder import add, delete_forgotten

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def test_forgetting_deletes_what_a_killed_process_left_and_nothing_of_one_that_writes(tmp_path: Path) -> None:
    cut_off, written = [add(tmp_path, "api", NOW, NewExport(q="ferry")) for _ in range(2)]
    parts = [one.file.with_name(f"{one.file.name}.part") for one in (cut_off, written)]
    for part in parts:
        part.write_text("forgotten words")
    lock = written.lock()
    assert lock is not None
    try:
        assert delete_forgotten(tmp_path, 1) == 0
    finally:
        os.close(lock)
    assert [part.exists() for part in parts] == [False, True]
    assert {one.name for one in cut_off.folder.iterdir()} == {"asked.json", "lock"}, "it is written again"
