"""What a feed says of its items is stored where their pages can't be read or may not be."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from dateline.clock import utc_now
from sql import query
from sql.database import connect
from sql.schema.migrate import migrate
from tests.acceptance.support.feeds import (
    FEED,
    FORBIDDEN,
    PUBLISHED,
    SITE,
    Item,
    Watch,
    feed,
    full,
    page,
    paragraphs,
    watching,
)
from tests.acceptance.support.site import dateline, environment, process
from tests.acceptance.support.web import Answer, sites

ARTICLES = "SELECT url, kind, text_origin, no_page_text_because, revision FROM dateline.article ORDER BY url"
SHELL = Answer(
    b"<html><head><title>Quay</title></head><body><div id=app></div><noscript>Please enable JavaScript to view this"
    b" page.</noscript><script src=/app.js></script></body></html>"
)
LOGIN = Answer(
    b"<html><head><title>Sign in</title></head><body><form action=/login method=post><h1>Sign in</h1><input name=user>"
    b"<input type=password name=password><button>Sign in</button></form></body></html>"
)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (FORBIDDEN, "http_403"),
        (Answer(b"gone", "text/plain", 404), "http_404"),
        (Answer(b"gone", "text/plain", 410), "http_410"),
        (Answer(b"pay", "text/plain", 402), "http_402"),
        (Answer(b"", status=200), "empty_body"),
        (Answer(b"%PDF-1.4", "application/pdf"), "not_html"),
        (SHELL, None),
        (LOGIN, None),
    ],
)
def test_an_item_whose_page_cant_be_read_is_stored_with_what_its_feed_says(
    database: str, tmp_path: Path, answer: Answer, reason: str | None
) -> None:
    answers = {FEED: feed(full("pier"), Item("slipway")), f"{SITE}/pier": answer, f"{SITE}/slipway": answer}

    async def scene(watch: Watch) -> None:
        pier, slipway = watch.rows(ARTICLES)
        assert pier[:3] == (f"{SITE}/pier", "article", "feed")
        assert slipway[:3] == (f"{SITE}/slipway", "headline", "none")
        assert pier[3] == slipway[3]
        assert reason is None or pier[3] == reason
        [(title, text, authors, tags, summary, published)] = watch.rows(
            "SELECT title, text, authors, tags, summary, published_at FROM news.articles"
        )
        assert (title, authors, tags) == ("News of the pier", ["Ada Pell"], ["harbour"])
        assert text.split("\n\n") == paragraphs("pier")
        assert (summary, published) == ("What the council of the quay said.", PUBLISHED)
        assert watch.rows("SELECT url, text_origin FROM news.headlines ORDER BY url") == [
            (f"{SITE}/pier", "feed"),
            (f"{SITE}/slipway", "none"),
        ]
        lines = watch.rows("SELECT state, reason, article_id IS NOT NULL FROM dateline.url")
        assert lines == [("ended", pier[3], True)] * 2

    watching(database, tmp_path, answers, scene)


def test_robots_that_forbid_pages_leave_the_feed_and_no_page_is_asked_for(database: str, tmp_path: Path) -> None:
    robots = Answer(b"User-agent: *\nAllow: /feed.xml\nDisallow: /\n", "text/plain")
    answers = {FEED: feed(full("pier")), f"{SITE}/pier": page("pier"), f"{SITE}/robots.txt": robots}

    async def scene(watch: Watch) -> None:
        assert watch.rows(ARTICLES) == [(f"{SITE}/pier", "article", "feed", "robots", 1)]
        assert watch.asked(f"{SITE}/pier") == 0

    watching(database, tmp_path, answers, scene)


def test_a_page_that_is_not_up_yet_is_asked_for_within_minutes_and_was_not_taken_down(
    database: str, tmp_path: Path
) -> None:
    names = ("pier", "slipway")
    answers = {FEED: feed(full("pier"), Item("slipway"))}

    async def scene(watch: Watch) -> None:
        assert [line[:3] for line in watch.rows(ARTICLES)] == [
            (f"{SITE}/pier", "article", "feed"),
            (f"{SITE}/slipway", "headline", "none"),
        ]
        assert watch.rows("SELECT DISTINCT removed_at FROM dateline.article") == [(None,)]
        watch.answers |= {f"{SITE}/{name}": page(name) for name in names}
        await watch.visit(0.25)
        assert watch.rows(ARTICLES) == [(f"{SITE}/{name}", "article", "page", None, 2) for name in names]

    watching(database, tmp_path, answers, scene, recheck_ages=("1h", "1d", "7d"))


def test_a_page_that_opens_later_is_a_revision_of_the_same_article(database: str, tmp_path: Path) -> None:
    names = ("pier", "slipway")
    answers = {FEED: feed(full("pier"), Item("slipway"))} | {f"{SITE}/{name}": FORBIDDEN for name in names}

    async def scene(watch: Watch) -> None:
        before = watch.rows("SELECT id FROM dateline.article ORDER BY url")
        watch.answers |= {f"{SITE}/{name}": page(name) for name in names}
        await watch.visit(7 * 24)
        assert watch.rows(ARTICLES) == [(f"{SITE}/{name}", "article", "page", None, 2) for name in names]
        assert watch.rows("SELECT id FROM dateline.article ORDER BY url") == before
        revisions = watch.rows("SELECT number, cause, text_origin FROM news.revisions ORDER BY url, number")
        assert revisions == [(1, "first", "feed"), (2, "opened", "page"), (1, "first", "none"), (2, "opened", "page")]

    watching(database, tmp_path, answers, scene, recheck_ages=("1h", "1d", "7d"))


def test_what_a_feed_adds_within_minutes_is_taken_an_hour_after_the_page_was_asked_for(
    database: str, tmp_path: Path
) -> None:
    answers = {FEED: feed(Item("slipway")), f"{SITE}/slipway": FORBIDDEN}

    async def scene(watch: Watch) -> None:
        watch.answers[FEED] = feed(full("slipway"))
        await watch.visit(0.2, feed=True)
        assert watch.asked(f"{SITE}/slipway") == 1
        await watch.visit(1)
        assert watch.rows(ARTICLES) == [(f"{SITE}/slipway", "article", "feed", "http_403", 2)]

    watching(database, tmp_path, answers, scene, recheck_ages=())


def test_whatever_happens_to_a_page_and_its_feed_in_any_order_an_item_is_one_article(
    database: str, tmp_path: Path
) -> None:
    """The page opens, is closed, is taken down afterwards, the feed has more: in each order, whether page or feed was first.

    What the feed adds once a page that was read has closed is not taken.
    """
    events = ("opens", "is_closed", "is_gone", "feed_grows")
    chosen = [one for one in itertools.permutations(events) if one.index("is_closed") < one.index("is_gone")]
    orders = {f"pier{n}": order for n, order in enumerate(chosen)}
    items = {name: full(name) for name in orders}
    answers = {FEED: feed(*items.values())}
    answers |= {f"{SITE}/{name}": page(name) if n % 2 else FORBIDDEN for n, name in enumerate(orders)}
    known = "SELECT url, id FROM dateline.article ORDER BY url"

    def happens(event: str, name: str, at: dt.datetime) -> Answer:
        if event == "feed_grows":
            items[name] = replace(items[name], content=tuple(paragraphs(name, 12)), updated=at)
        closed = {"is_closed": FORBIDDEN, "is_gone": Answer(b"gone", "text/plain", 410)}
        return page(name) if event == "opens" else closed.get(event, answers[f"{SITE}/{name}"])

    def takes_what_is_added(order: tuple[str, ...], was_open: bool) -> bool:
        before = order[: order.index("feed_grows")]
        last = before[-1] if before else "opens" if was_open else "is_closed"
        return last == "opens" or not (was_open or "opens" in before)

    async def scene(watch: Watch) -> None:
        first = watch.rows(known)
        assert len(first) == len(orders)
        for step, hours in enumerate((2, 24, 7 * 24, 30 * 24)):
            at = utc_now() + watch.ahead
            watch.answers |= {f"{SITE}/{name}": happens(order[step], name, at) for name, order in orders.items()}
            watch.answers[FEED] = feed(*items.values())
            await watch.visit(hours, feed=True)
            await watch.visit(1)
            assert watch.rows(known) == first, "one article, and the same one"
            texts = dict(watch.rows("SELECT url, text FROM dateline.article"))
            lost = [name for name in orders if not all(one in texts[f"{SITE}/{name}"] for one in paragraphs(name))]
            assert lost == [], "no text gets lost"
        numbers = (
            "SELECT a.url FROM dateline.article a LEFT JOIN dateline.revision r ON r.article_id = a.id "
            "GROUP BY a.id HAVING a.revision <> count(r.number) + 1"
        )
        assert watch.rows(numbers) == []
        grown = {name for name in orders if paragraphs(name, 12)[-1] in texts[f"{SITE}/{name}"]}
        assert grown >= {name for n, name in enumerate(orders) if takes_what_is_added(orders[name], n % 2 == 1)}

    watching(database, tmp_path, answers, scene, recheck_ages=("1h", "1d", "7d", "30d"))


@pytest.mark.parametrize("is_known", [False, True])
def test_an_item_whose_address_leads_to_its_page_later_is_one_article(
    database: str, tmp_path: Path, is_known: bool
) -> None:
    """Whether or not the page is already known under its own address."""
    item = full("pier", url=f"{SITE}/?p=17")
    answers = {FEED: feed(item), item.link: FORBIDDEN}

    async def scene(watch: Watch) -> None:
        watch.answers[f"{SITE}/2026/05/04/word-on-the-pier-put-off"] = page("pier", texts=tuple(paragraphs("pier", 12)))
        if is_known:
            watch.answers[FEED] = feed(Item("pier", url=f"{SITE}/2026/05/04/word-on-the-pier-put-off"))
            await watch.visit(1, feed=True)
        watch.answers[item.link] = Answer(b"", status=301, location="/2026/05/04/word-on-the-pier-put-off")
        await watch.visit(7 * 24)
        found = watch.rows("SELECT url, text_origin FROM dateline.article")
        assert found == [(f"{SITE}/2026/05/04/word-on-the-pier-put-off", "page")]
        assert watch.rows("SELECT count(DISTINCT article_id) FROM dateline.url") == [(1,)]
        assert watch.rows("SELECT url, why FROM dateline.alias") == [(item.link, "redirect")]
        assert watch.rows("SELECT revision FROM dateline.article") == [(1 if is_known else 2,)]

    watching(database, tmp_path, answers, scene, recheck_ages=("7d",))


def test_the_longer_text_that_holds_the_other_wins_and_says_so(database: str, tmp_path: Path) -> None:
    longer = tuple(paragraphs("slipway", 14))
    answers = {
        FEED: feed(full("pier"), full("slipway", content=longer), full("beacon")),
        f"{SITE}/pier": page("pier", texts=tuple(paragraphs("pier", 12))),
        f"{SITE}/slipway": page("slipway", texts=longer[:5]),
        f"{SITE}/beacon": page("beacon", texts=tuple(paragraphs("lamp"))),
    }

    async def scene(watch: Watch) -> None:
        assert [row[2:4] for row in watch.rows(ARTICLES)] == [
            ("page", None),
            ("page", None),
            ("feed", "feed_says_more"),
        ]
        texts = [row[0].split("\n\n") for row in watch.rows("SELECT text FROM news.articles ORDER BY url")]
        assert texts == [paragraphs("lamp"), paragraphs("pier", 12), list(longer)]
        held = watch.rows(
            "SELECT u.url, content IS NULL FROM dateline.feed_item JOIN dateline.url u ON u.id = url_id ORDER BY 1"
        )
        assert held == [(f"{SITE}/beacon", False), (f"{SITE}/pier", True), (f"{SITE}/slipway", False)]
        await watch.visit(7 * 24)
        assert watch.rows("SELECT DISTINCT revision FROM dateline.article") == [(1,)]

    watching(database, tmp_path, answers, scene, recheck_ages=("7d",))


def test_a_source_without_pages_is_its_feed(database: str, tmp_path: Path) -> None:
    answers = {FEED: feed(full("pier"), Item("slipway")), f"{SITE}/pier": page("pier")}

    async def scene(watch: Watch) -> None:
        expected = [("article", "feed", "pages_off", 1), ("headline", "none", "pages_off", 1)]
        assert [row[1:] for row in watch.rows(ARTICLES)] == expected
        changed = full("pier", content=(*paragraphs("pier"), "The survey is put off once more, to the day after."))
        watch.answers[FEED] = feed(changed, Item("slipway"))
        await watch.visit(30, feed=True)
        assert watch.rows("SELECT number, cause FROM news.revisions WHERE is_present") == [(2, "publisher")]
        assert watch.asked(f"{SITE}/pier") == watch.asked(f"{SITE}/slipway") == 0

    watching(database, tmp_path, answers, scene, fetch_pages=False, recheck_ages=("1h",))


def test_a_teaser_never_takes_the_place_of_a_text(database: str, tmp_path: Path) -> None:
    """A feed that shortens its items later, and a page that is refused after it was read."""
    answers = {FEED: feed(full("pier"), full("slipway")), f"{SITE}/pier": FORBIDDEN, f"{SITE}/slipway": page("slipway")}

    async def scene(watch: Watch) -> None:
        before = watch.rows(ARTICLES)
        watch.answers |= {f"{SITE}/slipway": FORBIDDEN}
        later = utc_now()
        watch.answers[FEED] = feed(Item("pier", updated=later), full("slipway", updated=later))
        await watch.visit(30, feed=True)
        assert watch.rows(ARTICLES) == before
        assert watch.asked(f"{SITE}/slipway") == 2

    watching(database, tmp_path, answers, scene, recheck_ages=())


def test_a_feed_of_another_site_lends_its_words_to_no_page(database: str, tmp_path: Path) -> None:
    other = "http://victim.test/pier"
    answers = {FEED: feed(full("pier", url=other)), other: FORBIDDEN}

    async def scene(watch: Watch) -> None:
        await watch.visit(host="victim.test")
        assert watch.rows("SELECT url, reason, article_id FROM dateline.url") == [(other, "http_403", None)]
        assert watch.rows("SELECT 1 FROM dateline.feed_item") == []
        assert watch.rows("SELECT 1 FROM news.headlines") == []

    watching(database, tmp_path, answers, scene)


def test_killed_crawls_leave_each_item_once(database: str, tmp_path: Path) -> None:
    """Killed when a few more items are committed; then the pages open, and it is killed again."""
    names = sorted(f"pier{n}" for n in range(24))
    origins = {name: "feed" if int(name[4:]) % 2 else "none" for name in names}
    items = [full(name) if origin == "feed" else Item(name) for name, origin in origins.items()]
    answers = {FEED: feed(*items)} | {f"{SITE}/{name}": FORBIDDEN for name in names}
    stored = "SELECT url, text_origin, revision FROM dateline.article ORDER BY url"
    with sites(answers, pause_s=0.02) as web, connect(database, autocommit=True) as connection:
        env = environment(database, web.port)
        kill_while(database, tmp_path, env, "SELECT count(*) FROM dateline.article", (2, 13))
        assert dateline("crawl", FEED, "--delay", "0", data_dir=tmp_path, env=env).returncode == 0
        assert connection.execute(stored).fetchall() == [(f"{SITE}/{name}", origins[name], 1) for name in names]
        assert connection.execute("SELECT count(*) FROM dateline.revision").fetchone() == (0,)
        answers |= {f"{SITE}/{name}": page(name) for name in names}
        done = "SELECT count(*) FROM dateline.article WHERE text_origin = 'page'"
        pages = [f"{SITE}/{name}" for name in names]
        kill_while(database, tmp_path, env, done, (9,), *pages)
        assert dateline("crawl", *pages, "--delay", "0", data_dir=tmp_path, env=env).returncode == 0
        assert connection.execute(stored).fetchall() == [(url, "page", 2) for url in pages]
        assert connection.execute("SELECT count(*) FROM dateline.revision").fetchone() == (24,)


def kill_while(
    database: str, folder: Path, env: dict[str, str], counted: str, counts: tuple[int, ...], *urls: str
) -> None:
    """Crawl, and kill the crawl (SIGKILL) when the count has been reached; for each count once."""
    command = ("crawl", *(urls or (FEED,)), "--delay", "0")
    with connect(database, autocommit=True) as connection:
        for wanted in counts:
            with process(*command, data_dir=folder, env=env, log=folder / "crawl.log") as crawl:
                end = time.monotonic() + 90
                while (connection.execute(counted.encode()).fetchone() or (0,))[0] < wanted and crawl.poll() is None:
                    assert time.monotonic() < end
                    time.sleep(0.01)


def test_explain_search_export_import_and_forget_know_what_feeds_said(
    database: str, empty_database: str, tmp_path: Path
) -> None:
    answers = {FEED: feed(full("pier"), Item("slipway")), f"{SITE}/pier": FORBIDDEN, f"{SITE}/slipway": FORBIDDEN}
    with sites(answers) as web:
        env = environment(database, web.port)

        def run(*words: str) -> str:
            done = dateline(*words, data_dir=tmp_path, env=env)
            assert done.returncode == 0, done.stderr
            return done.stdout + done.stderr

        assert "as their feeds have them: 2" in run("crawl", FEED, "--delay", "0")
        explained = run("explain", f"{SITE}/pier")
        assert "its text is from its site's own feed; the page: the host answered with status 403" in explained
        assert "Its page was not stored" in explained
        assert "The headline: News of the slipway" in run("explain", f"{SITE}/slipway")
        found = run("search", "council")
        assert "its text is from its site's own feed" in found
        assert "not counted: 1 headline without" in found
        exported = run("export", "--query", "council", "-o", str(tmp_path / "council.csv"))
        assert "1 row written" in exported
        assert "not counted: 1 headline without" in exported
        assert "News of the slipway" in run("search", "council kind:headline")
        lines = tmp_path / "all.jsonl"
        run("export", "articles", "--query", "origin:page,feed,none", "--format", "jsonl", "-o", str(lines))
        migrate(empty_database)
        imported = dateline("import", str(lines), data_dir=tmp_path, env=environment(empty_database, web.port))
        assert imported.returncode == 0, imported.stderr
        origins = "SELECT url, title, text, kind, text_origin, no_page_text_because FROM dateline.article ORDER BY url"
        with connect(database) as here, connect(empty_database) as there:
            assert there.execute(origins.encode()).fetchall() == here.execute(origins.encode()).fetchall()
        run("forget", f"{SITE}/pier", "--yes")
        run("forget", f"{SITE}/slipway", "--yes")
    with connect(database) as connection:
        for table in ("dateline.article", "dateline.feed_item", "news.headlines"):
            assert connection.execute(f"SELECT 1 FROM {table}".encode()).fetchall() == [], table


def test_retention_lets_the_feeds_html_go_and_keeps_the_text(database: str, tmp_path: Path) -> None:
    answers = {FEED: feed(full("pier")), f"{SITE}/pier": FORBIDDEN}

    async def scene(watch: Watch) -> None:
        watch.rows("UPDATE dateline.feed_item SET seen_at = seen_at - interval '100 days' RETURNING 1")
        with connect(database, autocommit=True) as connection:
            connection.execute(query("service", "prune"), {"days": 90})
        assert watch.rows("SELECT content FROM dateline.feed_item") == [(None,)]
        assert [text.split("\n\n") for (text,) in watch.rows("SELECT text FROM news.articles")] == [paragraphs("pier")]
        watch.answers[f"{SITE}/pier"] = page("pier")
        await watch.visit(2)
        assert watch.rows(ARTICLES) == [(f"{SITE}/pier", "article", "page", None, 2)]

    watching(database, tmp_path, answers, scene, recheck_ages=("1h",))


def test_hostile_texts_of_a_feed_are_bounded_and_cost_no_other_item_its_place(database: str, tmp_path: Path) -> None:
    """Deep nesting, scripts, NUL, and a text of megabytes."""
    deep = "<div>" * 50_000 + "".join(f"<p>{one}</p>" for one in paragraphs("deep"))
    texts = {"deep": deep, "long": f"<p>{'word ' * 500_000}</p>", "odd": "<p>\x7f\ufffe\u202eword</p>" * 300}
    bodies = "".join(
        f"<item><title>Of {name}</title><link>{SITE}/{name}</link><content:encoded>{escape(text)}</content:encoded></item>"
        for name, text in texts.items()
    )
    head = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Quay</title>"
    answers = {FEED: Answer(f"{head}{bodies}</channel></rss>".encode("utf-8", "replace"), "application/rss+xml")}

    async def scene(watch: Watch) -> None:
        assert watch.rows("SELECT count(*) FROM dateline.article") == [(3,)]
        assert watch.rows("SELECT max(length(content)) <= 200000, count(*) FROM dateline.feed_item") == [(True, 3)]
        assert watch.rows("SELECT max(length(text)) <= 200000 FROM dateline.article") == [(True,)]
        assert watch.rows("SELECT 1 FROM dateline.url WHERE state = 'pending'") == []

    watching(database, tmp_path, answers, scene)
