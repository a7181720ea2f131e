"""Alerts outside the service: the end of a one-off command, a test message, feeds after something was forgotten."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from crawler.politeness.resolve import SystemLookup
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from scheduler.alerts.http_post import Answer, make_poster
from scheduler.alerts.matcher import AlertMatcher
from scheduler.alerts.webhook_sender import WebhookSender
from scheduler.alerts.webhooks import headers, message
from sql.database import Pool, open_pool
from sql.watches.watches import Watch, Watches

FAREWELL_S = 20.0
"""Seconds that a one-off command gives its messages; what is left then, the service sends."""

logger = log.get(__name__)


async def send_test(settings: Settings, watches: Watches, watch: Watch) -> Answer | None:
    """What a watch's webhook says to a message of type watch.test; None where it has none. Nothing of it is kept."""
    secret = await watches.secret(watch.id)
    if watch.webhook_url is None or secret is None:
        return None
    lookup, now = SystemLookup(), utc_now()
    body = message("watch.test", now, {"watch": watch.name, "query": watch.query})
    try:
        poster = make_poster(settings, lookup)
        return await poster.post(watch.webhook_url, headers(secret, str(uuid4()), now, body), body)
    finally:
        lookup.close()


async def write_feeds_anew(settings: Settings, url: str) -> None:
    """Write the feeds' files anew: what was forgotten is in them no more."""
    async with open_pool(url, max_size=1) as pool:
        await AlertMatcher(Watches(pool), settings.data_dir).write_feeds()


async def tell_once(settings: Settings, pool: Pool) -> None:
    """What one-off commands do at their end: match what they stored, and try once to send what is due."""
    watches, lookup = Watches(pool), SystemLookup()
    postman = WebhookSender(watches, make_poster(settings, lookup))
    try:
        await AlertMatcher(watches, settings.data_dir).step()
        await postman.step()
        await asyncio.wait_for(postman.rest(), FAREWELL_S)
    except TimeoutError:
        logger.warning("not all alerts were sent; the service sends the rest", cure="dateline watch deliveries")
    finally:
        await postman.end(0)
        lookup.close()
