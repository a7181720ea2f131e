"""1,800 hostile strings as searches: each is answered or refused in words, and no row changes."""

from __future__ import annotations

import itertools
import os

import pytest
from click.testing import CliRunner

from dateline.cli.archive.search import search_command
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import UsageError
from dateline.search.query import parse
from sql.database import connect
from sql.search.search import count, facets, run, search, timeline
from tests.acceptance.support import preloaded
from tests.integration.conftest import Desk

# the house's own list: each part is put into each frame
INJECTIONS = (
    "'",
    "''",
    '"',
    "\\",
    "\\'",
    "';--",
    "' OR '1'='1",
    "') OR ('1'='1",
    "'; DROP TABLE dateline.article; --",
    "1; DELETE FROM dateline.article",
    "' UNION SELECT usename, passwd FROM pg_shadow --",
    "$$; TRUNCATE dateline.source; $$",
    "$1",
    "%s",
    "%(q0)s",
    "%%",
    "{condition}",
    "{0}",
    "{}",
    "E'\\\\'",
    "U&'\\0027'",
    "pg_sleep(9)",
    "(SELECT pg_sleep(9))",
    "'||pg_sleep(9)||'",
    "/* */",
    "--",
    "#",
    ";",
    "\\copy",
    "\\! id",
    "&&",
    "||",
    "!!",
    "<->",
    "a<5>b",
    "!a",
    "a & b",
    "a | !b",
    "a:*",
    "a:ABCD",
    ":*",
    "'a':1A",
    "*",
    "**",
    "a*b",
    "~",
    "~5",
    '"a b"~999999',
    '"a b"~0',
    '"a"~2',
)
SIGNS = (
    "\x00",
    "\x01\x1b[31m",
    "\x7f",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "\ue000\ue001",
    "\ud83d",
    "🚀👩‍👩‍👧",
    "e\u0301" * 40,
    "Z̸̢̛a̷l̵g̶o̵",
    "ﷺ",
    "ß ẞ ſ",
    "İıIi",
    "ＡＢＣ",
    "①②",
    "１２３",
    "٣٤",
    "田中さん",
    "אֱלֹהִים",
    "الْعَرَبِيَّة",
    "ยืนยัน",
    "한글",
    "か\u3099",
    "\u0e33",
    "𝓗𝓮𝓵𝓵𝓸",
    "nul\x00l",
)
WORDS = (
    "NULL",
    "null",
    "undefined",
    "true",
    "NaN",
    "Infinity",
    "-1",
    "1e309",
    "0x0",
    "999999999999999999999",
    "1/0",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "http://a.test/?q=1&b=2",
    "AND",
    "OR",
    "NOT",
    "AND OR NOT",
    "()",
    "((",
    "))",
    "(a",
    "a)",
    "-",
    "--a",
    "---",
    "- -a",
    "a -",
    "OR OR",
    "NOT NOT a",
    "date:",
    "date:x",
    "date:9999-99",
    "date:0000",
    "date:2026..2025",
    "date:99999y",
    "date:..",
    "seen:-1d",
    "story:0",
    "story:99999999999999999999",
    "lang:zz",
    "kind:x",
    "copies:maybe",
    "site:' OR 1=1",
    "source:%",
    "author:_",
    "tag:\\",
    "title:",
    "title:(",
    "title:*",
    "credited:'",
    "x:y",
    "::",
    "a:b:c",
    "“a”",
    "«b",
    "'s",
)
FRAMES = (
    "{}",
    "ferry {}",
    "{} ferry",
    '"{}"',
    "({})",
    "-{}",
    "title:{}",
    'author:"{}"',
    "{} OR ferry",
    "site:{}",
    "tag:{},b",
    "{}*",
    "date:{}",
    '"{} ferry"~4',
)


def strings() -> list[str]:
    """The list: every part in every frame."""
    return [frame.replace("{}", part) for part, frame in itertools.product((*INJECTIONS, *SIGNS, *WORDS), FRAMES)]


@pytest.mark.asyncio
async def test_hostile_strings_find_or_are_refused_in_words_and_change_nothing(desk: Desk, database: str) -> None:
    await desk.put("https://post.test/ferry", "The ferry sailed. " * 5, language="en", title="Ferry")
    with connect(database, autocommit=True) as connection:
        contents = "SELECT md5(string_agg(a::text, '|' ORDER BY id)) FROM dateline.article a"
        before = connection.execute(contents).fetchone()
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '5s'")
        refused = 0
        asked = strings()
        for number, text in enumerate(asked):
            try:
                query = parse(text)
                run(connection, search(query, limit=3, order="rank" if number % 5 == 0 else "newest"))
                if number % 7 == 0:
                    run(connection, count(query))
                    run(connection, facets(query))
                    run(connection, timeline(query, with_share=True))
            except UsageError as error:
                refused += 1
                assert "character" in str(error), text
        assert connection.execute(contents).fetchone() == before
    assert len(asked) >= 1800
    assert 100 < refused < len(asked) - 500


@pytest.mark.asyncio
async def test_the_command_answers_each_with_an_exit_code_and_never_a_traceback(desk: Desk, database: str) -> None:
    await desk.put("https://post.test/ferry", "The ferry sailed. " * 5, language="en", title="Ferry")
    runner = CliRunner()
    context = Context(Settings(database_url=database))
    for text in strings()[::97]:
        result = runner.invoke(search_command, ["--json", "--", text], obj=context)
        assert result.exception is None or isinstance(result.exception, UsageError), text
    for text in ("' OR '1'='1", '"unclosed', "the", "🚀", "%(q0)s"):
        done = preloaded.run(["search", "--", text], env=os.environ | {"DATELINE_DATABASE_URL": database})
        assert done.returncode in {0, 2}, done.stderr
        assert b"Traceback" not in done.stderr + done.stdout
