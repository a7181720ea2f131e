"""Small pages of sites that look unlike one another: what is the story's stays, what is not goes."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from dateline.types.article import Extraction, Hints
from pipelines.extract.extract import extract_page

TITLE = "Harbor town bets on a tidal mill"
STORY = (
    "Selmouth will put a tidal mill under the old toll bridge next spring, the town board said after weighing three bids.",
    "The mill should cover about a fifth of the power that the lamps, pumps and schools of the town use in a year.",
    "Fishermen fear for the eel run. A grid in front of the wheel is to keep the animals out, the board promised.",
    "The bridge dates from 1868 and carried the toll road until a bypass was opened in 1959, east of the station.",
)
OTHER = (
    "The fire brigade of Hallow has a new ladder truck, its chief said on Wednesday, after raising money for six years."
)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(body: str, head: str = "", headline: str = TITLE) -> Extraction:
    page = f"<html><head><title>{headline} - Courier</title>{head}</head><body><h1>{headline}</h1>{body}</body></html>"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    return extract_page(page.encode(), url="https://courier.example/local/mill", hints=Hints(), now=now)


def within(middle: str) -> Extraction:
    return read(f'<div class="entry">{paragraphs(*STORY[:2])}{middle}{paragraphs(*STORY[2:])}</div>')


@pytest.mark.parametrize(
    "address", ["http://[link]", "http://[link/login", "//[link", "https://[/story/of-another-town"]
)
def test_a_link_that_leads_nowhere_costs_no_page(address: str) -> None:
    line = f'<p><a href="{address}">The new ladder truck of Hallow is at its station now</a></p>'
    box = f'<ul><li><a href="{address}"><h3>A ladder truck for the brigade of Hallow</h3></a><p>{OTHER}</p></li></ul>'
    found = within(f'<p>Read on: <a href="{address}">Log in</a></p>{3 * line}{box}')
    assert STORY[0] in found.text
    assert STORY[-1] in found.text


def test_a_story_that_stands_beside_the_body_is_read() -> None:
    above, below = (
        "本报讯林晓雨）本报讯（记者 林晓雨）本报讯（记者 林晓雨）",
        "港の船した。港の船は月曜日に遅れた。市の担当者",
    )
    between = "The island was late again on Monday, the harbour office said in a statement. Related stories"
    page = f"<head><e><body></head>{above}<nav>{between}</nav>{below}"
    now = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    found = extract_page(page.encode(), url="https://courier.example/2026/11/30/ferry-late", hints=Hints(), now=now)
    assert below in found.text


def test_a_list_of_thousands_of_articles_is_read_in_time_that_grows_with_their_number() -> None:
    teaser = f'<article><h2><a href="/fire">{OTHER}</a></h2><p>{OTHER}</article>'
    began = time.process_time()
    read(2_000 * teaser)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("holder", ["div", "span", "blockquote"])
def test_a_page_of_one_element_without_a_head_is_read(holder: str) -> None:
    page, now = f"<{holder}>{' '.join(STORY)}</{holder}>", dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    found = extract_page(page.encode(), url="https://courier.example/local/mill", hints=Hints(), now=now)
    assert found.text == " ".join(STORY)


@pytest.mark.parametrize(
    "label",
    [
        "ADVERTISEMENT - CONTINUE READING BELOW",
        "Continua após a publicidade",
        "- Anzeige -",
        "PUBLICIDAD - Sigue leyendo",
        "Dalsza część artykułu pod reklamą",
        "スポンサーリンク",
        "إعلان",
        "You might also like",
    ],
)
def test_a_line_that_sets_an_advertisement_or_a_list_apart_goes(label: str) -> None:
    assert within(paragraphs(label)).text == "\n\n".join(STORY)


@pytest.mark.parametrize(
    "sentence",
    [
        "Photo: that single word stood on the back of the frame found in the attic.",
        "Foto: So heißt das kleine Geschäft am Markt seit 1951.",
        "Jetzt anmelden müssen sich alle, die ein Boot am Kai haben.",
    ],
)
def test_a_sentence_that_begins_like_a_label_stays(sentence: str) -> None:
    assert sentence in within(paragraphs(sentence)).text


@pytest.mark.parametrize("words", ["(external link)", ", opens new tab", "(öffnet in neuem Fenster)", " (PDF, 2 MB)"])
def test_a_links_note_about_its_tab_is_not_text(words: str) -> None:
    link = f"It pays for itself in nine years; <a href=/s>a study<span>{words}</span></a> by the county says so."
    assert "a study by the county says so." in within(f"<p>{link}</p>").text


@pytest.mark.parametrize("name", ["pie-de-foto", "foto-bildunterschrift", "didascalia"])
def test_a_caption_in_a_paragraph_goes(name: str) -> None:
    assert "low tide" not in within(f'<p class="{name}">The toll bridge at low tide, seen from the fish quay.</p>').text


def test_readers_comments_go_whatever_the_language_of_their_class() -> None:
    comment = (
        "Ich wohne seit vielen Jahren an der Brücke, und niemand hat mich je nach dem Lärm des Rades gefragt, ehrlich."
    )
    thread = f'<div class="kommentarbereich">{f"<div class=kommentar><p>{comment}</p></div>" * 12}</div>'
    assert "ehrlich" not in read(f"<article>{paragraphs(*STORY)}{thread}</article>").text


def test_the_next_article_goes_though_a_box_of_its_own_holds_it() -> None:
    body = f"<main><article><h1>{TITLE}</h1>{paragraphs(*STORY)}</article>"
    body += f"<div class=up><p>Next</p><article><h1>Brigade gets a ladder</h1>{paragraphs(OTHER, OTHER)}</article></div></main>"
    page = f"<html><head><title>{TITLE} - Courier</title></head><body>{body}</body></html>"
    found = extract_page(page.encode(), url="https://courier.example/m", hints=Hints(), now=dt.datetime.now(dt.UTC))
    assert STORY[-1] in found.text
    assert "ladder truck" not in found.text


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Nell Farrow, Special to The Courier", ("Nell Farrow",)),
        ("Nell Farrow | Hallow Gazette", ("Nell Farrow",)),
        ("Nell Farrow and Bo Lind, Associated Press", ("Nell Farrow", "Bo Lind")),
        ("Hugo Stern Jr., Lena Moss, MD, and Wim Dorn", ("Hugo Stern Jr.", "Lena Moss", "Wim Dorn")),
    ],
)
def test_the_paper_behind_a_name_is_no_author(byline: str, names: tuple[str, ...]) -> None:
    assert read(paragraphs(*STORY), f'<meta name="author" content="{byline}">').authors == names


@pytest.mark.parametrize(
    "beside",
    [
        '<ul class="reactions-list"><li><b>Pepe</b> <time datetime="2026-03-20T08:00:00Z">20 March 2026</time></li></ul>',
        "<div><h3>Комментарии (2)</h3><div><span>20 марта 2026, 09:00</span><p>Хорошо.</p></div></div>",
        "<section><div><a href=/c><h4>Bridge turns 150</h4></a><time datetime=2018-06-03>3 June 2018</time></div></section>",
    ],
)
def test_a_comments_or_cards_date_is_not_the_articles(beside: str) -> None:
    assert read(f"<article>{paragraphs(*STORY)}{beside}</article>").published is None


def test_entities_that_every_claim_shows_are_decoded_where_the_page_is_not_on_markup() -> None:
    headline = "Quill &amp;amp; Sons: &amp;ldquo;our tide&amp;rdquo;"
    assert read(paragraphs(*STORY), headline=headline).title == "Quill & Sons: “our tide”"


@pytest.mark.parametrize(
    "heading",
    [
        f"<span class=badge>LIVE</span> {TITLE}",
        f"{TITLE}<small>Fishermen fear for the eel run</small>",
        f"{TITLE}<sup>1</sup>",
        f"<span class='article-kicker'>Harbor</span><br>{TITLE}",
    ],
)
def test_what_is_set_apart_in_a_heading_is_neither_title_nor_text(heading: str) -> None:
    page = f"<title>LIVE: {TITLE}</title><body><article><h1>{heading}</h1>{paragraphs(*STORY)}</article></body>"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    read_page = extract_page(page.encode(), url="https://courier.example/local/mill", hints=Hints(), now=now)
    assert (read_page.title, read_page.text) == (TITLE, "\n\n".join(STORY))


def test_words_that_are_emphasised_and_units_belong_to_the_heading() -> None:
    assert read(paragraphs(*STORY), headline="<em>Live</em> at the toll bridge").title == "Live at the toll bridge"
    assert read(paragraphs(*STORY), headline="A gate of 54 m<sup>2</sup>").title == "A gate of 54 m2"
    assert (
        read(paragraphs(*STORY), headline="Waves of 9<small>m</small> at the bridge").title
        == "Waves of 9m at the bridge"
    )


@pytest.mark.parametrize(
    "box",
    [
        "<div class=timeline><div><div>1868</div><div>The toll bridge is opened to the traffic of the coast.</div></div></div>",
        "<div><b>1868</b><div>The toll bridge is opened to the traffic of the coast.</div></div>",
        "<aside class=factbox><h3>1868</h3><p>The toll bridge is opened to the traffic of the coast.</p></aside>",
        "<div class=infobox><h3>1868</h3><p>The toll bridge is opened to the traffic of the coast.</p></div>",
        "<ul><li><a href=/1868>1868</a>: The toll bridge is opened to the traffic of the coast.</li></ul>",
    ],
)
def test_a_short_box_of_facts_between_two_paragraphs_is_read(box: str) -> None:
    page = read(f"<article>{paragraphs(*STORY[:2])}{box}{paragraphs(*STORY[2:])}</article>")
    assert "The toll bridge is opened to the traffic of the coast." in page.text


def test_but_no_long_one() -> None:
    box = f"<div class=infobox>{paragraphs(OTHER, OTHER + OTHER, OTHER)}</div>"
    assert "fire brigade" not in read(f"<div class=entry>{paragraphs(*STORY * 3)}{box}{paragraphs(*STORY)}</div>").text


@pytest.mark.parametrize(
    ("above", "day"),
    [
        ("<span class=caption>The old bridge (archive photo, 14 August 2008)</span>", None),
        ("<span class=photo-caption>14 August 2008</span>", None),
        ("<span class=caption-with-letter-spacing>4 May 2026</span>", "2026-05-04"),
    ],
)
def test_a_photos_date_is_not_the_articles(above: str, day: str | None) -> None:
    found = read(above + paragraphs(*STORY)).published
    assert (found.at.date().isoformat() if found else None) == day


def test_a_site_says_of_when_it_is_before_the_headline() -> None:
    page = f"<title>{TITLE}</title><p>Stand: 30.06.2026</p><h1>{TITLE}</h1><p>4. Mai 2026</p>{paragraphs(*STORY)}"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    found = extract_page(f"<html lang=de>{page}".encode(), url="https://courier.example/m", hints=Hints(), now=now)
    assert found.published and found.published.at.date().isoformat() == "2026-05-04"


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ('<i itemprop=author itemscope><meta itemprop=name content="Nell Farrow"></i>', "", ("Nell Farrow",)),
        ("<p>Nell Farrow, STT</p><p>4.5.2026</p>", "", ("Nell Farrow", "STT")),
        (
            "<i class=author>Nell Farrow</i>",
            '<script type="application/ld+json">{"@type": "Article", "headline": "Lamp works to close", "author": "Bo Lind",'
            ' "url": "https://courier.example/lamp"}</script>',
            ("Nell Farrow",),
        ),
    ],
)
def test_names_in_odd_places(above: str, head: str, names: tuple[str, ...]) -> None:
    assert read(above + paragraphs(*STORY), head).authors == names
