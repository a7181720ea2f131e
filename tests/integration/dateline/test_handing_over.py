"""Exports for handing over: WACZ files of archived pages, and data packages."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.archive import Archive
from crawler.archive.wacz import search_key
from crawler.archive.warc_records import WarcExchange
from dateline.cli import cli
from dateline.errors import UsageError
from dateline.types.article import ArchiveRef, Extraction, Page
from tests.integration.conftest import NOW, WORDS, Desk

PIER, BRIDGE = "https://www.bay.test/Pier?b=2&a=1", "https://bay.test/bridge"
BODY = b"<h1>Pier to be rebuilt</h1><p>The harbour council met.</p>"


@pytest_asyncio.fixture
async def archived(desk: Desk, tmp_path: Path) -> dict[str, ArchiveRef]:
    """Two articles about a pier and a bridge, each with its page in the archive of the data folder."""
    refs = {}
    with Archive(tmp_path / "archive") as archive:
        for url, word in ((PIER, "pier"), (BRIDGE, "bridge")):
            headers = [("Content-Type", "text/html; charset=utf-8")]
            refs[url] = archive.write(WarcExchange(url, url, 200, "OK", headers, BODY + word.encode(), NOW))
            page = Page(url, url, 200, (), BODY, NOW, archived=refs[url])
            text = WORDS.replace("pier", word) + f" The {word}. " * 40
            found = Extraction(url=url, kind="article", title=f"A {word}", text=text, extractor="test/1")
            await desk.store.store(await desk.due(url), page, found, now=NOW)
    return refs


def export(database: str, folder: Path, *words: str) -> Result:
    return CliRunner().invoke(
        cli, ["--data-dir", str(folder), "export", *words], env={"DATELINE_DATABASE_URL": database}
    )


@pytest.mark.usefixtures("archived")
def test_wacz_holds_the_pages_of_a_search_with_an_index_that_leads_to_them(database: str, tmp_path: Path) -> None:
    file = tmp_path / "pier.wacz"
    done = export(database, tmp_path, "--wacz", "title:pier", "-o", str(file))
    assert done.exit_code == 0 and ": 1\n" in done.stderr
    with zipfile.ZipFile(file) as package:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in package.infolist())
        content = {name: package.read(name) for name in package.namelist()}
    key, instant, line = content["indexes/index.cdx"].decode().split(" ", 2)
    fields = json.loads(line)
    assert (key, instant, fields["url"]) == ("test,bay)/pier?a=1&b=2", "20260504120000", PIER)
    warc = content["archive/data.warc.gz"]
    start, end = int(fields["offset"]), int(fields["offset"]) + int(fields["length"])
    record = next(ArchiveIterator(io.BytesIO(warc[start:end])))
    assert record.rec_headers["WARC-Target-URI"] == PIER and record.content_stream().read() == BODY + b"pier"
    kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(warc))]
    assert kinds == ["warcinfo", "response", "request"]
    pages = [json.loads(one) for one in content["pages/pages.jsonl"].splitlines()]
    assert pages[0]["format"] == "json-pages-1.0" and pages[1] == {
        "url": PIER,
        "ts": "2026-05-04T12:00:00Z",
        "title": "A pier",
    }
    described = json.loads(content["datapackage.json"])
    for resource in described["resources"]:
        raw = content[resource["path"]]
        assert (resource["bytes"], resource["hash"]) == (len(raw), f"sha256:{hashlib.sha256(raw).hexdigest()}")
    assert {one["path"] for one in described["resources"]} == set(content) - {
        "datapackage.json",
        "datapackage-digest.json",
    }
    seal = json.loads(content["datapackage-digest.json"])
    assert seal["hash"] == f"sha256:{hashlib.sha256(content['datapackage.json']).hexdigest()}"


def test_pages_that_are_missing_are_named_and_the_rest_is_written(
    database: str, tmp_path: Path, archived: dict[str, ArchiveRef]
) -> None:
    Archive(tmp_path / "archive").erase(archived[BRIDGE])
    done = export(database, tmp_path, "--wacz", "council", "-o", str(tmp_path / "all.wacz"))
    assert done.exit_code == 3 and ": 1\n" in done.stderr and "it was erased" in done.stderr
    for path in (tmp_path / "archive").iterdir():
        path.unlink()
    done = export(database, tmp_path, "--wacz", "council", "-o", str(tmp_path / "none.wacz"))
    assert done.exit_code == 3 and ": 0\n" in done.stderr and "is not in" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--wacz", "pier"], "-o FILE.wacz"),
        (["--wacz", "pier", "-o", "."], "-o FILE.wacz"),
        (["--wacz", "title:(", "-o", "x.wacz"], "title"),
        (["articles", "--wacz", "pier", "-o", "x.wacz"], "--wacz takes the query itself"),
        (["--wacz", "title:zeppelin", "-o", "x.wacz"], "no article with an archived page"),
        (["--wacz", "pier", "-o", "x.csv"], "end it in .wacz"),
        (["--datapackage"], "-o FOLDER"),
        (["--license", "CC0-1.0"], "--datapackage"),
        (["--datapackage", "-o", "package", "--license", "javascript:alert(1)"], "names no licence"),
        (["--datapackage", "-o", "package", "--license", "file:///etc/passwd"], "names no licence"),
        (["--datapackage", "-o", "package", "--license", " "], "names no licence"),
    ],
)
def test_unclear_requests_are_refused(database: str, tmp_path: Path, words: list[str], why: str) -> None:
    done = CliRunner().invoke(
        cli,
        ["--data-dir", str(tmp_path), "export", *words],
        env={"DATELINE_DATABASE_URL": database},
        standalone_mode=False,
    )
    assert done.exception is not None and why in str(done.exception)
    assert not Path("x.wacz").exists()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://bay.test", "test,bay)/"),
        ("http://WWW2.Bay.test:8080/A%20b?z&y=1", "test,bay:8080)/a%20b?y=1&z"),
        ("https://[::1]/x", "::1)/x"),
    ],
)
def test_search_key_is_what_replay_tools_look_up(url: str, key: str) -> None:
    assert search_key(url) == key


@pytest.mark.usefixtures("archived")
def test_data_package_describes_files_and_columns(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    done = export(
        database, tmp_path, "articles", "sources", "--datapackage", "--license", "CC-BY-4.0", "-o", str(folder)
    )
    assert done.exit_code == 0, done.output
    described = json.loads((folder / "datapackage.json").read_text())
    assert described["$schema"].endswith("/2.0/datapackage.json") and described["licenses"] == [{"name": "CC-BY-4.0"}]
    articles, sources = described["resources"]
    raw = (folder / articles["path"]).read_bytes()
    assert (articles["bytes"], articles["hash"]) == (len(raw), f"sha256:{hashlib.sha256(raw).hexdigest()}")
    types = {field["name"]: field["type"] for field in articles["schema"]["fields"]}
    assert list(types) == raw.decode().splitlines()[0].split(",")
    assert (types["title"], types["word_count"], types["first_seen_at"]) == ("string", "integer", "datetime")
    assert sources["path"] == "sources.csv"


@pytest.mark.usefixtures("archived")
@pytest.mark.parametrize(("form", "lists"), [("jsonl", "array"), ("parquet", "any")])
def test_data_package_of_a_search(database: str, tmp_path: Path, form: str, lists: str) -> None:
    folder = tmp_path / "package"
    done = export(database, tmp_path, "--query", "title:pier", "--format", form, "--datapackage", "-o", str(folder))
    assert done.exit_code == 0, done.output
    described = json.loads((folder / "datapackage.json").read_text())
    (articles,) = described["resources"]
    assert articles["path"] == f"articles.{form}" and "licenses" not in described
    fields = {one["name"]: one for one in articles["schema"]["fields"]}
    assert fields["authors"] == {"name": "authors", "type": lists}
    assert fields["first_seen_at"] == {"name": "first_seen_at", "type": "datetime"}
    if form == "jsonl":
        (line,) = (folder / "articles.jsonl").read_text().splitlines()
        assert list(json.loads(line)) == list(fields)


def is_of(cell: str, field: dict[str, Any]) -> bool:
    """Whether a cell can be read as its column's type (Table Schema 2.0); an empty one is missing."""
    words = field.get("trueValues", ["true", "1"]) + field.get("falseValues", ["false", "0"])
    ways: dict[str, Any] = {
        "string": str, "integer": int, "number": float, "date": dt.date.fromisoformat, "any": str,
        "datetime": dt.datetime.fromisoformat, "boolean": words.index,
    }  # fmt: skip
    try:
        return cell == "" or ways[field["type"]](cell) is not None
    except ValueError:
        return False


