"""Stop words are left out of a search, and the answer says so; a short word in capitals is looked for."""

from __future__ import annotations

import psycopg
import pytest

from dateline.errors import QueryError
from dateline.search.query import parse
from sql.search.search import run, search
from tests.integration.conftest import NOW, Desk
from tests.integration.sql.search.test_search import connection, fill, found

__all__ = ["connection"]


async def test_a_query_of_stop_words_is_said_to_be_one(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    for text in ("the", "the of and", '"to the"', "the -of"):
        with pytest.raises(QueryError, match="only stop words"):
            found(connection, text)
    assert found(connection, "the ferry") == ["ferries", "pier"]
    page = run(connection, search(parse("the source:unknown"), now=NOW))
    assert "stop words" in page.notices[0]


async def test_a_short_word_in_capitals_is_looked_for(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    retitle = "UPDATE dateline.article SET title = %s WHERE url LIKE %s"
    connection.execute(retitle, ["The WHO warns of IT failures, MAN says", "%/ferries"])
    connection.execute(retitle, ["THE MAN WHO CAN", "%/pier"])
    connection.execute(retitle, ["Die IHK und der EU-Rat, sagt IHR Sprecher", "%/faehre"])
    for text, expected in {
        "WHO": ["ferries"],
        "IT": ["ferries"],
        "title:WHO": ["ferries"],
        "WHO IT": ["ferries"],
        "WHO -IT": [],
        "harbours -WHO": [],
        "WHO OR rotten": ["ferries", "pier"],
        "IHR lang:de": ["faehre"],
        "EU": ["faehre"],
        "WHOM": [],
        '"The WHO"': ["ferries"],
    }.items():
        assert found(connection, text) == expected, text
    for text in ("who", "it"):
        with pytest.raises(QueryError, match="only stop words"):
            found(connection, text)
