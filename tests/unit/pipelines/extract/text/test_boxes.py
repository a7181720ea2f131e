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
    "advertisement": "<div class=x0><p>Advertisement</p><p>Order the new barge today and pay half its price next year, as"
    " our <a href=https://boats.test/>spring offer</a> allows.</p></div>",
    "address": "<div class=x1><h3>Good morning</h3><p>The canal before your first tea.</p><form><input type=email></form></div>",
    "button": "<section class=x2><p>Our reporters walk the towpath in all weathers.</p><a href=/give>Donate now</a></section>",
    "vote": "<div class=x3><p>Was this page of use to you?</p><button>Yes</button><button>No</button></div>",
    "german": "<div class=infobox><h4>Post vom Kanal</h4><p>Jeden Morgen um sechs.</p><a href=/nl>Jetzt abonnieren</a></div>",
    "mistakes": "<div class=x7><p>Found a mistake? <a href=/m>Tell us</a>.</p></div>",
    "reading time": "<p>4 min read</p>",
    "spanish": "<div class=x4><p>El canal en su buzón cada mañana.</p><button>Suscribirme</button></div>",
    "list of jumps": "<div class=x8><p>Auf dieser Seite</p><ul><li><a href=#a>The gates</a></li>"
    "<li><a href=#b>Boats</a></li></ul></div>",
    "off the screen": "<p style='position:absolute;left:-9999px'>The map is being drawn for you now.</p>",
    "wall": "<p>Abbonati per continuare a leggere</p>",
    "one story": "<h3><a href=/2026/heron-nests-in-the-old-crane>A heron nests in the old crane</a></h3>",
    "links": "<div class=x5><h4>Most popular</h4><a href=/a>Storm warning issued for the whole of the coast</a>"
    "<a href=/b>The cheapest places to buy a barge by the sea</a><a href=/c>Quiz: how well do you know your locks?</a></div>",
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_box_goes_and_story_stays(box: str) -> None:
    assert read(box).split("\n\n") == STORY


def test_a_bar_that_asks_for_consent_goes() -> None:
    bar = "<p>We use small files to make this site better. Do you agree with that?</p><button>All of them</button>"
    page = f"<body><h1>Work on the lock begins</h1>{''.join(f'<p>{each}</p>' for each in STORY)}<div>{bar}</div></body>"
    found = extract_page(page.encode(), url="https://canal.test/lock", hints=Hints(), now=NOW)
    assert found.text.split("\n\n") == STORY


BEHIND = {
    "the desk's mail": "<p>Schreiben Sie uns: redaktion@canal.test</p>",
    "the desk's mail behind words": "<p>Do you know more? <a href=mailto:tips@mail.canal.test>Tell us</a> about it.</p>",
    "writer": "<div class=x9><div><a href=/author/ada-pell>Ada Pell</a></div><p>Walks the towpath for the paper.</p></div>",
    "writer's picture": "<div class=x10><img src=a.jpg><p><b>Ada</b> walks the towpath. Find her on <a href=https://x.com/ada>X</a>.</p></div>",
}


@pytest.mark.parametrize("box", BEHIND.values(), ids=BEHIND)
def test_what_is_said_of_the_writer_behind_the_story_goes(box: str) -> None:
    assert read("", below=box).split("\n\n") == STORY


def test_the_heading_of_comments_goes_with_them() -> None:
    assert read("", below="<h3>Comments (3)</h3><p><b>Tom</b>: I carried my boat round it.</p>").split("\n\n") == STORY


def test_posts_with_links_to_reply_are_comments() -> None:
    post = "<div class=y><b>Tom</b><p>I carried my boat round it twice this summer and would again.</p><a href=#>Reply</a></div>"
    assert read("", below=f"<section class=z>{post * 3}</section>").split("\n\n") == STORY


@pytest.mark.parametrize(
    "part",
    [
        "<p>She asked every member of the club to <a href=/d>donate</a> a tree.</p>",
        "<div><button>The gates</button><p>They are made of oak from the county's own woods, like the old ones.</p></div>",
        "<div><p>The vote was short: all nine councillors said “yes”.</p></div>",
        "<p>The papers:</p><ul><li><a href=/plan.pdf>Plan of the gates</a></li><li><a href=/s.pdf>Survey</a></li></ul>",
        "<p>Three took part:</p><ul><li><a href=https://a.test>Anglers</a></li><li><a href=https://b.test>Boats</a></li></ul>",
        "<div class=code-toolbar><button>Copy</button><pre>gates open</pre></div>",
        "<figure><h4>In figures</h4><ul><li>Two gates</li><li>Nine feet</li></ul></figure>",
        "<p>Keepers write to <a href=mailto:gates@county.test>gates@county.test</a> before Friday noon.</p>",
        "<p>Register at the town hall to read the plan, the mayor said.</p>",
        "<h3>The drowned (12)</h3>",
        "<div style='position:absolute;margin-left:-400px;border:1px solid'><p>The oak came down the river, as of old.</p></div>",
    ],
    ids=[
        *("link in a sentence", "button that unfolds text", "word in a sentence", "documents", "other sites", "code"),
        *("list in a figure", "another's mail", "not a wall", "number in a heading"),
        "set by its middle",
    ],
)
def test_parts_of_the_story_with_such_words_stay(part: str) -> None:
    text = read(part)
    assert all(each in text for each in STORY)
    assert len(text.split("\n\n")) > len(STORY)


