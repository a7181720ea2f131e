"""Messages to webhooks: what they say, how they are signed, when they are tried again. Pure.

Identity, headers, signature and secret are those of Standard Webhooks 1.0 (https://www.standardwebhooks.com), so that its
libraries verify them as they are.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson

from scheduler.alerts.http_post import Answer

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""
GIVE_UP_AFTER = dt.timedelta(days=3)
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 6 * 3600.0
LONGEST_WISH_S = 24 * 3600.0
GONE = 410


@dataclass(frozen=True, slots=True)
class DeliveryDecision:
    """What is done after an attempt: with the message, and with the endpoint."""

    state: str
    next_attempt_at: dt.datetime | None
    failures: int
    hold_until: dt.datetime | None


def judge(
    answer: Answer, *, attempts: int, failures: int, created_at: dt.datetime, now: dt.datetime
) -> DeliveryDecision:
    """Delivered; or again later, with pauses that grow; or dead, when it is too old or the receiver says 410 Gone.

    An endpoint that is down is left alone as a whole: one message asks whether it is up again, not each that waits.
    """
    failures = 0 if answer.is_endpoint_up else failures + 1
    hold_until = now + dt.timedelta(seconds=wait_s(answer, failures)) if failures else None
    if answer.is_taken:
        return DeliveryDecision("delivered", None, failures, hold_until)
    again = now + dt.timedelta(seconds=wait_s(answer, attempts))
    if answer.status == GONE or again > created_at + GIVE_UP_AFTER:
        return DeliveryDecision("dead", None, failures, hold_until)
    return DeliveryDecision("pending", again, failures, hold_until)


def wait_s(answer: Answer, times: int, *, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Seconds until the next attempt after that many failures: a pause, or longer if the receiver wishes so."""
    return max(min(pause_s(times), longest_s), min(answer.retry_after_s, LONGEST_WISH_S))


def pause_s(times: int) -> float:
    """Seconds after that many failures: 5, 15, 45 … and never more than six hours."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** min(max(times, 1) - 1, 20)))


def message(kind: str, at: dt.datetime, data: dict[str, Any]) -> bytes:
    """The body: {"type", "timestamp", "data"}."""
    return orjson.dumps({"type": kind, "timestamp": at, "data": data}, option=orjson.OPT_UTC_Z, default=str)


def new_secret(random_bytes: bytes) -> str:
    """A secret as receivers write it down."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: v1 and the HMAC-SHA256 over identity, timestamp and body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b"%s.%d.%s" % (identity.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str | None, identity: str, now: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a message; a new timestamp and signature at every attempt, the identity stays.

    Without a secret there is no signature.
    """
    timestamp = int(now.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        **({"webhook-signature": signature(secret, identity, timestamp, body)} if secret else {}),
    }
