"""Addresses that were given as a search; pure."""

from __future__ import annotations

import re
import shlex

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\"<>]+", re.IGNORECASE)
_AROUND = ' \t"“”„«»<>'
"""What is around an address that was copied from a text."""


def address_notice(query: str) -> tuple[str, ...]:
    """What to say where a search is nothing but the address of a page, which no headline and hardly a text has; else nothing."""
    address = query.strip(_AROUND)
    if not _ADDRESS.fullmatch(address):
        return ()
    return (
        f"a search looks in headlines and texts, not in addresses; to look this one up: dateline explain {shlex.quote(address)}",
    )
