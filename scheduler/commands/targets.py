"""The targets of a one-off crawl, as they are written on the command line and in files. Importing this is cheap."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dateline import log
from dateline.errors import UsageError
from dateline.files import decode_text, read_text_file
from dateline.lists import web_addresses
from dateline.sources.fields import Problem, written_address
from dateline.types.source import FeedKind

FEED_ENDINGS = (".xml", ".rss", ".atom", ".rdf", ".xml.gz", "/feed", "/rss", "/atom", "/feed.json", "feed.json", ".txt")

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to crawl: a page, a watched page of some kind, or a source by name."""

    name: str
    kind: FeedKind | str
    """A FeedKind, or "page", or "source"."""


def read_targets(names: Sequence[str]) -> list[Target]:
    """The targets that these words mean: URLs, files of URLs (a line each; "-" is standard input), or source names."""
    found: list[Target] = []
    for name in names:
        path = Path(name)
        if "://" in name:
            found.append(classify(name))
        elif name == "-":
            found += _listed(name, decode_text(sys.stdin.buffer.read()))
        elif path.exists() and not path.is_dir():
            found += _listed(name, read_text_file(path))
        elif "/" not in name and "\\" not in name:
            found.append(Target(name, "source"))
        else:
            raise UsageError(f"{name} is not a URL, a file or a source's name: write a URL with https://", subject=name)
    return list(dict.fromkeys(found))


def _listed(name: str, text: str) -> list[Target]:
    """The targets of a file's lines. A line without a URL is logged and skipped, unless no line has one."""
    found, refused = list[Target](), list[UsageError]()
    lines = web_addresses(text, is_table=Path(name).suffix.lower() in {".csv", ".tsv"})
    if not lines:
        raise UsageError(f"{'standard input' if name == '-' else name} contains no URL", subject=name)
    for line in lines:
        try:
            found.append(classify(line))
        except UsageError as error:
            refused.append(error)
    if refused and not found:
        raise UsageError(f"{'standard input' if name == '-' else name} contains no URL: {refused[0]}", subject=name)
    for bad in refused:
        logger.warning("skipped a line", why=str(bad))
    return found


MOST_WORDS = 3
"""Of a sitemap's name; a longer one is the headline of an article about sitemaps."""
_WORD_BREAKS = re.compile(r"[-_]+")


def classify(url: str) -> Target:
    """What a URL most likely is; a page that turns out to be a feed or section is looked through as such."""
    try:
        parts = urlsplit(written_address(url))
    except Problem as problem:
        why = " is not an http(s) URL" if url in str(problem) else f": {problem}"
        raise UsageError(f"{log.without_credentials(url)}{why}", subject=url) from problem
    path = parts.path.lower().rstrip("/")
    if not path and not parts.query:
        return Target(parts.geturl(), "home")
    name = path.rsplit("/", 1)[-1]
    if path.endswith(FEED_ENDINGS) or ("sitemap" in name and len(_WORD_BREAKS.split(name)) <= MOST_WORDS):
        return Target(parts.geturl(), "auto")
    return Target(parts.geturl(), "page")
