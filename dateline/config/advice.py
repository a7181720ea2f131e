"""What is wrong or unwise in settings that could be read, each with its cure: `dateline config check` prints it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from dateline.config import rules
from dateline.config.settings import Settings


def problems(settings: Settings) -> list[str]:
    """What is wrong or unwise in these settings, each with its cure; empty where all is well."""
    by_value = (
        text for item in dataclasses.fields(settings) for text in rules.of_value(item, getattr(settings, item.name))
    )
    return [*by_value, *advice(settings)]


def advice(settings: Settings) -> Iterator[str]:
    """What is unwise, or wrong between settings, although each value can be used."""
    if not settings.contact and not settings.user_agent:
        yield "contact is not set: publishers can't reach you. Set DATELINE_CONTACT=you@example.org"
    if settings.user_agent and not re.match(r"^[A-Za-z_-]+(/|\s|$)", settings.user_agent):
        yield "user_agent must begin with a product token of letters, _ or - (RFC 9309 matches robots.txt by it)"
    if any(ord(char) < 32 or ord(char) > 126 for char in settings.effective_user_agent):
        yield "user_agent and contact may contain printable ASCII only"
    yield from _shared_ports(settings)
    yield from _half_mail(settings)


def unprotected_mail(settings: Settings) -> Iterator[str]:
    """Mail, and the login, that others on the way could read."""
    if settings.mail_security == "none" and settings.mail_server and not rules.is_loopback(settings.mail_server):
        yield f"mail_security none is for a server on this machine; {settings.mail_server} needs starttls or tls"


def _half_mail(settings: Settings) -> Iterator[str]:
    """Settings of mail that do nothing without another."""
    wanted = [("mail_server", "mail_from"), ("mail_from", "mail_server"), ("alarm_mail", "mail_server")]
    wanted += [("alarm_webhook_template", "alarm_webhook")]
    if settings.alarm_webhook_secret and not (settings.alarm_webhook or settings.alarm_webhooks):
        yield "alarm_webhook_secret is set and alarm_webhook is not: set both, or neither"
    wanted += [("mail_user", "mail_password"), ("mail_password", "mail_user"), ("mail_user", "mail_server")]
    for name, other in wanted:
        if getattr(settings, name) and not getattr(settings, other):
            yield f"{name} is set and {other} is not: set both, or neither"
    plain = [one for one in settings.alarm_webhooks if not set(one.lower().split()) & set(rules.CHAT_SERVICES)]
    if settings.alarm_webhook and not settings.alarm_webhook_template:
        plain.append(settings.alarm_webhook)
    if plain and not settings.alarm_webhook_secret:
        cure = "Set it to whsec_ and the output of: openssl rand -base64 32"
        yield f"alarm_webhook_secret is not set: the receiver can't tell whether a message is ours. {cure}"
    if settings.mail_ca_file and not Path(settings.mail_ca_file).is_file():
        yield f"mail_ca_file names {settings.mail_ca_file}, which is not a file"


def _shared_ports(settings: Settings) -> Iterator[str]:
    """Two servers that would listen at one port."""
    names = ["health_port", "console_port", *(["callback_port"] if settings.callback_url else [])]
    for place, name in enumerate(names):
        for other in names[:place]:
            if getattr(settings, name) == getattr(settings, other) != 0:
                yield f"{name} and {other} are both {getattr(settings, name)}; give each a port of its own"
