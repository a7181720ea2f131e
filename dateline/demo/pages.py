"""Stories as the HTML pages of their outlets: templates/*.html filled with metadata, chrome, related links and text."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from importlib.resources import files
from string import Template

from dateline.demo.listings import Item
from dateline.demo.outlets import Outlet, slugified
from dateline.demo.stories import FictionalStory, Version
from dateline.demo.structured import json_ld, open_graph

OPENING_PARAGRAPHS = 2
"""After how many paragraphs the outlets put their inline boxes."""

SCRIPT, CONTENT = "/draw.js", "/content"
"""The paths of the script that draws pages, and of what it draws, followed by the page's path."""

STAMPS = {"de": "{0:%d.%m.%Y, %H:%M}", "en": "{0.day} {0:%B %Y, %H:%M}", "es": "{0:%d/%m/%Y %H:%M}"}
"""How a page shows an instant, by the outlet's language."""

PAYWALL = (
    '<div class="paywall"><h2>Subscribe to keep reading</h2>'
    "<p>This story is for subscribers. Already a subscriber? Sign in. One month costs four crowns.</p>"
    '<a href="/subscribe">See all offers</a></div>'
)


@functools.cache
def _template(name: str) -> Template:
    return Template((files("dateline.demo") / "templates" / name).read_text(encoding="utf-8"))


def article_page(
    story: FictionalStory,
    round: int,
    *,
    related: Sequence[FictionalStory],
    most_read: Sequence[FictionalStory],
    part: int = 1,
) -> str:
    """The story's page in that round, or one of its pages."""
    version = story.version(round)
    main = _drawn(story, round) or _template(f"{story.outlet.name}.article.html").substitute(
        _facts(story, _part_of(story, version, part)),
        pager=_pager(story, part),
        figure=_figure(story),
        after=_after(story),
        related=_links(related),
        most_read=_links(most_read),
        tag_links=" ".join(f'<a href="/topic/{slugified(tag)}">{escape(tag)}</a>' for tag in story.tags),
    )
    title = escape(version.title)
    return _framed(
        story.outlet, title, main, head=_head(story, version), charset=story.charset, language=story.language
    )


def _drawn(story: FictionalStory, round: int) -> str:
    """The page's body where data or a script draw the text; else empty."""
    match story.outlet.draws_with:
        case "next":
            props = {"props": {"pageProps": {"article": _data(story, round)}}, "page": "/read/[slug]", "query": {}}
            said = json.dumps(props, ensure_ascii=False).replace("</", "<\\/")
            return f'<div class="skeleton"></div><script id="__NEXT_DATA__" type="application/json">{said}</script>'
        case "script":
            return f'<div id="app">Loading …</div><script src="{SCRIPT}"></script>'
        case _:
            return ""


def _data(story: FictionalStory, round: int) -> dict[str, object]:
    version = story.version(round)
    return {
        "headline": version.title,
        "byline": _byline(story),
        "publishedAt": story.published_at.isoformat(),
        "body": list(version.paragraphs),
    }


def content(story: FictionalStory, round: int) -> str:
    """What the script fetches and draws."""
    return json.dumps(_data(story, round), ensure_ascii=False)


def drawing_script() -> str:
    """The script that draws pages."""
    return _template("draw.js").template


