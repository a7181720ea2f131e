"""Reads a page: extract its text and metadata, then leave out what its host repeats.

    refuse what is not HTML → extract, in the parser pool → take the view that has the text, where the page has none
    → join the article's further pages → strip boilerplate

The last two are for pages of a kind that is stored.

The spider's pages, imports and reprocessing all read through `PageReader.read`, so that they follow the same rules.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dateline.errors import FetchError, ParseError, ParserPoolError
from dateline.parser_pool.pool import ParserPool
from dateline.text import storable_line
from dateline.types.article import STORED_KINDS, Extraction, Hints, Page, Part
from dateline.urls import site_of
from dateline.urls.paging import MOST_PARTS
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.dedupe import Reject
from pipelines.joining import as_further, continues, holds_all, is_view, join, undivided, with_view, with_whole
from pipelines.quarantine import PARSE_ENDS
from pipelines.worker_entry import read_page
from sql.frontier.rows import DueUrl

COMMAND_PAUSES_S = (0.5, 2.0, 5.0)
"""A command has no ledger that tries a page again later, so it waits and asks the parser pool again itself."""
JOINED_WITHIN_S = 180.0
"""Seconds after which no further page of an article is asked for."""
PartSource = Callable[[str], Awaitable[Page]]
"""Gives the further page at an address of the article's site; raises a FetchError that says why there is none. A temporary
one ends the reading: the page is to be read again later."""
_MAY_LACK_TEXT = STORED_KINDS | {"not_article"}
"""A page without a text has few signs of an article, too."""
UNREADABLE = PARSE_ENDS | {"unreadable"}
"""Reasons of a page that broke its parser; the other refusals are for pages that hold no article."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads pages in the parser pool. `boilerplate` is None where boilerplate is kept in the text."""

    parser_pool: ParserPool
    deadline_s: float
    boilerplate: BoilerplateStore | None = None
    pauses_s: Sequence[float] = ()
    """Pauses before asking again when no parser process can be started."""

    async def read(
        self,
        due: DueUrl,
        page: Page,
        *,
        now: dt.datetime,
        rejudge: bool = False,
        parts: PartSource | None = None,
        feed_content: str | None = None,
    ) -> Extraction | Reject:
        """Returns what the page says, or why it can't be read. `parts` gives the further pages of an article that is split,
        `feed_content` is the full text that the site's own feed gives.

        A temporary failure of the parser pool says nothing about the page: it is raised, never returned. With `rejudge` the
        boilerplate is decided by what is known today, even for a text that was judged before.
        """
        hints = hints_for(due, page)
        may_compare = feed_content is not None and hints.candidate is not None
        found = await self._read_one(page, replace(hints, feed_content=feed_content) if may_compare else hints)
        if not isinstance(found, Reject) and _lacks_text(found) and parts is not None:
            found = await self._viewed(found, hints, parts)
        if isinstance(found, Reject) or found.kind not in STORED_KINDS:
            return found
        if parts is not None:
            found = await self._joined(found, hints_for(due, page), parts)
        return found if self.boilerplate is None else await self.boilerplate.strip(found, now=now, rejudge=rejudge)

    async def _viewed(self, found: Extraction, hints: Hints, parts: PartSource) -> Extraction:
        """The article of a page without text from the AMP or print view that the page names, if that has it."""
        for url in filter(None, (found.amp_url, found.print_url)):
            if site_of(url) == site_of(found.url) and url != found.url:
                view = await self._read_part(url, hints, parts)
                if not isinstance(view, Reject) and is_view(found, view[1]):
                    return with_view(found, *view)
        return found

    async def _joined(self, found: Extraction, hints: Hints, parts: PartSource) -> Extraction:
        """The article with the text of all its pages, or with a note where some can't be read."""
        paging, as_part = found.paging, replace(hints, candidate=None, is_wanted=True)
        if paging is not None and paging.before_url:
            before = await self._read_part(paging.before_url, as_part, parts)
            return found if isinstance(before, Reject) else as_further(found, before[1])
        if paging is None or paging.number > 1:
            return found
        if paging.whole_url:
            whole = await self._read_part(paging.whole_url, as_part, parts)
            if not isinstance(whole, Reject) and holds_all(found, whole[1]):
                return with_whole(found, *whole)
        read, text, missing = list[tuple[Part, Extraction]](), found.text, None
        next_url, end = paging.next_url, asyncio.get_running_loop().time() + JOINED_WITHIN_S
        while next_url is not None and len(read) < MOST_PARTS - 1:
            if asyncio.get_running_loop().time() > end:
                missing = "the pages take too long"
                break
            further = await self._read_part(next_url, as_part, parts)
            if isinstance(further, Reject):
                missing = further.reason
                break
            _, extraction = further
            if not continues(found, extraction, read=text):
                break
            read.append(further)
            text = f"{text}\n\n{extraction.text}"
            own = extraction.paging
            next_url = own.next_url if own is not None and own.number == len(read) + 1 else None
        return join(found, read, missing=missing) if read or missing else undivided(found)

    async def _read_part(self, url: str, hints: Hints, parts: PartSource) -> tuple[Part, Extraction] | Reject:
        try:
            page = await parts(url)
        except FetchError as error:
            if error.is_temporary:
                raise
            return Reject(error.reason, str(error))
        own = replace(hints, content_type=page.header("content-type"), headers=page.headers, fetched_at=page.fetched_at)
        extraction = await self._read_one(page, own)
        return extraction if isinstance(extraction, Reject) else (Part(page.final_url, page.archived), extraction)

    async def _read_one(self, page: Page, hints: Hints) -> Extraction | Reject:
        refusal = refuse_unreadable(page)
        if refusal is not None:
            return refusal
        try:
            return await self._extract(page, hints)
        except ParserPoolError as error:
            if error.is_temporary:
                raise
            return Reject(error.reason, str(error))
        except ParseError as error:
            return Reject("unreadable", str(error))

    async def _extract(self, page: Page, hints: Hints) -> Extraction:
        for pause_s in self.pauses_s:
            try:
                return await self._ask(page, hints)
            except ParserPoolError as error:
                if not error.is_temporary:
                    raise
            await asyncio.sleep(pause_s)
        return await self._ask(page, hints)

    async def _ask(self, page: Page, hints: Hints) -> Extraction:
        read = partial(read_page, url=page.final_url, hints=hints, now=page.fetched_at)
        body = page.body if page.rendered is None else page.rendered
        found = await self.parser_pool.run(read, body, deadline_s=self.deadline_s, subject=page.final_url)
        return found if page.rendered is None else replace(found, is_rendered=True)


