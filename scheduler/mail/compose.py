"""Mails as text and HTML: a digest of articles, a sample, alarms. Pure.

All foreign text is on one line, escaped in the HTML; a link is http or https. No foreign text is in a header but the title
in the subject, which the email package encodes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from urllib.parse import quote, urlsplit
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from dateline.text import quantity, storable_line
from dateline.types.shown import Shown
from sql.watches.alarm_outbox import AlarmChange, Refused

MOST_TITLE, MOST_SUMMARY, MOST_ALARMS = 300, 400, 100


class _Whole(UnstructuredHeader):
    """A header in one line: the email package makes encoded words of a long one, which programs do not decode here (RFC 2369)."""

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the line."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_HEADERS = HeaderRegistry()
for _name in ("List-Unsubscribe", "List-Id"):
    _HEADERS.map_to_type(_name, _Whole)  # type: ignore[arg-type]
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
"""Bodies as quoted-printable or base64: a server need not take 8-bit text, and no line is too long."""
_PAGES = Environment(
    loader=PackageLoader("scheduler.mail"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS = Environment(
    loader=PackageLoader("scheduler.mail"),
    autoescape=False,  # noqa: S701 - plain text
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class MailItem:
    """An article in a mail."""

    title: str
    about: str
    summary: str
    url: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom and to whom a mail goes, and what identifies it. `operator` reads requests to be taken off the list."""

    sender: Address
    operator: str
    recipients: Sequence[str]
    identity: UUID
    at: dt.datetime


def digest(
    envelope: Envelope, name: str, query: str, articles: Sequence[Shown], *, is_sample: bool = False
) -> EmailMessage:
    """The articles that a watch matched since its last mail; a sample shows what it would match."""
    entries = [_entry(one) for one in articles]
    news = entries[0].title if len(entries) == 1 else f"{len(entries)} new articles"
    subject = f"Sample of {name}" if is_sample else f"{name}: {news}"
    unsubscribe = f"mailto:{quote(envelope.operator, safe='@')}?subject={quote(f'unsubscribe {name}')}"
    mail = _mail(envelope, subject, "digest", name=name, query=storable_line(query), entries=entries, is_sample=is_sample,
                 operator=envelope.operator)  # fmt: skip
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Id"] = f"<{name}.watch.{envelope.sender.domain}>"
    return mail


def alarms(envelope: Envelope, changes: Sequence[AlarmChange], refused: Sequence[Refused]) -> EmailMessage:
    """What began and ended since the last mail to the operators, the most severe first, and whose mail is refused."""
    started, ended = by_state(changes)
    return _mail(envelope, f"Dateline: {headline(changes, refused)}", "alarms", started=started, ended=ended, refused=refused,
                 most=MOST_ALARMS, line=alarm_line)  # fmt: skip


def by_state(changes: Sequence[AlarmChange]) -> tuple[list[AlarmChange], list[AlarmChange]]:
    """Those that began, and those that ended."""
    return [one for one in changes if one.until is None], [one for one in changes if one.until]


def headline(changes: Sequence[AlarmChange], refused: Sequence[Refused]) -> str:
    """How many alarms began and ended, and which one if only one began."""
    started, ended = by_state(changes)
    only = f": {started[0].source} ({started[0].kind})" if len(started) == 1 else ""
    parts = [
        *([f"{quantity(len(started), 'alarm')}{only}"] if started else []),
        *([f"{len(ended)} ended"] if ended else []),
        *([quantity(len(refused), "refused address")] if refused else []),
    ]
    return ("; " if only else ", ").join(parts)


def alarm_line(one: AlarmChange) -> str:
    """An alarm in one sentence: where, what, how severe, and when."""
    until = f", until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else ""
    return f"{one.source}: {one.sentence} ({one.kind}, {one.severity}, since {one.since:%Y-%m-%d %H:%M} UTC{until})"


def plain(envelope: Envelope) -> EmailMessage:
    """A mail that tests the settings."""
    return _mail(envelope, "Dateline: test mail", "test")


def _mail(envelope: Envelope, subject: str, template: str, **values: object) -> EmailMessage:
    mail = EmailMessage(_POLICY)
    mail["From"] = envelope.sender
    mail["To"] = [Address(addr_spec=one) for one in envelope.recipients]
    mail["Subject"] = storable_line(subject.replace("=?", "= ?"), 200)  # a title must not be read as an encoded word
    mail["Date"] = envelope.at
    mail["Message-ID"] = f"<{envelope.identity}@{envelope.sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_TEXTS.get_template(f"{template}.txt").render(values), charset="utf-8")
    mail.add_alternative(_PAGES.get_template(f"{template}.html").render(values), subtype="html", charset="utf-8")
    return mail


def _entry(article: Shown) -> MailItem:
    url = storable_line(article.url)
    title = storable_line(article.title or "", MOST_TITLE) or url
    at = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else ""
    about = [storable_line(one, 200) for one in (article.site, at, ", ".join(article.authors[:5]))]
    summary = storable_line(article.summary or article.beginning, MOST_SUMMARY)
    return MailItem(
        title, " · ".join(filter(None, about)), summary, url, url if urlsplit(url).scheme in ("http", "https") else None
    )
