"""`dateline config show|check|test-mail|test-webhook`."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from dateline.config import Read


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Print every setting with its value and meaning.

    Set one in DATA_DIR/dateline.toml, or in the environment as DATELINE_NAME."""
    from dateline.config import load, shown

    settings = load(os.environ, data_dir=context.settings.data_dir)
    values = shown(settings)
    values["effective_user_agent"] = (settings.effective_user_agent, "User-Agent header that is sent")
    if as_json:
        plain = {name: _plain(value) for name, (value, _) in values.items()}
        click.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2))
        return
    for name, (value, text) in values.items():
        click.echo(f"{name:24} {_plain(value)!s:44} {text}")


@config.command()
@pass_context
def check(context: Context) -> None:
    """Report all mistakes in the settings, and how to fix them. Exits with 1 if there are any."""
    from dateline.config import advice, read
    from dateline.config.rules import in_order
    from dateline.log import without_credentials

    found = read(os.environ, data_dir=context.settings.data_dir)
    problems = in_order([*found.mistakes, *_beyond_values(found), *advice(found.settings), *_unknown_variables()])
    for problem in problems:
        click.echo(without_credentials(problem))
    if not problems:
        click.echo("all well")
    sys.exit(1 if problems else 0)


@config.command("test-mail")
@click.argument("addresses", nargs=-1)
@pass_context
def test_mail(context: Context, addresses: tuple[str, ...]) -> None:
    """Send a test mail and print what the mail server answers. Without ADDRESSES, it goes to those of alarm_mail."""
    from dateline.mail_address import alarm_recipient, mail_address
    from scheduler.mail.sender import send_test_mail

    known = [alarm_recipient(one)[0] for one in context.settings.alarm_mail]
    recipients = [mail_address(one) for one in addresses] or known
    if not recipients:
        raise UsageError("Name an address, or set alarm_mail")
    outcome = send_test_mail(context.settings, recipients)
    refused = [f"{one}: {why}" for one, why in outcome.refused.items()]
    if outcome.state != "sent" or refused:
        raise DatelineError(f"The mail server did not accept the test mail: {'; '.join(refused) or outcome.detail}")
    click.echo(f"accepted by {context.settings.mail_server} for {', '.join(recipients)}")


@config.command("test-webhook")
@pass_context
def test_webhook(context: Context) -> None:
    """Send a test message to every alarm webhook. Prints what alarm_webhook and each of alarm_webhooks answer."""
    from dateline.config import load, url_origin
    from scheduler.alerts.alarm_webhook import endpoints_of
    from scheduler.alerts.one_off import send_test_alarm

    settings = load(os.environ, data_dir=context.settings.data_dir)
    if not (endpoints := endpoints_of(settings)):
        raise UsageError("Set alarm_webhook first")
    problems = []
    for one in endpoints:
        try:
            answer = asyncio.run(send_test_alarm(settings, one))
        except DatelineError as error:  # the others are still to be tried
            problems.append(str(error))
            continue
        if answer.is_taken:
            click.echo(f"accepted by {url_origin(one.url)} (HTTP {answer.status})")
        else:
            problems.append(f"{url_origin(one.url)} did not accept the test message: {answer.detail}")
    if problems:
        raise DatelineError("; ".join(problems))


def _beyond_values(found: Read) -> Iterator[str]:
    """What only the parts that use a setting can say: networks, addresses in place of DNS, databases, the data folder."""
    from crawler.politeness.guard import ResolveRules, parse_networks
    from scheduler.alerts.alarm_webhook import endpoints_of
    from scheduler.alerts.http_post import require_allowed
    from scheduler.alerts.templates import check_template
    from sql.database import url_parts

    settings = found.settings
    hook = [settings.alarm_webhook] if settings.alarm_webhook else []
    template = [settings.alarm_webhook_template.lower()] if hook else []
    further = {one.url: one.template for one in endpoints_of(settings) if one.url not in hook}
    checks: list[tuple[str, Iterable[str], Callable[[str], object]]] = [
        ("allow_networks", settings.allow_networks, lambda one: parse_networks([one])),
        ("proxy_networks", settings.proxy_networks, lambda one: parse_networks([one], "proxy_networks")),
        ("resolve", settings.resolve, lambda one: ResolveRules.parse([one])),
        ("database_url", filter(None, [settings.database_url]), url_parts),
        ("alarm_webhook", hook, lambda one: require_allowed(settings, one)),
        ("alarm_webhook_template", template, lambda one: check_template(one, settings.alarm_webhook)),
        ("alarm_webhooks", further, lambda one: require_allowed(settings, one)),
        ("alarm_webhooks", further, lambda one: check_template(further[one], one)),
        ("console_sql_url", filter(None, [settings.console_sql_url]), url_parts),
    ]
    for name, values, reads in checks:
        for value in values:
            try:
                reads(value)
            except DatelineError as error:
                place = found.places.get(name, "the settings")
                yield f"{place}: {name}: {str(error).removeprefix(f'{name}: ')}"
    yield from filter(None, (_folder_problem(settings.data_dir), _browser_problem(found), _console_problem(found)))


def _browser_problem(found: Read) -> str | None:
    """Why the browser that is named can't be used; None where it can, or none is named."""
    from crawler.render.chromium import find_chromium

    named = found.settings.chromium
    if not named or find_chromium(named):
        return None
    return f"{found.places.get('chromium', 'the settings')}: chromium: {named} is not a program"


def _console_problem(found: Read) -> str | None:
    """Why the console will not start; None where it will, or where only a database that does not run here could say."""
    from dateline.console.access.origin import check_exposure
    from dateline.console.server.serve import any_user
    from sql.server.embedded import is_made, running_url

    settings = found.settings
    url = running_url(settings.data_dir)
    if not settings.console_port or settings.database_url or (url is None and is_made(settings.data_dir)):
        return None
    try:
        check_exposure(settings, has_users=url is not None and any_user(url))
    except DatelineError as error:
        return f"{found.places.get('console_host', 'the settings')}: console_host: {error}"
    return None


def _folder_problem(folder: Path) -> str | None:
    """Why the data folder can't be used; None where it can, or can be made."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        return f"data_dir: {place} is a file; name a folder (--data-dir or DATELINE_DATA_DIR)"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"data_dir: {place} can't be written; allow it, or name another folder (--data-dir or DATELINE_DATA_DIR)"
    return None


def _unknown_variables() -> Iterator[str]:
    """Variables that look like settings and are none."""
    from dateline.config import Settings, suggestion

    known = {f"DATELINE_{item.name.upper()}" for item in dataclasses.fields(Settings)}
    known |= {f"{name}_FILE" for name in known} | {"DATELINE_DATABASE_PASSWORD_FILE", "DATELINE_SECRETS_DIR"}
    for name in sorted(os.environ):
        if name.startswith("DATELINE_") and name not in known:
            yield f"{name}: unknown setting. {suggestion(name, known)}"


def _plain(value: object) -> object:
    return (
        list(value)
        if isinstance(value, tuple)
        else value
        if isinstance(value, int | float | str | None)
        else str(value)
    )
