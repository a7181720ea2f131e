"""`dateline watch add | list | show | mail | remove | test | deliveries`."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.config import url_origin
from dateline.config.rules import CHAT_SERVICES
from dateline.console.rendering.wording import EVERY
from dateline.errors import DatelineError, UsageError
from dateline.text import SHORT_NAME, quantity

if TYPE_CHECKING:
    from scheduler.alerts.http_post import PostResult
    from scheduler.mail.smtp import MailOutcome
    from sql.database import Pool
    from sql.watches.watches import Delivery, Watch, Watches

T = TypeVar("T")
JSON_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
EVERY_HELP = (
    "When to mail: match (at once, but no more than one mail in five minutes), hour (at the full hour) "
    "or day (at mail_digest_at)."
)
_STATE = ("created_at", "told", "last_told_at", "pending", "dead", "failures", "hold_until", "problem")
_LABELS = {
    "has_feed": "Atom feed", "created_at": "added", "told": "alerts", "last_told_at": "last alert",
    "pending": "messages waiting", "dead": "given up", "failures": "failures in a row", "hold_until": "next try",
}  # fmt: skip
"""Fields of a watch whose name in JSON is another than the word for people."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")


@click.group()
def watch() -> None:
    """Save searches that notify you of new articles.

    A watch sends new articles to a webhook or by mail, or adds them to an Atom feed.
    """


@watch.command()
@click.argument("name")
@click.argument("query")
@click.option("--webhook", "webhook_url", metavar="URL", help="POST each new matching article to this URL, signed.")
@click.option(
    "--template",
    type=click.Choice(CHAT_SERVICES),
    help="Write the webhook's messages in the form that this service takes.",
)
@click.option(
    "--mail", metavar="ADDRESS", multiple=True, help="Mail new matching articles to this address (repeatable)."
)
@click.option("--every", type=click.Choice(list(EVERY)), default="day", show_default=True, help=EVERY_HELP)
@click.option(
    "--atom",
    "has_feed",
    is_flag=True,
    help="Write an Atom feed: DATA_DIR/watches/NAME.atom, served as /watches/NAME.atom by console and health endpoint.",
)
@click.option(
    "--backlog",
    "with_backlog",
    is_flag=True,
    help="Notify also of what a watched source published before the watch, or the source, was added.",
)
@as_json_option
@pass_context
def add(
    context: Context,
    name: str,
    query: str,
    webhook_url: str | None,
    template: str | None,
    mail: tuple[str, ...],
    every: str,
    has_feed: bool,
    with_backlog: bool,
    as_json: bool,
) -> None:
    """Add a watch for new articles that match QUERY.

    It leaves out what a watched source published before the watch, or the source, was added.
    Prints the secret that signs the webhook messages. It is shown only once."""
    from dateline.cli.archive.search import remark_query
    from dateline.clock import utc_now
    from dateline.mail_address import mail_address
    from dateline.search.query import parse
    from scheduler.alerts.http_post import require_allowed
    from scheduler.alerts.matcher import AlertMatcher
    from scheduler.alerts.templates import check_template
    from scheduler.alerts.webhook_message import SECRET_BYTES, new_secret
    from scheduler.mail.smtp import require_mail

    if not SHORT_NAME.fullmatch(name):
        raise UsageError(
            f"Invalid name {name!r}. Use up to 100 of the characters a-z 0-9 . _ - and begin with a letter or digit"
        )
    if not webhook_url and not has_feed and not mail:
        raise UsageError("Choose how to be notified: --webhook URL, --mail ADDRESS, --atom, or several of them")
    check_template(template, webhook_url)
    recipients = [mail_address(one) for one in mail]
    if recipients:
        require_mail(context.settings)
    if webhook_url:
        require_allowed(context.settings, webhook_url)
    secret = new_secret(os.urandom(SECRET_BYTES)) if webhook_url else None

    async def work(watches: Watches) -> Watch:
        await watches.add(
            name, query.replace("\x00", ""), webhook_url=webhook_url, secret=secret, has_feed=has_feed,
            with_backlog=with_backlog, template=template, mail=recipients, every=every, now=utc_now(),
        )  # fmt: skip
        if has_feed:
            await AlertMatcher(watches, context.settings.data_dir).write_feed(name)
        return await watches.one(name)

    made = _with_watches(context, work)
    remark_query(context, parse(query))
    feed = str(context.settings.data_dir / "watches" / f"{name}.atom") if has_feed else None
    if as_json:
        path = _feed_path(made) if has_feed else None
        _echo_json(
            {"name": name, "query": query, "webhook": webhook_url, "secret": secret, "feed": feed, "feed_path": path}
            | {"template": template, "mail": made.mail}
        )
        return
    click.echo(f"watching: {name}")
    if recipients:
        click.echo(f"mail: {', '.join(recipients)} ({EVERY[every]})")
    if secret and not template:
        click.echo(f"secret (shown only once; configure it in the receiver): {secret}")
    if feed:
        click.echo(f"feed: {feed}, and {_feed_path(made)} at the health port (keep its key to yourself)")


