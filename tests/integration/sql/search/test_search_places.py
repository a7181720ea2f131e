"""Where a search looks: a phrase in one part of an article, a host of a site, a language by its name."""

from __future__ import annotations

import psycopg

from tests.integration.conftest import Desk
from tests.integration.sql.search.test_search import connection, fill, found

__all__ = ["connection"]


async def test_phrases_hosts_and_languages(desk: Desk, connection: psycopg.Connection) -> None:
    await fill(desk)
    for text, expected in {
        '"puerto las barcas"': [],
        '-"puerto las barcas" lang:es': ["barca"],
        '"puerto barcas"~3': ["barca"],
        "Council: pier": ["pier"],
        "site:nowhere.diario.test": [],
        "site:https://www.post.test:443/x,diario.test": ["ferries", "pier", "barca"],
        "lang:german,spa": ["faehre", "barca"],
    }.items():
        assert found(connection, text) == expected, text
