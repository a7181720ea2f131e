"""Over HTTP: /healthz (the process), /readyz (database and parts), /metrics (Prometheus), /watches/NAME.atom (alerts)."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dateline import log
from dateline.config import Settings
from dateline.errors import ConfigError
from scheduler.alerts.matcher import feed_of
from scheduler.monitoring.disk import free_mb
from scheduler.monitoring.metrics import CONTENT_TYPE, exposition
from scheduler.monitoring.readiness import ANSWER_S, ReadinessCheck
from scheduler.processes.http_server import InnerServer, listen
from sql.database import Pool, open_pool
from sql.service.metrics import read_metrics
from sql.watches.watches import Watches

CLOSE_S = 2.0

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
            server = InnerServer(
                uvicorn.Config(
                    make_app(pool, ReadinessCheck(pool, url), settings.data_dir),
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                )
            )
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await stop.wait()
            server.should_exit = True
            # a client that never ends its request can't keep the service from ending
            await asyncio.wait({serving}, timeout=CLOSE_S)


async def scrape(pool: Pool, data_dir: Path) -> bytes:
    """The metrics page; without the database it has only the metrics that do not need it."""
    began, found = time.perf_counter(), None
    try:
        found = await asyncio.wait_for(read_metrics(pool), ANSWER_S)
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
        name = request.path_params["name"]
        content = await feed_of(Watches(pool), name, self_url=str(request.url)) if "\x00" not in name else None
        if content is None:
            return PlainTextResponse("Unknown watch, or a watch without a feed\n", 404)
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
