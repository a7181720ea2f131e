"""What `--queues` names."""

from __future__ import annotations

import pytest

from dateline.errors import UsageError
from scheduler.jobs import QUEUES, read_queues


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("visits", ("visits",)),
        ("crawls,visits", ("crawls", "visits")),
        (" Visits , crawls,,visits", ("visits", "crawls")),
    ],
)
def test_queues_are_read(text: str, queues: tuple[str, ...]) -> None:
    assert read_queues(text) == queues


@pytest.mark.parametrize(
    ("text", "word"), [("visit", "'visit'"), ("", "no queue"), (" , ", "no queue"), ("visits;crawls", ";")]
)
def test_unknown_queue_names_the_known_ones(text: str, word: str) -> None:
    with pytest.raises(UsageError) as told:
        read_queues(text)
    assert word in str(told.value)
    assert all(name in str(told.value) for name in QUEUES)
