"""How long an HTTP answer stays fresh for a private client (RFC 9111).

`s-maxage` is for shared caches and is ignored. `no-cache` and `no-store` forbid reuse, so a max-age beside them is ignored:
sites do send "no-cache, max-age=315360000". `must-revalidate` concerns only stale answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

NOTHING = dt.timedelta()
_YEAR_S = 366 * 86_400


def fresh_for(headers: Sequence[tuple[str, str]], *, received_at: dt.datetime) -> dt.timedelta:
    """How long the answer stayed fresh from `received_at` on (4.2); zero where it does not say.

    Header names are lower case. The first of several max-age counts (4.2.1), or `Expires` where there is none (5.3); the
    Age header of a cache on the way (5.1) is subtracted.
    """
    directives = list(_directives(headers))
    if any(name in ("no-cache", "no-store") and not value for name, value in directives):
        return NOTHING
    asked = next((value for name, value in directives if name == "max-age"), None)
    lifetime_s = _seconds(asked) if asked is not None else _until_expiry_s(headers, received_at)
    return dt.timedelta(seconds=max(0, lifetime_s - _seconds(_first(headers, "age") or "")))


def _directives(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name == "cache-control":
            for part in value[:1_000].split(","):
                directive, _, argument = part.partition("=")
                yield directive.strip().lower(), argument.strip().strip('"')


def _until_expiry_s(headers: Sequence[tuple[str, str]], received_at: dt.datetime) -> int:
    """Seconds from the answer's own Date to its Expires; an invalid one ("0", "-1") is in the past (5.3)."""
    expires = http_date(_first(headers, "expires"))
    if expires is None:
        return 0
    sent_at = http_date(_first(headers, "date")) or received_at
    return min(_YEAR_S, max(0, int((expires - sent_at).total_seconds())))


def _first(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    return next((value.strip() for key, value in headers if key == name), None)


def http_date(text: str | None) -> dt.datetime | None:
    """The instant of a header's date (RFC 9110, 5.6.7); None where it can't be read."""
    try:
        at = parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at


def _seconds(text: str) -> int:
    """delta-seconds (1.2.2): other text counts as 0, and more than a year as a year."""
    return min(int(text[:12]), _YEAR_S) if text.isascii() and text.isdigit() else 0
