"""More attacks on identity, by statements in places that are read less often: bases, permalinks, hops, other formats."""

from __future__ import annotations

import json

from benchmarks.attacks.attack import BEFORE, LATE, OLD, Play, Step, attack
from benchmarks.attacks.web import Answer, redirect, rss, text_of


def _feed(body: str, media_type: str = "application/rss+xml") -> Answer:
    return Answer(body, 200, media_type=media_type)


@attack("answering address")
def redirect_with_a_port_and_a_user_and_a_dot(play: Play) -> list[Step]:
    host = play.paper.removeprefix("http://")
    path = play.page().removeprefix(play.paper)
    hops = {
        f"{play.thief}/r{n}": redirect(target + path)
        for n, target in enumerate((f"http://a:b@{host}", f"http://{host.upper()}", f"http://{host}."))
    }
    other = {url: play.forged(n) for n, url in enumerate(hops)}
    return [Step(hops, tuple(hops)), Step(other, tuple(other))]


@attack("answering address")
def chain_of_redirects_over_three_sites(play: Play) -> list[Step]:
    hosts = [f"http://mule{n}-{play.number}.test/x" for n in range(3)]
    hops = {a: redirect(b, 301) for a, b in zip([play.own(), *hosts], [*hosts, play.page()], strict=True)}
    other = {url: play.forged(n) for n, url in enumerate(hops)}
    return [Step(hops, (play.own(),)), Step(other, tuple(other))]


@attack("hints")
def feed_with_the_victims_base(play: Play) -> list[Step]:
    path = play.page().removeprefix(play.paper)
    feed = f"{play.thief}/feed.xml"
    body = (
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{play.paper}/'><title>F</title><id>{play.paper}/</id>"
        f"<link rel='self' href='{play.paper}/feed.xml'/><entry><id>{play.page()}</id><title>Forged</title>"
        f"<link href='{path}'/><published>2011-01-01T00:00:00Z</published><updated>2011-01-01T00:00:00Z</updated>"
        f"<author><name>Mallory</name></author></entry></feed>"
    )
    return [Step({feed: _feed(body, "application/atom+xml")}, (feed,))]


@attack("hints")
def feed_that_calls_itself_the_victims(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    body = (
        "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>F</title>"
        f"<link>{play.paper}/</link><atom:link rel='self' href='{play.paper}/feed.xml'/>"
        f"<item><guid isPermaLink='true'>{play.page()}</guid><title>Forged</title><author>m@x.test (Mallory)</author>"
        f"<pubDate>{OLD}</pubDate><source url='{play.paper}/feed.xml'>Paper</source></item></channel></rss>"
    )
    return [Step({feed: _feed(body)}, (feed,))]


@attack("hints")
def json_feed_that_calls_itself_the_victims(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.json"
    item = {
        "id": play.page(),
        "url": play.page(),
        "external_url": play.own(),
        "title": "Forged",
        "content_text": " ".join(text_of("forged")),
        "date_published": "2011-01-01T00:00:00Z",
        "authors": [{"name": "Mallory"}],
    }
    found = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "home_page_url": f"{play.paper}/"}
    body = json.dumps(found | {"feed_url": f"{play.paper}/feed.json", "items": [item]})
    return [Step({feed: _feed(body, "application/feed+json")}, (feed,))]


@attack("hints")
def feed_that_redirects_to_a_feed_of_the_thief_by_way_of_the_victim(play: Play) -> list[Step]:
    """The feed's own address, and where it answers, are the thief's; a hop between them is the victim's."""
    first, hop, last = f"{play.thief}/a.xml", f"{play.paper}/go?to=b", f"{play.thief}/b.xml"
    answers = {first: redirect(hop), hop: redirect(last), last: rss(play.page(), "Forged", OLD, "Mallory")}
    return [Step(answers, (first,))]


@attack("text in common", victims=("after",))
def digest_that_holds_two_articles(play: Play) -> list[Step]:
    """A page with the victim's text and a peer's, which was dated earlier, would tie them to one family."""
    other = f"http://peer{play.number}.test/2026/05/another-report"
    both = [*text_of(f"paper {play.number} 0"), *text_of(f"peer {play.number}")]
    body = "".join(f"<p>{line}</p>" for line in both)
    title = "<title>Digest</title></head><body><article><h1>A digest of what the town saw today</h1>"
    digest = Answer(f"<html lang=en><head>{title}{body}</article></body></html>", 200)
    head = '<meta property="article:published_time" content="2026-05-02T10:00:00Z">'
    peer = play.forged(5, head, text=f"peer {play.number}")
    return [Step({other: peer}, (other,)), Step({play.own(): digest}, (play.own(),))]


@attack("evidence", victims=BEFORE)
def copy_whose_canonical_and_credit_are_the_thiefs_friend(play: Play) -> list[Step]:
    friend = f"http://friend{play.number}.test/2026/05/what-we-saw"
    head = f'<link rel=canonical href="{friend}"><meta name="original-source" content="{friend}">'
    return [
        Step({play.own(): play.forged(0, head, text=f"paper {play.number} 0")}, (play.own(),)),
        Step({friend: play.forged(1, text=f"paper {play.number} 0")}, (friend,)),
    ]


@attack("hints")
def feed_that_gives_the_victims_article_another_date_and_an_update(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    words = " ".join(text_of("forged"))
    more = f"<content xmlns='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p>{words}</p>]]></content>"
    more = more.replace("content>", "encoded>").replace("<content", "<encoded")
    variants = [play.page() + "#top", play.page() + "?utm_source=x", play.page().replace("http://", "https://")]
    return [Step({feed: rss(url, "Forged", LATE, "Mallory", more)}, (feed,)) for url in variants]
