"""Boxes that ask the reader for something go, whatever their names; stories that look like them stay."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.article import Hints
from pipelines.extract.extract import extract_page

NOW = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)
STORY = [
    "Work on the new lock at Tarn Mill began on Monday, two years after the old gates gave way in a flood.",
    "The county pays for the gates, and the anglers' club has offered to plant the banks with alder and willow.",
    "Boats will have to be carried round the site until the spring, the canal office said in a notice.",
    "“We have waited long enough,” said Nora Pell, who keeps the boatyard and lost three barges that night.",
    "A footbridge is to follow if the money lasts. The engineers say that it will, and the council doubts it.",
]


def read(middle: str, *, below: str = "") -> str:
    paragraphs = [f"<p>{each}</p>" for each in STORY]
    body = "".join((*paragraphs[:2], middle, *paragraphs[2:]))
    page = (
        "<html lang=en><head><title>Work on the lock begins</title></head><body><header><a href=/>Home</a></header>"
        f"<main><article><h1>Work on the lock begins</h1>{body}{below}</article></main></body></html>"
    )
    return extract_page(
        page.encode(), url="https://canal.test/2026/work-on-the-lock-begins", hints=Hints(), now=NOW
    ).text


BOXES = {
    "address": "<div class=x1><h3>Good morning</h3><p>The canal before your first tea.</p><form><input type=email></form></div>",
    "button": "<section class=x2><p>Our reporters walk the towpath in all weathers.</p><a href=/give>Donate now</a></section>",
    "vote": "<div class=x3><p>Was this page of use to you?</p><button>Yes</button><button>No</button></div>",
    "spanish": "<div class=x4><p>El canal en su buzón cada mañana.</p><button>Suscribirme</button></div>",
    "links": "<div class=x5><h4>Most popular</h4><a href=/a>Storm warning issued for the whole of the coast</a>"
    "<a href=/b>The cheapest places to buy a barge by the sea</a><a href=/c>Quiz: how well do you know your locks?</a></div>",
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_box_goes_and_story_stays(box: str) -> None:
    assert read(box).split("\n\n") == STORY


def test_posts_with_links_to_reply_are_comments() -> None:
    post = "<div class=y><b>Tom</b><p>I carried my boat round it twice this summer and would again.</p><a href=#>Reply</a></div>"
    assert read("", below=f"<section class=z>{post * 3}</section>").split("\n\n") == STORY


@pytest.mark.parametrize(
    "part",
    [
        "<p>She asked every member of the club to <a href=/d>donate</a> a tree.</p>",
        "<div><button>The gates</button><p>They are made of oak from the county's own woods, like the old ones.</p></div>",
        "<div><p>The vote was short: all nine councillors said “yes”.</p></div>",
    ],
    ids=["link in a sentence", "button that unfolds text", "word in a sentence"],
)
def test_parts_of_the_story_with_such_words_stay(part: str) -> None:
    text = read(part)
    assert all(each in text for each in STORY)
    assert len(text.split("\n\n")) > len(STORY)


def test_a_thread_that_is_the_page_stays() -> None:
    post = "<div class=y><b>Tom</b><p>{}</p><a href=#>Reply</a></div>"
    page = f"<html><body><div class=z>{''.join(map(post.format, STORY))}</div></body></html>"
    found = extract_page(page.encode(), url="https://canal.test/thread/work-on-the-lock", hints=Hints(), now=NOW)
    assert all(each in found.text for each in STORY)


NOISE = (
    "<section><div class=u><a href=/a><h3>Ferry fares rise</h3></a>"
    "<p>Islanders will pay two crowns more from June on, the line said.</p></div>"
    "<div class=u><a href=/b><h3>Kettle found</h3></a>"
    "<p>It had been used as a flower pot for eleven years, the museum said.</p></div></section>"
    "<div role=dialog><p>We and our partners store information on a device, such as identifiers in cookies.</p></div>"
)
HEAD = "<html lang=en><head><title>Lock opens</title></head><body><header><a href=/>Home</a></header>"


@pytest.mark.parametrize("name", ["x", "teaser full", "comments-open", "overlay-text"])
def test_a_short_story_is_not_filled_up_with_teasers(name: str) -> None:
    """trafilatura takes all paragraphs of a page where the story is short or has a suspicious name."""
    story = STORY[:1]
    body = f"<main><article><h1>Lock opens</h1><div class='{name}'>{''.join(f'<p>{each}</p>' for each in story)}</div></article>"
    page = f"{HEAD}{body}{NOISE}</main></body></html>"
    found = extract_page(page.encode(), url="https://canal.test/2026/lock-opens", hints=Hints(), now=NOW)
    assert found.text.split("\n\n") == story
