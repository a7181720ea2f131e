"""Messages in the form that a chat service reads: Slack, Teams, Discord, ntfy. Pure.

Foreign text goes into fields that are not read as markup where the service has such; elsewhere its markup is escaped. A
headline cannot mention anybody. Each text is cut to what the service takes; a link that it would refuse is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from dateline.config.rules import CHAT_SERVICES
from dateline.errors import UsageError
from dateline.text import storable_line

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_DISCORD_MARKS = re.compile(r"([\\*_~`|>#\[\]()<:-])")
_MENTION = re.compile("@(?=\\w|&|!)")
_BREAK = "\u200b"
"""A zero-width blank, by which `@everyone` is a word like others."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a message says."""

    watch: str
    title: str
    about: str
    summary: str
    url: str | None


def note(watch: str, title: str, about: str = "", summary: str = "", url: str = "") -> Note:
    """A note of foreign texts: each on one line; only http and https are links."""
    link = storable_line(url) if urlsplit(url).scheme in ("http", "https") else None
    return Note(watch, storable_line(title) or link or watch, storable_line(about), storable_line(summary), link)


def body_of(template: str, webhook_url: str, what: Note) -> bytes:
    """The message as the service takes it."""
    return orjson.dumps(_BODIES[template](what, webhook_url))


def post_url(template: str | None, webhook_url: str) -> str:
    """Where a message goes: ntfy takes JSON at its root, and the topic within."""
    if template != "ntfy":
        return webhook_url
    parts = urlsplit(webhook_url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/").rpartition("/")[0] + "/"))


def check_template(template: str | None, webhook_url: str | None) -> None:
    """A UsageError for a template without a webhook, or an ntfy address without a topic."""
    if template and not webhook_url:
        raise UsageError(f"The template {template} needs a webhook", advice="Add --webhook URL")
    if template == "ntfy" and not _TOPIC.fullmatch(_topic(webhook_url or "")):
        raise UsageError("The webhook of ntfy ends with the topic, such as https://ntfy.sh/my-topic")


def _slack(what: Note, _: str) -> dict[str, Any]:
    """https://api.slack.com/reference/block-kit/blocks#rich_text: its texts are not read as mrkdwn."""
    link = what.url if what.url and len(what.url) <= 3000 else None
    title = _cut(what.title, 250)
    head = {"type": "link", "url": link, "text": title} if link else {"type": "text", "text": title}
    rest = "".join(f"\n{_cut(part, 1000)}" for part in (what.about, what.summary) if part)
    elements = [head, *([{"type": "text", "text": rest}] if rest else [])]
    section = {"type": "rich_text_section", "elements": elements}
    text = f"{what.watch}: {title}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MENTION.sub(f"@{_BREAK}", text)
    return {"text": text, "mrkdwn": False, "blocks": [{"type": "rich_text", "elements": [section]}]}


def _teams(what: Note, _: str) -> dict[str, Any]:
    """An Adaptive Card of a workflow's webhook; text runs are not read as Markdown. A message may have 28 KB."""
    runs = [("title", 250, "Bolder"), ("about", 300, "Default"), ("summary", 1000, "Default")]
    blocks = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, "weight": weight}]}
        for name, most, weight in runs
        for text in _cut(getattr(what, name), most).split("\n")
        if text
    ]
    link = [{"type": "Action.OpenUrl", "title": "Open", "url": what.url}] if what.url and len(what.url) <= 2000 else []
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4"}
    content = {**card, "body": blocks, "actions": link}
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]}


def _discord(what: Note, _: str) -> dict[str, Any]:
    """https://discord.com/developers/docs/resources/webhook: `allowed_mentions` without any mentions no one."""
    embed = {"title": _cut(_discord_text(what.title), 256), "description": _cut(_discord_text(what.summary), 2000)}
    embed["footer"] = {"text": _cut(what.about, 1000) or what.watch}  # type: ignore[assignment]
    link = {"url": what.url} if what.url and len(what.url) <= 2048 else {}
    return {"username": "Dateline", "allowed_mentions": {"parse": []}, "embeds": [embed | link]}


def _discord_text(text: str) -> str:
    return _MENTION.sub(f"@{_BREAK}", _DISCORD_MARKS.sub(r"\\\1", text))


def _ntfy(what: Note, webhook_url: str) -> dict[str, Any]:
    """https://docs.ntfy.sh/publish/#publish-as-json: plain text; a message of more than 4,096 bytes becomes a file."""
    lines = "\n".join(_cut(part, 900) for part in (what.about, what.summary) if part) or what.watch
    link = {"click": what.url} if what.url and len(what.url) <= 2000 else {}
    return {
        "topic": _topic(webhook_url),
        "title": _cut(what.title, 250),
        "message": lines,
        "tags": [what.watch],
        **link,
    }


def _topic(webhook_url: str) -> str:
    path = re.split(r"[?#]", webhook_url.partition("://")[2], maxsplit=1)[0].partition("/")[2]
    return path.rstrip("/").rpartition("/")[2]


def _cut(text: str, most: int) -> str:
    """At most that many UTF-16 units, as these services count; never ends within an escape."""
    if len(text.encode("utf-16-le")) // 2 <= most:
        return text
    short = text[: most - 1]
    while len(short.encode("utf-16-le")) // 2 > most - 1:
        short = short[:-1]
    return short.rstrip("\\") + "…"


_BODIES: dict[str, Callable[[Note, str], dict[str, Any]]] = {
    "slack": _slack,
    "teams": _teams,
    "discord": _discord,
    "ntfy": _ntfy,
}
TEMPLATES = CHAT_SERVICES
