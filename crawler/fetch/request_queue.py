"""Scrapy's scheduler, as small as it can be: first come, first served.

What is worth fetching and when is decided in the database; what gets here goes straight on.
"""

from __future__ import annotations

from collections import deque

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler


class Queue(BaseScheduler):
    """Requests in the order in which they came; none is a duplicate."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        """Whether any request waits."""
        return bool(self._requests)

    def enqueue_request(self, request: Request) -> bool:
        """Take the request; always True."""
        self._requests.append(request)
        return True

    def next_request(self) -> Request | None:
        """The request that waits longest."""
        return self._requests.popleft() if self._requests else None
