"""When a message to a webhook is tried again, and when it is given up. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from scheduler.alerts.http_post import PostResult

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
    answer: PostResult, *, attempts: int, failures: int, created_at: dt.datetime, now: dt.datetime
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


def wait_s(answer: PostResult, times: int, *, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Seconds until the next attempt after that many failures: a pause, or longer if the receiver wishes so."""
    return max(min(pause_s(times), longest_s), min(answer.retry_after_s, LONGEST_WISH_S))


def pause_s(times: int) -> float:
    """Seconds after that many failures: 5, 15, 45 … and never more than six hours."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** min(max(times, 1) - 1, 20)))
