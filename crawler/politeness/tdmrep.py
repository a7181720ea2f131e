"""Reads /.well-known/tdmrep.json (W3C TDM Reservation Protocol, 2024). Pure; runs in the parser pool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crawler.politeness.robots_parser import MAX_BYTES, matches, normal_path, normal_pattern
from dateline.types.rights import Statement

TDMREP_PATH = "/.well-known/tdmrep.json"
_MOST_RULES = 500
_LONGEST = 500
_RESERVATIONS = {"1": "1", "true": "1", "1.0": "1", "0": "0", "false": "0", "0.0": "0"}
"""A reservation as the protocol has it, and as some files have it."""
_ADDRESS = re.compile(r"https?://[^/*\s]*(?=[/*])", re.IGNORECASE)
"""What a path begins with where a file gives whole addresses."""


@dataclass(frozen=True, slots=True)
class TdmRule:
    """A rule of the file: a pattern of paths as in robots.txt, in normal form, "1" or "0", and the address of a policy or ""."""

    location: str
    reservation: str
    policy: str = ""


def read_tdmrep(body: bytes) -> tuple[TdmRule, ...]:
    """The rules of a tdmrep.json in its order; those that are not valid are left out."""
    try:
        found = json.loads(body[:MAX_BYTES].decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        return ()
    rules = found if isinstance(found, list) else [found]
    return tuple(islice(_rules(rules), _MOST_RULES))


def tdm_rights(rules: Sequence[TdmRule], path: str) -> tuple[Statement, ...]:
    """What the file states about a path with its query: the first rule that matches counts."""
    normal = normal_path(path)
    rule = next((each for each in rules if matches(each.location, normal)), None)
    if rule is None:
        return ()
    stated = Statement("tdm-reservation", rule.reservation, "tdmrep.json")
    return (stated, Statement("tdm-policy", rule.policy, "tdmrep.json")) if rule.policy else (stated,)


def _rules(items: Sequence[Any]) -> Iterator[TdmRule]:
    for item in items:
        if not isinstance(item, dict):
            continue
        locations, policy = item.get("location"), item.get("tdm-policy")
        reservation = _RESERVATIONS.get(str(item.get("tdm-reservation")).strip().lower())
        for location in locations if isinstance(locations, list) else [locations]:
            path = _ADDRESS.sub("", location) if isinstance(location, str) else ""
            if path.startswith(("/", "*")) and reservation is not None:
                yield TdmRule(
                    normal_pattern(path[:_LONGEST]), reservation, policy[:_LONGEST] if isinstance(policy, str) else ""
                )
