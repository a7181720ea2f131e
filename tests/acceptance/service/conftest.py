"""Parser pools of the tests' own process begin with warm parsers, as those of `dateline up` do."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def warm(warm_parsers: None) -> None:
    """For all files here."""
