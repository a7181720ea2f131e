"""Families of copies: which links to write when a text belongs to one. Pure.

A family is known by one of its articles, its lead: the original or, where it is not known which was first, the one that we
saw first. All others lead to it; links are never chained. When new evidence arrives (see originals.py), the family is
decided again. Only what the evidence shows to be later has an original.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from pipelines.copies.match import Comparison, CopyCandidate, CopyKind, Document, New, compare, decide, shares_text
from pipelines.copies.originals import Evidence, Reason, rule


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a family; `leads_to` is the lead of its family so far (its own id when it is that), `original_id`
    what it is a copy of, by the evidence `first_by`."""

    article_id: int
    document: Document
    leads_to: int
    first_by: Evidence | None = None
    original_id: int | None = None


@dataclass(frozen=True, slots=True)
class FamilyLink:
    """One link: article → lead of its family and, where it is a copy, its original; with the figures that it rests on."""

    article_id: int
    family_id: int
    original_id: int | None
    kind: CopyKind
    containment: float
    containment_back: float
    evidence: dict[str, float | str]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Settlement:
    """The family's lead, and the links that are new or change because of the newcomer. `families` become this one."""

    family_id: int
    links: tuple[FamilyLink, ...]
    families: frozenset[int] = frozenset()

    def of(self, newcomer_id: int, *, placeholder: int = 0) -> Settlement:
        """Returns the same with the newcomer's real id in place of its placeholder."""

        def known(article_id: int) -> int:
            return newcomer_id if article_id == placeholder else article_id

        links = (
            replace(
                one,
                article_id=known(one.article_id),
                family_id=known(one.family_id),
                original_id=None if one.original_id is None else known(one.original_id),
            )
            for one in self.links
        )
        return Settlement(known(self.family_id), tuple(links), self.families)


def settle_newcomer(newcomer: Member, members: Sequence[Member], near: Set[int]) -> Settlement | None:
    """Where a text belongs, given its candidates (those of `members` in `near`) and all of their families; None: nowhere.

    It belongs to a family only if it has text of that family's lead, and families become one only if their leads have text
    of each other: a digest of two articles does not tie them together.
    """
    candidates = [CopyCandidate(each.document, str(each.leads_to)) for each in members if each.article_id in near]
    leads = {str(each.article_id): each.document for each in members if each.article_id == each.leads_to}
    own = {family for family, lead in leads.items() if shares_text(newcomer.document, lead)}
    decision = decide(newcomer.document, candidates, own)
    if isinstance(decision, New):
        return None
    chosen = leads[decision.family]
    merged = {family for family in decision.merged if shares_text(leads[family], chosen)}
    families = frozenset(map(int, {decision.family, *merged}))
    family = [member for member in members if member.leads_to in families]
    return replace(settle(newcomer, family, decision.comparison, decision.nearest), families=families)


def settle(newcomer: Member, members: Sequence[Member], found: Comparison, nearest: str) -> Settlement:
    """Where all of the family leads, now that `newcomer` belongs to it by `found`, its likeness with `nearest` (a URL)."""
    everyone = {member.document.url: member for member in (*members, newcomer)}
    ruling = rule([member.document for member in everyone.values()])
    lead = everyone[ruling.lead.url]
    places = [
        _Place(
            member,
            lead,
            everyone[original.url] if (original := ruling.originals.get(url)) else None,
            ruling.reasons[url],
        )
        for url, member in everyone.items()
        if member is not lead
    ]
    changed = [each for each in places if each.member is newcomer or each.is_changed]
    return Settlement(lead.article_id, tuple(_link(each, found, nearest) for each in changed))


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a member of a family now."""

    member: Member
    lead: Member
    original: Member | None
    reason: Reason

    @property
    def original_id(self) -> int | None:
        return self.original.article_id if self.original else None

    @property
    def is_changed(self) -> bool:
        now = (self.lead.article_id, self.original_id, self.reason.evidence)
        return now != (self.member.leads_to, self.member.original_id, self.member.first_by)


def _link(place: _Place, found: Comparison, nearest: str) -> FamilyLink:
    """The link with what the member and its original or lead have in common; through the nearest where that is too little."""
    comparison = compare(place.member.document, (place.original or place.lead).document)
    evidence: dict[str, float | str] = dict(comparison.evidence())
    if comparison.kind is None:
        comparison, evidence = found, found.evidence() | {"through": nearest}
    return FamilyLink(
        place.member.article_id,
        place.lead.article_id,
        place.original_id,
        comparison.kind or "rewrite",
        min(1.0, comparison.containment),
        min(1.0, comparison.containment_back),
        evidence,
        place.reason,
    )
