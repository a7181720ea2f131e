"""The attacks: what a hostile site serves and which of its pages are crawled, step by step.

An attack is a function of a `Play`, which names its hosts and pages. It returns its steps; each sets answers, then has some
URLs crawled. To add one, write the function and give it the name of its protection (`hooks/sitecustomize.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from benchmarks.attacks.web import Answer, article, atom, redirect, rss, sitemap

Victim = Literal["before", "after", "never"]
VICTIMS: tuple[Victim, ...] = ("before", "after", "never")
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

    def forged(self, n: int = 0, head: str = "", text: str = "") -> Answer:
        """A page of the hostile site."""
        return article(f"forged {self.number} {n}", head=head, text=text)

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


ATTACKS: list[Attack] = []


def attack(protection: str, pages: int = 1) -> Callable[[Callable[[Play], list[Step]]], Callable[[Play], list[Step]]]:
    """Register a function as an attack, named as it is."""

    def register(steps: Callable[[Play], list[Step]]) -> Callable[[Play], list[Step]]:
        ATTACKS.append(Attack(steps.__name__.replace("_", " "), protection, steps, pages))
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
    feed = f"{play.thief}/feed.xml"
    return [Step({feed: rss(play.page(), "Forged", OLD, "Mallory"), play.page(): Answer()}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


@attack("suggestion")
def sitemap_names_the_page_while_it_is_gone(play: Play) -> list[Step]:
    feed = f"{play.thief}/sitemap.xml"
    names = sitemap(play.page(), "Forged", "2026-11-20T10:00:00Z")
    return [Step({feed: names, play.page(): Answer(status=410)}, (feed,)), Step({play.page(): play.true_page()})]


@attack("suggestion")
def feed_names_the_page_while_it_is_a_consent_form(play: Play) -> list[Step]:
    feed = f"{play.thief}/feed.xml"
    empty = Answer("<html><body><form><button>Accept</button></form></body></html>", 200)
    return [Step({feed: rss(play.page(), "Forged", OLD), play.page(): empty}, (feed,)),
            Step({play.page(): play.true_page()})]  # fmt: skip


# Canonical, AMP and other tags ---------------------------------------------------------------------------------------------


def _tagged(play: Play, head: str) -> list[Step]:
    """A copy of the victim's text whose head names the victim's page, then other words at the same address."""
    own = play.own()
    copied = play.forged(0, head, text=f"paper {play.number} 0")
    return [Step({own: copied}, (own,)), Step({own: play.forged(0, head)}, (own,))]


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
def the_same_text_without_any_tag(play: Play) -> list[Step]:
    return _tagged(
        play, f'<link rel=canonical href="{play.page()}"><meta name="syndication-source" content="{play.page()}">'
    )