def _lacks_text(found: Extraction) -> bool:
    """Whether another view may have what the page itself shows only to browsers, or not at all."""
    return found.kind == "needs_javascript" or (found.kind in _MAY_LACK_TEXT and not found.text.strip())


def hints_for(due: DueUrl, page: Page) -> Hints:
    """Returns what is known about a page before it is read.

    Hints and the source's rules count for the sites in `named_by`; about other sites they are hearsay.
    """
    may_speak = site_of(page.final_url) in due.named_by
    overrides = due.extraction if may_speak else {}
    title = due.source_title if may_speak else ""
    names = tuple(overrides.get("site_names", ())) or ((title,) if title else ())
    return Hints(
        candidate=due.candidate if may_speak else None,
        language=overrides.get("language"),
        content_type=page.header("content-type") if page.rendered is None else "text/html; charset=utf-8",
        headers=page.headers,
        fetched_at=page.fetched_at,
        warnings=page.warnings,
        site_rights=page.site_rights,
        site_names=names,
        timezone=overrides.get("timezone"),
        is_wanted=bool(due.options.get("as_article") or overrides.get("store_all")),
    )


_GZIP = b"\x1f\x8b"
_FILES = (
    b"%PDF-",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"RIFF",
    b"ID3",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
)
"""First bytes of documents, pictures and recordings, whatever type they are sent with (WHATWG MIME Sniffing, section 6)."""
_FEED_ROOT = re.compile(
    rb"(?:(?!<html|<!doctype html|<body).)*?<(?:rss|feed|urlset|sitemapindex|rdf:rdf)[\s>]", re.DOTALL
)
"""The root of a feed or sitemap, perhaps behind a warning or comment that the server's script printed."""


def refuse_unreadable(page: Page) -> Reject | None:
    """Returns why a body can't be read as an HTML page: it is an error's or a redirect's, empty, or of another media type."""
    if page.status >= 300:  # of an imported file: what we fetch ourselves comes here only with success
        return Reject(f"http_{page.status}", "the file has an error or a redirect of the host")
    kind = (page.header("content-type") or "").split(";")[0].strip().lower()
    head = page.body[:2048].lower()
    start = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if not page.body.strip():
        return Reject("empty_body", "the host sent nothing")
    if page.body.startswith(_FILES):
        return Reject("not_html", f"a file of another kind, sent as {storable_line(kind, 100) or 'no type'}")
    is_xml = kind != "application/xhtml+xml" and (start.startswith(b"<?xml") or kind.endswith(("+xml", "/xml")))
    if head.startswith(_GZIP) or _FEED_ROOT.match(head) or (is_xml and b"<html" not in head):
        return Reject("feed", f"a feed or sitemap ({storable_line(kind, 100)})")
    if kind in ("", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"):
        return None if b"<" in page.body[:4096] else Reject("not_html", f"not HTML ({storable_line(kind, 100)})")
    if kind in ("application/feed+json", "application/json") and start.startswith((b"{", b"[")):
        return Reject("feed", f"a feed ({kind})")
    return None if start.startswith((b"<!doctype html", b"<html")) else Reject("not_html", storable_line(kind, 100))
