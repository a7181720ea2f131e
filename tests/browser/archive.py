"""An archive for looking at: four sources, six weeks of made-up news, a revision, copies, failures, and foreign text that bites.

Made through the real store and the real ledger; sentences are drawn from a small vocabulary, so that no two texts are alike.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from dateline.names.name_list import NameLine
from dateline.types.article import Candidate, Extraction, Instant, Link, Page
from dateline.types.source import Source, WatchedPage
from dateline.urls import host_of, url_key
from pipelines.store import Store
from pipelines.stories.assignment import assign_waiting
from scheduler.cadence.publishing_rate import begin
from scheduler.monitoring.alarm_checks import check_alarms
from sql.database import Pool, connect, open_pool
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl, FeedVisit, UrlResult
from sql.frontier.sources import set_paused, upsert_source
from sql.names.names import Names
from sql.service.alarms import Alarms
from sql.service.coverage import Coverage
from sql.watches.watches import Watches

VOCABULARY = """
    harbour council bridge market school storm budget museum orchestra mayor river quarry vineyard railway
    lighthouse bakery theatre hospital engineer teacher captain gardener festival election drought harvest ceremony
    repaired opened closed promised delayed measured painted questioned counted visited refused approved borrowed
    old new northern southern quiet crowded wooden narrow expensive early late public private frozen forgotten
""".split()  # noqa: SIM905 - words in lines

XSS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "{{ 7*7 }}{% raw %}",
    "</title></textarea></style><script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "\ue000<b>marked</b>\ue001",
    "<!--<iframe srcdoc='<script>alert(1)</script>'>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)  # fmt: skip
"""Payloads in the manner of OWASP's XSS Filter Evasion Cheat Sheet; alert() would open a dialog, which fails the test."""

QUIET, FAILING, PAUSED, LIVELY = "tidewater-times", "failing-gazette", "paused-post", "morning-courier"
REVISED = "https://morning-courier.example/news/pier-plans"
HOSTILE = "https://morning-courier.example/news/hostile"
LOST = "https://morning-courier.example/news/lost"


@dataclass(frozen=True, slots=True)
class Plan:
    """When the next visit is: as these tests want it."""

    due_at: dt.datetime | None
    interval_s: int | None = 1800
    failures: float = 0
    publishing: None = None


@dataclass(slots=True)
class Maker:
    """Puts pages through the ledger and the store at instants of the past."""

    pool: Pool
    now: dt.datetime
    ids: dict[str, int]
    dice: random.Random

    def sentences(self, number: int, *, extra: str = "") -> str:
        """A text of so many sentences, in paragraphs of three."""
        made = []
        for place in range(number):
            words = self.dice.choices(VOCABULARY, k=self.dice.randint(9, 16))
            if extra and place % 4 == 0:
                words.insert(3, extra)
            made.append(" ".join(words).capitalize() + "." + ("\n" if place % 3 == 2 else ""))
        return " ".join(made).replace("\n ", "\n")

    async def due(self, source: str, url: str, at: dt.datetime) -> DueUrl:
        """The URL as a ledger line that is to be fetched."""
        frontier = Frontier(self.pool)
        await frontier.add_targets([Candidate(url, via="rss")], crawl_id=None, source_id=self.ids[source], now=at)
        lines = await frontier.due_urls(host_of(url), None, self.now + dt.timedelta(days=1), limit=1000)
        return next(line for line in lines if line.url_key == url_key(url))

    async def put(self, source: str, url: str, at: dt.datetime, **fields: object) -> None:
        """Store a page at that instant."""
        text = str(fields.pop("text", "") or self.sentences(12))
        published = Instant(at - dt.timedelta(minutes=20), "minute", "json-ld", "")
        page = Page(url, url, 200, (), text.encode("utf-8", "replace"), at)
        known = {
            "title": self.sentences(1)[:60],
            "language": "en",
            "published": published,
            "extractor": "test/1",
            "quality": 0.9,
        }
        found = Extraction(**({"url": url, "kind": "article", "text": text} | known | fields))  # type: ignore[arg-type]
        await Store(self.pool).store(await self.due(source, url, at), page, found, now=at)

    async def visit(
        self, source: str, at: dt.datetime, outcome: str, *, is_ok: bool = True, failures: float = 0
    ) -> None:
        """Commit a visit of the source's watched page."""
        frontier, host = Frontier(self.pool), f"{source}.example"
        [feed] = await frontier.due_feeds(host, None, self.now + dt.timedelta(days=1))
        plan = Plan(self.now + dt.timedelta(minutes=30), failures=failures)
        detail = f"{XSS[1]} the host refused the connection" if not is_ok else None
        await frontier.commit_visit(
            FeedVisit(feed, at, at + dt.timedelta(seconds=1), outcome, is_ok, lambda _: plan, status=200 if is_ok else 503,
                      size=2000, warnings=("entry without a link",), detail=detail)
        )  # fmt: skip

    async def lose(self, source: str, url: str, state: str, reason: str, at: dt.datetime) -> None:
        """End a URL without an article."""
        due = await self.due(source, url, at)
        result = "failed" if state == "failed" else "rejected"
        await Frontier(self.pool).finish(
            UrlResult(due.id, state, result, reason, at, detail=f"{XSS[0]} as the host said", status=404)
        )


