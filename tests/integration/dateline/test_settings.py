"""Scrapy's doors, as a running crawl has them: what is open is listed here, and nothing else may be.

What Scrapy 2.19 has open by default: a telnet console and a remote control (a socket), the file, ftp, data and s3 handlers,
unverified certificates, proxies from the environment, cookies shared by all requests of a process.
"""

from __future__ import annotations

import logging
import socket
from typing import Any, ClassVar

import psutil
import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import NotSupported
from scrapy.http import Request

from crawler.exchange import PageItem
from crawler.fetch.download_handler import PoliteHandler
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.middlewares.guard import GuardMiddleware
from crawler.fetch.middlewares.redirects import RedirectMiddleware
from crawler.fetch.middlewares.robots import RobotsMiddleware
from crawler.fetch.middlewares.tdmrep import TdmRepMiddleware
from crawler.fetch.settings import FetchSettings, scrapy_settings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots

FETCH = FetchSettings("Dateline/0.1 (+desk@news.example)")

CLOSED = {
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "HTTPPROXY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "REFERER_ENABLED": False,
    "RETRY_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "COMPRESSION_ENABLED": False,
    "JOBDIR": None,
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "LOG_INSTALL_ROOT_HANDLER": False,
    "LOG_ENABLED": False,
    "DOWNLOAD_MAXSIZE": 10 * 1024 * 1024,
    "DOWNLOAD_TIMEOUT": 30.0,
    "REDIRECT_MAX_TIMES": 10,
}


@pytest.mark.parametrize("name", CLOSED)
def test_each_setting_is_in_effect(name: str) -> None:
    """With Scrapy's defaults all of these fail but JOBDIR and HTTPCACHE_ENABLED."""
    assert scrapy_settings(FETCH)[name] == CLOSED[name]


def test_no_default_component_is_left() -> None:
    found = scrapy_settings(FETCH)
    for name in ("EXTENSIONS", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES"):
        assert dict(found.get_component_priority_dict_with_base(name)) == {}
    handlers = {scheme: handler for scheme, handler in found.getwithbase("DOWNLOAD_HANDLERS").items() if handler}
    assert handlers.keys() == {"http", "https"}


class KeepCrawler:
    """An item pipeline that keeps its crawler for the test to look at."""

    crawlers: ClassVar[list[Crawler]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepCrawler:
        cls.crawlers.append(crawler)
        return cls()

    async def process_item(self, item: PageItem) -> PageItem:
        return item


def listeners() -> set[int]:
    """The ports that this process listens at."""
    return {place.laddr.port for place in psutil.Process().net_connections() if place.status == psutil.CONN_LISTEN}


def in_a_crawl(look: Any) -> Any:
    """What `look` says of the crawler of a running crawl."""

    async def scene() -> Any:
        async with Fetcher(FETCH, pace=MemoryPace(), robots=MemoryRobots(), item_pipelines=[KeepCrawler]):
            found = look(KeepCrawler.crawlers[-1])
            return await found if hasattr(found, "__await__") else found

    return run(scene)


def test_a_running_crawl_listens_nowhere() -> None:
    """With Scrapy's default extensions it listened at telnet's 6023."""
    with socket.create_server(("127.0.0.1", 0)) as control:
        before = listeners()
        assert control.getsockname()[1] in before
        assert in_a_crawl(lambda _: listeners()) == before


def test_a_running_crawl_has_these_parts_and_no_others() -> None:
    def parts(crawler: Crawler) -> dict[str, list[type]]:
        engine = crawler.engine
        return {
            "extensions": [type(part) for part in crawler.extensions.middlewares],
            "downloader": [type(part) for part in engine.downloader.middleware.middlewares],
            "spider": [type(part) for part in engine.scraper.spidermw.middlewares],
        }

    assert in_a_crawl(parts) == {
        "extensions": [],
        "downloader": [GuardMiddleware, RobotsMiddleware, TdmRepMiddleware, RedirectMiddleware],
        "spider": [],
    }


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://news.example/", "data:,a", "s3://bucket/key"])
def test_the_downloader_itself_knows_no_other_scheme(url: str) -> None:
    """Behind the guard; with Scrapy's handler for files the first was not refused."""

    async def refused(crawler: Crawler) -> bool:
        with pytest.raises(NotSupported):
            await crawler.engine.downloader.handlers.download_request_async(Request(url))
        return True

    assert in_a_crawl(refused)


def test_http_and_https_are_ours() -> None:
    def handlers(crawler: Crawler) -> set[type]:
        found = crawler.engine.downloader.handlers
        return {type(found._get_handler(scheme)) for scheme in ("http", "https")}

    assert in_a_crawl(handlers) == {PoliteHandler}


def test_a_crawl_leaves_logging_as_it_was() -> None:
    before = list(logging.getLogger().handlers)
    assert in_a_crawl(lambda _: list(logging.getLogger().handlers)) == before
