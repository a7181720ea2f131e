"""sql/schema/schema.sql: what all migrations and views add up to, for people to read and for a test to hold true.

`python -m sql.schema.snapshot` prints it, `--write` writes it. The job queue's own schema is left out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dateline.errors import DatabaseError
from sql.database import redact
from sql.schema.migrate import SQL_DIR, migrate
from sql.server.embedded import EmbeddedServer
from sql.server.placement import wheel_bin_dir

SNAPSHOT = SQL_DIR / "schema.sql"
HEADER = "-- The schema after all migrations and views. Written by `python -m sql.schema.snapshot --write`.\n\n"

# pg_dump's session settings, its comments, and the random keys of its \restrict lines say nothing of the schema
_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.MULTILINE)


def snapshot(url: str) -> str:
    """The schema of that database as normalized text: equal for equal schemas made by the same major version."""
    options = ("--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=procrastinate")
    done = subprocess.run(  # noqa: S603 - the wheel's own program, no shell
        [wheel_bin_dir() / "pg_dump", *options, f"--dbname={url}"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DatabaseError(f"pg_dump of {redact(url)} failed: {done.stderr.strip()}")
    return HEADER + normalized(done.stdout)


def normalized(dump: str) -> str:
    """The dump without what differs from run to run, blank lines drawn together."""
    return re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", dump)).strip() + "\n"


def snapshot_of_files() -> str:
    """The schema that the files of this checkout make, in a throw-away server."""
    with tempfile.TemporaryDirectory(prefix="dateline-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedServer(folder, durable=False, root_dir=folder / "root").running() as url:
            migrate(url)
            return snapshot(url)


if __name__ == "__main__":
    text = snapshot_of_files()
    if "--write" in sys.argv[1:]:
        SNAPSHOT.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
