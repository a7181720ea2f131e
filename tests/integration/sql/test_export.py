"""Exports: what every format makes of every type, what spreadsheets may not run, one snapshot, and what readers get."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import psycopg
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from dateline import __version__
from dateline.cli.archive.export import export
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import UsageError
from sql.export.columns import FORMULA_STARTS
from sql.export.export import Question, csv_rows, prepare, snapshot
from sql.export.formats import CsvStyle
from tests.acceptance.support.site import environment

DOC = Path("docs/how-to/export.md").read_text(encoding="utf-8")
ARTICLES = """
    INSERT INTO dateline.article (url_key, url, site, kind, title, text, authors, language, published_at, content_hash,
                                  word_count, revised_at, first_seen_at, extractor, quality)
    SELECT gen_random_uuid(), 'https://bay.test/' || n, 'bay.test', 'article',
           CASE n WHEN 1 THEN '=HYPERLINK("x")' ELSE 'Pier ' || n END, repeat('The harbour council met. ', 20),
           ARRAY['=A. Writer', 'B "Q" Writer'], 'en', timestamptz '2026-05-04 12:00Z' + n * interval '1 hour',
           gen_random_uuid(), 80, '2026-05-04Z', '2026-05-04 12:30:00.25Z', 'test/1', 0.9
    FROM generate_series(1, %s) AS n
"""
ALL_TYPES = """
    SELECT '=1+1' AS formula, -5 AS number, -0.5::numeric AS exact, '-x'::varchar AS word, ARRAY['=1', 'b'] AS list,
           '{"a": [1, null]}'::jsonb AS json, 0.9::real AS short, 'infinity'::timestamptz AS never,
           '2026-05-04T12:00:00.5+02'::timestamptz AS at, '2026-05-04'::date AS day, interval '1 day 2 hours' AS span,
           'NaN'::float8 AS nan, '00000000-0000-0000-0000-000000000001'::uuid AS id, NULL::text AS nothing, '' AS blank,
           '\\xff'::bytea AS bytes, ARRAY['2026-05-04Z'::timestamptz] AS instants, '10.0.0.1'::inet AS address,
           'é"
x' AS quoted, true AS yes
"""

Export = Callable[..., Result]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Export:
    """Runs `dateline export` with a database of the test's own."""

    def run(*words: str) -> Result:
        settings = Settings(data_dir=tmp_path, database_url=database)
        return CliRunner().invoke(export, list(words), obj=Context(settings), catch_exceptions=False)

    return run


