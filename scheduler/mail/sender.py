"""Sends due mail, and records the results."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.message import EmailMessage
from functools import partial
from uuid import UUID, uuid4

from dateline import clock as clocks
from dateline import log
from dateline.config import Settings
from dateline.errors import UsageError
from dateline.mail_address import SEVERITIES, alarm_recipient, mail_address, sender
from dateline.types.shown import Shown
from scheduler.mail import compose
from scheduler.mail.schedule import MailHours, due_at, pause_s
from scheduler.mail.smtp import MailOutcome, MailServer, require_mail
from sql.watches.alarm_outbox import AlarmClaim, AlarmOutbox
from sql.watches.mail import MailBox, MailClaim, WaitingRecipient
from sql.watches.watches import Watches

CLAIMED_FOR = dt.timedelta(minutes=3)
"""A mail whose sender has not settled it by then is sent by another, under the same Message-ID."""

logger = log.get(__name__)


class MailSender:
    """Sends digests to the recipients of watches and alarms to the operators, one mail at a time."""

    def __init__(
        self, settings: Settings, watches: Watches, box: MailBox, clock: clocks.Clock = clocks.utc_now
    ) -> None:
        self._settings, self._watches, self._box, self._clock = settings, watches, box, clock
        self._all_alarms = AlarmOutbox(watches.pool, "mail")
        self._severe = {
            f"mail:{least}": AlarmOutbox(watches.pool, "hook", place=f"mail:{least}", severities=SEVERITIES[: n + 1])
            for n, least in enumerate(SEVERITIES[:-1])
        }
        self._day = MailHours.of(settings.mail_time_zone, settings.mail_digest_at, settings.alarm_quiet_hours)
        self._server, self._turn = MailServer(settings), asyncio.Lock()
        self._failures, self._hold_until = 0, dt.datetime.min.replace(tzinfo=dt.UTC)

    async def step(self) -> None:
        """Send what is due; while the server is down, only one mail asks it now and then whether it is up again."""
        async with self._turn:
            try:
                await self._alarms()
                await self._digests()
            except asyncio.CancelledError:
                raise  # a stop does not wait for a server that is silent: the claim ends, and the mail goes out again
            except BaseException:
                await asyncio.to_thread(self._server.close)
                raise
            await asyncio.to_thread(self._server.close)

    async def sample(self, name: str, query: str, articles: Sequence[Shown], address: str) -> MailOutcome:
        """What came of a mail with what a recipient of a watch would get; nothing is stored."""
        envelope = envelope_of(self._settings, [address], uuid4(), self._clock())
        mail = compose.digest(envelope, name, query, articles, is_sample=True)
        try:
            return await asyncio.to_thread(self._server.send, mail, [address])
        finally:
            await asyncio.to_thread(self._server.close)

    async def _digests(self) -> None:
        now = self._clock()
        for one in await self._box.waiting(now):
            if now < self._hold_until:  # since a mail of this round, too
                return
            if self._is_due(one, now) and (claim := await self._box.claim(one.id, now=now, lost_at=now + CLAIMED_FOR)):
                await self._digest(claim)

    def _is_due(self, one: WaitingRecipient, now: dt.datetime) -> bool:
        # of the future is a match that was found before the clock was set back
        oldest_at = min(one.oldest_at, now) if one.every == "match" else one.oldest_at
        return one.is_started or due_at(one.every, oldest_at, one.last_sent_at, self._day) <= now

    async def _digest(self, claim: MailClaim) -> None:
        """Send one digest and keep what came of it. One whose articles were all forgotten is none."""
        found = {one.article_id: one for one in await self._watches.articles(claim.articles)}
        articles = [found[number] for number in claim.articles if number in found]
        if articles:
            mail = compose.digest(
                envelope_of(self._settings, [claim.address], claim.mail_id, claim.mail_at),
                claim.name,
                claim.query,
                articles,
            )
            outcome = await self._send(mail, [claim.address])
            if outcome.is_too_large and len(claim.articles) > 1:
                return await self._half(claim, outcome)
            if outcome.state != "sent":
                return await self._digest_failed(claim, outcome)
        return await self._box.sent(claim, now=self._clock())

    async def _half(self, claim: MailClaim, outcome: MailOutcome) -> None:
        """Send the older half of a digest that is too large for the server; the rest waits for a mail of its own."""
        now = self._clock()
        await self._box.not_sent(claim, next_attempt_at=now, problem=outcome.detail, is_unknown=False, is_refused=False)
        half = len(claim.articles) // 2
        smaller = await self._box.claim(claim.id, now=now, lost_at=now + CLAIMED_FOR, limit=half)
        if smaller is not None:
            await self._digest(smaller)

    async def _digest_failed(self, claim: MailClaim, outcome: MailOutcome) -> None:
        logger.warning("mail was not sent", watch=claim.name, to=claim.address, state=outcome.state, why=outcome.detail)
        pause = pause_s(claim.failures, is_refused=outcome.is_refused)
        await self._box.not_sent(
            claim,
            next_attempt_at=self._clock() + dt.timedelta(seconds=pause),
            problem=outcome.detail,
            is_unknown=outcome.state == "unknown",
            is_refused=outcome.is_refused,
        )

    async def _alarms(self) -> None:
        """Tell each operator of the alarms that are severe enough: those who get the same ones share a mail."""
        now = self._clock()
        to: dict[str, list[str]] = {}
        for address, least in self._operators(await self._box.alarm_recipients()).items():
            to.setdefault(f"mail:{least}", []).append(address)
        everything = to.pop(f"mail:{SEVERITIES[-1]}", [])
        await self._all_alarms.notify(bool(everything), now=now)
        await self._all_alarms.notify_only([*to], is_mail=True)
        for place in to:
            await self._severe[place].notify(True, now=now)
        for outbox, some in [(self._all_alarms, everything), *((self._severe[one], to[one]) for one in to)]:
            if not some or now < self._hold_until or self._day.is_quiet(now):
                continue
            if claim := await outbox.claim(now=now, lost_at=now + CLAIMED_FOR):
                await self._alarm(outbox, claim, some)

    def _operators(self, added: Sequence[str]) -> dict[str, str]:
        """Each address with the least severity that it gets; of an address that is named twice, the lesser."""
        found: dict[str, str] = {}
        for address, least in map(alarm_recipient, [*self._settings.alarm_mail, *added]):
            found[address] = max(least, found.get(address, least), key=SEVERITIES.index)
        return found

    async def _alarm(self, outbox: AlarmOutbox, claim: AlarmClaim, to: list[str]) -> None:
        if claim.changes or claim.refused:
            envelope = envelope_of(self._settings, to, claim.mail_id, claim.mail_at)
            outcome = await self._send(compose.alarms(envelope, claim.changes, claim.refused), to)
            for address, why in outcome.refused.items():
                logger.warning("the mail server refuses a recipient of alarms", to=address, why=why)
            if outcome.state != "sent":
                logger.warning("mail about alarms was not sent", state=outcome.state, why=outcome.detail)
                at = self._clock() + dt.timedelta(seconds=pause_s(claim.failures, is_refused=outcome.is_refused))
                return await outbox.not_sent(
                    claim, next_attempt_at=at, problem=outcome.detail, is_unknown=outcome.state == "unknown"
                )
        return await outbox.sent(claim, now=self._clock())

    async def _send(self, mail: EmailMessage, recipients: Sequence[str]) -> MailOutcome:
        outcome = await _in_thread(partial(self._server.send, mail, recipients))
        if outcome.is_server_down:
            self._hold_until = self._clock() + dt.timedelta(seconds=pause_s(self._failures))
        self._failures = self._failures + 1 if outcome.is_server_down else 0
        return outcome


async def _in_thread(work: Callable[[], MailOutcome]) -> MailOutcome:
    """What the work returns, from a thread that the end of the process does not wait for, as it does for asyncio's own."""
    loop, found = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def end(outcome: MailOutcome | None, error: BaseException | None) -> None:
        if not found.done():
            found.set_exception(error) if error else found.set_result(outcome)

    def run() -> None:
        outcome, error = None, None
        try:
            outcome = work()
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(end, outcome, error)

    threading.Thread(target=run, daemon=True, name="mail").start()
    return await found  # type: ignore[no-any-return]


def envelope_of(settings: Settings, recipients: Sequence[str], identity: UUID, at: dt.datetime) -> compose.Envelope:
    """Our envelope. The operator is the contact, if that is a mail address (it may be that of a page), or the sender."""
    origin = sender(settings.mail_from)
    try:
        operator = mail_address(settings.contact.removeprefix("mailto:"))
    except UsageError:
        operator = origin.addr_spec
    return compose.Envelope(origin, operator, recipients, identity, at)


def make_sender(settings: Settings, watches: Watches, box: MailBox) -> MailSender | None:
    """A sender, if mail is set up."""
    return MailSender(settings, watches, box) if settings.mail_server and settings.mail_from else None


def send_test_mail(settings: Settings, recipients: Sequence[str]) -> MailOutcome:
    """What came of a mail that tests the settings; a UsageError if mail is not set up."""
    require_mail(settings)
    server = MailServer(settings)
    try:
        return server.send(compose.plain(envelope_of(settings, recipients, uuid4(), clocks.utc_now())), recipients)
    finally:
        server.close()
