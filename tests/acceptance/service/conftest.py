"""Parser pools of the tests' own process begin with warm parsers, as those of `dateline up` do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dateline.parser_pool.workers import Forkserver
from tests.acceptance.support.preloaded import start_forkserver


@pytest.fixture(scope="package", autouse=True)
def warm_parsers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Forkserver, "_start", start_forkserver)
        yield