@pytest.fixture
def with_articles(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(ARTICLES, (30,))
        connection.execute("INSERT INTO dateline.article_seen SELECT id, first_seen_at FROM dateline.article")
        yield connection


def exported(run: Export, statement: str, path: Path) -> Path:
    assert run("-e", statement, "-o", str(path)).exit_code == 0
    return path


def test_csv_of_every_type(run: Export, tmp_path: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(exported(run, ALL_TYPES, tmp_path / "x.csv").read_bytes().decode(), newline=""))
    assert row == {
        "formula": "'=1+1", "number": "-5", "exact": "-0.5", "word": "'-x", "list": "{=1,b}", "json": '{"a": [1, null]}',
        "short": "0.9", "never": "infinity", "at": "2026-05-04 10:00:00.5+00", "day": "2026-05-04", "span": "P1DT2H",
        "nan": "NaN", "id": "00000000-0000-0000-0000-000000000001", "nothing": "", "blank": "", "bytes": "\\xff",
        "instants": '{"2026-05-04 00:00:00+00"}', "address": "10.0.0.1", "quoted": 'é"\nx', "yes": "t",
    }  # fmt: skip


def test_json_lines_of_every_type(run: Export, tmp_path: Path) -> None:
    (line,) = exported(run, ALL_TYPES, tmp_path / "x.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "formula": "=1+1", "number": -5, "exact": -0.5, "word": "-x", "list": ["=1", "b"], "json": {"a": [1, None]},
        "short": 0.9, "never": None, "at": "2026-05-04T10:00:00.500000Z", "day": "2026-05-04", "span": "P1DT2H",
        "nan": None, "id": "00000000-0000-0000-0000-000000000001", "nothing": None, "blank": "", "bytes": "\\xff",
        "instants": ["2026-05-04T00:00:00+00:00"], "address": "10.0.0.1", "quoted": 'é"\nx', "yes": True,
    }  # fmt: skip


def test_parquet_of_every_type(run: Export, tmp_path: Path) -> None:
    table = pq.read_table(exported(run, ALL_TYPES, tmp_path / "x.parquet"))
    types = {field.name: str(field.type) for field in table.schema}
    assert types["at"] == types["never"] == "timestamp[us, tz=UTC]"
    assert (types["day"], types["exact"], types["yes"], types["bytes"]) == ("date32[day]", "double", "bool", "binary")
    (row,) = table.to_pylist()
    assert str(row.pop("nan")) == "nan"
    assert row.pop("short") == pytest.approx(0.9)
    assert row == {
        "formula": "=1+1", "number": -5, "exact": -0.5, "word": "-x", "list": ["=1", "b"], "json": '{"a": [1, null]}',
        "never": None, "at": dt.datetime(2026, 5, 4, 10, 0, 0, 500_000, dt.UTC), "day": dt.date(2026, 5, 4),
        "span": "P1DT2H", "id": "00000000-0000-0000-0000-000000000001", "nothing": None, "blank": "", "bytes": b"\xff",
        "instants": ["2026-05-04 00:00:00+00"], "address": "10.0.0.1/32", "quoted": 'é"\nx', "yes": True,
    }  # fmt: skip


def test_instants_of_views_are_utc_in_every_format(
    run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any], database: str
) -> None:
    with_articles.execute("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kolkata'")
    try:
        for ending in ("csv", "jsonl", "parquet"):
            assert run("articles", "-o", str(tmp_path / f"a.{ending}")).exit_code == 0
    finally:
        with_articles.execute("ALTER ROLE CURRENT_USER RESET timezone")
    assert "2026-05-04 12:30:00.25+00" in (tmp_path / "a.csv").read_text()
    assert '"first_seen_at":"2026-05-04T12:30:00.250000Z"' in (tmp_path / "a.jsonl").read_text()
    schema = pq.read_schema(tmp_path / "a.parquet")
    instants = ("published_at", "modified_at", "first_seen_at", "last_seen_at", "removed_at")
    assert {str(schema.field(name).type) for name in instants} == {"timestamp[us, tz=UTC]"}


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_text_that_a_spreadsheet_would_run_is_defused(run: Export, database: str, start: str) -> None:
    statement = f"SELECT E'{start}x' AS a, 'x{start.strip()}' AS b, '{start}y'::char(5) AS c"
    out = io.BytesIO()
    with psycopg.connect(database) as connection, snapshot(connection):
        assert sum(csv_rows(connection, prepare(connection, Question(statement)), out)) == 1
        plain = io.BytesIO()
        sum(csv_rows(connection, prepare(connection, Question(statement)), plain, style=CsvStyle(defuse=False)))
    names, row = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert names == ["a", "b", "c"]
    assert (row[0], row[1], row[2][:3]) == (f"'{start}x", f"x{start.strip()}", f"'{start}y")
    assert next(iter(list(csv.reader(io.StringIO(plain.getvalue().decode(), newline="")))[1])) == f"{start}x"


def test_csv_for_excel_has_a_mark_line_ends_and_cells_that_fit(run: Export, tmp_path: Path) -> None:
    statement = (
        "SELECT 'Łódź' AS town, repeat('=x', 30000) AS long, E'a\\r\\nb' AS lines, ARRAY[repeat('y', 40000)] AS many"
    )
    assert run("--excel", "-e", statement, "-o", str(tmp_path / "x.csv")).exit_code == 0
    raw = (tmp_path / "x.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbftown,") and raw.endswith(b"\r\n")
    (row,) = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert (row["town"], row["lines"]) == ("Łódź", "a\nb")
    assert (len(row["long"]), len(row["many"])) == (32_767, 32_767)
    assert run("--bom", "-e", "SELECT 1 AS one").stdout == "\ufeffone\n1\n"
    with pytest.raises(UsageError, match="for CSV, not for jsonl"):
        run("--bom", "--format", "jsonl", "-e", "SELECT 1 AS one")


def test_a_column_name_is_defused_too_and_may_occur_twice_in_csv(run: Export) -> None:
    assert run("-e", 'SELECT 1 AS "=a", 2 AS b, 3 AS b').stdout == "'=a,b,b\n1,2,3\n"
    assert run("--no-defuse", "-e", "SELECT '=1' AS \"=a\"").stdout == "=a\n=1\n"


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_two_columns_of_one_name_are_refused_where_one_would_be_lost(run: Export, form: str) -> None:
    with pytest.raises(UsageError, match="Two columns are named 'b'"):
        run("-e", "SELECT 2 AS b, 3 AS b", "--format", form)


