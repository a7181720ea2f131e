"""What a command says while it waits for its database."""

from __future__ import annotations

import os

import pytest

from dateline.cli.context import tell_a_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_only_a_terminal_is_told_that_the_database_starts(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.openpty() if is_terminal else os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb", buffering=0) as seen:
        with monkeypatch.context() as patch:
            patch.setattr("sys.stderr", stream)
            tell_a_terminal("starting the database")
        stream.write("end")
        stream.flush()
        said = seen.read(1000)
    assert ("starting the database …" in said.decode()) == is_terminal
