"""A cut of the attack matrix: every attack on one victim in turn, and of each protection one attack without it.

`make attack` plays all of them on victims stored before, after, at the same time and never.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.matrix import play_all

PROVED = ("one hop for three articles", "redirect then other words", "copy with the day alone")


def test_no_site_changes_anothers_articles(database: str, tmp_path: Path) -> None:
    records = play_all(database, tmp_path, ATTACKS, turns=True)
    assert len(records) == len(ATTACKS) >= 40
    assert [record for record in records if record.harm] == []


@pytest.mark.parametrize("name", PROVED)
def test_without_its_protection_an_attack_succeeds(name: str, database: str, tmp_path: Path) -> None:
    [attack] = [one for one in ATTACKS if one.name == name]
    records = play_all(database, tmp_path, [attack], off=attack.protection, turns=True)
    assert [record for record in records if record.harm]
