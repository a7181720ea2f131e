"""Small pages whose story no container names: it is read from the place round the headline, and from nowhere else."""

from __future__ import annotations

import datetime as dt
import html
import json

import pytest

from dateline.types.article import Extraction, Hints
from pipelines.extract.extract import extract_page

TITLE = "Otter returns to the mill stream"
STORY = (
    "An otter has been seen in the mill stream of Oxley for the first time since 1974, the river keeper said on Monday.",
    "It was filmed at dawn by a camera that had been put up to count herons, and it stayed for almost an hour.",
    "“We had stopped hoping, to be honest,” said Ruth Amsel, who has kept the stream clean for thirty years.",
    "The weir will stay open at night from now on. Anglers are asked to take their lines out of the water after dusk.",
)
SHORT = "The footbridge at Oxley mill is closed on Thursday night, since its planks are to be replaced."
TEASERS = (
    ("Market moves to the green", "Stalls will stand under the limes until the square has been paved."),
    ("Choir looks for tenors", "Rehearsals are on Wednesdays, and nobody is asked to sing alone."),
    ("A bus at midnight at last", "The last one used to leave before the cinema was out."),
)
FOOT = "© 2026 Oxley Messenger. All rights reserved by the publishing house."


def paragraphs(texts: tuple[str, ...] = STORY) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(body: str, head: str = "", path: str = "/local/otter-returns") -> Extraction:
    page = f"<html lang=en><head><title>{TITLE} - Oxley Messenger</title>{head}</head><body>{body}</body></html>"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    return extract_page(page.encode(), url=f"https://messenger.example{path}", hints=Hints(), now=now)


def in_table(story: str) -> str:
    menu = "<br>".join(f"<a href=/{name}.htm>{name}</a>" for name in ("Home", "Sport", "Letters"))
    side = "".join(f"<a href=/n{i}.htm>{title}</a><br>{text}<br><br>" for i, (title, text) in enumerate(TEASERS))
    return (
        f"<table><tr><td colspan=3><b>Oxley Messenger</b></td></tr><tr><td>{menu}</td><td>{story}</td>"
        f"<td><font size=2><b>More</b><br>{side}</font></td></tr><tr><td colspan=3>{FOOT}</td></tr></table>"
    )


def in_boxes(story: str, teaser: str) -> str:
    cards = "".join(teaser.format(i=i, title=title, text=text) for i, (title, text) in enumerate(TEASERS))
    return (
        f"<div class=q1><h1>{TITLE}</h1>{story}</div><div class=q2><h4>More</h4><ul>{cards}</ul></div><div>{FOOT}</div>"
    )


CARD = "<div class=q3><a href=/n/{i}><h3>{title}</h3></a><p>{text}</p></div>"
ITEM = "<li><a href=/n/{i}>{title}</a><p>{text}</p></li>"


@pytest.mark.parametrize(
    "story",
    [
        f"<h1>{TITLE}</h1>" + paragraphs(),
        f"<font size=5><b>{TITLE}</b></font><br><br>" + "<br><br>".join(STORY),
        f"<h2>{TITLE}</h2><center>{paragraphs()}</center>",
        f"<h1>{TITLE}</h1>" + "".join(f"<p><font size=3>{text}" for text in STORY),
    ],
    ids=["paragraphs", "line breaks", "centred", "unclosed"],
)
def test_in_a_table_only_the_cell_of_the_headline_is_read(story: str) -> None:
    assert read(in_table(story)).text.split() == " ".join(STORY).split()


def test_a_story_without_container_keeps_its_order_rows_and_words_in_other_type() -> None:
    story = (
        f"<font size=2>{STORY[0]}<p>{STORY[1]}<p>{STORY[2]}<br><br>Herons: <code>41</code>, <i>so far</i>."
        f"<p>{STORY[3]}</font><table><tr><td>Depth</td><td>2 m</td></tr></table>"
    )
    expected = [*STORY[:3], "Herons: 41, so far.", STORY[3], "Depth 2 m"]
    page = f"<table><tr><td><h1>{TITLE}</h1>{story}</td></tr></table>"
    assert read(page).text.split("\n\n") == expected


def test_a_quote_beside_the_headline_is_part_of_the_story() -> None:
    story = f"<h1>{TITLE}</h1><blockquote>“It is a young one, and hungry.”</blockquote><p>{SHORT}</p>"
    assert "hungry" in read(f"<main>{story}</main>").text


def test_a_document_for_programs_without_frames_is_read() -> None:
    byline = "<p>By Ada Quill</p>"
    frames = f"<frameset><frame src=m.htm><noframes><body><h1>{TITLE}</h1>{byline}{paragraphs()}</body></noframes></frameset>"
    page = f"<html><head><title>{TITLE}</title></head>{frames}</html>".encode()
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    found = extract_page(page, url="https://messenger.example/otter", hints=Hints(), now=now)
    assert found.text == "\n\n".join(STORY)
    assert (found.authors, found.kind) == (("Ada Quill",), "article")


