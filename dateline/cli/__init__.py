"""The command line: `dateline [--data-dir DIR] COMMAND`. Commands live in modules of this package, imported when called.

Exit codes: 0 all well, 1 failed, 2 usage, 3 partly done.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from dateline import __version__
from dateline.errors import ConfigError, DatelineError, UsageError

COMMANDS = {
    "analyst": "admin.analyst",
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
    "healthcheck": "service.service",
    "import": "archive.import_",
    "metrics": "service.service",
    "psql": "admin.db",
    "quarantine": "admin.quarantine",
    "reprocess": "archive.reprocess",
    "restore": "admin.backup",
    "revisions": "archive.revisions",
    "schedule": "service.schedule",
    "scheduler": "service.service",
    "search": "archive.search",
    "sources": "sources.sources",
    "status": "service.service",
    "stories": "archive.stories",
    "up": "service.service",
    "url-key": "archive.url_key",
    "watch": "archive.watch",
    "worker": "service.service",
}
"""Each command with the module that holds it, so that `dateline url-key` does not wait for Scrapy's import."""


class LazyGroup(click.Group):
    """A group that imports a command's module when that command is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dateline.cli.{COMMANDS[cmd_name]}")
        return next((x for x in vars(module).values() if isinstance(x, click.Command) and x.name == cmd_name), None)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a reader that goes away (`| head`) ends it with exit code 0."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dateline")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="DATELINE_DATA_DIR",
    help="Where database, archive and logs are kept.",
)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="How much is said on standard error."
)
@click.pass_context
def cli(ctx: click.Context, data_dir: Path | None, log_level: str | None) -> None:
    """Watch news sources and keep a clean, deduplicated, searchable archive of their articles in PostgreSQL."""
    from dateline import config, log
    from dateline.cli.context import Context
    from sql.server.embedded import default_data_dir

    settings = config.load(os.environ, data_dir=(data_dir or default_data_dir()).absolute())
    quiet = ctx.invoked_subcommand not in {"up", "worker", "scheduler", "console", "callback"}
    log.configure(level=log_level or ("warning" if quiet else settings.log_level), fmt=settings.log_format)
    ctx.obj = Context(settings)


def main() -> None:
    """Run the command line; a DatelineError ends in one line on standard error and its exit code.

    Credentials in a URL that was typed, or in the database's, are cut out of what is said.
    """
    from dateline.log import without_credentials

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
        click.echo(f"dateline: {without_credentials(str(error))}", err=True)
        sys.exit(1)
