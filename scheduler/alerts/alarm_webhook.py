"""Tells the operators' webhook of alarms, and records what came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Sequence

from dateline import log
from dateline.clock import Clock, utc_now
from dateline.config import Settings, url_origin
from dateline.config.rules import CHAT_SERVICES
from dateline.mail_address import SEVERITIES
from dateline.text import storable_line
from scheduler.alerts.http_post import HttpPoster
from scheduler.alerts.templates import Note, body_of
from scheduler.alerts.webhook_message import message
from scheduler.alerts.webhook_retries import wait_s
from scheduler.alerts.webhook_sender import CLAIMED_FOR, Receiver, post_message
from scheduler.mail.compose import alarm_line, by_state, headline
from scheduler.mail.schedule import LONGEST_PAUSE_S, MailHours
from sql.database import Pool
from sql.watches.alarm_outbox import AlarmClaim, AlarmOutbox

MOST_ALARMS, MOST_LINE, MOST_LINES = 500, 300, 850
"""Alarms named in one JSON message; characters of an alarm, and of all, in a chat service's."""

logger = log.get(__name__)


def endpoints_of(settings: Settings) -> dict[Receiver, Sequence[str]]:
    """The operators' webhooks, that of alarm_webhook first, each with the severities that it gets."""
    secret = settings.alarm_webhook_secret or None
    found: dict[Receiver, Sequence[str]] = {}
    if settings.alarm_webhook:
        template = settings.alarm_webhook_template.lower() or None
        found[Receiver(settings.alarm_webhook, template, secret)] = SEVERITIES
    for url, *given in filter(None, map(str.split, settings.alarm_webhooks)):
        words = [one.lower() for one in given]
        least = next((SEVERITIES.index(one) for one in words if one in SEVERITIES), len(SEVERITIES))
        template = next((one for one in words if one in CHAT_SERVICES), None)
        if url not in {one.url for one in found}:
            found[Receiver(url, template, secret)] = SEVERITIES[: least + 1]
    return found


def alarm_body(claim: AlarmClaim, endpoint: Receiver) -> bytes:
    """The message in the form of its template; at a later attempt its sentences may be newer."""
    started, ended = by_state(claim.changes)
    title = headline(claim.changes, claim.refused)
    if endpoint.template:
        lines = [*map(alarm_line, [*started, *ended]), *(f"{one.address}: {one.problem}" for one in claim.refused)]
        what = Note("Dateline", title, f"{claim.mail_at:%Y-%m-%d %H:%M} UTC", _fitting(lines), None)
        return body_of(endpoint.template, endpoint.url, what)
    data = {
        "headline": title,
        "started_count": len(started),
        "ended_count": len(ended),
        "started": started[:MOST_ALARMS],
        "ended": ended[:MOST_ALARMS],
        "refused_recipients": claim.refused[:MOST_ALARMS],
    }
    return message("alarms.changed", claim.mail_at, data)


def _fitting(lines: list[str]) -> str:
    """The first lines, as many as a chat service shows, and how many there are besides."""
    shown = [storable_line(line, MOST_LINE) for line in lines]
    most = next((n for n in range(1, len(shown)) if sum(map(len, shown[: n + 1])) + n > MOST_LINES), len(shown))
    return "\n".join([*shown[:most], *([f"and {len(shown) - most} more"] if most < len(shown) else [])])


class AlarmPoster:
    """Sends each webhook what it does not know yet: all in one message, one at a time, and none in the quiet hours."""

    def __init__(self, settings: Settings, pool: Pool, poster: HttpPoster, clock: Clock = utc_now) -> None:
        self._poster, self._clock = poster, clock
        self._first = AlarmOutbox(pool, "webhook")
        self._further = {
            one: AlarmOutbox(pool, "hook", place=place_of(one), severities=severities)
            for one, severities in endpoints_of(settings).items()
            if one.url != settings.alarm_webhook
        }
        self._outboxes = {one: self._further.get(one, self._first) for one in endpoints_of(settings)}
        self._day = MailHours.of(settings.mail_time_zone, settings.mail_digest_at, settings.alarm_quiet_hours)

    async def step(self) -> None:
        """Send what is due; what ends while no webhook is set is never sent."""
        now = self._clock()
        if self._first not in self._outboxes.values():
            await self._first.notify(False, now=now)
        await self._first.notify_only([place_of(one) for one in self._further])
        await asyncio.gather(*(self._step(one, outbox, now) for one, outbox in self._outboxes.items()))

    async def _step(self, endpoint: Receiver, outbox: AlarmOutbox, now: dt.datetime) -> None:
        await outbox.notify(True, now=now)
        if not self._day.is_quiet(now) and (claim := await outbox.claim(now=now, lost_at=now + CLAIMED_FOR)):
            await self._send(endpoint, outbox, claim, now)

    async def _send(self, endpoint: Receiver, outbox: AlarmOutbox, claim: AlarmClaim, now: dt.datetime) -> None:
        """Send one message and keep what came of it. One whose sources were all removed is none."""
        if claim.changes or claim.refused:
            body = alarm_body(claim, endpoint)
            answer = await post_message(self._poster, endpoint, str(claim.mail_id), now, body)
            if not answer.is_taken:
                host = url_origin(endpoint.url)
                logger.warning("a webhook did not take a message about alarms", webhook=host, why=answer.detail)
                pause_s = wait_s(answer, claim.failures + 1, longest_s=LONGEST_PAUSE_S)
                return await outbox.not_sent(
                    claim,
                    next_attempt_at=self._clock() + dt.timedelta(seconds=pause_s),
                    problem=answer.detail,
                    is_unknown=answer.may_be_taken,
                )
        return await outbox.sent(claim, now=self._clock())


def place_of(endpoint: Receiver) -> str:
    """What the database knows a further webhook by: not its URL, which is a secret."""
    return hashlib.sha256(endpoint.url.encode()).hexdigest()[:32]
