"""The slope that `make soak` prints, and its error, on series whose slope is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.service.soak import slope, summary, warm_up_minutes

SECONDS = [5.0 * n for n in range(720)]


def test_a_straight_line_has_its_slope_and_no_error() -> None:
    found, error = slope(SECONDS, [100 + second / 3600 * 7 for second in SECONDS])
    assert found == pytest.approx(7)
    assert error == pytest.approx(0, abs=1e-6)


def sawtooth(phase: float) -> list[float]:
    """Memory that grows for 100 s and falls back, as a parsing process that is replaced."""
    return [((second + phase) % 100) for second in SECONDS]


def test_the_error_covers_neighbours_that_resemble_each_other() -> None:
    """Over many series without a slope, about nineteen of twenty are within two errors of none."""
    chance = np.random.default_rng(1)
    within = 0
    for _ in range(200):
        steps = chance.normal(0, 1, len(SECONDS))
        series = np.zeros(len(SECONDS))
        for n in range(1, len(series)):
            series[n] = 0.9 * series[n - 1] + steps[n]
        found, error = slope(SECONDS, list(series))
        within += abs(found) < 2 * error
    assert within / 200 > 0.9


@pytest.mark.parametrize("phase", [0, 30, 60])
def test_a_sawtooth_is_no_leak(phase: float) -> None:
    found, error = slope(SECONDS, sawtooth(phase))
    assert abs(found) < 2 * max(error, 1.0)


@pytest.mark.parametrize(("minutes", "left_out"), [(3, 1), (10, 10 / 3), (60, 10), (600, 10)])
def test_the_warm_up_is_left_out(minutes: float, left_out: float) -> None:
    assert warm_up_minutes(minutes) == left_out
    samples = [
        {
            "second": 5.0 * n,
            "memory_mb": 500.0 if 5 * n >= left_out * 60 else 100.0,
            "pages": 50.0 * n,
            "articles": 50.0 * n,
        }
        for n in range(int(minutes * 12))
    ]
    figures = summary(samples, minutes, 10)
    assert figures["memory_slope_mb_h"] == pytest.approx(0)
    assert figures["pages_per_s"] == pytest.approx(10)
