"""`/api/v1/exports`: begin an export, ask for its state, fetch its file, remove it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dateline.api.operations import Done, ExportJob, NewExport, Operation
from dateline.api.problems import ProblemError
from dateline.console.pages.archive.exports import ViewLine
from dateline.console.server.console import Console
from dateline.console.server.export_folder import FORGOTTEN, Kept
from dateline.errors import UsageError
from dateline.search.query import parse
from sql.export.formats import FORMATS
from sql.export.parquet import require


async def add_export(console: Console, one: Operation, request: Request, asked: NewExport) -> ExportJob:
    """Begin a job for a search or a view."""
    if bool(asked.q) == bool(asked.view):
        raise UsageError("Give either q, a search, or view, the name of a view")
    if asked.q:
        parse(asked.q)
    views = [row.view for row in await console.reader.rows(ViewLine, "console", "views")]
    if asked.view and asked.view not in views:
        raise UsageError(f"view: choose from {', '.join(views)}")
    if not FORMATS[asked.format].is_text:
        require()
    return console.exports.create(asked, owner=owner_of(request))


async def list_exports(console: Console, one: Operation, request: Request, _: None) -> list[ExportJob]:
    """The jobs of this token or user."""
    return console.exports.all_of(owner_of(request))


async def show_export(console: Console, one: Operation, request: Request, _: None) -> ExportJob:
    """One job."""
    return console.exports.described(_found(console, request))


async def export_file(console: Console, one: Operation, request: Request, _: None) -> Response:
    """The file, in parts where the header Range asks for them."""
    job = _found(console, request)
    if await console.exports.is_outdated(job):
        raise ProblemError(409, FORGOTTEN)
    manifest = job.manifest
    if manifest is None:
        said = f"It failed: {job.problem}" if job.problem else "It is not written yet. Ask for its state."
        raise ProblemError(409, said)
    headers = {"ETag": f'"{manifest["sha256"]}"', "Cache-Control": "private, no-cache"}
    name = f"{job.file.stem}-{job.created_at:%Y%m%d-%H%M}{job.file.suffix}"
    return FileResponse(job.file, headers=headers, media_type=FORMATS[job.asked.format].media_type, filename=name)


async def remove_export(console: Console, one: Operation, request: Request, _: None) -> Done:
    """Stop and delete a job."""
    await console.exports.remove(_found(console, request).folder)
    return Done("Removed.")


def _found(console: Console, request: Request) -> Kept:
    job = console.exports.find(request.path_params["id"], owner=owner_of(request))
    if job is None:
        raise ProblemError(404, "No such export. They are kept for a while, for the token or user that asked for them.")
    return job


def owner_of(request: Request) -> str:
    """Whose jobs, exports and statements a program's are; no session of a browser has that name."""
    return f"api {request.scope['access'].owner}"


EXPORT_VERBS: dict[str, Callable[[Console, Operation, Request, Any], Awaitable[Any]]] = {
    "add_export": add_export,
    "exports": list_exports,
    "export": show_export,
    "export_file": export_file,
    "remove_export": remove_export,
}
