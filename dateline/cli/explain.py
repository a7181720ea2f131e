"""`dateline explain URL`: the ledger's story of a URL in plain words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context

if TYPE_CHECKING:
    from sql.explain import Story

REASONS = {
    "new": "it was new",
    "copy": "it was new, and a copy of an article on another site",
    "publisher": "its publisher had changed it",
    "unchanged": "it was as before",
    "same_text": "it has the same text as another page of that site",
    "robots": "robots.txt does not allow it",
    "robots_unreachable": "robots.txt could not be had, which means to stay away (RFC 9309)",
    "section": "it is a section or list page, not an article",
    "soft_404": "it says that the page was not found, although the status was 200",
    "consent_wall": "it is a consent wall",
    "blocked": "it is a challenge or block page",
    "no_text": "no text was found in it",
    "not_html": "it is no HTML page",
    "feed": "it is a feed or sitemap",
    "empty_body": "the host sent nothing",
    "redirected_away": "it redirects to a home, login or consent page",
    "before_since": "a crawl was told to leave out older ones",
    "over_limit": "a crawl had reached its limit",
    "forgotten": "it was forgotten on request",
    "parse_timeout": "reading it took too long, and was killed",
    "parse_memory": "reading it took too much memory, and was killed",
    "parse_crash": "reading it crashed the parser",
    "timeout": "the host did not answer in time",
    "dns": "its host has no address",
    "connect": "the host refused the connection",
    "too_large": "it is larger than the limit",
    "trap": "its path repeats itself, as only traps do",
    "guard": "it leads where Dateline never connects to",
    "bad_url": "it is no URL that can be fetched",
    "url_too_long": "its URL is too long",
    "needs_javascript": "its text is only there for a browser that runs its scripts",
    "paywalled": "it is a paywall without a text",
    "login": "it is a login page",
    "repeated_body": "its host answers many URLs with this same page",
    "quarantine": "reading it failed three times; see `dateline quarantine`",
}


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def explain(context: Context, url: str, as_json: bool) -> None:
    """Tell what became of a URL: where it was found, when it was fetched, what it led to, and why."""
    from dateline.log import without_credentials
    from sql.database import connect
    from sql.explain import story_of

    with context.database() as database, connect(database, autocommit=True) as connection:
        story = dataclasses.replace(story_of(connection, url), url=without_credentials(url))
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(story), default=str))
    else:
        click.echo("\n".join(sentences(story, now=dt.datetime.now(dt.UTC))))
    sys.exit(0 if story.line or story.article or story.is_forgotten else 1)


def sentences(story: Story, *, now: dt.datetime) -> list[str]:
    """The story, a sentence a line."""
    out = [story.url]
    if story.is_forgotten:
        out.append("  It was forgotten on request and is not fetched again. Nothing else is kept of it.")
        return out
    if story.line is None and story.article is None:
        out.append("  Never heard of it: no feed, sitemap, section page or crawl has named it so far.")
        out.append("  `dateline crawl URL` fetches it now; `dateline sources add HOME` watches its site.")
        return out
    out += _found(story)
    out += [_fetch(fetch) for fetch in story.fetches]
    out += [f"  Its step {broken.step} failed at {_at(broken.at)}: {broken.error}" for broken in story.quarantine]
    out += _state(story, now)
    out += _article(story)
    return out


def _found(story: Story) -> list[str]:
    line = story.line
    if line is None:
        return []
    where = f" on {line.found_on}" if line.found_on else ""
    whose = f" (source {line.source})" if line.source else ""
    by = "named to a crawl by hand" if line.via == "target" else f"found by {line.via}{where}"
    out = [f"  {_at(line.discovered_at)}  {by}{whose}."]
    if line.hints.get("title"):
        out.append(f"{'':20}Its headline there: {line.hints['title']}")
    return out


def _fetch(fetch: object) -> str:
    status = getattr(fetch, "status", None)
    reason = getattr(fetch, "reason", None)
    said = f"answered {status}" if status else "no answer"
    size = getattr(fetch, "bytes", 0)
    return (
        f"  {_at(getattr(fetch, 'fetched_at', None))}  fetched: {said}{f', {size:,} bytes' if size else ''}: "
        f"{getattr(fetch, 'result', '')} ({REASONS.get(reason or '', reason or '-')})."
    )


def _state(story: Story, now: dt.datetime) -> list[str]:
    line = story.line
    if line is None:
        return []
    why = REASONS.get(line.reason or "", line.reason or "")
    more = f" {line.detail}." if line.detail else ""
    if line.state == "pending":
        due = line.next_attempt_at
        when = "now" if due is None or due <= now else f"at {_at(due)}"
        tried = f" after {line.attempts} tries ({why})" if line.attempts else ""
        return [f"  It waits to be fetched {when}{tried}.{more}"]
    words = {
        "stored": "It is stored",
        "duplicate": "It is another URL of a stored article",
        "ended": "It was not stored",
        "failed": f"It was given up after {line.attempts} tries",
    }
    return [f"  {words.get(line.state, line.state)}: {why}.{more}"]


def _article(story: Story) -> list[str]:
    article = story.article
    if article is None:
        return []
    out = [f"  The article: {article.title or '(no title)'}", f"{'':14} {article.url}"]
    out.append(
        f"{'':14} {article.kind}, revision {article.revision}, first seen {_at(article.first_seen_at)},"
        f" last seen {_at(article.last_seen_at)}"
    )
    if article.copy_of:
        out.append(f"{'':14} a copy of {article.copy_of}")
    if article.removed_at:
        out.append(f"{'':14} taken down by its publisher, as seen {_at(article.removed_at)}")
    out += [f"{'':14} revision {one.number} of {_at(one.seen_at)}: {one.title}" for one in story.revisions]
    if article.archive_file:
        out.append(f"{'':14} archived in {article.archive_file} at byte {article.archive_offset}")
    return out


def _at(instant: dt.datetime | None) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z" if instant else "-"
