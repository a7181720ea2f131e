"""Several hundred mentions in up to 21 languages, labelled by hand."""

from __future__ import annotations

import pytest

from pipelines.mentions.step import NameMatcher
from sql.database import Pool
from sql.names.names import Names
from tests.integration.conftest import NOW
from tests.integration.pipelines.mentions.labelled import articles, names, score


@pytest.mark.parametrize(
    ("labels", "least_marks", "languages", "precision", "recall"),
    [
        pytest.param("", 290, 8, 0.98, 0.95, id="eight languages"),
        pytest.param("second_", 1, 9, 0.98, 0.95, id="cases of nine languages, and places within longer names"),
        pytest.param("third_", 1, 21, 0.98, 0.99, id="inflected names, and words that only look like them"),
        # what is left begins a sentence, and only its meaning tells: Stone walls, Calle abajo
        pytest.param("fourth_", 1, 8, 0.93, 0.98, id="universities and clubs, and more inflected names"),
        # what is left: only the meaning tells (Reading the polls), or characters within a longer word
        pytest.param(
            "fifth_", 100, 19, 0.92, 0.98, id="common words as names, names within names, scripts without spaces"
        ),
        pytest.param(
            "sixth_", 270, 16, 0.96, 0.97, id="real names, prefixes of Arabic and Hebrew, names over two lines"
        ),
        pytest.param("seventh_", 184, 20, 0.97, 0.97, id="other first names, titles, clubs and parties"),
    ],
)
async def test_names_are_found(
    pool: Pool, labels: str, least_marks: int, languages: int, precision: float, recall: float
) -> None:
    door = Names(pool)
    await door.put(names(labels), now=NOW)
    made = await score(NameMatcher(door), labels)
    print(f"precision {made.precision:.3f}, recall {made.recall:.3f}", dict(made.right), *made.errors, sep="\n")
    assert sum(len(one.marks) for one in articles(labels)) >= least_marks
    assert len({one.language for one in articles(labels)}) == languages
    assert made.precision >= precision
    assert made.recall >= recall
