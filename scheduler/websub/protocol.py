"""WebSub (W3C Recommendation, 2018) as a subscriber decides it: what is asked of a hub, when again, and what a push is worth.

    a page names a hub ─► wanted ─ask─► asked ─verified─► active ─before the lease ends: ask─► …
                                          └─denied─► denied ─a week later─► asked
    the page or its hub goes ─► ending ─ask─► verified or given up: gone

Pure: instants and random numbers are given. A push is a hint that there may be news and nothing more: its body is not read,
the page is visited at once instead, so that all news takes one path.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlencode

LEASE_S = 10 * 86_400
"""What is asked for; the hub decides."""
SHORTEST_LEASE_S, LONGEST_LEASE_S = 3_600, 366 * 86_400
"""A lease is taken for no shorter, so that a hub can't make us ask it every second, and for no longer."""
VERIFY = dt.timedelta(minutes=10)
"""A hub that has not verified by then is asked again."""
DENIED = dt.timedelta(days=7)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 300, 86_400
ENDING_TRIES = 4
"""A hub that can't be reached to unsubscribe keeps its lease to the end; its pushes then get a 404."""

TRUSTED, MOST_TRUST = 3, 10
RARER = 6
"""Scheduled visits of a page whose pushes arrive as expected are so much rarer, and never rarer than a day."""
AT_ONCE_S, MOST_IDLE = 60, 6
"""A pushed page is visited so long after its last visit at the soonest, twice as long after each push without news."""
JUST_FOUND = dt.timedelta(minutes=10)
ANOTHER_LOOK = dt.timedelta(minutes=5)

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes as `secrets.token_urlsafe` writes them."""
ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Those that the Recommendation names (section 7.1). SHA-1 is among them, and most hubs send it; what makes it weak
(collisions) forges no HMAC (RFC 6151 says so of MD5, even)."""


def request_body(mode: str, *, callback: str, topic: str, secret: str) -> bytes:
    """The form that asks a hub to subscribe or unsubscribe (5.1)."""
    form = {"hub.callback": callback, "hub.mode": mode, "hub.topic": topic}
    if mode == "subscribe":
        form |= {"hub.lease_seconds": str(LEASE_S), "hub.secret": secret}
    return urlencode(form).encode()


def callback_url(base: str, token: str) -> str:
    """A subscription's own callback."""
    return f"{base.rstrip('/')}/websub/{token}"


def lease_s(said: str | None) -> int:
    """The lease that a hub grants (5.3), within bounds; the least where it says none or nonsense."""
    number = int(said[:12]) if said and said.isascii() and said.isdigit() else 0
    return max(SHORTEST_LEASE_S, min(number, LONGEST_LEASE_S))


def renew_at(lease: int, *, now: dt.datetime, chance: float) -> dt.datetime:
    """When a lease is renewed: after 70 to 80 % of it (`chance` from 0 to 1), so that a hub may fail for a while."""
    return now + dt.timedelta(seconds=lease * (0.7 + 0.1 * chance))


def ask_again_at(failures: int, *, is_taken: bool, now: dt.datetime) -> dt.datetime:
    """When a hub is asked again that took the request but may not verify it, or did not take it: waits double, up to a day."""
    pause = dt.timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(max(failures, 1) - 1, 20)))
    return now + (max(VERIFY, pause) if is_taken else pause)


def signature_algorithm(header: str) -> tuple[str, str] | None:
    """Method and hexadecimal digest of an X-Hub-Signature; None where it is none that counts."""
    method, _, digest = header.strip().partition("=")
    return (method.lower(), digest.lower()) if method.lower() in ALGORITHMS and digest else None


def is_signed(claimed: str, computed: str) -> bool:
    """Whether two digests are equal, in constant time."""
    return hmac.compare_digest(claimed.encode(), computed.encode())


@dataclass(frozen=True, slots=True)
class HubRecord:
    """What a page's hub has shown: `trust` grows with its pushes, `idle` counts pushes in a row without news."""

    trust: int = 0
    idle: int = 0

    @property
    def is_trusted(self) -> bool:
        """Whether pushes arrive as expected."""
        return self.trust >= TRUSTED

    @property
    def gap(self) -> dt.timedelta:
        """How long after a visit a push prompts another."""
        return dt.timedelta(seconds=AT_ONCE_S * 2 ** min(self.idle, MOST_IDLE))


def after_visit(standing: HubRecord, *, was_pushed: bool, new: int, found_lately: bool) -> HubRecord:
    """The hub's standing after a visit of its page.

    News without a push costs nearly all trust at once. A push for what a scheduled visit had found a moment before
    (`found_lately`) was late, not idle.
    """
    if was_pushed:
        idle = 0 if new else standing.idle if found_lately else min(standing.idle + 1, MOST_IDLE)
        return HubRecord(min(standing.trust + 1, MOST_TRUST), idle)
    return HubRecord(standing.trust // 4, standing.idle) if new else standing


def pushed_due_at(
    due_at: dt.datetime, standing: HubRecord, *, was_pushed: bool, new: int, found_lately: bool, now: dt.datetime
) -> dt.datetime:
    """When a page with an active subscription is due, from when it would be due without: rarer where pushes are trusted,
    soon again where a push came before the news showed (a cache on the way still had the old copy)."""
    if was_pushed and not new and not found_lately and standing.idle < 3:
        return min(due_at, now + ANOTHER_LOOK)
    if not standing.is_trusted:
        return due_at
    longest = max(due_at, now + dt.timedelta(days=1))
    return min(longest, now + RARER * (due_at - now))
