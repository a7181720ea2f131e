"""An article that its site splits into several pages is one article, however it is reached."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.acceptance.support.played import rows
from tests.acceptance.support.site import dateline, environment
from tests.acceptance.support.web import Answer, sites

SITE = "http://long.test"
WORDS = ("harbour", "ferry", "lighthouse", "keeper", "island", "school", "winter", "survey", "slipway", "library")


def page(number: int, links: str, *, title: str = "A year on the island, told in parts", head: str = "") -> Answer:
    """A page of five numbered paragraphs."""
    paragraphs = "".join(
        f"<p>Part {n}: the {WORDS[n % 10]} board of Morrow met again about the {WORDS[(n + 3) % 10]}, and what it decided on"
        f" evening number {n} was read aloud to some {n + 20} people who had come over from the other shore.</p>"
        for n in range(5 * number - 4, 5 * number + 1)
    )
    return Answer(
        f"<html lang=en><head><meta charset=utf-8><title>{title} | Morrow Post</title><meta property=og:type content=article>"
        f"<meta property=article:published_time content=2026-05-04T09:30:00+02:00>{head}</head><body><main><article>"
        f"<h1>{title}</h1><p>By Ada Pell, 4 May 2026</p><div>{paragraphs}</div><div class=pages>{links}</div>"
        "</article></main><footer>Morrow Post</footer></body></html>".encode()
    )


PAGER = "".join(f"<a href='{path}'>{n}</a> " for n, path in enumerate(("/read", "/read/2", "/read/3"), 1))
SPLIT = {f"{SITE}/read": page(1, PAGER), f"{SITE}/read/2": page(2, PAGER), f"{SITE}/read/3": page(3, PAGER)}


def parts_of(text: str) -> list[int]:
    return [n for n in range(1, 40) if f"Part {n}:" in text]


@pytest.mark.parametrize("asked", ["/read", "/read/2", "/read/3"])
def test_all_pages_become_one_article_from_wherever_it_is_asked(database: str, tmp_path: Path, asked: str) -> None:
    with sites(SPLIT) as web:
        env = environment(database, web.port)
        crawled = dateline("crawl", SITE + asked, "--delay", "0", data_dir=tmp_path, env=env)
        assert crawled.returncode == 0
        [article] = rows(database, "SELECT url, text, warnings FROM news.articles")
        assert article["url"] == f"{SITE}/read"
        assert parts_of(article["text"]) == list(range(1, 16))
        assert article["warnings"] == []
        explained = dateline("explain", f"{SITE}/read/2", data_dir=tmp_path, env=env).stdout
        assert f"{SITE}/read" in explained
        assert "split" in explained
        before = rows(database, "SELECT text, revision FROM news.articles")
        again = dateline("reprocess", "--all", data_dir=tmp_path, env=env)
        assert again.returncode == 0, again.stderr
        assert rows(database, "SELECT text, revision FROM news.articles") == before
        dateline("crawl", f"{SITE}/read", f"{SITE}/read/3", "--delay", "0", data_dir=tmp_path, env=env)
    assert rows(database, "SELECT text, revision FROM news.articles") == before


@pytest.mark.parametrize("asked", [("/read/3", "/read/2", "/read"), ("/read/3", "/read/2")])
def test_pages_that_only_name_their_neighbours_are_one_article_in_any_order(
    database: str, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    heads = ("<link rel=next href=/read/2>", "<link rel=prev href=/read><link rel=next href=/read/3>")
    names = dict(zip(("/read", "/read/2", "/read/3"), (*heads, "<link rel=prev href=/read/2>"), strict=True))
    pages = {f"{SITE}{path}": page(n, "", head=head) for n, (path, head) in enumerate(names.items(), 1)}
    with sites(pages) as web:
        env = environment(database, web.port)
        for each in asked:
            dateline("crawl", SITE + each, "--delay", "0", data_dir=tmp_path, env=env)
    [article] = rows(database, "SELECT url, text FROM news.articles")
    assert (article["url"], parts_of(article["text"])) == (f"{SITE}/read", list(range(1, 16)))


def test_the_view_of_the_whole_article_is_preferred(database: str, tmp_path: Path) -> None:
    whole = Answer(b"".join(answer.body for answer in SPLIT.values()))
    links = PAGER + "<a href='/read?page=all'>Single page</a>"
    with sites({f"{SITE}/read": page(1, links), f"{SITE}/read?page=all": whole}) as web:
        dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=environment(database, web.port))
    [article] = rows(database, "SELECT url, text FROM news.articles")
    assert article["url"] == f"{SITE}/read"
    assert 1 in parts_of(article["text"])


def test_a_page_that_is_gone_leaves_the_others_with_a_note(database: str, tmp_path: Path) -> None:
    with sites({key: SPLIT[key] for key in (f"{SITE}/read", f"{SITE}/read/2")}) as web:
        dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=environment(database, web.port))
    [article] = rows(database, "SELECT text, warnings FROM news.articles")
    assert parts_of(article["text"]) == list(range(1, 11))
    assert article["warnings"] == ["only pages 1 to 2 of 3 were read (http_404)"]


def test_pages_that_a_warc_file_holds_are_joined_on_import(database: str, tmp_path: Path) -> None:
    with sites(SPLIT) as web:
        env = environment(database, web.port)
        dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path / "one", env=env)
        [file] = (tmp_path / "one").rglob("*.warc.gz")
        rows(database, "DELETE FROM dateline.article RETURNING id")
        rows(database, "DELETE FROM dateline.url RETURNING id")
        imported = dateline("import", str(file), data_dir=tmp_path / "two", env=env)
    assert imported.returncode == 0, imported.stderr
    [article] = rows(database, "SELECT url, text FROM news.articles")
    assert article["url"] == f"{SITE}/read"
    assert parts_of(article["text"]) == list(range(1, 16))


class FailsOnce(dict[str, Answer]):
    """Answers of which one is an error of the server the first time."""

    failing: str = ""

    def get(self, url: str, default: Answer | None = None) -> Answer | None:  # type: ignore[override]
        if url == self.failing:
            self.failing = ""
            return Answer(b"busy", "text/plain", 500)
        return super().get(url, default)


def test_a_page_that_fails_for_a_while_makes_the_article_wait_and_nothing_is_stored_in_part(
    database: str, tmp_path: Path
) -> None:
    answers = FailsOnce(SPLIT)
    answers.failing = f"{SITE}/read/3"
    with sites(answers) as web:
        env = environment(database, web.port)
        crawled = dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=env)
    assert crawled.returncode == 0, crawled.stderr
    [article] = rows(database, "SELECT text, revision FROM news.articles")
    assert parts_of(article["text"]) == list(range(1, 16))
    assert article["revision"] == 1
    results = rows(database, "SELECT result, reason FROM dateline.fetch WHERE reason <> 'part' ORDER BY id")
    assert [(row["result"], row["reason"]) for row in results] == [("retry", "http_500"), ("new", "new")]


def test_pagers_of_other_things_join_nothing(database: str, tmp_path: Path) -> None:
    pages = {
        f"{SITE}/story/1": page(1, "<a rel=next href='/story/2'>Next story</a>", title="Pier voted down"),
        f"{SITE}/story/2": page(
            2, "<a rel=prev href='/story/1'>Last story</a>", title="Seals are counted on the sandbanks"
        ),
        f"{SITE}/talk": page(3, "<a href='/talk?page=2'>2</a>", title="What readers say of the ferry"),
        f"{SITE}/talk?page=2": page(3, "<a href='/talk'>1</a>", title="What readers say of the ferry"),
    }
    with sites(pages) as web:
        env = environment(database, web.port)
        dateline("crawl", *pages, "--delay", "0", data_dir=tmp_path, env=env)
    found = {row["url"]: row for row in rows(database, "SELECT url, text, warnings FROM news.articles")}
    assert sorted(found) == [f"{SITE}/story/1", f"{SITE}/story/2", f"{SITE}/talk"]
    assert [parts_of(found[url]["text"]) for url in sorted(found)] == [
        [1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10],
        [11, 12, 13, 14, 15],
    ]
    assert all(row["warnings"] == [] for row in found.values())


def test_forgetting_takes_all_its_pages_from_the_archive(database: str, tmp_path: Path) -> None:
    with sites(SPLIT) as web:
        env = environment(database, web.port)
        dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=env)
        found = dateline("forget", f"{SITE}/read", "--yes", data_dir=tmp_path, env=env)
    assert found.returncode == 0, found.stderr
    assert rows(database, "SELECT url FROM news.articles") == []
    assert list(tmp_path.rglob("*.warc.gz"))
    urls = [
        record.headers.get("WARC-Target-URI")
        for file in tmp_path.rglob("*.warc.gz")
        for record in ArchiveIterator(BytesIO(file.read_bytes()), record_types=WarcRecordType.response)
    ]
    assert not any(url and url.startswith(f"{SITE}/read") for url in urls)


def emptied(shown: Answer) -> Answer:
    """The page without its story: its head, and the outlet's name where a reader looks for it."""
    head = shown.body.partition(b"</head>")[0] + b"<meta property=og:site_name content='Morrow Post'></head>"
    return Answer(head + b"<body><header><a href=/>Morrow Post</a></header><div id=root></div></body></html>")


