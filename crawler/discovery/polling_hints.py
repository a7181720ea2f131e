"""A feed's polling hints, which ask clients when to poll: ttl, skipHours, skipDays (RSS 2.0) and sy:update… (RSS 1.0).

Read from the XML itself, because feedparser does not know skipHours and skipDays.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice

from lxml import etree

from crawler.discovery.xml_text import local_name
from dateline.instants import read_instant
from dateline.types.source import PollingHints

PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
"""Minutes; RSS 1.0's syndication module (web.resource.org/rss/1.0/modules/syndication)."""
LONGEST = dt.timedelta(days=7)
DAYS = {
    name: place
    for place, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tue"),
            ("wednesday", "wed"),
            ("thursday", "thu"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
_MOST_CHILDREN = 1_000
_MOST_SKIPPED = 30
_READ = frozenset({"ttl", "updateperiod", "updatefrequency", "updatebase", "skiphours", "skipdays"})


def read_polling_hints(root: etree._Element) -> PollingHints:
    """The feed's polling hints; a hint that can't be read is left out."""
    said = _said(root)
    minutes = _number(_text(said.get("ttl"))) or _period_minutes(said)
    interval = min(dt.timedelta(seconds=max(1, round(minutes * 60))), LONGEST) if minutes else None
    return PollingHints(
        interval=interval,
        base=_base(_text(said.get("updatebase"))) if interval and "ttl" not in said else None,
        skip_hours=frozenset(hour % 24 for word in _items(said.get("skiphours")) if 0 <= (hour := _hour(word)) <= 24),
        skip_days=frozenset(DAYS[word] for word in map(str.lower, _items(said.get("skipdays"))) if word in DAYS),
    )


def _said(root: etree._Element) -> dict[str, etree._Element]:
    """The first of each element that is read, by local name: in the channel, or in the root where there is no channel."""
    channel = next((child for child in islice(root, _MOST_CHILDREN) if local_name(child) == "channel"), root)
    found: dict[str, etree._Element] = {}
    for child in islice(channel, _MOST_CHILDREN):
        name = local_name(child)
        if name in _READ:
            found.setdefault(name, child)
    return found


def _period_minutes(said: dict[str, etree._Element]) -> float:
    """sy:updatePeriod divided by sy:updateFrequency; a missing period is daily, a missing frequency 1."""
    if "updateperiod" not in said and "updatefrequency" not in said:
        return 0.0
    period = PERIODS.get((_text(said.get("updateperiod")) or "daily").lower(), 0)
    return period / (_number(_text(said.get("updatefrequency"))) or 1)


def _base(text: str) -> dt.datetime | None:
    found = read_instant(text) if text else None
    return found.at.astimezone(dt.UTC) if found is not None and found.at.year >= 1970 else None


def _items(element: etree._Element | None) -> list[str]:
    """The texts of the child elements, and the words of a plain list, which some feeds use ("0 1 2", "Saturday,Sunday")."""
    if element is None:
        return []
    inner = [_text(child) for child in islice(element, _MOST_SKIPPED)]
    return [*filter(None, inner), *_text(element).replace(",", " ").split()[:_MOST_SKIPPED]]


def _hour(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 2 else -1


def _text(element: etree._Element | None) -> str:
    return ((element.text or "") if element is not None else "")[:100].strip()


def _number(text: str) -> float:
    return float(text[:7]) if text.isascii() and text.isdigit() else 0.0
