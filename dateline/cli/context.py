"""What every command gets: the settings, and a database that runs while the command needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from dateline.config import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The command line's settings."""

    settings: Settings

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of the database, embedded one started where none is configured, migrations run unless told otherwise."""
        from sql.embedded import EmbeddedServer
        from sql.migrate import migrate

        if self.settings.database_url:
            if migrated:
                migrate(self.settings.database_url)
            yield self.settings.database_url
            return
        with EmbeddedServer(self.settings.data_dir).running() as url:
            if migrated:
                migrate(url)
            yield url


pass_context = click.make_pass_decorator(Context)
