"""What a feed, a sitemap, the home page or a section page names in a round: its items, newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.demo.outlets import Listing, Outlet
from dateline.demo.stories import Edition, FictionalStory, Trap


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a listing; `url` is the link in the listing, with its tracking parameters."""

    url: str
    guid: str
    title: str
    summary: str
    section: str
    language: str
    published_at: dt.datetime
    modified_at: dt.datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    """Its full text, where the feed gives it."""


def items_of(edition: Edition, outlet: Outlet, listing: Listing, round: int) -> tuple[Item, ...]:
    """The listing's items in that round, newest first.

    A story that was taken down leaves the outlet's pages but stays in its feed with a new date of change: that is how
    many content systems behave, and how a reader of the feed learns of it.
    """
    is_page = listing.format == "section"
    stories = [s for s in edition.of(outlet) if _names(listing, s, round) and not (is_page and s.is_gone(round))]
    items = [story_item(listing, story, round) for story in stories]
    if not is_page and listing.only_section is None and listing.format not in {"news_sitemap", "old_sitemap"}:
        items += [_trap_item(listing, trap) for trap in edition.traps if trap.outlet is outlet]
    return tuple(sorted(items, key=lambda item: item.published_at, reverse=True))


def _names(listing: Listing, story: FictionalStory, round: int) -> bool:
    """True when the listing names the story in that round."""
    if story.is_history or not story.is_out(round) or story.is_in_old_sitemap != (listing.format == "old_sitemap"):
        return False
    if listing.only_languages and story.language not in listing.only_languages:
        return False
    return listing.only_section is None or listing.only_section in {story.section, story.also_in}


def link_of(listing: Listing, story: FictionalStory) -> str:
    """The link by which the listing names the story: AMP, short, under its second section; with tracking."""
    path = story.path
    if listing.links_amp and story.amp_path:
        path = story.amp_path
    elif listing.links_short and story.short_link:
        path = story.short_link
    elif story.also_path and listing.only_section == story.also_in:
        path = story.also_path
    return f"http://{story.outlet.host}{path}{listing.tracking}"


def story_item(listing: Listing, story: FictionalStory, round: int) -> Item:
    """The story as the listing shows it in that round."""
    version = story.version(round)
    return Item(
        url=link_of(listing, story),
        guid=story.url,
        title=version.title,
        summary=version.summary,
        section=story.section,
        language=story.language,
        published_at=story.published_at,
        modified_at=story.changed_at if story.is_gone(round) else version.modified_at,
        authors=story.authors,
        tags=story.tags,
    )


def _trap_item(listing: Listing, trap: Trap) -> Item:
    return Item(
        url=f"{trap.url}{listing.tracking}",
        guid=trap.url,
        title=trap.title,
        summary=trap.summary,
        section=trap.section,
        language=trap.outlet.language,
        published_at=trap.published_at,
        modified_at=trap.published_at,
        paragraphs=trap.paragraphs,
    )
