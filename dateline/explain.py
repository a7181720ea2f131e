"""What happened to a URL, step by step in plain words, from the ledger. Pure; used by the command line and the console."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.exchange import OWN_ACCESS
from dateline.config.rules import RESERVATIONS
from dateline.text import quantity
from sql.frontier.explain import ArticleFacts, FetchFacts, LedgerLine, UrlFacts, WatchedFacts

RESERVED = frozenset(word.replace("-", "_") for word in RESERVATIONS)
"""Reasons of pages that their publishers' reservations keep out."""
REASONS = {
    "new": "it was new",
    "copy": "it was new, and shares its text with an article on another site",
    "publisher": "its publisher had changed it",
    "unchanged": "it had not changed",
    "older": "what was imported is older than what Dateline read from the site itself, which is kept",
    "closed": "it is behind a paywall now, and its text of before is kept",
    "same_text": "it has the same text as another page of that site",
    "part": "it is a further page of an article that is split into several",
    "robots": "robots.txt does not allow it",
    "robots_unreachable": "its robots.txt could not be fetched, so nothing may be fetched there (RFC 9309)",
    "section": "it is a section or list page, not an article",
    "not_article": "it does not look like an article",
    "soft_404": "it says that the page was not found, although the status was 200",
    "consent_wall": "it is a consent wall",
    "blocked": "it is a challenge or block page",
    "no_text": "no text was found in it",
    "not_html": "it is not an HTML page",
    "feed": "it is a feed or sitemap",
    "empty_body": "the host sent nothing",
    "redirected_away": "it redirects to a home, login or consent page",
    "before_since": "it is older than the crawl's --since",
    "after_until": "it is newer than the backfill's --until",
    "backfilling": "a backfill has still to ask for it",
    "over_limit": "a crawl had reached its limit",
    "forgotten": "it was forgotten on request",
    "dropped": "an operator dropped it from the queue",
    "parse_timeout": "parsing it took too long and was stopped",
    "parse_memory": "parsing it took too much memory and was stopped",
    "parse_crash": "parsing it crashed the parser",
    "redirect_loop": "its redirects lead back to an earlier address, or there are too many",
    "cookie_loop": "it redirects again and again: it waits for a cookie that its site may not set, or that changes each time",
    "timeout": "the host did not answer in time",
    "dns": "its host name has no address",
    "local_limit": "this machine had no room for another connection; it is tried again",
    "connect": "no connection to its host could be made",
    "connect_refused": "its host refused the connection",
    "connect_no_route": "there is no route to its host",
    "connect_reset": "its host broke off the connection before it answered",
    "connect_closed": "its host closed the connection without an answer",
    "connection_lost": "the connection broke off before the answer was complete",
    "bad_response": "the host's answer is not valid HTTP",
    "bad_encoding": "the body of the host's answer can't be decoded, or is cut off",
    "tls": "no secure connection to its host could be made (TLS)",
    "tls_self_signed": "its host's certificate is self-signed, so it proves nothing (TLS)",
    "tls_untrusted": "its host's certificate comes from an authority that this machine does not trust (TLS)",
    "tls_incomplete_chain": "its host does not send the certificate of its issuer, which could not be fetched (TLS)",
    "tls_wrong_name": "its host's certificate is for another host (TLS)",
    "tls_expired": "its host's certificate has expired (TLS)",
    "tls_not_yet_valid": "its host's certificate is not valid yet (TLS)",
    "tls_revoked": "its host's certificate was revoked (TLS)",
    "tls_old_protocol": "its host speaks only versions of TLS that are no longer safe",
    "proxy_unreachable": "its source's proxy could not be reached, so it was not asked for",
    "proxy_auth": "its source's proxy asks for a login, or does not accept the one it was given",
    "proxy_refused": "its source's proxy opens no connection to its host",
    "proxy_other_site": "a source of another site named it, whose proxy could change it on its way (plain http)",
    "proxy_failed": "its source's proxy could not reach its host, or does not answer as a proxy",
    "login_unreadable": "its source's cookies file or a secret could not be read, so it was not asked for",
    "too_large": "it is larger than max_bytes",
    "trap": "its path repeats itself or is too deep, like that of a crawler trap",
    "guard": "it leads to an address that Dateline never connects to",
    "bad_url": "its URL is invalid",
    "url_too_long": "its URL is too long",
    "needs_javascript": "its text appears only in a browser that runs scripts",
    "login": "it is a login page",
    "no_feed": "it is neither a feed nor a sitemap, and lists no articles",
    "repeated_body": "its host answers many URLs with this same page",
    "opened": "it could be read for the first time; before, only its feed was known",
    **dict.fromkeys(RESERVED, "its publisher reserves it, and obey_reservations says to obey that"),
    "no_page": "the item has no page of its own",
    "rest_has_text": "its site's REST interface gives its full text, so a backfill did not fetch its page",
    "pages_off": "its source has fetch_pages = false",
    "feed_says_more": "its text is shorter than its feed's, which holds all of it",
    "pending": "it has not been fetched yet",
}


