"""What most people write first: a Scrapy spider that calls trafilatura in its callback. Run by benchmarks.pipeline.pipeline.

python -m benchmarks.pipeline.naive_spider URLS.json PORT   → one JSON line: {"pages": …, "seconds": …}
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
import trafilatura
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

URLS: list[str] = []


class NaiveSpider(scrapy.Spider):
    """Fetches every URL, extracts in the callback."""

    name = "naive"
    times: list[float] = []  # noqa: RUF012

    async def start(self) -> AsyncIterator[Any]:
        urls, port = URLS, sys.argv[2]
        self.times.append(time.perf_counter())
        for url in urls:
            parts = urlsplit(url)
            target = f"http://127.0.0.1:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            yield scrapy.Request(target, headers={"Host": parts.hostname or ""}, dont_filter=True, callback=self.parse)

    def parse(self, response: Response, **_: Any) -> Any:
        found = trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True)
        self.times.append(time.perf_counter())
        yield {"text": found.text if found else None, "title": found.title if found else None}


def main() -> None:
    """Crawl and print the figures."""
    URLS.extend(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    process = AsyncCrawlerProcess(
        {
            "LOG_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "ROBOTSTXT_OBEY": False,
        }
    )
    process.crawl(NaiveSpider)
    process.start()
    times = NaiveSpider.times
    print(json.dumps({"pages": len(times) - 1, "seconds": times[-1] - times[0]}))


if __name__ == "__main__":
    main()
