"""The watches: saved searches, how many alerts each has sent, and the state of each message."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote

from dateline.api.reads import host_of_webhook
from dateline.console.request import Ask, MissingPageError, address
from dateline.text import quantity
from sql.watches.watches import Delivery, Watch, Watches

LATEST = 100


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch in the list. Of its webhook only the host is shown, since path and query may be secret; and no mail address."""

    name: str
    query: str
    webhook: str | None
    has_feed: bool
    created_at: dt.datetime
    told: int
    last_told_at: dt.datetime | None
    pending: int
    dead: int
    trouble: str | None
    feed_path: str | None
    recipients: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a watch's articles by mail; only operators see addresses."""

    address: str
    every: str
    waiting: int
    last_sent_at: dt.datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class WatchesPage:
    """The data of the page. From `name` on: what the form was sent with, and what is wrong with it."""

    title: str
    watches: list[WatchLine]
    deliveries: list[Delivery]
    chosen: str
    recipients: list[Recipient]
    query: str = ""
    trouble: str = ""
    name: str = ""
    webhook_url: str = ""
    wants_feed: bool = True
    mail: str = ""


async def read(ask: Ask) -> WatchesPage:
    """All watches, and the latest messages of all or of the one that `name` names; `q` fills the search in."""
    chosen = ask.text("name", limit=100)
    watches = await ask.reader.through(lambda pool: Watches(pool).all())
    deliveries = await ask.reader.through(lambda pool: Watches(pool).deliveries(chosen or None, None, limit=LATEST))
    known = next((one for one in watches if one.name == chosen), None)
    if chosen and known is None:
        raise MissingPageError(f"No watch is called “{chosen}”.")
    mail = known.mail if known and ask.is_operator else []
    recipients = [
        Recipient(to["address"], to["every"], to["waiting"], _instant(to["last_sent_at"]), to["problem"]) for to in mail
    ]
    title = f"Watch {chosen}" if chosen else "Watches"
    shown = [known] if known else watches
    return WatchesPage(title, [line_of(one) for one in shown], deliveries, chosen, recipients, ask.text("q"))


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def line_of(watch: Watch) -> WatchLine:
    """The watch as it is shown."""
    failed = sum(to["problem"] is not None for to in watch.mail)
    said = [
        *([f"Its search cannot run: {watch.problem}"] if watch.problem else []),
        *([f"Mail to {failed} of its recipients failed; the watch's page names them"] if failed else []),
        *([f"The webhook failed {quantity(watch.failures, 'time')} in a row"] if watch.failures else []),
    ]
    return WatchLine(
        watch.name, watch.query, host_of_webhook(watch.webhook_url), watch.has_feed, watch.created_at, watch.told,
        watch.last_told_at, watch.pending, watch.dead, "; ".join(said) or None,
        address(f"/watches/{quote(watch.name)}.atom", key=watch.feed_key) if watch.has_feed else None,
        len(watch.mail),
    )  # fmt: skip
