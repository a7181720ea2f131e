"""Makes ill-formed XML readable without loss: characters that XML forbids, bare ampersands, HTML's entity names; pure."""

from __future__ import annotations

import html.entities
import re

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?")
_MARK = re.compile(r"<(?=[\s\d=$€£])|&(?:#\d{1,7};|#[xX][0-9A-Fa-f]{1,6};|([A-Za-z][A-Za-z0-9]{1,31});)?")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def only_xml(text: str) -> str:
    """The text without characters that XML forbids, written directly or as numeric references.

    In recovery mode libxml2 accepts "&#xD800;" as a character, which lxml then fails to decode.
    """
    plain = _NOT_XML.sub("", text)
    return _REFERENCE.sub(_if_xml, plain) if "&#" in plain else plain


def _if_xml(reference: re.Match[str]) -> str:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) < 20 else 0
    return reference[0] if number <= 0x10FFFF and not _NOT_XML.match(chr(number)) else ""


def with_numeric_references(body: str) -> str:
    """The body with bare ampersands, named entities, and marks that begin no tag as numeric references, except in CDATA.

    XML does not know HTML's entity names, and after a fault libxml2 drops even "&amp;".
    """
    pieces, position = [], 0
    while (start := body.find(_CDATA, position)) >= 0:
        end = _behind(body, start)
        pieces += [_MARK.sub(_numeric, body[position:start]), body[start:end]]
        position = end
    return "".join([*pieces, _MARK.sub(_numeric, body[position:])])


def _numeric(reference: re.Match[str]) -> str:
    if reference[1]:
        characters = html.entities.html5.get(f"{reference[1]};")
        return "".join(f"&#{ord(one)};" for one in characters) if characters else f"&#38;{reference[0][1:]}"
    return reference[0] if len(reference[0]) > 1 else f"&#{ord(reference[0])};"


def _behind(body: str, start: int) -> int:
    end = body.find(_CDATA_END, start)
    return len(body) if end < 0 else end + len(_CDATA_END)
