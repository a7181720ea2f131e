"""The body of an answer as a browser would show it, and whether its end is there; pure.

Servers send wrong lengths, forget the last chunk, or cut off a checksum. Browsers show what came. Here it counts as a page
only if it is whole: an encoding's own end shows it, or the last tag of the document has come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.fetch.content_encoding import GZIP_MAGIC, decode_what_came

STORED_THOUGH = "the answer was not complete by HTTP, but the document is"
_LAST_TAG = re.compile(rb"</\s*(?:html|body|rss|feed|rdf:rdf|urlset|sitemapindex)\s*>", re.IGNORECASE)
_TAIL = 4096
_UNLABELLED = ("text/html", "application/xhtml")


@dataclass(frozen=True, slots=True)
class ReadBody:
    """A body without its encodings. `broken`: why its end may be missing; `is_whole`: it is there nevertheless.

    `notes` says in words what was wrong with a body that can be used.
    """

    content: bytes
    broken: str = ""
    is_whole: bool = True
    notes: tuple[str, ...] = ()


def read_body(body: bytes, encodings: Sequence[str], content_type: str, *, cut: str, max_bytes: int) -> ReadBody:
    """What came, decoded; raises NoFetch where it is too large or can't be decoded. `cut`: why its end may be missing."""
    if not any(encodings) and body.startswith(GZIP_MAGIC) and content_type.lower().startswith(_UNLABELLED):
        encodings = ("gzip",)
    decoded = decode_what_came(body, encodings, max_bytes=max_bytes)
    broken = cut or decoded.cut
    if not broken:
        return ReadBody(decoded.content, notes=decoded.notes)
    is_whole = decoded.is_checked or has_its_end(decoded.content)
    notes = (*decoded.notes, f"{STORED_THOUGH}: {broken}")
    return ReadBody(decoded.content, broken, is_whole, notes)


def has_its_end(content: bytes) -> bool:
    """Whether a document ends as its format says: with the last tag of HTML or a feed, or as complete JSON."""
    tail = content[-_TAIL:].replace(b"\0", b"")
    if content.lstrip()[:1] in (b"{", b"["):
        return _is_json(content)
    return bool(_LAST_TAG.search(tail))


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
