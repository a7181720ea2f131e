"""The attacks: what a hostile site serves and which of its pages are crawled, step by step.

An attack is a function of a `Play`, which names its hosts and pages. It returns its steps; each sets answers, then has some
URLs crawled. To add one, write the function and give it the name of its protection (`hooks/sitecustomize.py`).

Long because it is one list of short attacks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from benchmarks.attacks.web import Answer, article, atom, json_feed, redirect, rss, sitemap, text_of

Victim = Literal["before", "after", "beside", "never"]
VICTIMS: tuple[Victim, ...] = ("before", "after", "beside", "never")
"""When the victim's own pages are crawled: before the attack, after it, in one crawl with its first step, or not at all."""
OLD, LATE, OWN_DATE = "Mon, 02 Jan 2012 10:00:00 GMT", "Fri, 20 Nov 2026 10:00:00 GMT", "Sun, 03 May 2026 10:00:00 GMT"
OWN_AUTHOR = "Olive Writer"


@dataclass
class Step:
    """Answers that hold from now on, then URLs that are crawled."""

    answers: dict[str, Answer] = field(default_factory=dict)
    crawled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Play:
    """One attack on one victim; hosts are its own."""

    number: int
    victim: Victim

    @property
    def paper(self) -> str:
        """The victim's host."""
        return f"http://paper{self.number}.test"

    @property
    def thief(self) -> str:
        """The hostile host."""
        return f"http://thief{self.number}.test"

    def page(self, n: int = 0) -> str:
        """An article of the victim."""
        return f"{self.paper}/2026/05/report-{n}-of-the-town-council"

    def own(self, n: int = 0) -> str:
        """An article of the hostile site."""
        return f"{self.thief}/2026/05/what-the-town-saw-{n}"

    def true_page(self, n: int = 0) -> Answer:
        """What the victim itself serves."""
        return article(f"paper {self.number} {n}")

    @property
    def changed_page(self) -> Answer:
        """What the victim itself serves after it changed its article."""
        return article(f"paper {self.number} 0", added="The council met once more and voted again.")

    def forged(self, n: int = 0, head: str = "", text: str = "", added: str = "") -> Answer:
        """A page of the hostile site."""
        return article(f"forged {self.number} {n}", head=head, text=text, added=added)

    @property
    def own_feed(self) -> Answer:
        """The victim's own feed."""
        return rss(self.page(), "A report on what the town saw", OWN_DATE, OWN_AUTHOR)


@dataclass(frozen=True)
class Attack:
    """An attack. `protection` is what keeps it from succeeding, as the hooks name it."""

    name: str
    protection: str
    steps: Callable[[Play], list[Step]]
    pages: int = 1
    """The victim's articles that are checked."""
    is_changed: bool = False
    """Whether the victim changes its article itself, which must become a revision of one that was stored before."""
    victims: tuple[Victim, ...] = VICTIMS
    """When the victim may be crawled."""


ATTACKS: list[Attack] = []


Steps = Callable[[Play], list[Step]]


def attack(
    protection: str, pages: int = 1, *, is_changed: bool = False, victims: tuple[Victim, ...] = VICTIMS
) -> Callable[[Steps], Steps]:
    """Register a function as an attack, named as it is."""

    def register(steps: Steps) -> Steps:
        ATTACKS.append(Attack(steps.__name__.replace("_", " "), protection, steps, pages, is_changed, victims))
        return steps

    return register


# Redirects ------------------------------------------------------------------------------------------------------------


@attack("answering address")
def redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def permanent_redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(), 301)}, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def own_page_then_redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    turns = (play.forged(1), redirect(play.page(), 308), play.forged(2))
    return [Step({own: answer}, (own,)) for answer in turns]


@attack("answering address")
def redirect_through_two_hosts(play: Play) -> list[Step]:
    own, second = play.own(), f"http://mule{play.number}.test/x"
    to_victim = {own: redirect(second), second: redirect(play.page())}
    return [Step(to_victim, (own,)), Step({second: play.forged()}, (second,))]


@attack("answering address", pages=3)
def one_hop_for_three_articles(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(n))}, (own,)) for n in range(3)]


@attack("answering address")
def redirect_back_and_forth(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: play.forged()}, (own,)),
            Step({own: redirect(play.page())}, (own,))]  # fmt: skip


