"""What a WebSub subscriber decides: requests, leases, signatures, and what a push is worth."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.link_header import hub_and_self
from scheduler.websub.protocol import (
    LONGEST_LEASE_S,
    RARER,
    SHORTEST_LEASE_S,
    TRUSTED,
    VERIFY,
    HubRecord,
    after_visit,
    ask_again_at,
    callback_url,
    is_signed,
    lease_s,
    pushed_due_at,
    renew_at,
    request_body,
    signature_algorithm,
)
from scheduler.websub.server import BURST, PushLimit

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
PAGE = "https://bay.test/news/feed"
STANDINGS = st.builds(HubRecord, st.integers(0, 10), st.integers(0, 6))


@pytest.mark.parametrize(
    ("links", "hub", "itself"),
    [
        ([], None, None),
        (
            ['<https://hub.test/>; rel="hub"', '<https://bay.test/f>; rel="self"'],
            "https://hub.test/",
            "https://bay.test/f",
        ),
        (["<https://hub.test/>; rel=hub, </f>; rel=self"], "https://hub.test/", "https://bay.test/f"),
        (['<https://hub.test/?a=1,2>; title="a, b; rel=x"; REL="next Hub"'], "https://hub.test/?a=1,2", None),
        (['<https://one.test/>; rel="hub", <https://two.test/>; rel="hub"'], "https://one.test/", None),
        (["<ftp://hub.test/>; rel=hub", "<https://hub.test/>; rel=hub"], "https://hub.test/", None),
        (["<https://hub.test/>; rel=hubs", "https://hub.test/; rel=hub", "<>; rel=hub"], None, None),
    ],
)
def test_link_headers_name_hub_and_self(links: list[str], hub: str | None, itself: str | None) -> None:
    assert hub_and_self([("link", link) for link in links], PAGE) == (hub, itself)


@given(st.text(max_size=300))
def test_no_link_header_breaks_the_reader(text: str) -> None:
    for found in hub_and_self([("link", text)], PAGE):
        assert found is None or found.startswith("http")


def test_a_request_is_a_form() -> None:
    callback = callback_url("https://news.test/in/", "T" * 43)
    form = parse_qs(request_body("subscribe", callback=callback, topic=f"{PAGE}?a=1&b", secret="s3").decode())
    assert form == {
        "hub.mode": ["subscribe"],
        "hub.callback": ["https://news.test/in/websub/" + "T" * 43],
        "hub.topic": [f"{PAGE}?a=1&b"],
        "hub.lease_seconds": ["864000"],
        "hub.secret": ["s3"],
    }
    assert "secret" not in request_body("unsubscribe", callback=callback, topic=PAGE, secret="s3").decode()


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("86400", 86_400),
        ("1", SHORTEST_LEASE_S),
        ("0", SHORTEST_LEASE_S),
        ("-5", SHORTEST_LEASE_S),
        (None, SHORTEST_LEASE_S),
        ("soon", SHORTEST_LEASE_S),
        ("٩٩٩٩٩٩", SHORTEST_LEASE_S),
        ("9" * 50, LONGEST_LEASE_S),
    ],
)
def test_a_lease_is_taken_within_bounds(said: str | None, lease: int) -> None:
    assert lease_s(said) == lease


@given(st.integers(SHORTEST_LEASE_S, LONGEST_LEASE_S), st.floats(0, 1))
def test_a_lease_is_renewed_well_before_its_end(lease: int, chance: float) -> None:
    left = NOW + dt.timedelta(seconds=lease) - renew_at(lease, now=NOW, chance=chance)
    assert 0.19 * lease <= left.total_seconds() <= 0.31 * lease


@given(st.integers(0, 1000), st.booleans())
def test_a_hub_is_asked_again_later_and_later_and_daily_in_the_end(failures: int, is_taken: bool) -> None:
    first, second = (ask_again_at(n, is_taken=is_taken, now=NOW) - NOW for n in (failures, failures + 1))
    assert dt.timedelta(minutes=5) <= first <= second <= dt.timedelta(days=1)
    assert not is_taken or first >= VERIFY


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures_of_every_named_method_count(method: str) -> None:
    digest = hmac.new(b"key", b"body", getattr(hashlib, method)).hexdigest()
    assert signature_algorithm(f" {method.upper()}={digest.upper()} ") == (method, digest)
    assert is_signed(digest, digest)
    assert not is_signed(digest[:-1], digest)


@pytest.mark.parametrize("header", ["", "sha256", "sha256=", "md5=00", "=00", "new=1", "compare_digest=1"])
def test_malformed_signatures_are_refused(header: str) -> None:
    assert signature_algorithm(header) is None


@given(STANDINGS, st.booleans(), st.integers(0, 3), st.booleans())
def test_news_without_a_push_ends_the_trust(standing: HubRecord, was_pushed: bool, new: int, lately: bool) -> None:
    after = after_visit(standing, was_pushed=was_pushed, new=new, found_lately=lately)
    if was_pushed:
        assert after.trust == min(standing.trust + 1, 10)
        assert after.idle == (0 if new else standing.idle if lately else min(standing.idle + 1, 6))
    else:
        assert after.is_trusted is (standing.is_trusted and not new)
        assert after.idle == standing.idle


def test_a_hub_that_pushes_nothing_is_followed_less_and_less() -> None:
    standing, gaps = HubRecord(), []
    for _ in range(9):
        gaps.append(standing.gap.total_seconds())
        standing = after_visit(standing, was_pushed=True, new=0, found_lately=False)
    assert gaps == [60, 120, 240, 480, 960, 1920, 3840, 3840, 3840]
    assert after_visit(standing, was_pushed=True, new=1, found_lately=False).gap == HubRecord().gap


@given(STANDINGS, st.timedeltas(dt.timedelta(minutes=5), dt.timedelta(days=8)), st.integers(0, 3))
def test_scheduled_visits_are_rarer_where_pushes_are_trusted_and_never_absent(
    standing: HubRecord, ahead: dt.timedelta, new: int
) -> None:
    due = NOW + ahead
    at = pushed_due_at(due, standing, was_pushed=False, new=new, found_lately=False, now=NOW)
    if standing.trust < TRUSTED:
        assert at == due
    else:
        assert at - NOW == max(ahead, min(RARER * ahead, dt.timedelta(days=1)))


def test_a_push_whose_news_does_not_show_yet_is_looked_after_again() -> None:
    """A cache on the way still has the old copy, and the next scheduled visit may be hours away."""
    due, trusted = NOW + dt.timedelta(hours=4), HubRecord(10)
    soon = NOW + dt.timedelta(minutes=5)
    assert pushed_due_at(due, trusted, was_pushed=True, new=0, found_lately=False, now=NOW) == soon
    assert pushed_due_at(due, trusted, was_pushed=True, new=0, found_lately=True, now=NOW) > due
    assert pushed_due_at(due, HubRecord(10, 3), was_pushed=True, new=0, found_lately=False, now=NOW) > due


def test_pushes_are_bounded_for_each_subscription() -> None:
    at = [100.0]
    limit = PushLimit(lambda: at[0])
    assert [limit.take("one") for _ in range(BURST + 2)] == [True] * BURST + [False] * 2
    assert limit.take("other")
    at[0] += 6
    assert [limit.take("one") for _ in range(2)] == [True, False]
