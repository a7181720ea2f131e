"""Messages between a worker and its browser process: a JSON object and a body, each with its length before it."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

_LENGTHS = struct.Struct("!II")
LARGEST_HEAD = 4 << 20


class FrameError(Exception):
    """The other side sent what is not a message, or too large a one."""


async def read_frame(reader: asyncio.StreamReader, *, largest: int) -> tuple[dict[str, Any], bytes]:
    """The next message; asyncio.IncompleteReadError at the end of the stream."""
    head_length, body_length = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    if head_length > LARGEST_HEAD or body_length > largest:
        raise FrameError(f"a message of {head_length + body_length:,} bytes is too large")
    try:
        head = json.loads(await reader.readexactly(head_length))
    except ValueError as error:
        raise FrameError("a message is not JSON") from error
    if not isinstance(head, dict):
        raise FrameError("a message is not an object")
    return head, await reader.readexactly(body_length)


async def write_frame(writer: asyncio.StreamWriter, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one message."""
    told = json.dumps(head).encode()
    writer.write(_LENGTHS.pack(len(told), len(body)) + told + body)
    await writer.drain()
