"""The console's pure parts: sessions, origins, marks, words, charts, health, and the vendored files."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import socket
import time
from pathlib import Path

import pytest

import dateline.console
from dateline.config import Settings
from dateline.console.access import login_tries
from dateline.console.access.login_tries import TRIES, TRY_WINDOW_S, Tries
from dateline.console.access.origin import check_exposure, is_same_origin
from dateline.console.access.sessions import (
    LIFE_S,
    cookie_of,
    device_cookie,
    device_of,
    is_password,
    is_token,
    new_session,
    session_key,
    session_of,
    token_of,
)
from dateline.console.pages.archive.difference import folded
from dateline.console.pages.archive.facets import narrowed
from dateline.console.rendering import wording
from dateline.console.rendering.charts import chart_of, svg, top_of
from dateline.console.rendering.markup import marked, safe_href
from dateline.console.rendering.render import csv_cell, environment
from dateline.console.rendering.source_state import HEALTHS, SourceFacts, health_of
from dateline.console.rendering.strips import Cell, strip, summary
from dateline.console.server.commands import sentence
from dateline.errors import ConfigError
from pipelines.revisions.paragraphs import compare_texts
from scheduler.processes.http_server import is_own_host, listen

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
STATIC = Path(dateline.console.__file__).parent / "static"


def test_vendored_files_are_those_that_were_reviewed() -> None:
    vendor = STATIC / "vendor"
    known = dict(reversed(line.split()) for line in (vendor / "SHA256SUMS.txt").read_text().splitlines())
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.iterdir()
        if path.name != "SHA256SUMS.txt"
    }
    assert there == known


def test_a_session_is_known_by_its_cookie_until_its_time_is_over() -> None:
    key = session_key(b"secret", "")
    session = new_session(1000.0, state="in")
    cookie = cookie_of(session, key)
    assert session_of(cookie, key, now=1000.0 + LIFE_S - 1) == session
    assert session_of(cookie, key, now=1000.0 + LIFE_S + 61) is None
    assert session_of(cookie, key, now=1000.0 - 3600) == session, "the clock was set back"
    assert session_of(cookie, key, now=1000.0 - LIFE_S - 1) is None
    assert session_of(cookie.replace(".in.", ".out."), key, now=1001.0) is None
    assert session_of(cookie, session_key(b"secret", "a new password"), now=1001.0) is None
    for wrong in ("", "a", "a.b.c.d", cookie[:-1], f"{cookie}é"):
        assert session_of(wrong, key, now=1001.0) is None


def test_a_token_belongs_to_one_session() -> None:
    key = session_key(b"secret", "")
    one, other = new_session(1.0), new_session(1.0)
    assert is_token(token_of(one, key), one, key)
    assert not is_token(token_of(other, key), one, key)
    assert not is_token("", one, key)
    assert not is_token("ü", one, key)


def test_passwords_are_compared_whole() -> None:
    assert is_password("pässword", "pässword")
    assert not is_password("pässwor", "pässword")
    assert not is_password("", "pässword")


def test_wrong_passwords_make_tries_slow_for_their_address_alone() -> None:
    tries = Tries()
    for number in range(TRIES):
        assert not tries.is_slow("a", 100.0 + number)
        tries.note_wrong("a", 100.0 + number)
    assert tries.is_slow("a", 105.0)
    assert not tries.is_slow("a", 100.0 + TRY_WINDOW_S + 1)
    for number in range(10 * TRIES):
        tries.note_wrong(f"x{number}", 106.0)
    assert not tries.is_slow("new", 107.0), "strangers elsewhere make it slow for nobody else"


def test_a_device_s_cookie_is_signed() -> None:
    cookie = device_cookie(b"key")
    assert device_of(cookie, b"key")
    assert [
        device_of(one, b"key") for one in ("", "x", f"other.{cookie.partition('.')[2]}", device_cookie(b"old"))
    ] == [None] * 4


async def test_tries_at_one_address_take_turns_and_too_many_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_tries, "TURN_S", 0.02)
    tries = Tries()
    began = time.monotonic()
    turns = await asyncio.gather(*(tries.turn("a") for _ in range(login_tries.MOST_WAITING + 5)), tries.turn("b"))
    assert turns == [True] * login_tries.MOST_WAITING + [False] * 5 + [True]
    assert time.monotonic() - began >= 0.02 * login_tries.MOST_WAITING
    assert (dict(tries.waiting), tries.turns) == ({}, {})


@pytest.mark.parametrize(
    ("authority", "is_own"),
    [
        ("127.0.0.1:8765", True), ("localhost", True), ("[::1]:8765", True), ("10.1.2.3", True),
        ("news.example.org:443", True),
        ("evil.example", False), ("127.0.0.1.nip.io", False), ("", False), ("[", False),
        ("localhost.evil.example", False), ("@", False),
    ],
)  # fmt: skip
def test_only_own_names_and_addresses_are_hosts(authority: str, is_own: bool) -> None:
    assert is_own_host(authority, {"news.example.org"}) is is_own


def test_origins() -> None:
    assert is_same_origin("http://127.0.0.1:8765", "127.0.0.1:8765")
    assert is_same_origin("https://News.example.org", "news.example.org")
    for foreign in ("null", "http://evil.example", "http://127.0.0.1:8766", "file://", "http://["):
        assert not is_same_origin(foreign, "127.0.0.1:8765")


def test_not_beyond_this_machine_without_a_password() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.8.9.1"):
        check_exposure(Settings(console_host=host))
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        with pytest.raises(ConfigError, match="DATELINE_CONSOLE_PASSWORD"):
            check_exposure(Settings(console_host=host))
        check_exposure(Settings(console_host=host, console_password="x"))


def test_responses_are_not_delayed_and_a_taken_port_is_reported() -> None:
    """With `socket.create_server` the protocol is 0, TCP_NODELAY is not set, and each page takes 40 ms more."""
    with listen("127.0.0.1", 0, name="the console", setting="DATELINE_CONSOLE_PORT") as listening:
        assert listening.proto == socket.IPPROTO_TCP
        with pytest.raises(ConfigError, match="DATELINE_CONSOLE_PORT"):
            listen("127.0.0.1", listening.getsockname()[1], name="the console", setting="DATELINE_CONSOLE_PORT")


def test_marks_are_made_after_escaping() -> None:
    assert marked("\ue000ferry\ue001 <b>\ue000x&y\ue001") == "<mark>ferry</mark> &lt;b&gt;<mark>x&amp;y</mark>"
    assert marked("\ue001\ue000<img src=x onerror=alert(1)>") == "&lt;img src=x onerror=alert(1)&gt;"
    assert marked("\ue000\ue000a\ue001") == "<mark>a</mark>"
    assert marked(None) == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:x",
        "data:text/html,x",
        "//x.example",
        "http://",
        "ftp://x.example",
        "http://[",
        "",
        None,
        "vbscript:x",
        "java\nscript:x",
    ],
)
def test_only_http_becomes_a_link(url: str | None) -> None:
    assert safe_href(url) is None


def test_http_becomes_a_link() -> None:
    assert safe_href('https://x.example/a?b="><script>') == 'https://x.example/a?b="><script>'


def test_words_for_numbers_and_instants() -> None:
    assert [wording.span(s) for s in (None, 0, 59, 60, 5400, 86400, 3 * 86400, 800 * 86400)] == [
        "–", "0 s", "59 s", "1 min", "2 h", "24 h", "3 d", "2 y",
    ]  # fmt: skip
    assert wording.ago(NOW - dt.timedelta(hours=3), NOW) == "3 h ago"
    assert wording.ago(NOW + dt.timedelta(minutes=5), NOW) == "in 5 min"
    assert wording.ago(None, NOW) == "never"
    assert wording.short_stamp(NOW.replace(hour=1), NOW) == "01:00"
    assert wording.short_stamp(NOW.replace(day=3), NOW) == "3 May 12:00"
    assert wording.short_stamp(NOW.replace(year=2024), NOW) == "4 May 2024"
    assert wording.count(1234567) == "1\u202f234\u202f567"
    assert [wording.share(v) for v in (None, 0.013, 0.5)] == ["–", "1.3\u202f%", "50\u202f%"]
    assert [wording.size(v) for v in (12, 1234, 99_000, 5_200_000)] == ["12 B", "1.2 kB", "99 kB", "5.2 MB"]


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 1), (0.03, 0.05), (1, 1), (3, 5), (7, 10), (21, 25), (990, 1000), (1e6, 1e6)]
)
def test_a_scale_ends_at_a_round_number(largest: float, top: float) -> None:
    assert top_of(largest) == pytest.approx(top)


def test_a_title_of_thousands_of_characters_is_shortened_and_others_stay() -> None:
    assert [wording.shortened(one) for one in ("", "The Bay", "N" * 120)] == ["", "The Bay", "N" * 120]
    assert wording.shortened("N" * 5000) == "N" * 119 + "…"
    assert wording.shortened("very long " * 500) == "very long " * 11 + "very long…"


def test_a_removed_source_is_named_without_a_link_to_a_page_that_is_not_there() -> None:
    parts = environment().get_template("parts.html").make_module({"titles": {"bay": "The Bay"}})
    assert str(parts.source_link("bay")) == '<a class="who" href="/source?name=bay">The Bay</a>'  # type: ignore[attr-defined]
    assert str(parts.source_link("gone")) == '<span class="who" title="This source was removed.">gone</span>'  # type: ignore[attr-defined]


def test_a_chart_is_drawn_without_style_or_script() -> None:
    at = [NOW + dt.timedelta(days=n) for n in range(3)]
    for kind in ("bars", "lines"):
        drawn = svg(chart_of("c", "<b>Title</b>", at, ("<i>a", [1, None, 3]), ("b", [0, 0, 2]), kind=kind))  # type: ignore[arg-type]
        assert "style=" not in drawn
        assert "<b>" not in drawn
        assert "<i>" not in drawn
        assert 'role="img"' in drawn
    assert "polyline" in svg(chart_of("c", "t", at, ("a", [1, 2, None]), kind="lines"))
    assert svg(chart_of("c", "t", at, ("a", [1, None, 3]), kind="lines")).count("<circle") == 2, "lines without length"
    assert svg(chart_of("c", "t", [], ("a", [])))


FACTS = SourceFacts(
    "x", "X", "x.example", "https://x.example/", None, [], [], "adaptive", False, NOW - dt.timedelta(days=90), 2, 0, 0.0,
    NOW, NOW, NOW - dt.timedelta(hours=1), 280, 10,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({}, "fine"),
        ({"alarm": "quiet", "alarm_says": "No article for 40 h."}, "quiet"),
        ({"failing": 1, "failures": 3.0}, "retrying"),
        ({"last_article_at": None, "month_articles": 0, "alarm": "silent", "alarm_says": "x"}, "silent"),
        ({"last_article_at": None, "month_articles": 0}, "new"),
        ({"is_paused": True, "alarm": "quiet"}, "paused"),
    ],
)
def test_health_of_a_source(changes: dict[str, object], health: str) -> None:
    word, sentence = health_of(dataclasses.replace(FACTS, **changes))  # type: ignore[arg-type]
    assert word == health
    assert sentence
    assert word in HEALTHS


def test_a_strip_of_hours_is_drawn_in_runs_with_a_description() -> None:
    cells = [Cell(0, "visited"), Cell(1, "visited"), Cell(2, "down"), Cell(5, "down")]
    drawn = strip(cells, 6, "<b>")
    assert drawn.count("<rect") == 3
    assert 'aria-label="&lt;b&gt;: 2 h visited, 2 h down"' in drawn
    assert "style=" not in drawn
    assert summary([]) == "no data yet"


def test_cells_of_a_spreadsheet() -> None:
    given = ["=1+1", "@x", "-x", "-12.5", "+3e4", "\tx", "plain", None, 5, NOW, ["a", "=b"], "\ue000a\ue001"]
    wanted = ["'=1+1", "'@x", "'-x", "-12.5", "+3e4", "'\tx", "plain", "", 5, "2026-05-04T12:00:00Z", "a; =b", "a"]
    assert [csv_cell(one) for one in given] == wanted


def test_a_search_is_narrowed_without_changing_its_meaning() -> None:
    assert narrowed("ferry", "site", "x.example") == "ferry site:x.example"
    assert narrowed("a OR b", "lang", "en") == "(a OR b) lang:en"
    assert narrowed("ferry", "author", 'Ann "B" O\'Hara') == 'ferry author:"Ann  B  O\'Hara"'


def test_equal_paragraphs_far_from_changes_are_folded() -> None:
    texts = ["one", "two", "three", "four", "five", "six", "seven"]
    rows = compare_texts("\n".join(texts), "\n".join([*texts, "a new one"]))
    runs = [(is_folded, [row.new[0].text for row in run]) for is_folded, run in folded(rows)]
    assert runs == [(True, texts[:5]), (False, texts[5:]), (False, ["a new one"])]


REPLACED = (
    "To the page", "Not shown", "What can be asked", "copies, too", "Further on", "Read at the publisher",
    "Where this is known from",
    "Came to", "Why then", "Begun", "Exact to", "Last day", "Articles an hour", "In all", "Most on", "Ended within days",
    "Hosts at rest", "fails for long", "of looking", "no proper answer", "where we missed most", "could not be had",
    "one row an article", "in any number", "of it stands there", "never heard of it", "(dead)", " told ",
)  # fmt: skip
"""Words of earlier pages that readers did not understand; the glossary has those in their place."""


def test_words_that_readers_did_not_understand_stay_away() -> None:
    folder = Path(dateline.console.__file__).parent
    shown = {path: path.read_text(encoding="utf-8") for path in [*folder.rglob("*.html"), *folder.rglob("*.js")]}
    shown |= {path: path.read_text(encoding="utf-8") for path in folder.glob("pages/**/*.py")}
    found = [(path.name, one) for path, text in shown.items() for one in REPLACED if one in text]
    assert [pair for pair in found if not pair[0].endswith((".min.js",))] == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            ["dateline: the-pier (https://p.test/) is known. See `dateline sources show pier`; or else."],
            "the-pier (https://p.test/) is known.",
        ),
        (["dateline: -:3: is not valid TOML: x"], "Line 3 is not valid TOML: x."),
        (["dateline: Run `dateline migrate` first"], "Run `dateline migrate` first."),
        ([], "It failed."),
    ],
)
def test_an_error_of_a_command_is_shown_without_its_advice_to_run_another(said: list[str], shown: str) -> None:
    assert sentence(said) == shown


def test_a_sentence_begins_with_a_capital_and_an_address_stays_as_it_is() -> None:
    assert wording.capital("it is stored") == "It is stored"
    assert wording.capital("http://post.test/a?ref=rss") == "http://post.test/a?ref=rss"
