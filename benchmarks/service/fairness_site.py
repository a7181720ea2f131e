"""Loopback sites for `benchmarks.service.fairness`: papers that publish all the time, and ten ways to be a nuisance.

`python -m benchmarks.service.fairness_site LOG EVERY_S` prints its port, serves until it is killed, and writes down when each
article of a paper was published and asked for.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import TextIO

from benchmarks.service.soak_site import article

SHOWN = 20
HANG_S = 3600.0
Answer = tuple[float, str, bytes]
"""Seconds until it is sent, its header lines, its body."""


def rss(items: list[tuple[str, float]]) -> bytes:
    """A feed of these addresses and times."""
    entries = "".join(f"<item><link>{url}</link><pubDate>{formatdate(at)}</pubDate></item>" for url, at in items)
    return f"<rss version='2.0'><channel><title>t</title>{entries}</channel></rss>".encode()


def sitemap(kind: str, unit: str, urls: list[str]) -> bytes:
    """A sitemap or an index of these addresses."""
    return f"<{kind}>{''.join(f'<{unit}><loc>{url}</loc></{unit}>' for url in urls)}</{kind}>".encode()


def paper(host: str, path: str, every_s: float) -> Answer:
    """A feed with a new article every so many seconds, and the articles."""
    now = time.time()
    if path == "/feed.xml":
        newest = int(now / every_s)
        items = [(f"http://{host}/a-{n}.html", n * every_s) for n in range(newest, newest - SHOWN, -1)]
        return 0.0, "", rss(items)
    number = int(path.removeprefix("/a-").removesuffix(".html"))
    return 0.0, "", article(hash(host) % 10**9 + number, number * every_s).encode()


def _silent(host: str, path: str) -> Answer:
    if path.endswith("feed.xml"):
        return 0.0, "", rss([(f"http://s{n}.{host}/x", time.time()) for n in range(600)])
    return HANG_S, "", b""


def _long_paths(host: str, path: str) -> Answer:
    links = [(f"http://{host}/{n}{'.amp' * 2_000}", time.time()) for n in range(1_200)]
    return 0.0, "Content-Encoding: gzip\r\n", gzip.compress(rss(links), 6)


def _endless_indexes(host: str, path: str) -> Answer:
    names = [f"http://{host}/{time.time_ns()}-{n}/sitemap.xml" for n in range(500)]
    return 0.0, "Content-Type: application/xml\r\n", sitemap("sitemapindex", "sitemap", names)


def _burners(host: str, path: str) -> Answer:
    if path.endswith("feed.xml"):
        return 0.0, "", rss([(f"http://s{n}.{host}/p.html", time.time()) for n in range(300)])
    if path == "/robots.txt":
        return 0.0, "", b""
    return 0.0, "Content-Type: text/html\r\n", b"<html><body>" + b"<div><p>word word word<a href=x>" * 60_000


def _slow(host: str, path: str) -> Answer:
    return (25.0 if path != "/robots.txt" else 0.0), "", rss([(f"http://{host}/{time.time_ns()}", time.time())])


def _huge(host: str, path: str) -> Answer:
    now = time.time_ns()
    return 0.0, "", rss([(f"http://{host}/{now}-{n}/{'x' * 120}", time.time()) for n in range(30_000)])


def _loops(host: str, path: str) -> Answer:
    if path.endswith("feed.xml"):
        return 0.0, "", rss([(f"http://s{n}.{host}/{n}", time.time()) for n in range(300)])
    return 0.0, f"Location: http://{host}/{time.time_ns()}\r\n", b""


def _dated_now(host: str, path: str) -> Answer:
    return 0.0, "", rss([(f"http://{host}/{n}.html", time.time()) for n in range(20)])


def _calendar(host: str, path: str) -> Answer:
    links = "".join(
        f"<p><a href='/{time.time_ns()}-{n}/a-long-headline-here'>A long headline</a></p>" for n in range(2_000)
    )
    return 0.0, "Content-Type: text/html\r\n", f"<html><body>{links}</body></html>".encode()


def _robots(host: str, path: str) -> Answer:
    if path == "/robots.txt":
        return 0.0, "", b"User-agent: *\n" + b"Disallow: /*aaaaaaaaab\n" * 20_000
    return 0.0, "", rss([(f"http://{host}/{n}{'a' * 7_000}", time.time()) for n in range(800)])


NUISANCES: tuple[Callable[[str, str], Answer], ...] = (
    *(_silent, _long_paths, _endless_indexes, _burners, _slow, _huge, _loops, _dated_now, _calendar, _robots),
)


def answer(host: str, path: str, every_s: float) -> Answer:
    """What a host answers: papers are p…, nuisances n0. to n9. and all below them."""
    name = host.split(".")[-2]
    if name.startswith("n"):
        return NUISANCES[int(name[1:])](host, path)
    return (0.0, "", b"") if path == "/robots.txt" else paper(host, path, every_s)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: TextIO, every_s: float) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").split("\r\n")
            path = first.split(" ")[1]
            fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
            host = fields.get("host", "")
            if path.startswith("/a-"):
                published = int(path[3:].removesuffix(".html")) * every_s
                log.write(f"{host}\t{path}\t{published:.3f}\t{time.time():.3f}\n")
            wait_s, more, body = answer(host, path, every_s)
            await asyncio.sleep(wait_s)
            status = "302 Found" if "Location" in more else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _serve(log: Path, every_s: float) -> None:
    with log.open("w", encoding="utf-8", buffering=1) as out:
        server = await asyncio.start_server(
            lambda reader, writer: _talk(reader, writer, out, every_s), "127.0.0.1", 0, backlog=1024
        )
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