def names() -> list[NameLine]:
    """More names than a page shows, one of which bites."""
    people = [NameLine(f"own-{number}", "person", f"Ada Pike {number}", ()) for number in range(41)]
    return [*people, NameLine("Q1", "place", f"Harbour {XSS[0]}", ("the harbour",), "en")]


def add_sources(url: str) -> dict[str, int]:
    """The sources, one of them with a title that bites; their ids by name."""
    names = {
        LIVELY: "The Morning Courier",
        QUIET: "Tidewater Times",
        FAILING: f"Gazette {XSS[1]}",
        PAUSED: "The Paused Post",
    }
    with connect(url, autocommit=True) as connection:
        ids = {}
        for name, title in names.items():
            watched = (WatchedPage(f"https://{name}.example/feed.xml", "feed"),)
            home = f"https://{name}.example/"
            ids[name] = upsert_source(
                connection, Source(name, title, home, country="gb", languages=("en",), tags=("test",), watched=watched)
            ).id
        set_paused(connection, [PAUSED], is_paused=True)
    return ids


async def fill(url: str, now: dt.datetime, *, days: int = 35, quiet: int = 30) -> None:
    """Fill a migrated database with so many days of one source and articles of another."""
    ids = add_sources(url)
    async with open_pool(url, min_size=2) as pool:
        make = Maker(pool, now, ids, random.Random(8))
        for day in range(days):
            at = now - dt.timedelta(days=day, hours=2)
            for number in range(2):
                extra = "ferry" if (day + number) % 3 else "tram"
                await make.put(
                    LIVELY, f"https://{LIVELY}.example/news/{day}-{number}", at, text=make.sentences(10, extra=extra),
                    section="Town", authors=("Ada Pike", "Jo Reed"), tags=("town", extra),
                )  # fmt: skip
        for number in range(quiet):
            await make.put(QUIET, f"https://{QUIET}.example/n/{number}", now - dt.timedelta(days=3, minutes=number))
        await _special(make)
        await assign_waiting(pool, now=lambda: now, waits=True)
        watches = Watches(pool)
        await watches.add("ferries", f"ferry {XSS[1]}", webhook_url=None, secret=None, has_feed=True, now=now)
        await Names(pool).put(names(), now=now)
        for name in (LIVELY, QUIET, FAILING):
            is_ok = name != FAILING
            for hours in (5, 3, 1):
                await make.visit(
                    name, now - dt.timedelta(hours=hours), "changed" if is_ok else "connect", is_ok=is_ok,
                    failures=0 if is_ok else 3,
                )  # fmt: skip
        await _watched(make)


