"""`dateline import`'s steps on a real PostgreSQL: JSON lines and WARC files, twice, in any order, with bad inputs among them."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest
from psycopg.rows import tuple_row

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.config import Settings
from dateline.urls import host_of
from scheduler.commands.import_files import read_file, run_import
from scheduler.commands.import_lines import Incoming, UnreadableInput, read_line
from sql.database import connect, open_pool
from sql.service.leases import Upkeep
from tests.acceptance.support.site import article
from tests.integration.conftest import WORDS, Desk
from tests.integration.pipelines.test_hearsay import line, name

pytestmark = pytest.mark.usefixtures("warm_parsers")

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://index.test/2026/05/04/report-1.html"


def rows(database: str, statement: str) -> list[tuple[object, ...]]:
    with connect(database) as connection, connection.cursor(row_factory=tuple_row) as cur:
        return cur.execute(statement.encode()).fetchall()


def lines(*articles: dict[str, object]) -> str:
    return "\n".join(json.dumps(one) for one in articles) + "\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, extraction_workers=1)


async def test_lines_become_articles_copies_and_final_states(database: str, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    stream: list[dict[str, object]] = [
        {
            "url": f"https://site{n}.test/pier",
            "title": "Pier",
            "text": WORDS,
            "published_at": f"2026-05-04T{8 + n:02}:00:00+02:00",
        }
        for n in range(4)
    ]
    stream.append({"url": "https://site0.test/empty", "title": "Nothing", "text": ""})
    random.shuffle(stream)
    file.write_text(lines(*stream) + "not json\n", encoding="utf-8")
    first = await run_import(settings, database, [file])
    assert (first.to_json()["new"], first.rejected, len(first.unreadable)) == (4, {"no_text": 1}, 1)
    assert first.to_json()["copies"] == 3, "whichever was read first"
    again = await run_import(settings, database, [file])
    assert (again.to_json()["new"], again.to_json()["unchanged"]) == (0, 4)
    assert rows(database, "SELECT original_url, count(*) FROM news.copies GROUP BY 1") == [
        ("https://site0.test/pier", 3)
    ]
    assert rows(database, "SELECT count(*) FROM news.ledger WHERE state = 'pending'") == [(0,)]
    assert rows(database, "SELECT DISTINCT language, published_offset_s FROM news.articles") == [("en", 7200)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
async def test_json_lines_of_any_encoding_lose_no_line(
    database: str, settings: Settings, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "in.jsonl"
    stream = [{"url": f"https://site{n}.test/pier", "title": f"Łódź {n}", "text": f"{n} {WORDS}"} for n in range(3)]
    file.write_text(lines(*stream).replace("\n", "\r\n"), encoding=encoding, newline="")
    summary = await run_import(settings, database, [file])
    assert (summary.to_json()["new"], len(summary.unreadable)) == (3, 0)


async def test_pages_of_a_warc_are_read_and_stored(database: str, settings: Settings, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "warc")
    for n in range(5):
        url = f"https://index.test/2026/05/04/report-{n}.html"
        head = [("Content-Type", "text/html; charset=utf-8")]
        archive.write(WarcExchange(url, url, 200, "OK", head, article(n).encode(), NOW))
    archive.close()
    files = sorted((tmp_path / "warc").glob("*.warc.gz"))
    summary = await run_import(settings, database, files)
    assert summary.to_json()["new"] == 5
    found = rows(database, "SELECT title, published_at IS NOT NULL, word_count > 100 FROM news.articles ORDER BY url")
    assert [(str(title).split(":")[0], dated, long) for title, dated, long in found] == [
        (f"Report {n}", True, True) for n in range(5)
    ]


async def test_copies_are_counted_alike_in_every_format_and_order(
    database: str, settings: Settings, tmp_path: Path
) -> None:
    """The copy is read before its original: only at the end is it known which one it is."""
    archive, told = Archive(tmp_path / "warc"), []
    for site, hour in (("echo", 11), ("wire", 8)):
        url = f"https://{site}.test/2026/05/04/pier.html"
        page = article(7).replace("2026-05-04T07:00", f"2026-05-04T{hour:02}:00")
        archive.write(WarcExchange(url, url, 200, "OK", [("Content-Type", "text/html")], page.encode(), NOW))
        at = f"2026-05-04T{hour:02}:00:00+02:00"
        told.append({"url": url.replace("pier", "lines"), "title": "Pier", "text": WORDS * 2, "published_at": at})
    archive.close()
    (tmp_path / "in.jsonl").write_text(lines(*told))
    pages = await run_import(settings, database, sorted((tmp_path / "warc").glob("*.warc.gz")))
    texts = await run_import(settings, database, [tmp_path / "in.jsonl"])
    assert [(one.to_json()["new"], one.to_json()["copies"]) for one in (pages, texts)] == [(2, 1), (2, 1)]
    assert rows(database, "SELECT count(*) FROM news.copies") == [(2,)]
    async with open_pool(database) as pool:
        stored = [(one.reason, one.urls) for one in await Upkeep(pool).ledger_counts() if one.state == "stored"]
        assert (stored, (await Upkeep(pool).figures()).copies) == ([("new", 4)], 2)


async def test_a_page_of_a_warc_is_read_where_it_can_be_killed(database: str, tmp_path: Path) -> None:
    """Read in the loop in place of the parser pool, neither was refused."""
    archive = Archive(tmp_path / "warc")
    for n in range(2):
        url = f"https://index.test/2026/05/04/report-{n}.html"
        long = article(n) + "<p>The pier is long, and so is the report on it.</p>" * 20_000
        archive.write(WarcExchange(url, url, 200, "OK", [("Content-Type", "text/html")], long.encode(), NOW))
    archive.close()
    settings = Settings(data_dir=tmp_path, extraction_workers=1, parse_deadline_s=0.0001)
    summary = await run_import(settings, database, sorted((tmp_path / "warc").glob("*.warc.gz")))
    assert summary.rejected == {"parse_timeout": 2}


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[1]",
        b'{"title": "no url"}',
        b'{"url": 7}',
        b'{"url": "ftp://a.test/x"}',
        b'{"url": "javascript:x"}',
    ],
)
def test_line_without_an_article_names_the_reason(line: bytes) -> None:
    found = read_line(line, 3, now=NOW)
    assert isinstance(found, UnreadableInput)
    assert found.place == 3
    assert found.why


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.test/pier#comments", "https://a.test/pier"),
        ("https://a.test/pier#", "https://a.test/pier"),
        ("https://a.test/app#!/pier", "https://a.test/app#!/pier"),
        ("https://reader:secret@a.test/pier", "https://a.test/pier"),
        ("https://a.test/pier?n=1", "https://a.test/pier?n=1"),
    ],
)
def test_an_imported_address_names_the_page_only(given: str, kept: str) -> None:
    found = read_line(json.dumps({"url": given, "text": WORDS}).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert (found.page.url, found.page.final_url, found.found.url) == (kept, kept, kept)


@pytest.mark.parametrize(
    "row",
    [
        {"maintext": WORDS, "date_publish": "2026-05-04 08:00:00", "description": "Short.", "authors": ["Ada May"]},
        {"text": WORDS, "publish_date": "2026-05-04T08:00:00", "byline": "Ada May", "description": "Short."},
        {
            "plaintext": WORDS,
            "publishing_date": "2026-05-04 08:00:00+00:00",
            "author": ["Ada May"],
            "summary": "Short.",
        },
        {
            "text": WORDS,
            "maintext": "",
            "published_at": "2026-05-04T08:00Z",
            "authors": ["Ada May"],
            "summary": "Short.",
        },
    ],
)
def test_the_names_that_other_extractors_give_the_fields_are_read(row: dict[str, object]) -> None:
    read = read_line(json.dumps({"url": "https://a.test/x", **row}).encode(), 1, now=NOW)
    assert isinstance(read, Incoming)
    found = read.found
    assert found is not None and found.published is not None
    at = found.published.at.isoformat()
    assert (found.text, at, found.authors, found.summary) == (
        WORDS,
        "2026-05-04T08:00:00+00:00",
        ("Ada May",),
        "Short.",
    )


def test_what_cannot_be_read_is_found_by_what_the_file_consists_of(tmp_path: Path) -> None:
    listed, lined, warc = tmp_path / "list.json", tmp_path / "lines.jsonl", tmp_path / "pages.warc"
    listed.write_text('[\n\n\n{"url": "https://a.test/x", "text": "t"},\n{"title": "none"}\n]\n')
    lined.write_text('\n{"url": "https://a.test/x", "text": "t"}\nnonsense\n')
    whole = _warc_record(
        b"https://reader:secret@a.test/pier#top", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nWords"
    )
    warc.write_bytes(whole + _warc_record(b"https://a.test/y", b"nonsense\r\n\r\n"))
    found = [one for file in (listed, lined, warc) for one in read_file(file, now=NOW)]
    places = [(Path(one.file).name, one.unit, one.place) for one in found if isinstance(one, UnreadableInput)]
    assert places == [
        ("list.json", "entry", 2),
        ("lines.jsonl", "line", 3),
        ("pages.warc", "record at byte", len(whole)),
    ]
    pages = [one.page for one in found if isinstance(one, Incoming)]
    assert [page.final_url for page in pages] == ["https://a.test/x", "https://a.test/x", "https://a.test/pier"]


def _warc_record(url: bytes, block: bytes) -> bytes:
    head = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
    head += b"WARC-Date: 2026-05-04T10:00:00Z\r\nContent-Type: application/http;msgtype=response\r\n"
    head += b"WARC-Target-URI: " + url + b"\r\nContent-Length: %d\r\n\r\n" % len(block)
    return head + block + b"\r\n\r\n"


def test_odd_fields_are_dropped_and_the_rest_is_kept() -> None:
    row = {
        "url": "https://a.test/x",
        "text": "t",
        "authors": ["A", 7],
        "tags": "one",
        "published_at": "soon",
        "kind": "poem",
    }
    found = read_line(json.dumps(row).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert (found.found.authors, found.found.tags, found.found.published, found.found.kind) == (
        ("A",),
        ("one",),
        None,
        "article",
    )


@pytest.mark.parametrize(
    ("line", "precision"),
    [
        ({"published_at": "2026-05-04"}, "day"),
        ({"published_at": "2026-05-04T09:30:00"}, "local"),
        ({"published_at": "2026-05-04T09:30:00Z"}, "minute"),
        ({"published_at": "2026-05-04T00:00:00+00:00", "published_precision": "day"}, "day"),
        ({"published_at": "2026-05-04T09:30:00+00:00", "published_precision": "local"}, "local"),
    ],
)
def test_a_lines_date_is_as_exact_as_it_is_written_or_as_the_line_says(line: dict[str, str], precision: str) -> None:
    found = read_line(json.dumps({"url": "https://a.test/x", "text": WORDS} | line).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert found.found.published is not None
    assert found.found.published.precision == precision


@pytest.mark.parametrize(
    "written",
    [
        1777886640,
        1777886640.25,
        1777886640000,
        "1777886640",
        "Mon, 04 May 2026 09:24:00 GMT",
        "2026-05-04t09:24:00z",
        "2026-05-04 11:24:00 +0200",
        "May 4, 2026, 9:24 AM UTC",
    ],
)
def test_a_date_is_read_as_other_programs_write_it(written: object) -> None:
    line = json.dumps({"url": "https://a.test/x", "text": WORDS, "published_at": written})
    found = read_line(line.encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert found.found.published is not None
    assert found.found.published.at == dt.datetime(2026, 5, 4, 9, 24, tzinfo=dt.UTC)


@pytest.mark.parametrize(("given", "code"), [("EN-gb", "en"), ("pt_BR", "pt"), ("english", "en"), ("", "en")])
def test_a_language_is_stored_as_its_code(given: str, code: str) -> None:
    text = (
        "The council of the town met on Monday to talk about the ferry, and the harbour board was against the new plan. "
        * 3
    )
    found = read_line(json.dumps({"url": "https://a.test/x", "text": text, "language": given}).encode(), 1, now=NOW)
    assert isinstance(found, Incoming)
    assert found.found is not None
    assert found.found.language == code


async def test_a_copy_imported_later_with_an_earlier_date_is_not_the_original(
    database: str, settings: Settings, tmp_path: Path
) -> None:
    for site, published in (("paper", "2026-05-04T08:00:00Z"), ("thief", "2026-05-03T08:00:00Z")):
        file = tmp_path / f"{site}.jsonl"
        line = {"url": f"https://{site}.test/x", "title": "Pier", "text": WORDS, "published_at": published}
        file.write_text(lines(line), encoding="utf-8")
        await run_import(settings, database, [file])
    assert rows(database, "SELECT original_site, first_by FROM news.copies") == [(None, "unknown")]


@pytest.mark.parametrize("kind", ["line", "older page", "newer page"])
async def test_an_import_replaces_no_page_that_was_read_at_its_site_later(
    desk: Desk, database: str, settings: Settings, tmp_path: Path, kind: str
) -> None:
    """Else a file of last year, or of a stranger, would be the publisher's latest edit."""
    await desk.put(URL, WORDS * 2, title="As it is now", now=NOW)
    with connect(database, autocommit=True) as connection:
        connection.execute("UPDATE dateline.article SET removed_at = %s", [NOW])
    if kind == "line":
        files = [tmp_path / "in.jsonl"]
        files[0].write_text(
            lines({"url": URL, "title": "Forged", "text": f"Forged. {WORDS}", "modified_at": "2026-12-01"})
        )
    else:
        fetched = NOW + dt.timedelta(days=1 if kind == "newer page" else -300)
        files = warc_of(tmp_path / "warc", article(1), fetched)
    summary = await run_import(settings, database, files)
    found = rows(database, "SELECT title, revision, removed_at IS NULL FROM dateline.article")
    if kind == "newer page":
        assert (summary.to_json()["changed"], found[0][1:]) == (1, (2, True))
        return
    assert (summary.to_json()["unchanged"], found) == (1, [("As it is now", 1, False)])
    assert rows(database, "SELECT reason FROM dateline.url") == [("older",)]


