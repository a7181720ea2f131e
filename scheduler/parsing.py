"""The cage of a process that reads pages, as configured. Importing this costs nothing: the cage starts first, and loads its
parsers while its owner still loads everything else."""

from __future__ import annotations

from dateline.cage import Cage
from dateline.config import Settings

PRELOAD = ("pipelines.extract", "crawler.discover", "crawler.robots_file", "crawler.front_page")


def make_cage(settings: Settings) -> Cage:
    """A cage that knows the readers of pages, feeds and robots.txt."""
    return Cage(workers=settings.effective_extraction_workers, memory_mb=settings.parse_memory_mb, preload=PRELOAD)
