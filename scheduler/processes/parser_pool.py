"""The parser pool of a process that reads pages, as configured.

Importing this is cheap: the pool starts first, and loads its parsers while its owner still loads everything else.
"""

from __future__ import annotations

from dateline.config import Settings
from dateline.parser_pool.pool import ParserPool

PRELOAD = (
    "pipelines.extract.extract",
    "crawler.discovery.discover",
    "crawler.politeness.robots_parser",
    "crawler.source_finder.home_page",
)


def make_parser_pool(settings: Settings) -> ParserPool:
    """A parser pool that knows the readers of pages, feeds and robots.txt."""
    return ParserPool(
        workers=settings.effective_extraction_workers, memory_mb=settings.parse_memory_mb, preload=PRELOAD
    )
