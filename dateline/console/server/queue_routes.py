"""Fetch a URL now, and drop one from the queue."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crawler.politeness.guard import check_url
from dateline.console.request import MAX_ID, address
from dateline.console.server.console import Console
from dateline.errors import UsageError
from dateline.explain import with_scheme
from dateline.text import storable
from dateline.types.article import Candidate
from dateline.urls import site_of
from scheduler.alerts.http_post import guard_rules
from sql import query
from sql.database import Pool
from sql.frontier.frontier import Frontier


async def fetch_now(console: Console, request: Request) -> Response:
    """Put a URL at the head of its host's queue, be it known or not."""
    given = storable(request.scope["form"].get("url", ""), 4000).strip()
    url = with_scheme(given)
    back = address("/explain", url=url) if url else address("/explain")
    try:
        return console.done(request, back, f"{await ask_for(console, given)} Reload to see.")
    except UsageError as error:
        return console.done(request, back, str(error), is_bad=True)


async def ask_for(console: Console, given: str) -> str:
    """What was done to fetch a URL now, in a sentence; a UsageError says why it can't be."""
    url = with_scheme(storable(given, 4000).strip())
    if url is None:
        raise UsageError("That is not a URL.")
    if (refusal := check_url(url, guard_rules(console.settings))) is not None:
        raise UsageError(f"This URL is not allowed: {refusal.detail}.")
    if not await console.writer.through(lambda pool: _ask_for(console, pool, url)):
        raise UsageError("It was forgotten on request, so it is not fetched again.")
    return "It is fetched next, within seconds while a worker is running."


async def _ask_for(console: Console, pool: Pool, url: str) -> int:
    async with pool.connection() as connection:
        source = await (
            await connection.execute(query("console_queue", "source_of_site"), {"site": site_of(url)})
        ).fetchone()
    named = [Candidate(url, via="target")]
    return await Frontier(pool).add_targets(
        named, crawl_id=None, source_id=source[0] if source else None, now=console.clock()
    )


async def drop(console: Console, request: Request) -> Response:
    """Take a URL out of the queue."""
    number = storable(request.scope["form"].get("id", ""), 30)
    known = int(number) if number.isascii() and number.isdigit() and int(number) <= MAX_ID else 0
    dropped = await console.writer.through(lambda pool: _drop(console, pool, known))
    said = "Dropped. It is fetched again only if its page reports a change, or you ask for it." if dropped else (
        "It no longer waited."
    )  # fmt: skip
    return console.done(request, address("/queue"), said)


async def _drop(console: Console, pool: Pool, number: int) -> bool:
    async with pool.connection() as connection:
        params = {"ids": [number], "now": console.clock()}
        return (await connection.execute(query("console_queue", "drop"), params)).rowcount > 0


ROUTES = (("/queue/fetch", "POST", fetch_now), ("/queue/drop", "POST", drop))
