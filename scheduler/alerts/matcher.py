"""Finds the watches that stored articles match, and writes the watches' Atom feeds.

    stored (its transaction leaves a task) → match (one transaction: task done, alert and message written) → send → settle

Matching and sending may run in several processes at once, and any of them may die at any time: a task that was not committed
is taken again; a message that was sent and not settled is sent again under the same identity.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
from pathlib import Path

from dateline import log
from dateline.clock import Clock, utc_now
from scheduler.alerts.atom import ENTRIES, atom_feed
from scheduler.alerts.templates import body_of, note
from scheduler.alerts.webhook_message import message
from sql.watches.watches import AlertArticle, Watches, WatchRule

NOT_TOLD = ("article_id", "url_key", "beginning")

logger = log.get(__name__)


def article_fields(article: AlertArticle) -> dict[str, object]:
    """The fields of an article in a message."""
    return {
        name: getattr(article, name)
        for name in (one.name for one in dataclasses.fields(article))
        if name not in NOT_TOLD
    } | {"article_id": article.article_id}


def webhook_body(rule: WatchRule, article: AlertArticle, now: dt.datetime) -> bytes:
    """The message to a watch's webhook, in the form of its template."""
    if rule.template and rule.webhook_url:
        at = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else ""
        about = " · ".join(filter(None, (rule.name, article.site, at)))
        what = note(rule.name, article.title or "", about, article.summary or article.beginning, article.url)
        return body_of(rule.template, rule.webhook_url, what)
    about_it = {"watch": rule.name, "query": rule.query, "article": article_fields(article)}
    return message("watch.matched", now, about_it)


class AlertMatcher:
    """Finds what stored articles match, and keeps the feeds."""

    def __init__(self, watches: Watches, data_dir: Path, clock: Clock = utc_now) -> None:
        self._watches, self._folder, self._clock = watches, data_dir / "watches", clock

    async def step(self) -> int:
        """Match all stored articles that wait; returns how many caused an alert."""
        told, stale = 0, set[str]()
        while True:
            now = self._clock()

            def body(rule: WatchRule, article: AlertArticle, now: dt.datetime = now) -> str:
                return webhook_body(rule, article, now).decode()

            done = await self._watches.match(body, now=now)
            told += done.told
            stale.update(done.feeds)
            if not done.articles:
                break
        for name in sorted(stale):
            await self.write_feed(name)
        return told

    async def write_feeds(self) -> None:
        """Rewrite every feed."""
        for watch in await self._watches.all():
            if watch.has_feed:
                await self.write_feed(watch.name)

    async def write_feed(self, name: str) -> None:
        """Rewrite FOLDER/NAME.atom; a file that can't be written is only logged, since the service serves the feed as well."""
        content = await feed_of(self._watches, name)
        try:
            write_whole(self._folder / f"{name}.atom", content)
        except OSError as error:
            logger.warning("a watch's feed file can't be written", watch=name, error=error.strerror)


def write_whole(path: Path, content: bytes | None) -> None:
    """Replace the file's content in one step; None deletes the file."""
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


async def feed_of(watches: Watches, name: str, *, self_url: str | None = None, key: str | None = None) -> bytes | None:
    """A watch's present feed; None if it has none, or if a key is given and wrong."""
    found = await watches.feed(name, limit=ENTRIES)
    if found is None or not (key is None or hmac.compare_digest(key.encode(), str(found[0].feed_key).encode())):
        return None
    watch, articles = found
    return atom_feed(watch.name, watch.query, watch.feed_key, watch.created_at, articles, self_url=self_url)