def _part_of(story: FictionalStory, version: Version, part: int) -> Version:
    """What one of the story's pages shows."""
    size = -(-len(version.paragraphs) // story.parts)
    return replace(version, paragraphs=version.paragraphs[(part - 1) * size : part * size])


def _pager(story: FictionalStory, part: int) -> str:
    if story.parts == 1:
        return ""
    paths = (story.path, *story.part_paths)
    numbers = (
        f'<span class="post-page-numbers current" aria-current="page">{n}</span>'
        if n == part
        else f'<a href="{path}" class="post-page-numbers">{n}</a>'
        for n, path in enumerate(paths, start=1)
    )
    return f'<div class="page-links">Pages: {" ".join(numbers)}</div>'


def amp_page(story: FictionalStory, round: int) -> str:
    """The story's AMP variant, whose canonical link leads to its page."""
    version = story.version(round)
    head = f'<link rel="canonical" href="{story.url}">\n{json_ld(story, version)}'
    return _template("amp.html").substitute(
        _facts(story, version), title=escape(version.title), head=head, language=story.language, canonical=story.url
    )


def listing_page(outlet: Outlet, title: str, items: Iterable[Item]) -> str:
    """A home or section page: a heading and a teaser for each item."""
    teasers = "\n".join(_teaser(outlet, item) for item in items)
    return _framed(outlet, escape(title), f'<h1>{escape(title)}</h1>\n<div class="teasers">\n{teasers}\n</div>')


def soft_404_page(outlet: Outlet) -> str:
    """A page that says "not found", to be served with status 200."""
    return _framed(outlet, "Page not found", _template("soft-404.html").template)


def login_page() -> str:
    """What a page for members shows to everybody else."""
    return _template("login.html").template


def consent_page() -> str:
    """A wall that asks for consent in place of an article."""
    return _template("consent.html").template


def _framed(
    outlet: Outlet, title: str, main: str, *, head: str = "", charset: str | None = None, language: str | None = None
) -> str:
    frame = _template(f"{outlet.name}.frame.html")
    charset = charset or outlet.charset
    return frame.substitute(title=title, main=main, head=head, charset=charset, language=language or outlet.language)


def _facts(story: FictionalStory, version: Version) -> dict[str, str]:
    """What every article template shows: headline, byline, instants and the text in two parts."""
    blocks = _blocks(story, version)
    return {
        "section": escape(story.section),
        "section_slug": slugified(story.section),
        "headline": escape(version.title, quote=False),
        "authors": escape(_byline(story)),
        "published": _stamp(story.published_at, story.outlet.language),
        "published_iso": story.published_at.isoformat(),
        "opening": "\n".join(blocks[:OPENING_PARAGRAPHS]),
        "rest": "\n".join(blocks[OPENING_PARAGRAPHS:]),
    }


def _byline(story: FictionalStory) -> str:
    joint = {"de": " und ", "es": " y "}.get(story.language, " and ")
    return joint.join(story.authors)


def _stamp(at: dt.datetime, language: str) -> str:
    return STAMPS[language].format(at)


def _blocks(story: FictionalStory, version: Version) -> list[str]:
    """The body's HTML blocks: paragraphs, then the entries of a live blog or the pictures of a gallery."""
    paragraphs = [f"<p>{escape(text, quote=False)}</p>" for text in version.paragraphs]
    entries = (
        f'<section class="live-entry"><h2>{escape(entry.title)}</h2>'
        f'<time datetime="{entry.published_at.isoformat()}">{entry.published_at:%H:%M}</time>'
        f"<p>{escape(entry.text, quote=False)}</p></section>"
        for entry in story.entries
    )
    pictures = (
        f'<figure class="slide"><img src="/media/{story.slug}-{n}.jpg" alt="">'
        f"<figcaption>{escape(caption, quote=False)}</figcaption></figure>"
        for n, caption in enumerate(story.pictures, start=1)
    )
    return list(itertools.chain(paragraphs, entries, pictures))


def _figure(story: FictionalStory) -> str:
    picture = f"/media/{story.slug}.jpg"
    if story.video_s:
        return f'<div class="player"><video controls src="/media/{story.slug}.mp4" poster="{picture}"></video></div>'
    if not story.caption:
        return ""
    caption = escape(story.caption, quote=False)
    return f'<figure><img src="{picture}" alt="{escape(story.caption)}"><figcaption>{caption}</figcaption></figure>'


def _after(story: FictionalStory) -> str:
    """What follows the text: a paywall, or an aggregator's promotion line with its link."""
    if story.kind == "paywalled_excerpt":
        return PAYWALL
    if story.cut == "aggregated" and story.original and story.credit:
        promotion = f"CLICK HERE TO READ MORE FROM {story.credit.upper()}"
        return f'<p><a href="{story.original.url}">{escape(promotion)}</a></p>'
    return ""


def _links(stories: Iterable[FictionalStory]) -> str:
    return "".join(f'<li><a href="{s.path}">{escape(s.versions[0].title, quote=False)}</a></li>' for s in stories)


def _teaser(outlet: Outlet, item: Item) -> str:
    path = item.url.removeprefix(f"http://{outlet.host}")
    return (
        f'<div class="teaser"><h2><a href="{escape(path)}">{escape(item.title, quote=False)}</a></h2>'
        f"<p>{escape(item.summary, quote=False)}</p>"
        f'<time datetime="{item.published_at.isoformat()}">{_stamp(item.published_at, outlet.language)}</time></div>'
    )


def _head(story: FictionalStory, version: Version) -> str:
    """The page's metadata, as much as its outlet gives."""
    if story.metadata == "none":
        return ""
    canonical = story.original.url if story.canonical_to_original and story.original else story.url
    lines = [
        f'<link rel="canonical" href="{canonical}">',
        f'<link rel="amphtml" href="http://{story.outlet.host}{story.amp_path}">' if story.amp_path else "",
        f'<link rel="shortlink" href="http://{story.outlet.host}{story.short_link}">' if story.short_link else "",
        open_graph(story, version),
        json_ld(story, version) if story.metadata == "json-ld" else "",
    ]
    return "\n".join(line for line in lines if line)
