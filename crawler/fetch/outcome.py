"""The outcome of a fetch, from its HTTP response: a Page, NotModified, or NotFetched with the reason; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.exchange import NoFetch, NotFetched, NotModified, Outcome, PendingFetch, RawExchange
from crawler.fetch.body import STORED_THOUGH, ReadBody, read_body
from crawler.politeness.retry_after import asks_to_wait, parse_retry_after
from dateline.types.article import Page

TEMPORARY = frozenset({408, 421, 425, 429})
"""Client errors that are temporary; all server errors are."""
_WITHOUT_CONTENT = frozenset({204, 205})
_RANGE = re.compile(r"\s*bytes\s+0-(\d{1,18})/(\d{1,18})\s*")


def outcome_of(pending: PendingFetch, status: int, *, max_bytes: int) -> Outcome:
    """The outcome of a pending fetch after redirects, from its last status and `pending.raw`."""
    raw = pending.raw
    if raw is None:
        raise ValueError("outcome_of needs the exchange of the pending fetch in `raw`")
    order = pending.fetch_request
    final_url = raw.url if pending.redirects else order.url.partition("#")[0]
    # where a redirect only sets a cookie, the address asked for is also the one that answers
    passed = tuple(dict.fromkeys(url for url in pending.redirects if url != final_url))
    is_moved = bool(passed) and pending.is_moved
    if status == 304 and (order.etag or order.last_modified):
        return NotModified(order.url, status, text_headers(raw), final_url, raw.fetched_at, is_moved)
    if not 200 <= status < 300 or status in _WITHOUT_CONTENT or (status == 206 and not _is_all(raw)):
        return _without_page(pending, raw, status, final_url)
    try:
        body = body_of(raw, max_bytes=max_bytes)
    except NoFetch as error:
        return error.outcome(order.url, final_url=final_url)
    if not body.is_whole:
        reason = "connection_lost" if raw.cut else "bad_encoding"
        return NotFetched(order.url, reason, status, detail=body.broken, final_url=final_url)
    return Page(
        order.url,
        final_url,
        status,
        text_headers(raw),
        body.content,
        raw.fetched_at,
        passed,
        is_moved=is_moved,
        warnings=body.notes,
        site_rights=pending.site_rights,
    )


def is_worth_a_second_try(outcome: Outcome) -> bool:
    """Whether the end of the body is missing, or may be: the next answer may be complete."""
    if isinstance(outcome, Page):
        return any(note.startswith(STORED_THOUGH) for note in outcome.warnings)
    return isinstance(outcome, NotFetched) and outcome.reason in ("connection_lost", "bad_encoding")


def body_of(raw: RawExchange, *, max_bytes: int) -> ReadBody:
    """The body without its Content-Encoding; raises NoFetch where it is too large or can't be decoded."""
    encodings = header_values(raw.headers, b"content-encoding")
    content_type = next(iter(header_values(raw.headers, b"content-type")), "")
    return read_body(raw.body, encodings, content_type, cut=raw.cut, max_bytes=max_bytes)


def _is_all(raw: RawExchange) -> bool:
    """Whether a 206, which was not asked for, holds the whole page: some caches answer so (RFC 9110, 15.3.7)."""
    found = _RANGE.fullmatch(next(iter(header_values(raw.headers, b"content-range")), ""))
    return found is not None and int(found[1]) + 1 == int(found[2])


def text_headers(raw: RawExchange) -> tuple[tuple[str, str], ...]:
    """Header pairs as text with lower-case names; bytes beyond ASCII are read as Latin-1 (RFC 9110, 5.5)."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw.headers)


def header_values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """All values of a header, in order; its name in lower case."""
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


def _without_page(pending: PendingFetch, raw: RawExchange, status: int, final_url: str) -> NotFetched:
    asked = header_values(raw.headers, b"retry-after") if asks_to_wait(status) else []
    return NotFetched(
        pending.fetch_request.url,
        "too_many_requests" if status == 429 else f"http_{status}",
        status,
        is_temporary=status >= 500 or status in TEMPORARY,
        retry_after=parse_retry_after(asked[0], now=raw.fetched_at) if asked else None,
        final_url=final_url,
    )
