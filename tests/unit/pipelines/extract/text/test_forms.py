"""Forms of pages that no name of a class gives away: what goes by its form, and beside it what looks alike and stays."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest

from dateline.html import parse_html
from dateline.types.article import Extraction, Hints
from pipelines.extract.extract import extract_page
from pipelines.extract.markup import read_markup
from pipelines.extract.text.parts.comments import mark_comments
from pipelines.extract.text.parts.controls import Tree

TITLE = "Windmill at Harrow Fen turns again"
STORY = (
    "The windmill at Harrow Fen turned on Saturday for the first time since a storm took two of its sails in 1953.",
    "Carpenters from three villages had worked on the new sails for eleven months, most of them without pay.",
    "“I held my breath until the second turn,” said Edda Marsh, whose grandfather was the last miller.",
    "Flour from the mill will be sold at the school, which hopes to pay for a new roof with it by Christmas.",
    "The mill is open on Sundays from ten to four. Dogs are welcome, but not on the ladder.",
)
TEASERS = (
    ("Bus to the coast to stop at the hospital", "The detour adds six minutes, the company said."),
    ("Council counts its trees from the air", "The last count was made on foot."),
    ("Choir wins a cup in Riga", "The basses are still hoarse."),
)
SHORT = "The road to Harrow Fen is closed until Friday, since a beech has fallen across it."


def paragraphs(texts: tuple[str, ...] = STORY) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(body: str, *, head: str = "", below: str = "") -> Extraction:
    page = (
        f"<html lang=en><head><title>{TITLE}</title><meta property=og:type content=article>{head}</head><body>"
        f"<div class=k1><a href=/>Home</a></div><div class=k2><div class=k3><h1>{TITLE}</h1>{body}</div>{below}</div>"
        "</body></html>"
    )
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    return extract_page(page.encode(), url="https://fen.example/2026/windmill-turns-again", hints=Hints(), now=now)


def texts(body: str, *, head: str = "", below: str = "") -> tuple[str, ...]:
    return tuple(read(body, head=head, below=below).text.split("\n\n"))


def among(middle: str) -> str:
    return paragraphs(STORY[:2]) + middle + paragraphs(STORY[2:])


FLAT = "<p><b>More news</b></p>" + "".join(
    f"<p><a href=/n/{i}>{a}</a></p><p>{b}</p>" for i, (a, b) in enumerate(TEASERS)
)
BOX = "<div><div>Popular</div>" + "".join(
    f"<div><a href=/n/{i}>{a}</a><div>{b}</div></div>" for i, (a, b) in enumerate(TEASERS)
)
LINKS = "".join(f"<a href=/n/{i}>{a}</a>" for i, (a, _) in enumerate(TEASERS))
GOES = {
    "row of teasers behind the story": paragraphs() + FLAT,
    "box of teasers amid the story": among(f"{BOX}</div>"),
    "line of topics": f"{paragraphs()}<p>Filed under: <a href=/t/mills>mills</a>, <a href=/t/fens>fens</a></p>",
    "caption in small letters": among("<p><img src=m.jpg></p><p style='font-size:11px'>The mill on Saturday.</p>"),
    "caption in the picture's paragraph": among("<p><img src=m.jpg><br><em>The mill on Saturday.</em></p>"),
    "caption in a quote": among("<div><img src=m.jpg><blockquote class=img-caption>The mill.</blockquote></div>"),
    "notice that is hidden": f"{paragraphs()}<div hidden><p>Thank you, the link has been copied.</p></div>",
    "list of links in one line": among(f"<div><b>Popular</b>{LINKS}</div>"),
    "control of the page": among("<div><a href='#'>Show the whole story</a></div>"),
    "player's words": among("<div><p>Listen to this article</p><p>0:00 / 3:12</p></div>"),
    "empty post": among(
        "<blockquote class=instagram-media><a href=https://instagram.com/p/1>View this post</a></blockquote>"
    ),
    "comments beside a field": f"{paragraphs()}<div><p>Ole: I carried one of those sails up the ladder myself.</p>"
    "<form><textarea></textarea></form></div>",
    "numbered heading over comments": f"{paragraphs()}<h3>2 Comments</h3><div><b>Ole</b><p>I carried one of those"
    " sails up the ladder myself, in the rain of that May.</p></div><div><b>Kit</b><p>And I held it.</p></div>",
    "request set apart": among("<p><em>This paper has no owner. <a href=/j>Become a member of the Fen</a>.</em></p>"),
    "forum below": f"{paragraphs()}<div id=forum><h4>Messages</h4><p>At last, said the whole of my family.</p></div>",
    "jump to a part": among("<a href='#flour'>Jump to the flour</a><h2 id=flour></h2>"),
    "line that leads to an account": f"{paragraphs()}<p><a href=/user/login>Be a friend</a> or"
    " <a href=/user/register>a miller</a> if you want to write here</p>",
    "topics to follow": f"{paragraphs()}<div><p>Follow what this is about</p><ul><li><button>Mills +</button></li>"
    "<li><button>Fens +</button></li></ul></div>",
    "counter behind the story": f"{paragraphs()}<ul><li>5-05-2026</li><li>Views: 812</li></ul>",
    "poster's signature": f"{paragraphs()}<div class=signature>If it turns, I have greased it twice.</div>",
    "cells of a link and a line": f"<table><tr><td>{paragraphs().replace('p>', 'div>')}</td><td><table>"
    + "".join(f"<tr><td><a href=/n/{i}>{a}</a><br>{SHORT}</td></tr>" for i, (a, _) in enumerate(TEASERS))
    + "</table></td></tr></table>",
    "figure left open": f"{paragraphs(STORY[:2])}<figure><img src=m.jpg>{paragraphs(STORY[2:])}",
    "aside left open": f"{paragraphs(STORY[:2])}<aside><a href=/n/1>{TEASERS[1][0]}</a>{paragraphs(STORY[2:])}",
}


@pytest.mark.parametrize("body", GOES.values(), ids=GOES)
def test_only_the_story_is_left(body: str) -> None:
    assert texts(body) == STORY


MINUTES = tuple(f"{b} Nobody who was asked in the village could say why it took so long to decide." for _, b in TEASERS)
STAYS = {
    "digest": "".join(f"<h3><a href=/d/{i}>{a}</a></h3><p>{MINUTES[i]}</p>" for i, (a, _) in enumerate(TEASERS)),
    "sentence of links": among(
        "<p><a href=/t/a>Marsh</a>, <a href=/t/b>Pell</a> and <a href=/t/c>Orme</a> held the ropes.</p>"
    ),
    "sentence under a picture": among("<p><img src=m.jpg></p><p>The mill leans a little to the west.</p>"),
    "linked sentence in a box": f"{paragraphs(STORY[:2])}<div><a href=/x>{STORY[2]}</a></div>{paragraphs(STORY[3:])}",
    "numbered sentences at the end": f"{paragraphs(STORY[:3])}<ol>"
    + "".join(f"<li><span><span>{each}</span></span></li>" for each in STORY[3:])
    + "</ol>",
    "hidden rest": f"{paragraphs(STORY[:3])}<div hidden>{paragraphs(STORY[3:])}</div>",
    "figure with a table": among("<figure><table><tr><td>Sails</td><td>four, of larch</td></tr></table></figure>"),
    "answers that a question opens": among(
        "<h3><button aria-expanded=false>Who turns it?</button></h3><div class=collapse>A miller from the coast, who"
        " comes over on Sundays with his own tools and a dog.</div><div role=button aria-expanded=false>Is it loud?</div>"
        "<div style='display:none'><p>You can hear the sails from the church, if the wind is in the west that day.</p></div>"
    ),
    "panels of tabs": among(
        "<div role=tabpanel><p>In summer it is open until six.</p></div>"
        "<div role=tabpanel hidden><p>In winter it is shut.</p></div>"
    ),
    "panels like one that is shown": among(
        "<div class='tab on'><p>In summer it is open until six.</p></div><div class=tab hidden><p>In winter it is shut.</p></div>"
    ),
    "paragraph of a strange class": among(
        "<p class=embed-text>The sails were cut from larch that had lain under water for two winters and a spring.</p>"
    ),
    "section headings of the first rank": f"<p>{STORY[0]}</p><h1>Sails</h1>{paragraphs(STORY[1:3])}<h1>Flour</h1>"
    + paragraphs(STORY[3:]),
    "loose text before a break": f"<article>{'<br><br>'.join(STORY)}</article>",
    "line above the first paragraph": f"<div><b>Correction:</b> The storm was in 1953.</div>{paragraphs()}",
    "word in a sentence": among(
        "<p>They met at <output>seven</output>, <dfn>as ever</dfn> <output>in the loft</output>.</p>"
    ),
}


@pytest.mark.parametrize(("name", "body"), STAYS.items(), ids=STAYS)
def test_what_looks_alike_stays(name: str, body: str) -> None:
    got = " ".join(texts(body))
    kept = {
        "digest": MINUTES,
        "sentence of links": (*STORY, "Marsh, Pell and Orme held the ropes."),
        "sentence under a picture": (*STORY, "The mill leans a little to the west."),
        "figure with a table": (*STORY, "four, of larch"),
        "answers that a question opens": (*STORY, "Who turns it?", "Is it loud?"),
        "panels of tabs": (*STORY, "In winter it is shut."),
        "panels like one that is shown": (*STORY, "In winter it is shut."),
        "paragraph of a strange class": (*STORY, "had lain under water for two winters and a spring."),
        "section headings of the first rank": (*STORY, "Sails", "Flour"),
        "line above the first paragraph": (*STORY, "The storm was in 1953."),
        "word in a sentence": (*STORY, "They met at seven, as ever in the loft."),
    }.get(name, STORY)
    assert [text for text in kept if text not in got] == []


def test_a_standfirst_below_a_headline_of_the_third_rank_leads_the_text() -> None:
    page = (
        f"<html><head><title>{TITLE}</title></head><body><h3>{TITLE}</h3><div class=lead>{SHORT}</div><div class=text>"
    )
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    found = extract_page(f"{page}{paragraphs()}</div>".encode(), url="https://fen.example/a", hints=Hints(), now=now)
    assert found.text.startswith(SHORT)


def test_what_a_row_of_teasers_had_is_listed_as_removed() -> None:
    removed = read(paragraphs() + FLAT).removed
    assert {TEASERS[0][1], TEASERS[1][1], "More news"} <= {*removed}


def test_an_article_whose_headline_leads_to_its_own_page_is_another() -> None:
    other = (
        "<div><article><h1><a href=/2026/choir-wins-cup>Choir wins a cup in Riga</a></h1><p>The choir won a cup.</p>"
        "<p>It sang without notes, since the case had gone to Reykjavik.</p></article></div>"
    )
    assert texts(paragraphs(), below=other) == STORY


def test_the_declared_text_stands_in_where_a_wall_follows_the_first_paragraph() -> None:
    data = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(STORY)}
    head = f"<script type=application/ld+json>{json.dumps(data)}</script>"
    assert texts(f"<p>{STORY[0]}</p><p>Weiter geht es mit dem Abendpass.</p>", head=head) == STORY


def test_entries_of_a_live_blog_stand_in_where_the_page_shows_none() -> None:
    updates = [{"@type": "BlogPosting", "headline": f"Turn {i}", "articleBody": text} for i, text in enumerate(STORY)]
    data = {"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": updates}
    head = f"<script type=application/ld+json>{json.dumps(data)}</script>"
    assert set(STORY) <= set(texts("<div id=ticker></div>", head=head))


@pytest.mark.parametrize("rest", ["", FLAT])
def test_a_short_story_is_read_without_the_teasers_below(rest: str) -> None:
    assert texts(f"<p>{SHORT}</p>", below=f"<div>{rest}</div>") == (SHORT,)


def test_a_bar_with_a_button_is_no_text_and_hidden_parts_of_the_story_are() -> None:
    bar = "<div id=z><span>This site keeps a small file on your device to count its readers.</span> <button>Fine</button></div>"
    page = f"<html><head><title>{TITLE}</title></head><body><div><h1>{TITLE}</h1>{paragraphs(STORY[:3])}</div>{bar}</body></html>"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    found = extract_page(page.encode(), url="https://fen.example/2026/windmill-turns-again", hints=Hints(), now=now)
    assert found.text == "\n\n".join(STORY[:3])
    parts = "".join(f"<div class=rest style='display:none'><p>{text}</p></div>" for text in STORY[2:])
    assert (
        texts(f"{paragraphs(STORY[:2])}{parts}<div style='display:none'><p>Your message is on its way.</p></div>")
        == STORY
    )


def test_lines_parted_by_breaks_among_paragraphs_stay_with_the_first() -> None:
    verses = ("Who winds the sail,", "winds the year,", "and grinds it fine.")
    found = texts(among(f"<div align=center><i>{'<br>'.join(verses)}</i></div>"))
    assert " ".join(found) == " ".join((*STORY[:2], *verses, *STORY[2:]))


def test_a_list_of_the_parts_of_a_series_takes_no_paragraph_with_it() -> None:
    parts = (
        "<a href=/n/1>The first part: How the mill was found</a>",
        "This part",
        "<a href=/n/3>The third part: A new stone</a>",
    )
    items = "".join(f"<li>{part}</li>" for part in parts)
    assert texts(f"<div><p>Three parts</p><ol>{items}</ol></div>{paragraphs()}")[-len(STORY) :] == STORY


@pytest.mark.parametrize("rest", [0, 5])
def test_captions_are_the_text_where_little_else_is(rest: int) -> None:
    captions = [f"{text[:60]}." for text in STORY[:4]]
    figures = "".join(f"<figure><img src=a><figcaption>{text}</figcaption></figure>" for text in captions)
    told = texts(f"<article>{paragraphs(SCATTERED[:rest])}<p>A week at the mill.</p>{figures}</article>")
    assert [caption in told for caption in captions] == [not rest] * 4


def test_quotes_and_accents_that_were_escaped_twice_are_decoded_but_on_pages_with_code() -> None:
    escaped = "The miller&amp;rsquo;s caf&amp;eacute; is open on Sundays &amp;ndash; from ten to four in summer."
    plain = "The miller’s café is open on Sundays – from ten to four in summer."
    assert plain in texts(among(f"<p>{escaped}</p>"))
    assert plain not in texts(among(f"<p>{escaped}</p><pre><code>print(1)</code></pre>"))


# --- a page whose story is spread over boxes without a name, from which trafilatura takes the paragraphs alone ---------------

SCATTERED = tuple(
    f"{text} {words}"
    for text in STORY
    for words in (
        "It was said on a walk in March.",
        "It was said again in May.",
        "It was written down by the parish clerk in June.",
    )
)
BETWEEN = {
    "short items": "<ul><li>Two sails of larch</li><li>A new brake wheel</li></ul>",
    "items of sentences": "<ol><li><b>Sails:</b> they were cut from larch that was felled on the fen in 1953.</li></ol>",
    "heading": "<h2>How the larch was sawn</h2>",
    "terms": "<dl><dt>Brake</dt><dd>It is made of larch and stops the sails when the wind turns to the north.</dd></dl>",
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_what_lies_between_paragraphs_of_a_scattered_story_belongs_to_it(between: str) -> None:
    first, rest = paragraphs(SCATTERED[:2]), paragraphs(SCATTERED[2:6]) + between + paragraphs(SCATTERED[6:])
    page = f"<html><body><h1>{TITLE}</h1><div><div>{first}</div></div><div><span>{rest}</span></div></body></html>"
    now = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    text = extract_page(page.encode(), url="https://fen.example/mill", hints=Hints(), now=now).text
    assert text.find(SCATTERED[5]) < text.find("larch") < text.find(SCATTERED[6])


def test_many_headings_of_comments_take_no_time() -> None:
    """Each was followed by all that come after it."""
    root = parse_html(f"<div>{paragraphs()}{'<h3>3 Comments</h3>' * 6000}</div>")
    began = time.process_time()
    mark_comments(Tree(root, read_markup(root, ""), ()))
    assert time.process_time() - began < 3


def test_many_links_to_an_account_in_one_paragraph_take_no_time() -> None:
    """The whole paragraph was put together for each."""
    began = time.process_time()
    read(f"{paragraphs()}<p>{'<a href=/login>Be a miller</a> ' * 6000}</p>")
    assert time.process_time() - began < 2
