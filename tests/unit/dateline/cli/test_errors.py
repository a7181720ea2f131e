"""What the command line prints of an error."""

from __future__ import annotations

import pytest

from dateline.cli import said_plainly
from dateline.errors import ConfigError, DatelineError, FetchError

URL = "http://post.test/news"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (FetchError(f"can't fetch {URL}: http_421", reason="http_421"), "the host answered with status 421"),
        (
            FetchError(f"can't fetch {URL}: dns (no such name)", reason="dns"),
            "its host name has no address (no such name)",
        ),
        (ConfigError(f"can't fetch {URL}: dns"), "dns"),
    ],
)
def test_the_meaning_of_a_reason_is_shown_in_place_of_its_code(error: DatelineError, shown: str) -> None:
    assert said_plainly(error) == f"can't fetch {URL}: {shown}"
