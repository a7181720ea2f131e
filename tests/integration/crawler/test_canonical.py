"""rel=canonical and amphtml: two addresses of one page are one article where the text proves it, whichever comes first."""

from __future__ import annotations

from itertools import permutations

import pytest

from sql.database import Pool
from tests.integration.conftest import NOW, WORDS, Desk, published
from tests.integration.pipelines.test_store import ledger, rows

STORY = "https://post.test/2026/05/04/ferry-pier-to-be-rebuilt"
PRINTED = "https://post.test/print/88123"
SHORTER = WORDS.rpartition("Fishing crews")[0]
OTHER = (
    "Growers above the river have pulled up a third of their pear trees this winter and few will plant new ones there. "
    "Frost in three of the last five springs killed the blossom, and prices have hardly moved while diesel and wages "
    "went up by half. The cooperative closed its second cold store in October; a couple from the city presses cider there."
)


async def urls(pool: Pool) -> list[str]:
    return [row["url"] for row in await rows(pool, "SELECT url FROM news.articles ORDER BY url")]


async def test_a_page_that_names_a_stored_one_as_canonical_is_that_article(desk: Desk) -> None:
    await desk.put(STORY)
    await desk.put(PRINTED, SHORTER, canonical_url=STORY)
    assert await urls(desk.pool) == [STORY]
    assert await ledger(desk.pool, PRINTED) == ("duplicate", "canonical")
    (article,) = await rows(desk.pool, "SELECT text FROM news.articles")
    assert article["text"].strip() == WORDS.strip(), "another URL does not make a revision"
    again = await desk.put(PRINTED, SHORTER, canonical_url=STORY)
    assert again.result.reason == "canonical"
    assert await rows(desk.pool, "SELECT 1 FROM dateline.revision") == []


async def test_the_canonical_page_may_come_last_and_pages_may_name_one_that_never_comes(desk: Desk) -> None:
    await desk.put(PRINTED, SHORTER, canonical_url=STORY)
    await desk.put("https://post.test/mobile/88123", WORDS + " Copyright.", canonical_url=STORY)
    await desk.put(STORY)
    assert await urls(desk.pool) == [PRINTED]
    assert await ledger(desk.pool, STORY) == ("duplicate", "canonical")


async def test_a_canonical_url_with_another_text_is_not_an_alias(desk: Desk) -> None:
    await desk.put(STORY)
    await desk.put("https://post.test/2026/05/04/pear-trees-pulled-up", OTHER, canonical_url=STORY)
    assert len(await urls(desk.pool)) == 2


async def test_an_alias_whose_text_became_another_is_an_article_of_its_own(desk: Desk) -> None:
    await desk.put(STORY)
    await desk.put(PRINTED, SHORTER, canonical_url=STORY)
    await desk.put(PRINTED, OTHER, canonical_url=STORY)
    assert await urls(desk.pool) == sorted([PRINTED, STORY])
    assert await rows(desk.pool, "SELECT 1 FROM dateline.alias WHERE why = 'canonical'") == []
    assert (await desk.put(PRINTED, OTHER, canonical_url=STORY)).result.result == "unchanged"


@pytest.mark.parametrize(
    "canonical", ["https://post.test/", "https://post.test/sport", "https://elsewhere.test/2026/pier"]
)
async def test_homes_sections_and_other_domains_are_not_aliases(desk: Desk, canonical: str) -> None:
    await desk.put(STORY, canonical_url=canonical)
    await desk.put("https://post.test/2026/05/04/the-same-again-at-length", SHORTER + OTHER, canonical_url=canonical)
    assert len(await urls(desk.pool)) == 2
    assert await rows(
        desk.pool, "SELECT 1 FROM dateline.article WHERE canonical_key IS NOT NULL AND url LIKE '%again%'"
    ) == ([{"?column?": 1}] if canonical.endswith("sport") else [])


async def test_a_canonical_url_that_many_bodies_name_is_ignored(desk: Desk) -> None:
    for number in range(3):
        text = " ".join(f"{word}{number}" for word in OTHER.split())
        await desk.put(f"https://post.test/2026/05/04/serial-part-number-{number}", text, canonical_url=STORY)
    await desk.put(STORY, " ".join(f"{word}0" for word in OTHER.split()) + " The end.")
    assert len(await urls(desk.pool)) == 4


async def test_a_canonical_url_on_another_site_identifies_the_original(desk: Desk) -> None:
    await desk.put("https://copies.test/pier", published=published(6), canonical_url=STORY)
    await desk.put(STORY, WORDS + " More on the next page.", published=published(9))
    links = await rows(desk.pool, "SELECT copy_url, original_url FROM news.copies")
    assert links == [{"copy_url": "https://copies.test/pier", "original_url": STORY}]


async def test_an_amp_page_at_its_own_url_is_an_alias(desk: Desk) -> None:
    amp = "https://post.test/fast/7714.cms"
    await desk.put(STORY, amp_url=amp)
    assert await rows(desk.pool, "SELECT why FROM dateline.alias") == [{"why": "amp"}]
    await desk.put(amp, SHORTER)
    assert await urls(desk.pool) == [STORY]
    assert await ledger(desk.pool, amp) == ("duplicate", "amp")
    await desk.put(amp, OTHER)
    assert await urls(desk.pool) == sorted([amp, STORY])


async def test_in_any_order_it_is_one_article(desk: Desk) -> None:
    pages = [("story-{}", WORDS), ("print-{}", SHORTER), ("mobile-{}", WORDS + " Copyright.")]
    for number, order in enumerate(permutations(pages)):
        canonical = f"https://post.test/2026/05/04/the-long-story-number-{number}"
        for name, text in order:
            marked = f"{text} Issue number {number}."
            url = canonical if name == "story-{}" else f"https://post.test/2026/05/04/{name.format(number)}-form"
            await desk.put(url, marked, canonical_url=canonical, now=NOW)
        assert len(await urls(desk.pool)) == number + 1, order
