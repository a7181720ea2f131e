"""Until when a host asks to be left alone: the statuses that say so, and Retry-After; pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)\d*\s*(?:s|secs?|seconds?)?", re.IGNORECASE | re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\dT", re.ASCII)
DEFAULT_BACKOFF = dt.timedelta(seconds=60)
"""How long a host is left alone that answered 429 or 503 without a Retry-After."""
MAX_BACKOFF = dt.timedelta(days=1)
"""A longer Retry-After is cut to this, so that no answer can stop a host's visits for good."""


def asks_to_wait(status: int | None) -> bool:
    """Whether an answer with this status asks to come back later: 429 (RFC 6585, 4) or 503 (RFC 9110, 15.6.4)."""
    return status in (429, 503)


def backoff_until(status: int, retry_after: str | None, *, now: dt.datetime) -> dt.datetime | None:
    """When the host may be asked again after this answer (RFC 9110, 10.2.3), or None where it did not ask to wait."""
    if not asks_to_wait(status):
        return None
    until = parse_retry_after(retry_after, now=now) if retry_after else None
    return until or now + DEFAULT_BACKOFF


def parse_retry_after(text: str, *, now: dt.datetime) -> dt.datetime | None:
    """The time that a Retry-After (seconds or HTTP date) means, from `now` to MAX_BACKOFF later; None if unreadable.

    Servers also write fractions and units ("3600.5", "120s") and ISO dates, which RFC 9110 has not.
    """
    word = text.strip()
    if found := _SECONDS.fullmatch(word):
        return now + min(dt.timedelta(seconds=math.ceil(float(found[1]))), MAX_BACKOFF)
    try:
        at = dt.datetime.fromisoformat(word) if _ISO_DATE.match(word) else parsedate_to_datetime(word)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return min(max(aware, now), now + MAX_BACKOFF)
