"""Where WebSub hubs call back: a listener of its own, since it is the one that strangers are meant to reach.

    GET  /websub/TOKEN   a hub verifies, or denies, what we asked for (WebSub, 5.2 and 5.3)
    POST /websub/TOKEN   a hub pushes (7): the page is due at once; what was pushed is not read, only its signature checked

Everything else, and every path that was not given to a hub, is 404 without a word. Health, metrics and console stay on
ports that are not public.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dateline import log
from dateline.clock import Clock, utc_now
from dateline.config import Settings
from scheduler.processes.http_server import inner_server, listen
from scheduler.websub.protocol import (
    DENIED,
    TOKEN,
    HubRecord,
    is_signed,
    lease_s,
    renew_at,
    signature_algorithm,
)
from sql.database import open_pool
from sql.frontier.websub import KnownCallback, Subscriptions

PREFIX = "/websub/"
READ_S = 30.0
CLOSE_S = 2.0
CONNECTIONS = 100
"""Connections at once; more get a 503."""
BURST, REFILL_S = 10, 6.0
"""Pushes to one subscription: ten at once, then one in six seconds; more get a 429."""
LONGEST_CHALLENGE = 2_000
LONGEST_REASON = 200
"""Characters kept and logged of what a stranger says."""
REMEMBERED = 10_000

logger = log.get(__name__)


async def serve_callback(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve callbacks until `stop` is set; a ConfigError where it can't listen there."""
    with listen(
        settings.callback_host,
        settings.callback_port,
        name="the WebSub callback server",
        setting="DATELINE_CALLBACK_PORT",
    ) as listener:
        async with open_pool(url, max_size=4, application_name="dateline-callback") as pool:
            app = Callback(Subscriptions(pool), max_bytes=settings.max_bytes)
            server = inner_server(app, connections=CONNECTIONS, proxies=settings.trusted_proxies)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            logger.info("WebSub callback server started", port=settings.callback_port)
            await stop.wait()
            server.should_exit = True
            await asyncio.wait({serving}, timeout=CLOSE_S)


class PushLimit:
    """How many pushes each subscription may still send: a bucket of BURST that refills."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, token: str) -> bool:
        """True, and one less, while there is any left."""
        now = self._clock()
        left, at = self._left.pop(token, (float(BURST), now))
        left = min(float(BURST), left + (now - at) / REFILL_S)
        self._left[token] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1


@dataclass(slots=True)
class Callback:
    """The ASGI application."""

    subscriptions: Subscriptions
    max_bytes: int
    clock: Clock = utc_now
    limit: PushLimit = field(default_factory=PushLimit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app: ASGIApp = await self.answer(Request(scope, receive))
        await app(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The answer to a hub; all others get a 404."""
        path = request.url.path
        token = path.removeprefix(PREFIX)
        if not path.startswith(PREFIX) or not TOKEN.fullmatch(token):
            return Response(status_code=404)
        try:
            if request.method == "GET":
                return await self._intent(token, request)
            if request.method == "POST":
                return await self._pushed(token, request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            # the hub tries again; what went wrong is not its business
            logger.warning("a callback failed", error=f"{type(error).__name__}: {error}"[:LONGEST_REASON])
            return Response(status_code=503, headers={"Retry-After": "60"})
        return Response(status_code=404)

    async def _intent(self, token: str, request: Request) -> Response:
        """The challenge, where the hub asks about something that we asked for; it is active (or gone) when this returns."""
        said, now = request.query_params, self.clock()
        mode, topic, challenge = (said.get(f"hub.{name}", "") for name in ("mode", "topic", "challenge"))
        if "\x00" in topic:
            return Response(status_code=404)
        if mode == "denied":
            reason = said.get("hub.reason", "").replace("\x00", "")[:LONGEST_REASON]
            is_ours = await self.subscriptions.deny(
                token, topic, reason=reason or "denied without a reason", next_at=now + DENIED
            )
            if is_ours:
                logger.warning("a hub denied a subscription", topic=topic[:LONGEST_REASON], reason=reason)
            return Response(status_code=200 if is_ours else 404)
        lease = lease_s(said.get("hub.lease_seconds"))
        if not 0 < len(challenge) <= LONGEST_CHALLENGE or not await self._is_wanted(mode, token, topic, lease, now):
            return Response(status_code=404)
        logger.info("a hub verified", topic=topic[:LONGEST_REASON], mode=mode)
        # a safe media type: whatever the hub sent comes back as text (5.3.1)
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def _is_wanted(self, mode: str, token: str, topic: str, lease: int, now: dt.datetime) -> bool:
        if mode == "unsubscribe":
            return await self.subscriptions.verify_end(token, topic)
        if mode != "subscribe":
            return False
        return await self.subscriptions.verify(
            token,
            topic,
            lease_until=now + dt.timedelta(seconds=lease),
            renew_at=renew_at(lease, now=now, chance=random.random()),  # noqa: S311 - spreads renewals
        )

    async def _pushed(self, token: str, request: Request) -> Response:
        """A push is taken in when its page is due. One with a wrong signature is answered alike (7.1.2) and comes to nothing."""
        known = await self.subscriptions.find(token)
        if known is None or known.state not in ("active", "ending"):
            return Response(status_code=404)
        if known.state == "ending":
            return Response(status_code=410)
        if not self.limit.take(token):
            return Response(status_code=429, headers={"Retry-After": "60"})
        try:
            async with asyncio.timeout(READ_S):
                is_good = await self._is_signed(known, request)
        except TimeoutError:
            return Response(status_code=408)
        if is_good is None:
            return Response(status_code=413)
        if is_good:
            await self.subscriptions.push(known.id, gap=HubRecord(known.trust, known.idle).gap, now=self.clock())
        else:
            await self.subscriptions.refuse(known.id)
            logger.warning("a push without a good signature", subscription=known.id)
        return Response(status_code=202)

    async def _is_signed(self, known: KnownCallback, request: Request) -> bool | None:
        """Whether the body is the hub's, read piece by piece and kept nowhere; None: it is too large."""
        claim = signature_algorithm(request.headers.get("x-hub-signature", ""))
        digest = hmac.new(known.secret.encode(), digestmod=getattr(hashlib, claim[0] if claim else "sha256"))
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > self.max_bytes:
                return None
            digest.update(piece)
        return claim is not None and is_signed(claim[1], digest.hexdigest())
