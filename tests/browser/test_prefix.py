"""The console below a path of a proxy: its pages, forms, login and files, and who may name the path."""

from __future__ import annotations

import asyncio
import re
import socket
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.routes import VIEWS
from dateline.console.server.serve import console_app, serve_console
from tests.browser.archive import LIVELY
from tests.browser.test_http import Client, app  # noqa: F401 - a fixture

LINKED = re.compile(r'\b(?:href|src|action|formaction|hx-post|hx-get)="(/[^"]*)"')


@pytest_asyncio.fixture
async def below(archive: str, console_dir: Path) -> AsyncIterator[Any]:
    """A console that a proxy serves below /news/desk."""
    settings = Settings(data_dir=console_dir, console_prefix="/news/desk")
    async with console_app(settings, archive) as made:
        yield made


@pytest.mark.parametrize("is_taken_off", [True, False])
async def test_every_address_is_below_the_prefix(below: Any, is_taken_off: bool) -> None:
    client = Client(below)
    base = "" if is_taken_off else "/news/desk"
    for path in ("/", *(view.path for view in VIEWS), "/login"):
        page = await client.get(base + path)
        assert page.status in (200, 404), "404: without its parameter"
        found = LINKED.findall(page.text)
        assert found, path
        assert [one for one in found if not one.startswith("/news/desk/")] == [], path
        assert "; Path=/news/desk; " in page.headers.get("set-cookie", "; Path=/news/desk; ")
    style = next(one for one in LINKED.findall((await client.get(f"{base}/")).text) if "console.css" in one)
    assert (await client.get(style.partition("?")[0].removeprefix("/news/desk" if is_taken_off else ""))).status == 200
    for name in ("/search.json", "/sources.csv"):
        assert (await client.get(base + name)).status == 200


async def test_forms_lead_to_pages_below_the_prefix(below: Any) -> None:
    client = Client(below)
    answer = await client.post("/watches/remove", {"name": "no-such-watch"})
    assert (answer.status, answer.headers["location"]) == (303, "/news/desk/watches")
    answer = await client.post("/source/wake", {"name": LIVELY})
    assert answer.headers["location"].startswith("/news/desk/source?")


async def test_the_login_is_below_the_prefix(archive: str, console_dir: Path) -> None:
    settings = Settings(data_dir=console_dir, console_prefix="/news/", console_password="pier")
    async with console_app(settings, archive) as made:
        client = Client(made)
        asked = await client.get("/news/search", q="ferry")
        assert asked.headers["location"] == "/news/login?next=%2Fsearch%3Fq%3Dferry"
        form = await client.ask("GET", "/login", "next=%2Fsearch%3Fq%3Dferry", b"")
        client.token = re.findall(r'name="token" value="([^"]+)"', form.text)[0]
        body = urlencode({"password": "pier", "token": client.token}).encode()
        inside = await client.ask("POST", "/news/login", "next=%2Fsearch%3Fq%3Dferry", body)
        assert (inside.status, inside.headers["location"]) == (303, "/news/search?q=ferry")
        assert "; Path=/news; " in inside.headers["set-cookie"]


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        ("/news", "/news"),
        ("/news/", "/news"),
        ("/a/b-c.d", "/a/b-c.d"),
        ("//evil.example", ""),
        ("/news\\x", ""),
        ("https://evil.example", ""),
        ("/news/../x", ""),
        ('/"><script>', ""),
        ("news", ""),
    ],
)
async def test_a_forwarded_prefix_is_used_if_it_is_a_plain_path(
    app: Any,  # noqa: F811 - a fixture
    given: str,
    prefix: str,
) -> None:
    client = Client(app, more={"x-forwarded-prefix": given})
    page = await client.get("/search")
    assert f'href="{prefix}/sources"' in page.text
    assert "evil" not in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize(("proxies", "prefix"), [((), ""), (("10.0.0.0/8",), ""), (("127.0.0.0/8",), "/news")])
async def test_only_a_trusted_proxy_names_the_prefix(
    archive: str, console_dir: Path, proxies: tuple[str, ...], prefix: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    settings = Settings(data_dir=console_dir, console_port=port, trusted_proxies=proxies)
    stop, started = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_console(settings, archive, stop, started=started))
    await started.wait()
    try:
        said = {"X-Forwarded-Prefix": "/news", "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/search", headers=said)
        answer = await asyncio.to_thread(urllib.request.urlopen, request, timeout=30)
        body, cookie = await asyncio.to_thread(lambda: answer.read().decode()), answer.headers["Set-Cookie"]
    finally:
        stop.set()
        await serving
    assert f'href="{prefix}/sources"' in body
    assert f"Path={prefix or '/'};" in cookie
    assert ("Secure" in cookie) is bool(prefix)
