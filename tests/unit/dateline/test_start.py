"""What a process loads before it can work: a killed worker's successor makes everybody wait for it."""

from __future__ import annotations

import subprocess
import sys

from dateline.cli import drop_libpq_settings


def test_a_worker_loads_no_parsers_of_its_own() -> None:
    """They live in the process that parsing processes are forked from, which loads them meanwhile."""
    script = "import sys, scheduler.worker; print(sorted({'trafilatura', 'py3langid', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_parser_pool_of_a_worker_starts_before_the_worker_is_loaded() -> None:
    script = (
        "import sys, scheduler.processes.parser_pool;"
        " print(sorted({'scrapy', 'twisted', 'procrastinate', 'psycopg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_modules_of_the_first_page_are_loaded_before_it_comes() -> None:
    """Each parsing process took 0.44 s of CPU for the language model at its first page, and 0.07 s to load `ural`."""
    script = (
        "import datetime as dt, sys; from pathlib import Path; from pipelines.extract import extract, language;"
        " extract.warm_up(); before = {*sys.modules}; now = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC);"
        " [extract.extract_page(each.read_bytes(), url='https://a.test/b', hints=extract.Hints(), now=now)"
        "  for each in sorted(Path('tests/golden/pages').glob('*.html'))[:10]];"
        " print(language._identifier.cache_info().currsize,"
        "  [each for each in {*sys.modules} - before if not each.startswith('encodings.')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_no_variable_of_libpq_changes_our_session_or_leads_elsewhere() -> None:
    given = {
        "PGDATESTYLE": "German",
        "PGTZ": "Asia/Kathmandu",
        "PGCLIENTENCODING": "LATIN1",
        "PGSERVICE": "x",
        "PAGER": "less",
    }
    of_embedded, of_configured = dict(given), dict(given)
    drop_libpq_settings(of_embedded, is_embedded=True)
    drop_libpq_settings(of_configured, is_embedded=False)
    assert of_embedded == {"PAGER": "less"}
    assert of_configured == {"PAGER": "less", "PGSERVICE": "x"}