def test_a_query_keeps_its_order_and_may_end_in_a_comment(run: Export) -> None:
    found = run("-e", "SELECT n FROM generate_series(1, 3000) AS n ORDER BY n % 7, n DESC -- mixed")
    assert [int(line) for line in found.stdout.split()[1:]] == sorted(range(1, 3001), key=lambda n: (n % 7, -n))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    "statement", ["SHOW timezone", "SET x = 1", "SELECT 1 / (n - 9000) FROM generate_series(1, 9000) n"]
)
def test_a_failed_export_leaves_nothing(run: Export, tmp_path: Path, form: str, statement: str) -> None:
    with pytest.raises(UsageError, match="The query can't be run"):
        run("-e", statement, "-o", str(tmp_path / f"x.{form}"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [";", " ;\r\n-- the end; of it\r\n", "; /* end; */ ;", "\n-- end"])
@pytest.mark.parametrize("literal", ["x", ";\n-- x"])
def test_a_statement_may_end_with_semicolons_and_comments(run: Export, end: str, literal: str) -> None:
    assert (
        run("-e", f"SELECT '{literal}' AS a{end}", "--format", "jsonl").stdout
        == json.dumps({"a": literal}, separators=(",", ":")) + "\n"
    )


def test_a_pipe_is_written_to_and_gets_no_manifest(run: Export, tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe.csv")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("-e", "SELECT 1 AS a", "-o", str(pipe)).exit_code == 0
        assert os.read(reader, 100) == b"a\n1\n"
    finally:
        os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("words", [(), ("--query", "harbour"), ("-e", "SELECT * FROM news.articles")])
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_holds_no_search_vector(
    run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any], words: tuple[str, ...], form: str
) -> None:
    path = tmp_path / f"x.{form}"
    assert run(*words, "-o", str(path)).exit_code == 0
    told = json.loads((tmp_path / f"x.{form}.manifest.json").read_text())
    assert told["rows"] == 30
    names = [column["name"] for column in told["columns"]]
    assert "url" in names
    assert "search" not in names
    if form == "csv":
        assert path.read_text().splitlines()[0].split(",") == names
    elif form == "jsonl":
        assert list(json.loads(path.read_text().splitlines()[0])) == names


def test_a_search_vector_that_is_asked_for_by_itself_is_exported(run: Export) -> None:
    assert run("-e", "SELECT to_tsvector('simple', 'pier') AS v").output.splitlines() == ["v", "'pier':1"]
    asked = run("-e", "SELECT 1 AS n, to_tsvector('simple', 'pier')::text AS v")
    assert asked.output.splitlines() == ["n,v", "1,'pier':1"]


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv.gz", "x.json", "x.tsv", "x.txt"])
def test_a_name_that_promises_another_format_is_refused(run: Export, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"can't be written; end the name in .csv, .jsonl, .ndjson, .parquet"):
        run("-o", str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []
    assert run("--format", "csv", "-o", str(tmp_path / name)).exit_code == 0, "a format that is named wins"


def test_a_query_file_is_unicode_or_refused_with_its_line(run: Export, tmp_path: Path) -> None:
    query = "SELECT 1 AS n,\n 'Zürich' AS place"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "q.sql").write_bytes(query.encode(encoding))
        assert run("--sql", str(tmp_path / "q.sql")).output.splitlines() == ["n,place", "1,Zürich"]
    (tmp_path / "q.sql").write_bytes(query.encode("cp1252"))
    with pytest.raises(UsageError, match=r"q.sql, line 2: is not UTF-8; save the file as UTF-8"):
        run("--sql", str(tmp_path / "q.sql"))


def test_ndjson_is_written_as_json_lines(run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any]) -> None:
    assert run("-o", str(tmp_path / "x.NDJSON")).exit_code == 0
    assert json.loads((tmp_path / "x.NDJSON").read_text().splitlines()[0])["site"] == "bay.test"


def test_a_manifest_describes_the_file(run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any]) -> None:
    path = tmp_path / "found.csv"
    assert run("--query", "harbour", "-o", str(path)).exit_code == 0
    told = json.loads((tmp_path / "found.csv.manifest.json").read_text())
    assert (told["file"], told["format"], told["rows"], told["bytes"]) == ("found.csv", "csv", 30, path.stat().st_size)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "harbour" in json.dumps(told["parameters"])
    assert told["versions"]["dateline"] == __version__
    assert re.fullmatch(r"\d{4}_\w+", told["versions"]["schema"])
    assert dt.datetime.fromisoformat(told["at"]).tzinfo is not None
    assert {"name": "published_at", "type": "timestamp with time zone"} in told["columns"]
    assert told["is_defused"] is True