@pytest.mark.usefixtures("archived")
def test_every_cell_of_a_data_package_has_the_type_of_its_column(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    done = export(database, tmp_path, "articles", "revisions", "ledger", "stories", "--datapackage", "-o", str(folder))
    assert done.exit_code == 0, done.output
    checked = set()
    for resource in json.loads((folder / "datapackage.json").read_text())["resources"]:
        fields = {one["name"]: one for one in resource["schema"]["fields"]}
        for row in csv.DictReader(io.StringIO((folder / resource["path"]).read_text())):
            checked |= {fields[name]["type"] for name, cell in row.items() if cell}
            wrong = {name: cell for name, cell in row.items() if not is_of(cell, fields[name])}
            assert not wrong, resource["name"]
    assert checked >= {"boolean", "integer", "datetime", "string"}


@pytest.mark.parametrize("words", [["articles", "revisions"], ["articles", "--datapackage"]])
@pytest.mark.parametrize("name", ["both.csv", "both.JSONL", "-"])
def test_several_files_are_not_written_under_the_name_of_one(
    database: str, tmp_path: Path, words: list[str], name: str
) -> None:
    done = export(database, tmp_path, *words, "-o", name if name == "-" else str(tmp_path / name))
    assert isinstance(done.exception, UsageError) and "add -o FOLDER" in str(done.exception)
    assert not (tmp_path / name).exists()