_HOST = re.compile(r"localhost|[^.\s/]+(?:\.[^.\s/]+)+\.?|[0-9a-f]*:[0-9a-f:.]+", re.IGNORECASE)
"""A host as pages have them: a name with a dot, or an address."""
NEVER_ASKED = frozenset(
    {
        "robots",
        "robots_unreachable",
        "guard",
        "proxy_other_site",
        "bad_url",
        "url_too_long",
        "trap",
        "dns",
        "no_page",
        "pages_off",
        "rest_has_text",
    }
    | OWN_ACCESS
)
"""Reasons without a request for the URL itself."""
RESULTS = {
    "new": "stored",
    "copy": "stored",
    "revised": "stored as a revision",
    "alias": "another URL of a stored article",
    "rejected": "not stored",
    "removed": "not there",
    "retry": "to be tried again",
}
"""The results of fetches in words."""


def with_scheme(address: str) -> str | None:
    """The address as an http(s) URL, with https:// where it names none; None where it cannot be the address of a web page.

    It may be in angle brackets or quotation marks, as mails and documents have it.
    """
    address = unquoted(address)
    is_named = "://" in address
    url = address if is_named else f"https://{address}"
    try:
        parts = urlsplit(url)
        is_web = parts.scheme.lower() in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or ""))
        is_mail = not is_named and "@" in parts.netloc
    except ValueError:
        return None
    return url if is_web and not is_mail and not re.search(r"\s", address) else None


def unquoted(address: str) -> str:
    """The address without the signs that enclose it."""
    inner = address[1:-1].strip()
    return inner if inner and address[0] + address[-1] in ("<>", '""', "''", "“”", "‘’", "«»") else address


def meaning(reason: str | None) -> str:
    """The ledger's reason in words."""
    if reason and (status := re.fullmatch(r"http_(\d+)", reason)):
        return f"the host answered with status {status[1]}"
    return REASONS.get(reason or "", (reason or "").replace("_", " "))


@dataclass(frozen=True, slots=True)
class ExplanationStep:
    """One event, or what follows from it; `is_detail`: it belongs to the step before."""

    text: str
    at: dt.datetime | None = None
    is_detail: bool = False
    is_command: bool = False
    """Whether it is advice for the command line."""


def steps_of(story: UrlFacts, *, now: dt.datetime) -> list[ExplanationStep]:
    """The steps, from where the URL was found to its result."""
    if story.is_forgotten:
        return [
            ExplanationStep("It was forgotten on request and is not fetched again. Nothing else is stored about it.")
        ]
    if not story.is_known:
        return [
            ExplanationStep("Unknown URL: no feed, sitemap, section page or crawl has named it so far."),
            ExplanationStep(
                "`dateline crawl URL` fetches it now; `dateline sources add HOME` watches its site.", is_command=True
            ),
        ]
    out = [step for page in story.watched for step in _watched(page)] + _found(story)
    is_import = story.line is not None and story.line.via == "import"
    out += [_fetch(fetch, is_import=is_import) for fetch in story.fetches]
    out += [ExplanationStep(f"Its step {broken.step} failed: {broken.error}", broken.at) for broken in story.quarantine]
    return out + _state(story, now) + _article(story)


def _watched(page: WatchedFacts) -> list[ExplanationStep]:
    """The URL as a feed, sitemap or list, which is read for articles and not stored itself."""
    kind = {"auto": "feed or list", "home": "home page"}.get(page.kind, page.kind.replace("_", " "))
    whose = f"Watched as a {kind} of source {page.source}" if page.source else f"Read as a {kind} by a one-off crawl"
    if page.outcome is None:
        said = "not visited yet"
    elif page.outcome in ("changed", "not_modified", "same_body"):
        said = f"it named {quantity(page.found or 0, 'URL')}" if page.outcome == "changed" else "it had not changed"
    else:
        said = f"the last visit failed: {meaning(page.outcome)}"
    due = (
        "its source is paused"
        if page.is_paused
        else f"next visit {stamp(page.next_due_at)}"
        if page.next_due_at
        else ""
    )
    return [
        ExplanationStep(f"{whose}: {said}.", page.visited_at),
        *([ExplanationStep(f"{due}.", is_detail=True)] if due else []),
    ]


def _found(story: UrlFacts) -> list[ExplanationStep]:
    line = story.line
    if line is None:
        return []
    where = f" on {line.found_on}" if line.found_on else ""
    whose = f" (source {line.source})" if line.source else ""
    by = "named to a crawl by hand" if line.via == "target" else f"found by {line.via}{where}"
    out = [ExplanationStep(f"{by}{whose}.", line.discovered_at)]
    if line.hints.get("title"):
        out.append(ExplanationStep(f"Its headline there: {line.hints['title']}", is_detail=True))
    return out


