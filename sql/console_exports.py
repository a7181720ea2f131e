"""What the console exports, as questions for `sql.export`."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql as compose

from dateline.search_query import parse
from sql import query
from sql.export import Question
from sql.search import condition, run


def found_articles(connection: psycopg.Connection[Any], text: str) -> Question:
    """The articles that a search finds, newest first, with the columns of `news.articles`; a QueryError points at the place."""
    where = run(connection, condition(parse(text)))
    return Question(
        compose.SQL(query("console", "found_articles")).format(condition=where.literal).as_string(connection)
    )