@pytest.mark.parametrize("is_known", [True, False])
async def test_imports_replace_each_other_until_the_page_is_read_at_its_site(
    desk: Desk, database: str, settings: Settings, tmp_path: Path, is_known: bool
) -> None:
    """A feed that names the page has not read it: else the later of two files would count as older than the first."""
    if is_known:
        await name(desk, "https://index.test/feed", URL)
    for days in (-700, -300):
        body = article(1).replace("Report 1", f"Report {-days}")
        await run_import(settings, database, warc_of(tmp_path / f"{days}", body, NOW + dt.timedelta(days=days)))
    assert rows(database, "SELECT title LIKE 'Report 300%', revision FROM dateline.article") == [(True, 2)]
    read_at = NOW + dt.timedelta(days=2000)
    await name(desk, "https://index.test/feed", URL, modified_at=read_at, now=read_at)
    (due,) = await desk.frontier.due_urls(host_of(URL), None, read_at + dt.timedelta(days=1))
    await desk.put(URL, WORDS * 2, title="As it is now", due=due, now=read_at)
    await run_import(settings, database, warc_of(tmp_path / "late", article(1), NOW))
    assert rows(database, "SELECT title, revision FROM dateline.article") == [("As it is now", 3)]


async def test_archives_that_were_fetched_after_a_page_was_read_count_one_after_the_other(
    desk: Desk, database: str, settings: Settings, tmp_path: Path
) -> None:
    """The day of the first import is not the day on which the page was seen."""
    await desk.put(URL, WORDS * 2, title="As it was", now=NOW - dt.timedelta(days=300))
    for days in (200, 100):
        body = article(1).replace("Report 1", f"Report {days}")
        await run_import(settings, database, warc_of(tmp_path / f"{days}", body, NOW - dt.timedelta(days=days)))
    assert rows(database, "SELECT title LIKE 'Report 100%', revision FROM dateline.article") == [(True, 3)]


