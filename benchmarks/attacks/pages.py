"""Attacks by what a page says: links to further pages, canonical tags, and lines that it repeats."""

from __future__ import annotations

from benchmarks.attacks.attack import Play, Step, attack
from benchmarks.attacks.web import Answer, article, redirect, text_of

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


# Canonical, AMP and other tags -----------------------------------------------------------------------------------------


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


# Learned boilerplate ---------------------------------------------------------------------------------------------------


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
