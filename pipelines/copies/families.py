"""Families of copies: which links to write when a text belongs to one. Pure.

A family is an original and the articles that lead to it; links are never chained. When the evidence for another original
arrives (see originals.py), all of the family leads to it from then on.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from pipelines.copies.match import Comparison, CopyCandidate, CopyKind, Document, New, compare, decide
from pipelines.copies.originals import Evidence, Reason, rule


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a family; `leads_to` is the original that it leads to so far (its own id when it is one), by the
    evidence `first_by`."""

    article_id: int
    document: Document
    leads_to: int
    first_by: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One copy link: article → original, with the figures that it rests on."""

    article_id: int
    original_id: int
    kind: CopyKind
    containment: float
    containment_back: float
    evidence: dict[str, float | str]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Settlement:
    """The family's original, and the links that are new or change because of the newcomer. `families` become this one."""

    original_id: int
    links: tuple[Link, ...]
    families: frozenset[int] = frozenset()

    def of(self, newcomer_id: int, *, placeholder: int = 0) -> Settlement:
        """Returns the same with the newcomer's real id in place of its placeholder."""

        def known(article_id: int) -> int:
            return newcomer_id if article_id == placeholder else article_id

        links = (
            replace(one, article_id=known(one.article_id), original_id=known(one.original_id)) for one in self.links
        )
        return Settlement(known(self.original_id), tuple(links), self.families)


def settle_newcomer(newcomer: Member, members: Sequence[Member], near: Set[int]) -> Settlement | None:
    """Where a text belongs, given its candidates (those of `members` in `near`) and all of their families; None: nowhere."""
    candidates = [CopyCandidate(each.document, str(each.leads_to)) for each in members if each.article_id in near]
    decision = decide(newcomer.document, candidates)
    if isinstance(decision, New):
        return None
    families = frozenset({int(decision.family), *map(int, decision.merged)})
    family = [member for member in members if member.leads_to in families]
    return replace(settle(newcomer, family, decision.comparison, decision.nearest), families=families)


def settle(newcomer: Member, members: Sequence[Member], found: Comparison, nearest: str) -> Settlement:
    """Where all of the family leads, now that `newcomer` belongs to it by `found`, its likeness with `nearest` (a URL)."""
    everyone = [*members, newcomer]
    ruling = rule([member.document for member in everyone])
    original = next(member for member in everyone if member.document is ruling.original)
    others = [(member, ruling.reasons[member.document.url]) for member in everyone if member is not original]
    changed = [(member, reason) for member, reason in others if _is_changed(member, original, reason, newcomer)]
    links = (_link(member, original, reason, found, nearest) for member, reason in changed)
    return Settlement(original.article_id, tuple(links))


def _is_changed(member: Member, original: Member, reason: Reason, newcomer: Member) -> bool:
    is_linked = member.leads_to == original.article_id and member.first_by == reason.evidence
    return member is newcomer or not is_linked


def _link(member: Member, original: Member, reason: Reason, found: Comparison, nearest: str) -> Link:
    """The link with what member and original themselves have in common; through the nearest copy where that is too little."""
    comparison = compare(member.document, original.document)
    evidence: dict[str, float | str] = dict(comparison.evidence())
    if comparison.kind is None:
        comparison, evidence = found, found.evidence() | {"through": nearest}
    return Link(
        member.article_id,
        original.article_id,
        comparison.kind or "rewrite",
        min(1.0, comparison.containment),
        min(1.0, comparison.containment_back),
        evidence,
        reason,
    )
