"""A word is found by its plain form however a newspaper writes it, in databases of any locale, wherever articles are searched."""

from __future__ import annotations

import csv
import io
import os
import random
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dateline.config import Settings
from dateline.console.server.serve import console_app
from dateline.search.query import parse
from dateline.search.unspaced import is_unspaced
from sql.database import connect
from sql.schema.migrate import migrate
from sql.search.search import run, search
from sql.search.snippets import _PLAIN, BEGIN
from sql.server.placement import wheel_bin_dir
from sql.watches.watches import Watches
from tests.browser.test_http import Client
from tests.conftest import with_database
from tests.integration.conftest import NOW, Desk
from tests.integration.support.search_words import JOINED, TABLE, Written

FILE = Path(__file__).parents[4] / "sql" / "analysis" / "03-top-sources.sql"
FILLER_SR = "xenon ypsilon zetetic " * 5
FILLER = {"ja": "新しい紙面", "zh": "新的版面", "ko": "새로운 지면", "th": "หน้าใหม่"}
BY_LANGUAGE = {language: [w for w in TABLE if w.language == language] for language in {w.language for w in TABLE}}
CASES = [pytest.param(words, id=language) for language, words in sorted(BY_LANGUAGE.items())]
LOCALES = {
    "of the server": "",
    "C": "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
    "C.UTF-8": "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
}


