"""Functions that the event loop calls with foreign text take time that grows no faster than the text (n log n)."""

from __future__ import annotations

import pytest

from tests.integration.support.growth import FUNCTIONS, IN_THE_LOOP, SHORT, too_fast_growing


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith(IN_THE_LOOP)])
def test_the_event_loop_is_not_held_by_a_long_text(name: str) -> None:
    assert too_fast_growing(FUNCTIONS[name], *SHORT) == []


def test_a_square_is_found() -> None:
    assert too_fast_growing(lambda text: sum(1 for _ in text[::6] for _ in text[::6]), *SHORT)
