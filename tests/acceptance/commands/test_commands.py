"""Every other command as a process: what it says of settings and state, and what it makes of wrong calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import orjson
import psycopg
import pytest
from click.testing import CliRunner

from dateline import __version__
from dateline.cli import COMMANDS, LazyGroup, cli
from dateline.cli.archive.export import export
from dateline.cli.archive.search import search_command
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import QueryError, UsageError
from tests.acceptance.support.site import dateline, environment

Found = subprocess.CompletedProcess[str]
Run = Callable[..., Found]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Runs a command with a database and a data folder of the test's own; keywords are settings."""

    def run(*words: str, **settings: str) -> Found:
        return dateline(*words, data_dir=tmp_path, env=environment(database, 1, **settings))

    return run


def refused(found: Found, *said: str, code: int = 2) -> None:
    """The call ended with that code and a message that holds these words, in a line or two."""
    assert (found.returncode, found.stdout) == (code, ""), found.stderr
    assert all(words in found.stderr for words in said), found.stderr
    assert "Traceback" not in found.stderr


# Help and version ----------------------------------------------------------------------------------------------------------


def commands(group: click.Group, path: str = "dateline") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{path} {name}"
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_says_what_it_does_and_what_its_options_do() -> None:
    assert isinstance(cli, LazyGroup)
    found = dict(commands(cli))
    assert set(cli.list_commands(click.Context(cli))) == set(COMMANDS)
    assert {"dateline sources add", "dateline config check", "dateline db migrate"} <= set(found)
    for name, command in found.items():
        assert (command.help or "").strip(), name
        assert command.get_short_help_str(), name
        assert "Usage:" in command.get_help(click.Context(command, info_name=name)), name
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help or option.hidden, f"{name} {option.name}"


def test_help_and_version(run: Run) -> None:
    told = run("--help")
    assert told.returncode == 0
    assert all(f"\n  {name} " in told.stdout for name in COMMANDS)
    assert run("--version").stdout == f"dateline, version {__version__}\n"


def test_an_unknown_command_is_a_wrong_call(run: Run) -> None:
    refused(run("crwal"), "crwal")


# Settings ------------------------------------------------------------------------------------------------------------


def test_a_missing_contact_is_a_problem_with_its_cure(run: Run) -> None:
    found = run("config", "check", contact="")
    assert found.returncode == 1
    assert "DATELINE_CONTACT=" in found.stdout
    well = run("config", "check")
    assert (well.returncode, well.stdout) == (0, "all well\n")


def test_no_password_is_ever_shown(tmp_path: Path) -> None:
    secret = "postgresql://me:open-sesame@127.0.0.1:1/news?connect_timeout=1"
    env = environment(secret, 1)
    for words in (("config", "show"), ("config", "show", "--json"), ("config", "check"), ("db", "status"), ("status",)):
        found = dateline(*words, data_dir=tmp_path, env=env)
        assert "open-sesame" not in found.stdout + found.stderr, words
    shown = dateline("config", "show", "--json", data_dir=tmp_path, env=env)
    assert orjson.loads(shown.stdout)["database_url"].startswith("postgresql://me:***@127.0.0.1:1/")


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    env = environment("postgresql://me@127.0.0.1:1/news?connect_timeout=1", 1)
    refused(dateline("status", data_dir=tmp_path, env=env), "127.0.0.1", code=1)


def test_settings_come_from_the_file_and_the_environment_wins(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dateline.toml").write_text('contact = "file@paper.test"\ndelay_s = 4\ntimeout_s = 9\n')
    shown = orjson.loads(run("config", "show", "--json", timeout_s="12").stdout)
    assert (shown["delay_s"], shown["timeout_s"], shown["contact"]) == (4, 12.0, "tests@dateline.test")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contcat = 'me@paper.test'\n", "'contcat'"),
        ("delay_s = 'soon'\n", "delay_s"),
        ("delay_s = \n", "dateline.toml"),
    ],
)
def test_a_wrong_settings_file_is_named(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "dateline.toml").write_text(text)
    refused(run("config", "show"), said, "dateline.toml")


def test_a_wrong_variable_is_named(run: Run) -> None:
    refused(run("config", "show", delay_s="soon"), "DATELINE_DELAY_S", "'soon'")


# State ----------------------------------------------------------------------------------------------------------------


