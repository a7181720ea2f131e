"""The kill matrix's figures: nothing that went wrong may look as if it had not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from benchmarks.kills.faults import FAULTS
from benchmarks.kills.patience import Patience, own_time_s
from benchmarks.kills.site import HOSTS, Site
from benchmarks.kills.tally import cost, row, summary

FAULT = FAULTS[0]


def record(**changes: Any) -> dict[str, Any]:
    plain = {"fault": FAULT.name, "bare": False, "seed": 1, "run": 0, "strikes": 1, "lost": 0, "doubled": 0}
    return plain | {"forgotten": 0, "recovery_s": 1.5, "seconds": 3.0, "harm": "", "detail": ""} | changes


def test_the_figures_are_sums_and_the_worst_recovery() -> None:
    figures = summary([record(), record(recovery_s=4.256, lost=2), record(harm="a standstill")], FAULTS)
    assert (figures["runs"], figures["lost"], figures["doubled"], figures["forgotten"]) == (3, 2, 0, 0)
    assert (figures["recovery_worker_s_max"], figures["recovery_db_s_max"], figures["takeover_s_max"]) == (
        4.26,
        0.0,
        0.0,
    )
    assert figures["harmed"] == 1


def test_a_run_in_which_the_harness_broke_is_no_run() -> None:
    figures = summary(
        [record(), {"fault": FAULT.name, "bare": False, "seed": 1, "run": 1, "error": "it broke"}], FAULTS
    )
    assert (figures["runs"], figures["errors"]) == (1, 1)


def test_losses_without_protection_are_not_the_services() -> None:
    figures = summary([record(bare=True, forgotten=6), record()], FAULTS)
    assert (figures["runs"], figures["forgotten"], figures["unprotected.worker_killed_idle"]) == (1, 0, 6)
    assert (figures["unprotected_runs"], figures["unprotected_runs_unhurt"]) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"forgotten": 6}, "6 forgotten"),
        ({"lost": 1, "harm": "a standstill", "strikes": 2}, "1 lost, a standstill (at strike 2)"),
        ({"strikes": 4}, "nothing in 4 strikes"),
    ],
)
def test_the_cost_is_given_in_words(changes: dict[str, Any], told: str) -> None:
    assert cost(record(bare=True, **changes)) == told
    assert row(FAULT, [record(), record(bare=True, **changes)]).endswith(f"| {told} |")


def test_every_fault_has_a_name_of_its_own_and_a_protection() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25
    assert all(fault.off for fault in FAULTS)


def test_a_site_knows_which_feeds_have_not_named_its_news() -> None:
    site = Site()
    for host in HOSTS:
        site.answer(host, "/feed.xml")
    assert site.untold() == []
    site.publish()
    site.answer(HOSTS[0], "/feed.xml")
    assert site.untold() == list(HOSTS[1:])


@pytest.mark.parametrize(
    ("passed_s", "wanting", "own_s"),
    [
        (0.5, 0.3, 0.5),
        (0.5, 20, 0.05),
        (30.0, 1, 1.0),
    ],
)
def test_waits_count_the_time_that_a_process_could_have_run(passed_s: float, wanting: float, own_s: float) -> None:
    assert own_time_s(passed_s, wanting, processors=2) == pytest.approx(own_s)


def test_patience_ends() -> None:
    patience = Patience(0.0)
    time.sleep(0.001)
    assert patience.is_over()
    assert not Patience(60.0).is_over()
