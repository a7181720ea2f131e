"""Two floors on small pages of the kinds that extractors lose: never below stock trafilatura, and no page lost that it reads."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import pytest
import trafilatura

from dateline.types.article import Hints
from pipelines.extract.extract import extract_page

TITLE = "Lamp oil runs short on Kestrel Island"
STORY = (
    "Lamp oil has run short on Kestrel Island since the supply boat lost its rudder off the reef on Thursday night.",
    "The two shops that sell it had eleven cans left on Saturday, and one of them now hands out half a can per house.",
    "“We have candles for a week, and then we go to bed early,” said Oda Wren, who has kept the light since 1998.",
    "A tug from Marrow Bay was to bring the boat in on Sunday, but the wind kept it in harbour, the pilot said.",
    "The island council meets on Tuesday to decide whether the school may close at three o'clock until the oil has come.",
    "Electric cable was laid to the mainland in 1974 and has been out of order since a trawler cut it four winters ago.",
)
OTHER = (
    "The choir of Marrow Bay sings in the old grain store this year, since the roof of the hall is being mended until spring.",
    "Tickets are to be had at the bakery, and children under ten are let in free if they bring a lantern of their own.",
    "Forty singers have rehearsed since August, among them six members of the lifeboat crew and the teacher of the lower school.",
    "The first concert is on the second Sunday of Advent, and the last one on the evening before the year ends, at six.",
)


def paragraphs(lines: tuple[str, ...], attributes: str = "") -> str:
    return "\n".join(f"<p{attributes}>{line}</p>" for line in lines)


def page(body: str, head: str = "", title: str = f"<h1>{TITLE}</h1>") -> str:
    menu = "<header><nav><a href='/'>Home</a> <a href='/isles'>Isles</a></nav></header>"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{TITLE} | Marrow Bay Mail</title>{head}</head>"
        f"<body>{menu}<main><article>{title}{body}</article></main><footer><p>Marrow Bay Mail, Quay 4.</p></footer></body></html>"
    )


STATE = {"page": {"story": {"title": TITLE, "parts": [{"kind": "p", "text": line} for line in STORY]}}}
FEED = {"title": "Choir sings", "parts": [{"kind": "p", "text": line} for line in OTHER * 3]}
PAGES = {
    "plain": page(f"<div class=story-body>{paragraphs(STORY)}</div>"),
    "two containers of one class": page(
        f"<div class=article-body>{paragraphs(STORY[:2])}</div><div class=slot><p>Advertisement</p></div>"
        f"<div class=article-body>{paragraphs(STORY[2:])}</div>"
    ),
    "chapters as articles": page(
        "".join(
            f"<article class=part><h2>Part {i}</h2>{paragraphs(STORY[2 * i : 2 * i + 2])}</article>" for i in range(3)
        )
    ),
    "page builder's widgets": page(
        f"<div class='widget text-widget'>{paragraphs(STORY[:4])}</div><div class=plain>{paragraphs(STORY[4:])}</div>"
    ),
    "lead named teaser": page(
        f"<div class=teaser-text>{paragraphs(STORY[:2])}</div><div class=rest>{paragraphs(STORY[2:])}</div>"
    ),
    "slides": page("".join(f"<div class=slide>{paragraphs(STORY[i : i + 1])}</div>" for i in range(6))),
    "read more, hidden": page(
        f"<div class=article-body>{paragraphs(STORY[:2])}<div style='display: none'>{paragraphs(STORY[2:])}</div></div>"
    ),
    "aside left open": page(f"<aside class=radio><div class=text>{paragraphs(STORY)}</div></aside>"),
    "nav left open": page(f"<nav><ul><li><a href=/a>Isles</a></li></ul><div class=text>{paragraphs(STORY)}</div>"),
    "story in a footer": page(f"<footer class=content>{paragraphs(STORY)}</footer>"),
    "linked paragraph": page(
        f"<div class=article-body>{paragraphs(STORY[:2])}<p><a href=/live><b>{STORY[2]}</b></a></p>{paragraphs(STORY[3:])}</div>"
    ),
    "list in a table's cell": page(
        f"<div class=article-body>{paragraphs(STORY[:4])}<table><tr><td><ul><li>{STORY[4]}</li></ul></td></tr>"
        f"<tr><td><ul><li>{STORY[5]}</li></ul></td></tr></table></div>"
    ),
    "words in time and button": page(
        f"<div class=article-body>{paragraphs(STORY)}</div>".replace("Thursday", "<time>Thursday</time>").replace(
            "rudder", "<button class=term>rudder</button>"
        )
    ),
    "the next article below": page(f"<div class=article-body>{paragraphs(STORY)}</div>").replace(
        "</article>",
        f"</article><article><h1>Choir sings</h1><div class=article-body>{paragraphs(OTHER)}</div></article>",
        1,
    ),
    "text in the state": page(
        "<div id=app></div>", f"<script>window.__STATE__ = {json.dumps([FEED, STATE])};</script>", ""
    ),
    "comments and boxes": page(
        f"<div class=article-body>{paragraphs(STORY)}</div><section class=comments>{paragraphs(OTHER)}</section>"
        f"<aside class=related><h2>More</h2>{paragraphs(OTHER[:2])}</aside>"
    ),
    "a long thread": page(
        f"<div class=article-body>{paragraphs(STORY)}</div><ol class=comment-list>"
        + "".join(
            f"<li class=comment><div class=comment-content>{paragraphs((line,))}</div></li>" for line in OTHER * 4
        )
        + "</ol>"
    ),
    "control characters": page(f"<div class=article-body>{paragraphs(STORY)}<p>A<span>&#31;</span><p>&#1;</div>"),
    "class attribute over two lines": page(
        f"<div class=article-body><div class='\nrelated-links\n'><a href=/c>Choir sings</a></div>{paragraphs(STORY)}</div>"
    ),
}


def ours(html: str) -> str:
    now = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    return extract_page(html.encode(), url="https://marrowbaymail.example/isles/lamp-oil", hints=Hints(), now=now).text


def stock(html: str) -> str:
    found = trafilatura.bare_extraction(html, url="https://marrowbaymail.example/isles/lamp-oil")
    return str(getattr(found, "text", "") or "")


def word_f1(text: str) -> float:
    want, got = Counter(" ".join(STORY).split()), Counter(text.split())
    return 2 * (want & got).total() / (want.total() + got.total())


@pytest.mark.parametrize("name", PAGES)
def test_the_story_is_whole_and_alone(name: str) -> None:
    text = " ".join(ours(PAGES[name]).split())
    assert [line for line in STORY if line not in text] == []
    assert [line for line in OTHER if line in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_never_below_stock_and_never_lost(name: str) -> None:
    mine, theirs = word_f1(ours(PAGES[name])), word_f1(stock(PAGES[name]))
    assert mine >= theirs - 1e-9
    assert mine >= 0.8


def test_the_notes_of_an_article_stay() -> None:
    note = "Correction, 5 May: an earlier version of this report gave the number of cans as twelve."
    credit = "Translated from the islanders' dialect by Cora Finch, who lives at the point."
    text = ours(
        page(
            f"<div class=article-body>{paragraphs(STORY)}<aside class=correction><p>{note}</p></aside></div>"
            f"<footer class=article-footer><p>{credit}</p></footer>"
        )
    )
    assert note in text
    assert credit in text


def test_state_of_another_story_is_never_taken() -> None:
    html = page("<div id=app></div>", f"<script type='application/json'>{json.dumps(FEED)}</script>", "")
    assert OTHER[0] not in ours(html)
