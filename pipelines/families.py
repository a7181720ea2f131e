"""Families of copies: which links are to be written once a text was found to belong to one. Pure.

A family is an original and the articles that lead to it; links are never chained. When a better original arrives (an
earlier one, or one that others credit), all of the family leads to it from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.copies import Document, Kind, Verdict, choose_original, compare


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a family; `leads_to` is the original that it leads to so far (its own id when it is one)."""

    article_id: int
    document: Document
    leads_to: int


@dataclass(frozen=True, slots=True)
class Link:
    """One copy link: article → original, with the figures that it rests on."""

    article_id: int
    original_id: int
    kind: Kind
    containment: float
    containment_back: float
    evidence: dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The family's original, and the links that are new or change because of the newcomer."""

    original_id: int
    links: tuple[Link, ...]


def settle(newcomer: Member, members: Sequence[Member], found: Verdict, nearest: str) -> Settlement:
    """Where all of the family leads, now that `newcomer` belongs to it by `found`, its likeness with `nearest` (a URL)."""
    everyone = sorted([*members, newcomer], key=lambda member: member.article_id)
    best = choose_original([member.document for member in everyone])
    original = next(member for member in everyone if member.document is best)
    moved = [m for m in everyone if m is not original and (m is newcomer or m.leads_to != original.article_id)]
    return Settlement(original.article_id, tuple(_link(m, original, found, nearest) for m in moved))


def _link(member: Member, original: Member, found: Verdict, nearest: str) -> Link:
    """The link with what member and original themselves have in common; through the nearest copy where that is too little."""
    verdict = compare(member.document, original.document)
    evidence: dict[str, float | str] = dict(verdict.evidence())
    if verdict.kind is None:
        verdict, evidence = found, found.evidence() | {"through": nearest}
    return Link(
        member.article_id,
        original.article_id,
        verdict.kind or "rewrite",
        min(1.0, verdict.containment),
        min(1.0, verdict.containment_back),
        evidence,
    )
