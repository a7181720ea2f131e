"""Attacks by what feeds say in place of pages: the victim's page can't be read for a while, and the hostile site speaks."""

from __future__ import annotations

from html import escape

from benchmarks.attacks.attack import OLD, OWN_AUTHOR, OWN_DATE, Play, Step, Victim, attack
from benchmarks.attacks.web import Answer, article, redirect, rss

CLOSED = Answer("<html><body><h1>Forbidden</h1></body></html>", 403)
OF_ITSELF: tuple[Victim, ...] = ("after",)
"""Of attacks that have the victim's own feed read first."""
_FORGED = (
    "<p>The forged council met about forged ferries and forged piers for the whole of a forged evening in May.</p>" * 20
)


def _feed(url: str, title: str, text: str = _FORGED, date: str = OLD) -> Answer:
    content = f"<content:encoded>{escape(text)}</content:encoded>" if text else ""
    item = f"<item><link>{escape(url)}</link><title>{title}</title><pubDate>{date}</pubDate>{content}</item>"
    head = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Feed</title>"
    return Answer(f"{head}{item}</channel></rss>", 200, media_type="application/rss+xml")


@attack("items of the own site", victims=OF_ITSELF)
def whole_text_for_a_page_that_is_closed(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [
        Step({feed: _feed(play.page(), "Forged"), play.page(): CLOSED}, (feed,)),
        Step({play.page(): play.true_page()}),
    ]


@attack("items of the own site", victims=OF_ITSELF)
def headline_for_a_page_that_is_closed(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [
        Step({feed: _feed(play.page(), "Forged", ""), play.page(): CLOSED}, (feed,)),
        Step({play.page(): play.true_page()}),
    ]


@attack("items of the own site", victims=OF_ITSELF)
def whole_text_for_a_page_behind_a_redirector(play: Play) -> list[Step]:
    feed, wrapped = f"{play.thief}/feed.xml", f"{play.thief}/out?url={play.page()}"
    return [Step({feed: _feed(wrapped, "Forged"), play.page(): CLOSED}, (feed,)), Step({play.page(): play.true_page()})]


@attack("answering address", victims=OF_ITSELF)
def own_item_with_a_text_whose_address_leads_to_the_victim_later(play: Play) -> list[Step]:
    feed, own = f"{play.thief}/feed.xml", play.own()
    later = _feed(own, "Forged once more", date="Mon, 04 May 2026 10:00:00 GMT")
    return [
        Step({feed: _feed(own, "Forged"), own: CLOSED}, (feed,)),
        Step({feed: later, own: redirect(play.page(), 301), play.page(): play.true_page()}, (feed, own)),
    ]


@attack("claims of the own site", victims=OF_ITSELF, is_changed=True)
def canonical_claim_with_the_headline_of_a_closed_page(play: Play) -> list[Step]:
    theirs, own, seed = f"{play.paper}/feed.xml", play.own(), f"paper {play.number} 0"
    feed = rss(play.page(), f"A report on what the town saw, number {seed}", OWN_DATE, OWN_AUTHOR)
    forged = article(seed, head=f"<link rel=canonical href='{play.page()}'>", text="forged")
    return [
        Step({theirs: feed, play.page(): CLOSED}, (theirs,)),
        Step({own: forged}, (own,)),
        Step({play.page(): play.changed_page}, (play.page(),)),
    ]
