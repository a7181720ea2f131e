"""What visits of unchanged feeds cost: CPU of scheduler, worker and PostgreSQL together, on real loopback feeds.

    python -m benchmarks.service.visits [--feeds 10000] [--feeds-a-host 2] [--rate 80]

The database is the embedded one as in production; the feeds are as their first visits left them, adaptive, with the default
pace of a second a host. Four spans: one feed of each host, by a worker that has only just started (robots.txt is read from the
database and parsed, once a host); nothing is due, from one look at all sources for alarms to the next, so that one falls into
it; as many feeds fall due a second as 50,000 would with a visit an hour each; all the others at `--rate` a second. What is idle
is reported as a part of a visit at `--rate`, too: a span of visits may have such a look in it or not. One robots.txt in 48 visits
has run out, as it would at two feeds a host and a visit an hour.
The server's own process is left out; its log says what was answered with 304.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from benchmarks.service.farm import farm, hosts_of, plant, read_log
from benchmarks.service.fleet import PARTS, Fleet, fleet
from scheduler.leader import ALARM_CHECK_S
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

ALL_FEEDS, HOUR_S = 50_000, 3600.0
REAL_RATE = ALL_FEEDS / HOUR_S
VISITS_A_ROBOTS = 48
START_S = 60.0
"""About how long it takes until the service runs."""
TARGET_MS, TARGET_SHARE = 5.0, 0.25


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: CPU seconds of each part in it, and the visits that were made."""

    seconds: float
    cpu: Counter[str]
    visits: int

    @property
    def share(self) -> float:
        """Share of one core, all parts together."""
        return sum(self.cpu.values()) / self.seconds

    def ms(self, part: str | None = None) -> float:
        """CPU ms per visit, of one part or all."""
        return 1e3 * (self.cpu[part] if part else sum(self.cpu.values())) / max(1, self.visits)


def measured(service: Fleet, work: float | None, *, count: int = 0, idle_s: float = 0.0) -> Span:
    """A span in which `count` feeds fall due at so many a second and are visited; without a rate, `idle_s` of nothing."""
    done = visits(service)
    began, before = time.monotonic(), service.cpu()
    if work is None:
        time.sleep(idle_s)
    else:
        fall_due(service, count, work)
        service.until(lambda: visits(service) >= done + count, "feeds were not visited", within_s=count / work + 120)
    used = service.cpu()
    used.subtract(before)
    return Span(time.monotonic() - began, used, visits(service) - done)


def visits(service: Fleet) -> int:
    """How many visits were committed."""
    return int(service.ask("SELECT coalesce(max(id), 0) FROM dateline.visit")[0][0])


def fall_due(service: Fleet, count: int, rate: float) -> None:
    """So many feeds that were not visited yet fall due, evenly from now on: the first of each host before others."""
    service.ask(
        "WITH chosen AS (SELECT f.id AS feed_id,"
        " row_number() OVER (ORDER BY f.url NOT LIKE '%%/0.xml', md5(f.url)) AS place"
        " FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id WHERE s.next_due_at IS NULL ORDER BY 2 LIMIT %s)"
        " UPDATE dateline.feed_state s SET next_due_at = clock_timestamp() + chosen.place * make_interval(secs => %s)"
        " FROM chosen WHERE chosen.feed_id = s.feed_id",
        count,
        1 / rate,
    )


def run(feeds: int, feeds_a_host: int, rate: float, folder: Path) -> tuple[list[Span], float]:
    """The four spans, and the share of feeds that were answered with 304."""
    log, hosts = folder / "access.tsv", hosts_of(feeds // feeds_a_host)
    with EmbeddedServer(folder).running() as url, farm(log) as port, fleet(url, folder, port) as service:
        migrate(url)
        now = dt.datetime.now(dt.UTC)
        plant(
            url,
            hosts,
            feeds_a_host=feeds_a_host,
            now=now,
            robots_ending=feeds // VISITS_A_ROBOTS,
            robots_end_at=now + dt.timedelta(seconds=len(hosts) / rate + START_S),
        )
        service.start("up", "--workers", "1")
        service.until_running(1)
        time.sleep(3)
        real = min(int(60 * REAL_RATE), feeds // 5)
        cold = measured(service, rate, count=len(hosts))
        service.ask("UPDATE dateline.feed_state SET next_due_at = NULL")
        spans = [
            cold,
            measured(service, None, idle_s=ALARM_CHECK_S),
            measured(service, REAL_RATE, count=real),
            measured(service, rate, count=feeds - real),
        ]
        time.sleep(0.5)
        asked = [one for one in read_log(log) if one.path.endswith(".xml")]
        return spans, sum(one.status == 304 for one in asked) / max(1, len(asked))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--feeds-a-host", type=int, default=2)
    parser.add_argument("--rate", type=float, default=80.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-bench-", ignore_cleanup_errors=True) as folder:
        (cold, idle, real, dense), unchanged = run(options.feeds, options.feeds_a_host, options.rate, Path(folder))
    rate_dense = dense.visits / dense.seconds
    figures = {
        "feeds": options.feeds,
        "cpu_ms_cold": cold.ms(),
        "idle_share": idle.share,
        **{f"idle_share_{part}": idle.cpu[part] / idle.seconds for part in PARTS},
        "idle_ms_a_visit": 1e3 * idle.share / rate_dense,
        "visits_real_rate": real.visits,
        "share_50k_measured": real.share,
        "visits_dense": dense.visits,
        "rate_dense": rate_dense,
        "cpu_ms": dense.ms(),
        **{f"cpu_ms_{part}": dense.ms(part) for part in PARTS},
        "cpu_ms_real_rate": real.ms(),
        "share_50k_extrapolated": REAL_RATE * dense.ms() / 1e3,
        "share_304": unchanged,
    }
    results.write("visits", figures, [])
    results.show(f"Visits of {options.feeds} unchanged feeds, {options.feeds_a_host} a host", [*figures.items()])
    print(f"  targets: cpu_ms <= {TARGET_MS}, share_50k <= {TARGET_SHARE}, share_304 >= 0.95")


if __name__ == "__main__":
    main()
