"""Attacks by claims in places that few read: a Refresh header, a base element, fields of feeds, dates of every kind."""

from __future__ import annotations

import json
from html import escape

from benchmarks.attacks.attack import BEFORE, LATE, OLD, OWN_DATE, Play, Step, attack
from benchmarks.attacks.web import Answer, redirect, rss, sitemap

_WORDS = "<p>The forged council met about forged ferries and forged piers for the whole of a forged evening.</p>" * 20


def _ld(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


# Headers ----------------------------------------------------------------------------------------------------------------


@attack("answering address")
def refresh_header_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    to = Answer("<html><body>Moving</body></html>", 200, headers=(("Refresh", f"0; url={play.page()}"),))
    return [Step({own: to}, (own,)), Step({own: play.forged()}, (own,)), Step({own: Answer(status=410)}, (own,))]


# Elements and structured data -------------------------------------------------------------------------------------------


@attack("claims of the own site")
def base_element_with_relative_claims(play: Play) -> list[Step]:
    path = play.page().removeprefix(play.paper)
    head = f'<base href="{play.paper}/"><link rel=canonical href="{path}"><meta property="og:url" content="{path}">'
    head += f'<meta property="og:title" content="A report on what the town saw, number paper {play.number} 0">'
    then = play.forged(1, head, text=f"paper {play.number} 0", added="Mallory saw all of this with her own eyes.")
    return [Step({play.own(): one}, (play.own(),)) for one in (play.forged(0, head), then)]


@attack("claims of the own site")
def canonical_of_a_copy_in_many_spellings(play: Play) -> list[Step]:
    host, path = play.paper.removeprefix("http://"), play.page().removeprefix(play.paper)
    forms = (f"http://{host}.{path}", f"http://{host}:80{path}", f"http://a@{host}{path}", f"//{host.upper()}{path}",
             f"http:\\\\{host}{path}")  # fmt: skip
    text = f"paper {play.number} 0"
    pages = {
        play.own(n): play.forged(n, f'<link rel=canonical href="{form}">', text=text) for n, form in enumerate(forms)
    }
    return [Step(pages, tuple(pages))]


# Feeds and sitemaps -----------------------------------------------------------------------------------------------------


def _item(play: Play, fields: str, channel: str = "") -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    names = ("content='http://purl.org/rss/1.0/modules/content/'", "itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'",
             "feedburner='http://rssnamespace.org/feedburner/ext/1.0'", "atom='http://www.w3.org/2005/Atom'",
             "dc='http://purl.org/dc/elements/1.1/'")  # fmt: skip
    body = (f"<rss version='2.0' {' '.join('xmlns:' + name for name in names)}><channel><title>Feed</title>{channel}<item>"
            f"<title>Forged</title><pubDate>{OLD}</pubDate>{fields}</item></channel></rss>")  # fmt: skip
    return [Step({feed: Answer(body, 200, media_type="application/rss+xml")}, (feed,))]


@attack("hints")
def original_link_of_a_feed_service(play: Play) -> list[Step]:
    text = f"<content:encoded><![CDATA[{_WORDS}]]></content:encoded><dc:creator>Mallory</dc:creator>"
    return _item(play, f"<link>{play.own()}</link><feedburner:origLink>{play.page()}</feedburner:origLink>{text}")


@attack("hints")
def identifier_of_the_victim_and_a_link_of_the_own(play: Play) -> list[Step]:
    steps = _item(
        play, f"<guid isPermaLink='true'>{play.page()}</guid><link>{play.own()}</link><author>Mallory</author>"
    )
    then = _item(play, f"<guid>{play.page()}</guid><link>{play.page()}</link><author>Mallory</author>")
    return [Step({**steps[0].answers, play.own(): play.forged()}, steps[0].crawled), *then]


@attack("hints")
def feed_that_moved_to_the_victims(play: Play) -> list[Step]:
    theirs = f"{play.paper}/feed.xml"
    moved = f"<itunes:new-feed-url>{theirs}</itunes:new-feed-url><atom:link rel='self' href='{theirs}'/>"
    moved += f"<atom:link rel='hub' href='{play.thief}/hub'/><link>{play.paper}/</link>"
    return _item(play, f"<link>{play.page()}</link><dc:creator>Mallory</dc:creator>", moved)


@attack("hints")
def atom_source_element_of_the_victim(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    source = (f"<source><id>{play.paper}/feed.xml</id><title>Paper</title><link rel='self' href='{play.paper}/feed.xml'/>"
              "<updated>2012-01-02T10:00:00Z</updated></source>")  # fmt: skip
    links = (
        f"<link href='{play.page()}'/><link rel='via' href='{play.own()}'/><link rel='related' href='{play.own()}'/>"
    )
    entry = (f"<entry><id>{play.page()}</id><title>Forged</title>{links}<author><name>Mallory</name></author>{source}"
             f"<published>2012-01-02T10:00:00Z</published><content type='html'>{escape(_WORDS)}</content></entry>")  # fmt: skip
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Paper</title><id>{play.paper}/feed.xml</id>{entry}</feed>"
    return [Step({feed: Answer(body, 200, media_type="application/atom+xml")}, (feed,))]


@attack("hints")
def json_feed_whose_external_url_is_the_victims(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.json"
    item = {"id": play.own(), "external_url": play.page(), "title": "Forged", "content_html": _WORDS,
            "date_published": "2012-01-02T10:00:00Z", "author": {"name": "Mallory", "url": play.page()}}  # fmt: skip
    found = {"version": "https://jsonfeed.org/version/1", "title": "Feed", "feed_url": f"{play.paper}/feed.json"}
    found |= {"next_url": f"{play.paper}/feed.xml", "items": [item, item | {"id": "2", "url": play.page()}]}
    return [Step({feed: Answer(json.dumps(found), 200, media_type="application/feed+json")}, (feed,))]


@attack("hints")
def sitemap_index_of_the_victims_and_forged_children(play: Play) -> list[Step]:
    index, child, hop = f"{play.thief}/sitemap.xml", f"{play.thief}/child.xml", f"{play.paper}/moved.xml"
    listed = "".join(f"<sitemap><loc>{one}</loc></sitemap>" for one in (hop, child))
    forged = sitemap(play.page(), "Forged", "2012-01-02T10:00:00Z")
    answers = {index: Answer(f"<sitemapindex>{listed}</sitemapindex>", 200, media_type="application/xml"),
               child: forged, hop: redirect(child)}  # fmt: skip
    return [Step(answers, (index,))]


# Races and orders -------------------------------------------------------------------------------------------------------


@attack("suggestion")
def many_spellings_of_one_address(play: Play) -> list[Step]:
    feed, page = f"{play.thief}/feed.xml", play.page()
    spelt = [f"{page}#{n}" for n in range(3)] + [f"{page}?utm_campaign={n}&amp;fbclid=x" for n in range(3)]
    spelt += [
        f"{page}/",
        f"{page}//",
        f"{page}?",
        page.replace("/2026/", "/./2026/"),
        page.replace("report", "%72eport"),
    ]
    items = "".join(
        f"<item><link>{url}</link><title>Forged {n}</title><pubDate>{LATE}</pubDate></item>"
        for n, url in enumerate(spelt)
    )
    body = f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>"
    true = {url.replace("&amp;", "&").partition("#")[0]: play.true_page() for url in spelt}
    return [Step({feed: Answer(body, 200, media_type="application/rss+xml"), **true}, (feed,))]


@attack("evidence", victims=BEFORE)
def copy_with_an_older_date_in_every_place(play: Play) -> list[Step]:
    when = "2011-01-01T00:00:00Z"
    head = f'<meta property="article:published_time" content="{when}"><meta name=date content="{when}">'
    head += _ld({"@type": "NewsArticle", "datePublished": when, "dateCreated": when, "url": play.own()})
    copy = Answer(
        play.forged(0, head, text=f"paper {play.number} 0").body,
        200,
        headers=(("Last-Modified", "Sat, 01 Jan 2011 00:00:00 GMT"),),
    )
    feed = f"{play.thief}/feed.xml"
    return [Step({play.own(): copy, feed: rss(play.own(), "Forged", OLD, "Mallory")}, (feed,))]


@attack("items of the own site", victims=("after",))
def text_in_a_feed_while_the_victim_asks_for_a_login(play: Play) -> list[Step]:
    wall = Answer("<html><body><form action=/login><input type=password></form></body></html>", 401)
    steps = _item(play, f"<link>{play.page()}</link><content:encoded><![CDATA[{_WORDS}]]></content:encoded>")
    return [Step({**steps[0].answers, play.page(): wall}, steps[0].crawled), Step({play.page(): play.true_page()})]


@attack("hints")
def item_whose_address_bounces_by_the_victim_and_back(play: Play) -> list[Step]:
    """The hop through the victim's own redirector makes the thief's answer look like the victim's."""
    feed, bounce, last = f"{play.thief}/feed.xml", f"{play.paper}/login?next=x", play.own()
    answers = {feed: rss(bounce, "Forged", OLD, "Mallory"), bounce: redirect(last), last: redirect(play.page())}
    return [
        Step(answers, (feed,)),
        Step({last: play.forged()}, (bounce,)),
        Step({feed: rss(play.page(), "F", OWN_DATE)}, (feed,)),
    ]
