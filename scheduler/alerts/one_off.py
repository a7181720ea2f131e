"""Alerts outside the service: the end of a one-off command, a test message, feeds after something was forgotten."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from crawler.politeness.resolve import SystemLookup
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from pipelines.mentions.step import NameMatcher
from scheduler.alerts.http_post import PostResult, make_poster
from scheduler.alerts.matcher import AlertMatcher
from scheduler.alerts.templates import body_of, note
from scheduler.alerts.webhook_message import message
from scheduler.alerts.webhook_sender import Receiver, WebhookSender, post_message
from scheduler.mail.sender import MailSender, make_sender
from scheduler.mail.smtp import MailOutcome, require_mail
from sql.database import Pool, open_pool
from sql.names.names import Names
from sql.watches.mail import MailBox
from sql.watches.watches import Watch, Watches

SEND_WAIT_S = 20.0
"""Seconds that a one-off command waits for its messages to be sent; the service sends the rest."""
SAMPLE = 10
"""Articles in a sample."""
TEST_ALARM = "Test message: alarms about sources will come here"

logger = log.get(__name__)


async def send_test(settings: Settings, watches: Watches, watch: Watch) -> PostResult | None:
    """A webhook's answer to a message of type watch.test; None if the watch has no webhook. Nothing is stored."""
    secret = await watches.secret(watch.id)
    if watch.webhook_url is None or secret is None:
        return None
    body = message("watch.test", utc_now(), {"watch": watch.name, "query": watch.query})
    if watch.template:
        what = note(watch.name, f"Test message of the watch {watch.name}", f"Its search: {watch.query}")
        body = body_of(watch.template, watch.webhook_url, what)
    return await _post_once(settings, Receiver(watch.webhook_url, watch.template, secret), body)


async def send_test_alarm(settings: Settings, endpoint: Receiver) -> PostResult:
    """What a webhook of the operators answered to a message of type alarms.test."""
    body = message("alarms.test", utc_now(), {"headline": TEST_ALARM})
    if endpoint.template:
        body = body_of(endpoint.template, endpoint.url, note("Dateline", TEST_ALARM))
    return await _post_once(settings, endpoint, body)


async def _post_once(settings: Settings, endpoint: Receiver, body: bytes) -> PostResult:
    lookup = SystemLookup()
    try:
        return await post_message(make_poster(settings, lookup), endpoint, str(uuid4()), utc_now(), body)
    finally:
        lookup.close()


async def send_samples(settings: Settings, watches: Watches, box: MailBox, watch: Watch) -> dict[str, MailOutcome]:
    """What came of a sample to each recipient of the watch. Nothing is stored."""
    if not watch.mail:
        return {}
    require_mail(settings)
    sender = MailSender(settings, watches, box)
    found = await watches.would_match(watch, limit=SAMPLE)
    return {one["address"]: await sender.sample(watch.name, watch.query, found, one["address"]) for one in watch.mail}


async def rewrite_feeds(settings: Settings, url: str) -> None:
    """Rewrite the feeds' files: forgotten articles leave them."""
    async with open_pool(url, max_size=1) as pool:
        await AlertMatcher(Watches(pool), settings.data_dir).write_feeds()


async def send_alerts_once(settings: Settings, pool: Pool) -> None:
    """Find the names in what a one-off command stored, match it, and try once to send what is due: how such commands end."""
    watches, lookup = Watches(pool), SystemLookup()
    sender = WebhookSender(watches, make_poster(settings, lookup))
    try:
        await NameMatcher(Names(pool)).step()
        await AlertMatcher(watches, settings.data_dir).step()
        await sender.step()
        if mailer := make_sender(settings, watches, MailBox(pool)):
            await mailer.step()
        async with asyncio.timeout(SEND_WAIT_S):
            await sender.rest()
    except TimeoutError:
        logger.warning("not all alerts were sent; the service sends the rest", cure="dateline watch deliveries")
    finally:
        await sender.end(0)
        lookup.close()
