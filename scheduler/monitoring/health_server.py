"""Over HTTP: /healthz (the process), /readyz (database and parts), /metrics (Prometheus), /watches/NAME.atom (alerts)."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Collection
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dateline import log
from dateline.config import Settings
from dateline.errors import ConfigError
from scheduler.alerts.matcher import feed_of
from scheduler.monitoring.disk import free_mb
from scheduler.monitoring.metrics import CONTENT_TYPE, exposition
from scheduler.monitoring.readiness import ANSWER_S, ReadinessCheck
from scheduler.processes.http_server import host_name, inner_server, is_own_host, listen
from sql.database import Pool, open_pool
from sql.service.metrics import read_metrics
from sql.watches.watches import Watches

CLOSE_S = 2.0
CONNECTIONS = 100
"""Connections at once; more get a 503."""

logger = log.get(__name__)


async def serve_health(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve the endpoints until `stop` is set; if the port is taken, log it and go on without them."""
    if not settings.health_port:
        return
    try:
        # not by uvicorn, which would end the whole process
        listener = listen(
            settings.health_host, settings.health_port, name="the health server", setting="DATELINE_HEALTH_PORT"
        )
    except ConfigError as error:
        logger.warning("health endpoints are not served", error=str(error))
        return
    with listener:
        async with open_pool(url, max_size=2, application_name="dateline-health") as pool:
            archive = settings.archive_dir if settings.archive else None
            app = OwnHost(
                make_app(pool, ReadinessCheck(pool, url, archive=archive), settings.data_dir), settings.health_hosts
            )
            server = inner_server(app, connections=CONNECTIONS)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await stop.wait()
            server.should_exit = True
            # a client that never ends its request can't keep the service from ending
            await asyncio.wait({serving}, timeout=CLOSE_S)


class OwnHost:
    """An ASGI application that passes on only requests for a name of this machine; a page of another site has its own name.

    A name without a dot (a container's, a service's) can't be one that a stranger registered.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in (*names, socket.gethostname(), socket.getfqdn()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 421, or hand on."""
        authority = Headers(scope=scope).get("host", "")
        is_own = not authority or is_own_host(authority, self._names) or "." not in (host_name(authority) or ".")
        refusal = PlainTextResponse("Unknown host name. Add it to DATELINE_HEALTH_HOSTS.\n", 421)
        await (self._app if is_own else refusal)(scope, receive, send)


async def scrape(pool: Pool, data_dir: Path) -> bytes:
    """The metrics page; without the database it has only the metrics that do not need it."""
    began, found = time.perf_counter(), None
    try:
        async with asyncio.timeout(ANSWER_S):
            found = await read_metrics(pool)
    except Exception as error:
        logger.warning("the metrics can't be read", error=f"{type(error).__name__}: {error}")
    free = round(free_mb(data_dir) * 2**20)
    return exposition(found, seconds=time.perf_counter() - began, data_free_bytes=free)


def make_app(pool: Pool, check: ReadinessCheck, data_dir: Path) -> Starlette:
    """The endpoints over a pool."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        readiness = await check.run()
        return JSONResponse(readiness.to_json(), 200 if readiness.is_ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(await scrape(pool, data_dir), headers={"Content-Type": CONTENT_TYPE})

    async def feed(request: Request) -> Response:
        name, key = request.path_params["name"], request.query_params.get("key", "")
        url = str(request.url.remove_query_params("key"))
        content = await feed_of(Watches(pool), name, self_url=url, key=key) if "\x00" not in name else None
        if content is None:
            return PlainTextResponse("Unknown watch, or a wrong key: `dateline watch show NAME` has the address\n", 404)
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(content, media_type="application/atom+xml", headers={"ETag": etag})

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/watches/{name}.atom", feed),
        ]
    )