@pytest.mark.parametrize(
    ("link", "path"), [("rel=amphtml", "/amp/read"), ("rel=alternate media=print", "/print?id=7")], ids=["amp", "print"]
)
def test_a_page_without_text_is_read_from_the_view_that_it_names(
    database: str, tmp_path: Path, link: str, path: str
) -> None:
    shell = emptied(page(1, "", head=f"<link {link} href='{path}'>"))
    view = page(1, "", head=f"<link rel=canonical href='{SITE}/read'>")
    with sites({f"{SITE}/read": shell, f"{SITE}{path}": view}) as web:
        env = environment(database, web.port)
        crawled = dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=env)
        assert crawled.returncode == 0, crawled.stdout + crawled.stderr
        [article] = before = rows(database, "SELECT url, text, revision FROM news.articles")
        assert (article["url"], parts_of(article["text"])) == (f"{SITE}/read", [1, 2, 3, 4, 5])
        again = dateline("reprocess", "--all", data_dir=tmp_path, env=env)
        assert again.returncode == 0, again.stderr
    assert rows(database, "SELECT url, text, revision FROM news.articles") == before
    assert dateline("forget", f"{SITE}/read", "--yes", data_dir=tmp_path, env=env).returncode == 0
    kept = [
        record.headers.get("WARC-Target-URI")
        for file in tmp_path.rglob("*.warc.gz")
        for record in ArchiveIterator(BytesIO(file.read_bytes()), record_types=WarcRecordType.response)
    ]
    assert not [url for url in kept if url and url.startswith(f"{SITE}{path[:6]}")]


@pytest.mark.parametrize("title", ["Seals are counted on the sandbanks", None], ids=["of another story", "not needed"])
def test_no_other_view_is_taken_for_the_page(database: str, tmp_path: Path, title: str | None) -> None:
    head = "<link rel=amphtml href='/amp/read'>"
    own = page(1, "", head=head)
    answers = {
        f"{SITE}/read": own if title is None else emptied(own),
        f"{SITE}/amp/read": page(2, "", title=title or ""),
    }
    with sites(answers) as web:
        dateline("crawl", f"{SITE}/read", "--delay", "0", data_dir=tmp_path, env=environment(database, web.port))
    found = rows(database, "SELECT text FROM news.articles")
    assert [parts_of(row["text"]) for row in found] == ([] if title else [[1, 2, 3, 4, 5]])
    assert (f"{SITE}/amp/read" in web.log) == (title is not None)
