"""Which text of a family is the original, decided by evidence, the hardest to forge first. Pure.

    seen     we saw one text before we last looked in vain where the other was found later
    credit   a text credits the site of another, or its page names that as canonical: a word about itself only
    date     the dates that the two sites give, as far as our visits do not refute them
    unknown  nothing decides

Each kind of evidence strikes out those that are later than another; what is left goes to the next kind. Of several that
are left to the end, none is known to be first: the family leads to the one that we saw first.
What a third site says of two others counts for nothing, nor does the spelling of an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.instants.spans import EVER, NEVER
from dateline.urls import site_of
from pipelines.copies.match import Document

Evidence = Literal["seen", "credit", "date", "unknown"]
Confidence = Literal["high", "medium", "low", "none"]
CONFIDENCE: dict[Evidence, Confidence] = {"seen": "high", "credit": "medium", "date": "low", "unknown": "none"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a text is not the original: the evidence against it, and a sentence that names both sides."""

    evidence: Evidence
    sentence: str

    @property
    def confidence(self) -> Confidence:
        """How hard such evidence is to forge."""
        return CONFIDENCE[self.evidence]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The text to which a family leads, and for each of the others, by its address, why it is not the one."""

    original: Document
    reasons: dict[str, Reason]


def rule(members: Sequence[Document]) -> Ruling:
    """Which member is the original. The order of `members` does not matter."""
    left, reasons = sorted(members, key=_by_first_sight), dict[str, Reason]()
    for is_earlier, describe in ((_was_seen_before, _seen), (_is_credited_by, _credit), (_is_dated_before, _date)):
        later = {one.url: next((each for each in left if is_earlier(each, one)), None) for one in left}
        if all(later.values()):
            continue  # they credit each other in a ring
        reasons |= {one.url: describe(other, one) for one in left if (other := later[one.url]) is not None}
        left = [one for one in left if later[one.url] is None]
    original = left[0]
    return Ruling(original, reasons | {one.url: Reason("unknown", _unknown(original, one)) for one in left[1:]})


def _by_first_sight(one: Document) -> tuple[dt.datetime, dt.datetime, int, int]:
    """The order where nothing is known. The last key is a hash: it only makes the choice the same each time."""
    claimed = one.claim.latest if one.claim else NEVER
    return one.seen_at or NEVER, claimed if one.seen_at is None else NEVER, -(one.length or one.words), one.key.int


def _was_seen_before(one: Document, other: Document) -> bool:
    return one.seen_at is not None and other.absent_at is not None and one.seen_at <= other.absent_at


def _is_credited_by(one: Document, other: Document) -> bool:
    """Whether the other's own page names this text, or its site, as its source."""
    return one.home != other.home and not other.names.isdisjoint(one.is_named)


def _is_dated_before(one: Document, other: Document) -> bool:
    return one.appeared.is_before(other.appeared) and not _is_late_claim(one, other)


def _is_late_claim(one: Document, other: Document) -> bool:
    """Whether a date claims to be before a text that was in the archive before we asked for this one at all."""
    return one.sought_at is not None and other.seen_at is not None and other.seen_at < one.sought_at


def _seen(first: Document, later: Document) -> Reason:
    a, b = _names(first, later)
    return Reason(
        "seen",
        f"we saw it at {a} {_stamp(first.seen_at)}; at {_stamp(later.absent_at)} we looked where {b} was found later,"
        " and it was not there",
    )


def _credit(first: Document, later: Document) -> Reason:
    a, b = _names(first, later)
    is_canonical = later.syndicated_from is not None and site_of(later.syndicated_from) == first.home
    return Reason("credit", f"{b} itself {'names as canonical' if is_canonical else 'credits'} {a}")


def _date(first: Document, later: Document) -> Reason:
    a, b = _names(first, later)
    return Reason("date", f"by the dates that {a} and {b} give, and by nothing else")


def _unknown(original: Document, other: Document) -> str:
    a, b = _names(original, other)
    is_seen_first = original.seen_at and other.seen_at and original.seen_at < other.seen_at
    return f"which of {a} and {b} had it first is not known" + (f"; we saw {a} first" if is_seen_first else "")


def _names(one: Document, other: Document) -> tuple[str, str]:
    """How two texts are named: by their sites, or by their addresses where the sites are the same."""
    return (one.home, other.home) if one.home != other.home else (one.url, other.url)


def _stamp(at: dt.datetime | None) -> str:
    return f"{(at or EVER).astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z"
