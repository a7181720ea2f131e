"""Adding and removing watches, and their feeds."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crawler.politeness.guard import check_url
from dateline.console.pages.archive import watches
from dateline.console.pages.archive.search_request import trouble_of
from dateline.console.rendering.wording import EVERY, without_command
from dateline.console.request import address
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import UsageError
from dateline.mail_address import SEVERITIES, alarm_recipient, mail_address
from dateline.search.query import parse
from dateline.sources.fields import slugify
from dateline.text import SHORT_NAME, storable, storable_line
from scheduler.alerts.http_post import guard_rules
from scheduler.alerts.matcher import AlertMatcher, feed_of
from scheduler.alerts.templates import TEMPLATES, check_template
from scheduler.alerts.webhook_message import SECRET_BYTES, new_secret
from scheduler.mail.smtp import require_mail
from sql.watches.mail import MailBox
from sql.watches.watches import Watches


@dataclasses.dataclass(frozen=True, slots=True)
class WatchForm:
    """The fields of the form that adds a watch."""

    name: str
    query: str
    webhook_url: str | None
    has_feed: bool
    mail: str
    every: str
    template: str | None

    @classmethod
    def of(cls, form: Mapping[str, str]) -> WatchForm:
        """Read the form."""
        webhook = storable_line(form.get("webhook", ""), 2000) or None
        return cls(
            storable_line(form.get("name", ""), 200),
            storable(form.get("query", ""), 4000).strip(),
            webhook,
            "feed" in form,
            storable_line(form.get("mail", ""), 300),
            every if (every := form.get("every", "")) in EVERY else "day",
            template if (template := form.get("template")) in TEMPLATES else None,
        )


async def add(console: Console, request: Request) -> Response:
    """Save a search; the page says what is wrong, or shows the secret of a webhook this once."""
    wanted = WatchForm.of(request.scope["form"])
    try:
        secret = await _add(console, wanted)
    except UsageError as error:
        page = dataclasses.replace(
            await watches.read(console.ask(request)), name=wanted.name, query=wanted.query,
            webhook_url=wanted.webhook_url or "", wants_feed=wanted.has_feed, mail=wanted.mail,
            trouble=trouble_of(error).sentence,
        )  # fmt: skip
        return await console.html(request, "watches", status=400, view=BY_NAME["watches"], page=page)
    said = f"Watch “{wanted.name}” added."
    if secret:
        said += " Messages are signed with this secret, which is shown only now:"
    return console.done(request, address("/watches"), said, code=secret or "")


async def _add(console: Console, wanted: WatchForm) -> str | None:
    """The key that its messages are signed with; a UsageError names what is wrong with the form."""
    if not SHORT_NAME.fullmatch(wanted.name):
        raise UsageError(
            f"Invalid name “{wanted.name}”: use lower-case letters, digits, dots, underscores and hyphens, and begin with a"
            f" letter or digit, such as {slugify(wanted.name) or 'ferry-news'}"
        )
    if not wanted.webhook_url and not wanted.has_feed and not wanted.mail:
        raise UsageError("Choose how to be notified: by webhook, by mail, in an Atom feed, or several of them.")
    check_template(wanted.template, wanted.webhook_url)
    recipients = [mail_address(wanted.mail)] if wanted.mail else []
    if recipients:
        require_mail(console.settings)
    parse(wanted.query)
    if wanted.webhook_url and (refusal := check_url(wanted.webhook_url, guard_rules(console.settings))) is not None:
        raise UsageError(f"This webhook URL is not allowed: {refusal.detail}.")
    secret = new_secret(os.urandom(SECRET_BYTES)) if wanted.webhook_url else None
    fields: dict[str, Any] = {"webhook_url": wanted.webhook_url, "secret": secret, "has_feed": wanted.has_feed}
    fields |= {"template": wanted.template, "mail": recipients, "every": wanted.every, "now": console.clock()}
    await console.writer.through(lambda pool: Watches(pool).add(wanted.name, wanted.query, **fields))
    if wanted.has_feed:
        await console.writer.through(
            lambda pool: AlertMatcher(Watches(pool), console.settings.data_dir).write_feed(wanted.name)
        )
    return None if wanted.template else secret


async def remove(console: Console, request: Request) -> Response:
    """Drop a watch; a watch that no longer exists is not an error."""
    name = storable_line(request.scope["form"].get("name", ""), 100)
    try:
        await console.writer.through(lambda pool: Watches(pool).remove(name))
    except UsageError:
        return console.done(request, address("/watches"), f"Watch “{name}” had been removed before.")
    return console.done(request, address("/watches"), f"Watch “{name}” removed.")


async def mail(console: Console, request: Request) -> Response:
    """Mail a watch's articles to an address, change how often, or end it (`every` never)."""
    form = request.scope["form"]
    name, given, every = (storable_line(form.get(one, ""), 300) for one in ("name", "address", "every"))
    back = address("/watches", name=name)
    try:
        said = await _mail(console, name, mail_address(given), every)
    except UsageError as error:
        return console.done(
            request,
            back if await _is_known(console, name) else address("/watches"),
            without_command(error),
            is_bad=True,
        )
    return console.done(request, back, said)


async def _mail(console: Console, name: str, to: str, every: str) -> str:
    await console.writer.through(lambda pool: Watches(pool).one(name))
    if every == "never":
        gone = await console.writer.through(lambda pool: MailBox(pool).unsubscribe(name, to))
        return f"No more mail of {name} to {to}." if gone else f"{to} gets no mail of {name}."
    require_mail(console.settings)
    often = every if every in EVERY else "day"
    await console.writer.through(lambda pool: MailBox(pool).subscribe(name, to, often))
    return f"{to} gets mail of {name} {EVERY[often]}."


async def _is_known(console: Console, name: str) -> bool:
    return any(one.name == name for one in await console.writer.through(lambda pool: Watches(pool).all()))


async def mail_alarms(console: Console, request: Request) -> Response:
    """Mail alarms to an address, too, or end it (`every` never)."""
    form = request.scope["form"]
    try:
        to, is_end = mail_address(storable_line(form.get("address", ""), 300)), form.get("every") == "never"
        if is_end:
            done = await console.writer.through(lambda pool: MailBox(pool).remove_alarm_recipient(to))
            said = f"Alarms are not mailed to {to} any more." if done else f"{to} is not on this list."
        else:
            require_mail(console.settings)
            _, least = alarm_recipient(f"{to} {form.get('severity', '')}")
            now = console.clock()
            await console.writer.through(lambda pool: MailBox(pool).add_alarm_recipient(to, least, now=now))
            said = f"Alarms are mailed to {to}{'' if least == SEVERITIES[-1] else f' if they are at least {least}'}."
    except UsageError as error:
        return console.done(request, address("/alarms"), without_command(error), is_bad=True)
    return console.done(request, address("/alarms"), said)


async def feed(console: Console, request: Request) -> Response:
    """A watch's Atom feed."""
    name = storable_line(request.path_params["name"], 200)
    key = request.query_params.get("key")
    content = await console.reader.through(
        lambda pool: feed_of(Watches(pool), name, self_url=_own_url(request), key=key)
    )
    if content is None:
        return PlainTextResponse("No watch with this name has a feed at this address.\n", 404)
    return Response(content, media_type="application/atom+xml")


def _own_url(request: Request) -> str:
    """The address at which the feed was asked for."""
    return str(request.url.replace(path=address(request.url.path)))


ROUTES = (
    ("/watches/add", "POST", add),
    ("/watches/remove", "POST", remove),
    ("/watches/mail", "POST", mail),
    ("/alarms/mail", "POST", mail_alarms),
)
