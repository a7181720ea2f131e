"""A machine without room for a connection: no host is blamed, and nothing is remembered against it."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from twisted.internet import error as twisted_error

from crawler.exchange import Outcome
from crawler.fetch.connection_failures import connect_failure
from crawler.fetch.fetcher import Fetcher
from crawler.politeness.in_memory import MemoryRobots
from tests.integration.support.fetch_site import TEXT, Site, ask, got, page, refusal, settings, with_fetcher


@contextmanager
def no_more_files() -> Iterator[None]:
    """Within the block this process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    try:
        yield
    finally:
        for one in taken:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_own_limits_have_a_reason_of_their_own(number: int) -> None:
    for error in (OSError(number, "x"), twisted_error.ConnectBindError(number, "x")):
        assert connect_failure(error, "192.0.2.1").reason == "local_limit"


def test_without_files_nothing_is_said_of_the_host_and_the_next_fetch_succeeds(site: Site) -> None:
    site.pages |= {"/robots.txt": page(b"User-agent: *\nDisallow: /private\n"), "/": page(TEXT)}
    robots = MemoryRobots()

    async def both(fetcher: Fetcher) -> list[Outcome]:
        await fetcher.fetch(ask("http://warm.example/"))  # what is imported late is there by now
        with no_more_files():
            first = await fetcher.fetch(ask("http://a.example/"))
        return [first, await fetcher.fetch(ask("http://a.example/"))]

    first, second = with_fetcher(both, settings(site), robots=robots)
    assert (refusal(first).reason, refusal(first).is_temporary) == ("local_limit", True)
    assert got(second).body == TEXT
    assert site.paths == ["/robots.txt", "/"]
