"""What a visit says about WebSub: which hub the page names, and what a push was worth; pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from crawler.discovery.link_header import hub_and_self
from dateline.types.article import Page
from dateline.types.source import Discovery
from scheduler.cadence.calendar import kept_schedule
from scheduler.cadence.next_visit import NextVisit
from scheduler.websub.protocol import JUST_FOUND, HubRecord, after_visit, pushed_due_at
from sql.frontier.rows import DueFeed, FeedVisit, PlannedVisit
from sql.frontier.websub import Hub

LONGEST_URL = 2_000
"""A hub or a name that is longer is none."""


def hubs_of(page: Page, found: Discovery) -> tuple[Hub, ...]:
    """The hub that the page names, in its headers before its body (WebSub, 4); its own name is its address where it has
    none. The first of several: each hub receives everything."""
    hub, itself = hub_and_self(page.headers, page.final_url)
    if hub is None:
        hub, itself = found.hub_url, found.self_url
    topic = itself or page.final_url
    return (Hub(hub, topic),) if hub is not None and max(len(hub), len(topic)) <= LONGEST_URL else ()


def pushed_visit(feed: DueFeed, visit: FeedVisit, *, now: dt.datetime) -> FeedVisit:
    """The proper visit of a page whose hub pushes it: what that showed of the hub, and when to come again because of it."""
    known = HubRecord(feed.trust, feed.idle)
    was_pushed = feed.pushes > feed.heeded
    found_lately = feed.last_new_at is not None and now - feed.last_new_at < JUST_FOUND
    is_adaptive = kept_schedule(feed.schedule, feed.timezone).is_adaptive

    def standing(new: int) -> HubRecord:
        return after_visit(known, was_pushed=was_pushed, new=new, found_lately=found_lately)

    def plan(new: int) -> PlannedVisit:
        planned = visit.plan(new)
        if not isinstance(planned, NextVisit) or planned.due_at is None or not is_adaptive:
            return planned
        due = pushed_due_at(planned.due_at, known, was_pushed=was_pushed, new=new, found_lately=found_lately, now=now)
        return replace(planned, due_at=due)

    return replace(visit, plan=plan, hub_record=standing, push_due_at=now + known.gap)