@pytest.fixture(params=LOCALES)
def of_a_locale(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database of a locale."""
    name = f"dl_locale_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0 {LOCALES[request.param]}".encode())
        try:
            migrate(with_database(postgres_url, name))
            with connect(with_database(postgres_url, name), autocommit=True) as connection:
                yield connection
        finally:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_typographic_signs_are_read_alike_with_and_without_other_letters(database: str) -> None:
    """Texts that have such signs alone take a shorter way through `dateline.plain_words`; the letter at the end forbids it."""
    pick = random.Random(7)
    parts = [
        *"’‘“”–—«»•€…\u00a0 \"'.-!&+#1sS",
        "U.S.",
        "AT&T",
        "C++",
        "F-16s",
        "MH–17",
        "it’s",
        "Pier",
        "l’eau",
        "…and",
    ]
    texts = ["".join(pick.choices(parts, k=12)) for _ in range(2000)]
    both = "SELECT dateline.plain_words(t || ' x'), dateline.plain_words(t || ' ø') FROM unnest(%s::text[]) AS t"
    with connect(database) as connection:
        rows = connection.execute(both, [texts]).fetchall()
    assert [(t, short, long) for t, (short, long) in zip(texts, rows, strict=True) if short[:-1] != long[:-1]] == []


def test_the_table_is_wide_enough() -> None:
    assert len(TABLE) >= 120
    assert len(BY_LANGUAGE) >= 20


def test_every_locale_finds_each_word(of_a_locale: psycopg.Connection) -> None:
    missed = [
        word
        for word in [*TABLE, *JOINED]
        for found in of_a_locale.execute(
            "SELECT to_tsvector(c, dateline.search_words(%s)) @@ dateline.word_query(c, %s),"
            " to_tsvector(c, dateline.search_words(%s)) @@ news.words(%s, %s) FROM dateline.fts_config(%s) AS c",
            [word.text, word.plain, word.text, word.plain, word.language, word.language],
        ).fetchall()
        if not all(found)
    ]
    assert missed == []


def test_folded_text_has_letters_digits_and_spaces_only(of_a_locale: psycopg.Connection) -> None:
    """Asked of every character of the basic plane that Python's Unicode knows: letters stay, signs go."""
    rows = of_a_locale.execute(
        "SELECT n, dateline.fold('x ' || chr(n) || ' y') FROM generate_series(1, 65533) AS n WHERE n NOT BETWEEN 55296 AND 57343"
    ).fetchall()
    wrong = []
    for number, folded in rows:
        character = chr(number)
        kinds = {unicodedata.category(c)[0] for c in unicodedata.normalize("NFKD", character)}
        if unicodedata.category(character) in {"Cn", "Co"} or not folded.startswith("x ") or not folded.endswith(" y"):
            continue
        left = folded[2:-2].strip() if len(folded) > 3 else ""
        if kinds & {"P", "S", "Z", "C"} and not kinds & {"L", "N", "M"} and left:
            wrong.append((hex(number), "a sign stays", left))
        if "".join(_PLAIN[c] for c in left if c != " ") != _PLAIN[character]:
            wrong.append((hex(number), "a snippet's letters differ", left, _PLAIN[character]))
    assert wrong == [], "\n".join(map(str, wrong))


async def fill(desk: Desk, words: list[Written]) -> None:
    """Two articles per word: one has it in its headline, one in its body."""
    for number, word in enumerate(words):
        filler = FILLER.get(word.language, "xenon ypsilon zetetic")
        for place in ("title", "body"):
            title, body = (word.text, filler) if place == "title" else (filler, word.text)
            text = f"{body}\n{filler} {number}{place} " + filler * 3
            await desk.put(f"https://{word.language}.test/{number}/{place}", text, title=title, language=word.language)


@pytest.mark.asyncio
async def test_words_joined_by_a_hyphen_or_an_apostrophe_are_found_either_way(desk: Desk, database: str) -> None:
    await fill(desk, JOINED)
    with connect(database, autocommit=True) as connection:
        for number, word in enumerate(JOINED):
            hits = run(connection, search(parse(word.plain), limit=500, now=NOW)).hits
            found = {hit.article.url.partition(".test/")[2] for hit in hits}
            assert {f"{number}/title", f"{number}/body"} <= found, word


def test_a_letter_that_is_a_stop_word_leaves_no_bare_number_to_look_for(database: str) -> None:
    """Of "A4" as "A 4" only the 4 would be left, which is in every text."""
    with connect(database, autocommit=True) as connection:
        asked = (
            "SELECT to_tsvector('english', dateline.search_words('4 boats')) @@ dateline.word_query('english', 'A4')"
        )
        assert connection.execute(asked).fetchone() == (False,)


@pytest.mark.asyncio
async def test_a_stem_of_one_letter_finds_no_other_languages_articles(desk: Desk, database: str) -> None:
    """Serbian's stemmer makes "a" of "AI"."""
    await desk.put("https://sr.test/1", "Vlada i AI danas " + FILLER_SR, title="AI", language="sr")
    await desk.put("https://xx.test/2", "a plain xx text " + FILLER_SR, title="Plain", language="sq")
    with connect(database, autocommit=True) as connection:
        hits = run(connection, search(parse("AI"), limit=500, now=NOW)).hits
        of_serbian = run(connection, search(parse("AI lang:sr"), limit=500, now=NOW)).hits
    assert [hit.article.url for hit in hits] == []
    assert [hit.article.url for hit in of_serbian] == ["https://sr.test/1"]


@pytest.mark.parametrize("words", CASES)
@pytest.mark.asyncio
async def test_each_word_is_found_in_title_and_body(desk: Desk, database: str, words: list[Written]) -> None:
    await fill(desk, words)
    missed = []
    with connect(database, autocommit=True) as connection:
        for number, word in enumerate(words):
            hits = run(connection, search(parse(word.plain), limit=500, now=NOW)).hits
            paths = {hit.article.url.partition(".test/")[2]: hit for hit in hits}
            titled = paths.get(f"{number}/title")
            if titled is None or f"{number}/body" not in paths or len(paths) > len(words):
                missed.append((word, sorted(paths)))
            elif BEGIN not in (titled.title or "") and not is_unspaced(word.plain):
                missed.append((word, [titled.title]))
    assert missed == []


@pytest.mark.asyncio
async def test_watches_the_console_and_the_analysis_files_find_each_word(
    desk: Desk, database: str, tmp_path: Path
) -> None:
    watches = Watches(desk.pool)
    for number, word in enumerate(TABLE):
        await watches.add(f"w{number}", word.plain, webhook_url=None, secret=None, has_feed=True, now=NOW)
    await fill(desk, TABLE)
    while (await watches.match(lambda rule, told: "", now=NOW, limit=1000)).articles:
        pass
    missed: list[tuple[str, Written]] = []
    by_file = analysed(database, TABLE)
    async with console_app(Settings(data_dir=tmp_path), database) as app:
        client = Client(app)
        for number, word in enumerate(TABLE):
            wanted = {f"https://{word.language}.test/{number}/{place}" for place in ("title", "body")}
            if not wanted <= set(await watches.latest(f"w{number}", limit=500)):
                missed.append(("watch", word))
            shown = (await client.get("/search.json", q=f"{word.plain} site:{word.language}.test")).json()["hits"]
            if not wanted <= {hit["url"] for hit in shown}:
                missed.append(("console", word))
            if by_file[number] < 2:
                missed.append(("analysis", word))
    assert missed == []


def analysed(database: str, words: list[Written]) -> list[int]:
    """How many articles of the word's own site the analysis file of outlets counts, per word."""
    script = "".join(
        f"\\set words {_quoted(word.plain)}\n\\set language {word.language}\n\\echo site,{number}\n\\i {FILE}\n"
        for number, word in enumerate(words)
    )
    done = subprocess.run(
        [wheel_bin_dir() / "psql", database, "--no-psqlrc", "--quiet", "--csv", "--set=ON_ERROR_STOP=1"],
        input=script, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = [0] * len(words)
    number = 0
    for row in csv.reader(io.StringIO(done.stdout)):
        if row[0] == "site" and len(row) == 2:
            number = int(row[1])
        elif row[0] == f"{words[number].language}.test":
            counts[number] = int(row[1])
    return counts


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def test_words_in_sql_are_remarked_on_only_where_nothing_is_left_of_them(database: str) -> None:
    said: list[str] = []
    with connect(database) as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        connection.execute("SELECT news.words('ferry OR boat -pier', 'en')")
        assert said == []
        connection.execute("SELECT news.words('the', 'en')")
    assert said
