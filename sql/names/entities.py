"""Names that models recognise, in PostgreSQL, and the articles that wait for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dateline.names.entities import Entity, Model
from sql import query
from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class WaitingArticle:
    """An article that models have to read; `since` changes when it is revised."""

    id: int
    language: str | None
    title: str
    text: str
    since: dt.datetime


class Entities(PoolQueries, area="entities"):
    """Reads and writes recognised names. Every method is one transaction."""

    async def use(self, models: Sequence[Model]) -> None:
        """Note which models there are: from now on articles wait for them."""
        await self._run(
            "use_models", {"names": [one.name for one in models], "versions": [one.version for one in models]}
        )

    async def queue_all(self, *, now: dt.datetime) -> None:
        """Have every article read again, if there is a model."""
        await self._run("queue_all_entities", {"now": now})

    async def waiting(self, *, limit: int) -> list[WaitingArticle]:
        """The next articles; no lock is held while models read them."""
        return await self._rows(WaitingArticle, "waiting_for_models", {"limit": limit})

    async def left(self) -> int:
        """How many articles wait for the list of names or for models."""
        return int(await self._value("left"))

    async def keep(self, article: WaitingArticle, found: Mapping[Model, Sequence[Entity]]) -> None:
        """Replace what models recognised in an article, and end its task; nothing if it was revised meanwhile."""
        row = {"article_id": article.id, "since": article.since}
        async with self._pool.connection() as conn, conn.transaction():
            if not (await conn.execute(query("entities", "end_entity_task"), row)).rowcount:
                return
            await conn.execute(query("entities", "drop_entities"), row)
            for model, entities in found.items():
                await conn.execute(query("entities", "put_entities"), _columns(article.id, model, entities))


def _columns(article_id: int, model: Model, entities: Sequence[Entity]) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "model": model.name,
        "version": model.version,
        "kinds": [one.kind for one in entities],
        "names": [one.name for one in entities],
        "counts": [one.mentions for one in entities],
        "in_title": [one.in_title for one in entities],
        "firsts": [one.first_at for one in entities],
    }
