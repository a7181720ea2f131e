"""Fetch a URL now, and drop one from the queue."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crawler.politeness.guard import check_url
from dateline.console.request import MAX_ID, address
from dateline.console.server.console import Console
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
    url = with_scheme(storable(request.scope["form"].get("url", ""), 4000).strip())
    back = address("/explain", url=url) if url else address("/explain")
    if url is None:
        return console.done(request, back, "That is not a URL.", is_bad=True)
    if (refusal := check_url(url, guard_rules(console.settings))) is not None:
        return console.done(request, back, f"This URL is not allowed: {refusal.detail}.", is_bad=True)
    added = await console.writer.through(lambda pool: _ask_for(console, pool, url))
    if not added:
        return console.done(request, back, "It was forgotten on request, so it is not fetched again.", is_bad=True)
    return console.done(request, back, "It is fetched next, within seconds while a worker is running. Reload to see.")


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
