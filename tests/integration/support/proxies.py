"""A small CONNECT and SOCKS 5 proxy on loopback, which writes down where it was asked to go, and can die."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """A proxy of one kind: "http" or "socks5". `refusal` is its answer to a request for a tunnel, in place of opening it.

    `seen` has what it was asked to connect to; after `dies_after` bytes of an answer it ends all its connections.
    """

    def __init__(
        self,
        kind: str,
        *,
        login: str = "",
        refusal: bytes = b"",
        dies_after: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.kind, self.login, self.refusal, self.dies_after = kind, login, refusal, dies_after
        self.seen: list[tuple[str, int]] = []
        self.heads: list[bytes] = []
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def kill(self) -> None:
        """End as a killed process does: it accepts nothing more, and all connections are cut."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in list(self._open):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.kill()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        self._open.add(plain)
        with plain, suppress(OSError, EOFError):
            plain.settimeout(10)
            if self.tls is None:
                self._connect(plain)
            else:
                with self.tls.wrap_socket(plain, server_side=True) as client:
                    self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        place = self._http(client) if self.kind == "http" else self._socks(client)
        if place is None:
            return
        with socket.create_connection(place, 5) as site:
            self._open.add(site)
            if self.heads and not self.heads[-1].startswith(b"CONNECT"):
                site.sendall(_forwarded(self.heads[-1]))
                self._pass(site, client, None)
                return
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" if self.kind == "http" else b"\x05\x00\x00\x01" + bytes(6))
            back = threading.Thread(target=self._pass, args=(client, site, None), daemon=True)
            back.start()
            self._pass(site, client, self.dies_after)

    def _pass(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data)
                left = None if left is None else left - len(data)
                if left is not None and left < 0:
                    self.kill()
                    return
            target.shutdown(socket.SHUT_WR)

    def _http(self, client: socket.socket) -> tuple[str, int] | None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += _some(client)
        self.heads.append(head)
        asked = head.split()[1].decode()
        if asked.startswith("http://"):
            asked = asked.removeprefix("http://").partition("/")[0] + ":80"
        host, _, port = asked.rpartition(":")
        self.seen.append((host.strip("[]"), int(port)))
        wanted = b"Proxy-Authorization: Basic " + b64encode(self.login.encode())
        if self.login and wanted not in head:
            client.sendall(b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
            return None
        if self.refusal and head.startswith(b"CONNECT"):
            client.sendall(self.refusal)
            return None
        return _dialled(self.seen[-1])

    def _socks(self, client: socket.socket) -> tuple[str, int] | None:
        methods = _exactly(client, _exactly(client, 2)[1])
        method = b"\x02" if self.login else b"\x00"
        client.sendall(b"\x05" + (method if method in methods else b"\xff"))
        if method not in methods:
            return None
        if self.login:
            user = _exactly(client, _exactly(client, 2)[1])
            password = _exactly(client, _exactly(client, 1)[0])
            is_right = user + b":" + password == self.login.encode()
            client.sendall(b"\x01" + (b"\x00" if is_right else b"\x01"))
            if not is_right:
                return None
        kind = _exactly(client, 4)[3]
        size = {1: 4, 4: 16}.get(kind) or _exactly(client, 1)[0]
        raw = _exactly(client, size)
        host = raw.decode() if kind == 3 else socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, raw)
        self.seen.append((host, int.from_bytes(_exactly(client, 2))))
        if self.refusal:
            client.sendall(self.refusal)
            return None
        return _dialled(self.seen[-1])


def _forwarded(head: bytes) -> bytes:
    """The request as the site gets it: its path, for this one answer, without the proxy's login."""
    first, *rest = head.rstrip().split(b"\r\n")
    method, address, version = first.split()
    path = b"/" + address.removeprefix(b"http://").partition(b"/")[2]
    kept = [line for line in rest if not line.lower().startswith((b"proxy-", b"connection"))]
    return b"\r\n".join([b" ".join((method, path, version)), *kept, b"Connection: close", b"", b""])


NAMES: dict[str, tuple[str, int]] = {}
"""What names mean to the proxies."""


def _dialled(place: tuple[str, int]) -> tuple[str, int]:
    return NAMES.get(place[0], place)


def _some(client: socket.socket) -> bytes:
    data = client.recv(4096)
    if not data:
        raise EOFError
    return data


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


@contextmanager
def running(kind: str, **how: object) -> Iterator[Proxy]:
    """A proxy while the block lasts."""
    proxy = Proxy(kind, **how)  # type: ignore[arg-type]
    try:
        yield proxy
    finally:
        proxy.close()
