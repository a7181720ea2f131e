"""Saved pages served over loopback as the sites that they come from, with a sitemap that names them all."""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

INDEX_HOST = "corpus.test"
SITEMAP = f"http://{INDEX_HOST}/sitemap.xml"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page of a corpus: the URL under which it is served (plain http), and its bytes."""

    id: str
    url: str
    body: bytes


def load(
    folder: Path, sets: tuple[str, ...] = ("scrapinghub", "fundus"), *, own_hosts: bool = False
) -> list[SavedPage]:
    """The pages of a corpus folder: of its sets, or its own when it has a manifest itself.

    All of them are one site's, or with `own_hosts` have the hosts and paths that they come from.
    """
    roots = [folder] if (folder / "manifest.jsonl").exists() else [folder / name for name in sets]
    pages: dict[str, SavedPage] = {}
    for root in roots:
        for row in map(json.loads, (root / "manifest.jsonl").open(encoding="utf-8")):
            path = root / row["file"]
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            page = SavedPage(f"{root.name}/{row['id']}", _served_url(root.name, row, own_hosts=own_hosts), body)
            pages.setdefault(page.url, page)
    return list(pages.values())


def _served_url(name: str, row: dict[str, str], *, own_hosts: bool) -> str:
    """The page's own address over plain http, or one under the index host."""
    parts = urlsplit(row.get("url") or "")
    if (
        not own_hosts
        or parts.scheme not in ("http", "https")
        or not re.fullmatch(r"[A-Za-z0-9.-]+", parts.hostname or "")
    ):
        return f"http://{INDEX_HOST}/{name}/{quote(row['id'], safe='')}.html"
    query = f"?{parts.query}" if parts.query else ""
    return f"http://{parts.hostname}{quote(parts.path or '/', safe='/%:@!$&()*+,;=~-._')}{query}"


def sitemap(pages: list[SavedPage]) -> bytes:
    """A sitemap of all pages."""
    lines = "\n".join(f"<url><loc>{escape(page.url)}</loc></url>" for page in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f"{head}\n{lines}\n</urlset>\n".encode()


def resolve_rules(pages: list[SavedPage], port: int) -> str:
    """One DATELINE_RESOLVE rule a host, a line each."""
    hosts = {urlsplit(page.url).hostname for page in pages} | {INDEX_HOST}
    return "\n".join(f"{host}=127.0.0.1:{port}" for host in sorted(filter(None, hosts))) + "\n"


@contextmanager
def served(pages: list[SavedPage]) -> Iterator[int]:
    """The pages on a loopback port, in a process of its own; gives the port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(pages, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pages: list[SavedPage], link: Connection) -> None:
    answers = {}
    for page in pages:
        parts = urlsplit(page.url)
        answers[(parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else ""))] = page.body
    answers[(INDEX_HOST, "/sitemap.xml")] = sitemap(pages)
    asyncio.run(_run(answers, link))


async def _run(answers: dict[tuple[str, str], bytes], link: Connection) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/1.1 with keep-alive, as little of it as a benchmark's client needs."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                found = re.search(r"(?im)^host: *([^\r:]+)", head)
                host = found[1].strip().lower() if found else ""
                body = answers.get((host, path))
                kind = "application/xml" if path.endswith("sitemap.xml") else "text/html"
                status = "200 OK" if body is not None else "404 Not Found"
                body = body if body is not None else b"not found"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    link.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
