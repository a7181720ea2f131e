"""The newsroom behind one loopback port, every outlet by its Host header: what `dateline demo` and tests crawl.

    with NewsroomServer(Newsroom.fresh(now)) as server:
        os.environ["DATELINE_RESOLVE"] = server.resolve_rules
        ...                     # round one
        server.advance()
        ...                     # round two

`python -m dateline.demo.server` runs it in the foreground. Under any host `GET /__control/` tells the round,
`POST /__control/round` goes on to the next, `GET /__control/log` lists the requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import uvicorn

from dateline.clock import utc_now
from dateline.demo.newsroom import ROUNDS, Newsroom, PageAnswer

CONTROL = "/__control/"
START_TIMEOUT_S = 10.0

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it. `at` is a monotonic instant in seconds: fit for distances, not for dates."""

    at: float
    host: str
    path: str
    status: int
    headers: Mapping[str, str]


class NewsroomServer:
    """The newsroom on a port of its own, in a thread; `round` may be set at any time, `log` grows with each request.

    `bind` other than loopback is for containers whose network is their own.
    """

    def __init__(self, newsroom: Newsroom, *, bind: str = "127.0.0.1", port: int = 0) -> None:
        self.newsroom = newsroom
        self.round = 1
        self.log: list[Request] = []
        self._hits: Counter[tuple[str, str]] = Counter()
        self._socket = socket.create_server((bind, port))
        self._server = uvicorn.Server(_settings(self))
        self._thread = threading.Thread(target=self._run, name="newsroom", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on, from its construction on."""
        return int(self._socket.getsockname()[1])

    @property
    def resolve_rules(self) -> str:
        """The value for DATELINE_RESOLVE that leads every outlet here."""
        return f"*.test=127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Return when it answers."""
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the demonstration newsroom did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Return when its port is free."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def advance(self) -> int:
        """Go on to the next round, if there is one; returns the round."""
        self.round = min(self.round + 1, ROUNDS)
        return self.round

    def wait(self) -> None:
        """Return when the server ends."""
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        if path.startswith(CONTROL):
            answer = self._controlled(scope["method"], path.removeprefix(CONTROL))
        else:
            answer = self._answered(headers, path)
        await _send_answer(send, answer, has_body=scope["method"] != "HEAD")

    def _answered(self, headers: Mapping[str, str], path: str) -> PageAnswer:
        host = headers.get("host", "").partition(":")[0]
        place = (host, path.partition("?")[0])
        hit = self._hits[place]
        answer = self.newsroom.answer(host=host, path=path, headers=headers, round=self.round, hit=hit)
        self._hits[place] += 1
        self.log.append(Request(time.monotonic(), host, path, answer.status, headers))
        return answer

    def _controlled(self, method: str, command: str) -> PageAnswer:
        if command == "log":
            return _as_json([{"at": r.at, "host": r.host, "path": r.path, "status": r.status} for r in self.log])
        if command == "round" and method == "POST":
            self.advance()
        return _as_json({"round": self.round, "requests": len(self.log)})


def _settings(app: NewsroomServer) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


async def _send_answer(send: Send, answer: PageAnswer, *, has_body: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if has_body else b""})


def _as_json(said: object) -> PageAnswer:
    body = json.dumps(said).encode()
    return PageAnswer(200, (("content-type", "application/json"), ("content-length", str(len(body)))), body)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m dateline.demo.server", description="The demonstration newsroom.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=8088, help="port, 0 for any free one (default: 8088)")
    chosen = parser.parse_args()
    server = NewsroomServer(Newsroom.fresh(utc_now()), bind=chosen.host, port=chosen.port)
    with server:
        print(f"newsroom on port {server.port}; DATELINE_RESOLVE={server.resolve_rules}", flush=True)
        print(f"next round: curl -X POST http://127.0.0.1:{server.port}{CONTROL}round", flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            print("newsroom closed")


if __name__ == "__main__":
    main()
