"""Has the installed plug-ins read the articles that wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from dateline import log
from dateline.config import Settings
from dateline.errors import ConfigError, DatelineError
from dateline.names.entities import Entity, Model
from dateline.parser_pool.pool import ParserPool, PoolWording
from pipelines.entities.plug_ins import declared, installed, recognise
from sql.database import Pool
from sql.names.entities import Entities, WaitingArticle

BATCH = 20
AGAIN_S = 600.0
"""Seconds until a plug-in that could not be loaded is tried again; articles wait for it meanwhile."""
DECLARE_S = 60.0
"""Seconds until models are declared again: a scheduler without the plug-ins may have been the leader meanwhile."""

WORDING = PoolWording("the plug-in", "process of plug-ins", "entities_memory_mb")

logger = log.get(__name__)


class EntityReader:
    """Reads articles with every plug-in. What a plug-in does wrong costs its own names in that article, and is logged."""

    def __init__(self, entities: Entities, *, memory_mb: int, deadline_s: float) -> None:
        self._entities, self._deadline_s = entities, deadline_s
        self._plug_ins = installed()
        self._pool = ParserPool(workers=1, extra=0, memory_mb=memory_mb, max_tasks=5000, wording=WORDING)
        self._models: dict[str, Model] = {}
        self._is_begun, self._begin_at = False, 0.0

    @classmethod
    def of(cls, settings: Settings, pool: Pool) -> EntityReader:
        """A reader with the limits of the settings."""
        return cls(Entities(pool), memory_mb=settings.entities_memory_mb, deadline_s=settings.entities_deadline_s)

    async def step(
        self,
        *,
        most: int | None = None,
        listener: Callable[[int], None] = lambda done: None,
        stop: asyncio.Event | None = None,
    ) -> int:
        """Read the waiting articles, at most `most`; returns how many were read. Each is a transaction."""
        done = 0
        while await self.begin() and (most is None or done < most) and not (stop and stop.is_set()):
            articles = await self._entities.waiting(limit=BATCH)
            if not articles:
                break
            for article in articles:
                if (found := await self._read(article)) is None:
                    break
                await self._entities.keep(article, found)
                done += 1
                listener(1)
                if stop and stop.is_set():
                    break
        return done

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    async def begin(self) -> bool:
        """Load the plug-ins and declare their models, again from time to time; returns whether there are any, all loaded."""
        if time.monotonic() >= self._begin_at:
            self._begin_at = time.monotonic() + AGAIN_S
            self._is_begun = all([await self._load(name, value) for name, value in self._plug_ins.items()])
            if self._is_begun:
                await self._entities.use(list(self._models.values()))
                self._begin_at = time.monotonic() + DECLARE_S
        return self._is_begun and bool(self._models)

    async def _load(self, name: str, value: str) -> bool:
        """Load the plug-in into the current process; whether that worked and no other plug-in has the same model."""
        self._models.pop(name, None)
        try:
            model = await self._pool.run(declared, value, deadline_s=self._deadline_s, subject=name)
            if twin := next((other for other, its in self._models.items() if its == model), None):
                raise ConfigError(f"plug-in {twin!r} has the same model and version; remove one of the two")
        except DatelineError as error:
            logger.warning("a plug-in can't be loaded: articles wait", plug_in=name, error=str(error))
            return False
        self._models[name] = model
        return True

    async def _read(self, article: WaitingArticle) -> dict[Model, list[Entity]] | None:
        """What the plug-ins recognise; None if one can't be loaded, which a new process must do after the old one ended."""
        found: dict[Model, list[Entity]] = {}
        for name, value in self._plug_ins.items():
            try:
                while (recognised := await self._recognise(name, value, article)) is None:
                    if not await self._load(name, value):
                        self._is_begun = False
                        return None
                found[self._models[name]] = recognised
            except DatelineError as error:
                if error.is_temporary:
                    raise
                logger.warning("a plug-in failed at an article", plug_in=name, article=article.id, error=str(error))
        return found

    async def _recognise(self, name: str, value: str, article: WaitingArticle) -> list[Entity] | None:
        """What one plug-in recognises; None if the process of plug-ins has not loaded it."""
        words = (article.title, article.text, article.language)
        return await self._pool.run(recognise, value, *words, deadline_s=self._deadline_s, subject=name)
