"""Alerts: stored articles are matched against saved searches, and what matched is told.

    stored (its transaction leaves a task) → match (one transaction: task done, article told, message written) → send → settle

Matching and sending may run in several processes at once, and any of them may die at any time: a task that was not committed
is taken again, a message that was sent and not settled is sent again under the same identity.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path
from uuid import uuid4

from crawler.politeness.guard import GuardRules
from crawler.politeness.resolve import SystemLookup
from dateline import log
from dateline.clock import Clock, utc_now
from dateline.config import Settings
from scheduler.alerts.atom import ENTRIES, atom_feed
from scheduler.alerts.http_post import TIMEOUT_S, HttpPoster
from scheduler.alerts.webhooks import Answer, headers, judge, message
from sql.database import Pool, open_pool
from sql.watches.watches import Claim, Rule, Told, Watch, Watches

CLAIMED_FOR = dt.timedelta(seconds=3 * TIMEOUT_S)
"""A message whose sender has said nothing for this long is taken by another."""
FAREWELL_S = 20.0
"""Seconds that a one-off command gives its messages; what is left then, the service sends."""
NOT_TOLD = ("article_id", "url_key", "beginning")

logger = log.get(__name__)


def article_fields(article: Told) -> dict[str, object]:
    """An article as messages have it."""
    return {
        name: getattr(article, name)
        for name in (one.name for one in dataclasses.fields(article))
        if name not in NOT_TOLD
    } | {"article_id": article.article_id}


class AlertMatcher:
    """Finds what stored articles match, and keeps the feeds."""

    def __init__(self, watches: Watches, data_dir: Path, clock: Clock = utc_now) -> None:
        self._watches, self._folder, self._clock = watches, data_dir / "watches", clock

    async def step(self) -> int:
        """Match all stored articles that wait; how many were told."""
        told, stale = 0, set[str]()
        while True:
            now = self._clock()

            def body(rule: Rule, article: Told, now: dt.datetime = now) -> str:
                about = {"watch": rule.name, "query": rule.query, "article": article_fields(article)}
                return message("watch.matched", now, about).decode()

            done = await self._watches.match(body, now=now)
            told += done.told
            stale.update(done.feeds)
            if not done.articles:
                break
        for name in sorted(stale):
            await self.write_feed(name)
        return told

    async def write_feeds(self) -> None:
        """Write every feed anew."""
        for watch in await self._watches.all():
            if watch.has_feed:
                await self.write_feed(watch.name)

    async def write_feed(self, name: str) -> None:
        """Write FOLDER/NAME.atom anew; a file that can't be written costs nothing else (the service serves it all the same)."""
        content = await feed_of(self._watches, name)
        try:
            write_whole(self._folder / f"{name}.atom", content)
        except OSError as error:
            logger.warning("a feed can't be written", watch=name, error=error.strerror)


def write_whole(path: Path, content: bytes | None) -> None:
    """The file holds this content, or the one before; None takes it away."""
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


async def feed_of(watches: Watches, name: str, *, self_url: str | None = None) -> bytes | None:
    """A watch's feed as it stands; None where there is none."""
    found = await watches.feed(name, limit=ENTRIES)
    if found is None:
        return None
    watch, articles = found
    return atom_feed(watch.name, watch.query, watch.feed_key, watch.created_at, articles, self_url=self_url)


class WebhookSender:
    """Sends messages: one at a time to each endpoint, to several endpoints at once, so that a slow one delays no other."""

    def __init__(self, watches: Watches, poster: HttpPoster, clock: Clock = utc_now) -> None:
        self._watches, self._poster, self._clock = watches, poster, clock
        self._rounds: dict[int, asyncio.Task[None]] = {}
        self._ends = False

    async def step(self) -> None:
        """Begin a round to every endpoint that has something due; does not wait for their ends."""
        for watch_id in await self._watches.due(self._clock()):
            if watch_id not in self._rounds:
                self._rounds[watch_id] = asyncio.create_task(self._round(watch_id))

    async def rest(self) -> None:
        """Wait until all rounds have ended."""
        while self._rounds:
            await asyncio.wait(self._rounds.values())

    async def end(self, grace_s: float) -> None:
        """Send nothing new; what is still being sent after the grace is sent again by another, under the same identity."""
        self._ends = True
        if self._rounds:
            _, late = await asyncio.wait(self._rounds.values(), timeout=grace_s)
            for task in late:
                task.cancel()

    async def _round(self, watch_id: int) -> None:
        try:
            while not self._ends and await self._send_next(watch_id):
                pass
        except Exception as error:
            logger.warning("messages can't be sent now", watch=watch_id, error=f"{type(error).__name__}: {error}")
        finally:
            self._rounds.pop(watch_id, None)

    async def _send_next(self, watch_id: int) -> bool:
        """Send one message and keep what came of it; False when none is due, or the endpoint is on hold."""
        now = self._clock()
        claim = await self._watches.claim(watch_id, now=now, lost_at=now + CLAIMED_FOR)
        if claim is None:
            return False
        await self._send(claim, now)
        return True

    async def _send(self, claim: Claim, now: dt.datetime) -> None:
        body = claim.body.encode()
        answer = await self._poster.post(claim.webhook_url, headers(claim.secret, str(claim.id), now, body), body)
        now = self._clock()
        verdict = judge(answer, attempts=claim.attempts, failures=claim.failures, created_at=claim.created_at, now=now)
        await self._watches.settle(
            claim, now=now, status=answer.status, detail=answer.detail, **dataclasses.asdict(verdict)
        )
        if verdict.state != "delivered":
            logger.info("not delivered", delivery=str(claim.id), state=verdict.state, why=answer.detail)


def guard_rules(settings: Settings) -> GuardRules:
    """The network guard's rules: webhooks are under them as everything that Dateline asks for."""
    return GuardRules.parse(settings.allow_networks, settings.resolve, settings.allowed_ports)


def make_poster(settings: Settings, lookup: SystemLookup) -> HttpPoster:
    """A poster under the network guard's rules."""
    return HttpPoster(guard_rules(settings), lookup, settings.effective_user_agent)


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
