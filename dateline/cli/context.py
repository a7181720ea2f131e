"""The context of every command: the settings, and a database that runs while the command needs it."""

from __future__ import annotations

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
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of the database, with migrations applied. Starts the embedded server where no other is configured."""
        with self.kept_database(migrated=migrated) as (url, _):
            yield url

    @contextmanager
    def kept_database(
        self, *, migrated: bool = True, say: Callable[[str], object] = lambda step: None
    ) -> Iterator[tuple[str, EmbeddedServer | None]]:
        """Like `database`, with the embedded server so that the caller can keep it alive; None where another is configured.

        `say` is called with each step that takes seconds.
        """
        from sql.schema.migrate import migrate
        from sql.server.embedded import EmbeddedServer

        if self.settings.database_url:
            say("preparing the schema of the configured database")
            if migrated:
                migrate(self.settings.database_url)
            yield self.settings.database_url, None
            return
        server = EmbeddedServer(self.settings.data_dir, say=say)
        with server.running() as url:
            say("preparing the database's schema")
            if migrated:
                migrate(url)
            yield url, server


pass_context = click.make_pass_decorator(Context)
