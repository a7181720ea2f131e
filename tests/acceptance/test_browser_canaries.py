"""No page that is rendered leads the browser, or us, to this machine: every form of an address, by every way of a script."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from crawler.exchange import FetchRequest
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from crawler.render import renderer
from crawler.render.page_renderer import PageRenderer
from crawler.render.renderer import Renderer, RenderLimits
from dateline.clock import utc_now
from dateline.types.article import Page
from tests.acceptance.support.url_forms import url_forms
from tests.acceptance.test_canaries import canary

AGENT = "Dateline/1 (+test@dateline.test)"
WAYS = """
const forms = %s, port = %d, tried = [];
const attempt = (act) => { try { const done = act(); if (done && done.catch) done.catch(() => {}); } catch (error) {} };
const add = (name, fields) => attempt(() => document.body.append(Object.assign(document.createElement(name), fields)));
for (const url of forms) {
  attempt(() => fetch(url, {mode: 'no-cors'}));
  attempt(() => { const x = new XMLHttpRequest(); x.open('GET', url); x.send(); });
  attempt(() => navigator.sendBeacon(url, 'x'));
  attempt(() => new EventSource(url));
  attempt(() => new WebSocket(url.replace(/^http/i, 'ws')));
  attempt(() => new WebTransport(url.replace(/^http:/i, 'https:')));
  attempt(() => new Worker(URL.createObjectURL(new Blob(['fetch(' + JSON.stringify(url) + ')']))));
  attempt(() => { new Image().src = url; });
  attempt(() => import(url));
  add('script', {src: url});
  add('iframe', {src: url});
  add('embed', {src: url});
  add('object', {data: url});
  add('video', {src: url, autoplay: true});
  for (const rel of ['stylesheet', 'prefetch', 'prerender', 'preload', 'modulepreload', 'preconnect', 'dns-prefetch',
                     'icon', 'manifest'])
    add('link', {rel, href: url, as: 'fetch'});
  add('iframe', {srcdoc: '<meta http-equiv=refresh content="0; url=' + url + '"><img src="' + url + '">'});
  add('form', {action: url, method: 'post', target: 'x'});
}
attempt(() => navigator.serviceWorker.register('/sw.js'));
for (const form of document.forms) attempt(() => form.submit());
for (const at of ['127.0.0.1', '[::1]', 'localhost'])
  for (const kind of ['stun', 'turn'])
    attempt(() => {
      const peer = new RTCPeerConnection({iceServers: [{urls: kind + ':' + at + ':' + port, username: 'a', credential: 'b'}]});
      peer.createDataChannel('x');
      peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    });
setTimeout(() => { document.body.append('all tried'); location = forms[0]; window.open(forms[1]); }, 50);
"""


@contextmanager
def datagrams(port: int) -> Iterator[list[bytes]]:
    """What comes to the port by UDP: WebRTC and QUIC."""
    hits: list[bytes] = []
    listener = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    listener.settimeout(0.2)
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            try:
                hits.append(listener.recv(2048))
            except TimeoutError:
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    yield hits
    is_over.set()
    thread.join()
    listener.close()


def test_no_script_leads_to_this_machine() -> None:
    """What scripts fetch passes our guard, and all else comes nowhere.

    `make sweep` tries all 231 forms, `make test` every tenth.
    """
    step = 1 if os.environ.get("SWEEP") else 10
    with canary() as (port, hits), datagrams(port) as packets:
        forms = url_forms(port, "etc/hostname")
        assert len(forms) >= 200

        async def rendered(networks: tuple[str, ...], tried: list[str]) -> bytes:
            settings = FetchSettings(AGENT, allow_networks=networks, allowed_ports=(port,), timeout_s=2)
            async with Fetcher(settings, pace=MemoryPace(), robots=MemoryRobots()) as fetcher:
                pages = PageRenderer(Renderer(AGENT, RenderLimits(timeout_s=6 if step > 1 else 60, memory_mb=4000)))
                pages.fetcher = fetcher
                request = FetchRequest("http://hostile.test/", delay_s=0, obey_robots=False)
                body = f"<html><body><p>x<script>{WAYS % (json.dumps(tried), port)}</script>".encode()
                page = Page(request.url, request.url, 200, (("content-type", "text/html"),), body, utc_now())
                try:
                    return (await pages(request, page)).rendered or b""
                finally:
                    await pages.close()

        renderer.MOST_REQUESTS, before = 100_000, renderer.MOST_REQUESTS
        try:
            chosen = forms[::step]
            for part in range(0, len(chosen), 40):
                assert b"all tried" in run(lambda part=part: rendered((), chosen[part : part + 40]))
        finally:
            renderer.MOST_REQUESTS = before
        assert (hits, packets) == ([], [])
        run(lambda: rendered(("127.0.0.0/8",), [f"http://127.0.0.1:{port}/control"]))
        assert {hit.split(b" ")[0] for hit in hits} == {b"GET"}, "the canary is there to be hit, by our fetcher alone"
        assert packets == []
