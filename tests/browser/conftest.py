"""One archive, one console over it on loopback, and one Chromium for the whole session."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dateline.config import Settings
from dateline.console.server.serve import serve_console
from sql.analysts.console_login import login_name, signing_secret
from sql.analysts.logins import remove_analyst
from sql.database import connect
from tests.browser.archive import fill
from tests.conftest import clone
from tests.run import CHROMIUM

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """A console that is served, and the database under it."""

    base: str
    database: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def archive(postgres_url: str, template: str) -> Iterator[str]:
    """The URL of a filled database."""
    for url in clone(postgres_url, template):
        asyncio.run(fill(url, dt.datetime.now(dt.UTC)))
        yield url


@pytest.fixture(scope="session")
def console_dir(archive: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The consoles' data folder; the login that they made for it is dropped at the end."""
    folder = tmp_path_factory.mktemp("console")
    yield folder
    with connect(archive, autocommit=True) as connection:
        remove_analyst(connection, login_name(signing_secret(folder)))


@pytest.fixture(scope="session")
def served(archive: str, console_dir: Path) -> Iterator[Served]:
    """The console over the filled archive, in a thread with a loop of its own."""
    port, begun = free_port(), threading.Event()
    settings = Settings(data_dir=console_dir, console_port=port)
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        stop, started = asyncio.Event(), asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))
        serving = asyncio.create_task(serve_console(settings, archive, stop, started=started))
        await started.wait()
        begun.set()
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert begun.wait(LIMIT_S)
    yield Served(f"http://127.0.0.1:{port}", archive)
    loop, stop = ends[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(LIMIT_S)


@pytest.fixture(scope="module")  # Playwright's loop would block other files' asynchronous tests
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page in a browser context, and everything that must not happen there."""

    context: BrowserContext
    page: Page
    base: str
    violations: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._note(said.text))
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on(
            "request", lambda asked: None if asked.url.startswith(self.base) else self.foreign.append(asked.url)
        )
        self.page.on(
            "response", lambda got: self.broken.append(f"{got.status} {got.url}") if got.status >= 500 else None
        )
        self.page.on("dialog", self._dialog)

    def _note(self, text: str) -> None:
        (self.violations if "Content Security Policy" in text else self.broken).append(text)

    def _dialog(self, dialog: object) -> None:
        self.dialogs.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    def troubles(self) -> list[str]:
        """What went wrong so far."""
        return [
            *(f"CSP: {one}" for one in self.violations),
            *(f"foreign: {one}" for one in self.foreign),
            *(f"broken: {one}" for one in self.broken),
            *(f"dialog: {one}" for one in self.dialogs),
        ]


def watch(browser: Browser, base: str, *, scripts: bool = True, scheme: str = "light", width: int = 1280) -> Watched:
    """A fresh context and page in it."""
    context = browser.new_context(
        java_script_enabled=scripts,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        base_url=base,  # type: ignore[arg-type]
    )
    context.set_default_timeout(LIMIT_S * 1000)
    return Watched(context, context.new_page(), base)


AXE = Path(__import__("axe_playwright_python").__file__).with_name("axe.min.js")
