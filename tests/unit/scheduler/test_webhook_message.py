"""Messages to webhooks: signatures as Standard Webhooks has them, and when a message is tried again."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.alerts.http_post import PostResult
from scheduler.alerts.webhook_message import headers, message, new_secret, signature
from scheduler.alerts.webhook_retries import GIVE_UP_AFTER, LONGEST_PAUSE_S, judge, pause_s

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def test_a_signature_is_that_of_the_standards_own_libraries() -> None:
    """The example of their tests."""
    secret, identity = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = signature(secret, identity, 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_headers_bear_identity_instant_and_signature() -> None:
    secret = new_secret(bytes(range(32)))
    assert base64.b64decode(secret.removeprefix("whsec_")) == bytes(range(32))
    assert headers(secret, "id-1", NOW, b"{}") == {
        "content-type": "application/json",
        "webhook-id": "id-1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature(secret, "id-1", int(NOW.timestamp()), b"{}"),
    }


def test_a_message_says_what_it_is() -> None:
    told = json.loads(message("watch.matched", NOW, {"watch": "pier", "at": NOW}))
    assert told == {
        "type": "watch.matched",
        "timestamp": "2026-05-04T12:00:00Z",
        "data": {"watch": "pier", "at": "2026-05-04T12:00:00Z"},
    }


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_taken_is_delivered_and_clears_the_endpoint(status: int) -> None:
    verdict = judge(PostResult(status), attempts=3, failures=7, created_at=NOW, now=NOW + MINUTE)
    assert (verdict.state, verdict.next_attempt_at, verdict.failures, verdict.hold_until) == (
        "delivered",
        None,
        0,
        None,
    )


@pytest.mark.parametrize("status", [None, 500, 503, 429, 408])
def test_an_endpoint_that_is_down_is_left_alone_longer_and_longer(status: int | None) -> None:
    first = judge(PostResult(status), attempts=1, failures=0, created_at=NOW, now=NOW)
    assert (first.state, first.failures, first.hold_until) == ("pending", 1, NOW + dt.timedelta(seconds=5))
    assert first.next_attempt_at == NOW + dt.timedelta(seconds=5)
    third = judge(PostResult(status), attempts=3, failures=2, created_at=NOW, now=NOW)
    assert third.hold_until == third.next_attempt_at == NOW + dt.timedelta(seconds=45)


@pytest.mark.parametrize("status", [301, 400, 404, 422])
def test_a_message_that_is_refused_holds_up_no_other(status: int) -> None:
    verdict = judge(PostResult(status), attempts=1, failures=0, created_at=NOW, now=NOW)
    assert (verdict.state, verdict.failures, verdict.hold_until) == ("pending", 0, None)


def test_a_receivers_retry_after_is_obeyed_up_to_a_day() -> None:
    verdict = judge(PostResult(429, retry_after_s=600), attempts=1, failures=0, created_at=NOW, now=NOW)
    assert verdict.hold_until == verdict.next_attempt_at == NOW + 10 * MINUTE
    verdict = judge(PostResult(503, retry_after_s=1e12), attempts=1, failures=0, created_at=NOW, now=NOW)
    assert verdict.next_attempt_at == NOW + dt.timedelta(days=1)


def test_given_up_when_too_old_or_gone() -> None:
    late = judge(PostResult(500), attempts=9, failures=9, created_at=NOW - GIVE_UP_AFTER + MINUTE, now=NOW)
    assert (late.state, late.next_attempt_at) == ("dead", None)
    assert judge(PostResult(410), attempts=1, failures=0, created_at=NOW, now=NOW).state == "dead"


@given(st.integers(0, 10_000))
def test_pauses_grow_and_are_capped(times: int) -> None:
    assert 0 < pause_s(times) <= pause_s(times + 1) <= LONGEST_PAUSE_S