def test_migrations_run_once_and_status_lists_them(empty_database: str, tmp_path: Path) -> None:
    def db(*words: str) -> Found:
        return dateline("db", *words, data_dir=tmp_path, env=environment(empty_database, 1))

    before, first, again, after = db("status", "--json"), db("migrate"), db("migrate"), db("status", "--json")
    assert before.returncode == 1
    assert "pending" in {orjson.loads(line)["state"] for line in before.stdout.splitlines()}
    assert first.returncode == 0
    assert "applied 0001_baseline" in first.stdout
    assert (again.returncode, again.stdout) == (0, "up to date: nothing to apply\n")
    assert after.returncode == 0
    assert {orjson.loads(line)["state"] for line in after.stdout.splitlines()} == {"applied"}


def test_psql_changes_nothing_unless_asked(run: Run, with_articles: None) -> None:
    for statement in ("DELETE FROM dateline.article", "CREATE TABLE public.t ()", "SELECT dateline.no_such()"):
        assert run("psql", "-c", statement).returncode == 1
    assert "read-only transaction" in run("psql", "-c", "UPDATE dateline.article SET title = 'x'").stderr
    for way in (
        "BEGIN READ WRITE",
        "BEGIN; SET TRANSACTION READ WRITE",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "RESET ROLE; SET default_transaction_read_only = off",
    ):
        assert run("psql", "-v", "ON_ERROR_STOP=1", "-c", f"{way}; DELETE FROM dateline.article").returncode != 0
    counted = run("psql", "-At", "-c", "SELECT count(*) > 0 FROM articles")
    assert (counted.returncode, counted.stdout) == (0, "t\n")
    assert run("psql", "--write", "-c", "CREATE TABLE public.t ()").returncode == 0


def test_a_second_service_on_a_folder_says_that_one_is_running(database: str, tmp_path: Path) -> None:
    from sql.server.locks import try_lock

    folder = tmp_path / "data"
    folder.mkdir()
    held = try_lock(folder / "up.lock")
    assert held is not None
    (folder / "up.lock").write_text("4711\n")
    second = dateline("up", data_dir=folder, env=environment(database, 1), timeout_s=60)
    held.release()
    refused(second, f"a service is already running on {folder} (process 4711): stop it first", code=2)


def test_healthcheck_fails_without_a_process(run: Run) -> None:
    refused(run("healthcheck"), "No process on this machine has reported", code=1)
    refused(run("healthcheck", "--role", "worker"), "No worker", code=1)


def test_healthcheck_starts_nothing_and_does_not_wait(tmp_path: Path) -> None:
    env = environment("", 1)
    del env["DATELINE_DATABASE_URL"]
    folder = tmp_path / "data"
    done = dateline("healthcheck", data_dir=folder, env=env)
    assert (done.returncode, done.stderr.strip().splitlines()[-1][:32]) == (1, "dateline: No database is running")
    assert not folder.exists()
    done = dateline(
        "healthcheck", data_dir=folder, env=environment("postgresql://nobody@127.0.0.1:1/none", 1), timeout_s=20
    )
    assert (done.returncode, "Can't connect" in done.stderr) == (1, True)


def test_metrics_are_printed(run: Run) -> None:
    done = run("metrics")
    assert done.returncode == 0, done.stderr
    assert "\ndateline_database_up 1.0\n" in done.stdout


def test_status_of_an_empty_archive(run: Run) -> None:
    found = run("status")
    assert found.returncode == 0
    assert "running: nothing" in found.stdout


def test_forget_remembers_an_unknown_url_and_refuses_an_unknown_source(run: Run) -> None:
    assert run("forget", "http://paper.test/never-seen").stdout == "forgotten: 0 articles, 0 URLs, 0 archived pages\n"
    assert run("explain", "http://paper.test/never-seen").returncode == 0
    refused(run("forget", "never-seen"), "Unknown source 'never-seen'", "Give a URL")
    named = run("crawl", "http://paper.test/never-seen?utm_source=x")
    assert named.returncode == 0
    assert "rejected 1: forgotten 1" in named.stderr


# Export and search ----------------------------------------------------------------------------------------------------


