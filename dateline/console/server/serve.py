"""Serve the console over HTTP until a stop is requested."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.types import ASGIApp

from dateline import log
from dateline.clock import Clock, utc_now
from dateline.config import Settings
from dateline.console.access.middleware import Guard
from dateline.console.access.origin import check_exposure
from dateline.console.access.sessions import session_key
from dateline.console.server.app import authentication_of, make_app
from dateline.console.server.commands import Commands
from dateline.console.server.export_jobs import ExportJobs
from scheduler.processes.http_server import inner_server, listen
from sql import query
from sql.analysts.console_actions import Writer
from sql.analysts.console_login import console_login, signing_secret
from sql.analysts.queries import STATEMENT_S, AnalystQueries
from sql.database import connect, open_pool
from sql.search.reading import Reader, open_reading_pool

CLOSE_S = 3.0
CONNECTIONS = 500
"""Connections at once; more get a 503."""

logger = log.get(__name__)


async def serve_console(
    settings: Settings, url: str, stop: asyncio.Event, *, started: asyncio.Event | None = None, clock: Clock = utc_now
) -> None:
    """Serve the console until `stop` is set. Raises ConfigError where it may not or cannot listen."""
    check_exposure(settings, has_users=await asyncio.to_thread(any_user, url))
    with listen(
        settings.console_host, settings.console_port, name="the console", setting="DATELINE_CONSOLE_PORT"
    ) as listening:
        async with console_app(settings, url, clock=clock) as app:
            server = inner_server(app, connections=CONNECTIONS, proxies=settings.trusted_proxies)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            logger.info(
                "serving the console",
                address=f"http://{settings.console_host}:{settings.console_port}{settings.console_prefix}",
            )
            if started is not None:
                started.set()
            await stop.wait()
            server.should_exit = True
            await asyncio.wait({serving}, timeout=CLOSE_S)


@asynccontextmanager
async def guarded(app: ASGIApp, settings: Settings, url: str, *, host: str) -> AsyncIterator[ASGIApp]:
    """Another application below /api/, listening at `host`, behind the guard that the console has."""
    settings = dataclasses.replace(settings, console_host=host)
    async with (
        open_reading_pool(url, application_name="dateline-console", max_size=2) as reading,
        open_pool(url, max_size=1, statement_timeout_s=10, application_name="dateline-console-actions") as writing,
    ):
        authentication = authentication_of(settings, Reader(reading), Writer(writing))
        key = session_key(signing_secret(settings.data_dir), settings.console_password)
        yield Guard(app, key=key, authentication=authentication, names=settings.console_hosts)


def any_user(url: str) -> bool:
    """Whether the console has users who can log in."""
    with connect(url, application_name="dateline-console") as connection:
        return bool(connection.execute(query("access", "any_user")).fetchall()[0][0])


@asynccontextmanager
async def console_app(settings: Settings, url: str, *, clock: Clock = utc_now) -> AsyncIterator[ASGIApp]:
    """The application with its pools open."""
    async with (
        AsyncExitStack() as stack,
        open_reading_pool(url, application_name="dateline-console") as reading,
        open_pool(url, max_size=2, statement_timeout_s=10, application_name="dateline-console-actions") as writing,
    ):
        secret = signing_secret(settings.data_dir)
        login = settings.console_sql_url or await asyncio.to_thread(
            console_login, url, settings.data_dir, timeout_s=STATEMENT_S
        )
        commands = Commands(settings.data_dir, url)
        stack.push_async_callback(commands.close)
        exports = ExportJobs(settings, url, Reader(reading), clock)
        writing_exports = asyncio.create_task(exports.work())
        stack.push_async_callback(asyncio.wait, {writing_exports})
        stack.callback(writing_exports.cancel)
        yield make_app(
            settings,
            Reader(reading),
            Writer(writing),
            url=url,
            secret=secret,
            queries=AnalystQueries(login) if login else None,
            commands=commands,
            exports=exports,
            clock=clock,
        )
