"""Three hundred mentions in eight languages, labelled by hand."""

from __future__ import annotations

from pipelines.mentions.step import NameMatcher
from sql.database import Pool
from sql.names.names import Names
from tests.integration.conftest import NOW
from tests.integration.pipelines.mentions.labelled import articles, names, score


async def test_names_are_found_in_eight_languages(pool: Pool) -> None:
    door = Names(pool)
    await door.put(names(), now=NOW)
    made = await score(NameMatcher(door))
    print(f"precision {made.precision:.3f}, recall {made.recall:.3f}", dict(made.right), *made.errors, sep="\n")
    assert sum(len(one.marks) for one in articles()) >= 290
    assert len({one.language for one in articles()}) == 8
    assert made.precision >= 0.98
    assert made.recall >= 0.95


async def test_cases_of_nine_languages_are_found_and_places_within_longer_names_are_not(pool: Pool) -> None:
    door = Names(pool)
    await door.put(names("second_"), now=NOW)
    made = await score(NameMatcher(door), "second_")
    print(f"precision {made.precision:.3f}, recall {made.recall:.3f}", dict(made.right), *made.errors, sep="\n")
    assert len({one.language for one in articles("second_")}) == 9
    assert made.precision >= 0.98
    assert made.recall >= 0.95


async def test_inflected_names_and_words_that_only_look_like_them(pool: Pool) -> None:
    door = Names(pool)
    await door.put(names("third_"), now=NOW)
    made = await score(NameMatcher(door), "third_")
    print(f"precision {made.precision:.3f}, recall {made.recall:.3f}", dict(made.right), *made.errors, sep="\n")
    assert made.precision >= 0.98
    assert made.recall >= 0.99


async def test_names_of_universities_and_clubs_are_not_their_places_and_more_inflected_names(pool: Pool) -> None:
    door = Names(pool)
    await door.put(names("fourth_"), now=NOW)
    made = await score(NameMatcher(door), "fourth_")
    print(f"precision {made.precision:.3f}, recall {made.recall:.3f}", dict(made.right), *made.errors, sep="\n")
    assert (
        made.precision >= 0.93
    )  # what is left begins a sentence, and only its meaning tells: Stone walls, Calle abajo
    assert made.recall >= 0.98
