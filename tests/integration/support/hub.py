"""A WebSub hub on loopback, as the Recommendation has it: takes requests, verifies intents, distributes with signatures."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

TIMEOUT_S = 20


@dataclass
class Hub:
    """A running one. `subscribers` are verified: topic and callback with their secret; `asked` are all requests."""

    port: int
    lease_s: int = 7 * 86_400
    deny: str | None = None
    redirect_to: str | None = None
    refuse: int | None = None
    verifies: bool = True
    held: threading.Event | None = None
    """Requests are answered when this is set."""
    asked: list[dict[str, str]] = field(default_factory=list)
    subscribers: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[tuple[str, int, str]] = field(default_factory=list)
    """Mode, status and body of what callbacks answered to a verification."""

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}/hub"

    def verify(self, form: dict[str, str]) -> None:
        """Ask the callback whether it means it, and do what was asked if so."""
        if self.deny is not None:
            self._get(
                form["hub.callback"], {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": self.deny}
            )
            return
        challenge = secrets.token_urlsafe(16)
        wanted = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": challenge}
        if form["hub.mode"] == "subscribe":
            wanted["hub.lease_seconds"] = str(self.lease_s)
        status, body = self._get(form["hub.callback"], wanted)
        if not 200 <= status < 300 or body != challenge:
            return
        who = (form["hub.topic"], form["hub.callback"])
        if form["hub.mode"] == "subscribe":
            self.subscribers[who] = form.get("hub.secret", "")
        else:
            self.subscribers.pop(who, None)

    def _get(self, callback: str, parameters: dict[str, str]) -> tuple[int, str]:
        status, body = answer_of(urllib.request.Request(f"{callback}?{urlencode(parameters)}"))
        self.told.append((parameters["hub.mode"], status, body))
        return status, body

    def distribute(self, topic: str, body: bytes = b"<rss/>", *, algorithm: str = "sha256") -> list[int]:
        """Push to all subscribers of a topic; what their callbacks answered."""
        statuses = []
        for (subscribed, callback), secret in list(self.subscribers.items()):
            if subscribed == topic:
                digest = hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
                statuses.append(push(callback, body, f"{algorithm}={digest}"))
        return statuses


def push(callback: str, body: bytes, signature: str | None) -> int:
    """The status that a callback answers to a push."""
    headers = {"Content-Type": "application/rss+xml"} | ({"X-Hub-Signature": signature} if signature else {})
    return answer_of(urllib.request.Request(callback, body, headers, method="POST"))[0]


def answer_of(request: urllib.request.Request) -> tuple[int, str]:
    """Status and body."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that runs until the end of the block."""

    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            hub.asked.append(form)
            if hub.held is not None:
                hub.held.wait(TIMEOUT_S)
            status = hub.refuse or (307 if hub.redirect_to else 202)
            try:
                self.send_response(status)
                if hub.redirect_to:
                    self.send_header("Location", hub.redirect_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True
            if status == 202 and hub.verifies:
                threading.Thread(target=hub.verify, args=(form,), daemon=True).start()

        def log_message(self, format: str, *args: object) -> None:
            """`asked` says it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    server.daemon_threads = True
    hub = Hub(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