@attack("answering address")
def see_other_to_a_tracking_variant(play: Play) -> list[Step]:
    own, variant = play.own(), f"{play.page()}?utm_source=thief"
    answers = {own: redirect(variant, 303), variant: play.true_page()}
    return [Step(answers, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def two_hosts_redirect_in_turn(play: Play) -> list[Step]:
    own, second = play.own(), f"http://mule{play.number}.test/y"
    first = {own: redirect(play.page()), second: redirect(play.page(), 307)}
    return [Step(first, (own, second)), Step({second: play.forged(1)}, (second,)), Step({own: play.forged(2)}, (own,))]


@attack("answering address", pages=2)
def redirect_to_one_article_then_to_another(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(0), 301)}, (own,)), Step({own: redirect(play.page(1), 301)}, (own,))]


@attack("removal")
def redirect_then_404(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: Answer()}, (own,))]


@attack("removal")
def redirect_then_410(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(), 301)}, (own,)), Step({own: Answer(status=410)}, (own,))]


@attack("removal")
def redirect_chain_then_404(play: Play) -> list[Step]:
    own, second = play.own(), play.own(1)
    return [Step({own: redirect(second), second: redirect(play.page())}, (own,)), Step({second: Answer()}, (own,))]


# Redirectors' addresses -------------------------------------------------------------------------------------------------


def _forged_wrapper(wrapper: str, play: Play) -> list[Step]:
    """The wrapper answers with forged words: crawled itself, listed in a feed, and reached by a redirect."""
    feed, own = f"{play.thief}/feed.xml", play.own()
    answers = {wrapper: play.forged(), feed: rss(wrapper, "Forged", OLD), own: redirect(wrapper)}
    return [Step(answers, (wrapper, feed)), Step({}, (own,))]


@attack("own key of wrappers")
def wrapper_by_path_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"{play.thief}/out?url={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def wrapper_in_a_folder_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"{play.thief}/links/redirect.php?id=7&to={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def wrapper_by_host_label_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"http://go.thief{play.number}.test/?u={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def nested_wrapper_forged(play: Play) -> list[Step]:
    inner = f"{play.thief}/go?url={quote(play.page(), safe='')}"
    return _forged_wrapper(f"{play.thief}/out?url={quote(inner, safe='')}", play)


@attack("own key of wrappers")
def amp_cache_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"http://cdn.ampproject.org/c/{play.page().removeprefix('http://')}", play)


def _dead_wrapper(answer: Answer, play: Play, robots: str = "") -> list[Step]:
    wrapper, feed = f"{play.thief}/out?url={quote(play.page(), safe='')}", f"{play.thief}/feed.xml"
    rules = {f"{play.thief}/robots.txt": Answer(robots, 200, media_type="text/plain")} if robots else {}
    return [Step({wrapper: answer, feed: rss(wrapper, "Forged", OLD, "Mallory"), **rules}, (feed,))]


@attack("own key of wrappers")
def wrapper_404(play: Play) -> list[Step]:
    return _dead_wrapper(Answer(), play)


@attack("own key of wrappers")
def wrapper_410(play: Play) -> list[Step]:
    return _dead_wrapper(Answer(status=410), play)


@attack("own key of wrappers")
def wrapper_disallowed_by_robots(play: Play) -> list[Step]:
    return _dead_wrapper(play.forged(), play, "User-agent: *\nDisallow: /out\n")


# Feeds and sitemaps -------------------------------------------------------------------------------------------------------


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


@attack("suggestion")
def feed_names_the_page_before_it_exists(play: Play) -> list[Step]:
    if play.victim == "beside":
        return []
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(play.page(), "Forged", OLD, "Mallory"), play.page(): Answer()}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


@attack("suggestion")
def sitemap_names_the_page_while_it_is_gone(play: Play) -> list[Step]:
    if play.victim == "beside":
        return []
    feed = f"{play.thief}/sitemap.xml"
    names = sitemap(play.page(), "Forged", "2026-11-20T10:00:00Z")
    return [Step({feed: names, play.page(): Answer(status=410)}, (feed,)), Step({play.page(): play.true_page()})]


@attack("suggestion")
def feed_names_the_page_while_it_is_a_consent_form(play: Play) -> list[Step]:
    if play.victim == "beside":
        return []
    feed = f"{play.thief}/feed.xml"
    empty = Answer("<html><body><form><button>Accept</button></form></body></html>", 200)
    return [Step({feed: rss(play.page(), "Forged", OLD), play.page(): empty}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


@attack("suggestion")
def feed_names_the_page_with_parameters_of_its_own(play: Play) -> list[Step]:
    feed, variant = f"{play.thief}/feed.xml", f"{play.page()}?utm_source=thief"
    return [Step({feed: rss(variant, "Forged", OLD, "Mallory"), variant: play.true_page()}, (feed,))]


@attack("suggestion")
def feed_names_a_variant_that_is_not_there(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(f"{play.page()}/amp/", "Forged", OLD, "Mallory")}, (feed,))]


