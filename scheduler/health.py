"""Over HTTP: /healthz (the process), /readyz (database and parts), /metrics (Prometheus), /watches/NAME.atom (alerts)."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dateline import log
from dateline.config import Settings
from scheduler.watches import feed_of
from sql.database import Pool, open_pool
from sql.service import Upkeep
from sql.watches import Watches

CLOSE_S = 2.0

logger = log.get(__name__)


async def serve_health(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve the endpoints until `stop` is set; a port that is taken is told, and the service goes on without."""
    if not settings.health_port:
        return
    try:
        # by ourselves: uvicorn would end the whole process
        listener = _listen(settings.health_host, settings.health_port)
    except OSError as error:
        logger.warning(
            "health endpoints can't be served: set DATELINE_HEALTH_PORT to a free port",
            host=settings.health_host,
            port=settings.health_port,
            error=error.strerror,
        )
        return
    with listener:
        async with open_pool(url, max_size=2, application_name="dateline-health") as pool:
            server = _Server(uvicorn.Config(make_app(pool), log_config=None, access_log=False, lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await stop.wait()
            server.should_exit = True
            # a client that never ends its request can't keep the service from ending
            await asyncio.wait({serving}, timeout=CLOSE_S)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket there."""
    family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server((host, port), family=family)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals are the parent's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are captured."""
        yield


def make_app(pool: Pool) -> Starlette:
    """The endpoints over a pool."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        try:
            live = await asyncio.wait_for(Upkeep(pool).live_processes(), 5)
        except Exception as error:
            return JSONResponse({"ready": False, "why": type(error).__name__}, 503)
        roles = {process.role for process in live}
        missing = sorted({"scheduler", "worker"} - roles)
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(await collect(pool)), media_type="text/plain; version=0.0.4")

    async def feed(request: Request) -> Response:
        name = request.path_params["name"]
        content = await feed_of(Watches(pool), name, self_url=str(request.url)) if "\x00" not in name else None
        if content is None:
            return PlainTextResponse("no watch with a feed is called so\n", 404)
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


class _Families:
    """Metrics that were read already, as prometheus_client wants to collect them."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        yield from self._families


async def collect(pool: Pool) -> CollectorRegistry:
    """The metrics of all processes together, from the database, so that they survive restarts."""
    upkeep = Upkeep(pool)
    began = time.perf_counter()
    families: list[Metric] = []

    def family(name: str, text: str, labels: list[str], rows: list[tuple[Any, ...]]) -> None:
        found = GaugeMetricFamily(name, text, labels=labels)
        for *values, number in rows:
            found.add_metric([str(value) for value in values], float(number))
        families.append(found)

    figures = await upkeep.figures()
    for name in ("sources", "paused", "articles", "revisions", "copies", "overdue"):
        family(f"dateline_{name}", f"{name} in the database", [], [(getattr(figures, name),)])
    ledger = await upkeep.ledger_counts()
    states: dict[str, int] = {}
    for count in ledger:
        states[count.state] = states.get(count.state, 0) + count.urls
    family("dateline_frontier_urls", "URLs of the ledger by state", ["state"], list(states.items()))
    fetches = await upkeep.counts("fetch_counts")
    family("dateline_fetches_total", "fetches of pages by result and reason", ["outcome", "reason"], fetches)
    results: dict[str, int] = {}
    for result, _, number in fetches:
        results[result] = results.get(result, 0) + number
    family("dateline_articles_total", "fetches that led to an article, by result", ["result"], list(results.items()))
    family("dateline_visits_total", "visits of watched pages", ["outcome"], await upkeep.counts("visit_counts"))
    success = [(name, at) for name, at in await upkeep.counts("source_success") if at is not None]
    family("dateline_source_last_success_timestamp_seconds", "last proper answer of a source", ["source"], success)
    family("dateline_metrics_seconds", "time that this page took", [], [(time.perf_counter() - began,)])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    return registry
