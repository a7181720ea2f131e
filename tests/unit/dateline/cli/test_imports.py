"""What commands that only read must not import: each of these packages takes longer than such a command does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from procrastinate.schema import SchemaManager

from sql.schema.migrate import queue_files

HEAVY = ("structlog", "ural", "tldextract", "requests", "procrastinate", "twisted", "scrapy", "trafilatura", "rich")


def test_commands_that_read_import_nothing_heavy() -> None:
    modules = "dateline.cli, sql.server.embedded, sql.service.leases, sql.search, dateline.urls.aliases"
    script = f"import sys, {modules}; print(*sorted(sys.modules.keys() & {set(HEAVY)!r}))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_a_logger_is_imported_for_its_first_line() -> None:
    script = (
        "import sys; from dateline import log; log.configure(fmt='json'); made = log.get('x');"
        " assert 'structlog' not in sys.modules; made.warning('late', url='http://u:p@h/')"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert '"event": "late"' in ran.stderr and "http://***@h/" in ran.stderr and '"logger": "x"' in ran.stderr


def test_the_queues_files_are_those_of_its_package() -> None:
    theirs = sorted(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    assert [step.name.rpartition("/")[2] for step in queue_files()] == theirs
