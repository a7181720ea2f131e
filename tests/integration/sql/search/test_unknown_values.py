"""Values of fields that the archive does not know are named in the answer, with those that are spelled alike."""

from __future__ import annotations

import psycopg

from dateline.search.query import parse
from sql.search.search import run, search
from tests.integration.conftest import NOW, Desk
from tests.integration.sql.search.test_search import connection, fill

__all__ = ["connection"]


async def test_values_that_the_archive_does_not_know_are_said_with_those_like_them(
    desk: Desk, connection: psycopg.Connection
) -> None:
    await fill(desk)
    for text, said in {
        "source:nosuch ferry": ["source:nosuch finds nothing: no source has this name or title"],
        "ferry -source:nosuch": ["source:nosuch finds nothing: no source has this name or title"],
        "author:Brannstrum": [
            "author:Brannstrum finds nothing: no article has an author of this name; there is Ada Brännström"
        ],
        "author:brannstrom,hale": [],
        "lang:fr": ["lang:fr finds nothing: no article is in this language; there is de, en, es, ja, ko, th"],
        "lang:German": [],
        "site:https://www.post.test/ OR site:past.test": ["site:past.test finds nothing: no article is from this site"],
        "section:local": [],
        "section:sport": ["section:sport finds nothing: no article has a section of this name"],
        "credited:meridian tag:transport": [],
        "tag:transports": ["tag:transports finds nothing: no article has this topic; there is Transport"],
    }.items():
        assert list(run(connection, search(parse(text), now=NOW)).notices) == said, text
