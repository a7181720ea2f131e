"""`from dateline import Archive`: one contract over the settings' database, a database URL, and a console over HTTP."""

from __future__ import annotations

import datetime as dt
import gc
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow
import pytest

import dateline
from dateline import Archive
from dateline.api.endpoints import BY_NAME
from dateline.api.parameters import OfHits
from dateline.api.places import OverHttp
from dateline.api.records import Article, CopyLine, HourLine, Period, Revision, WatchLine
from dateline.console.access.secrets import hash_of_token, new_token
from dateline.errors import ConfigError, DatabaseError, RemoteError, UsageError
from sql.articles.stories import OutletRow, StoryRow
from sql.database import connect
from sql.frontier.explain import UrlFacts
from sql.frontier.sources import ListedSource
from sql.service.access import add_token
from tests.browser.archive import LIVELY, LOST, QUIET, REVISED
from tests.browser.conftest import Served

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def token(served: Served) -> Iterator[str]:
    made = new_token()
    with connect(served.database, autocommit=True) as connection:
        add_token(connection, "python", "read", hash_of_token(made), owner=None, expires_at=None, now=NOW)
        yield made
        connection.execute("DELETE FROM dateline.api_token")


@pytest.fixture(params=["settings", "database", "console"])
def opened(
    request: pytest.FixtureRequest, served: Served, token: str, tmp_path: Path, monkeypatch: Any
) -> Iterator[Archive]:
    if request.param == "settings":
        monkeypatch.setenv("DATELINE_DATABASE_URL", served.database)
        made = Archive(data_dir=tmp_path)
    else:
        made = Archive(served.database) if request.param == "database" else Archive(served.base, token=token)
    with made:
        yield made


def test_all_three_answer_alike(opened: Archive, served: Served) -> None:
    with Archive(served.database) as other:
        for name, arguments in CALLS:
            found, expected = (getattr(one, name)(*arguments) for one in (opened, other))
            if hasattr(found, "pages"):
                found, expected = list(found), list(expected)
            assert found == expected, name
            assert found or name == "headlines", name


CALLS: list[tuple[str, tuple[object, ...]]] = [
    ("articles", ()), ("headlines", ()), ("search", ("ferry",)), ("article", (REVISED,)), ("revisions", (REVISED,)),
    ("count", ("ferry",)), ("counts", ("ferry",)), ("facets", ("ferry",)), ("copies", ()), ("stories", ()),
    ("sources", ()), ("coverage", ()), ("explain", (LOST,)), ("watches", ()),
]  # fmt: skip


def test_rows_have_types(opened: Archive) -> None:
    kinds: list[tuple[type, object]] = [
        (Article, next(iter(opened.search("pier")))), (Revision, opened.revisions(REVISED)[0]),
        (Period, opened.counts("ferry")[0]), (CopyLine, next(iter(opened.copies()))),
        (StoryRow, next(iter(opened.stories()))), (ListedSource, next(iter(opened.sources()))),
        (HourLine, next(iter(opened.coverage(source=QUIET)))), (UrlFacts, opened.explain(REVISED)),
        (WatchLine, next(iter(opened.watches()))),
        (OutletRow, opened.story(next(iter(opened.stories())).story_id)[0]),
    ]  # fmt: skip
    for kind, one in kinds:
        assert type(one) is kind
    found = opened.article(REVISED)
    assert found is not None
    assert (found.title, type(found.dated_at)) == ("Council drops plan to rebuild the pier", dt.datetime)
    assert opened.article(found.id) == found


def test_pages_limits_and_times(opened: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [one.id for one in opened.articles()]
    monkeypatch.setattr("dateline.api.archive.PAGE", 7)
    assert [one.id for one in opened.articles()] == every
    assert [one.id for one in opened.articles(order="stored")] == sorted(every)
    assert [one.id for one in opened.articles(limit=9)] == every[:9]
    assert list(opened.articles(limit=0)) == []
    hour = max(one.hour for one in opened.coverage(source=LIVELY))
    assert {one.hour for one in opened.coverage(source=LIVELY, since=hour, until=hour + dt.timedelta(hours=1))} == {
        hour
    }
    assert list(opened.copies(since=dt.date.today(), until="1999-01-01")) == []


def test_what_is_not_there_is_none_and_what_is_wrong_is_said(opened: Archive) -> None:
    assert opened.article("https://never.example/") is None
    assert opened.article(10**12) is None
    assert opened.article(str(next(iter(opened.articles())).id)) == opened.article(next(iter(opened.articles())).id)
    assert opened.revisions(10**12) == opened.revisions("https://never.example/") == opened.story(10**12) == []
    for wrong in (
        lambda: opened.count("title:("),
        lambda: list(opened.search(" \t")),
        lambda: list(opened.articles(order="oldest")),  # type: ignore[arg-type]
        lambda: list(opened.articles(after="x")),
        lambda: list(opened.articles(limit=-1)),
        lambda: list(opened.stories(since="soon")),
        lambda: opened.explain("not a url"),
        lambda: opened.article(-1),
        lambda: opened.article(True),
        lambda: opened.article(None),  # type: ignore[arg-type]
        lambda: opened.articles(limit="ten"),  # type: ignore[arg-type]
        lambda: opened.copies(since=5),  # type: ignore[arg-type]
        lambda: opened.sql(None),  # type: ignore[arg-type]
    ):
        with pytest.raises(UsageError):
            wrong()


def test_threads_share_an_archive(opened: Archive) -> None:
    every = [one.id for one in opened.articles()]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [one.id for one in opened.articles()], range(16)))
    assert found == [every] * 16


