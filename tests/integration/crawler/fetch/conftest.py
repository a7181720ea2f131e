"""Two sites on loopback for tests of the fetcher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.support.fetch_site import (
    Site,
)


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()


@pytest.fixture
def other() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()
