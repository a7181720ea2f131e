"""Headlines: entities once more, sections, slogans and outlets are none, towns and dashes belong to them."""

from __future__ import annotations

from typing import Any

import pytest
from lxml.html import fromstring

from pipelines.extract.markup import flat_text
from pipelines.extract.titles import TitleClaims, choose_title

URL = "https://www.morrow-post.example/island/pier"
PIER = "Ferry pier to be rebuilt before autumn"


def title(url: str = URL, names: tuple[str, ...] = ("Morrow Post",), **claims: Any) -> str | None:
    return choose_title(TitleClaims(**claims), names, url)[0]


@pytest.mark.parametrize(
    ("page_title", "expected"),
    [
        (f"{PIER} | Morrow Post", PIER),
        (f"{PIER} - Morrow Post", PIER),
        (f"{PIER} – Morrow Post", PIER),
        (f"{PIER} » Morrow Post", PIER),
        (f"{PIER} · Morrow Post", PIER),
        (f"{PIER} _ Morrow Post", PIER),
        (f"{PIER} :: Morrow Post", PIER),
        (f"{PIER}: Morrow Post", PIER),
        (f"Morrow Post | {PIER}", PIER),
        (f"Morrow Post » {PIER}", PIER),
        (f"Morrow Post: {PIER}", PIER),
        (f"{PIER} ~ Morrow Post", PIER),
        (f"morrow-post.example - {PIER}", PIER),
        (f"{PIER}【莫罗邮报】", PIER),
        ("quay.example - a giant falters", "quay.example - a giant falters"),
        (f"{PIER}, Morrow Post", PIER),
        (f"{PIER} (Morrow Post)", PIER),
        (f"{PIER} | News, Sports, Jobs - Morrow Post", PIER),
        ("Storm hits Tarn, Morrow", "Storm hits Tarn, Morrow"),
        (f"{PIER} < Morrow Post", PIER),
        (f"{PIER} ‹ Morrow Post", PIER),
        (f"{PIER} - Morrow Post: News, sport and weather", PIER),
        ("Morrow Post: a hundred years of news", "Morrow Post: a hundred years of news"),
        (
            "Plus/Minus – the band – announce first album in a decade | Morrow Post",
            "Plus/Minus – the band – announce first album in a decade",
        ),
        ("Pénalités en mer : en sortir, mais comment ?", "Pénalités en mer : en sortir, mais comment ?"),
        ("🚢 Ferry is back – and how | Morrow Post", "🚢 Ferry is back – and how"),
        ("莫罗岛码头将重建_莫罗邮报", "莫罗岛码头将重建"),
        ("「もう船はない」町長が語る｜莫罗邮报", "「もう船はない」町長が語る"),
        ("Covid-19: what now? | Morrow Post", "Covid-19: what now?"),
    ],
)
def test_an_outlet_is_cut_where_it_is_an_end_behind_a_separator(page_title: str, expected: str) -> None:
    assert title(page_title=page_title, names=("Morrow Post", "莫罗邮报")) == expected


@pytest.mark.parametrize(
    "headline",
    ["Berlin: Mayor opens new bridge", "Berlin - Mayor opens new bridge", "Berlin mayor opens new bridge"],
)
def test_a_town_that_begins_a_headline_stays_though_the_outlet_has_its_name(headline: str) -> None:
    assert title("https://www.berlin.example/bridge", ("Berlin",), page_title=headline) == headline
    assert (
        title("https://www.berlin.example/bridge", ("Berlin",), headings=(headline,), page_title=f"{headline} | Berlin")
        == headline
    )


@pytest.mark.parametrize("name", ["Lantern", "The Lantern Post", "Bo's Diary"])
def test_a_heading_that_ends_the_page_title_is_the_outlets_name(name: str) -> None:
    page_title = f"Progress report #39: the pier - {name}"
    assert (
        title("https://blog.example/39", (), headings=(name,), page_title=page_title) == "Progress report #39: the pier"
    )


def test_an_outlet_before_the_title_is_cut_where_the_page_shows_the_rest_as_a_heading() -> None:
    page_title, names = f"Berlin: {PIER}", ("Berlin",)
    assert title("https://www.berlin.example/1", names, page_title=page_title, subheadings=(PIER,)) == PIER
    assert title("https://www.berlin.example/1", names, page_title=page_title, subheadings=("More",)) == page_title
    assert title(page_title=f"{PIER} - print", subheadings=(PIER,)) == PIER


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Tarn &amp; Pell: &#8220;No boat&#8221;", "Tarn & Pell: “No boat”"),
        ("It&#039;s only money, says the owner", "It's only money, says the owner"),
        ("Stra&szlig;e &quot;gesperrt&quot; bis Mai", 'Straße "gesperrt" bis Mai'),
        ("A&B wins the cup again", "A&B wins the cup again"),
        ("AT&T to build the mast", "AT&T to build the mast"),
    ],
)
def test_entities_are_decoded_once_more(claim: str, expected: str) -> None:
    assert title(social=(claim,)) == expected
    assert title(page_title=f"{claim} | Morrow Post") == expected


