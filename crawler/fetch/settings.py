"""Scrapy's settings, made from ours. Every way in or out that Scrapy opens by default is closed here.

Scrapy's lists of default components (the *_BASE settings) are replaced, not extended: components that a future version adds
(as 2.19 did with its remote control) must not become active by an upgrade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy import logformatter
from scrapy.settings import Settings

from crawler.politeness.guard import GuardRules

_HANDLER = "crawler.fetch.download_handler.PoliteHandler"
_MAX_REQUESTS_PER_HOST = 64
_MAX_BYTES_IN_HAND = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """The settings that fetching needs; texts as the operator wrote them.

    timeout_s is for one URL in total: it includes redirects, but not the wait for the host's pace. reads_tdmrep: a site's
    /.well-known/tdmrep.json is asked for once a day.
    proxy_networks: where proxies may be although that is not public; secrets_dir: files of secrets by their names.
    """

    user_agent: str
    allow_networks: tuple[str, ...] = ()
    resolve: tuple[str, ...] = ()
    allowed_ports: tuple[int, ...] = ()
    max_bytes: int = 10 * 1024 * 1024
    timeout_s: float = 30.0
    max_redirects: int = 10
    reads_tdmrep: bool = False
    proxy_networks: tuple[str, ...] = ()
    secrets_dir: Path | None = None

    def guard_rules(self) -> GuardRules:
        """The guard's rules; a ConfigError names what can't be read."""
        return GuardRules.parse(self.allow_networks, self.resolve, self.allowed_ports, self.proxy_networks)


def scrapy_settings(fetch: FetchSettings, item_pipelines: Sequence[type | str] = ()) -> Settings:
    """Scrapy's settings for the spider, with these item pipelines in this order."""
    return Settings({**_CLOSED, **_OWN, **_limits(fetch), "ITEM_PIPELINES": _in_order(item_pipelines)})


def _in_order(components: Sequence[type | str]) -> dict[type | str, int]:
    return {component: 100 * place for place, component in enumerate(components, 1)}


def _limits(fetch: FetchSettings) -> dict[str, Any]:
    return {
        "USER_AGENT": fetch.user_agent,
        "DOWNLOAD_TIMEOUT": fetch.timeout_s,
        "DOWNLOAD_MAXSIZE": fetch.max_bytes,
        "REDIRECT_MAX_TIMES": fetch.max_redirects,
    }


class QuietFormatter(logformatter.LogFormatter):
    """Writes no log lines where Scrapy would write one per page: outcomes are values, and the ledger keeps them."""

    def crawled(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """No line."""

    def scraped(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """No line."""

    def dropped(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """No line."""


_CLOSED: dict[str, Any] = {
    # Ways into the process.
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "EXTENSIONS_BASE": {},
    # Ways out of it.
    "DOWNLOAD_HANDLERS_BASE": {},
    "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, "data": None, "file": None, "ftp": None, "s3": None},
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "HTTPPROXY_ENABLED": False,
    # State that would outlast a request.
    "COOKIES_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "JOBDIR": None,
    # The ledger decides on retries; redirects, robots.txt and encodings have code of their own. A meta refresh is not
    # followed: it is part of the page, so the extraction decides what it means.
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "COMPRESSION_ENABLED": False,
    "ROBOTSTXT_OBEY": False,
    "REFERER_ENABLED": False,
    "SPIDER_MIDDLEWARES_BASE": {},
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "ITEM_PIPELINES_BASE": {},
}
_OWN: dict[str, Any] = {
    "BOT_NAME": "dateline",
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "SCHEDULER": "crawler.fetch.request_queue.RequestQueue",
    "DOWNLOADER_MIDDLEWARES": {
        "crawler.fetch.middlewares.guard.GuardMiddleware": 100,
        "crawler.fetch.middlewares.robots.RobotsMiddleware": 200,
        "crawler.fetch.middlewares.tdmrep.TdmRepMiddleware": 250,
        "crawler.fetch.middlewares.redirects.RedirectMiddleware": 300,
    },
    # HostPace sets pace and concurrency (0 means no limit here); the caller limits the number of requests.
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": _MAX_REQUESTS_PER_HOST,
    "DOWNLOAD_DELAY": 0,
    # Scrapy starts this many tasks for each response (100 by default: 1.3 ms of CPU); our spider yields one item.
    "CONCURRENT_ITEMS": 1,
    # When responses in memory exceed this, no new requests start: slow pipelines slow the crawl instead of filling memory.
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _MAX_BYTES_IN_HAND,
    "LOG_ENABLED": False,
    "LOG_INSTALL_ROOT_HANDLER": False,
    "LOG_LEVEL": "ERROR",
    "LOG_FORMATTER": QuietFormatter,
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "STATS_DUMP": False,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}
