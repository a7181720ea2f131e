"""Everything that a worker needs, put together in one process: database pool, parser pool, archive, fetcher, visitor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from crawler.archive.archive import Archive
from crawler.archive.shared_archive import open_archive
from crawler.archive.warc_records import WarcExchange
from crawler.discovery.discover import READER
from crawler.exchange import FetchRequest, NoFetch, PageItem, RawExchange
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.render.page_renderer import PageRenderer
from crawler.render.renderer import Renderer, RenderLimits
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import ArchiveRef, Page
from pipelines import ORDER
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.feed_words import FeedWords
from pipelines.reader import PageReader
from pipelines.steps import Parts
from pipelines.store import Store
from pipelines.version import EXTRACTOR
from scheduler.cadence.recheck_schedule import parse_ages
from scheduler.processes.parser_pool import make_parser_pool
from scheduler.visits.context import VisitContext
from scheduler.visits.host_visit import HostVisitor
from scheduler.visits.results import retry_policy
from scheduler.visits.source_recovery import SourceRecovery
from sql.database import UNFINISHED_S, Pool, open_pool
from sql.frontier.backfills import Backfills
from sql.frontier.crawls import Crawls
from sql.frontier.feeds import LostSources
from sql.frontier.frontier import Frontier
from sql.frontier.pace import LOST_AFTER_S, DatabasePace, DatabaseRobots
from sql.frontier.quarantine import release_for_new_readers
from sql.frontier.rechecks import Rechecks
from sql.frontier.rows import DueUrl

logger = log.get(__name__)

GROUP_WAIT_S = 0.06
"""Seconds that a new page waits at most for others that are being read, to be stored with them in one transaction. Meanwhile
its host is asked for others, as far as `scheduler.visits.underway` lets it."""
CLOSE_S = 1.5
"""Seconds that requests in flight get at the end; those of visits have had theirs before (`worker.FINISH_S`)."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a worker's process runs: the visitor of hosts, the pool of database connections, and the archive if there is one."""

    visitor: HostVisitor
    pool: Pool
    archive: Archive | None = None


def fetch_settings(settings: Settings) -> FetchSettings:
    """What the fetcher needs of the settings."""
    return FetchSettings(
        user_agent=settings.effective_user_agent,
        allow_networks=settings.allow_networks,
        resolve=settings.resolve,
        allowed_ports=settings.allowed_ports,
        max_bytes=settings.max_bytes,
        timeout_s=settings.timeout_s,
        reads_tdmrep=settings.tdmrep or "tdm-reservation" in settings.obey_reservations,
        proxy_networks=settings.proxy_networks,
        secrets_dir=settings.secrets_dir,
    )


def page_renderer(settings: Settings) -> PageRenderer:
    """Renders pages as the settings say; the browser starts with the first page."""
    limits = RenderLimits(settings.render_timeout_s, settings.render_memory_mb, settings.max_bytes)
    return PageRenderer(Renderer(settings.effective_user_agent, limits, settings.chromium))


class ArchiveWriter:
    """Writes fetched pages to the archive, for the item pipelines."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def keep(self, page: Page, raw: RawExchange) -> ArchiveRef:
        """Write the page to the archive; returns its place. A row may name it after `sync`."""
        protocol, _, rest = raw.status_line.decode("latin-1").partition(" ")
        exchange = WarcExchange(
            url=page.url,
            final_url=page.final_url,
            status=page.status,
            reason=rest.partition(" ")[2],
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw.headers],
            body=raw.body,
            fetched_at=page.fetched_at,
            request_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw.request_headers],
            redirects=page.redirects,
            ip_address=raw.address or None,
            protocol=protocol or "HTTP/1.1",
            cut=raw.cut,
            rendered=page.rendered,
        )
        return self._archive.write(exchange)

    def sync(self, refs: Sequence[ArchiveRef]) -> None:
        """Returns when the records at these places are on disk."""
        for ref in refs:
            self._archive.sync(ref)


class PartFetcher:
    """Fetches the further pages of an article that is split, for the item pipelines."""

    def __init__(self, max_attempts: int) -> None:
        self._max_attempts = max_attempts
        self.fetcher: Fetcher | None = None

    async def __call__(self, request: FetchRequest, url: str) -> PageItem:
        """The page at this address of the article's site. A NoFetch is temporary where the article is to be read later."""
        if self.fetcher is None:
            raise TypeError("the fetcher has not been started")
        found = await self.fetcher.fetch_exchange(replace(request, url=url, etag=None, last_modified=None))
        if isinstance(found, PageItem):
            return found
        due: DueUrl = request.payload
        may_wait = due.is_recheck or due.attempts + 1 < retry_policy(due, self._max_attempts).max_attempts
        raise NoFetch(
            found.reason,
            f"a further page, {url}: {found.detail or found.reason}",
            is_temporary=found.is_temporary and may_wait,
            status=found.status,
            retry_after=found.retry_after,
        )