def test_several_views_are_of_one_snapshot_in_a_folder(
    run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any]
) -> None:
    assert (
        run("articles", "news.revisions", "copies", "--format", "parquet", "-o", str(tmp_path / "all")).exit_code == 0
    )
    told = [json.loads(path.read_text()) for path in sorted((tmp_path / "all").glob("*.manifest.json"))]
    assert [one["file"] for one in told] == ["articles.parquet", "copies.parquet", "revisions.parquet"]
    assert [one["rows"] for one in told] == [30, 0, 30]
    assert len({(one["snapshot"], one["at"]) for one in told}) == 1
    for where in ((), ("-o", "-"), ("-o", str(tmp_path / "all" / "articles.parquet"))):
        with pytest.raises(UsageError, match="-o FOLDER"):
            run("articles", "copies", *where)


def test_rows_that_come_during_an_export_are_not_in_it(database: str, with_articles: psycopg.Connection[Any]) -> None:
    """Neither in the first file nor in one that ADBC writes later."""
    from sql.export.export import view_question, written

    with psycopg.connect(database) as connection, snapshot(connection) as moment:
        asked = prepare(connection, view_question(connection, "articles"))
        with_articles.execute("DELETE FROM dateline.article WHERE url LIKE '%/1_'")
        for form in ("csv", "jsonl", "parquet"):
            assert sum(written(connection, database, moment, asked, io.BytesIO(), form)) == 30


def test_without_the_extra_the_cure_is_named(database: str, tmp_path: Path) -> None:
    script = "import sys; sys.modules['pyarrow'] = None; from dateline.cli import main; main()"
    words = ["--data-dir", str(tmp_path), "export", "-e", "SELECT 1 AS a", "-o", str(tmp_path / "a.parquet")]
    found = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=environment(database, 1),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert "pip install 'dateline[parquet]'" in found.stderr
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.parametrize(
    ("form", "sent"),
    [("csv", signal.SIGINT), ("jsonl", signal.SIGINT), ("parquet", signal.SIGINT), ("csv", signal.SIGTERM)],
)
def test_stopping_an_export_leaves_no_part_of_a_file(
    database: str, tmp_path: Path, form: str, sent: signal.Signals
) -> None:
    endless = "SELECT repeat('pier ', 1000) AS text FROM (SELECT generate_series(1, 2000000000)) AS n"
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path / "data"), "export", "-e", endless]
    part = tmp_path / f"x.{form}.part"
    with subprocess.Popen([*command, "-o", str(tmp_path / f"x.{form}")], env=environment(database, 1)) as running:
        while not (part.exists() and part.stat().st_size):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(sent)
        assert running.wait(30) == 130
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == []


def test_progress_is_shown_on_terminals_only(run: Export, tmp_path: Path) -> None:
    found = run("-e", "SELECT 1 AS a", "-o", str(tmp_path / "a.csv"))
    assert (found.stdout, found.stderr) == ("", f"1 row written to {tmp_path / 'a.csv'}\n")


def test_the_copies_contract(run: Export) -> None:
    assert run("copies").stdout.startswith("copy_url,original_url,kind,containment,")


def test_readers_agree(run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any]) -> None:
    for ending in ("csv", "jsonl", "parquet"):
        assert run("articles", "--no-defuse", "-o", str(tmp_path / f"a.{ending}")).exit_code == 0
    latest = dt.datetime(2026, 5, 5, 18, tzinfo=dt.UTC)
    for ending in ("csv", "jsonl", "parquet"):
        question = f"SELECT count(*), epoch(max(published_at)), min(title) FROM '{tmp_path}/a.{ending}'"
        assert duckdb.sql(question).fetchall() == [(30, latest.timestamp(), '=HYPERLINK("x")')]
    frames = [
        pd.read_csv(tmp_path / "a.csv", parse_dates=["published_at"]),
        pd.read_json(tmp_path / "a.jsonl", lines=True),
        pd.read_parquet(tmp_path / "a.parquet"),
    ]
    assert [frame["published_at"].max() for frame in frames] == [latest] * 3
    assert [list(frame["authors"].iloc[0]) for frame in frames[1:]] == [["=A. Writer", 'B "Q" Writer']] * 2
    tables = [pl.read_csv(tmp_path / "a.csv", try_parse_dates=True), pl.read_parquet(tmp_path / "a.parquet")]
    assert [table["published_at"].max() for table in tables] == [latest] * 2


def test_the_document_agrees_with_the_code(
    run: Export, tmp_path: Path, with_articles: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands and programs run unchanged."""
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL):
        for line in block.splitlines():
            if "--wacz" in line:
                with pytest.raises(UsageError, match="no article with an archived page"):
                    run(*shlex.split(line)[2:])
            else:
                assert run(*shlex.split(line)[2:]).exit_code == 0, line
    programs = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    assert len(programs) == 3
    for program in programs:
        told: dict[str, Any] = {}
        exec(program, told)
        assert len(told.get("harbour", [0] * 30)) == 30
        assert len(told.get("sites", [0])) == 1
