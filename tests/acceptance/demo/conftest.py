"""The demonstration is played once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.support.played import Played, played_in


@pytest.fixture(scope="session")
def played(shared_database: str, short_dir: Path) -> Iterator[Played]:
    folder = short_dir / "demonstration"
    folder.mkdir()
    with played_in(shared_database, folder) as found:
        yield found