def test_a_long_story_in_a_table_is_read_alone() -> None:
    further = tuple(f"{text} That was in the year {1900 + i}." for i, text in enumerate(STORY * 4))
    text = read(in_table(f"<h1>{TITLE}</h1>{paragraphs(STORY + further)}")).text
    assert text == "\n\n".join(STORY + further)


@pytest.mark.parametrize("teaser", [CARD, ITEM], ids=["cards", "items"])
@pytest.mark.parametrize(
    "story", [paragraphs(), f"<div>{SHORT}</div>", f"<p>{SHORT}</p>"], ids=["long", "div", "short"]
)
def test_teasers_are_not_taken_for_a_short_story(story: str, teaser: str) -> None:
    extraction = read(in_boxes(story, teaser))
    assert extraction.text in ("\n\n".join(STORY), SHORT)


@pytest.mark.parametrize("teaser", [CARD, ITEM], ids=["cards", "items"])
def test_data_for_scripts_goes_before_teasers(teaser: str) -> None:
    data = json.dumps({"story": {"title": TITLE, "body": [{"type": "paragraph", "text": text} for text in STORY]}})
    page = in_boxes("<div id=app></div>", teaser) + f"<script>window.__STATE__ = {data};</script>"
    assert read(page).text == "\n\n".join(STORY)


def test_headings_and_steps_between_paragraphs_stay_where_no_container_is_known() -> None:
    steps = "<ol><li>Stay on the path<ul><li>and keep dogs on a lead</li></ul></li><li>Use no flash</li></ol>"
    story = f"<p>{STORY[0]}</p><h2>How to watch it</h2><p>{STORY[1]}</p>{steps}<p>{STORY[2]}</p>"
    text = read(in_boxes(story, ITEM)).text
    kept = ("How to watch it", "Stay on the path", "and keep dogs on a lead", "Use no flash")
    assert all(part in text for part in kept) and TEASERS[0][1] not in text


def test_the_items_of_a_head_are_not_text() -> None:
    head = "<dl class=article-meta><dt>Author</dt><dd>Ruth Amsel</dd><dt>Reading time</dt><dd>2 minutes</dd></dl>"
    assert read(f"<article><h1>{TITLE}</h1>{head}{paragraphs()}</article>").text == "\n\n".join(STORY)


@pytest.mark.parametrize(
    "story",
    [
        "".join(f"<button class=par disabled><p>{text}</p></button>" for text in STORY),
        "".join(f"<aside class=par><p>{text}</p></aside>" for text in STORY),
        "".join(f"<figure class=block><p>{text}</p></figure>" for text in STORY),
        f"<p>{STORY[0]}</p><div class=rest style='display:none'>{paragraphs(STORY[1:])}</div>",
        f'<iframe class=story srcdoc="{html.escape(f"<html><body>{paragraphs()}</body></html>")}"></iframe>',
    ],
    ids=["buttons", "asides", "figures", "hidden at first", "document in a frame"],
)
def test_the_story_is_read_whatever_holds_it(story: str) -> None:
    assert read(f"<main><h1>{TITLE}</h1>{story}</main><footer>{FOOT}</footer>").text == "\n\n".join(STORY)


def test_an_advertisement_in_a_frame_is_not_read() -> None:
    frame = f'<iframe srcdoc="{html.escape("<p>A mattress for half its price, brought to your door, today only.</p>")}"></iframe>'
    assert read(f"<main><h1>{TITLE}</h1>{paragraphs()}{frame}</main>").text == "\n\n".join(STORY)


def test_of_stories_that_are_loaded_one_after_the_other_that_of_the_address_is_read() -> None:
    other = ("A lorry lost its load of beets on the bypass, and traffic stood still until noon on Saturday.",) * 2
    stream = "".join(
        f"<div class=item data-url={path}><h2>{title}</h2>{paragraphs(texts)}</div>"
        for path, title, texts in (
            ("/local/beets", "Beets on the bypass", other),
            ("/local/otter-returns", TITLE, STORY),
        )
    )
    assert read(stream).text == "\n\n".join(STORY)


def test_footnotes_with_arrows_stay() -> None:
    notes = "<hr><ol class=footnotes><li>Minutes of the river board, 9 May. <a href=#r1>↩</a></li></ol>"
    assert (
        "Minutes of the river board, 9 May." in read(f"<article><h1>{TITLE}</h1>{paragraphs()}{notes}</article>").text
    )


def test_the_year_that_begins_an_item_stays() -> None:
    years = "<ul><li><time>1974</time> The last otter is seen.</li><li><time>2026</time> One comes back.</li></ul>"
    text = read(f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}{years}{paragraphs(STORY[2:])}</article>").text
    assert "1974 The last otter is seen." in text and "2026 One comes back." in text


def test_a_dated_story_among_teasers_is_no_section() -> None:
    head = "<meta property=og:type content=article><meta property=article:published_time content=2026-05-12T08:15:00Z>"
    page = in_boxes(paragraphs(), CARD)
    assert read(page, head, "/events/otter-returns").kind == "article"
    assert read(page, head, "/shop/otter-returns").kind == "article"
