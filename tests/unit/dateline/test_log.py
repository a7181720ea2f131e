"""Log lines as text, which a terminal shows: strangers' words in them act on nothing and look like no line of ours."""

from __future__ import annotations

import datetime
import io
import logging

from dateline import log

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj\nforged"


def test_strangers_words_are_one_visible_line() -> None:
    out = io.StringIO()
    log.configure(fmt="text", stream=out)
    log.get("crawler").warning(EVIL, url=f"http://bay.test/{EVIL}", names=[EVIL])
    logging.getLogger("library").warning("refused: %s", EVIL)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    assert "\\x1b]0;owned" in lines[0]


def test_a_traceback_keeps_its_lines_and_none_begins_as_an_event_does() -> None:
    out = io.StringIO()
    log.configure(fmt="text", stream=out)
    try:
        datetime.date.fromisoformat(EVIL)
    except ValueError:
        log.get("crawler").exception("it failed")
    first, *others = out.getvalue().splitlines()
    assert "it failed" in first
    assert any("ValueError" in line for line in others)
    assert all(line.isprintable() for line in others)
