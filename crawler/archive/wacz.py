"""WACZ files: archived pages with their index in one ZIP, which replay tools open (Web Archive Collection Zipped 1.1.1)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

import orjson

from crawler.archive import warc_records
from crawler.archive.warc_records import ResponseFacts
from dateline import __version__

VERSION = "1.1.1"
WARC, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """One exchange as it lies in the archive, what its response is, and the title of the article it belongs to."""

    span: bytes
    response: ResponseFacts
    title: str


def write_wacz(out: BinaryIO, pages: Iterable[ArchivedPage], *, title: str, now: dt.datetime) -> int:
    """Write a WACZ file of the pages, in their order, and return their number. Records are copied byte for byte."""
    index: list[bytes] = []
    listed = [orjson.dumps({"format": "json-pages-1.0", "id": "pages", "title": title})]
    digest = hashlib.sha256()
    with zipfile.ZipFile(out, "w") as package:
        with package.open(_stored(WARC, now), "w", force_zip64=True) as warc:
            span = warc_records.warcinfo_span(warc_records.new_record_id(), WARC, f"Dateline/{__version__}", now)
            offset = warc.write(span)
            digest.update(span)
            for page in pages:
                index.append(_index_line(page.response, offset))
                url = page.response.url
                shown = {"url": url, "ts": _rfc3339(page.response.at), "title": page.title or url}
                listed.append(orjson.dumps(shown))
                offset += warc.write(page.span)
                digest.update(page.span)
        resources = [_resource(WARC, offset, digest.hexdigest())]
        for name, content in ((INDEX, b"".join(sorted(index))), (PAGES, b"\n".join(listed) + b"\n")):
            package.writestr(_stored(name, now), content)
            resources.append(_resource(name, len(content), hashlib.sha256(content).hexdigest()))
        description = orjson.dumps(_description(resources, title, now), option=orjson.OPT_INDENT_2)
        package.writestr(_stored("datapackage.json", now), description)
        seal = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(description).hexdigest()}"}
        package.writestr(_stored("datapackage-digest.json", now), orjson.dumps(seal))
    return len(index)


def _stored(name: str, now: dt.datetime) -> zipfile.ZipInfo:
    """An entry without compression: players read ranges of the ZIP (section 4.1 wants it of archive/)."""
    info = zipfile.ZipInfo(name, now.astimezone(dt.UTC).timetuple()[:6])
    info.external_attr = 0o644 << 16
    return info


def _index_line(response: ResponseFacts, offset: int) -> bytes:
    """The CDXJ line of a response whose record begins at the offset (IIPC, CDXJ 1.0)."""
    fields = {
        "url": response.url,
        "mime": response.media_type,
        "status": str(response.status),
        "digest": response.digest,
        "length": str(response.length),
        "offset": str(offset),
        "filename": WARC.rpartition("/")[2],
    }
    return (
        f"{search_key(response.url)} {response.at.astimezone(dt.UTC):%Y%m%d%H%M%S} ".encode()
        + orjson.dumps(fields)
        + b"\n"
    )


def search_key(url: str) -> str:
    """The URL as replay tools sort and look it up: `com,example)/path?query`, lower case, without www (SURT)."""
    parts = urlsplit(url.lower())
    host = re.sub(r"^www\d*\.", "", parts.hostname or "")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = "?" + "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}{port}){parts.path or '/'}{query}".replace(" ", "%20")


def _resource(path: str, size: int, sha256: str) -> dict[str, object]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{sha256}", "bytes": size}


def _description(resources: list[dict[str, object]], title: str, now: dt.datetime) -> dict[str, object]:
    """The data package's description: each file with its size and hash."""
    return {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": title,
        "created": _rfc3339(now),
        "software": f"Dateline/{__version__}",
        "resources": resources,
    }


def _rfc3339(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