@pytest.fixture
def with_articles(database: str) -> None:
    """Articles enough to fill a pipe."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(MANY)


MANY = """
WITH made AS (
    INSERT INTO dateline.article (url_key, url, site, kind, title, text, content_hash, word_count, first_seen_at, revised_at,
                                  extractor)
    SELECT md5('key' || n)::uuid, 'http://paper.test/report-' || n, 'paper.test', 'article', 'Report ' || n,
           repeat('The harbour board met again. ', 40), md5('text' || n)::uuid, 200, now(), now(), 'test'
    FROM generate_series(1, 2000) AS n RETURNING id
)
INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, now() FROM made
"""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_reader_that_goes_away_ends_an_export_without_a_word(
    database: str, tmp_path: Path, with_articles: None, form: str
) -> None:
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path), "export", "articles", "--format", form]
    with subprocess.Popen(
        command, env=environment(database, 1), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(30) == 0


def test_an_unknown_view_is_refused_and_the_known_ones_are_named(run: Run) -> None:
    refused(run("export", "artikel"), "'artikel'", "articles", "copies", "ledger", "revisions", "sources", "visits")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM dateline.article",
        "WITH gone AS (DELETE FROM dateline.article RETURNING *) SELECT * FROM gone",
        "SELECT 1); DELETE FROM dateline.article; SELECT (1",
        "SELECT 1) TO STDOUT; COMMIT; DELETE FROM dateline.article; COPY (SELECT 1",
        "SELECT 1; COMMIT; DELETE FROM dateline.article",
        "SELEC 1",
        "SELECT 1 / 0",
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_query_that_writes_or_fails_is_refused(
    database: str, tmp_path: Path, with_articles: None, statement: str, form: str
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database)
    found = CliRunner().invoke(export, ["-e", statement, "--format", form], obj=Context(settings))
    assert isinstance(found.exception, UsageError)
    assert "The query can't be run" in str(found.exception)
    assert found.output == ""
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM dateline.article").fetchone() == (2000,)


def test_a_refused_query_is_exit_code_2(run: Run) -> None:
    refused(run("export", "-e", "DELETE FROM dateline.article"), "The query can't be run")


def test_a_file_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    refused(run("export", "articles", "-o", str(tmp_path / "nowhere" / "articles.csv")), "nowhere/articles.csv")
    refused(run("export", "articles", "-o", str(tmp_path)), str(tmp_path))


def test_a_failed_export_leaves_the_old_file_alone(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("as it was")
    refused(run("export", "-e", "SELECT 1 / 0", "-o", str(kept)), "division by zero")
    assert kept.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]


def test_a_query_can_come_from_a_file(run: Run, tmp_path: Path, with_articles: None) -> None:
    (tmp_path / "count.sql").write_text("-- how many\nSELECT count(*) AS articles FROM news.articles;\n")
    assert run("export", "--sql", str(tmp_path / "count.sql")).stdout == "articles\n2000\n"
    (tmp_path / "marked.sql").write_bytes("SELECT 1 AS n".encode("utf-16"))
    assert run("export", "--sql", str(tmp_path / "marked.sql")).stdout == "n\n1\n"


def test_two_questions_at_once_are_a_wrong_call(run: Run) -> None:
    refused(run("export", "ledger", "--query", "harbour"), "Give only one of")


def test_any_words_are_searched_for_or_refused_with_their_place(
    database: str, tmp_path: Path, with_articles: None
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database)
    for words in ODD:
        found = CliRunner().invoke(search_command, ["--json", "--", words], obj=Context(settings))
        if isinstance(found.exception, QueryError):
            assert "character" in str(found.exception), words
        else:
            assert (found.exit_code, found.output, found.exception) == (0, "", None), words


ODD = (
    "'",
    '"',
    '"zeppelin',
    "((",
    "& | !",
    "\\",
    "-",
    "%s %(x)s",
    "zeppelin\tboard",
    "zeppelin OR",
    "\x00",
    "🦀",
    "a" * 9_000,
)


def test_search_finds_and_says_when_there_is_nothing(run: Run, with_articles: None) -> None:
    found = run("search", '"harbour board" -zeppelin', "--json", "--limit", "3")
    assert [orjson.loads(line)["site"] for line in found.stdout.splitlines()] == ["paper.test"] * 3
    for as_asked in ((), ("--timeline", "day")):
        nothing = run("search", "zeppelin", *as_asked)
        assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "no articles found\n")
