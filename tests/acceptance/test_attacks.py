"""A cut of the attack matrix: three attacks for each protection on one victim in turn, and one attack without its protection.

`make attack`, which CI runs, plays all: on victims stored before, after, at the same time and never, and without each protection.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.matrix import play_all

PROVED = "redirect then other words"


def test_no_site_changes_anothers_articles(database: str, tmp_path: Path) -> None:
    of_each = {one.protection: [each for each in ATTACKS if each.protection == one.protection] for one in ATTACKS}
    chosen = [one for attacks in of_each.values() for one in islice(attacks, 3)]
    records = play_all(database, tmp_path, chosen, turns=True)
    assert len(records) == len(chosen) >= 2 * len(of_each)
    assert [record for record in records if record.harm] == []


def test_without_its_protection_an_attack_succeeds(database: str, tmp_path: Path) -> None:
    [attack] = [one for one in ATTACKS if one.name == PROVED]
    records = play_all(database, tmp_path, [attack], off=attack.protection, turns=True)
    assert [record for record in records if record.harm]
