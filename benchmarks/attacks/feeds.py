"""Attacks by feeds and sitemaps: the hostile site lists the victim's page, with dates, authors and texts of its own."""

from __future__ import annotations

import datetime as dt

from benchmarks.attacks.attack import BEFORE, LATE, OLD, OWN_DATE, Play, Step, Victim, attack
from benchmarks.attacks.web import Answer, article, atom, json_feed, redirect, rss, sitemap

NOT_BESIDE: tuple[Victim, ...] = ("before", "after", "never")
"""Of attacks while the victim's page can't be read, so that it is not crawled at that time."""


@attack("hints")
def rss_with_forged_hints(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(play.page(), "Forged", OLD, "Mallory")}, (feed,))]


@attack("hints")
def atom_with_forged_hints(play: Play) -> list[Step]:
    feed = f"{play.thief}/atom.xml"
    return [Step({feed: atom(play.page(), "Forged", "2012-01-02T10:00:00Z", "Mallory")}, (feed,))]


@attack("hints")
def json_feed_with_forged_hints(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.json"
    return [Step({feed: json_feed(play.page(), "Forged", "2012-01-02T10:00:00Z", "Mallory")}, (feed,))]


@attack("hints")
def news_sitemap_with_forged_hints(play: Play) -> list[Step]:
    feed = f"{play.thief}/sitemap.xml"
    return [Step({feed: sitemap(play.page(), "Forged", "2012-01-02T10:00:00Z")}, (feed,))]


@attack("hints")
def feed_item_whose_link_redirects_to_the_victim(play: Play) -> list[Step]:
    feed, own = f"{play.thief}/feed.xml", play.own()
    return [Step({feed: rss(own, "Forged", OLD, "Mallory"), own: redirect(play.page())}, (feed,))]


@attack("hints")
def feed_that_was_the_victims_then_forges(play: Play) -> list[Step]:
    feed, theirs = f"{play.thief}/feed.xml", f"{play.paper}/old-feed.xml"
    honest = {feed: redirect(theirs, 301), theirs: rss(f"{play.paper}/2026/05/another", "Another", OWN_DATE)}
    return [Step(honest, (feed,)), Step({feed: rss(play.page(), "Forged", OLD, "Mallory")}, (feed,))]


@attack("hints")
def redirected_feed_item_with_a_late_date(play: Play) -> list[Step]:
    feed, own = f"{play.thief}/feed.xml", play.own()
    return [Step({feed: rss(own, "Forged", LATE, "Mallory"), own: redirect(play.page(), 301)}, (feed,))]


@attack("suggestion", victims=NOT_BESIDE)
def feed_names_the_page_before_it_exists(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(play.page(), "Forged", OLD, "Mallory"), play.page(): Answer()}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


@attack("suggestion", victims=NOT_BESIDE)
def sitemap_names_the_page_while_it_is_gone(play: Play) -> list[Step]:
    feed = f"{play.thief}/sitemap.xml"
    names = sitemap(play.page(), "Forged", "2026-11-20T10:00:00Z")
    return [Step({feed: names, play.page(): Answer(status=410)}, (feed,)), Step({play.page(): play.true_page()})]


@attack("suggestion", victims=NOT_BESIDE)
def feed_names_the_page_while_it_is_a_consent_form(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    empty = Answer("<html><body><form><button>Accept</button></form></body></html>", 200)
    return [Step({feed: rss(play.page(), "Forged", OLD), play.page(): empty}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


@attack("suggestion")
def feed_names_the_page_with_parameters_of_its_own(play: Play) -> list[Step]:
    feed, variant = f"{play.thief}/feed.xml", f"{play.page()}?utm_source=thief"
    return [Step({feed: rss(variant, "Forged", OLD, "Mallory"), variant: play.true_page()}, (feed,))]


@attack("own address", victims=("before", "after"))
def feed_names_the_page_at_an_address_of_its_making(play: Play) -> list[Step]:
    feed, variant = f"{play.thief}/feed.xml", f"{play.page()}?from=thief"
    return [Step({feed: rss(variant, "Forged", OLD, "Mallory"), variant: play.true_page()}, (feed,))]


@attack("own address", victims=("after",), is_changed=True)
def feed_names_an_address_of_its_making_before_an_edit(play: Play) -> list[Step]:
    feed, variant = f"{play.thief}/feed.xml", f"{play.page()}?from=thief"
    named = article(f"paper {play.number} 0", head=f'<link rel=canonical href="{play.page()}">')
    return [
        Step({feed: rss(variant, "Forged", OLD, "Mallory"), variant: named}, (feed,)),
        Step({play.page(): play.changed_page}),
    ]


@attack("suggestion", victims=NOT_BESIDE)
def feed_names_the_page_with_parameters_that_its_host_refuses(play: Play) -> list[Step]:
    """The parameters are none of the page's identity, so the refusal would be the page's."""
    feed, variant = f"{play.thief}/feed.xml", f"{play.page()}?utm_source=%3Cscript%3Ealert(1)%3C/script%3E"
    return [Step({feed: rss(variant, "Forged", OLD, "Mallory"), variant: Answer("Blocked", 410)}, (feed,))]


@attack("suggestion")
def feed_names_a_variant_that_is_not_there(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(f"{play.page()}/amp/", "Forged", OLD, "Mallory")}, (feed,))]


@attack("suggestion", victims=BEFORE, is_changed=True)
def late_lastmod_holds_back_the_victims_change(play: Play) -> list[Step]:
    late, own = f"{play.thief}/sitemap.xml", f"{play.paper}/sitemap.xml"
    now = dt.datetime.now(dt.UTC)
    theirs = sitemap(play.page(), "Forged", (now + dt.timedelta(hours=12)).isoformat(timespec="seconds"))
    true = sitemap(play.page(), "", (now + dt.timedelta(minutes=5)).isoformat(timespec="seconds"))
    return [Step({late: theirs}, (late,)), Step({own: true, play.page(): play.changed_page}, (own,))]


def _forged_feed(play: Play, body: str, media_type: str = "application/rss+xml") -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: Answer(body.replace("VICTIM", play.page()), 200, media_type=media_type)}, (feed,))]


