"""Which due hosts are queued now: shares of the workers' slots, so that no source and no site can take them all; pure.

A slot is one host visited at a time. While slots are few:

    a source         at most SHARE of the slots, however many hosts its feeds name
    a site           at most SHARE of the slots for hosts that no source watches: a feed that names a thousand subdomains
    doubtful hosts   at most SHARE of the slots together, and of those a source at most SHARE again

A host is doubtful when it did not answer last time, or never has and is only named by others. A host that a source
watches is never held back by what others say of its site. The first host of each source comes first, those that it
watches before those that it names; then the second of each source, and so on: who names the most waits the longest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sql.frontier.rows import HostInDemand

SHARE = 0.25


@dataclass(slots=True)
class _Taken:
    """The slots that are taken."""

    hosts: set[str] = field(default_factory=set)
    by_source: Counter[int | None] = field(default_factory=Counter)
    by_site: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    doubtful_by_source: Counter[int | None] = field(default_factory=Counter)

    def add(self, one: HostInDemand) -> None:
        self.hosts.add(one.host)
        self.by_source[one.source_id] += 1
        self.by_site[one.site] += not one.is_watched
        self.doubtful += one.is_doubtful
        self.doubtful_by_source[one.source_id] += one.is_doubtful


def admitted(due: Iterable[HostInDemand], queued: Sequence[HostInDemand], *, slots: int) -> list[HostInDemand]:
    """The due hosts that are to be queued now, in order, beside those that are queued or visited already."""
    taken, found = _Taken(), list[HostInDemand]()
    for one in queued:
        taken.add(one)
    for one in sorted(due, key=lambda one: (one.is_doubtful, one.place)):
        if one.host not in taken.hosts and _has_room(one, taken, slots):
            taken.add(one)
            found.append(one)
    return found


def _has_room(one: HostInDemand, taken: _Taken, slots: int) -> bool:
    share = max(1, math.floor(slots * SHARE))
    if taken.by_source[one.source_id] >= share:
        return False
    if not one.is_watched and taken.by_site[one.site] >= share:
        return False
    if not one.is_doubtful:
        return True
    return taken.doubtful < share and taken.doubtful_by_source[one.source_id] < max(1, math.floor(share * SHARE))
