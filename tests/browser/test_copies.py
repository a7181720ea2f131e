"""The copies: who takes from whom, and how long after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.pages.archive import copies
from dateline.console.pages.archive.copies import ORDERS, Pair, matrix_of
from dateline.console.server.serve import console_app
from tests.browser.archive import FAILING, LIVELY, QUIET
from tests.browser.test_http import Client

PAIRS = [Pair("b.example", "a.example", True, 3, 40.0), Pair("c.example", "a.example", True, 1, None),
         Pair("c.example", "b.example", True, 5, 5.0)]  # fmt: skip


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir), archive) as made:
        yield Client(made)


def test_the_matrix_has_takers_in_rows_and_givers_in_columns() -> None:
    matrix = matrix_of(PAIRS)
    assert matrix.takers == ["c.example", "b.example"]
    assert matrix.givers == ["b.example", "a.example"]
    assert matrix.counts == [[5, 1], [0, 3]]


def test_pairs_without_a_delay_are_last_when_sorted_by_delay() -> None:
    assert [pair.median_lag_min for pair in sorted(PAIRS, key=ORDERS["lag"])] == [5.0, 40.0, None]


async def test_copies_are_listed_with_their_delay_and_both_times(client: Client) -> None:
    page = (await client.get("/copies.json")).json()
    assert page["matrix"]["givers"] == [f"{LIVELY}.example"]
    assert set(page["matrix"]["takers"]) == {f"{QUIET}.example", f"{FAILING}.example"}
    assert sum(map(sum, page["matrix"]["counts"])) == len(page["copies"]) == 2
    lags = {one["taker"]: one["lag_min"] for one in page["copies"]}
    assert lags == {f"{QUIET}.example": 60.0, f"{FAILING}.example": 120.0}
    assert all(one["published_at"] and one["original_first_seen_at"] for one in page["copies"])


async def test_a_cell_leads_to_its_copies(client: Client) -> None:
    page = (await client.get("/copies.json", taker=f"{QUIET}.example", giver=f"{LIVELY}.example")).json()
    assert [one["taker"] for one in page["copies"]] == [f"{QUIET}.example"]
    assert sum(map(sum, page["matrix"]["counts"])) == 2, "the matrix is of all"


async def test_a_page_says_when_not_all_copies_are_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client.get("/copies.json")).json()["counted_among"] is None
    monkeypatch.setattr(copies, "MOST_COPIES", 1)
    assert "Counted among the newest 1 copies of this period; there are more." in (await client.get("/copies")).text
    page = (await client.get("/copies.json")).json()
    assert sum(map(sum, page["matrix"]["counts"])) == 1
    assert len(page["copies"]) == 2, "the list has all"


@pytest.mark.parametrize(("most", "said"), [(2_000, "And 1 more pair."), (2, "And at least 1 more pair.")])
async def test_pairs_that_are_not_shown_are_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch, most: int, said: str
) -> None:
    monkeypatch.setattr(copies, "PAGE", 1)
    monkeypatch.setattr(copies, "MOST_PAIRS", most)
    assert said in (await client.get("/copies")).text
