"""Sixteen bombs at once, smaller than those of `make bench-bombs` and on the same machinery."""

from __future__ import annotations

from benchmarks.fuzz.bombs import BOMBS, LIMIT_MB, measure


def test_sixteen_bombs_cost_little_memory() -> None:
    """With the limit on what is unpacked out of the way (max_bytes of 1 GB), their run had not ended after 100 s."""
    figures = measure(64)
    assert figures["ended"] == BOMBS
    assert figures["rise_mb"] < LIMIT_MB
