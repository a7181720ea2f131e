"""The HTTP server that health endpoints, WebSub callbacks and the console share: it runs within another event loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from dateline.errors import ConfigError


class InnerServer(uvicorn.Server):
    """Uvicorn without signal handlers: the command, or its parent, handles signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int, *, name: str, setting: str) -> socket.socket:
    """A listening socket; a ConfigError says what is in the way, and which setting names the port.

    The protocol is named, which `socket.create_server` does not do: asyncio sets TCP_NODELAY only then, and without it each
    answer takes 40 ms more (Nagle's algorithm against delayed acknowledgements).
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ConfigError(
            f"{name} can't listen at {host}:{port} ({error.strerror}): set {setting} to a free port"
        ) from error
    return listener
