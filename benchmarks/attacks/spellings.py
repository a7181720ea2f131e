"""Attacks by how the victim's address is written: in feeds and sitemaps, in redirects, and within the thief's own addresses."""

from __future__ import annotations

import json
from urllib.parse import quote

from benchmarks.attacks.attack import OLD, Play, Step, Victim, attack
from benchmarks.attacks.web import Answer, article, redirect, rss, sitemap, text_of

STORED: tuple[Victim, ...] = ("before", "after")


def _listed(play: Play, url: str, body: Answer | None = None) -> list[Step]:
    """A feed lists this address as a forged article; then all that the thief has is gone."""
    feed = f"{play.thief}/feed.xml"
    answers = {feed: body or rss(url, "Forged", OLD, "Mallory"), play.own(): play.forged()}
    return [Step(answers, (feed,)), Step({feed: Answer(status=410), play.own(): Answer()}, (feed, play.own()))]


@attack("hints", victims=STORED)
def host_in_capitals_with_its_port(play: Play) -> list[Step]:
    return _listed(play, play.page().replace(play.paper, f"{play.paper.upper()}:80"))


@attack("hints", victims=STORED)
def host_with_a_letter_that_is_not_seen(play: Play) -> list[Step]:
    return _listed(play, play.page().replace("http://", "http://\u00ad"))


@attack("hints", victims=STORED)
def host_with_another_full_stop(play: Play) -> list[Step]:
    return _listed(play, play.page().replace(".test", "\u3002test"))


@attack("hints", victims=STORED)
def path_with_a_tab(play: Play) -> list[Step]:
    return _listed(play, play.page().replace("report", "rep\tort"))


@attack("hints", victims=STORED)
def entry_whose_base_is_the_victims_page(play: Play) -> list[Step]:
    body = (
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{play.thief}/'><title>F</title><id>x</id>"
        f"<entry xml:base='{play.page()}'><id>y</id><title>Forged</title><link href=''/>"
        f"<content type='text/html' src='{play.page()}'/><author><name>Mallory</name></author>"
        "<published>2011-01-01T00:00:00Z</published><updated>2011-01-01T00:00:00Z</updated></entry></feed>"
    )
    return _listed(play, "", Answer(body, 200, media_type="application/atom+xml"))


@attack("hints", victims=STORED)
def item_whose_external_url_is_the_victims(play: Play) -> list[Step]:
    item = {"title": "Forged", "date_published": "2011-01-01T00:00:00Z", "authors": [{"name": "Mallory"}]}
    item |= {"content_html": " ".join(text_of("forged")), "external_url": play.page()}
    items = [item | {"id": play.own(), "url": play.own()}, item | {"id": play.page()}]
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "next_url": f"{play.paper}/f", "items": items}
    return _listed(play, "", Answer(json.dumps(body), 200, media_type="application/feed+json"))


@attack("hints", victims=STORED)
def sitemap_that_robots_txt_names(play: Play) -> list[Step]:
    """The robots.txt also says that it is the victim's, which rules its pages out and asks for ten days between two."""
    named = f"{play.thief}/s.xml"
    rules = f"User-agent: *\nHost: {play.paper}\nCrawl-delay: 900000\nSitemap: {named}\nDisallow: {play.page()}\n"
    robots = Answer(rules, 200, media_type="text/plain")
    return [Step({f"{play.thief}/robots.txt": robots, named: sitemap(play.page(), "Forged", "2011-01-01")}, (named,))]


@attack("answering address", victims=STORED)
def several_choices_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(), 300)}, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address", victims=STORED)
def redirects_in_other_spellings_then_other_words(play: Play) -> list[Step]:
    own, page = play.own(), play.page()
    led = [Step({own: redirect(url)}, (own,)) for url in (page[5:], page.replace("http://", "http:\\\\"))]
    return [*led, Step({own: play.forged()}, (own,))]


@attack("answering address", victims=STORED)
def redirects_to_forms_of_the_page(play: Play) -> list[Step]:
    own, forms = play.own(), [f"{play.page()}?{query}" for query in ("ref=thief", "amp=1", "output=amp")]
    return [Step({own: redirect(url), url: article(f"paper {play.number} 0")}, (own,)) for url in forms]


def _wrapped(play: Play, url: str) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    answers = {url: play.forged(), feed: rss(url, "Forged", OLD, "Mallory")}
    return [Step(answers, (url, feed)), Step({url: Answer(status=410)}, (url,))]


@attack("own key of wrappers", victims=("after",))
def address_of_a_mail_filter(play: Play) -> list[Step]:
    host = f"http://eur01.safelinks.thief{play.number}.test"
    return _wrapped(play, f"{host}/?url={quote(play.page(), safe='')}&data=1")


@attack("own key of wrappers", victims=("after",))
def redirector_with_two_targets(play: Play) -> list[Step]:
    targets = [quote(url, safe="") for url in (play.own(1), play.page())]
    return _wrapped(play, f"{play.thief}/go?url={targets[0]}&url={targets[1]}")
