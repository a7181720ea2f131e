"""Data packages: a description of exported files that statistics programs and repositories read (Data Package 2.0). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RIGHTS = "Texts belong to their publishers. The licence, if one is named, covers the collection and its metadata."

MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}
TYPES = {
    "bigint": "integer",
    "integer": "integer",
    "smallint": "integer",
    "boolean": "boolean",
    "date": "date",
    "double precision": "number",
    "real": "number",
    "numeric": "number",
    "json": "any",
    "jsonb": "any",
    "dateline.instant": "datetime",
    "timestamp with time zone": "datetime",
}
"""Table Schema types by PostgreSQL type; all others are strings."""
_WRITTEN: dict[str, dict[str, Any]] = {
    "datetime": {"format": "any"},
    "boolean": {"trueValues": ["t"], "falseValues": ["f"]},
}


def descriptor(manifests: Sequence[Mapping[str, Any]], *, title: str, licence: str | None) -> dict[str, Any]:
    """Returns the content of datapackage.json for files with these manifests, all of one snapshot.

    `licence` is an SPDX name or a URL; None names none.
    """
    first = manifests[0]
    licences = {"licenses": [{"path" if "://" in licence else "name": licence}]} if licence else {}
    return {
        "$schema": PROFILE,
        "title": title,
        "description": RIGHTS,
        "created": first["at"],
        "version": first["versions"]["dateline"],
        "contributors": [{"title": f"Dateline {first['versions']['dateline']}", "roles": ["creator"]}],
        **licences,
        "resources": [resource(manifest) for manifest in manifests],
    }


def resource(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the description of one file. The size of a Parquet file is left out: Frictionless would refuse it."""
    name, form = str(manifest["file"]), manifest["format"]
    fields = [field(column["name"], column["type"], form) for column in manifest["columns"]]
    return {
        "name": name.rpartition(".")[0].lower(),
        "type": "table",
        "path": name,
        "format": form,
        "mediatype": MEDIA_TYPES[form],
        **({"bytes": manifest["bytes"]} if form != "parquet" else {}),
        "hash": f"sha256:{manifest['sha256']}",
        **({"encoding": "utf-8"} if form != "parquet" else {}),
        "schema": {"fields": fields},
    }


def field(name: str, type_name: str, form: str) -> dict[str, Any]:
    """Returns a column: of a CSV file as PostgreSQL writes it (times with a blank for the T, truth values as t and f), or of a
    file that has lists."""
    plain = TYPES.get(type_name, "string")
    if form == "csv":
        return {"name": name, "type": plain, **_WRITTEN.get(plain, {})}
    lists = "array" if form == "jsonl" else "any"
    return {"name": name, "type": lists if type_name.endswith("[]") else plain}
