"""Strangers at the console, the callbacks and the health endpoints: none can hold them, speak as another, or fill the log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from dateline.config import Settings
from dateline.console.server.serve import serve_console
from scheduler.monitoring.health_server import serve_health
from scheduler.processes import http_server
from scheduler.websub.server import serve_callback

SERVERS = {"console": serve_console, "callback": serve_callback, "health": serve_health}
PATHS = {"console": "/healthz", "callback": "/websub/x", "health": "/healthz"}
PASSWORD = "correct horse battery staple"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def served(name: str, database: str, folder: Path, **more: Any) -> AsyncIterator[int]:
    """The server's port, while it runs."""
    port, stop = free_port(), asyncio.Event()
    settings = Settings(data_dir=folder, **({f"{name}_port": port} | more))  # type: ignore[arg-type]
    serving = asyncio.create_task(SERVERS[name](settings, database, stop))
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                assert not serving.done()
                await asyncio.sleep(0.05)
        writer.close()
        yield port
    finally:
        stop.set()
        await serving


async def ask(
    port: int, path: str, *, body: bytes | None = None, source: str = "127.0.0.1", **headers: str
) -> tuple[int, str]:
    """Status and whole answer of one request."""
    lines = {"Host": f"127.0.0.1:{port}", "Connection": "close"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if body is not None:
        lines |= {"Content-Length": str(len(body)), "Content-Type": "application/x-www-form-urlencoded"}
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\n" + "".join(
        f"{k}: {v}\r\n" for k, v in lines.items() if v
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        writer.write(head.encode() + b"\r\n" + (body or b""))
        answer = (await asyncio.wait_for(reader.read(), 20)).decode("utf-8", "replace")
    finally:
        writer.close()
    return int(answer.split()[1]) if answer else 0, answer


HALVES = {
    "no byte": b"",
    "half a line": b"GET /heal",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    "a body that does not come": b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n",
    "a second half request": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /",
}


@pytest.mark.parametrize(
    ("name", "half"),
    [
        *(("console", half) for half in HALVES),
        ("callback", "no byte"),
        ("callback", "half a head"),
        ("health", "half a line"),
    ],
)
async def test_half_requests_are_ended_and_hold_no_server(
    name: str, half: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 1.0)
    monkeypatch.setattr(http_server, "BODY_S", 1.0)
    async with served(name, database, tmp_path) as port:
        opened = [await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.9", 0)) for _ in range(600)]
        for _, writer in opened:
            writer.write(HALVES[half])
        status, _ = await ask(port, PATHS[name])
        assert status in (200, 404), "another address is served meanwhile"

        async def until_ended(reader: asyncio.StreamReader) -> None:
            try:
                while await reader.read(4096):
                    pass
            except ConnectionError:
                pass

        await asyncio.wait_for(asyncio.gather(*(until_ended(reader) for reader, _ in opened)), 15)
        for _, writer in opened:
            writer.close()


async def test_a_slow_trickle_gets_no_longer(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 1.0)
    async with served("health", database, tmp_path) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        with pytest.raises((ConnectionError, AssertionError)):
            for number in range(60):
                writer.write(f"X-{number}: 1\r\n".encode())
                await writer.drain()
                await asyncio.sleep(0.1)
                assert not reader.at_eof()
        writer.close()


async def test_half_requests_of_many_addresses_make_room(database: str, tmp_path: Path) -> None:
    async with served("callback", database, tmp_path) as port:
        opened = []
        for number in range(300):
            opened.append(
                await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.1.{number % 250 + 1}", 0))
            )
            opened[-1][1].write(b"GET /")
        assert (await ask(port, "/websub/x"))[0] == 404
        for _, writer in opened:
            writer.close()


async def test_health_knows_its_own_names(database: str, tmp_path: Path) -> None:
    async with served("health", database, tmp_path, health_hosts=("metrics.example.org",)) as port:
        for own in (f"127.0.0.1:{port}", "localhost", "[::1]:1", "scheduler:8766", "METRICS.example.org:80", ""):
            assert (await ask(port, "/healthz", Host=own))[0] == (200 if own else 400), own
        for other in (
            "evil.example",
            "127.0.0.1.evil.example:8766",
            "scheduler.evil.example",
            "localhost.evil.example",
            "@@",
        ):
            for path in ("/healthz", "/readyz", "/metrics", "/watches/x.atom"):
                assert (await ask(port, path, Host=other))[0] == 421, other


async def test_the_right_password_is_never_shut_out(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dateline.console.access import login_tries

    monkeypatch.setattr(login_tries, "TURN_S", 0.05)
    async with served("console", database, tmp_path, console_password=PASSWORD) as port:
        _, page = await ask(port, "/login")
        cookie = page.partition("set-cookie: ")[2].partition(";")[0]
        token = page.partition('name="token" value="')[2].partition('"')[0]

        async def log_in(password: str, **more: str) -> tuple[int, str]:
            body = urlencode({"password": password, "token": token}).encode()
            return await ask(port, "/login", body=body, **({"Cookie": cookie} | more))

        assert [(await log_in(f"wrong {n}", X_Forwarded_For=f"10.0.0.{n}"))[0] for n in range(8)] == [403] * 5 + [
            429
        ] * 3
        status, answer = await log_in(PASSWORD)
        assert status == 303
        device = answer.partition("dateline_device=")[2].partition(";")[0]
        flood = [asyncio.create_task(log_in(f"wrong {n}")) for n in range(30)]
        monkeypatch.setattr(login_tries, "TURN_S", 30)
        assert (await log_in(PASSWORD, Cookie=f"{cookie}; dateline_device={device}"))[0] == 303
        assert (await log_in(PASSWORD, source="127.0.0.5"))[0] == 303, "another address is not touched"
        for one in flood:
            one.cancel()
        await asyncio.gather(*flood, return_exceptions=True)


@pytest.mark.parametrize(("proxies", "seen"), [((), "127.0.0.1"), (("127.0.0.0/8",), "10.9.8.7")])
async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(
    proxies: tuple[str, ...], seen: str, database: str, tmp_path: Path
) -> None:
    async with served("console", database, tmp_path, console_password=PASSWORD, trusted_proxies=proxies) as port:
        _, page = await ask(port, "/login")
        cookie = page.partition("set-cookie: ")[2].partition(";")[0]
        token = page.partition('name="token" value="')[2].partition('"')[0]
        body = urlencode({"password": "wrong", "token": token}).encode()
        with capture_logs() as logs:
            await ask(port, "/login", body=body, Cookie=cookie, X_Forwarded_For="10.9.8.7")
        assert [one["address"] for one in logs if "address" in one] == [seen]


@pytest.mark.parametrize("query", [
    {"hub.mode": "denied", "hub.topic": "t" * 50_000, "hub.reason": "r" * 50_000},
    {"hub.mode": "subscribe", "hub.topic": "t" * 50_000, "hub.challenge": "c"},
    {"hub.mode": "m" * 50_000, "hub.topic": "\ud800", "hub.challenge": "c" * 50_000},
])  # fmt: skip
async def test_strangers_words_do_not_fill_the_log(query: dict[str, str], database: str, tmp_path: Path) -> None:
    async with served("callback", database, tmp_path) as port:
        with capture_logs() as logs:
            path = f"/websub/{'a' * 43}?" + urlencode(query, errors="surrogatepass")
            assert (await ask(port, path))[0] in (0, 400, 404)
            await ask(port, "/" + "x" * 50_000)
            await ask(port, "/websub/x", User_Agent="u" * 50_000)
        assert all(len(str(value)) <= 250 for one in logs for value in one.values())
