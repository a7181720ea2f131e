"""A proxy or login of our own that does not work is never held against the site, and is seen to be what fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dateline.explain import meaning
from tests.acceptance.support.feeds import FEED, SITE, Item, Watch, feed, page, watching

WAITING = "WHERE url = 'http://quay.test/wait'"
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"proxy": "socks5://127.0.0.1:9"}, "proxy_unreachable"),
    ({"headers": {"X-Key": "${A_WORD_THAT_NOBODY_SET}"}}, "login_unreadable"),
    ({"cookies_file": "/nowhere/cookies.txt"}, "login_unreadable"),
]


def test_pages_wait_as_long_as_it_takes_and_lose_no_try(database: str, tmp_path: Path) -> None:
    answers = {FEED: feed(Item("wait")), f"{SITE}/wait": page("wait")}

    async def scene(watch: Watch) -> None:
        for fields, reason in BROKEN:
            await broken(watch, fields, reason)

    watching(database, tmp_path, answers, scene, proxy_networks=("127.0.0.1",))


async def broken(watch: Watch, fields: dict[str, Any], reason: str) -> None:
    """Many visits by a way that does not work, then one by the old way."""

    def access(**fields: Any) -> None:
        watch.rows(f"UPDATE dateline.source SET politeness = '{json.dumps(fields)}' RETURNING 1")

    asked = len(watch.log)
    access(**fields)
    again = (
        f"UPDATE dateline.url SET state = 'pending', attempts = 0, next_attempt_at = '2020-01-01' {WAITING} RETURNING 1"
    )
    watch.rows(again)
    for _ in range(8):
        await watch.visit(hours=2, feed=True)
    assert len(watch.log) == asked, "nothing is asked for without proxy or login"
    assert watch.rows(f"SELECT state, reason, attempts FROM dateline.url {WAITING}") == [("pending", reason, 1)]
    assert watch.rows("SELECT last_outcome, failures FROM dateline.feed_state") == [(reason, 1.0)]
    assert watch.rows("SELECT count(*) FROM dateline.robots WHERE status = 0") == [(0,)]
    assert meaning(reason) != reason.replace("_", " ")
    access()
    await watch.visit(hours=2, feed=True)
    assert watch.rows(f"SELECT state FROM dateline.url {WAITING}") == [("stored",)]
    assert watch.rows("SELECT failures FROM dateline.feed_state") == [(0.0,)]
