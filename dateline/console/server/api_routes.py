"""`/api/v1`: the questions of dateline.api over HTTP, and the operators' verbs.

Errors are problem+json (RFC 9457). Many rows are streamed page by page, as JSON lines or Arrow, for the header Accept.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache, partial
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dateline import log
from dateline.api import arrow
from dateline.api.endpoints import ENDPOINTS, NO_ADDRESS, Endpoint
from dateline.api.openapi import description
from dateline.api.operations import OPERATIONS, Done, ExportJob, Job, NewFetch, NewSource, Operation
from dateline.api.parameters import Asked
from dateline.api.problems import ProblemError, problem
from dateline.api.questions import as_json, chosen, dumps, question, wanted_fields
from dateline.api.reads import Missing, Page
from dateline.console.access.authentication import Access
from dateline.console.request import MissingPageError, address
from dateline.console.server import actions
from dateline.console.server.api_exports import EXPORT_VERBS, owner_of
from dateline.console.server.api_sql import ARROW, JSON, NDJSON, run_sql, wanted_kind
from dateline.console.server.console import Console
from dateline.console.server.queue_routes import ask_for
from dateline.errors import DatabaseError, QueryError, UsageError
from dateline.text import storable
from sql.search.search import run_async

MOST_BODY = 64 * 1024
BULK = 1000
"""Rows that a stream reads at a time."""
SCOPE = 'Bearer realm="Dateline", error="insufficient_scope", scope="{}"'

Verb = Callable[[Console, Operation, Request, Any], Awaitable[Any]]

logger = log.get(__name__)


def api_app(console: Console) -> Starlette:
    """The application below /api."""
    verbs: dict[str, Verb] = {"add_source": _add_source, "job": _job, "fetch": _fetch, **EXPORT_VERBS, "sql": run_sql}
    reads = [Route(f"/v1{one.path}", partial(_read, console, one), methods=["GET"]) for one in ENDPOINTS]
    writes = [
        Route(f"/v1{one.path}", partial(_operate, console, one, verbs.get(one.name, _change)), methods=[one.method])
        for one in OPERATIONS
    ]
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        HTTPException: partial(_http_error, [*reads, *writes]),
        ProblemError: _problem,
        UsageError: _usage_error,
        MissingPageError: _missing,
        DatabaseError: _database_error,
        Exception: _broken,
    }
    return Starlette(routes=[Route("/v1/openapi.json", _openapi), *reads, *writes], exception_handlers=handlers)


# --- reading ------------------------------------------------------------------------------------------------------------


async def _read(console: Console, endpoint: Endpoint, request: Request) -> Response:
    given = dict(request.query_params)
    if len(given) != len(request.query_params.multi_items()):
        twice = next(name for name in given if len(request.query_params.getlist(name)) > 1)
        raise UsageError(f"The parameter {twice[:100]!r} is given twice: give it once")
    asked = question(endpoint.asked, {**given, **request.path_params})
    names = wanted_fields(endpoint, asked)
    kind = _kind(request, endpoint)
    if kind != JSON:
        return await _stream(console, endpoint, asked, names, kind)
    answer = await _answer(console, endpoint, asked)
    response = _tagged(request, as_json(answer, names))
    if isinstance(answer, Page) and answer.next:
        onward = str(request.url.include_query_params(after=answer.next).query)
        response.headers["Link"] = f'<{address(request.url.path)}?{onward}>; rel="next"'  # RFC 8288
    return response


async def _answer(console: Console, endpoint: Endpoint, asked: Asked) -> Any:
    plan = endpoint.plan(asked, console.clock())
    answer = await console.reader.on_connection(lambda connection: run_async(connection, plan))
    if isinstance(answer, Missing):
        raise ProblemError(404, f"{answer.said}.")
    return answer


def _tagged(request: Request, body: bytes) -> Response:
    """The body with its ETag, or 304 where the program has it (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _kind(request: Request, endpoint: Endpoint) -> str:
    wanted = wanted_kind(request, (JSON, NDJSON, ARROW) if endpoint.is_paged else (JSON, NDJSON))
    return wanted if endpoint.is_paged else JSON  # one object is one line of JSON


async def _stream(console: Console, endpoint: Endpoint, asked: Any, names: tuple[str, ...], kind: str) -> Response:
    """All rows from the cursor on; the first page is read before the answer begins, so that errors are answers."""
    asked = msgspec.structs.replace(asked, limit=min(BULK, 200) if endpoint.name == "coverage" else BULK)
    first = await _answer(console, endpoint, asked)
    pages = _pages(console, endpoint, asked, first)
    body = _lines(pages, names) if kind == NDJSON else arrow.stream(pages, endpoint, names)
    return StreamingResponse(body, media_type=kind, headers={"Cache-Control": "private, no-cache"})


async def _pages(console: Console, endpoint: Endpoint, asked: Any, page: Page) -> AsyncIterator[Page]:
    """A page after the other; those in order of storage end where no row has been stored after them yet."""
    while True:
        yield page
        if page.next is None or not (page.items or page.is_waiting):
            return
        asked = msgspec.structs.replace(asked, after=page.next)
        page = await _answer(console, endpoint, asked)


async def _lines(pages: AsyncIterator[Page], names: tuple[str, ...]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield b"".join(dumps(chosen(item, names)) + b"\n" for item in page.items)


@lru_cache(8)
def _described(base: str) -> bytes:
    return dumps(description() | {"servers": [{"url": base}]})


async def _openapi(request: Request) -> Response:
    return _tagged(request, _described(address("/api/v1")))


# --- operating ------------------------------------------------------------------------------------------------------------


async def _operate(console: Console, one: Operation, verb: Verb, request: Request) -> Response:
    access: Access = request.scope["access"]
    if (one.scope == "operate" and access.role != "operator") or (one.scope == "sql" and not access.may_sql):
        said = f"This needs scope {one.scope}: dateline token add NAME --scope {one.scope}."
        raise ProblemError(403, said, {"WWW-Authenticate": SCOPE.format(one.scope)})
    body = await _body(request, one.body) if one.body else None
    done = await verb(console, one, request, body)
    if isinstance(done, Response):
        return done
    where = {Job: "jobs", ExportJob: "exports"}.get(type(done))
    headers = {"Location": address(f"/api/v1/{where}/{done.id}")} if where and one.body else {}
    return Response(dumps(done), one.status, headers, media_type="application/json")


async def _body(request: Request, kind: type[Asked]) -> Asked:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "Send JSON, with the header Content-Type: application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise ProblemError(413, f"The body is too large: at most {MOST_BODY:,} bytes.")
    try:
        given = msgspec.json.decode(bytes(body), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The body is not a JSON object: {error}") from error
    return question(kind, given)


async def _add_source(console: Console, one: Operation, request: Request, asked: NewSource) -> Job:
    more = [f"--name={asked.name}"] if asked.name else []
    more += ["--dry-run"] if asked.is_dry_run else []
    arguments = ["sources", "add", "--json", *more, "--", asked.url]
    run = console.commands.start(arguments, owner=owner_of(request), about={"address": asked.url})
    return Job(run.id, "running", [], "", [])


async def _job(console: Console, one: Operation, request: Request, _: None) -> Job:
    run = console.commands.find(request.path_params["id"], owner=owner_of(request))
    if run is None:
        raise ProblemError(404, "No such job. Jobs are kept for a while, for the token or user that began them.")
    state: Any = "running" if run.is_running else "failed" if run.problem else "done"
    return Job(run.id, state, run.rows, run.problem, run.notes)


async def _fetch(console: Console, one: Operation, request: Request, asked: NewFetch) -> Done:
    return Done(await ask_for(console, asked.url))


async def _change(console: Console, one: Operation, request: Request, _: None) -> Done:
    """Pause, resume or visit a source, by the console's own actions."""
    change = {"pause": actions.pause, "resume": actions.resume, "visit": actions.wake}[one.name]
    return Done(await change(console.writer, {"name": storable(request.path_params["name"], 100)}))


# --- errors -------------------------------------------------------------------------------------------------------------


async def _http_error(routes: list[Route], request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        path = request.url.path.partition("/api")[2]
        allowed = sorted({name for one in routes if one.path_regex.match(path) for name in one.methods or ()})
        return problem(405, f"Use {' or '.join(allowed)}.", headers={"Allow": ", ".join(allowed)})
    said = f"{NO_ADDRESS}. /api/v1/openapi.json describes the interface." if error.status_code == 404 else ""
    return problem(error.status_code, said or str(error.detail))


async def _problem(request: Request, error: ProblemError) -> Response:
    return problem(error.status, str(error), headers=error.headers)


async def _usage_error(request: Request, error: UsageError) -> Response:
    if isinstance(error, QueryError):
        said = f"q: {error.problem} (character {error.position + 1}); {error.cure}"
        return problem(422, said, position=error.position)
    return problem(422, str(error))


async def _missing(request: Request, error: MissingPageError) -> Response:
    return problem(404, str(error))


async def _database_error(request: Request, error: DatabaseError) -> Response:
    logger.warning("a question could not be answered", path=request.url.path, error=str(error))
    return problem(503, f"{str(error)[:1].upper()}{str(error)[1:]}.", headers={"Retry-After": "5"})


async def _broken(request: Request, error: Exception) -> Response:
    logger.error("a question failed", path=request.url.path, error=f"{type(error).__name__}: {error}")
    return problem(500, "Internal error. See the log of the console.")
