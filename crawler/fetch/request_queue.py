"""A minimal scheduler for Scrapy: first in, first out.

The database decides what is fetched and when; requests that arrive here are sent at once.
"""

from __future__ import annotations

from collections import deque

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler


class RequestQueue(BaseScheduler):
    """Requests in the order of arrival; duplicates are not filtered."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        """Whether a request is waiting."""
        return bool(self._requests)

    def enqueue_request(self, request: Request) -> bool:
        """Add the request; always True."""
        self._requests.append(request)
        return True

    def next_request(self) -> Request | None:
        """The request that has waited longest, or None."""
        return self._requests.popleft() if self._requests else None
