"""A real S3 server on loopback: `rclone serve s3` on a folder, behind a proxy that can fail, be slow, or cut answers off.

The proxy also answers ranges with 206: rclone 1.75 sends the right bytes under the status 200, against RFC 9110, 15.3.7.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dateline.config import Settings

KEY, SECRET = "desk", "canary-of-the-object-storage"
BUCKET = "news"


@dataclass
class Faults:
    """What the proxy does: methods in `failing` get `status` and `page`, `pause_s` delays requests, `cut` ends bodies early."""

    failing: set[str] = field(default_factory=set)
    status: int = 503
    page: bytes = b""
    pause_s: float = 0.0
    cut: bool = False
    seen: list[str] = field(default_factory=list)


@dataclass
class Storage:
    """A running object storage; `folder` holds its objects."""

    endpoint: str
    folder: Path
    faults: Faults

    def settings(self, data_dir: Path) -> Settings:
        """Settings of a machine with that data folder."""
        return Settings(
            data_dir=data_dir,
            archive_store=f"s3://{BUCKET}/desk",
            archive_store_endpoint=self.endpoint,
            archive_store_key_id=KEY,
            archive_store_secret_key=SECRET,
        )

    def environment(self) -> dict[str, str]:
        """The same as variables, for commands."""
        return {
            "DATELINE_ARCHIVE_STORE": f"s3://{BUCKET}/desk",
            "DATELINE_ARCHIVE_STORE_ENDPOINT": self.endpoint,
            "DATELINE_ARCHIVE_STORE_KEY_ID": KEY,
            "DATELINE_ARCHIVE_STORE_SECRET_KEY": SECRET,
        }

    def objects(self) -> list[Path]:
        """The stored files."""
        return sorted((self.folder / BUCKET / "desk").glob("*.warc.gz"))


@contextlib.contextmanager
def object_storage(folder: Path) -> Iterator[Storage]:
    """An empty bucket until the block ends."""
    (folder / BUCKET).mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    environment = os.environ | {"RCLONE_CONFIG": str(folder.parent / "rclone.conf")}
    server = subprocess.Popen([*command, "--auth-key", f"{KEY},{SECRET}"], env=environment, stderr=subprocess.DEVNULL)
    faults = Faults()
    proxy = _Proxies(("127.0.0.1", 0), _handler(port, faults))
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        _wait_for(port)
        yield Storage(f"http://127.0.0.1:{proxy.server_port}", folder, faults)
    finally:
        proxy.shutdown()
        proxy.server_close()
        server.send_signal(signal.SIGKILL)
        server.wait()


class _Proxies(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients are killed on purpose."""


def _wait_for(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("rclone does not listen")


def _handler(port: int, faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _is_alone(self) -> bool:
            """Whether the client is gone: of its request nothing more may come on, as of an upload that broke off."""
            with contextlib.suppress(BlockingIOError):
                return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            return False

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            faults.seen.append(f"{self.command} {self.path}")
            is_slow = bool(faults.pause_s)
            time.sleep(faults.pause_s)
            if is_slow and self._is_alone():
                self.close_connection = True
                return
            if self.command in faults.failing:
                self.send_response(faults.status)
                self.send_header("Content-Length", str(len(faults.page)))
                self.send_header("Last-Modified", "Mon, 04 May 2026 10:00:00 GMT")
                self.send_header("ETag", '"page"')
                self.end_headers()
                self.wfile.write(faults.page if self.command != "HEAD" else b"")
                return
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as onward:
                onward.request(self.command, self.path, body, dict(self.headers))
                answer = onward.getresponse()
                content = answer.read()
            has_range = answer.getheader("Content-Range")
            self.send_response(206 if has_range and answer.status == 200 else answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding", "date", "server"}:
                    self.send_header(name, value)
            if answer.getheader("Content-Length") is None:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if faults.cut and content:
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            elif self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_one

    return Proxy
