"""Numbers, instants and spans as people read them. Pure."""

from __future__ import annotations

import datetime as dt

from dateline.errors import UsageError

EVERY = {"match": "at once", "hour": "once an hour", "day": "once a day"}
"""How often a recipient gets mail, by the word for it in forms."""
LONGEST_TITLE = 120
_SPANS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"))


def capital(sentence: str) -> str:
    """The sentence with its first letter upper case."""
    return sentence if "://" in sentence.partition(" ")[0] else f"{sentence[:1].upper()}{sentence[1:]}"


def shortened(title: str) -> str:
    """A title for lists and headings: one of thousands of characters would leave no room for anything else."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def without_command(error: UsageError) -> str:
    """An error in a sentence, without its advice for the command line."""
    return f"{capital(error.problem.rstrip('.'))}."


def span(seconds: float | None) -> str:
    """A duration in one or two words: 45 s, 12 min, 5 h, 3 d."""
    if seconds is None:
        return "–"
    for size, unit in _SPANS:
        if abs(seconds) >= size * (2 if unit in ("d", "y") else 1):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def ago(instant: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago, or in how long."""
    if instant is None:
        return "never"
    passed = (now - instant).total_seconds()
    if abs(passed) < 5:
        return "now"
    return f"{span(passed)} ago" if passed > 0 else f"in {span(-passed)}"


def stamp(instant: dt.datetime | None) -> str:
    """An instant to the second, UTC."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC" if instant else "–"


def short_stamp(instant: dt.datetime | None, now: dt.datetime) -> str:
    """An instant as short as its distance allows: 14:05, 26 Nov 14:05, 26 Nov 2024."""
    if instant is None:
        return "–"
    at = instant.astimezone(dt.UTC)
    if at.date() == now.astimezone(dt.UTC).date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b %H:%M}" if abs((now - at).days) < 300 else f"{at.day} {at:%b %Y}"


def day(instant: dt.datetime | None, now: dt.datetime) -> str:
    """An instant's day in UTC: 26 Nov, 26 Nov 2024."""
    if instant is None:
        return "–"
    at = instant.astimezone(dt.UTC)
    return f"{at.day} {at:%b}" if abs((now - at).days) < 300 else f"{at.day} {at:%b %Y}"


def count(number: float | None) -> str:
    """A number with thin spaces between thousands."""
    if number is None:
        return "–"
    return (
        f"{number:,.0f}".replace(",", "\u202f")
        if float(number).is_integer()
        else f"{number:,.1f}".replace(",", "\u202f")
    )


def share(value: float | None) -> str:
    """A share as a percentage."""
    return "–" if value is None else f"{100 * value:.1f}\u202f%" if value < 0.1 else f"{100 * value:.0f}\u202f%"


def size(number: float | None) -> str:
    """Bytes in the unit that fits."""
    if number is None:
        return "–"
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
