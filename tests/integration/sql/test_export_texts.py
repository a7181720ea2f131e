"""Exports without texts, for those who may share numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from dateline.errors import UsageError
from tests.integration.sql.test_export import Export, run, with_articles

__all__ = ["run", "with_articles"]

SECRET = "Wooden piles rotted below water, 東京都の港 rotted."


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("option", ["--without-text", "--word-counts"])
def test_numbers_can_be_shared_without_the_texts(
    run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any], form: str, option: str
) -> None:
    """In no format, of no view and no search, anything of a text is left but, where asked for, counts of its words."""
    with_articles.execute(f"UPDATE dateline.article SET text = '{SECRET}', summary = '{SECRET}'")
    with_articles.execute(
        "INSERT INTO dateline.revision (article_id, number, title, text, content_hash, word_count, seen_at, cause, extractor)"
        " SELECT id, 1, title, text, content_hash, 1, first_seen_at, 'first', 'test/1' FROM dateline.article WHERE id < 3"
    )
    folder = tmp_path / "all"
    assert (
        run("articles", "revisions", "headlines", "live_entries", option, "--format", form, "-o", str(folder)).exit_code
        == 0
    )
    assert run("--query", "pier", option, "-o", str(folder / f"found.{form}")).exit_code == 0
    files = sorted(folder.glob(f"*.{form}"))
    assert [file.stem for file in files] == ["articles", "found", "headlines", "live_entries", "revisions"]
    for file in files:
        table = {"csv": pl.read_csv, "jsonl": lambda f: pl.read_ndjson(f) if f.stat().st_size else pl.DataFrame(),
                 "parquet": pl.read_parquet}[form](file)  # fmt: skip
        assert not {"text", "summary", "search"} & set(table.columns)
        said = json.dumps(table.to_dicts(), default=str, ensure_ascii=False).casefold()
        assert "piles rotted" not in said and "東京" not in said
        if file.stem in ("articles", "found", "revisions"):
            assert ("word_counts" in table.columns) is (option == "--word-counts")
            assert "title" in table.columns and len(table)


def test_word_counts_are_exact(run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any]) -> None:
    text = f"{SECRET} Rotted, ROTTED! Café’s " + "the " * 20_000 + "x" * 50
    with_articles.execute("UPDATE dateline.article SET text = %s", (text,))
    assert run("articles", "--word-counts", "-o", str(tmp_path / "a.jsonl")).exit_code == 0
    counts = json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])["word_counts"]
    assert counts == {
        "wooden": 1, "piles": 1, "rotted": 4, "below": 1, "water": 1, "東": 1, "京": 1, "都": 1, "の": 1, "港": 1,
        "cafe": 1, "s": 1, "the": 20_000,
    }  # fmt: skip


@pytest.mark.parametrize("option", ["--without-text", "--word-counts"])
def test_a_query_chooses_its_own_columns(run: Export, option: str) -> None:
    with pytest.raises(UsageError, match="a query chooses its own columns"):
        run("-e", "SELECT text AS harmless FROM news.articles", option)
    with pytest.raises(UsageError, match="whole pages, texts included"):
        run("--wacz", "pier", option)
