"""One run of the demonstration as `dateline demo` plays it, with what it left behind right after its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from dateline.demo.newsroom import Newsroom
from dateline.demo.report import ReportFacts
from dateline.demo.run import demonstration
from dateline.demo.server import NewsroomServer, Request
from tests.acceptance.support.expected import Expected, ExpectedArticle, expected

Row = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """The report's facts, the server's own log of the two rounds, and the tables' rows. The newsroom still answers."""

    server: NewsroomServer
    url: str
    folder: Path
    wanted: Expected
    facts: ReportFacts
    said: tuple[str, ...]
    requests: tuple[Request, ...]
    articles: tuple[Row, ...]
    """news.articles."""
    stored: dict[str, Row]
    """The same by canonical URL; one whose URL the newsroom does not know keeps its own."""
    ledger: dict[str, Row]
    """news.ledger by URL without tracking."""
    visits: tuple[Row, ...]
    """news.visits."""
    leads_to: dict[Any, int]
    """Article id by every url_key that leads to it."""

    @property
    def newsroom(self) -> Newsroom:
        return self.server.newsroom

    @property
    def second_round(self) -> tuple[Request, ...]:
        return self.requests[self.facts.rounds[0].requests :]

    @property
    def pairs(self) -> list[tuple[ExpectedArticle, Row]]:
        """Each expected article with its row."""
        return [(article, self.stored[article.url]) for article in self.wanted.articles.values()]


@contextmanager
def played_in(url: str, folder: Path) -> Iterator[Played]:
    """Two rounds into this migrated database; the service has ended when the block begins."""
    newsroom, said = Newsroom.fresh(dt.datetime.now(dt.UTC)), list[str]()
    with NewsroomServer(newsroom) as server:
        with demonstration(url, folder, server, said.append) as facts:
            asked_later = facts.backfill.requests if facts.backfill else 0
            requests = tuple(server.log[: len(server.log) - asked_later])
        wanted = expected(newsroom, 2)
        articles = rows(url, "SELECT * FROM news.articles")
        yield Played(
            server=server,
            url=url,
            folder=folder,
            wanted=wanted,
            facts=facts,
            said=tuple(said),
            requests=requests,
            articles=tuple(articles),
            stored={wanted.canonical(row["url"]) or row["url"]: row for row in articles},
            ledger={row["url"].partition("?")[0]: row for row in rows(url, "SELECT * FROM news.ledger")},
            visits=tuple(rows(url, "SELECT * FROM news.visits")),
            leads_to={row["url_key"]: row["article_id"] for row in rows(url, LEADS)},
        )


LEADS = """
SELECT url_key, article_id FROM dateline.alias UNION SELECT url_key, id FROM dateline.article
UNION SELECT url_key, article_id FROM dateline.url WHERE article_id IS NOT NULL
"""


def rows(url: str, statement: str, **params: object) -> list[Row]:
    """What a query answers."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(statement.encode(), params).fetchall()