_RSS = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Feed</title>{}</channel></rss>"


@attack("items of the own site")
def items_that_share_the_victims_page(play: Play) -> list[Step]:
    items = "".join(f"<item><link>VICTIM#{n}</link><title>Forged {n}</title><description>{'Forged words. ' * 20}</description>"
                    f"<pubDate>{OLD}</pubDate></item>" for n in range(2))  # fmt: skip
    return _forged_feed(play, _RSS.format(items))


@attack("hints")
def feed_with_the_whole_text_forged(play: Play) -> list[Step]:
    text = f"<content:encoded>&lt;p&gt;{'Forged words. ' * 200}&lt;/p&gt;</content:encoded>"
    return _forged_feed(
        play, _RSS.format(f"<item><link>VICTIM</link><title>Forged</title><pubDate>{OLD}</pubDate>{text}</item>")
    )


@attack("hints")
def rdf_with_forged_hints(play: Play) -> list[Step]:
    return _forged_feed(play, "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
                        " xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='VICTIM'><title>Feed</title></channel>"
                        "<item rdf:about='VICTIM'><title>Forged</title><link>VICTIM</link><dc:creator>Mallory</dc:creator>"
                        "<dc:date>2012-01-02T10:00:00Z</dc:date></item></rdf:RDF>", "application/rdf+xml")  # fmt: skip


@attack("hints")
def atom_whose_base_is_the_victims_site(play: Play) -> list[Step]:
    host, path = play.page().partition("/2026")[0], "/2026" + play.page().partition("/2026")[2]
    entry = (f"<entry><id>urn:z</id><title>Forged</title><link href='{path}'/><author><name>Mallory</name></author>"
             "<published>2012-01-02T10:00:00Z</published></entry>")  # fmt: skip
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{host}/'><title>Feed</title><id>{host}/</id>{entry}</feed>"
    return _forged_feed(play, feed, "application/atom+xml")


@attack("hints")
def sitemap_index_whose_child_forges_hints(play: Play) -> list[Step]:
    index, child = f"{play.thief}/sitemap.xml", f"{play.thief}/news.xml"
    listed = f"<sitemap><loc>{child}</loc></sitemap></sitemapindex>"
    listed = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{listed}"
    answers = {index: Answer(listed, 200, media_type="application/xml"),
               child: sitemap(play.page(), "Forged", "2012-01-02T10:00:00Z")}  # fmt: skip
    return [Step(answers, (index,))]
