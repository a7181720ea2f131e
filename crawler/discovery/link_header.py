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
    for target, relations in _links(headers):
        for relation in ("hub", "self"):
            if relation in relations and relation not in found and (absolute := absolute_url(target, url)):
                found[relation] = absolute
    return found.get("hub"), found.get("self")


def linked(headers: Sequence[tuple[str, str]], url: str, relation: str) -> str | None:
    """The first link of a relation as an absolute URL. Header names are lower case."""
    named = (absolute_url(target, url) for target, relations in _links(headers) if relation in relations)
    return next(filter(None, named), None)


def _links(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    for header, value in headers:
        if header == "link":
            for link in _LINK.finditer(value[:_LONGEST]):
                named = ((one[1].lower(), one[2] or one[3] or "") for one in _PARAMETER.finditer(link[2]))
                relations = next((value for name, value in named if name == "rel"), "")
                yield link[1].strip(), relations.lower().split()
