"""Sends due messages to the webhooks of watches, and records what came of each attempt."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import defaultdict
from urllib.parse import urlsplit

from dateline import log
from dateline.clock import Clock, utc_now
from scheduler.alerts.http_post import TIMEOUT_S, HttpPoster, PostResult
from scheduler.alerts.templates import post_url
from scheduler.alerts.webhook_message import headers
from scheduler.alerts.webhook_retries import judge
from sql.watches.watches import ClaimedMessage, Watches

CLAIMED_FOR = dt.timedelta(seconds=3 * TIMEOUT_S)
"""A message whose sender has not settled it by then is sent by another."""
AT_ONCE = 4
"""Connections to one receiver, however many watches it has: a burst overflows the queue of a small server, which resets."""

logger = log.get(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Receiver:
    """Where messages go, in which form, and the key that signs them."""

    url: str = dataclasses.field(repr=False)
    template: str | None
    secret: str | None = dataclasses.field(repr=False)


async def post_message(poster: HttpPoster, to: Receiver, identity: str, now: dt.datetime, body: bytes) -> PostResult:
    """What came of one attempt to send a signed message."""
    return await poster.post(post_url(to.template, to.url), headers(to.secret, identity, now, body), body)


class WebhookSender:
    """Sends messages: one at a time per watch, a few per receiver; a slow receiver delays no other."""

    def __init__(self, watches: Watches, poster: HttpPoster, clock: Clock = utc_now) -> None:
        self._watches, self._poster, self._clock = watches, poster, clock
        self._rounds: dict[int, asyncio.Task[None]] = {}
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._ends = False

    async def step(self) -> None:
        """Start a round for every endpoint with due messages; does not wait for the rounds to end."""
        for watch_id, url in await self._watches.due(self._clock()):
            if watch_id not in self._rounds:
                self._rounds[watch_id] = asyncio.create_task(self._round(watch_id, self._slots[urlsplit(url).netloc]))

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

    async def _round(self, watch_id: int, slots: asyncio.Semaphore) -> None:
        try:
            has_more = True
            while has_more:
                async with slots:
                    has_more = not self._ends and await self._send_next(watch_id)
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

    async def _send(self, claim: ClaimedMessage, now: dt.datetime) -> None:
        body = claim.body.encode()
        endpoint = Receiver(claim.webhook_url, claim.template, claim.secret)
        answer = await post_message(self._poster, endpoint, str(claim.id), now, body)
        now = self._clock()
        decision = judge(answer, attempts=claim.attempts, failures=claim.failures, created_at=claim.created_at, now=now)
        await self._watches.settle(
            claim, now=now, status=answer.status, detail=answer.detail, **dataclasses.asdict(decision)
        )
        if decision.state != "delivered":
            logger.info("an alert was not delivered", delivery=str(claim.id), state=decision.state, why=answer.detail)
