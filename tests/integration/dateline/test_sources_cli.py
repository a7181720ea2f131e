"""`dateline sources …` on a real database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from dateline.cli.context import Context
from dateline.cli.sources.sources import sources
from dateline.config import Settings
from dateline.errors import ConfigError, UsageError
from dateline.sources.toml_files import read_sources_toml

Run = Callable[..., Result]

BOTE = """\
# sources of the valley
[[source]]
name = "obersee-bote" # daily
title = "Obersee Bote"
home = "https://www.obersee-bote.test/"
country = "ch"
languages = ["de"]
tags = ["regional"]
feeds = ["https://www.obersee-bote.test/rss"]
schedule = "every 15m"
"""
OPML = b"""<opml version="2.0"><body>
<outline text="Obersee Bote" xmlUrl="https://www.obersee-bote.test/sport.rss" htmlUrl="http://obersee-bote.test"
 category="sport"/>
<outline text="Obersee-Bote" xmlUrl="https://blog.test/feed"/>
</body></opml>"""


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Runs `dateline sources …` in this process; errors that a caller would see are raised."""
    context = Context(Settings(data_dir=tmp_path, database_url=database))

    def run(*arguments: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(sources, arguments, obj=context, input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(BOTE, encoding="utf-8")
    return path


def rows(result: Result) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def test_a_file_goes_in_is_listed_and_comes_out_with_its_comments(run: Run, toml: Path) -> None:
    assert run("import", str(toml)).stdout == "new      obersee-bote\n1 new, 0 changed, 0 unchanged\n"
    assert run("import", str(toml)).stdout == "0 new, 0 changed, 1 unchanged\n"
    (listed,) = rows(run("list", "--json"))
    assert (listed["name"], listed["pages"], listed["articles"]) == ("obersee-bote", 1, 0)
    run("pause", "obersee-bote")
    assert "paused" in run("list").stdout
    assert run("export", "-o", str(toml)).exit_code == 0
    assert toml.read_text(encoding="utf-8") == BOTE + "paused = true\n"
    run("resume", "obersee-bote")
    (source,) = read_sources_toml(run("export").stdout)
    assert source == read_sources_toml(BOTE)[0]


def test_show_gives_definition_and_states(run: Run, toml: Path) -> None:
    run("import", str(toml))
    text = run("show", "obersee-bote").stdout
    assert 'home = "https://www.obersee-bote.test/"' in text
    assert "not visited yet" in text
    (shown,) = rows(run("show", "obersee-bote", "--json"))
    assert shown["schedule"] == "every 15m"
    assert shown["watched"][0]["url"] == "https://www.obersee-bote.test/rss"  # type: ignore[index]


def test_the_catalogue_is_chosen_from(run: Run) -> None:
    result = run("import", "catalogue", "--country", "US", "--language", "en", "--json")
    names = {row["name"] for row in rows(result)}
    assert "techcrunch" in names
    assert {row["state"] for row in rows(result)} == {"new"}
    assert {row["name"] for row in rows(run("list", "--json"))} == names
    assert rows(run("list", "--json", "--country", "DE")) == []
    with pytest.raises(UsageError, match="No source in catalogue matches"):
        run("import", "catalogue", "--country", "xx")


def test_a_dry_run_writes_nothing(run: Run, toml: Path) -> None:
    assert run("import", "--dry-run", str(toml)).stdout.endswith(
        "1 new, 0 changed, 0 unchanged (dry run: nothing was changed)\n"
    )
    assert run("list").stdout.startswith("no sources; ")


def test_opml_adds_to_known_sources_and_is_exported(run: Run, toml: Path) -> None:
    run("import", str(toml))
    assert rows(run("import", "-", "--json", stdin=OPML)) == [
        {"name": "obersee-bote", "state": "changed", "title": "Obersee Bote", "home": "http://obersee-bote.test"},
        {"name": "obersee-bote-2", "state": "new", "title": "Obersee-Bote", "home": "https://blog.test/"},
    ]
    assert {row["state"] for row in rows(run("import", "-", "--json", stdin=OPML))} == {"unchanged"}
    bote = read_sources_toml(run("export", "obersee-bote").stdout)[0]
    assert (bote.country, bote.schedule, bote.tags) == ("ch", "every 15m", ("regional", "sport"))
    assert [page.url.rpartition("/")[2] for page in bote.watched] == ["rss", "sport.rss"]
    opml = run("export", "--format", "opml").stdout
    assert opml.count("xmlUrl=") == 3


def test_outlines_that_an_opml_import_leaves_out_are_listed(run: Run) -> None:
    private = b'<outline text="Private" xmlUrl="https://ada:s3cret@p.test/rss"/></body>'
    result = run("import", "-", stdin=OPML.replace(b"</body>", private))
    assert "left out: Private (https://***@p.test/rss): credentials in a URL are never sent" in result.stderr
    assert "s3cret" not in result.output
    assert "2 new" in result.stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_sources_file_of_any_encoding_is_read(run: Run, toml: Path, encoding: str) -> None:
    toml.write_bytes(BOTE.replace("\n", "\r\n").encode(encoding))
    assert run("import", str(toml)).stdout.endswith("1 new, 0 changed, 0 unchanged\n")


def test_a_page_that_another_source_watches_is_told(run: Run, toml: Path) -> None:
    run("import", str(toml))
    other = '[[source]]\nname = "lake"\nhome = "https://lake.test/"\nfeeds = ["http://obersee-bote.test/rss/"]\n'
    toml.write_text(other, encoding="utf-8")
    said = "lake: http://obersee-bote.test/rss/ is watched for obersee-bote, too, and is visited for each of them\n"
    assert run("import", str(toml)).stderr == said
    toml.write_text(BOTE, encoding="utf-8")
    assert run("import", str(toml)).stderr.count("is watched for") == 1, "also from the other side"


def test_a_feed_of_an_opml_file_is_known_however_its_address_is_spelt(run: Run, toml: Path) -> None:
    run("import", str(toml))
    opml = b'<opml><body><outline text="Lake" xmlUrl="http://obersee-bote.test/rss/"/></body></opml>'
    assert [(row["name"], row["state"]) for row in rows(run("import", "-", "--json", stdin=opml))] == [
        ("obersee-bote", "unchanged")
    ]


def test_a_bad_file_changes_nothing_and_names_the_line(run: Run, toml: Path) -> None:
    toml.write_text(BOTE + '\n[[source]]\nname = "b"\nhome = "b.test"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r'sources.toml:14: source "b", home: .*https://b.test'):
        run("import", str(toml))
    toml.write_text(BOTE.replace("every 15m", "hourly-ish"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'sources.toml:10: source "obersee-bote", schedule: '):
        run("import", str(toml))
    assert run("list").stdout.startswith("no sources; ")


@pytest.mark.parametrize("content", ["", "# nothing yet\n"])
def test_a_file_without_a_source_is_said_to_have_none(run: Run, toml: Path, content: str) -> None:
    toml.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"^No source found in "):
        run("import", str(toml))


def test_unknown_names_are_refused_with_a_hint_and_change_nothing(run: Run, toml: Path) -> None:
    run("import", str(toml))
    for command in ("pause", "resume", "remove", "run", "show"):
        with pytest.raises(UsageError, match=r"Unknown source obersee-boote\. Did you mean obersee-bote"):
            run(command, "obersee-bote", "obersee-boote")
    (listed,) = rows(run("list", "--json"))
    assert listed["is_paused"] is False
    with pytest.raises(UsageError, match=r"^Cannot read [^:]*: No such file or directory$"):
        run("import", "no-such-file.toml")


def test_a_removed_source_is_gone(run: Run, toml: Path) -> None:
    run("import", str(toml))
    assert run("run", "obersee-bote").stdout == "due now: obersee-bote\n"
    assert "their articles stay" in run("remove", "obersee-bote").stdout
    assert rows(run("list", "--json")) == []


def test_set_changes_fields_by_the_rules_of_the_file(run: Run, toml: Path) -> None:
    run("import", str(toml))
    run(
        "set",
        "obersee-bote",
        "fetch_pages=false",
        "delay_s=3.5",
        "site_names=Bote, Der Bote",
        "title=Der Bote",
        "schedule=every 1h",
    )
    [source] = read_sources_toml(run("export").stdout)
    assert (source.politeness.fetch_pages, source.politeness.delay_s) == (False, 3.5)
    assert (source.title, source.extraction.site_names, source.schedule) == (
        "Der Bote",
        ("Bote", "Der Bote"),
        "every 1h",
    )
    run("set", "obersee-bote", "fetch_pages=", "site_names=")
    [source] = read_sources_toml(run("export").stdout)
    assert (source.politeness.fetch_pages, source.extraction.site_names) == (True, ())
    assert source.politeness.delay_s == 3.5


def test_set_takes_a_text_for_a_text_and_says_what_stayed_as_it_was(run: Run, toml: Path) -> None:
    run("import", str(toml))
    assert run("set", "obersee-bote", "title=1984", "delay_s=2").stdout == "changed: obersee-bote\n"
    [source] = read_sources_toml(run("export").stdout)
    assert (source.title, source.politeness.delay_s) == ("1984", 2)
    assert run("set", "obersee-bote", "title=1984").stdout == "unchanged: obersee-bote\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("obersee-bote",), "name a source and a field"),
        (("fetch_pages=false",), "name a source and a field"),
        (("obersee-bote", "fetch_pages=perhaps"), "fetch_pages"),
        (("obersee-bote", "fetch_page=false"), "fetch_page"),
        (("obersee-bote", "nonsense=1"), r"nonsense: is an unknown field; choose from .*site_names"),
        (("obersee-bote", "country=Suisse"), "^obersee-bote: country: "),
        (("obersee-bote", "schedule=now and then"), "schedule"),
        (("obersee-bote", "paused=true"), "sources pause"),
        (("unknown", "fetch_pages=false"), "unknown"),
    ],
)
def test_set_names_what_is_wrong_and_changes_nothing(run: Run, toml: Path, words: tuple[str, ...], said: str) -> None:
    run("import", str(toml))
    before = run("show", "obersee-bote").stdout
    with pytest.raises(UsageError, match=said):
        run("set", *words)
    assert run("show", "obersee-bote").stdout == before