def warc_of(folder: Path, body: str, fetched: dt.datetime) -> list[Path]:
    """An archive of one page."""
    with Archive(folder) as archive:
        archive.write(WarcExchange(URL, URL, 200, "OK", [("Content-Type", "text/html")], body.encode(), fetched))
    return sorted(folder.glob("*.warc.gz"))


async def test_a_record_of_the_future_or_of_an_error_changes_nothing(
    database: str, settings: Settings, tmp_path: Path, desk: Desk
) -> None:
    """Anybody can write them: 2099 is later than whatever was read, and an error's words are not the article's."""
    await desk.put(URL)
    archive, html = Archive(tmp_path / "warc"), [("Content-Type", "text/html")]
    for url, status, year in ((URL, 200, 2099), (URL, 410, 2026), (URL.replace("1", "2"), 404, 2026)):
        at = dt.datetime(year, 11, 1, tzinfo=dt.UTC)
        archive.write(WarcExchange(url, url, status, "Said", html, article(3).encode(), at))
    archive.close()
    summary = await run_import(settings, database, sorted((tmp_path / "warc").glob("*.warc.gz")))
    assert (summary.to_json()["unchanged"], summary.rejected) == (1, {"http_410": 1, "http_404": 1})
    assert rows(database, "SELECT url, revision, text FROM dateline.article") == [(URL, 1, WORDS)]


async def test_what_an_import_gave_is_read_at_its_site_once_the_sites_own_feed_names_it(
    database: str, settings: Settings, tmp_path: Path, desk: Desk
) -> None:
    """Anybody can write a file: without that a forged one would keep the page itself out."""
    file = tmp_path / "in.jsonl"
    file.write_text(lines({"url": URL, "title": "Forged", "text": WORDS + "The mayor resigned. "}), encoding="utf-8")
    await run_import(settings, database, [file])
    assert await name(desk, "https://thief.test/feed", URL) == 0
    assert await name(desk, f"https://{host_of(URL)}/feed", URL) == 1
    await desk.put(URL, title="As it is", due=await line(desk, URL))
    assert rows(database, "SELECT title, text, revision FROM dateline.article") == [("As it is", WORDS, 2)]
    assert await name(desk, f"https://{host_of(URL)}/feed", URL) == 0
