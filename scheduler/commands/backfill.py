"""`dateline backfill`: starts the backfill of a source or goes on with it, in this process; the service does so, too."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from crawler.history.lists import ListToRead, Window
from crawler.history.ways import first_lists
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import DatabaseError, UsageError
from pipelines.stories.assignment import WHOLE_BATCH, assign_waiting
from scheduler.alerts.one_off import send_alerts_once
from scheduler.commands.backfill_files import read_files
from scheduler.processes.registration import process_name
from scheduler.runtime import open_runtime
from scheduler.visits.backfill import Backfiller
from scheduler.visits.context import VisitContext
from scheduler.visits.page_fetch import PageFetcher
from sql.database import LOST, may_pass, open_pool
from sql.frontier.backfill_rows import BackfillSource, BackfillStatus
from sql.frontier.backfills import Backfills

DEFAULT_BUDGET = 2_000
"""Requests per day: half an hour at one a second, and less than the half of max_pages_a_day that a backfill may take."""
DAILY_WORK = dt.timedelta(days=1)
"""A source that was visited within this time is up to date: articles newer than its last visit come with its daily visits."""
LOOK_S, PAUSE_S, AWAY_S = 1.0, 0.2, 1.0
PATIENCE_S = 60.0
"""A wait longer than this is not worth staying for: the service goes on, or the next call."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asks for; None: as the backfill that is under way has it."""

    source: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    budget: int | None = None
    with_wayback: bool = False
    files: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much of a backfill is done (0 to 1), as far as the lists that were read tell, and the requests still to come."""

    share: float
    requests: int | None


def estimate(status: BackfillStatus) -> Estimate:
    """By the span between the dates that was gone through, and by the addresses that wait."""
    if status.state == "done":
        return Estimate(1.0, 0)
    waiting = status.counts.get("waiting", 0)
    done = sum(status.counts.values()) - waiting
    span = (status.until - status.since).total_seconds()
    reached = status.reached_at
    gone = 0.0 if reached is None else min(1.0, max(0.0, (status.until - reached).total_seconds() / span))
    share = gone * done / (done + waiting) if done else 0.0
    left = None if share < 0.01 else max(0, round(status.requests * (1 - share) / share))
    return Estimate(round(min(share, 0.99), 2), left)


def to_json(status: BackfillStatus) -> dict[str, Any]:
    """The status as it is printed."""
    found = estimate(status)
    names = ("stored", "known", "outside", "not_stored", "failed", "waiting")
    row = asdict(status) | {"counts": {name: status.counts.get(name, 0) for name in names}}
    del row["is_held"], row["is_paused"]
    return row | {"share": found.share, "requests_left": found.requests}


async def begin(settings: Settings, backfills: Backfills, wanted: Wanted, *, now: dt.datetime) -> int:
    """The id of the backfill that is asked for: a new one, or the one under way. A UsageError names what is in its way."""
    source = await backfills.source(wanted.source)
    if source is None:
        raise UsageError(
            f"Unknown source {wanted.source!r}. `dateline sources list` shows the names", subject=wanted.source
        )
    if wanted.until is not None and wanted.since is not None and wanted.until <= wanted.since:
        raise UsageError(f"--until {wanted.until:%Y-%m-%d} is not after --since {wanted.since:%Y-%m-%d}")
    going = await backfills.open_one(source.id)
    is_same = going is not None and _is_same(wanted.since, going.since) and _is_same(wanted.until, going.until)
    if going is not None and is_same:
        pages: Sequence[ListToRead] = ()
        if wanted.with_wayback:
            window = Window(going.since, going.until)
            pages = [one for one in _first(settings, source, (), window, True) if one.way == "wayback"]
        await backfills.resume(going.id, pages, budget=wanted.budget, with_wayback=wanted.with_wayback)
        return going.id
    if going is not None and going.state == "running":
        raise UsageError(
            f"{source.name} is being backfilled from {going.since:%Y-%m-%d} to {going.until:%Y-%m-%d} already. Leave out "
            f"--since and --until to go on with it, or end it: `dateline backfill --stop {source.name}`",
            subject=source.name,
        )
    if wanted.since is None:
        raise UsageError("Say how far back to go: --since DATE, such as --since 2020-01-01", subject=source.name)
    return await _begin_new(settings, backfills, source, wanted, now)


async def _begin_new(
    settings: Settings, backfills: Backfills, source: BackfillSource, wanted: Wanted, now: dt.datetime
) -> int:
    is_looked_after = source.last_ok_at is not None and now - source.last_ok_at < DAILY_WORK
    last = source.last_ok_at if is_looked_after and source.last_ok_at is not None else now
    since, until = wanted.since or now, min(wanted.until or last, now)
    if until <= since:
        raise UsageError(f"--since {since:%Y-%m-%d} is in the future: nothing can have been published", subject="since")
    watched = await backfills.watched(source.id)
    return await backfills.begin(
        source,
        _first(settings, source, watched, Window(since, until), wanted.with_wayback),
        since=since,
        until=until,
        budget=wanted.budget or DEFAULT_BUDGET,
        with_wayback=wanted.with_wayback,
        now=now,
    )


def _first(
    settings: Settings, source: BackfillSource, watched: Sequence[Any], window: Window, with_wayback: bool
) -> tuple[ListToRead, ...]:
    return first_lists(source.home, watched, window, wayback_url=settings.wayback_url if with_wayback else None)


def _is_same(wanted: dt.datetime | None, known: dt.datetime) -> bool:
    return wanted is None or wanted.date() == known.date()


async def run_backfill(
    settings: Settings,
    url: str,
    wanted: Wanted,
    *,
    stop: asyncio.Event,
    show: Callable[[BackfillStatus], None] = lambda status: None,
) -> BackfillStatus:
    """Work on the backfill until it is done, stopped, or has to wait for long; returns how far it is."""
    async with open_pool(url) as pool:
        number = await begin(settings, Backfills(pool), wanted, now=utc_now())
    async with open_runtime(settings, url, name=process_name("crawl")) as runtime:
        context = runtime.visitor.context
        backfills = Backfills(runtime.pool)
        backfiller = Backfiller(context, PageFetcher(context))
        work = asyncio.create_task(
            _work(backfiller, backfills, number, stop, partial(read_first, context, number, wanted))
        )
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=LOOK_S)
                with suppress(DatabaseError, *LOST):
                    show(await _status(backfills, number))
            await work
        finally:
            work.cancel()
            await backfills.release(number, context.process)
        await assign_waiting(runtime.pool, now=utc_now, batch=WHOLE_BATCH, waits=True)
        await send_alerts_once(settings, runtime.pool)
        return await _status(backfills, number)


async def _status(backfills: Backfills, number: int) -> BackfillStatus:
    return (await backfills.status(now=utc_now(), number=number))[0]


async def read_first(context: VisitContext, number: int, wanted: Wanted, stop: asyncio.Event) -> None:
    """Read the files at hand, while no other process works on the backfill; one that the service has ended goes on for it."""
    backfills = context.backfills
    assert backfills is not None
    while wanted.files and not stop.is_set():
        run = await backfills.take(context.process, now=dt.datetime.max.replace(tzinfo=dt.UTC), number=number)
        if run is not None:
            return await read_files(context, run, wanted.files, stop)
        status = await _status(backfills, number)
        if status.state == "stopped" or status.is_paused:
            return None
        if status.state == "done":
            await backfills.resume(number, ())
        else:
            await asyncio.sleep(PAUSE_S)
    return None


async def _work(
    backfiller: Backfiller,
    backfills: Backfills,
    number: int,
    stop: asyncio.Event,
    read_files_at_hand: Callable[[asyncio.Event], Awaitable[None]],
) -> None:
    """Step by step, while the service has nothing to do at the host; a database that is away is waited for."""
    await read_files_at_hand(stop)
    while not stop.is_set():
        try:
            if not await _go_on(backfiller, backfills, number):
                return
        except Exception as error:
            if not may_pass(error):
                raise
            logger.warning("the database is away; the backfill goes on when it is back", error=str(error))
            await asyncio.sleep(AWAY_S)


async def _go_on(backfiller: Backfiller, backfills: Backfills, number: int) -> bool:
    """One step, or a short wait; False at the end, and where the wait would be long."""
    status = await _status(backfills, number)
    wait_s = (status.wait_until - utc_now()).total_seconds() if status.wait_until else 0.0
    if status.state != "running" or status.is_paused or wait_s > PATIENCE_S:
        return False
    if wait_s > 0 or await backfills.is_host_wanted(status.host):
        await asyncio.sleep(max(PAUSE_S, min(wait_s, LOOK_S)))
    elif not await backfiller.step(number=number, keeps=True):
        await asyncio.sleep(PAUSE_S)
    return True
