"""The context of every command: the settings, and a database that runs while the command needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dateline.config import Settings

if TYPE_CHECKING:
    from sql.server.embedded import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Context:
    """The command line's settings."""

    settings: Settings

    @contextmanager
    def database(self, *, migrated: bool = True, meanwhile: Callable[[], None] | None = None) -> Iterator[str]:
        """The URL of the database, with migrations applied. Starts the embedded server where no other is configured and none
        runs, and says so in a terminal. `meanwhile` is called while the server starts."""
        with self.kept_database(migrated=migrated, meanwhile=meanwhile) as (url, _):
            yield url

    @contextmanager
    def kept_database(
        self,
        *,
        migrated: bool = True,
        say: Callable[[str], object] | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[tuple[str, EmbeddedServer | None]]:
        """Like `database`, with the embedded server so that the caller can keep it alive; None where another is configured.

        `say` is called with each step that takes seconds; without it a terminal shows only that a server starts.
        """
        step = say or (lambda words: None)
        from sql.schema.migrate import migrate
        from sql.server.embedded import EmbeddedServer

        if self.settings.database_url:
            if meanwhile is not None:
                meanwhile()
            step("preparing the schema of the configured database")
            if migrated:
                migrate(self.settings.database_url, beside_others=False)
            yield self.settings.database_url, None
            return
        server = EmbeddedServer(self.settings.data_dir, say=say or tell_a_terminal)
        with server.running(meanwhile) as url:
            step("preparing the database's schema")
            if migrated:
                migrate(url)
            yield url, server


def tell_a_terminal(step: str) -> None:
    """Say on standard error what a command waits for, if somebody watches: a script's messages stay the same."""
    if sys.stderr.isatty():
        click.echo(f"{step} …", err=True)


pass_context = click.make_pass_decorator(Context)
