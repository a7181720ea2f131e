"""A door between a process and its database that can be slow, or go dead without a word."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sql.server.embedded import server_url
from sql.server.placement import SOCKET_NAME


@contextmanager
def proxied(url: str, place: Path, *, delay_s: float = 0.0) -> Iterator[tuple[str, threading.Event]]:
    """The URL of the same database behind the door, and an event: while it is set, nothing goes through."""
    real = Path(parse_qs(urlsplit(url).query)["host"][0]) / SOCKET_NAME
    place.mkdir(mode=0o711, exist_ok=True)
    cut = threading.Event()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place / SOCKET_NAME))
    (place / SOCKET_NAME).chmod(0o777)
    listener.listen(64)

    def carry(source: socket.socket, target: socket.socket, pause_s: float) -> None:
        with suppress(OSError):
            while chunk := source.recv(1 << 16):
                if pause_s:
                    time.sleep(pause_s)
                while cut.is_set():
                    time.sleep(0.05)
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                try:
                    far.connect(str(real))
                except OSError:
                    # a server that is busy or away costs this connection, not the door
                    near.close()
                    continue
                threading.Thread(target=carry, args=(near, far, 0.0), daemon=True).start()
                threading.Thread(target=carry, args=(far, near, delay_s), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server_url(place), cut
    finally:
        listener.close()