def test_after_its_end_an_archive_says_so_and_rows_keep_it_open(served: Served, token: str) -> None:
    for make in (lambda: Archive(served.database), lambda: Archive(served.base, token=f"{token}\n")):
        rows = make().articles(limit=2)
        gc.collect()
        assert len(list(rows)) == 2
        archive = make()
        archive.close()
        archive.close()
        for used in (archive.count, lambda: list(archive.articles()), lambda: archive.sql("SELECT 1")):  # noqa: B023
            with pytest.raises(UsageError, match="was closed"):
                used()


def test_what_is_no_console_is_said(served: Served, token: str) -> None:
    answers = [
        (200, b"<html>Welcome"),
        (200, b'{"items": ['),
        (200, b"[]"),
        (404, b"Not found"),
        (200, b'{"items": 5}'),
    ]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        archive = Archive(f"http://127.0.0.1:{server.server_port}", token="t")
        while answers:
            with pytest.raises(RemoteError, match=f"127.0.0.1:{server.server_port}"):
                list(archive.articles())
            answers.pop(0)
        server.shutdown()
    assert Archive(f"{served.base}/api/v1/", token=token).count() > 0
    with pytest.raises(RemoteError, match="answered 404"):
        Archive(f"{served.base}/elsewhere", token=token).article(1)


def test_the_data_folder_is_the_command_lines(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dateline.toml").write_text(f'database_url = "{served.database}"\n')
    monkeypatch.setenv("DATELINE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATELINE_DATABASE_URL", raising=False)
    with Archive() as archive, Archive(served.database) as same:
        assert archive.count("ferry") == same.count("ferry") > 0


def test_the_choices_are_named(opened: Archive) -> None:
    with pytest.raises(UsageError, match="order: choose from newest, stored"):
        list(opened.articles(order="oldest"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="since: give an instant such as 2026-05-04T12:00:00Z, or a date"):
        list(opened.stories(since="soon"))


def test_tables(opened: Archive) -> None:
    frame, table = opened.search("ferry").to_pandas(), opened.search("ferry").to_arrow()
    assert len(frame) == table.num_rows == opened.count("ferry")
    assert list(frame["url"]) == table.column("url").to_pylist()
    assert table.schema.field("dated_at").type == pyarrow.timestamp("us", tz="UTC")
    assert str(frame["dated_at"].dtype) == "datetime64[us, UTC]"
    nothing = opened.search("nosuchwordatall")
    assert list(nothing.to_pandas().dtypes[["published_at", "dated_at"]]) == [frame["dated_at"].dtype] * 2
    assert list(nothing.to_pandas().columns) == list(frame.columns)
    assert nothing.to_arrow().schema == table.schema


def test_a_missing_package_is_named(opened: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, method in (("pandas", "to_pandas"), ("pyarrow", "to_arrow")):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(UsageError, match="pip install"):
            getattr(opened.search("ferry"), method)()


def test_wrong_places_are_refused(served: Served, token: str, empty_database: str) -> None:
    for nowhere in ("", "news.example.org", 5):
        with pytest.raises(UsageError, match="Give a database URL"):
            Archive(nowhere)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not a token"):
        Archive(served.base, token=5)  # type: ignore[arg-type]
    for place in ("ftp://x/", "/tmp/x", "https://a:b@host/", "https://", "https://[x/", "https://a:b/c@host/"):
        with pytest.raises(UsageError):
            Archive(place, token="t")
    with pytest.raises(UsageError):
        Archive(served.base, token="a\nb")
    with pytest.raises(RemoteError, match="401"):
        Archive(served.base, token=new_token()).count()
    with pytest.raises(RemoteError, match="Can't reach"):
        Archive("http://127.0.0.1:9").count()
    with pytest.raises(DatabaseError, match="db migrate"):
        Archive(empty_database).count()
    with pytest.raises((DatabaseError, ConfigError)):
        Archive("postgresql://127.0.0.1:9/none")


def test_a_token_is_not_sent_where_a_server_points_and_a_busy_server_is_waited_for() -> None:
    asked: list[str] = []
    answers = [
        (429, {"Retry-After": "3"}, b"{}"),
        (503, {}, b""),
        (302, {"Location": "http://127.0.0.1:9/"}, b"elsewhere"),
    ]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = answers[len(asked) - 1]
            self.send_response(status)
            for name, value in (*headers.items(), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    waited: list[float] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        place = OverHttp(f"http://127.0.0.1:{server.server_port}/news/", "t", sleep=waited.append)
        with pytest.raises(RemoteError, match="302"):
            place.ask(BY_NAME["count"], OfHits(q="a b"))
        server.shutdown()
    assert asked == ["/news/api/v1/count?q=a+b"] * 3
    assert waited[0] == 3.0


def test_importing_the_package_stays_cheap() -> None:
    script = "import sys, dateline; print(sorted({'psycopg', 'msgspec', 'orjson', 'click'} & set(sys.modules)), dir(dateline))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[]")
    assert not hasattr(dateline, "Nothing")


def test_the_page_in_the_documentation_runs(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", served.database)
    page = Path("docs/how-to/use-from-python.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec("\n".join(re.findall(r"(?s)```python\n(.*?)```", page)), names)
    assert names["last"] == max(names["table"].column("id").to_pylist())
    assert len(names["frame"]) > 0
