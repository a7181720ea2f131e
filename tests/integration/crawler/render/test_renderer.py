"""Pages drawn by scripts, in a real Chromium; what they ask for, and what becomes of those that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from crawler.render.renderer import Renderer, RenderLimits, ResourceAnswer, memory_mb
from dateline.errors import RenderError

URL = "https://bay.example/news/pier"
AGENT = "Dateline/1 (+desk@news.example)"
HTML = (("content-type", "text/html; charset=utf-8"),)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def renderer() -> AsyncIterator[Renderer]:
    opened = Renderer(AGENT, RenderLimits(timeout_s=15, memory_mb=900, max_bytes=2_000_000))
    yield opened
    await opened.close()


def page(script: str, head: str = "", body: str = "<div id=root></div>") -> bytes:
    return f"<html><head>{head}</head><body>{body}<script>{script}</script></body></html>".encode()


class Site:
    """What a page gets, and what it asked for."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = {f"https://bay.example/{name}": body for name, body in answers.items()}
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, url: str, kind: str) -> ResourceAnswer:
        self.asked.append((url.removeprefix("https://bay.example/"), kind))
        body = self.answers.get(url)
        return (
            ResourceAnswer(404) if body is None else ResourceAnswer(200, (("content-type", "text/javascript"),), body)
        )


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_scripts_run_on_the_document_that_was_fetched(renderer: Renderer) -> None:
    """The document is not asked for again; pictures, styles, fonts and frames are not asked for at all."""
    code = b"""fetch('/data').then(r => r.json()).then(d => {
        const text = '<h1>' + d.title + '</h1><p>by ' + navigator.userAgent + '</p>';
        document.getElementById('root').innerHTML = text;
        const host = document.createElement('div');
        host.attachShadow({mode: 'open'}).innerHTML = '<p>in the shadow</p>';
        document.body.append(host);
    })"""
    head = "<link rel=stylesheet href=/a.css><link rel=preload as=font href=/a.woff><script defer src=/app></script>"
    body = "<div id=root></div><img src=/a.png><video src=/a.mp4 autoplay></video><iframe src=/frame></iframe>"
    site = Site(app=code, data=json.dumps({"title": "Pier — reopened"}).encode())
    dom = (await renderer.render(URL, page("", head, body), HTML, site)).dom.decode()
    assert f"<h1>Pier — reopened</h1><p>by {AGENT}</p>" in dom
    assert '<template shadowrootmode="open"><p>in the shadow</p></template>' in dom
    assert site.asked == [("app", "script"), ("data", "fetch")]


async def test_what_a_timer_draws_after_a_while_is_read(renderer: Renderer) -> None:
    script = "setTimeout(() => { document.getElementById('root').innerHTML = '<p>late</p>'; }, 1200)"
    assert "<p>late</p>" in (await renderer.render(URL, page(script), HTML, Site())).dom.decode()


async def test_pages_share_nothing(renderer: Renderer) -> None:
    """Each has a context of its own: cookies, storage and workers of one are not there for the next."""
    script = """const root = document.getElementById('root');
        root.textContent = 'known: ' + document.cookie + (localStorage.seen || '');
        document.cookie = 'seen=yes'; localStorage.seen = 'yes';"""
    for _ in range(2):
        assert b"known: </div>" in (await renderer.render(URL, page(script), HTML, Site())).dom


@pytest.mark.parametrize(
    "script",
    [
        "location = 'https://other.example/'",
        "location.reload()",
        "document.body.innerHTML += '<form method=post action=/x></form>'; document.forms[0].submit()",
        "window.open('https://other.example/')",
        "fetch('/x', {method: 'POST', body: 'x'})",
        "navigator.sendBeacon('/x', 'y')",
        "alert(1); confirm(2); prompt(3)",
        "navigator.serviceWorker.register('/sw.js')",
        "window.onbeforeunload = () => 'stay'; window.print()",
        "document.body.innerHTML += '<a download href=/file>x</a>'; document.querySelector('a').click()",
        "history.pushState({}, '', '/elsewhere')",
        "throw new Error('broken')",
    ],
)
async def test_a_page_goes_nowhere_sends_nothing_and_is_still_read(renderer: Renderer, script: str) -> None:
    site = Site()
    found = await renderer.render(
        URL, page(f"try {{ {script} }} catch (e) {{}}", body="<p id=root>text</p>"), HTML, site
    )
    assert b"<script>" in found.dom
    assert site.asked == []


