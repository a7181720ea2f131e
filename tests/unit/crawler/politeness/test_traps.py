"""Paths that only a trap leads to, and those that merely look odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.traps import MOST_SEGMENTS, trap_in


@pytest.mark.parametrize(
    "path",
    ["/a/b/a/b/a/b", "/news/news/news/", "/x/a/b/c/a/b/c/a/b/c/d", "/calendar/2026/calendar/2026/calendar/2026/",
     "//a//a//a", "/" + "/".join(map(str, range(MOST_SEGMENTS + 1)))],
)  # fmt: skip
def test_these_paths_are_traps(path: str) -> None:
    """With `trap_in` giving None for all, none of these was seen, nor by the guard."""
    assert trap_in(path)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/2005/05/05/05/a-story", "/a/b/a/b/a", "/news/news/", "/en/world/africa/2026/05/04/a-long-story-of-it",
     "/a/b/c/a/b/c"],
)  # fmt: skip
def test_these_paths_are_not_traps(path: str) -> None:
    assert trap_in(path) is None


@given(st.lists(st.sampled_from("ab1"), max_size=12))
def test_segments_repeated_three_times_are_a_trap_anywhere_in_the_path(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    expected = any(
        segments[s : s + n] * 3 == segments[s : s + 3 * n] and set(segments[s : s + n]) != {"1"}
        for n in range(1, 5)
        for s in range(len(segments) - 3 * n + 1)
    )
    assert (trap_in(path) is not None) is expected