@attack("suggestion", is_changed=True)
def late_lastmod_holds_back_the_victims_change(play: Play) -> list[Step]:
    if play.victim != "before":
        return []
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


# Articles in several pages ---------------------------------------------------------------------------------------------


def _of_several_pages(play: Play, link: str, answers: dict[str, Answer]) -> list[Step]:
    """A page under the victim's headline, with words of its own, whose further page is the victim's."""
    named = article(f"paper {play.number} 0", text=f"forged {play.number} 0", head=link)
    return [Step({play.own(): named, **answers}, (play.own(),))]


@attack("pages of one site")
def next_page_redirects_to_the_victim(play: Play) -> list[Step]:
    second = f"{play.own()}/2"
    return _of_several_pages(play, f"<link rel=next href='{second}'>", {second: redirect(play.page())})


@attack("pages of one site")
def next_page_redirects_for_good_to_the_victim(play: Play) -> list[Step]:
    second = f"{play.own()}?page=2"
    return _of_several_pages(play, f"<link rel=next href='{second}'>", {second: redirect(play.page(), 301)})


# Canonical, AMP and other tags ---------------------------------------------------------------------------------------------


def _tagged(
    play: Play, head: str, added: str = "Our readers may write to us about this report at any time."
) -> list[Step]:
    """A copy of the victim's text, with a sentence of its own, whose head names the victim's page."""
    own = play.own()
    return [Step({own: play.forged(0, head, text=f"paper {play.number} 0", added=added)}, (own,))]


@attack("claims of the own site")
def canonical_of_a_copy(play: Play) -> list[Step]:
    return _tagged(play, f'<link rel=canonical href="{play.page()}">')


@attack("claims of the own site")
def og_url_of_a_copy(play: Play) -> list[Step]:
    return _tagged(play, f'<meta property="og:url" content="{play.page()}">')


@attack("claims of the own site")
def amphtml_of_a_copy(play: Play) -> list[Step]:
    return _tagged(play, f'<link rel=amphtml href="{play.page()}">')


@attack("claims of the own site")
def json_ld_url_of_a_copy(play: Play) -> list[Step]:
    data = f'{{"@type":"NewsArticle","url":"{play.page()}","mainEntityOfPage":"{play.page()}","isBasedOn":"{play.page()}"}}'
    return _tagged(play, f'<link rel=canonical href="{play.page()}"><script type="application/ld+json">{data}</script>')


@attack("claims of the own site")
def canonical_to_a_tracking_variant(play: Play) -> list[Step]:
    return _tagged(play, f'<link rel=canonical href="{play.page()}?utm_source=x#top">')


@attack("claims of the own site")
def alternate_and_canonical_of_a_copy(play: Play) -> list[Step]:
    page = play.page()
    return _tagged(play, f'<link rel=alternate hreflang=en href="{page}"><link rel=canonical href="{page}">')


@attack("claims of the own site")
def the_very_same_text(play: Play) -> list[Step]:
    return _tagged(play, f'<meta name="syndication-source" content="{play.page()}">', added="")


@attack("claims of the own site")
def the_very_same_text_with_canonical(play: Play) -> list[Step]:
    return _tagged(play, f'<link rel=canonical href="{play.page()}">', added="")


# Learned boilerplate -------------------------------------------------------------------------------------------------------


def _repeated(play: Play, place: str) -> list[Step]:
    """Four pages on the victim's host, each with a story of its own, repeat a paragraph of the victim."""
    urls = [f"{play.paper}/{place}what-i-saw-{n}" for n in range(4)]
    line = text_of(f"paper {play.number} 0")[1]
    pages = {url: play.forged(n, added=line) for n, url in enumerate(urls)}
    return [Step({url: page}, (url,)) for url, page in pages.items()]


@attack("boilerplate by scope")
def another_author_repeats_the_victims_lines(play: Play) -> list[Step]:
    return _repeated(play, "@mallory/")


@attack("boilerplate by scope")
def another_section_repeats_the_victims_lines(play: Play) -> list[Step]:
    return _repeated(play, "letters/2026/05/")


@attack("boilerplate of other sites' texts")
def lines_of_another_sites_story_are_repeated(play: Play) -> list[Step]:
    wire = f"http://wire{play.number}.test/2026/05/report"
    quoted = play.forged(9, added=text_of(f"paper {play.number} 0")[1])
    steps = _repeated(play, "")
    return [Step({wire: quoted, **steps[0].answers}, (wire, *steps[0].crawled)), *steps[1:]]
