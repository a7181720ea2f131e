"""What a correct archive holds after each round, derived only from the definition of the newsroom."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Literal

from crawler.render.chromium import why_no_browser
from dateline.demo.listings import items_of, link_of
from dateline.demo.newsroom import Newsroom
from dateline.demo.stories import Cut, FictionalStory, Trap, TrapKind
from dateline.types.article import Kind

CopyKind = Literal["whole", "excerpt", "rewrite"]
RejectReason = Literal[
    "robots", "redirected_away", "soft_404", "consent_wall", "http_404", "http_403", "login", "needs_javascript"
]

COPY_KINDS: Mapping[Cut, frozenset[CopyKind]] = MappingProxyType(
    {
        "whole": frozenset({"whole"}),
        "excerpt": frozenset({"excerpt"}),
        "aggregated": frozenset({"excerpt", "rewrite"}),
    }
)
"""What a copy may be called: an aggregator's is shortened and altered at once."""

REJECT_REASONS: Mapping[TrapKind, RejectReason] = MappingProxyType(
    {
        "disallowed": "robots",
        "redirect_home": "redirected_away",
        "soft_404": "soft_404",
        "consent_wall": "consent_wall",
        "missing": "http_404",
        "forbidden": "http_403",
        "members_only": "login",
    }
)
"""Why a trap is not stored as an article: the reason in the ledger."""


@dataclass(frozen=True, slots=True)
class ExpectedArticle:
    """An article that must be stored, by its canonical URL; `spellings` are all URLs that lead to it, that one too."""

    url: str
    spellings: frozenset[str]
    outlet: str
    kind: Kind
    language: str
    title: str
    text: str
    authors: tuple[str, ...]
    published_at: dt.datetime
    modified_at: dt.datetime
    has_metadata: bool
    credited_to: str | None
    since_round: int
    is_of_feed: bool = False
    """Its page is closed: the text is the feed's."""
    is_history: bool = False
    """Only a backfill brings it, with its text."""


@dataclass(frozen=True, slots=True)
class ExpectedCopy:
    """A copy that must lead to its original, both by canonical URL; `kinds` are the copy kinds that are correct."""

    copy_url: str
    original_url: str
    kinds: frozenset[CopyKind]


@dataclass(frozen=True, slots=True)
class ExpectedRevision:
    """An article whose headline and text changed between the rounds."""

    url: str
    title_before: str
    title_after: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The state after a round in which every listing was read and every candidate followed.

    `rejected` maps URLs (as the newsroom means them, without tracking) to reasons. `aliases` maps every other spelling
    to the canonical URL. `gone` are stored articles that have been taken down since. `similar` are pairs of templated
    texts that are not copies. `events` are the articles about one event, a story each.
    `hidden` are pages that only an outdated sitemap names; they must not be fetched.
    """

    round: int
    articles: Mapping[str, ExpectedArticle]
    rejected: Mapping[str, RejectReason]
    copies: frozenset[ExpectedCopy]
    revisions: frozenset[ExpectedRevision]
    aliases: Mapping[str, str]
    gone: frozenset[str]
    similar: frozenset[tuple[str, str]]
    events: Mapping[str, frozenset[str]]
    hidden: frozenset[str]

    @property
    def whole_copies(self) -> frozenset[ExpectedCopy]:
        """The copies whose text is the original's, word for word."""
        return frozenset(copy for copy in self.copies if copy.kinds == {"whole"})

    def canonical(self, url: str) -> str | None:
        """The canonical URL of the article that a spelling leads to; its query may differ in tracking parameters."""
        bare = url.partition("?")[0]
        return next((one for one in (url, bare) if one in self.articles), None) or self.aliases.get(
            url, self.aliases.get(bare)
        )

    def count_by_outlet(self) -> Counter[str]:
        """How many articles each outlet has."""
        return Counter(article.outlet for article in self.articles.values())

    def by_kind(self, kind: Kind) -> frozenset[str]:
        """The canonical URLs of the articles of one kind."""
        return frozenset(article.url for article in self.articles.values() if article.kind == kind)