@watch.command("list")
@as_json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the watches with their state."""
    found = _with_watches(context, lambda watches: watches.all())
    if not found and not as_json:
        click.echo("No watches. Add one with `dateline watch add NAME QUERY`", err=True)
    for one in found:
        if as_json:
            _echo_json(_shown(one, whole=False))
        else:
            click.echo(f"{one.name:24} {one.told:6} alerts  {_how(one)}  {one.query}{_trouble(one)}")


@watch.command()
@click.argument("name")
@as_json_option
@pass_context
def show(context: Context, name: str, as_json: bool) -> None:
    """Show a watch and its latest articles."""

    async def work(watches: Watches) -> tuple[Watch, list[str]]:
        found = await watches.one(name)
        return found, await watches.latest(name, limit=10)

    found, urls = _with_watches(context, work)
    if as_json:
        _echo_json(_shown(found, whole=True) | {"latest": urls})
        return
    fields = _shown(found, whole=True)
    fields["mail"] = "; ".join(_recipient(one) for one in found.mail) or None
    for key, value in fields.items():
        click.echo(f"{_LABELS.get(key, key.replace('_', ' ')):16} {_in_words(value)}")
    for url in urls:
        click.echo(f"{'article':16} {url}")


@watch.command()
@click.argument("name")
@click.argument("address")
@click.option("--every", type=click.Choice([*EVERY, "never"]), default="day", show_default=True, help=EVERY_HELP)
@pass_context
def mail(context: Context, name: str, address: str, every: str) -> None:
    """Mail a watch's new articles to ADDRESS. Called again, it changes how often; --every never ends it."""
    from dateline.mail_address import mail_address
    from scheduler.mail.smtp import require_mail
    from sql.watches.mail import MailBox

    recipient = mail_address(address)
    if every != "never":
        require_mail(context.settings)

    async def work(watches: Watches) -> None:
        found = await watches.one(name)
        box = MailBox(watches.pool)
        if every != "never":
            return await box.subscribe(name, recipient, every)
        if not await box.unsubscribe(name, recipient):
            known = ", ".join(one["address"] for one in found.mail) or "none"
            raise UsageError(f"{recipient} is not a recipient of {name}; there are: {known}", subject=recipient)
        if not found.webhook_url and not found.has_feed and len(found.mail) == 1:
            click.echo(f"{name} has no recipients now. Add a recipient, or remove the watch", err=True)
        return None

    _with_watches(context, work)
    click.echo(f"no more mail of {name} to {recipient}" if every == "never" else f"mail: {recipient} ({EVERY[every]})")


@watch.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@pass_context
def remove(context: Context, name: str, yes: bool) -> None:
    """Remove a watch, its feed and its unsent messages."""
    from scheduler.alerts.matcher import AlertMatcher

    async def work(watches: Watches) -> None:
        found = await watches.one(name)
        if found.pending and not yes:
            click.confirm(f"{found.pending} messages are not delivered yet. Delete them?", abort=True, err=True)
        await watches.remove(name)
        await AlertMatcher(watches, context.settings.data_dir).write_feed(name)

    _with_watches(context, work)
    click.echo(f"removed: {name}")


@watch.command()
@click.argument("name")
@as_json_option
@pass_context
def test(context: Context, name: str, as_json: bool) -> None:
    """Test a watch: show recent matches and send samples.

    Sends a test message to the webhook, and a sample to each mail recipient. The message has the type watch.test."""
    from scheduler.alerts.one_off import send_samples, send_test
    from sql.watches.mail import MailBox

    async def work(watches: Watches) -> tuple[Watch, list[str], PostResult | None, dict[str, MailOutcome]]:
        found = await watches.one(name)
        urls = [one.url for one in await watches.would_match(found, limit=10)]
        mailed = await send_samples(context.settings, watches, MailBox(watches.pool), found)
        return found, urls, await send_test(context.settings, watches, found), mailed

    found, urls, answer, mailed = _with_watches(context, work)
    if as_json:
        sent = (
            None if answer is None else {"is_taken": answer.is_taken, "status": answer.status, "detail": answer.detail}
        )
        samples = {one: {"is_taken": said.state == "sent", "detail": said.detail} for one, said in mailed.items()}
        _echo_json({"name": name, "query": found.query, "matches": urls, "webhook": sent, "mail": samples})
    else:
        click.echo("\n".join(urls) or "no match among the newest 1000 articles")
        if answer is not None and answer.is_taken:
            click.echo(f"webhook: accepted (HTTP {answer.status})")
        for one, said in mailed.items():
            if said.state == "sent":
                click.echo(f"mail to {one}: accepted")
    failed = [f"{one}: {said.detail}" for one, said in mailed.items() if said.state != "sent"]
    if failed:
        raise DatelineError(f"The mail server did not accept the sample of {name} to {'; '.join(failed)}", subject=name)
    if answer is not None and not answer.is_taken:
        raise DatelineError(f"The webhook of {name} did not accept the test message: {answer.detail}", subject=name)


