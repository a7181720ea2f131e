"""`make kill-render`: a crawl is killed while its browser draws a page, RENDER_KILLS times. Too long for `make test`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from crawler.render.chromium import FOLDER_PREFIX
from tests.acceptance.service.test_rendered_pages import ANSWERS, SITE, TOML
from tests.acceptance.service.test_up import until
from tests.acceptance.support.played import rows
from tests.acceptance.support.site import dateline, environment, process
from tests.acceptance.support.web import sites


def test_a_crawl_that_is_killed_while_a_page_is_drawn_leaves_nothing_behind_and_the_next_draws_it(
    database: str, tmp_path: Path
) -> None:
    """kill -9 while the page's script waits for its story: no browser goes on, no page is lost or stored twice."""
    (tmp_path / "sources.toml").write_text(TOML)
    story = f"{SITE}/api/news/slipway"
    with sites(ANSWERS) as web:
        env = environment(database, web.port) | {"TMPDIR": str(tmp_path)}
        assert dateline("sources", "import", str(tmp_path / "sources.toml"), data_dir=tmp_path, env=env).returncode == 0
        for _ in range(int(os.environ.get("RENDER_KILLS", "1"))):
            web.log.clear()
            with process("crawl", "drawn", data_dir=tmp_path, env=env, log=tmp_path / "log") as crawl:
                until(lambda: story in web.log, "the page is not drawn")
                os.kill(crawl.pid, signal.SIGKILL)
            until(lambda: not browsers_of(tmp_path), "the browser of the killed crawl goes on")
        assert dateline("crawl", "drawn", data_dir=tmp_path, env=env, timeout_s=120).returncode in (0, 3)
    assert not browsers_of(tmp_path)
    [article] = rows(database, "SELECT url, revision, is_rendered FROM news.articles")
    assert article == {"url": f"{SITE}/news/slipway", "revision": 1, "is_rendered": True}


def browsers_of(folder: Path) -> list[object]:
    """The browsers' folders in this one, and the processes that are started with one of them."""
    mark = f"{folder}/{FOLDER_PREFIX}"
    running = [each for each in psutil.process_iter(["cmdline"]) if mark in " ".join(each.info["cmdline"] or ())]
    return [*running, *folder.glob(f"{FOLDER_PREFIX}*")]
