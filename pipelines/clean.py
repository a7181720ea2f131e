"""Cleaning of a body: rules that were measured to help on all public sets, each by name.

Dropped are the title and dateline repeated at the top, promotional and newsletter lines, and bios at the end. Measured not to
help, so not done: dropping the description, captions, or lines repeated within a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.body import Block
from pipelines.titles import loose

_TOP = 4
_LONGEST_PROMO = 220
_PROMO = re.compile(
    r"""^(?:
      click\ here\b.* | (?:to\ )?(?:read|see|watch)\ (?:more|also|next|the\ full)\b.{0,120} | read\ (?:on|the\ full\ (?:story|article))\b.{0,80}
    | (?:sign|signup)\ up\ (?:for|to)\b.* | subscribe\ (?:to|now|today|here)\b.* | (?:also|related|more)\s*(?:read|stories|articles|coverage|on)?\s*:.{0,160}
    | follow\ (?:us|.{1,40})\ on\ (?:twitter|facebook|instagram|telegram|x|tiktok|google\ news).{0,80} | like\ us\ on\ .{0,80}
    | get\ (?:the|our|all)\ .{0,80}(?:newsletter|inbox|app)\b.{0,80} | download\ (?:the|our)\ .{0,60}\bapp\b.{0,60} | join\ (?:our|the)\ .{0,60}(?:channel|newsletter|group)\b.{0,60}
    | (?:story\ continues|article\ continues|continue\ reading|advertisement|advertising|sponsored|anzeige|werbung|publicit[ée]|publicidad)\b.{0,40}
    | lesen\ sie\ (?:auch|hier|mehr|dazu)\b.* | (?:lesen|sehen)\ sie\ .{0,60}:.* | mehr\ (?:zum\ thema|dazu)\b.{0,120} | lire\ aussi\b.* | (?:à|a)\ lire\ (?:aussi|également)\b.*
    | lea\ (?:también|más|además)\b.* | (?:te\ puede\ interesar|también\ te\ puede).* | leggi\ anche\b.* | leia\ (?:também|mais)\b.* | lees\ ook\b.* | læs\ også\b.* | les\ også\b.*
    | läs\ (?:även|också|mer)\b.* | czytaj\ (?:też|także|więcej)\b.* | čtěte\ (?:také|více)\b.* | (?:читайте|смотрите)\ (?:также|ещё)\b.*
    )$""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The blocks that stay, and the names of the rules that took something away."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()


def clean(blocks: Sequence[Block], *, titles: Sequence[str] = ()) -> Cleaned:
    """The body without what is not part of its text; idempotent, never longer, and never emptied."""
    rules: list[str] = []
    kept = list(blocks)
    for name, rule in (("title-repeated", _without_title), ("promo-line", _without_promos)):
        left = rule(kept, titles)
        if left and len(left) < len(kept):
            rules.append(name)
            kept = left
    return Cleaned(tuple(kept), tuple(rules))


def _without_title(blocks: list[Block], titles: Sequence[str]) -> list[Block]:
    names = {loose(title) for title in titles} - {""}
    return [block for i, block in enumerate(blocks) if i >= _TOP or loose(block.text) not in names]


def _without_promos(blocks: list[Block], _: Sequence[str]) -> list[Block]:
    return [block for block in blocks if len(block.text) > _LONGEST_PROMO or not _PROMO.match(block.text)]
