"""`dateline upgrade-check`."""

from __future__ import annotations

import click
import orjson

from dateline import __version__
from dateline.cli.context import Context, pass_context
from dateline.errors import ConfigError


@click.command("upgrade-check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def upgrade_check(context: Context, as_json: bool) -> int:
    """Check that this version can take over the database.

    Prints what to do first, and changes nothing. Run it with the new version, before its first start. Exits with 1 if
    something prevents the upgrade.
    """
    from pipelines.version import EXTRACTOR
    from sql.schema.upgrade import examine
    from sql.server.placement import has_cluster

    settings = context.settings
    if not settings.database_url and not has_cluster(settings.data_dir):
        raise ConfigError(
            f"{settings.data_dir} contains no database: pass the data folder of your installation with --data-dir",
            subject=str(settings.data_dir),
        )
    with context.database(migrated=False) as url:
        findings = examine(url, extractor=EXTRACTOR)
    is_possible = all(finding.level != "error" for finding in findings)
    if as_json:
        rows = [{"check": one.check, "level": one.level, "text": one.text} for one in findings]
        click.echo(
            orjson.dumps(
                {"version": __version__, "is_possible": is_possible, "findings": rows}, option=orjson.OPT_INDENT_2
            )
        )
    else:
        for one in findings:
            click.echo(f"{one.level:<8} {one.check}: {one.text}")
        click.echo(f"Dateline {__version__} {'can' if is_possible else 'can not'} use this database")
    return 0 if is_possible else 1
