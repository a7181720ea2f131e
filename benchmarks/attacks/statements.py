"""More attacks on identity, by statements in places that are read less often: headers, bases, permalinks, other formats."""

from __future__ import annotations

import dataclasses
import json

from benchmarks.attacks.attack import BEFORE, LATE, OLD, Play, Step, attack
from benchmarks.attacks.web import Answer, redirect, rss, text_of


def _feed(body: str, media_type: str = "application/rss+xml") -> Answer:
    return Answer(body, 200, media_type=media_type)


def _with_header(answer: Answer, name: str, value: str) -> Answer:
    return dataclasses.replace(answer, headers=((name, value),))


def _then_other_words(play: Play, first: Answer) -> list[Step]:
    """The page with its statement, then the same address with other words."""
    return [Step({play.own(): first}, (play.own(),)), Step({play.own(): play.forged(9)}, (play.own(),))]


@attack("claims of the own site")
def canonical_in_a_header(play: Play) -> list[Step]:
    link = f'<{play.page()}>; rel="canonical"'
    return _then_other_words(play, _with_header(play.forged(), "Link", link))


@attack("claims of the own site")
def content_location_of_the_victim(play: Play) -> list[Step]:
    return _then_other_words(play, _with_header(play.forged(), "Content-Location", play.page()))


@attack("claims of the own site")
def base_that_makes_a_relative_canonical_the_victims(play: Play) -> list[Step]:
    path = play.page().removeprefix(play.paper)
    head = f'<base href="{play.paper}/"><link rel=canonical href="{path}"><meta property=og:url content="{path}">'
    return _then_other_words(play, play.forged(head=head))


@attack("claims of the own site")
def copy_with_a_relative_canonical_and_the_victims_base(play: Play) -> list[Step]:
    path = play.page().removeprefix(play.paper)
    head = f'<base href="{play.paper}/"><link rel=canonical href="{path}">'
    return _then_other_words(play, play.forged(head=head, text=f"paper {play.number} 0"))


@attack("claims of the own site")
def structured_data_that_is_the_victims_page(play: Play) -> list[Step]:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": play.page(),
        "url": play.page(),
        "mainEntityOfPage": {"@id": play.page()},
        "sameAs": [play.page()],
        "isPartOf": {"url": play.page()},
        "headline": "What the town saw",
        "datePublished": "2011-01-01T00:00:00Z",
    }
    return _then_other_words(play, play.forged(head=f'<script type="application/ld+json">{json.dumps(data)}</script>'))


@attack("answering address")
def refresh_to_the_victim(play: Play) -> list[Step]:
    head = f'<meta http-equiv=refresh content="0; url={play.page()}">'
    page = Answer(f"<html><head>{head}</head><body></body></html>", 200)
    return [Step({play.own(): page}, (play.own(),)), Step({play.own(): play.forged(9)}, (play.own(),))]


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


@attack("pages of one site")
def next_page_by_a_base(play: Play) -> list[Step]:
    """The victim's page is the second page of the thief's article."""
    path = play.page().removeprefix(play.paper)
    head = f'<base href="{play.paper}/"><link rel=next href="{path}">'
    return _then_other_words(play, play.forged(head=head))


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
def many_copies_on_many_sites(play: Play) -> list[Step]:
    """More copies than are compared with one another; some credit each other, all are dated early."""
    head = '<meta property="article:published_time" content="2026-05-01T10:00:00Z">'
    urls = [f"http://mule{n}-{play.number}.test/2026/05/what-they-saw" for n in range(80)]
    pages = {
        url: play.forged(n, head, text=f"paper {play.number} 0", added=f"Source: mule{(n + 1) % 80}-{play.number}.test")
        for n, url in enumerate(urls)
    }
    return [Step(pages, tuple(urls[:40])), Step({}, tuple(urls[40:]))]


@attack("evidence", victims=BEFORE)
def copy_whose_canonical_and_credit_are_the_thiefs_friend(play: Play) -> list[Step]:
    friend = f"http://friend{play.number}.test/2026/05/what-we-saw"
    head = f'<link rel=canonical href="{friend}"><meta name="original-source" content="{friend}">'
    return [
        Step({play.own(): play.forged(0, head, text=f"paper {play.number} 0")}, (play.own(),)),
        Step({friend: play.forged(1, text=f"paper {play.number} 0")}, (friend,)),
    ]


@attack("removal")
def gone_page_whose_canonical_is_the_victims(play: Play) -> list[Step]:
    head = f'<link rel=canonical href="{play.page()}">'
    gone = dataclasses.replace(play.forged(head=head, text=f"paper {play.number} 0"), status=410)
    copy = play.forged(head=head, text=f"paper {play.number} 0")
    return [Step({play.own(): copy}, (play.own(),)), Step({play.own(): gone}, (play.own(),))]


@attack("suggestion")
def sitemap_of_the_victims_pages_dated_tomorrow(play: Play) -> list[Step]:
    """With dates ahead, alternates and a removal mark, in a sitemap index on another site."""
    index, part = f"{play.thief}/sitemap.xml", f"{play.thief}/part.xml"
    entry = (
        f"<url><loc>{play.page()}</loc><lastmod>2031-01-01T00:00:00Z</lastmod><priority>0.0</priority>"
        f"<xhtml:link rel='alternate' hreflang='de' href='{play.own()}'/><expires>2011-01-01</expires></url>"
    )
    urls = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:xhtml='http://www.w3.org/1999/xhtml'>"
    return [
        Step(
            {
                index: _feed(f"<sitemapindex><sitemap><loc>{part}</loc></sitemap></sitemapindex>", "application/xml"),
                part: _feed(f"{urls}{entry}</urlset>", "application/xml"),
                play.own(): play.forged(),
            },
            (index,),
        )
    ]


@attack("own key of wrappers")
def wrapper_in_a_path(play: Play) -> list[Step]:
    """Addresses that contain the victim's in their path or fragment, as archives and proxies have them."""
    inner = play.page()
    urls = [f"{play.thief}/{inner}", f"{play.thief}/web/2026/{inner}", f"{play.thief}/read#!{inner}"]
    pages = {url.partition("#")[0]: play.forged(n) for n, url in enumerate(urls)}
    return [Step(pages, tuple(urls)), Step({url: Answer("gone", 410) for url in pages}, tuple(pages))]


@attack("hints")
def feed_that_gives_the_victims_article_another_date_and_an_update(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    words = " ".join(text_of("forged"))
    more = f"<content xmlns='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p>{words}</p>]]></content>"
    more = more.replace("content>", "encoded>").replace("<content", "<encoded")
    variants = [play.page() + "#top", play.page() + "?utm_source=x", play.page().replace("http://", "https://")]
    return [Step({feed: rss(url, "Forged", LATE, "Mallory", more)}, (feed,)) for url in variants]
