"""The browser process: renders one page at a time and fetches nothing itself.

    python -m crawler.render.browser CHROMIUM USER_AGENT        messages on standard input and output (frames.py)

    → {"render": url, "headers": …, "timeout_s": …} + document     ← {"ask": n, "url": …, "type": …}
                                                                   → {"answer": n, "status": …} + body
    ← {"rendered": url, "unsent": …} + DOM      ← {"failed": why}

The document is the one that the worker fetched. What its scripts ask for, the worker fetches, with guard, robots.txt, pace and
limits. Chromium has no way to the network: its proxy (`_refuse`) refuses all, and it can look up no name. So a request that is
not intercepted (a WebSocket, a beacon, a prefetch) comes nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import psutil
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, WebSocketRoute, async_playwright
from playwright.async_api import Error as PlaywrightError

from crawler.render.chromium import FLAGS, FOLDER_PREFIX, PROXY_HOST, may_use_sandbox
from crawler.render.frames import read_frame, write_frame

LARGEST = 64 << 20
SETTLE_S, EMPTY_S, LOOK_S = 0.6, 3.0, 0.2
"""A page is done when it has asked for nothing and its text has not grown for so long; one that shows little has a timer."""
SHOWS_LITTLE = 500
"""Characters of a page that may still be waiting for what it draws."""
FETCHED = frozenset({"script", "xhr", "fetch", "other"})
"""Types of requests that are fetched; images, media, fonts, frames, event streams and all others are not."""
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_UNSENT = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "connection", "keep-alive"}
)
_BEFORE = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete globalThis[name];"
)
_TEXT_LENGTH = "() => document.body ? document.body.innerText.length : 0"
_DOM = """() => {
  const roots = [];
  const walk = (root) => root.querySelectorAll('*').forEach((each) => {
    if (each.shadowRoot) { roots.push(each.shadowRoot); walk(each.shadowRoot); }
  });
  walk(document);
  const whole = document.documentElement;
  return '<!DOCTYPE html>' + (roots.length
    ? whole.cloneNode(false).outerHTML.replace('</html>', whole.getHTML({shadowRoots: roots}) + '</html>')
    : whole.outerHTML);
}"""


class BrowserProcess:
    """The ends of the two pipes, the browser, and the answers that are waited for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user_agent: str) -> None:
        self._reader, self._writer, self._user_agent = reader, writer, user_agent
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[tuple[dict[str, Any], bytes]]] = {}
        self._rendering: asyncio.Task[None] | None = None

    async def serve(self, browser: Browser) -> None:
        """Take messages until the worker ends."""
        await write_frame(self._writer, {"ready": True})
        while True:
            head, body = await read_frame(self._reader, largest=LARGEST)
            if "answer" in head:
                waiter = self._asked.pop(head["answer"], None)
                if waiter is not None and not waiter.done():
                    waiter.set_result((head, body))
            else:
                self._rendering = asyncio.create_task(self._render(browser, head, body))

    async def ask(self, url: str, kind: str) -> tuple[dict[str, Any], bytes]:
        """The worker's answer to a request of the page."""
        number = next(self._numbers)
        self._asked[number] = asyncio.get_running_loop().create_future()
        await write_frame(self._writer, {"ask": number, "url": url, "type": kind})
        return await self._asked[number]

    async def _render(self, browser: Browser, order: Mapping[str, Any], document: bytes) -> None:
        try:
            context = await browser.new_context(
                user_agent=self._user_agent,
                accept_downloads=False,
                service_workers="block",
                viewport={"width": 1280, "height": 6000},
            )
            visit = _Visit(self, context, order, document)
            dom = await visit.dom()
            await context.close()
            head = {"rendered": order["render"], "unsent": sorted(visit.unsent)}
            await write_frame(self._writer, head, dom.encode("utf-8", "replace"))
        except TimeoutError:
            await write_frame(self._writer, {"failed": "the page's scripts do not end"})
        except PlaywrightError as error:
            await write_frame(self._writer, {"failed": str(error).split("\n")[0][:300]})


