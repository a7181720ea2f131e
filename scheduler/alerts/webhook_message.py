"""Messages to webhooks: what they say and how they are signed. Pure.

Identity, headers, signature and secret are those of Standard Webhooks 1.0 (https://www.standardwebhooks.com), so that its
libraries verify them as they are.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from typing import Any

import orjson

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""


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

    The signature is left out if the webhook has no secret.
    """
    timestamp = int(now.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        **({"webhook-signature": signature(secret, identity, timestamp, body)} if secret else {}),
    }
