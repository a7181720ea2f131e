"""The command line: `dateline [--data-dir DIR] COMMAND`. Each command is a module of this package, imported when it is called.

Exit codes: 0 success, 1 failure, 2 wrong usage, 3 partial success.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

import click

from dateline import __version__
from dateline.errors import ConfigError, DatelineError, FetchError, UsageError

COMMANDS = {
    "analyst": "admin.analyst",
    "backfill": "service.backfill",
    "backup": "admin.backup",
    "callback": "service.callback",
    "config": "admin.config",
    "console": "service.console",
    "crawl": "service.crawl",
    "db": "admin.db",
    "demo": "service.demo",
    "docs": "admin.docs",
    "explain": "archive.explain",
    "export": "archive.export",
    "extract": "archive.extract",
    "forget": "archive.forget",
    "healthcheck": "service.healthcheck",
    "import": "archive.import_",
    "mcp": "service.mcp",
    "metrics": "service.metrics",
    "names": "archive.names",
    "psql": "admin.db",
    "quarantine": "admin.quarantine",
    "reprocess": "archive.reprocess",
    "restore": "admin.backup",
    "revisions": "archive.revisions",
    "schedule": "service.schedule",
    "scheduler": "service.scheduler",
    "search": "archive.search",
    "sources": "sources.sources",
    "status": "service.status",
    "stories": "archive.stories",
    "token": "admin.token",
    "up": "service.up",
    "upgrade-check": "admin.upgrade_check",
    "url-key": "archive.url_key",
    "user": "admin.user",
    "watch": "archive.watch",
    "worker": "service.worker",
}
"""Each command with the module that holds it, imported only when needed: `dateline url-key` should not wait for Scrapy."""


class LazyGroup(click.Group):
    """A group that imports a command's module when that command is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dateline.cli.{COMMANDS[cmd_name]}")
        return next((x for x in vars(module).values() if isinstance(x, click.Command) and x.name == cmd_name), None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As of any group; an unknown name is compared with all commands, of which click knows none here."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a closed pipe (`| head`) ends it with exit code 0."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _drop_output()
            return 0


def _drop_output() -> None:
    """Send what is left in the buffer of standard output nowhere, so that Python does not try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dateline")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="DATELINE_DATA_DIR",
    help="Folder of the database, the archive and the logs.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="Log messages of this level and above, on standard error.",
)
@click.pass_context
def cli(ctx: click.Context, data_dir: Path | None, log_level: str | None) -> None:
    """Watch news sources and keep a clean, deduplicated, searchable archive of their articles in PostgreSQL.

    A command that needs the bundled database starts it, unless the service has it running, and stops it at its end.
    """
    from dateline import config, log
    from dateline.cli.context import Context
    from sql.server.embedded import default_data_dir

    folder = (data_dir or default_data_dir()).absolute()
    # `dateline config check` lists the mistakes itself
    is_config = ctx.invoked_subcommand == "config"
    settings = (
        config.read(os.environ, data_dir=folder).settings if is_config else config.load(os.environ, data_dir=folder)
    )
    drop_libpq_settings(os.environ, is_embedded=settings.database_url is None)
    quiet = ctx.invoked_subcommand not in {"up", "worker", "scheduler", "console", "callback"}
    log.configure(level=log_level or ("warning" if quiet else settings.log_level), fmt=settings.log_format)
    ctx.obj = Context(settings)


def _accept_all_letters() -> None:
    """Write \\u… for letters that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _leave_deleted_folder() -> None:
    """Move to / where the current folder was deleted: no child process can start in one."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir("/")


def drop_libpq_settings(environ: MutableMapping[str, str], *, is_embedded: bool) -> None:
    """Remove the variables that would make libpq send other session settings than ours, or lead it to another server.

    Of a configured server the others stay: they may say where it is, and its password (PostgreSQL's documentation, 32.15).
    """
    for name in [name for name in environ if name.startswith("PG")]:
        if is_embedded or name in {"PGDATESTYLE", "PGTZ", "PGCLIENTENCODING", "PGGEQO"}:
            del environ[name]


def _full_disk(error: Exception) -> str | None:
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    return f"{error.filename or 'What standard output goes to'} can't be written: {error.strerror}"


def _refused(error: Exception) -> str | None:
    if "psycopg" not in sys.modules:
        return None
    from sql.database import refusal

    return refusal(error)


def said_plainly(error: DatelineError) -> str:
    """The error's message, with the meaning of a reason in place of its code."""
    if not isinstance(error, FetchError):
        return str(error)
    from dateline.explain import meaning

    return str(error).replace(f": {error.reason}", f": {meaning(error.reason)}", 1)


def main() -> None:
    """Run the command line; a DatelineError becomes one line on standard error and an exit code.

    Credentials in URLs are removed from the message.
    """
    from dateline.log import without_credentials

    _leave_deleted_folder()
    _accept_all_letters()
    try:
        code = cli.main(prog_name="dateline", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except (UsageError, ConfigError) as error:
        click.echo(f"dateline: {without_credentials(str(error))}", err=True)
        sys.exit(2)
    except DatelineError as error:
        click.echo(f"dateline: {without_credentials(said_plainly(error))}", err=True)
        sys.exit(1)
    except ImportError as error:
        from dateline.cli.installation import foreign_package

        if (why := foreign_package(error)) is None:
            raise
        click.echo(f"dateline: {why}", err=True)
        sys.exit(2)
    except Exception as error:
        why = _full_disk(error) or _refused(error)
        if why is None:
            raise
        click.echo(f"dateline: {without_credentials(why)}", err=True)
        sys.exit(1)
