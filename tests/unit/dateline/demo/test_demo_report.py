"""The demonstration's report: it has every fact, leaves out empty sections, and interprets no text as markup."""

from __future__ import annotations

import dataclasses
import datetime as dt

from dateline.demo.report import (
    SHOWN_ROWS,
    AnsweredQuery,
    CopyFact,
    ExampleQuery,
    FeedWordsFact,
    OutletFacts,
    Rejection,
    ReportFacts,
    RevisionFact,
    RoundFacts,
    StoryFact,
    example_queries,
    plain_report,
)

FACTS = ReportFacts(
    rounds=(RoundFacts(1, 21.34, 104, 71, 0), RoundFacts(2, 9.5, 40, 8, 17)),
    outlets=(OutletFacts("harbour-post", "RSS", 22, 19, 1, 3, 3),),
    kinds={"article": 15, "opinion": 1},
    languages={"en": 16},
    copies=(CopyFact("http://a.test/copy", "http://b.test/original", "excerpt", 0.984),),
    stories=(StoryFact("Ferry sails again", 3, 4, 4),),
    aliases=(("http://a.test/s/1", "http://a.test/story"),),
    revisions=(
        RevisionFact("http://a.test/r", "Bus [bold]stays[/bold]", "Bus goes", dt.datetime(2031, 1, 1, tzinfo=dt.UTC)),
    ),
    removed=("http://a.test/gone",),
    rejections=(Rejection("soft_404", 2, "http://a.test/empty"),),
    feed_words=(
        FeedWordsFact("none", "robots", 3, "A [bold]closed[/bold] page"),
        FeedWordsFact("feed", "http_403", 4, None),
    ),
    queries=(AnsweredQuery(ExampleQuery("Who was first", "SELECT 1"), ("url", "n"), (("http://a.test/x", None),)),),
    data_dir="/somewhere/demo",
)


def test_report_has_every_fact() -> None:
    report = plain_report(FACTS)
    for words in (
        "22 URLs found at 1 outlets; 19 articles stored: 15 article, 1 opinion.",
        'Round 2: 9.5 s, 40 requests, 17 of them answered "not modified", 8 new articles.',
        "a.test/copy",
        "98%",
        "A [bold]closed[/bold] page",
        "http_403",
        "Ferry sails again",
        "1 stories covered by several outlets, 1 of them in different words.",
        "a.test/s/1",
        "Bus [bold]stays[/bold]",
        "a.test/gone",
        "soft_404",
        "Question 1: Who was first",
        "SELECT 1",
        "dateline up",
        "/somewhere/demo",
    ):
        assert words in report, words
    assert "None" not in report


def test_sections_without_facts_are_left_out() -> None:
    empty = dataclasses.replace(
        FACTS, stories=(), copies=(), aliases=(), revisions=(), removed=(), rejections=(), feed_words=(), queries=()
    )
    report = plain_report(empty)
    for heading in (
        "Copies on other sites",
        "Stories covered",
        "Other URLs of",
        "Changed by",
        "Taken down",
        "URLs not stored",
        "Kept as their feeds have them",
        "Question",
    ):
        assert heading in plain_report(FACTS)
        assert heading not in report


def test_long_answers_are_cut_and_say_so() -> None:
    rows = tuple((f"row-{n}", n) for n in range(SHOWN_ROWS + 3))
    report = plain_report(dataclasses.replace(FACTS, queries=(AnsweredQuery(example_queries()[0], ("a", "b"), rows),)))
    assert f"row-{SHOWN_ROWS - 1}" in report
    assert f"row-{SHOWN_ROWS}" not in report
    assert "… and 3 more rows" in report


def test_there_are_five_example_queries_with_titles() -> None:
    queries = example_queries()
    assert len(queries) == 5
    for query in queries:
        assert query.title
        assert query.sql.startswith("SELECT")
        assert query.sql.endswith(";")