class _Visit:
    """One page in a context of its own."""

    def __init__(
        self, process: BrowserProcess, context: BrowserContext, order: Mapping[str, Any], document: bytes
    ) -> None:
        self._process, self._context, self._order, self._document = process, context, order, document
        self._open = 0
        self._is_served = False
        self.unsent: set[str] = set()
        """What its scripts asked for and was not sent: other methods than GET, and WebSockets."""

    async def dom(self) -> str:
        """The document's HTML once the page is done, or when its time is over; open shadow roots as templates."""
        await self._context.route("**/*", self._route)
        await self._context.route_web_socket("**/*", self._close_socket)
        await self._context.add_init_script(_BEFORE)
        page = await self._context.new_page()
        self._context.on("page", lambda other: asyncio.ensure_future(other.close()))
        end = asyncio.get_running_loop().time() + self._order["timeout_s"]
        await page.goto(self._order["render"], wait_until="commit", timeout=1000 * self._order["timeout_s"])
        await self._until_done(page, end)
        async with asyncio.timeout(5):
            found = await page.evaluate(_DOM)
        return found if isinstance(found, str) else await page.content()

    async def _until_done(self, page: Page, end: float) -> None:
        """Returns when nothing is open and the text does not grow, or at the end of the time."""
        loop = asyncio.get_running_loop()
        since, length = loop.time(), -1
        while (now := loop.time()) < end and now - since < (SETTLE_S if length > SHOWS_LITTLE else EMPTY_S):
            await asyncio.sleep(LOOK_S)
            try:
                async with asyncio.timeout(max(0.1, end - now)):
                    grown = await page.evaluate(_TEXT_LENGTH)
            except TimeoutError:
                return
            if self._open or grown != length:
                since, length = loop.time(), grown

    async def _close_socket(self, socket: WebSocketRoute) -> None:
        self.unsent.add("WebSocket")
        await socket.close()

    async def _route(self, route: Route) -> None:
        self._open += 1
        try:
            await self._answer(route, route.request)
        except PlaywrightError:
            return  # the page has gone
        finally:
            self._open -= 1

    async def _answer(self, route: Route, request: Request) -> None:
        url = request.url
        if request.is_navigation_request():
            if self._is_served or url.partition("#")[0] != self._order["render"].partition("#")[0]:
                await route.abort("aborted")  # any other error would put a page of its own in the document's place
                return
            self._is_served = True
            await route.fulfill(status=200, headers=_sendable(self._order["headers"]), body=self._document)
        elif request.resource_type == "stylesheet":
            await route.fulfill(status=200, content_type="text/css", body="")
        elif request.method != "GET":
            if request.resource_type in ("xhr", "fetch"):  # a beacon brings nothing back
                self.unsent.add(request.method if request.method in METHODS else "another method")
            await route.abort("blockedbyclient")
        elif request.resource_type not in FETCHED or not url.startswith(("http:", "https:")):
            await route.abort("blockedbyclient")
        else:
            head, body = await self._process.ask(url, request.resource_type)
            if not head.get("status"):
                await route.abort("blockedbyclient")
                return
            allowed = {
                "access-control-allow-origin": await request.header_value("origin") or "*",
                "access-control-allow-credentials": "true",
            }
            await route.fulfill(status=head["status"], headers=_sendable(head["headers"]) | allowed, body=body)


def _sendable(headers: list[list[str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers if name.lower() not in _UNSENT}


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Chromium's proxy."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            await reader.read(4096)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
    writer.close()


async def main(chromium: str, user_agent: str) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not get between messages
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    proxy = await asyncio.start_server(_refuse, "127.0.0.1", 0)
    server = f"http://{PROXY_HOST}:{proxy.sockets[0].getsockname()[1]}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=list(FLAGS),
            chromium_sandbox=may_use_sandbox(),
            proxy={"server": server},
        )
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await BrowserProcess(reader, writer, user_agent).serve(browser)
        _end_all()


def _end_all() -> None:
    """End with the worker, however that ended: a page whose scripts do not end would keep a polite close waiting."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()
    if (folder := os.environ.get("TMPDIR", "")) and FOLDER_PREFIX in folder:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
