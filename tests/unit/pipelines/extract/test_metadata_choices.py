"""Titles, authors, instants, tags and language: which of a page's claims is believed.

Long because it is mostly tables of pages.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from lxml.html import HtmlElement

from dateline.html import parse_html
from dateline.languages import language_code
from dateline.types.article import Hints
from pipelines.extract.authors import names_of, split_byline
from pipelines.extract.dates import value_instant
from pipelines.extract.jsonld import main_article, plain, read_nodes
from pipelines.extract.language import choose_language
from pipelines.extract.metadata import Metadata, read_metadata
from pipelines.extract.titles import TitleClaims, choose_title

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
NO_HINTS = Hints()
URL = "https://www.lanternpost.example/city/harbour"


def metadata(head: str, body: str = "", hints: Hints = NO_HINTS) -> Metadata:
    root: HtmlElement = parse_html(f"<html><head>{head}</head><body>{body}</body></html>")
    return read_metadata(root, URL, hints, NOW)


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


# --- titles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page_title", "expected"),
    [
        ("Bridge to close – The Lantern Post", "Bridge to close"),
        ("Bridge to close | City | Lantern Post", "Bridge to close | City"),
        ("Bridge to close - News - lanternpost.example", "Bridge to close"),
        ("The Lantern Post: Bridge to close", "Bridge to close"),
        ("Lantern Post | Bridge to close", "Bridge to close"),
        ("橋が閉鎖：Lantern Post", "橋が閉鎖"),
        ("Half-open bridge - a history", "Half-open bridge - a history"),
    ],
)
def test_titles_lose_the_outlets_name(page_title: str, expected: str) -> None:
    assert titled(page_title=page_title, names=["The Lantern Post"])[0] == expected


def titled(*, names: Sequence[str] = (), **claims: Any) -> tuple[str | None, tuple[str, ...]]:
    return choose_title(TitleClaims(**{"is_news": True} | claims), names, URL)


def test_a_tail_that_other_claims_lack_is_cut_and_a_kicker_that_sharing_lacks_too() -> None:
    assert titled(headline="Bridge to close", social=("Bridge to close - Harbour Desk",))[0] == "Bridge to close"
    assert titled(social=("Bridge to close - Harbour Desk",), headings=("Bridge to close",))[0] == "Bridge to close"
    kicked = "Harbour: Bridge to close"
    assert titled(headline=kicked, social=("Bridge to close",), headings=(kicked,))[0] == "Bridge to close"


def test_a_tail_that_all_claims_but_the_heading_have_is_part_of_the_headline() -> None:
    long = "Bridge to close - Live report"
    assert titled(headline=long, social=(long,), headings=("Bridge to close",), page_title=long)[0] == long


def test_a_headline_has_no_kickers_that_page_and_sharing_put_before_it() -> None:
    shared, shown = "Harbour works: «A bridge to nowhere»", "City council - «A bridge to nowhere»"
    assert titled(social=(shared,), headings=(shown,))[0] == "«A bridge to nowhere»"
    assert titled(social=(shared,), headings=(shared,))[0] == shared
    own = "'Row the harbour - see the city from the water'"
    assert titled(social=(own,), headings=("'Row the old harbour - see the city from the water'",))[0] == own


@pytest.mark.parametrize(
    ("headline", "shared", "heading", "page_title", "expected"),
    [
        ("Bridge dates", "No way over", "Bridge dates", "Bridge dates", "No way over"),
        ("No way over", "Bridge dates", "No way over", "Bridge dates", "No way over"),
        ("No way over", "Bridge dates", "No way over", "Harbour bridge: all news", "No way over"),
        ("Internal name", "No way over", "No way over", "No way over", "No way over"),
    ],
)
def test_of_two_editors_claims_the_one_wins_that_is_not_written_for_search_engines(
    headline: str, shared: str, heading: str, page_title: str, expected: str
) -> None:
    title, others = titled(headline=headline, social=(shared,), headings=(heading,), page_title=page_title)
    assert title == expected
    assert set(others) == {headline, shared, heading, page_title} - {expected}


def test_a_headline_that_differs_from_its_alternative_is_believed() -> None:
    claims = {"social": ("No way over",), "headings": ("No way over",), "page_title": "No way over"}
    assert titled(headline="Bridge to close", is_told_apart=True, **claims)[0] == "Bridge to close"
    script = '{"@type":"NewsArticle","headline":"Bridge to close","alternativeHeadline":"For a year"}'
    head = f'<title>No way over</title><meta property="og:title" content="No way over">{json_ld(script)}'
    assert metadata(head, "<h1>No way over</h1>").title == "Bridge to close"


def test_a_headline_cut_at_its_length_gives_way_to_the_whole_one() -> None:
    whole = "Bridge to close for a year while its towers are mended"
    assert titled(headline="Bridge to close for a year while…", headings=(whole,))[0] == whole
    assert titled(headline="And then…", headings=("Bridge to close",))[0] == "And then…"


def test_buttons_and_times_in_a_heading_are_no_part_of_it_and_an_element_may_be_one_by_its_role() -> None:
    heading = "Harbour to be rebuilt this year"
    assert metadata("", f"<h1>{heading} <button>Share</button> <time>4 May 2026</time></h1>").title == heading
    assert metadata("", f"<div role=heading aria-level=1>{heading}</div>").title == heading
    assert len(metadata("", f"<div role=heading aria-level=1>{heading}</div>" * 99).markup.headings) < 20


def test_an_empty_canonical_link_says_nothing() -> None:
    head = f"<link rel=canonical href=''><link rel=canonical href='{URL}'>"
    assert metadata(head).canonical_url == URL


def test_a_claim_that_is_only_the_outlets_name_is_none() -> None:
    assert titled(social=("Lantern Post",), headings=("Bridge to close",))[0] == "Bridge to close"
    assert titled(page_title="Lantern Post") == ("Lantern Post", ())
    assert titled() == (None, ())


def test_a_closing_quotation_mark_is_no_separator() -> None:
    assert titled(page_title="«A bridge to nowhere» - News - lanternpost.example")[0] == "«A bridge to nowhere»"


def test_a_kicker_within_the_heading_that_all_others_lack_goes() -> None:
    claims = {"social": ("Bridge to close for a year",), "page_title": "Bridge to close for a year | The Lantern Post"}
    assert (
        titled(headings=("Islands Bridge to close for a year",), names=["The Lantern Post"], **claims)[0]
        == claims["social"][0]
    )

    only_title = {"headings": ("Islands Bridge to close for a year",), "page_title": claims["page_title"]}
    assert titled(names=["The Lantern Post"], **only_title)[0] == claims["social"][0]


def test_truly_different_headlines_are_kept_as_alternatives() -> None:
    title, others = titled(
        headline="Bridge to close",
        social=("What the closure means",),
        headings=("Bridge to close",),
        page_title="Bridge closure dates",
    )
    assert title == "Bridge to close"
    assert others == ("What the closure means", "Bridge closure dates")


# --- authors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Imke Tassel and Rufus Odell", ["Imke Tassel", "Rufus Odell"]),
        ("Imke Tassel, Transport Correspondent", ["Imke Tassel"]),
        ("Von Korbinian Aschauer und dpa", ["Korbinian Aschauer", "dpa"]),
        ("Par Odile Ferrandon", ["Odile Ferrandon"]),
        ("Imke Tassel (imt)", ["Imke Tassel"]),
        ("imke-tassel", ["Imke Tassel"]),
        ("Imke Tassel, Rufus Odell and Ada Quill", ["Imke Tassel", "Rufus Odell", "Ada Quill"]),
        ("https://facebook.example/lanternpost", []),
        ("Published 4 March 2026", []),
        ("srf/hosb", ["srf/hosb"]),
        ("", []),
    ],
)
def test_bylines_hold_names_alone(byline: str, names: list[str]) -> None:
    assert split_byline(byline) == names


def test_json_ld_authors_of_every_shape() -> None:
    assert names_of([{"@type": "Person", "name": "Imke Tassel"}, {"givenName": "Rufus", "familyName": "Odell"}]) == (
        "Imke Tassel",
        "Rufus Odell",
    )
    assert names_of({"@type": "Organization", "name": "Desk of Sea and River"}) == ("Desk of Sea and River",)
    assert names_of({"name": ["Imke Tassel", "Imke Tassel"]}) == ("Imke Tassel",)
    assert names_of(None) == ()


def test_a_person_in_the_byline_overrules_the_outlet_in_json_ld() -> None:
    script = json_ld(
        '{"@type":"NewsArticle","headline":"x","author":{"@type":"Organization","name":"The Lantern Post"}}'
    )
    head = f'<meta property="og:site_name" content="The Lantern Post">{script}'
    assert metadata(head, '<span class="author-name">Imke Tassel</span>').authors == ("Imke Tassel",)
    assert metadata(head, '<span class="byline">our desk, all day</span>').authors == ("The Lantern Post",)


def test_references_within_a_graph_are_followed() -> None:
    person = '{"@type":"Person","@id":"#p","name":"Ada Quill"}'
    graph = '{"@graph":[{"@type":"Article","headline":"x","author":{"@id":"#p"}},' + person + "]}"
    assert metadata(json_ld(graph)).authors == ("Ada Quill",)


# --- instants -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "iso", "precision"),
    [
        ("2026-03-04T07:45:00+01:00", "2026-03-04T07:45:00+01:00", "minute"),
        ("2026-03-04T07:45:00.123Z", "2026-03-04T07:45:00.123000+00:00", "minute"),
        ("2026-03-04T07:45:00+0530", "2026-03-04T07:45:00+05:30", "minute"),
        ("2026-03-04 07:45", "2026-03-04T07:45:00+00:00", "local"),
        ("2026-03-04", "2026-03-04T00:00:00+00:00", "day"),
        ("2026-03-04T00:00:00Z", "2026-03-04T00:00:00+00:00", "day"),
        ("20260304T074500Z", "2026-03-04T07:45:00+00:00", "minute"),
        ("1772606700", "2026-03-04T06:45:00+00:00", "minute"),
        ("2026-W10-3", "2026-03-04T00:00:00+00:00", "day"),
        ("March 4, 2026 at 7:45 PM EST", "2026-03-04T19:45:00-05:00", "minute"),
        ("4 March 2026", "2026-03-04T00:00:00+00:00", "day"),
        ("Wed, 04 Mar 2026 07:45:00 GMT", "2026-03-04T07:45:00+00:00", "minute"),
    ],
)
def test_date_strings(raw: str, iso: str, precision: str) -> None:
    instant = value_instant(raw, "meta")
    assert instant is not None
    assert (instant.at.isoformat(), instant.precision, instant.raw) == (iso, precision, raw)


@pytest.mark.parametrize("raw", ["", "yesterday", "2026-13-45", "0000-00-00", "9999999999", "2026-02-30T10:00:00Z"])
def test_text_without_a_date_gives_none(raw: str) -> None:
    assert value_instant(raw, "meta") is None


@pytest.mark.parametrize("raw", ["1970-01-01T00:00:00Z", "1989-12-31", "2026-07-03T00:00:01Z", "2106-02-07"])
def test_implausible_instants_are_dropped_with_a_warning_and_kept_as_written(raw: str) -> None:
    found = metadata(f'<meta property="article:published_time" content="{raw}">')
    assert found.dates.published is None
    assert found.dates.raw == (raw,)
    assert "published date implausible" in found.warnings


def test_a_plausible_claim_follows_an_implausible_one() -> None:
    head = (
        json_ld('{"@type":"NewsArticle","datePublished":"1970-01-01T00:00:00Z"}')
        + '<meta name="date" content="2026-03-04T07:45:00Z">'
    )
    published = metadata(head).dates.published
    assert published is not None and (published.at.year, published.origin) == (2026, "meta")


def test_a_clock_and_an_offset_refine_the_same_instant() -> None:
    day = json_ld('{"@type":"NewsArticle","datePublished":"2026-03-04"}')
    bare = json_ld('{"@type":"NewsArticle","datePublished":"2026-03-04 07:45:00.0"}')
    full = '<meta name="date" content="2026-03-04T07:45:00+01:00">'
    for head in (day + full, bare + full):
        published = metadata(head).dates.published
        assert published is not None and published.at.isoformat() == "2026-03-04T07:45:00+01:00"


def test_the_address_gives_a_day_where_nothing_else_does() -> None:
    root = parse_html("<p>Nothing here.</p>")
    published = read_metadata(root, "https://x.example/2026/03/04/bridge", Hints(), NOW).dates.published
    assert published is not None
    assert (published.at.date(), published.precision, published.origin) == (dt.date(2026, 3, 4), "day", "url")


# --- section, tags, JSON-LD, language -----------------------------------------------------------------------------------


def test_tags_are_unique_and_without_the_content_systems_marks() -> None:
    head = (
        '<meta name="keywords" content="Bridges, bridges,_prio_3, The Lantern Post,contentType:article, Port Ellery">'
    )
    assert metadata(head + '<meta property="og:site_name" content="The Lantern Post">').tags == (
        "Bridges",
        "Port Ellery",
    )


@pytest.mark.parametrize(
    "keywords",
    [
        "桥，港",
        "桥，&amp;quot;，港",
        "桥、港",
        "桥；港",
        "#桥 #港",
        '["桥", "港"]',
        "桥;;港",
        "桥&amp;#44;港",
        "&amp;#26725;,港",
    ],
)
def test_tags_are_split_at_the_separators_of_every_script(keywords: str) -> None:
    assert metadata(f"<meta name=keywords content='{keywords}'>").tags == ("桥", "港")


def test_visible_topics_may_each_have_a_wrapper_of_their_own_and_no_command_is_one() -> None:
    names = ("Bridges", "Ports", "All topics")
    chips = "".join(f'<div><a href="/topics/{name}">{name}</a></div>' for name in names)
    assert metadata("", f"<main><p>Text.</p><div>{chips}</div></main>").tags == ("Bridges", "Ports")


def test_links_in_a_list_marked_as_tags_are_topics_wherever_they_lead() -> None:
    chips = '<div class="articleTags"><span><a href="/person/ada">Ada Quill</a></span></div>'
    assert metadata("", f"<article><p>Text.</p>{chips}</article>").tags == ("Ada Quill",)
    assert metadata("", f"<article><nav>{chips}</nav></article>").tags == ()


def test_a_single_link_beside_the_story_is_a_topic_only_if_the_text_has_it() -> None:
    beside = '<div><a href="/people/martin-crane">Martin Crane</a></div>'
    assert metadata("", f"<h1>Pier</h1><p>Text.</p>{beside}").tags == ()
    assert metadata("", f"<h1>Pier</h1><p>Martin Crane spoke.</p>{beside}").tags == ("Martin Crane",)


def test_links_in_a_box_beside_the_story_are_topics_only_if_the_text_has_a_word_of_them() -> None:
    box = "<aside><h3>Popular</h3><a href=/tag/eel>Eel</a> <a href=/tag/ferry>Ferry</a></aside>"
    assert metadata("", f"<article><h1>Pier</h1><p>Text.</p>{box}</article>").tags == ()
    assert metadata("", f"<article><h1>Pier</h1><p>The ferry left.</p>{box}</article>").tags == ("Eel", "Ferry")


def test_a_footer_of_the_article_is_its_own_in_any_container() -> None:
    tags = '<footer class="article-footer"><ul class="tag-list"><li><a href="/tags/ferry">Ferry</a></li></ul></footer>'
    assert metadata("", f"<div><h1>Pier</h1><p>Text.</p>{tags}</div>").tags == ("Ferry",)


def test_links_behind_a_label_of_topics_are_topics_in_a_paragraph_too() -> None:
    assert metadata("", "<p>Themen: <a href=/a>Ferry</a>, <a href=/b>Pier</a></p>").tags == ("Ferry", "Pier")
    assert metadata("", "<p>Tagged: <a href=/a>Ferry</a>, <a href=/b>Pier</a></p>").tags == ("Ferry", "Pier")
    assert metadata("", "<p class=tags-links>In <a href=/a>Ferry</a>, <a href=/b>Pier</a></p>").tags == (
        "Ferry",
        "Pier",
    )
    assert metadata("", "<p>See: <a href=/a>Ferry</a>, <a href=/b>Pier</a></p>").tags == ()
    assert metadata("", "<div class=tagcloud><a href=/tag/a>Ferry</a></div><main><h1>Pier</h1></main>").tags == ()


def test_the_kind_of_a_tag_is_no_part_of_it() -> None:
    script = json_ld('{"@type":"NewsArticle","headline":"x","keywords":["sections/harbour","topic/bridges & tunnels"]}')
    assert metadata(script).tags == ("harbour", "bridges & tunnels")


def test_visible_topics_are_taken_where_nothing_is_declared() -> None:
    body = '<main><p><a href="/topic/fog">Fog</a></p>'
    topics = '<ul><li><a href="/topic/bridges">Bridges</a></li><li><a href="/topic/ports">Ports</a></li></ul>'
    assert metadata("", f"{body}{topics}</main>").tags == ("Bridges", "Ports")


def test_section_comes_from_json_ld_then_meta_then_breadcrumbs() -> None:
    crumbs = json_ld('{"@type":"BreadcrumbList","itemListElement":[{"name":"Home"},{"item":{"name":"City"}}]}')
    assert metadata(crumbs).section == "City"
    assert metadata(crumbs + '<meta property="article:section" content="Harbour">').section == "Harbour"


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","headline":"A “quoted” bridge",}',
        '{"@type":"NewsArticle","headline":"A “quoted” bridge"',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"A “quoted” bridge"}\n//]]>',
        '<!-- {"@type":"NewsArticle","headline":"A “quoted” bridge"} -->',
        '{"@type":"NewsArticle","headline":"A “quoted”\n bridge"};',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;A “quoted” bridge&quot;}",
        '{"@type":"schema:NewsArticle","schema:headline":"A “quoted” bridge"}',
        '\ufeff{"@type":"NewsArticle","headline":"A “quoted” bridge"}',
        '<script>{"@type":"NewsArticle","headline":"A “quoted” bridge"}',
        "{'@type':'NewsArticle','headline':'A “quoted” bridge'}",
        'var story = {"@type":"NewsArticle","headline":"A “quoted” bridge"};',
        r'"{\"@type\":\"NewsArticle\",\"headline\":\"A “quoted” bridge\"}"',
        '[[{"@graph":[{"@type":["Thing","https://schema.org/NewsArticle"],"headline":"A “quoted” bridge"}]}]]',
    ],
)
def test_broken_and_wrapped_json_ld_is_read(script: str) -> None:
    nodes, _ = read_nodes([script])
    article = main_article(nodes, (), ())
    assert article is not None and plain(article["headline"]) == "A “quoted” bridge"


def test_unreadable_json_ld_is_a_warning() -> None:
    assert read_nodes(["not json at all", "[" * 100_000]) == ([], ("json-ld unreadable", "json-ld nested too deeply"))


def test_a_node_of_another_article_says_nothing_of_this_one() -> None:
    other = '{"@type":"NewsArticle","headline":"Seals counted","url":"https://x.example/seals","datePublished":"2026-05-04"}'
    found = metadata(json_ld(other), "<h1>Bridge to close</h1><p>Text.</p>")
    assert (found.title, found.dates.published) == ("Bridge to close", None)


def test_the_node_of_this_page_is_chosen_among_teasers() -> None:
    scripts = [
        f'{{"@type":"NewsArticle","headline":"{name}","url":"https://x.example/{name}/"}}' for name in ("other", "own")
    ]
    nodes, _ = read_nodes(scripts)
    article = main_article(nodes, ("https://x.example/own?ref=rss",), ())
    assert article is not None and article["headline"] == "own"


@pytest.mark.parametrize(
    ("text", "code"), [("en-GB", "en"), ("de_AT", "de"), ("nb", "no"), ("cn", "zh"), ("German", "de"), ("", None)]
)
def test_language_codes(text: str, code: str | None) -> None:
    assert language_code(text) == code


def test_a_page_with_a_word_for_a_language_that_nobody_knows_costs_no_memory() -> None:
    """Babel's own locales would stay, and take 100 MB of a process that has little more."""
    script = (
        "import babel.localedata as kept; from dateline.languages import language_code;"
        "print(language_code('foobar'), language_code('norsk bokmål'), len(kept._cache) < 10)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["None", "no", "True"]


def test_short_texts_keep_the_declared_language() -> None:
    assert choose_language("fr", "Short.") == ("fr", None)
    assert choose_language(None, "") == (None, None)
