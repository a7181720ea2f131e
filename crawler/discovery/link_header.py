"""What an answer's Link headers name (RFC 8288), such as the WebSub hub and topic URL (WebSub, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dateline.urls.links import absolute_url

_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]{0,200}\"|[^\s;,\"]{1,200}))?)*)")
_PARAMETER = re.compile(r";\s*([^\s=;,\"]+)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s;,\"]+)))?")
_LONGEST = 16_000


def hub_and_self(headers: Sequence[tuple[str, str]], url: str) -> tuple[str | None, str | None]:
    """The first rel=hub and the first rel=self as absolute URLs; None for one that is missing. Header names are lower case."""
    found: dict[str, str] = {}
    for target, relations, _ in links_of(headers, url):
        for relation in ("hub", "self"):
            if relation in relations:
                found.setdefault(relation, target)
    return found.get("hub"), found.get("self")


def linked(headers: Sequence[tuple[str, str]], url: str, relation: str) -> str | None:
    """The first link of a relation as an absolute URL. Header names are lower case."""
    return next((target for target, relations, _ in links_of(headers, url) if relation in relations), None)


def links_of(headers: Sequence[tuple[str, str]], url: str) -> Iterator[tuple[str, list[str], str]]:
    """The absolute URL, relations and media type ("" if it has none) of each link that can be fetched."""
    for header, value in headers:
        if header == "link":
            for link in _LINK.finditer(value[:_LONGEST]):
                said: dict[str, str] = {}
                for one in _PARAMETER.finditer(link[2]):
                    said.setdefault(one[1].lower(), one[2] or one[3] or "")
                if target := absolute_url(link[1], url):
                    yield target, said.get("rel", "").lower().split(), said.get("type", "")
