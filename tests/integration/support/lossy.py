"""A door between a client and its database that can lose an answer: the server did what was asked, the client never hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo


@dataclass
class Door:
    """Carries bytes both ways until `loses_next` is set: then the server's next answer goes, and the connection with it."""

    target: str
    url: str = ""
    loses_next: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def pass_through(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        """One connection."""
        where = conninfo_to_dict(self.target)
        host, port = str(where.get("host") or "127.0.0.1"), int(where.get("port") or 5432)
        far, there = await (
            asyncio.open_unix_connection(Path(host) / f".s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, port)
        )
        self.connections.add(asyncio.current_task())
        asking = asyncio.create_task(self._carry(near, there, answers=False))
        try:
            await self._carry(far, out, answers=True)
        finally:
            asking.cancel()
            for end in (there, out):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool) -> None:
        while chunk := await source.read(1 << 16):
            if answers and self.loses_next.is_set():
                self.loses_next.clear()
                return
            target.write(chunk)
            await target.drain()


@asynccontextmanager
async def lossy(url: str) -> AsyncIterator[Door]:
    """A door to the database; `url` of what it gives is the way through it."""
    door = Door(url)
    server = await asyncio.start_server(door.pass_through, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    door.url = make_conninfo(url, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")
    try:
        yield door
    finally:
        server.close()
        for connection in door.connections:
            if connection is not None:
                connection.cancel()
        await asyncio.gather(*filter(None, door.connections), return_exceptions=True)