def expected(
    newsroom: Newsroom,
    round: int,
    *,
    is_signed_in: bool = True,
    is_backfilled: bool = True,
    has_browser: bool = why_no_browser() is None,
) -> Expected:
    """What a correct archive holds after that round, the earlier ones included; as the demonstration plays it: with a login and a
    backfill, and with the browser if there is one here.
    """
    stories = [s for s in newsroom.edition.stories if s.is_out(round) and not s.is_in_old_sitemap]
    stories = [s for s in stories if is_signed_in or not s.is_for_members]
    stories = [s for s in stories if is_backfilled or not s.is_history]
    undrawn = [s for s in stories if not has_browser and s.outlet.draws_with == "script"]
    stories = [s for s in stories if s not in undrawn]
    articles = {story.url: _article(newsroom, story, round) for story in stories}
    articles |= {trap.url: _of_feed(trap) for trap in newsroom.edition.traps if trap.paragraphs}
    aliases = {url: article.url for article in articles.values() for url in article.spellings if url != article.url}
    return Expected(
        round=round,
        articles=MappingProxyType(articles),
        rejected=MappingProxyType(
            {trap.url: REJECT_REASONS[trap.what] for trap in newsroom.edition.traps}
            | {story.url: "needs_javascript" for story in undrawn}
        ),
        copies=frozenset(_copies(stories)),
        revisions=frozenset(_revisions(stories, round)),
        aliases=MappingProxyType(aliases),
        gone=frozenset(story.url for story in stories if story.is_gone(round)),
        similar=frozenset(_similar(stories)),
        events=MappingProxyType(
            {
                event: frozenset(s.url for s in stories if s.event == event)
                for event in {s.event for s in stories}
                if event
            }
        ),
        hidden=frozenset(s.url for s in newsroom.edition.stories if s.is_in_old_sitemap),
    )


def _article(newsroom: Newsroom, story: FictionalStory, round: int) -> ExpectedArticle:
    version = story.version(round)
    return ExpectedArticle(
        url=story.url,
        spellings=frozenset(_spellings(newsroom, story)),
        outlet=story.outlet.name,
        kind=story.kind,
        language=story.language,
        title=_headline(story, version.title),
        text=version.text,
        authors=story.authors,
        published_at=story.published_at,
        modified_at=version.modified_at,
        has_metadata=story.metadata != "none",
        credited_to=story.credit,
        since_round=story.since_round,
        is_history=story.is_history,
    )


def _of_feed(trap: Trap) -> ExpectedArticle:
    """The article of which the feed alone has the text."""
    return ExpectedArticle(
        url=trap.url,
        spellings=frozenset({trap.url}),
        outlet=trap.outlet.name,
        kind="article",
        language=trap.outlet.language,
        title=trap.title,
        text="\n".join(trap.paragraphs),
        authors=(),
        published_at=trap.published_at,
        modified_at=trap.published_at,
        has_metadata=True,
        credited_to=None,
        since_round=1,
        is_of_feed=True,
    )


def _headline(story: FictionalStory, title: str) -> str:
    """The title without the name of the outlet that an aggregator took it from."""
    return title.removesuffix(f" – {story.credit}") if story.credit else title


def _spellings(newsroom: Newsroom, story: FictionalStory) -> Iterator[str]:
    yield story.url
    for path in filter(None, (story.also_path, story.amp_path, story.short_link)):
        yield f"http://{story.outlet.host}{path}"
    for listing in story.outlet.listings:
        items = items_of(newsroom.edition, story.outlet, listing, story.since_round)
        if any(item.guid == story.url for item in items):
            yield link_of(listing, story)


def _copies(stories: list[FictionalStory]) -> Iterator[ExpectedCopy]:
    for story in stories:
        if story.original is not None and story.cut is not None:
            yield ExpectedCopy(story.url, story.original.url, COPY_KINDS[story.cut])


def _revisions(stories: list[FictionalStory], round: int) -> Iterator[ExpectedRevision]:
    for story in stories:
        first, now = story.versions[0], story.version(round)
        if now is not first:
            yield ExpectedRevision(story.url, first.title, now.title)


def _similar(stories: list[FictionalStory]) -> Iterator[tuple[str, str]]:
    filled = sorted((story for story in stories if story.template), key=lambda story: story.url)
    for one, other in combinations(filled, 2):
        if one.template == other.template:
            yield one.url, other.url
