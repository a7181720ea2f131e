"""The leader asks WebSub hubs: to subscribe, to renew before a lease ends, to stop. A hub's URL is a stranger's word: it is
fetched through the guard, as everything is."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from urllib.parse import urljoin

from dateline import log
from scheduler.alerts.http_post import HttpPoster, PostResult
from scheduler.websub.protocol import ENDING_TRIES, VERIFY, ask_again_at, callback_url, request_body
from sql.frontier.websub import DueSubscription, Subscriptions

AT_ONCE = 10
"""Hubs asked at once: a few thousand new sources that share one hub are spread over some hours."""
REDIRECTS = 2
"""A hub may send us on to another (5.1.2, 307 and 308)."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

logger = log.get(__name__)


class Subscriber:
    """Asks hubs for what is due; `base` is the public URL of our callbacks."""

    def __init__(
        self, subscriptions: Subscriptions, poster: HttpPoster, base: str, *, clock: Callable[[], dt.datetime]
    ) -> None:
        self._subscriptions, self._poster, self._base, self._clock = subscriptions, poster, base, clock

    async def step(self) -> int:
        """Ask some of the hubs that are to be asked now; how many were."""
        now = self._clock()
        await self._subscriptions.end_unwatched(now)
        due = await self._subscriptions.claim_due(now, again_at=now + VERIFY, limit=AT_ONCE)
        await asyncio.gather(*(self._ask(one, now) for one in due))
        return len(due)

    async def _ask(self, one: DueSubscription, asked_at: dt.datetime) -> None:
        mode = "unsubscribe" if one.state == "ending" else "subscribe"
        body = request_body(mode, callback=callback_url(self._base, one.token), topic=one.topic, secret=one.secret)
        answer = await self._post(one.hub, body)
        logger.info("asked a hub", hub=one.hub, topic=one.topic, mode=mode, status=answer.status, detail=answer.detail)
        if one.state == "ending" and (one.failures >= ENDING_TRIES or answer.status in (404, 410)):
            await self._subscriptions.give_up(one.id)
            return
        again = ask_again_at(one.failures, is_taken=answer.is_taken, now=self._clock())
        problem = "not verified yet" if answer.is_taken else answer.detail or "no answer"
        await self._subscriptions.answered(one.id, asked_at=asked_at, next_at=again, problem=problem)

    async def _post(self, hub: str, body: bytes) -> PostResult:
        url = hub
        for _ in range(REDIRECTS + 1):
            answer = await self._poster.post(url, FORM, body)
            if answer.status not in (307, 308) or not answer.location:
                break
            url = urljoin(url, answer.location)
        return answer
