"""`make test-api-fuzz`: schemathesis reads the OpenAPI description of a running console and makes some 5,000 calls from it.

Each answer's status, type, body and headers have to be as described, wrong requests have to be refused, and none may answer 500.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

LEFT_OUT = ("add_source",)
"""Operations that would fetch the addresses that they are given, in commands of their own."""

NOT_CHECKED = "positive_data_acceptance,ignored_auth"
"""No schema describes the language of searches and cursors; wrong tokens are slowed, and have an attack table of their own."""


@asynccontextmanager
async def console(url: str, folder: Path) -> AsyncIterator[str]:
    """The address of a console over an archive."""
    from dateline.config import Settings
    from dateline.console.server.serve import serve_console

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    stop, started = asyncio.Event(), asyncio.Event()
    settings = Settings(data_dir=folder, console_port=port, console_requests_a_minute=0)
    serving = asyncio.create_task(serve_console(settings, url, stop, started=started))
    await asyncio.wait({serving, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving


async def play(base: str, token: str, *, examples: int, seed: int, only: Sequence[str] = ()) -> tuple[int, str]:
    """What schemathesis ends with (0: nothing is wrong), and its report."""
    which = [f"--exclude-operation-id={name}" for name in LEFT_OUT] + [
        f"--include-operation-id={name}" for name in only
    ]
    phases = "fuzzing" if only else "coverage,fuzzing"
    with tempfile.TemporaryDirectory() as notes:  # schemathesis keeps what it learned where it runs
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{base}/api/v1/openapi.json", "--checks=all", "--no-color",
            f"--exclude-checks={NOT_CHECKED}",
            f"--phases={phases}", f"--max-examples={examples}", f"--seed={seed}", "--continue-on-failure",
            f"--header=Authorization: Bearer {token}", "--generation-database=none", "--suppress-health-check=all",
            "--request-timeout=30", *which,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=notes,
        )  # fmt: skip
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode("utf-8", "replace")


def operator_token(url: str) -> str:
    """A token of scope operate; with it the interface is closed to those without."""
    from dateline.console.access.secrets import hash_of_token, new_token
    from sql.database import connect
    from sql.service.access import add_token

    token = new_token()
    with connect(url, autocommit=True) as connection:
        add_token(
            connection,
            "fuzz",
            "operate",
            hash_of_token(token),
            owner=None,
            expires_at=None,
            now=dt.datetime.now(dt.UTC),
        )
    return token


async def main(arguments: Sequence[str] | None = None) -> int:
    """Play against a filled archive on the bundled PostgreSQL."""
    from sql.schema.migrate import migrate
    from sql.server.embedded import EmbeddedServer
    from tests.browser.archive import fill

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=190, help="calls of each operation, besides those at limits")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer(Path(folder) / "db", durable=False).running() as url,
    ):
        migrate(url)
        await fill(url, dt.datetime.now(dt.UTC), days=6, quiet=6)
        token = operator_token(url)
        async with console(url, Path(folder)) as base:
            status, report = await play(base, token, examples=given.examples, seed=given.seed)
    print(report)
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
