"""Which text of a family is the original, decided by evidence, the hardest to forge first. Pure.

    seen     we saw one text before we last looked in vain where the other was found later
    credit   a text credits the site of another, or its page names that as canonical: a word about itself only
    date     the dates that the two sites give, as far as our visits do not refute them; one that nothing bears out is not
             before a text that we had looked for in vain
    unknown  nothing decides

Each kind of evidence strikes out those that are later than another; what is left goes to the next kind. If one is left
at the end, it is the original of all. Of several, none is known to be first, and none is named a copy of another: the
family is only known by the one that we saw first, its lead. One that was struck out has for its original the text that
the evidence names.
What a third site says of two others counts for nothing, nor does the spelling of an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.instants.spans import EVER, NEVER
from dateline.urls import site_of
from pipelines.copies.match import Document, shares_text

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
    """What the evidence shows of a family. All but the lead have a reason, by their addresses.

    `originals` names, for each text that is shown to be later, the one that is shown to be before it and not later than
    any other; a text that is not in it is not known to be a copy.
    """

    lead: Document
    reasons: dict[str, Reason]
    originals: dict[str, Document]


def rule(members: Sequence[Document]) -> Ruling:
    """What the evidence shows of the members. Their order does not matter."""
    left, reasons = sorted(members, key=_by_first_sight), dict[str, Reason]()
    before: dict[str, Document] = {}
    for is_earlier, describe in ((_was_seen_before, _seen), (_is_credited_by, _credit), (_is_dated_before, _date)):
        found = _struck(left, is_earlier)
        reasons |= {one.url: describe(found[one.url], one) for one in left if one.url in found}
        left = [one for one in left if one.url not in found]
        before |= found
    lead = left[0]
    reasons |= {one.url: Reason("unknown", _unknown(lead, one)) for one in left[1:]}
    return Ruling(lead, reasons, {url: _root(url, before) for url in before})


def _struck(left: Sequence[Document], is_earlier: Callable[[Document, Document], bool]) -> dict[str, Document]:
    """The texts that are later than another, each with one that shows it; texts that credit each other are not.

    Two that have nothing in common say nothing of each other; a third has something of both.
    """
    earlier = {one.url: [each for each in left if is_earlier(each, one) and shares_text(each, one)] for one in left}
    begun = {url for url, found in earlier.items() if not found}
    struck: dict[str, Document] = {}
    while True:
        known = begun | set(struck)
        new = {url: next((each for each in found if each.url in known), None) for url, found in earlier.items()}
        more = {url: each for url, each in new.items() if each is not None and url not in struck}
        if not more:
            break
        struck |= more
    rest = {url: found for url, found in earlier.items() if found and url not in struck}
    before = {url: _all_before(url, rest) for url in rest}
    followers = {
        url: next((each for each in found if url not in before[each.url]), None) for url, found in rest.items()
    }
    return struck | {url: each for url, each in followers.items() if each is not None}


def _all_before(url: str, earlier: Mapping[str, Sequence[Document]]) -> set[str]:
    """The texts that are earlier than one, step by step; in a ring it is among them itself."""
    found, waiting = set[str](), [url]
    while waiting:
        new = {each.url for each in earlier[waiting.pop()]} - found
        found |= new
        waiting += new
    return found


def _root(url: str, before: Mapping[str, Document]) -> Document:
    """The text at the beginning of the chain of those that were each before the next."""
    while before[url].url in before:
        url = before[url].url
    return before[url]


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
    is_only_claimed = one.absent_at is None and other.absent_at is not None
    return one.appeared.is_before(other.appeared) and not is_only_claimed and not _is_late_claim(one, other)


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


def _unknown(lead: Document, other: Document) -> str:
    a, b = _names(lead, other)
    is_seen_first = lead.seen_at and other.seen_at and lead.seen_at < other.seen_at
    return f"which of {a} and {b} had it first is not known" + (f"; we saw {a} first" if is_seen_first else "")


def _names(one: Document, other: Document) -> tuple[str, str]:
    """How two texts are named: by their sites, or by their addresses where the sites are the same."""
    return (one.home, other.home) if one.home != other.home else (one.url, other.url)


def _stamp(at: dt.datetime | None) -> str:
    return f"{(at or EVER).astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z"