@watch.command()
@click.argument("name", required=False)
@click.option("--state", type=click.Choice(["pending", "delivered", "dead"]), help="Only messages in this state.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Maximum number of messages."
)
@click.option("--retry-dead", is_flag=True, help="Send the messages that were given up again.")
@as_json_option
@pass_context
def deliveries(
    context: Context, name: str | None, state: str | None, limit: int, retry_dead: bool, as_json: bool
) -> None:
    """List the latest webhook messages with their state."""
    from dateline.clock import utc_now

    async def work(watches: Watches) -> list[Delivery]:
        if name is not None:
            await watches.one(name)
        if retry_dead:
            again = await watches.retry_dead(name, now=utc_now())
            click.echo(f"queued again: {again}", err=True)
        return await watches.deliveries(name, state, limit=limit)

    found = _with_watches(context, work)
    if not found and not as_json:
        click.echo("No such webhook messages", err=True)
    for one in found:
        if as_json:
            _echo_json({field: getattr(one, field) for field in one.__slots__})
            continue
        due = f"; next {one.next_attempt_at:%Y-%m-%d %H:%M:%S}Z" if one.next_attempt_at else ""
        why = f" ({one.detail})" if one.detail else ""
        click.echo(
            f"{one.created_at:%Y-%m-%d %H:%M:%S}Z  {one.state_word:9} {one.attempts:3}  {one.watch}  {one.url}{why}{due}"
        )


def _with_watches(context: Context, work: Callable[[Watches], Awaitable[T]]) -> T:
    """What the work returns, done with the watches of the command's database."""
    from sql.database import open_pool
    from sql.watches.watches import Watches

    async def done(url: str) -> T:
        pool: Pool
        async with open_pool(url) as pool:
            return await work(Watches(pool))

    with context.database() as url:
        return asyncio.run(done(url))


def _shown(one: Watch, *, whole: bool) -> dict[str, Any]:
    webhook = one.webhook_url if whole or not one.webhook_url else url_origin(one.webhook_url)
    return {
        "name": one.name,
        "query": one.query,
        "webhook": webhook,
        "template": one.template,
        "mail": one.mail,
        "has_feed": one.has_feed,
        "with_backlog": one.with_backlog,
        **({"feed_path": _feed_path(one)} if whole and one.has_feed else {}),
        **{field: getattr(one, field) for field in _STATE},
    }


def _feed_path(one: Watch) -> str:
    """Path and key of the feed at the health port."""
    return f"/watches/{one.name}.atom?key={one.feed_key}"


def _in_words(value: object) -> str:
    """A value of a watch as people read it."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _recipient(one: dict[str, Any]) -> str:
    """A mail recipient in words."""
    waiting = f", {one['waiting']} waiting" if one["waiting"] else ""
    return f"{one['address']} ({EVERY[one['every']]}{waiting}{', failed: ' + one['problem'] if one['problem'] else ''})"


def _how(one: Watch) -> str:
    mailed = [f"mail to {len(one.mail) if len(one.mail) > 1 else one.mail[0]['address']}"] if one.mail else []
    hooks = [url_origin(one.webhook_url)] if one.webhook_url else []
    return " + ".join([*hooks, *mailed, *(["atom"] if one.has_feed else [])])


def _trouble(one: Watch) -> str:
    """Problems that the operator should know about, or nothing."""
    said = [
        *([f"its search cannot run: {one.problem}"] if one.problem else []),
        *([f"the webhook failed {quantity(one.failures, 'time')} in a row"] if one.failures else []),
        *(f"mail to {to['address']} failed: {to['problem']}" for to in one.mail if to["problem"]),
        *([f"{quantity(one.pending, 'message')} waiting"] if one.pending else []),
        *([f"{quantity(one.dead, 'message')} given up"] if one.dead else []),
    ]
    return f"  [{'; '.join(said)}]" if said else ""


def _echo_json(row: dict[str, Any]) -> None:
    click.echo(orjson.dumps(row, option=JSON_LINE, default=str), nl=False)