async def test_what_a_page_needs_and_is_never_sent_is_named(renderer: Renderer) -> None:
    """But not what brings nothing back."""
    site = Site()
    beacon = await renderer.render(URL, page("navigator.sendBeacon('/x', 'y')"), HTML, site)
    assert beacon.unsent == ()
    script = "fetch('/x', {method: 'POST', body: 'x'}).catch(() => {}); new WebSocket('wss://post.test/live')"
    assert (await renderer.render(URL, page(script), HTML, site)).unsent == ("POST", "WebSocket")
    assert site.asked == []


async def test_requests_are_bounded(renderer: Renderer) -> None:
    site = Site()
    await renderer.render(URL, page("for (let n = 0; n < 300; n++) fetch('/' + n)"), HTML, site)
    assert len(site.asked) == 80


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("for (;;) {}", "do not end|in time"),
        (
            "const all = []; for (;;) all.push(new ArrayBuffer(5e7), new Array(1e6).fill(Math.random()))",
            "MB in the browser|crash",
        ),
        ("document.body.append(document.createComment('x'.repeat(3e6)))", "too large"),
    ],
)
async def test_a_page_that_hangs_or_grows_ends_alone(script: str, why: str) -> None:
    """Its browser ends with all its processes; the next page gets a new one."""
    renderer = Renderer(AGENT, RenderLimits(timeout_s=3, memory_mb=900, max_bytes=2_000_000))
    try:
        with pytest.raises(RenderError, match=why):
            await renderer.render(URL, page(script), HTML, Site())
        after = await renderer.render(URL, page("document.getElementById('root').textContent = 'after'"), HTML, Site())
        assert b"after" in after.dom
    finally:
        await renderer.close()


async def test_a_browser_that_is_killed_is_replaced_and_leaves_nothing(renderer: Renderer) -> None:
    """kill -9 of any of its processes, in the middle of a page."""
    waiting = asyncio.Event()

    async def hang(url: str, kind: str) -> ResourceAnswer:
        waiting.set()
        await asyncio.sleep(60)
        return ResourceAnswer()

    await renderer.render(URL, page(""), HTML, Site())
    assert renderer.pid is not None
    tree = psutil.Process(renderer.pid).children(recursive=True)
    work = asyncio.create_task(renderer.render(URL, page("fetch('/x')"), HTML, hang))
    await waiting.wait()
    os.kill(renderer.pid, signal.SIGKILL)
    with pytest.raises(RenderError, match="ended unexpectedly"):
        await work
    assert b"again" in (await renderer.render(URL, page("document.body.append('again')"), HTML, Site())).dom
    until = time.monotonic() + 20
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in tree):
        assert time.monotonic() < until, "processes of the killed browser go on"
        await asyncio.sleep(0.1)


async def test_closing_ends_all_processes_and_removes_its_folder(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder := Path(tempfile.mkdtemp(dir=short_dir))))
    renderer = Renderer(AGENT, RenderLimits(timeout_s=15))
    await renderer.render(URL, page(""), HTML, Site())
    assert renderer.pid is not None and memory_mb(renderer.pid) > 50
    tree = psutil.Process(renderer.pid).children(recursive=True)
    assert list(folder.iterdir())
    await renderer.close()
    gone, _ = psutil.wait_procs(tree, timeout=20)
    assert len(gone) == len(tree)
    assert list(folder.iterdir()) == []


async def test_without_chromium_the_error_names_the_cure() -> None:
    with pytest.raises(RenderError, match="chromium names /no/such/chromium, which is not a program"):
        await Renderer(AGENT, RenderLimits(), "/no/such/chromium").render(URL, page(""), HTML, Site())
