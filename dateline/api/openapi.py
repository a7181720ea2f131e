"""The description of the interface (OpenAPI 3.1), made from the endpoints and the types of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from dateline import __version__
from dateline.api.endpoints import ENDPOINTS, Endpoint
from dateline.api.operations import OPERATIONS, Operation
from dateline.api.questions import INSTANTS, field_names
from sql.export.formats import FORMATS

REF = "#/components/schemas/{name}"
ERRORS = {
    "400": "The request is not HTTP as expected.",
    "401": "No valid token or password was sent.",
    "403": "The token's scope does not allow this.",
    "404": "There is nothing at this address.",
    "409": "The file is not written yet, could not be written, or was removed.",
    "406": "It comes in no form that the header Accept takes.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "A parameter is wrong; `detail` names it and the cure.",
    "429": "Too many requests; `Retry-After` says when to go on.",
    "503": "The database is away or took too long, or the console can't write the file.",
}
OF_SOME = ("406", "409", "413", "415")
"""Errors of rows in bulk, of files and of bodies."""
PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and the cure."},
    },
}


def description() -> dict[str, Any]:
    """The whole document."""
    kinds = {one.asked for one in ENDPOINTS} | {one.body for one in OPERATIONS if one.body}
    types = [*(one.row for one in ENDPOINTS), *(one.row for one in OPERATIONS if one.row), *kinds]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    of = dict(zip(map(repr, types), schemas, strict=True))
    asked = {kind: components.pop(kind.__name__) for kind in sorted(kinds, key=repr)}
    for one in ENDPOINTS:
        if "fields" in asked[one.asked].get("properties", ()) and hasattr(one.row, "__name__"):
            components[one.row.__name__].pop("required", None)  # `fields` leaves others out
    paths: dict[str, dict[str, Any]] = {}
    for one in ENDPOINTS:
        paths.setdefault(one.path, {})["get"] = _reading(one, asked[one.asked], of[repr(one.row)])
    for other in OPERATIONS:
        body = asked[other.body] if other.body else None
        paths.setdefault(other.path, {})[other.method.lower()] = _operation(other, body, of.get(repr(other.row)))
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Dateline",
            "version": __version__,
            "description": "Reads and operates an archive of news. Rows come in pages: pass `next` as `after`.",
        },
        "security": [{"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "schemas": components | {"Problem": PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `dateline token add`."},
                "password": {"type": "http", "scheme": "basic", "description": "A user's name and password."},
            },
        },
    }
    return orjson.loads(orjson.dumps(made))  # type: ignore[no-any-return]


def _reading(one: Endpoint, asked: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": _page(row) if one.is_list else row}}
    if one.is_paged:
        content["application/x-ndjson"] = {"schema": row}
        content["application/vnd.apache.arrow.stream"] = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": _parameters(one, asked),
        "responses": {"200": {"description": one.summary, "content": content}} | _errors({"406"}),
    }


def _page(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next", "notices"],
        "properties": {
            "items": {"type": "array", "items": row},
            "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: these were all."},
            "notices": {"type": "array", "items": {"type": "string"}},
        },
    }


def _parameters(one: Endpoint, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    made = []
    for name, schema in asked.get("properties", {}).items():
        is_path, is_required = f"{{{name}}}" in one.path, name in asked.get("required", ())
        parameter = {"name": name, "in": "path" if is_path else "query", "schema": _schema(one, name, schema)}
        parameter["required"] = is_path or is_required
        parameter |= {"style": "form", "explode": False} if name == "fields" else {}
        parameter |= {} if is_path or is_required else {"allowEmptyValue": True}  # as good as none
        made.append(parameter | ({"description": schema["description"]} if "description" in schema else {}))
    return made


def _schema(one: Endpoint, name: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a parameter in an address."""
    if name == "fields":
        return {"type": "array", "items": {"enum": field_names(one)}}
    if name in INSTANTS:
        return {"anyOf": [{"type": "string", "format": kind} for kind in ("date-time", "date")]}
    return schema


def _operation(one: Operation, body: Mapping[str, Any] | None, row: Mapping[str, Any] | None) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": row}}
    if row is None:
        content = {one.media_type: {"schema": {"type": "string", "format": "binary"}} for one in FORMATS.values()}
    needed = {} if one.scope == "read" else {"security": [{"token": [one.scope]}, {"password": [one.scope]}]}
    found: dict[str, Any] = needed | {
        "operationId": one.name,
        "summary": one.summary,
        "description": f"Needs a token of scope {one.scope}." if needed else "",
        "responses": {str(one.status): {"description": one.summary, "content": content}}
        | _errors(
            (set() if body is None else {"413", "415"})
            | ({"409"} if row is None else set())
            | ({"406"} if one.name == "sql" else set())
        ),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in one.path_names
        ],
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found


def _errors(more: set[str]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}}
    possible = {status: said for status, said in ERRORS.items() if status in more or status not in OF_SOME}
    return {status: {"description": said, "content": problem} for status, said in possible.items()}
