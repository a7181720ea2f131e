"""The leader's alarm checks: learns what is usual for each source, finds its alarms, and stores which began and ended."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from dateline import log
from scheduler.monitoring.alarm_rules import (
    Alarm,
    Dated,
    Opened,
    failing,
    may_be_quiet,
    needs_browser,
    quiet,
    signed_out,
    silent,
    worse_texts,
)
from scheduler.monitoring.expectations import (
    KEEP_H,
    WINDOW_MOST,
    Hour,
    Text,
    Usual,
    past_of,
    usual_hours,
    usual_texts,
    window_of,
)
from sql.service.alarms import Alarms, Change, SourceFacts, ToLearn

logger = log.get(__name__)
LEARNED_AT_ONCE = 200
"""Sources a look: at one look in five minutes 57,600 a day, each of which takes about ten milliseconds."""


async def check_alarms(alarms: Alarms, now: dt.datetime) -> list[Change]:
    """Check all sources; returns the alarms that began and ended since the last check."""
    for one in await alarms.to_learn(now, limit=LEARNED_AT_ONCE):
        await learn(alarms, one, now)
    facts = await alarms.facts(now)
    usual = {one.id: Usual.from_learned(one.hourly, one.learned) for one in facts}
    found = [alarm for one in facts for alarm in (failing(one, now), silent(one, now)) if alarm]
    found += await _quiet(alarms, facts, usual, now)
    found += await _worse(alarms, facts, usual)
    found += await _signed_out(alarms, facts)
    asked = {one.id: one for one in facts if one.news or one.standing}
    found += [needs_browser(asked[one.source_id], one) for one in await alarms.undrawn(list(asked))]
    changes = await alarms.settle([one.row() for one in found], now)
    for change in changes:
        logger.warning(f"alarm {change.change}", source=change.source, alarm=change.kind, why=change.sentence)
    return changes


async def learn(alarms: Alarms, source: ToLearn, now: dt.datetime) -> Usual:
    """Learn what is usual for a source and store it. Its newest pages are left out: they are what is compared with it."""
    past = await alarms.past_hours(source.name, now, hours=KEEP_H)
    hourly, gaps = usual_hours([Hour(one.number, one.articles, one.looked) for one in past])
    skip = 0 if source.worse_since else window_of(source.pages_a_week)
    pages = await alarms.texts([source.id], limit=past_of(source.pages_a_week), skip=skip, before=source.worse_since)
    texts = usual_texts([Text(one.words, one.has_date) for one in reversed(pages)], source.pages_a_week)
    usual = Usual(hourly=hourly, gaps=gaps, **texts)
    await alarms.keep_usual(source.id, hourly, usual.learned(), now)
    return usual


async def _quiet(
    alarms: Alarms, facts: Sequence[SourceFacts], usual: Mapping[int, Usual], now: dt.datetime
) -> list[Alarm]:
    """Only sources whose silence would be improbable are asked when we were looking, and what they named."""
    closer = [one for one in facts if may_be_quiet(one, usual[one.id])]
    since = {one.id: one.last_article_at for one in closer if one.last_article_at}
    if not since:
        return []
    looked: dict[int, dict[int, float]] = defaultdict(dict)
    for hour in await alarms.looked_less(since, now):
        looked[hour.source_id][hour.number] = hour.looked
    named = {one.source_id: one for one in await alarms.not_stored_since(since, now)}
    found = []
    for one in closer:
        urls = named.get(one.id)
        found.append(quiet(one, usual[one.id], looked[one.id], urls.urls if urls else 0, urls.reason if urls else None))
    return [one for one in found if one]


async def _worse(alarms: Alarms, facts: Sequence[SourceFacts], usual: Mapping[int, Usual]) -> list[Alarm]:
    """Only sources that named something lately, or have an alarm, are asked for their newest texts."""
    asked = {one.id: one for one in facts if usual[one.id].empty and (one.news or one.standing)}
    pages: dict[int, list[Dated]] = defaultdict(list)
    for page in await alarms.texts(list(asked), limit=WINDOW_MOST) if asked else ():
        pages[page.source_id].append(Dated(page.at, Text(page.words, page.has_date)))
    return [
        alarm for number, source in asked.items() for alarm in worse_texts(source, usual[number], pages[number][::-1])
    ]


async def _signed_out(alarms: Alarms, facts: Sequence[SourceFacts]) -> list[Alarm]:
    """Only sources that have a login are asked for their newest pages."""
    pages: dict[int, list[Opened]] = defaultdict(list)
    files: dict[int, str | None] = {}
    for page in await alarms.opened_pages():
        pages[page.source_id].append(Opened(page.at, page.is_whole))
        files[page.source_id] = page.cookies_file
    found = (signed_out(one, pages[one.id][::-1], files[one.id]) for one in facts if one.id in pages)
    return [alarm for alarm in found if alarm]