async def _release_for_us(pool: Pool) -> None:
    """Release what is in quarantine because it broke an earlier version of its reader."""
    async with pool.connection() as conn:
        count = await release_for_new_readers(conn, page_reader=EXTRACTOR, feed_reader=READER, now=utc_now())
    if count:
        logger.info("released from quarantine: there is a newer reader", urls=count)


@asynccontextmanager
async def open_runtime(
    settings: Settings, url: str, *, name: str, started: ParserPool | None = None
) -> AsyncIterator[Runtime]:
    """The runtime, on this process's event loop (Twisted's asyncio reactor) until the block ends.

    `started` is a parser pool that was started earlier, so that it is ready sooner; it ends with the block, too.
    """
    async with open_pool(url, min_size=2, max_size=12, application_name=name, unfinished_s=UNFINISHED_S) as pool:
        archive = open_archive(settings) if settings.archive else None
        async with started or make_parser_pool(settings) as parser_pool:
            learns = settings.learn_boilerplate
            writer = ArchiveWriter(archive) if archive else None
            ages = parse_ages(settings.recheck_ages)
            store = Store(
                pool,
                parser_pool=parser_pool,
                obey_reservations=settings.obey_reservations,
                learns=learns,
                recheck_ages=ages,
                archive=writer,
                group_wait_s=GROUP_WAIT_S,
            )
            boilerplate = BoilerplateStore(pool) if learns else None
            deadline_s, obeyed = settings.parse_deadline_s, settings.obey_reservations
            feed_words = FeedWords(pool, parser_pool, deadline_s, boilerplate, obeyed)
            fetch_part = PartFetcher(settings.max_attempts)
            renderer = page_renderer(settings)
            parts = Parts(
                reader=PageReader(parser_pool, deadline_s, boilerplate),
                store=store,
                archive=writer,
                obeyed=obeyed,
                clock=utc_now,
                fetch_part=fetch_part,
                render=renderer,
                feed_words=feed_words,
            )
            pace = DatabasePace(pool, lost_after_s=max(LOST_AFTER_S, 2 * settings.timeout_s))
            fetcher = Fetcher(
                fetch_settings(settings),
                pace=pace,
                robots=DatabaseRobots(pool),
                item_pipelines=ORDER,
                extras={"parts": parts},
                parser_pool=parser_pool,
            )
            fetch_part.fetcher = renderer.fetcher = fetcher
            await _release_for_us(pool)
            await parser_pool.warm()
            await fetcher.start()
            try:
                context = VisitContext(
                    fetcher=fetcher,
                    parser_pool=parser_pool,
                    frontier=Frontier(pool),
                    crawls=Crawls(pool),
                    items=Store(pool, parser_pool=parser_pool, learns=False, group_wait_s=GROUP_WAIT_S),
                    store=store,
                    feed_words=feed_words,
                    rechecks=Rechecks(pool),
                    source_recovery=SourceRecovery(fetcher, parser_pool, LostSources(pool), settings, utc_now),
                    pace=pace,
                    settings=settings,
                    clock=utc_now,
                    backfills=Backfills(pool),
                    process=name,
                )
                yield Runtime(HostVisitor(context), pool, archive)
            finally:
                await fetcher.close(CLOSE_S)
                await renderer.close()
                await pace.settle()
                if archive:
                    archive.close()
