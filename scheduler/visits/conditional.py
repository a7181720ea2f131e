"""When a watched page is asked for with its validators, and what shows that they are wrong; pure.

Some servers and caches answer 304 to every conditional request, or never change their validators: what is new would never
be seen. So a page is read in full now and then. If that brings new URLs, the old validators are tried once more: a 304 then
is false, and the page's validators are not used again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from crawler.exchange import NotModified
from crawler.fetch.freshness import http_date
from dateline.types.article import Page
from sql.frontier.rechecks import DueRecheck
from sql.frontier.rows import DueFeed, Validators

MOST_NOT_MODIFIED = 6
"""After so many consecutive 304 answers a page is asked for without validators."""
LONGEST_WITHOUT_BODY = dt.timedelta(hours=20)
"""So is a page whose last body is this old: one that is visited daily is read in full each time."""
FUTURE = dt.timedelta(minutes=5)
"""A Last-Modified later than the answer by more can not be true (RFC 9110, 8.8.2.1)."""
FALSE_304 = "the server answered 304 (not modified) although the page had changed"


@dataclass(frozen=True, slots=True)
class SentValidators:
    """The validators to send; `is_withheld`: there are some that could have been sent."""

    etag: str | None = None
    last_modified: str | None = None
    is_withheld: bool = False


def condition_of(feed: DueFeed, *, now: dt.datetime) -> SentValidators:
    """The validators that this visit sends: none where they are wrong, or where it is time to read the page in full."""
    if feed.validators_wrong_since is not None:
        return SentValidators()
    if _is_time_for_a_body(feed, now):
        return SentValidators(is_withheld=True)
    return SentValidators(feed.etag, feed.last_modified)


def _is_time_for_a_body(feed: DueFeed, now: dt.datetime) -> bool:
    if not feed.not_modified:
        return False
    is_long_ago = feed.body_at is None or now - feed.body_at >= LONGEST_WITHOUT_BODY
    return is_long_ago or feed.not_modified >= MOST_NOT_MODIFIED


def validators_of(page: Page, digest: uuid.UUID) -> Validators:
    """What the next visit is made conditional on; a Last-Modified in the future is left out."""
    return Validators(page.header("etag"), _possible(page.header("last-modified"), page.fetched_at), digest)


def _possible(modified: str | None, asked_at: dt.datetime) -> str | None:
    at = http_date(modified)
    return modified if at is None or at <= asked_at + FUTURE else None


def renewed(feed: DueFeed, answer: NotModified) -> Validators:
    """The page's validators with those of a 304 in place of the old ones (RFC 9110, 15.4.5)."""
    said = {name.lower(): value for name, value in answer.headers}
    modified = _possible(said.get("last-modified"), answer.fetched_at)
    return Validators(said.get("etag") or feed.etag, modified or feed.last_modified, feed.body_hash)


def recheck_condition(one: DueRecheck) -> SentValidators:
    """The validators that a re-check of an article sends: every second one reads the page in full."""
    if one.has_wrong_validators or (one.step and one.step % 2 == 0):
        return SentValidators()
    return SentValidators(one.etag, one.last_modified)