def test_words_of_a_link_that_are_no_note_on_it_stay() -> None:
    told = "The oak was felled by <a href=/a>Tom Pell<em>, 81,</em></a> who saw <a href=/b><small>(in part)</small></a> it grow."
    assert "Tom Pell, 81, who saw (in part) it grow." in read(f"<p>{told}</p>")


def test_an_office_gives_its_address_in_its_own_news() -> None:
    told = "Walkers can send what they object to to the office at gates@canal.test until Friday."
    assert read("", below=f"<p>{told}</p>").split("\n\n") == [*STORY, told]


def test_a_page_that_is_off_the_screen_as_a_whole_is_read() -> None:
    story = "".join(f"<p>{each}</p>" for each in STORY)
    page = f"<html style='position:absolute;left:-9999px'><body style='position:absolute;top:-9999px'><h1>Lock opens</h1>{story}"
    found = extract_page(page.encode(), url="https://canal.test/2026/lock-opens", hints=Hints(), now=NOW)
    assert all(each in found.text for each in STORY)


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


BESIDE = {
    "poll": "<div class=x6><h4>Will you walk to the lock?</h4><ul><li><input type=radio> On Sunday</li>"
    "<li><input type=radio> Not in this rain</li></ul></div>",
    "labelled": "<div class=x7><span>Anzeige</span><a href=https://ad.test/1><b>Warm feet</b></a>"
    "<p>With these boots you cross any ford, and they cost half of what others do.</p></div>",
    "player": "<div class=x8><p>Votre navigateur ne lit pas les vidéos.</p><video><source src=v.mp4></video>"
    "<video></video><span>00:00 / 02:31</span></div>",
    "channel": "<p>The Canal Post is on your telephone now: <a href=https://whatsapp.com/channel/x>read along</a> +++</p>",
    "app": "<p><a href=https://apps.apple.com/app/id1>Todo el canal en tu bolsillo</a></p>",
    "counter": "<ul><li><img src=1.jpg><span>Bild 1 von 8</span></li><li><img src=2.jpg><span>Bild 2 von 8</span></li></ul>",
    "typo": "<p>Нашли опечатку? Выделите её и нажмите Ctrl + Enter</p>",
    "reserved": "<p>&lt;저작권자 ⓒ 운하신문, 무단 전재 금지&gt;</p>",
    "also": "<p>Olvasta már? <a href=/n>Így működik a régi zsilip a malomnál</a></p>",
    "arrow": "<p>&gt;&gt; Xem thêm: <a href=/n>Người giữ cửa cống bên bờ kênh</a></p>",
}


@pytest.mark.parametrize("box", BESIDE.values(), ids=BESIDE)
def test_what_stands_among_the_paragraphs_and_is_none_goes(box: str) -> None:
    assert read(box).split("\n\n") == STORY


@pytest.mark.parametrize(
    "label",
    [
        *("Artikeln fortsätter efter annonsen", "Juttu jatkuu mainoksen jälkeen", "Článek pokračuje pod reklamou"),
        *("記事は広告の後に続きます", "Artiklen fortsætter efter annoncen", "La suite après cette publicité"),
        *("Tekst gaat verder onder de advertentie", "Haberin devamı reklamdan sonra", "Czytaj dalej", "[Anzeige]"),
    ],
)
def test_a_note_that_the_text_goes_on_is_not_text(label: str) -> None:
    assert read(f"<p>{label}</p>").split("\n\n") == STORY


@pytest.mark.parametrize(
    "sentence",
    [
        "The boatmen talk to each other on <a href=https://t.me/boatmen>a channel of their own</a>.",
        "The gates were lifted out on day 3 of 12, which was earlier than planned.",
        "Advertisements for the old ferry were found under the boards of the keeper's house.",
        "Reklama starého mlýna pokračuje na zdi strážného domku, kde ji nikdo nepřemaloval.",
    ],
)
def test_sentences_with_such_words_stay(sentence: str) -> None:
    assert len(read(f"<p>{sentence}</p>").split("\n\n")) == len(STORY) + 1
