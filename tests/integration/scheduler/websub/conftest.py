"""A hub, a site with a feed, and a base URL for callbacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.support.feed_site import FeedSite, feed_site
from tests.integration.support.hub import Hub, running_hub
from tests.integration.support.subscribing import (
    free_port,
)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


@pytest.fixture
def base() -> str:
    return f"http://127.0.0.1:{free_port()}"
