"""`dateline config show|check`."""

from __future__ import annotations

import sys

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Print every setting with its value and meaning.

    Set one in DATA_DIR/dateline.toml, or in the environment as DATELINE_NAME."""
    from dateline.config import shown

    values = shown(context.settings)
    values["effective_user_agent"] = (context.settings.effective_user_agent, "User-Agent header that is sent")
    if as_json:
        plain = {name: _plain(value) for name, (value, _) in values.items()}
        click.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2))
        return
    for name, (value, text) in values.items():
        click.echo(f"{name:24} {_plain(value)!s:44} {text}")


@config.command()
@pass_context
def check(context: Context) -> None:
    """Report problems of the settings and how to fix them. Exits with 1 if there are any."""
    from crawler.politeness.guard import ResolveRules, parse_networks
    from dateline.config import problems
    from dateline.errors import ConfigError

    found = problems(context.settings)
    for parse, value in (
        (ResolveRules.parse, context.settings.resolve),
        (parse_networks, context.settings.allow_networks),
    ):
        try:
            parse(",".join(value))
        except ConfigError as error:
            found.append(str(error))
    for problem in found:
        click.echo(problem)
    if not found:
        click.echo("all well")
    sys.exit(1 if found else 0)


def _plain(value: object) -> object:
    return (
        list(value)
        if isinstance(value, tuple)
        else value
        if isinstance(value, int | float | str | None)
        else str(value)
    )