def test_entities_that_readers_see_are_meant() -> None:
    claim = "Why &amp; is written so in HTML"
    assert title(social=(claim,), headings=(claim,), page_title=claim) == claim


@pytest.mark.parametrize("name", ["Islands", "News", "Local sport", "Morrow Post", "Home"])
def test_a_heading_that_is_a_section_or_the_sites_name_is_no_headline(name: str) -> None:
    assert title(headings=(name,), page_title=f"{PIER} | Morrow Post") == PIER
    assert title(headings=(name, PIER), page_title=f"{PIER} | Morrow Post") == PIER


def test_a_headline_may_hold_the_outlets_name_among_its_words() -> None:
    question = "Who will buy the lighthouse of Morrow?"
    assert title("https://morrow.example/1", headings=(f"Analysis | {question}",), page_title=question) == question
    assert title(headings=("Lantern Weekly",), page_title=f"{PIER} – Lantern Weekly") == PIER


@pytest.mark.parametrize("slogan", ["News from the island since 1931", "Morrow Post - all the news of the island"])
def test_a_slogan_in_the_place_of_the_headline_is_none(slogan: str) -> None:
    assert title(social=(slogan,), headings=(PIER,), page_title=f"{PIER} | Morrow Post") == PIER
    assert title(headline=slogan, headings=(PIER,), page_title=f"{PIER} | Morrow Post") == PIER
    assert title(headings=(PIER,), page_title=slogan) == PIER


def test_a_kind_of_article_before_a_bar_in_the_heading_alone_is_no_headline() -> None:
    heading = f"Opinion | {PIER}"
    assert title(headings=(heading,), page_title=f"{heading} - Morrow Post") == PIER
    assert title(headings=(heading,), social=(heading,)) == heading
    assert title(headings=("Water | two ways to power a town",)) == "Water | two ways to power a town"


def test_a_search_engines_title_gives_way_to_the_heading_but_for_news_to_the_editors_claims() -> None:
    seo, seen = "10 Best Ferry Piers to Visit in 2026 (Tested)", "The best ferry piers of 2026, visited"
    assert title(headline=seo, social=(seo,), headings=(seen,), page_title=seo) == seen
    assert title(social=(seo,), headings=(seen,), page_title=seo) == seen
    assert title(headline=seo, social=(seo,), headings=(seen,), page_title=seo, is_news=True) == seo


@pytest.mark.parametrize(
    ("page_title", "expected"),
    [
        (f"Morrow Post » Island » {PIER}", PIER),
        (f"{PIER} · Local news · Morrow Post", PIER),
        ("莫罗岛渡轮码头将在秋季前重建_本地新闻_莫罗邮报", "莫罗岛渡轮码头将在秋季前重建"),
        ("Water – and how the island lost it – Morrow Post", "Water – and how the island lost it"),
    ],
)
def test_a_title_alone_loses_the_sections_that_one_mark_sets_apart(page_title: str, expected: str) -> None:
    assert title(page_title=page_title, names=("Morrow Post", "莫罗邮报")) == expected


def test_a_subheading_is_the_headline_where_all_else_is_the_sites_name() -> None:
    assert title(headings=("Morrow Post",), subheadings=("More", PIER), page_title="Morrow Post") == PIER


def test_a_quotation_before_the_outlets_name_keeps_its_closing_mark() -> None:
    quoted = "Six millions d’euros « perdus »"
    assert title(social=(quoted,), page_title=f"{quoted} - Morrow Post") == quoted


@pytest.mark.parametrize(("heading", "expected"), [
    ("Donau<wbr>dampf<wbr>schiff", "Donaudampfschiff"),
    ("<span>The <em>Guar</em>dians</span><span>of the pier</span>", "The Guardians of the pier"),
    ("Pier<br>shut<!-- today -->s<div>at <b>n</b>oon</div>", "Pier shuts at noon"),
])  # fmt: skip
def test_formatting_within_a_word_does_not_split_it(heading: str, expected: str) -> None:
    assert flat_text(fromstring(f"<h1>{heading}</h1>")) == expected
