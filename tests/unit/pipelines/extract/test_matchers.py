"""The functions that replace trafilatura's expressions find the same elements, on every combination of names."""

from __future__ import annotations

import random
import re
from html import escape

import pytest
import trafilatura
from lxml import etree
from trafilatura import htmlprocessing, xpaths

from dateline.html import parse_html
from pipelines.extract.text.matchers import (
    BODY,
    REPLACED,
    STOCK,
    STOCK_LINK_DENSITY,
    link_density_test,
    matchers,
    may_be_pruned,
)

SOURCES = [expression.path for stock in STOCK for expression in stock]
WORDS = sorted(
    {word for source in SOURCES for quoted in re.findall("'([^']+)'", source) for word in quoted.split("|")}
    | {
        "nav",
        "Nav",
        "cookie",
        "hidden",
        "display:none",
        "x",
        "infinitescroll",
        "comment-list",
        "Commentary",
        "post-text",
    }
)
TAGS = [*("article", "div", "main", "section", "p", "span", "ul", "ol", "aside", "details", "h1"), "item", "list"]
NAMES = ("id", "class", "style", "role", "itemprop", "data-component", "aria-hidden", "data-lp-replacement-content")


def random_page(seed: int) -> str:
    """A tree of elements with one or two attributes each, in any order, whose words are those of the expressions."""
    chance = random.Random(seed)
    open_tags, parts = [], []
    for _ in range(60):
        tag = chance.choice(TAGS)
        names = chance.sample(NAMES[:3] * 3 + NAMES, chance.choice((0, 1, 1, 2, 3)))
        attributes = "".join(f' {name}="{escape(random_value(chance), quote=True)}"' for name in dict.fromkeys(names))
        parts.append(f"<{tag}{attributes}>text")
        open_tags.append(tag)
        while open_tags and chance.random() < 0.45:
            parts.append(f"</{open_tags.pop()}>")
    return f"<html><body>{''.join(parts)}</body></html>"


def random_value(chance: random.Random) -> str:
    word = re.sub(r"\(\?:|\(\?!\w+\)|[?^()\[\]]|\|", "", chance.choice(WORDS))
    word = chance.choice((word, word, word.swapcase(), word.capitalize()))
    return chance.choice(("{}", "{}", "my-{}", "{} first", "first {}", "{}s")).format(word)


@pytest.mark.parametrize("part", range(8))
def test_functions_find_what_the_expressions_find(part: int) -> None:
    found = 0
    for seed in range(part * 60, part * 60 + 60):
        root = parse_html(random_page(seed))
        for (_, functions), stock in zip(REPLACED, STOCK, strict=True):
            for function, expression in zip(functions, stock, strict=True):
                ours, theirs = list(function(root)), list(expression(root))
                if functions is BODY:  # of which trafilatura takes the first
                    ours, theirs = ours[:1], theirs[:1]
                assert ours == theirs, (
                    seed,
                    expression.path,
                    [etree.tostring(each)[:80] for each in {*ours} ^ {*theirs}],
                )
                found += len(ours)
    assert found > 300


def test_what_is_pruned_first_is_noticed_in_one_walk() -> None:
    first = (*xpaths.RAW_TREE_PRUNE_XPATH, *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)
    verdicts = set()
    for seed in range(300):
        root = parse_html(random_page(seed))
        is_pruned = any(list(expression(root)) for expression in first)
        assert may_be_pruned(root) or not is_pruned, seed
        verdicts.add(may_be_pruned(root))
    assert verdicts == {True, False}


def test_the_verdict_on_links_is_that_of_trafilatura() -> None:
    chance, seen = random.Random(4), set()
    for _ in range(2_000):
        parts = [
            chance.choice(
                ("word " * chance.randint(1, 60), "<ref>link to it</ref>", "<ref><b>Go</b></ref>", "<p>word</p>")
            )
            for _ in range(9)
        ]
        element = parse_html(f"<div>{''.join(parts[: chance.randint(1, 9)])}</div>").find(".//div")
        verdict = link_density_test(element)
        assert verdict == STOCK_LINK_DENSITY(element)
        seen.add(verdict)
    assert len(seen) > 2


def test_every_function_finds_something() -> None:
    pages = [parse_html(random_page(seed)) for seed in range(300)]
    idle = [
        function
        for _, functions in REPLACED
        for function in functions
        if not any(list(function(page)) for page in pages)
    ]
    assert not idle


def test_trafilatura_is_stock_outside_the_context() -> None:
    lists = [expressions for expressions, _ in REPLACED]
    with pytest.raises(RuntimeError), matchers():
        assert [list(each) for each in lists] == [functions for _, functions in REPLACED]
        raise RuntimeError
    assert [list(each) for each in lists] == STOCK
    assert htmlprocessing.link_density_test is STOCK_LINK_DENSITY
    assert all(isinstance(expression, etree.XPath) for stock in STOCK for expression in stock)


def test_the_version_is_the_one_that_was_compared() -> None:
    """On an upgrade: run the other tests, compare `pipelines/extract/text` with trafilatura's core, then change the number."""
    assert trafilatura.__version__ == "2.3.1"
