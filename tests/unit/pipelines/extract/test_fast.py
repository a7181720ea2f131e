"""The fast reading on one copy of the tree gives the body that trafilatura's own fast mode gives, and changes no tree."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import trafilatura
from lxml import etree

from dateline.html import parse_html
from pipelines.extract.text.body import blocks_of
from pipelines.extract.text.fast import FAST, FULL, fast_body, stock_body

GOLDEN = sorted((Path(__file__).parents[3] / "golden" / "pages").glob("*.html"))
WORDS = [
    "the",
    "harbour",
    "council",
    "voted",
    "to",
    "rebuild",
    "a",
    "ferry",
    "pier",
    "before",
    "the",
    "autumn",
    "storms",
    "and",
    "asked",
    "for",
    "money",
]


def random_article(seed: int) -> str:
    """An article with what trafilatura's steps look for: repeats, lists, tables, links, quotes, code, boxes, stray texts."""
    chance = random.Random(seed)

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most))).capitalize() + "."

    parts = []
    for _ in range(chance.randint(3, 14)):
        text = words(3, 40)
        shape = chance.choice(
            (
                *("<p>{}</p>",) * 5,
                "<p>{0}</p><p>{0}</p>",
                "<ul><li>{}</li><li><a href=/x>{}</a></li></ul>",
                "<table><tr><td>{}</td><td><a href=/y>{}</a></td></tr></table>",
                "<blockquote>{}<br>{}</blockquote>",
                "<h2>{}</h2><pre>{}</pre>",
                "<div>{}<br><br>{}</div>",
                "<div class='related-box'><a href=/z>{}</a></div>{}",
                "<div class=comment><p>{}</p></div><section><p>{}</p></section>",
                "<p><a href=/w>{}</a></p><figure><p>{}</p></figure>",
                "<details><summary>{}</summary>{}</details><p><b>{}</b> <sup></sup> and <del>{}</del></p>",
            )
        )
        parts.append(shape.format(text, words(3, 30), words(1, 4), words(1, 4)))
    name = chance.choice(("class=article-body", "class=story", "id=content", "class=x", "class='main wide'"))
    tag = chance.choice(("article", "div", "section", "main"))
    return f"<html><body><nav><a href=/>Home</a></nav><{tag} {name}>{''.join(parts)}</{tag}></body></html>"


PAGES = [path.read_bytes() for path in GOLDEN] + [random_article(seed).encode() for seed in range(240)]


@pytest.mark.parametrize("page", PAGES)
def test_the_fast_reading_is_that_of_trafilatura(page: bytes) -> None:
    root = parse_html(page)
    etree.strip_elements(root, "script", "style", with_tail=False)
    before = etree.tostring(root)
    theirs = trafilatura.bare_extraction(root, options=FAST)
    ours, _ = fast_body(root)
    assert etree.tostring(root) == before
    assert (ours is None) == (theirs is None)
    if theirs is not None:
        assert list(blocks_of(ours)) == list(blocks_of(theirs.body))  # type: ignore[union-attr]


@pytest.mark.parametrize("page", PAGES[:: len(PAGES) // 60])
def test_the_full_reading_is_that_of_trafilatura(page: bytes) -> None:
    root = parse_html(page)
    etree.strip_elements(root, "script", "style", with_tail=False)
    theirs = trafilatura.bare_extraction(root, options=FULL)
    ours = stock_body(root, FULL)
    assert (ours is None) == (theirs is None)
    if theirs is not None:
        assert etree.tostring(ours) == etree.tostring(theirs.body)  # type: ignore[union-attr]