async def _watched(make: Maker) -> None:
    """Five weeks in which the service ran, but for a night; a quiet source that was a busy one; the alarms of now."""
    at = {
        "now": make.now,
        "begun": make.now - dt.timedelta(days=35),
        "quiet": QUIET,
        "fell": make.now - dt.timedelta(days=3),
    }
    async with make.pool.connection() as connection:
        await connection.execute("UPDATE dateline.source SET created_at = %(begun)s", at)
        await connection.execute(
            "INSERT INTO dateline.service_hour (hour, ran) SELECT h, repeat("
            "CASE WHEN h BETWEEN %(now)s - interval '30 h' AND %(now)s - interval '24 h' THEN '0' ELSE '1' END, 60)::bit(60)"
            " FROM generate_series(date_trunc('hour', %(begun)s, 'UTC'), %(now)s, interval '1 hour') h",
            at,
        )
        await connection.execute(
            "INSERT INTO dateline.coverage_hour (source_id, hour, visits, unchanged, changed, failed, new_articles)"
            " SELECT s.id, date_trunc('hour', h, 'UTC'), 2, 1, 1, 0, 1 FROM dateline.source s,"
            " generate_series(%(begun)s, %(fell)s, interval '1 hour') h WHERE s.name = %(quiet)s",
            at,
        )
        rhythm = begin([(make.now - dt.timedelta(hours=9 * n)).timestamp() for n in range(20)], make.now.timestamp())
        await connection.execute(
            "INSERT INTO dateline.feed_rhythm SELECT f.id, %s::float8[], %s FROM dateline.feed f"
            " JOIN dateline.source s ON s.id = f.source_id WHERE s.name = %s",
            [rhythm.numbers(), make.now, LIVELY],
        )
    await Coverage(make.pool).roll_up(make.now)
    await check_alarms(Alarms(make.pool), make.now)


async def _special(make: Maker) -> None:
    """A revised article, an original with two copies, a hostile one, and lost URLs."""
    now, hour = make.now, dt.timedelta(hours=1)
    before, after = make.sentences(9), make.sentences(3)
    await make.put(LIVELY, REVISED, now - 30 * hour, title="Council to rebuild the pier by autumn", text=before)
    changed = before.replace("harbour", "seaport") + "\n" + after
    await make.put(LIVELY, REVISED, now - 6 * hour, title="Council drops plan to rebuild the pier", text=changed)
    agency = make.sentences(14)
    for place, (source, path) in enumerate(((LIVELY, "wire"), (QUIET, "copy-1"), (FAILING, "copy-2"))):
        await make.put(
            source,
            f"https://{source}.example/{path}",
            now - (80 - place) * hour,
            title="Wire: storm over the quarry",
            text=agency,
        )
    await make.put(
        LIVELY, HOSTILE, now - 2 * hour, title=" ".join((*XSS[:3], "Donau" * 60)),
        text="\n".join([*XSS, make.sentences(9)]), summary=XSS[5],
        authors=(XSS[0], XSS[3]), tags=(XSS[1],), section=XSS[2], site_name=XSS[4], credited_to=XSS[6],
        image_url="javascript:alert(1)", canonical_url="https://morning-courier.example/\"><script>alert(1)</script>",
        alternative_titles=(XSS[8],), warnings=(XSS[1],),
        links=(Link("https://other.example/'\"><script>alert(1)</script>", XSS[0]), Link("javascript:alert(1)", XSS[2])),
    )  # fmt: skip
    await make.lose(LIVELY, LOST, "failed", "http_404", now - 4 * hour)
    for number, reason in enumerate(("robots", "consent_wall", "section", "timeout", "timeout")):
        state = "failed" if reason == "timeout" else "ended"
        await make.lose(
            LIVELY, f"https://{LIVELY}.example/lost/{number}?q=<script>alert(1)</script>", state, reason, now - 5 * hour
        )