def _fetch(fetch: FetchFacts, *, is_import: bool) -> ExplanationStep:
    """What came of an attempt; a JSON line that was imported has neither an exchange nor bytes."""
    why = meaning(fetch.reason) or "-"
    if not fetch.status and fetch.reason in NEVER_ASKED:
        return ExplanationStep(f"not fetched: {why}.", fetch.fetched_at)
    if is_import and fetch.status == 200 and not fetch.bytes:
        return ExplanationStep(f"imported: {RESULTS.get(fetch.result, fetch.result)} ({why}).", fetch.fetched_at)
    said = f"answered {fetch.status}" if fetch.status else "no answer"
    size = f", {fetch.bytes:,} bytes" if fetch.bytes else ""
    return ExplanationStep(
        f"fetched: {said}{size}: {RESULTS.get(fetch.result, fetch.result)} ({why}).", fetch.fetched_at
    )


def _state(story: UrlFacts, now: dt.datetime) -> list[ExplanationStep]:
    line = story.line
    if line is None:
        return []
    why = meaning(line.reason)
    more = f" {line.detail}." if line.detail else ""
    tries = "1 try" if line.attempts == 1 else f"{line.attempts} tries"
    if line.state == "pending":
        due = line.next_attempt_at
        when = "now" if due is None or due <= now else f"at {stamp(due)}"
        tried = f" after {tries} ({why})" if line.attempts else ""
        return [ExplanationStep(f"It waits to be fetched {when}{tried}.{more}")]
    words = {
        "stored": "It is stored",
        "duplicate": "It is another URL of a stored article",
        "ended": "It was not stored",
        "failed": f"It was given up after {tries}",
    }
    if story.article and line.state in ("ended", "failed") and story.article.text_origin != "page":
        words[line.state] = "Its page was not stored"
    elif story.article and line.state in ("ended", "failed"):
        words[line.state] = (
            "It was stored and stays in the archive; the last time that it was fetched, no article was there"
        )
    return [ExplanationStep(f"{words.get(line.state, line.state)}: {why}.{more}"), *_cure(story, line)]


def _cure(story: UrlFacts, line: LedgerLine) -> list[ExplanationStep]:
    """Where the page of a URL that is not an article is, and how to keep it as one."""
    if line.reason != "not_article":
        return []
    kept = next((fetch for fetch in story.fetches if fetch.archive_file), None)
    texts = [
        f"Its page is archived in {kept.archive_file} at byte {kept.archive_offset}." if kept else "",
        f"`dateline crawl --as-article {line.url}` stores it as an article.",
        "`store_all = true` in a source's extraction settings stores all such pages of the source.",
    ]
    return [ExplanationStep(text, is_detail=True) for text in texts if text]


def _article(story: UrlFacts) -> list[ExplanationStep]:
    article = story.article
    if article is None:
        return []
    details = [
        article.url,
        f"{article.kind}, revision {article.revision}, first seen {stamp(article.first_seen_at)},"
        f" last seen {stamp(article.last_seen_at)}",
    ]
    details += _same_text(article)
    if article.text_origin != "page":
        details.append(text_origin_words(article.text_origin, article.no_page_text_because))
    if article.is_rendered:
        details.append("its page was rendered in a browser, since its text needs scripts")
    if article.removed_at:
        details.append(f"taken down by its publisher, as seen {stamp(article.removed_at)}")
    details += [
        f"its publisher states {one.kind}: {one.value} ({one.origin}), as seen {stamp(one.seen_at)}"
        + (f"; no more since {stamp(one.gone_at)}" if one.gone_at else "")
        for one in story.rights
    ]
    details += [f"revision {one.number} of {stamp(one.seen_at)}: {one.title}" for one in story.revisions]
    if article.archive_file:
        details.append(f"archived in {article.archive_file} at byte {article.archive_offset}")
    elif article.archive_expired_at:
        details.append(f"its page as fetched was deleted by retention, {stamp(article.archive_expired_at)}")
    return [
        ExplanationStep(
            f"The {'headline' if article.kind == 'headline' else 'article'}: {article.title or '(no title)'}"
        ),
        *(ExplanationStep(text, is_detail=True) for text in details),
    ]


def _same_text(article: ArticleFacts) -> list[str]:
    """What is known of others with the same text."""
    if article.copy_of:
        return [f"a copy of {article.copy_of}: {article.copy_why} (confidence: {article.copy_confidence})"]
    if article.copy_lead:
        return [f"the same text as {article.copy_lead}: {article.copy_why}"]
    if article.others:
        others = f"{article.others} other article{'s have' if article.others > 1 else ' has'}"
        return [f"{others} the same text: see news.copies, copy_family {article.id}"]
    return []


def text_origin_words(origin: str, because: str | None) -> str:
    """Where a text that is not its page's is from, and why."""
    what = (
        "its text is from its site's own feed"
        if origin == "feed"
        else "a headline of its site's own feed, without a text"
    )
    return f"{what}; the page: {meaning(because) or '-'}"


def stamp(instant: dt.datetime | None) -> str:
    """A time to the second, in UTC."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z" if instant else "-"
