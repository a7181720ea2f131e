"""The HTTP server of health, callbacks and console, as a guest in somebody else's event loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class GuestServer(uvicorn.Server):
    """Uvicorn without its signal handlers: signals are the command's, or its parent's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are captured."""
        yield
