"""Names in articles: milliseconds a page with 10,000 names, and the score on labelled mentions: `make bench-names`."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
import time
from pathlib import Path

from benchmarks import results
from dateline.names.name_list import NameLine
from pipelines.mentions.step import NameMatcher
from pipelines.mentions.text_words import TextWords
from sql.database import open_pool
from sql.names.names import Names
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.integration.pipelines.mentions.labelled import articles, names, score

NAMES, PAGES, PAGE_WORDS = 10_000, 400, 450
SYLLABLES = ["ba", "ke", "lo", "mi", "ra", "so", "tu", "ven", "dor", "lin", "gar", "sel", "bru", "cha", "fi"]
NOW = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def invented(rng: random.Random, count: int) -> list[NameLine]:
    """Names of one to three words, as many of which begin alike as in real lists."""
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 3))).title() for _ in range(3000)]
    aliases = ["".join(rng.choices(SYLLABLES, k=3)).title() for _ in range(count)]
    return [
        NameLine(f"own:{n}", "person", " ".join(rng.choices(words, k=rng.randint(1, 3))), (rng.choice(aliases),))
        for n in range(count)
    ]


def pages(rng: random.Random, listed: list[NameLine]) -> list[tuple[str, str, str]]:
    """Pages of labelled text with invented names strewn in: (language, title, text)."""
    found = list(articles())
    made = []
    for _ in range(PAGES):
        one = rng.choice(found)
        words = (one.text + " ").split(" ")
        while len(words) < (PAGE_WORDS if one.language not in ("ja", "zh") else 60):
            words += [*one.text.split(" "), rng.choice(listed).name]
        made.append((one.language, one.title, " ".join(words)))
    return made


async def measure(url: str) -> dict[str, float]:
    """The figures."""
    rng = random.Random(7)
    async with open_pool(url) as pool:
        door = Names(pool)
        await door.put(names(), now=NOW)
        scored = await score(NameMatcher(door))
        listed = invented(rng, NAMES)
        await door.put(listed, now=NOW)
        matcher, given = NameMatcher(door), pages(rng, listed)
        await matcher.refresh()
        for language, title, text in given:
            await matcher.places(title, text, language)  # its words are known then, as those of most pages are
        times, found, cpu = [], [], time.process_time()
        for language, title, text in given:
            begin = time.perf_counter()
            found.append(len(await matcher.places(title, text, language)))
            times.append((time.perf_counter() - begin) * 1000)
        cpu_ms = (time.process_time() - cpu) / len(given) * 1000
    times.sort()
    return {
        "names": NAMES + len(names()),
        "words_a_page": sum(len(TextWords(text)) for _, _, text in given) / len(given),
        "mentions_a_page": sum(found) / len(found),
        "cpu_ms_a_page": cpu_ms,
        "p50_ms": times[len(times) // 2],
        "p95_ms": times[len(times) * 95 // 100],
        "labelled": float(scored.right.total() + scored.missed.total()),
        "precision": scored.precision,
        "recall": scored.recall,
    }


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        folder.chmod(0o711)
        with EmbeddedServer(folder / "db", durable=False, root_dir=folder / "root").running() as url:
            migrate(url)
            figures = asyncio.run(measure(url))
    results.show("names in articles", figures.items())
    results.write("names", figures, [])


if __name__ == "__main__":
    main()
