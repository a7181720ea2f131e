# ruff: noqa: E501 - each page is a line
"""Articles in many layouts are kept; products, lists, services and other pages are not, with reasons."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise

import pytest

from dateline.types.article import Candidate, Extraction, Hints
from pipelines.extract.extract import extract_page
from pipelines.extract.kinds.article_score import model
from pipelines.extract.kinds.signs import SIGNS

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
NAV = "<nav><ul>" + "".join(
    f'<li><a href="/{word}">{word.title()}</a></li>' for word in ("news", "sport", "culture", "business", "weather")
) + "</ul></nav>"  # fmt: skip
FOOTER = (
    '<footer><p>All rights reserved.</p><ul><li><a href="/imprint">Imprint</a></li><li><a href="/privacy">Privacy</a></li>'
    '<li><a href="/contact">Contact</a></li><li><a href="/jobs">Jobs</a></li></ul></footer>'
)
SHOP_FOOTER = (
    '<footer class="site-footer"><ul><li><a href="/shipping">Shipping</a></li><li><a href="/returns">Returns</a></li>'
    '<li><a href="/about">About us</a></li><li><a href="/contact">Contact us</a></li><li><a href="/faq">FAQ</a></li></ul>'
    '<form><input type="email" placeholder="Your address"><button>Sign up</button></form></footer>'
)
SENTENCES = (
    "The ferry had left the old pier at six, an hour before the wind turned.",
    "Two of the crew said they had seen the light go out and thought nothing of it.",
    "By noon the harbour master had closed the eastern channel to every vessel above ten metres.",
    "Nobody was hurt, but the damage to the landing stage will take weeks to repair.",
    "The council is to meet on Thursday and decide who pays for the timber.",
    "Older residents remember the storm of their childhood, when the pier was lost altogether.",
)


def prose(paragraphs: int) -> str:
    texts = (" ".join(SENTENCES[(n + k) % len(SENTENCES)] for k in range(3)) for n in range(paragraphs))
    return "".join(f"<p>{text}</p>" for text in texts)


def page(body: str, *, title: str, head: str = "", body_class: str = "") -> str:
    return (
        f"<html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f'<body class="{body_class}"><header><a href="/">Lantern Post</a>{NAV}</header>{body}</body></html>'
    )


def json_ld(kind: str, more: str = "") -> str:
    return f'<script type="application/ld+json">{{"@context":"https://schema.org","@type":"{kind}"{more}}}</script>'


def story(
    body: str, *, title: str = "Storm closes the old ferry pier for weeks", head: str = "", kind: str = ""
) -> str:
    return page(
        f"<main><article class='{kind}'><h1>{title}</h1>{body}</article></main>{FOOTER}", title=title, head=head
    )


BY = '<p class="byline">By <a rel="author" href="/by/mara-lind">Mara Lind</a>, <time datetime="2026-06-30T18:00:00Z">30 June</time></p>'
TYPED = json_ld(
    "NewsArticle", ',"headline":"Storm closes the old ferry pier for weeks","datePublished":"2026-06-30T18:00:00Z"'
)
INTERVIEW = "".join(
    f"<p><b>What did you see on the pier?</b></p><p>{SENTENCES[n % 6]} {SENTENCES[(n + 1) % 6]}</p>" for n in range(8)
)
ARTICLES = {
    "plain text with an ordinary word": (
        "/bus.html",
        "<html><head><title>Buses</title></head><body><div>Buses had to be rescheduled on Monday.</div></body></html>",
    ),
    "news with JSON-LD": ("/2026/06/30/storm-closes-ferry-pier", story(BY + prose(8), head=TYPED)),
    "short flash": (
        "/news/storm-closes-old-ferry-pier-98123",
        story(BY + prose(1), head='<meta property="og:type" content="article">'),
    ),
    "interview": ("/culture/we-thought-nothing-of-the-light", story(BY + INTERVIEW, title="“We thought nothing of the light”")),
    "blog without a date": (
        "/blog/why-i-moved-to-the-island",
        story(f"<div class='entry-content'>{prose(7)}</div><div id=comments class=comments>No comments yet.</div>", title="Why I moved to the island and stayed"),
    ),
    "opinion": ("/opinion/the-council-must-pay-for-the-pier", story(BY + prose(6), title="The council must pay for the pier")),
    "press release": (
        "/press/harbour-authority-appoints-new-director",
        story(f"<p>Lantern, 30 June 2026 – {SENTENCES[0]}</p>{prose(5)}<p>Press contact: press@harbour.example</p>", title="Harbour authority appoints a new director"),
    ),
    "bare paragraphs": ("/a/12345", f"<html><head><title>Storm closes the pier</title></head><body>{prose(4)}</body></html>"),
    "divisions without an article element": (
        "/region/sturm-schliesst-den-alten-anleger,pier120.html",
        page(f"<div class='content'><h1>Sturm schließt den alten Anleger</h1><div class='meta'>30.06.2026, von Mara Lind</div>{prose(6)}</div>{FOOTER}", title="Sturm schließt den alten Anleger"),
    ),
    "text in divisions": ("/12", page("<div class=a1>Buses leave earlier from Monday on</div>" + prose(3).replace("p>", "div>") + FOOTER, title="Buses leave earlier")),
    "text in spans of an editor": ("/12", page(prose(3).replace("<p>", "<div><span>").replace("</p>", "</span></div>") + FOOTER, title="Buses leave earlier")),
    "script without blanks": (
        "/12",
        page("<h1>老桥修缮后重新开放</h1>" + "<div>镇政府周二宣布，建于一九〇八年的石桥完成修缮，自本月起向行人开放，汽车仍须绕行下游的新桥。</div>" * 3 + FOOTER, title="老桥修缮后重新开放"),
    ),
    "shell with the story as data": (
        "/12",
        page(
            "<div id=__next></div><script id=__NEXT_DATA__ type='application/json'>"
            + json.dumps({"post": {"headline": "Storm closes the old ferry pier", "blocks": [{"text": one} for one in SENTENCES]}})
            + "</script>",
            title="Storm closes the old ferry pier - Lantern Post",
        ),
    ),
    "post of a content system": (
        "/storm-closes-the-old-ferry-pier/",
        page(
            f"<main><article class='post type-post hentry'><h1 class='entry-title'>Storm closes the old ferry pier</h1>"
            f"<div class='entry-meta'>{BY}</div><div class='entry-content'>{prose(6)}</div></article></main>{FOOTER}",
            title="Storm closes the old ferry pier – Lantern Post",
            body_class="post-template-default single single-post postid-120",
        ),
    ),
}  # fmt: skip


def card(n: int, *, shop: bool = False) -> str:
    price = (
        f"<span class='price'>${n * 7 + 9}.00</span><button class='add-to-cart'>Add to cart</button>" if shop else ""
    )
    kind = "product-card" if shop else "card"
    return (
        f"<li class='{kind}'><a href='/{'products' if shop else 'story'}/{n}'><img src='/{n}.jpg' alt=''>"
        f"<h3>{SENTENCES[n % 6][:38]}</h3></a>{price}</li>"
    )


def cards(count: int, *, shop: bool = False) -> str:
    return f"<ul class='grid'>{''.join(card(n, shop=shop) for n in range(count))}</ul>"


PITCH = "".join(
    f"<section class='feature'><h2>{name}</h2><p>We help our clients with {name.lower()} and take care of the rest.</p>"
    "<a class='btn cta' href='/contact'>Get started</a></section>"
    for name in ("Planning", "Moorings", "Repairs", "Insurance", "Training", "Storage")
)
OTHERS = {
    "notice": ("/tickets", "<html><head><title>Tickets</title></head><body><h1>Tickets</h1><p>Sold out.</p></body></html>"),
    "redirecting page": ("/moved", "<html><head><meta http-equiv=refresh content='0;url=/x'></head><body>moving</body></html>"),
    "product": (
        "/products/brass-ship-lamp",
        page(
            "<main class='product'><h1>Brass ship lamp</h1><img src='/lamp.jpg' alt=''><div class='price'>$129.00</div>"
            "<select name='variant'><option>Small</option></select><input class='quantity' type='number'>"
            "<button class='add-to-cart'>Add to cart</button><p>A lamp of solid brass, made by hand in our workshop, with free"
            f" shipping on every order over $50.</p><div class='sku'>SKU 88120</div><div class='rating'>4.8</div><h2>You may also like</h2>{cards(4, shop=True)}</main>{SHOP_FOOTER}",
            title="Brass ship lamp | Lantern Shop",
            head=json_ld("Product", ',"name":"Brass ship lamp","offers":{"@type":"Offer","price":"129"}') + '<meta property="og:type" content="product">',
        ),
    ),
    "collection": (
        "/collections/lamps",
        page(f"<main class='collection'><h1>Lamps</h1><div class='filter'>Sort by</div>{cards(24, shop=True)}<div class='pagination'><a href='?page=2'>2</a></div></main>{SHOP_FOOTER}", title="Lamps – Lantern Shop"),
    ),
    "category": (
        "/category/harbour/",
        page(f"<main><h1>Harbour</h1>{cards(20)}<div class='pagination'><a class='page-numbers' href='/category/harbour/page/2/'>2</a></div></main>{FOOTER}", title="Harbour Archives – Lantern Post", body_class="archive category category-harbour"),
    ),
    "tag page": (
        "/tag/pier/",
        page(f"<main><h1>Pier</h1>{cards(16)}<nav class='pagination'><a class='page-numbers' href='/tag/pier/page/2/'>2</a></nav></main>{FOOTER}", title="Pier – Lantern Post", body_class="archive tag tag-pier"),
    ),
    "author page": (
        "/author/mara-lind/",
        page(f"<main><h1>Mara Lind</h1><p>Mara Lind writes about the harbour.</p>{cards(14)}<div class='pagination'><a class='page-numbers' href='2'>2</a></div></main>{FOOTER}", title="Mara Lind, author at Lantern Post", body_class="archive author", head=json_ld("ProfilePage")),
    ),
    "about": (
        "/about-us/",
        page(
            f"<main><section class='hero'><h1>About us</h1><p>We are a team of builders, and our work speaks for itself.</p></section>{PITCH}"
            f"<section class='team'><h2>Our team</h2>{cards(6)}</section></main>{SHOP_FOOTER}",
            title="About us | Harbour Works", body_class="page page-id-12",
        ),
    ),
    "search results": (
        "/search?q=pier",
        page(f"<main><h1>Results for pier</h1><form><input name=q><select><option>Newest</option></select></form>{cards(20)}<div class='pagination'><a href='?q=pier&page=2'>2</a></div></main>{FOOTER}", title="Search: pier", body_class="search search-results", head=json_ld("ItemList")),
    ),
    "service": (
        "/services/moorings/",
        page(f"<main><section class='hero banner'><h1>Moorings</h1><a class='cta' href='/contact'>Book a free consultation</a></section>{PITCH}<section class='testimonial'><p>“Our boat has never been safer.”</p></section><section class='faq accordion'><h2>FAQ</h2></section></main>{SHOP_FOOTER}", title="Moorings | Harbour Works", head=json_ld("LocalBusiness", ',"name":"Harbour Works"')),
    ),
    "pricing": (
        "/pricing",
        page("<main><section class='hero'><h1>Plans and pricing</h1></section>" + "".join(f"<div class='pricing'><h2>{name}</h2><div class='price'>${n}9 a month</div><ul><li>Unlimited moorings</li><li>Support</li></ul><a class='btn cta' href='/start'>Start free trial</a></div>" for n, name in enumerate(("Basic", "Team", "Business", "Harbour"), 1)) + f"<section class='faq'><h2>Questions</h2></section></main>{SHOP_FOOTER}", title="Pricing | Harbour Works"),
    ),
    "events": (
        "/events/",
        page("<main><h1>Events</h1><div class='filter'><select><option>All</option></select></div><ul class='listing'>" + "".join(f"<li class='list-item'><a href='/events/{n}'><h3>{SENTENCES[n % 6][:30]}</h3></a><span>{n + 1} July, 7 pm</span> <a href='/events/{n}/tickets'>Book now</a> $12</li>" for n in range(18)) + f"</ul><div class='pagination'><a href='?page=2'>2</a></div></main>{FOOTER}", title="Events in Lantern", head=json_ld("Event")),
    ),
}  # fmt: skip


def read(path: str, html: str, **hints: object) -> Extraction:
    return extract_page(html.encode(), url=f"https://lanternpost.example{path}", hints=Hints(**hints), now=NOW)


@pytest.mark.parametrize("name", ARTICLES)
def test_articles_are_kept(name: str) -> None:
    found = read(*ARTICLES[name])
    assert found.kind in {"article", "opinion"}, (found.kind_evidence, found.article_probability)


@pytest.mark.parametrize("name", OTHERS)
def test_other_pages_are_no_articles(name: str) -> None:
    found = read(*OTHERS[name])
    assert found.kind in {"not_article", "section"}, found.article_probability


def test_evidence_names_the_score_and_three_reasons() -> None:
    found = read(*OTHERS["product"])
    score, *reasons = found.kind_evidence
    assert score == f"article probability {found.article_probability:.2f}"
    assert len(reasons) == 3
    assert set(reasons) <= {words for pair in SIGNS.values() for words in pair}


@pytest.mark.parametrize("via", ["rss", "atom", "news_sitemap"])
def test_entries_of_a_feed_are_articles(via: str) -> None:
    path, html = OTHERS["product"]
    found = read(path, html, candidate=Candidate(f"https://lanternpost.example{path}", via))
    assert found.kind == "article"
    assert found.article_probability is not None
    assert found.article_probability < 0.5


@pytest.mark.parametrize("via", ["section", "sitemap", "target"])
def test_other_finds_are_judged(via: str) -> None:
    path, html = OTHERS["service"]
    candidate = Candidate(f"https://lanternpost.example{path}", via)
    assert read(path, html, candidate=candidate).kind == "not_article"


def test_wanted_page_is_stored() -> None:
    assert read(*OTHERS["product"], is_wanted=True).kind == "article"


def test_every_sign_has_a_weight_and_words() -> None:
    assert set(model().weights) == set(SIGNS)
    assert all(more and less and more != less for more, less in SIGNS.values())


def test_scoring_leaves_the_page_as_it_was() -> None:
    """Scripts are emptied while the text is counted; what JSON-LD says must be read all the same afterwards."""
    path, html = ARTICLES["news with JSON-LD"]
    first, second = read(path, html), read(path, html)
    assert first == second
    assert all(one.published == other.published for one, other in pairwise((first, second)))
