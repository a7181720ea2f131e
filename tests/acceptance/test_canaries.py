"""No URL that a site names leads to this machine, by whichever of six entries it comes in."""

from __future__ import annotations

import html
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from benchmarks.fuzz.fuzz_crawl import served
from crawler.exchange import FetchRequest, NotFetched
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import Address
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from tests.acceptance.support.played import rows
from tests.acceptance.support.site import article, dateline, environment
from tests.acceptance.support.url_forms import url_forms

SECRET = "the-contents-of-a-file-of-this-machine"
SITE = "http://hostile.test"


@contextmanager
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """A port on every address of this machine, and what was sent to it."""
    hits: list[bytes] = []
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 0))
    listener.listen(64)

    def watch() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(2)
                hits.append(peer.recv(4096))
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>canary")

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield listener.getsockname()[1], hits
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def answer(body: str, kind: str = "text/html", *, head: str = "200 OK") -> bytes:
    data = body.encode("utf-8", "surrogatepass")
    return (
        f"HTTP/1.1 {head}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    )


def hostile_site(forms: list[str]) -> dict[str, bytes]:
    """Every form by every entry: a feed's and a sitemap's links, redirects, and refresh, canonical and image of pages."""
    links = [html.escape(form.replace("\x01", ""), quote=True) for form in forms]
    items = "".join(f"<item><title>x</title><link>{link}</link><guid>{n}</guid></item>" for n, link in enumerate(links))
    pages = {
        "/feed": answer(f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>", "application/rss+xml")
    }
    locs = "".join(f"<url><loc>{link}</loc></url>" for link in links)
    pages["/map.xml"] = answer(f"<urlset>{locs}</urlset>", "application/xml")
    for number, (form, link) in enumerate(zip(forms, links, strict=True)):
        target = quote(form.encode(), safe=b":/?#[]@!$&'()*+,;=%\\ \t-._~").replace("\t", "%09")
        pages[f"/moved/{number}"] = answer("", head=f"302 Found\r\nLocation: {target}")
        head = (
            f'<meta http-equiv="refresh" content="0; url={link}"><link rel="canonical" href="{link}">'
            f'<meta property="og:image" content="{link}">'
        )
        body = article(number).replace("</head>", f"{head}</head>").replace("<article>", f'<article><img src="{link}">')
        pages[f"/page/{number}"] = answer(body)
    return pages


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    path = tmp_path / "secret.html"
    path.write_text(f"<html><body><article><h1>{SECRET}</h1><p>{SECRET}</p></article></body></html>")
    return str(path).lstrip("/")


def test_no_url_leads_to_this_machine(database: str, tmp_path: Path, secret_file: str) -> None:
    """With `is_public` always true the same crawl came to the canary 370 times. The control shows that it is there to be hit."""
    with canary() as (port, hits):
        forms = url_forms(port, secret_file)
        assert len(forms) >= 200
        site = hostile_site(forms)
        (tmp_path / "urls.txt").write_text("\n".join(f"{SITE}{path}" for path in site))
        with served(site) as site_port:
            told = environment(
                database, site_port, allowed_ports=str(port), timeout_s="10", http_proxy=f"127.0.0.1:{port}"
            )
            told |= {
                "http_proxy": f"http://127.0.0.1:{port}",
                "https_proxy": f"http://127.0.0.1:{port}",
                "no_proxy": "",
            }
            found = dateline(
                "crawl", str(tmp_path / "urls.txt"), "--delay", "0", data_dir=tmp_path, env=told, timeout_s=300
            )
            assert hits == []
            assert "new" in found.stderr
            told["DATELINE_ALLOW_NETWORKS"] = "127.0.0.1"
            dateline("crawl", f"http://127.0.0.1:{port}/control", "--delay", "0", data_dir=tmp_path, env=told)
            assert any(b"/control" in hit for hit in hits)
    stored = rows(database, "SELECT count(*) AS n FROM news.articles WHERE url ~ '^http://hostile.test/page/'")
    assert stored[0]["n"] == len(forms), "the pages themselves are read"
    leaked = rows(database, f"SELECT url FROM news.articles WHERE text ~ '{SECRET}' OR title ~ '{SECRET}'")
    assert leaked == []
    pending = rows(database, "SELECT url FROM news.ledger WHERE state = 'pending' AND host !~ '[.]test$'")
    assert pending == []


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked() -> None:
    """Rebinding: public when it is looked up, this machine the next time. With a second look-up for the
    connection the canary was hit by each of the three."""
    from ipaddress import ip_address

    with canary() as (port, hits):
        asked: list[str] = []

        async def lookup(host: str) -> list[Address]:
            asked.append(host)
            return [ip_address("198.41.0.4" if len(asked) == 1 else "127.0.0.1")]

        async def both(settings: FetchSettings) -> list[object]:
            async with Fetcher(settings, pace=MemoryPace(), robots=MemoryRobots(), lookup=lookup) as fetcher:
                request = FetchRequest(f"http://rebind.example:{port}/", delay_s=0, obey_robots=False)
                return [await fetcher.fetch(request) for _ in range(3)]

        settings = FetchSettings("Dateline/1 (+test@dateline.test)", allowed_ports=(port,), timeout_s=0.5)
        outcomes = run(lambda: both(settings))
        assert hits == []
        assert all(
            isinstance(outcome, NotFetched)
            and outcome.reason in {"timeout", "connect_refused", "connect_no_route", "connect"}
            for outcome in outcomes
        )
        assert asked == ["rebind.example"], "it is remembered, so that no later look-up can change it"
        asked.clear()
        asked.append("as if it had been looked up")
        outcomes = run(lambda: both(FetchSettings(settings.user_agent, allow_networks=("127.0.0.0/8",), timeout_s=5)))
        assert hits, "the canary is there to be hit"
