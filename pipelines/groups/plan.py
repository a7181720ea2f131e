"""Which pages may share a transaction; pure.

A group holds only pages about which there is nothing to decide: each would be stored as a new article, whichever of them came
first. Whether the archive knows them is asked under the group's locks (`commit`). All others are stored one by one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from pipelines.arrival import Arrival
from pipelines.copies.match import SHARED_HASHES
from pipelines.dedupe import StoreNew, was_fetched

MOST_TOGETHER = 8
MOST_HASHES = 1_000
"""A group takes an advisory lock for each; the server's lock table has room for 6,400 unless it was made larger."""


def may_share(arrival: Arrival) -> bool:
    """Whether nothing in the page itself asks for a transaction of its own.

    What is known (a re-check), named by another address (a redirect), changes while it is read (a live blog), has several
    pages, or is a feed's word is stored alone. A list of posts that a backfill reads gives texts of its own site, as pages do.
    """
    found, due = arrival.found, arrival.due
    is_text = found.text_origin == "page" and was_fetched(found.extractor)
    is_post = found.text_origin == "feed" and due.is_backfill and arrival.may_speak
    is_whole = not (found.live_entries or found.parts or found.kind == "live_blog")
    return (is_text or is_post) and is_whole and not due.is_recheck and arrival.passed_keys == [arrival.key]


def independent(waiting: Sequence[Arrival]) -> list[int]:
    """The places of those pages that may be stored together: none is what another is, names it, or shares text with it."""
    chosen: list[int] = []
    keys, hashes = set[uuid.UUID](), list[frozenset[int]]()
    for place, arrival in enumerate(waiting):
        own_keys, own_hashes = _keys(arrival), frozenset(arrival.hashes)
        is_full = len(chosen) == MOST_TOGETHER or sum(map(len, hashes)) + len(own_hashes) > MOST_HASHES
        if is_full or not keys.isdisjoint(own_keys) or _are_near(own_hashes, hashes):
            continue
        chosen.append(place)
        keys |= own_keys
        hashes.append(own_hashes)
    return chosen


def _keys(arrival: Arrival) -> set[uuid.UUID]:
    """By what another page may be tied to this one: its addresses, those that it names, and its very text."""
    named: Iterable[uuid.UUID | None] = (*arrival.aliases(StoreNew())["url_keys"], arrival.canonical_key)
    return {arrival.text_hash, *filter(None, named)}


def _are_near(hashes: frozenset[int], others: Iterable[frozenset[int]]) -> bool:
    """Whether one of the others would be found as what this text may be a copy of."""
    return any(len(hashes & other) >= SHARED_HASHES for other in others)
