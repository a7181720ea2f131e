"""Pictures of the console for the documentation: `make screenshots` writes docs/images/*.png.

The demonstration runs its two rounds, and Chromium takes a picture of each page while the service is running.
"""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from dateline.cli.context import Context
from dateline.config import Settings
from dateline.demo.newsroom import Newsroom
from dateline.demo.run import demonstration
from dateline.demo.server import NewsroomServer
from sql.server.embedded import remove_cluster
from tests.run import CHROMIUM

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
PAGES = {
    "console-overview": "/overview",
    "console-stories": "/stories",
    "console-sources": "/sources",
    "console-search": "/search?q=council",
    "console-copies": "/copies",
    "console-story": "/stories",
}
SIZE = {"width": 1200, "height": 760}
LARGEST = 150_000
"""Bytes of one picture: a clone of the repository should stay small."""


def main() -> None:
    """Run the demonstration and write one picture per page."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-pictures-"))
    try:
        with NewsroomServer(Newsroom.fresh(dt.datetime.now(dt.UTC))) as server:
            context = Context(Settings(data_dir=folder))
            port = free_port()
            with context.database() as url, demonstration(url, folder, server, print, console_port=port):
                take(f"http://127.0.0.1:{port}")
    finally:
        remove_cluster(folder)
        shutil.rmtree(folder, ignore_errors=True)


def take(base: str) -> None:
    """Write a picture of each page of the console."""
    program = next(found for name in CHROMIUM if (found := shutil.which(name)))
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        for name, path in PAGES.items():
            page.goto(base + path, wait_until="networkidle")
            if name == "console-story":
                page.locator("td.head a").first.click()
                page.wait_for_load_state("networkidle")
            picture = page.screenshot(path=IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png: {len(picture):,} bytes")
            if len(picture) > LARGEST:
                raise SystemExit(f"{name}.png is larger than {LARGEST:,} bytes: choose a smaller SIZE")
        browser.close()


def free_port() -> int:
    """A port that no process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
