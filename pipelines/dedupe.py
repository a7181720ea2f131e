"""What to do with an extracted page, given what the archive knows: a pure decision.

same identity, same text          → Unchanged
its address now redirects here, and the texts agree → the same identity
same identity, other text/headline → Revise, with the cause of pipelines.revisions.cause
a wall where a whole text was      → Unchanged, because "closed": the text that was free to read stays
an import of a page that we ourselves read later → Unchanged, because "older"
what a feed says of a known page   → Unchanged; it replaces only what a feed said before, and never a text by a headline
a page of what was known from a feed alone → Revise: it is the same article, whatever address of its site answered
other identity, same text, same site → Alias; Reject where the host answers with it everywhere (see revisions/repeated_body.py)
tied by rel=canonical or amphtml, and the text proves it → Alias
other identity, same text, other site → StoreNew, with the articles that are its family (see pipelines.copies.match)
nothing known                      → StoreNew
a page that is not an article      → Reject
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.instants.spans import shown, span_of
from dateline.text import folded
from dateline.types.article import FROM_FEED, STORED_KINDS, Extraction, Page, TextOrigin
from dateline.urls import ALIAS_CONTAINMENT, canonical_decision, is_home, redirect_is_trusted, site_of, url_key
from pipelines.copies.match import Document, compare
from pipelines.revisions.cause import Cause
from pipelines.revisions.repeated_body import is_repeated

MIN_WORDS_TO_COMPARE = 50
"""Below this, equal texts say nothing: "This video is not available", flash lines (DESIGN, copies)."""


PLAINLY_AN_ARTICLE = 0.9
"""The probability from which a page is an article whatever the shape of its address."""
LONGEST_PROVED = 100_000
"""Characters of a text that are compared with that of another address."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the archive, as far as the decision needs it."""

    article_id: int
    url: str
    site: str
    title: str | None
    content_hash: uuid.UUID
    word_count: int
    extractor: str
    is_identity: bool
    """Found by the address that answered with the page (else by its text, or by a claim)."""
    canonical_key: uuid.UUID | None = None
    """Identity of another page of its site that it names as canonical."""
    claim: Literal["canonical", "amp", "moved", "part"] | None = None
    """The page and this article name one address: the one names the other, or both name a third; or "moved": the
    article's own address has led to the page; or "part": the page was joined to it."""
    text: str | None = None
    """Its text, where there is a claim to be proved."""
    is_alias: bool = False
    """An alias leads from the page's address to it."""
    text_origin: TextOrigin = "page"
    kind: str = "article"
    seen_at: dt.datetime | None = None
    """When we last saw its page at its site; None where it is known from imports or feeds alone."""
    is_hearsay: bool = False
    """Only pages of other sites have named its address."""
    repeated_at: Sequence[str] = ()
    """Other addresses of its site that had this text, where it is short and has neither a date of its own nor an author."""


@dataclass(frozen=True, slots=True)
class StoreNew:
    """Store a new article. `equal` are articles of other sites with the same text: its family, found over all time."""

    equal: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Revise:
    """The article has changed: keep what it was as a revision."""

    article_id: int
    cause: Cause = "publisher"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The article has not changed: only the time when it was last seen does. `why` is the ledger's reason."""

    article_id: int
    why: Literal["unchanged", "closed", "older"] = "unchanged"


@dataclass(frozen=True, slots=True)
class Alias:
    """Another URL of an article that is there already."""

    article_id: int
    why: Literal["same_text", "redirect", "canonical", "amp", "part"]


@dataclass(frozen=True, slots=True)
class Reject:
    """Not an article: it ends in the ledger with this reason."""

    reason: str
    detail: str = ""
    repeats: int | None = None
    """The article that the host's standard answer was taken for when it was first met."""
    title: str | None = None
    """Title of a page that is not an article; `article_probability` is that page's."""
    article_probability: float | None = None
    leads_to: str | None = None
    """The first page of the article that this one continues."""


Decision = StoreNew | Revise | Unchanged | Alias | Reject


def redirect_reason(page: Page, found: Extraction) -> Reject | None:
    """Why the page that a redirect led to is not the one that was asked for; None where it may be."""
    is_article = (found.article_probability or 0.0) >= PLAINLY_AN_ARTICLE
    if not page.redirects or redirect_is_trusted(page.url, page.final_url, is_article=is_article):
        return None
    return Reject("redirected_away", f"led to {page.final_url}")


def reject_reason(page: Extraction, *, obeyed: Sequence[str] = ()) -> Reject | None:
    """Why this page is not to be stored at all, whatever the archive holds; None when it may be."""
    if page.kind not in STORED_KINDS and page.kind != "headline":
        evidence = ", ".join(page.kind_evidence)
        if page.kind == "not_article":
            return Reject(page.kind, evidence, title=page.title, article_probability=page.article_probability)
        return Reject(page.kind, evidence)
    if page.paging is not None and page.paging.first_url:
        return Reject("part", f"page {page.paging.number} of {page.paging.first_url}", leads_to=page.paging.first_url)
    reserved = sorted(set(page.directives) & set(obeyed))
    if reserved:
        return Reject(reserved[0].replace("-", "_"), "the publisher reserves it and the configuration obeys")
    if not page.text.strip() and page.kind not in {"video", "gallery", "headline"}:
        return Reject("no_text", "no body text was found")
    if not (page.title or page.text.strip()):
        return Reject("no_text", "neither headline nor text was found")
    return None


def outside_dates(page: Extraction, window: tuple[dt.datetime, dt.datetime] | None) -> Reject | None:
    """Why an article is not wanted by the backfill that asked for it: it was published before or after its dates."""
    if window is None or page.published is None:
        return None
    since, until = window
    published = span_of(page.published.at, page.published.precision)
    said = shown(page.published.at, page.published.precision)
    if published.latest <= since:
        return Reject("before_since", f"published {said}")
    return Reject("after_until", f"published {said}") if published.earliest > until else None


def decide(
    page: Extraction, *, site: str, text_hash: uuid.UUID, known: Sequence[Known], may_rename: bool = False,
    import_fetched_at: dt.datetime | None = None,
) -> Decision:  # fmt: skip
    """What to do with a page that may be stored. `known`: articles of the same identity or the same text.

    `may_rename`: its own site has named the page's address. `import_fetched_at`: when others fetched an imported page.
    """
    same = next((k for k in known if k.is_identity), None)
    same = same or _of_feed(page, site, text_hash, known) or _moved(page, site, text_hash, known)
    if same is None and may_rename:
        same = _known_by_hearsay(page, site, text_hash, known)
    if same is not None:
        if import_fetched_at is not None and same.seen_at is not None and import_fetched_at <= same.seen_at:
            return Unchanged(same.article_id, "older")
        if says_less(page, same):
            return Unchanged(same.article_id)
        if is_closed(page, same):
            return Unchanged(same.article_id, "closed")
        is_equal = same.content_hash == text_hash and folded(same.title or "") == folded(page.title or "")
        is_first_page = was_fetched(page.extractor) and not was_fetched(same.extractor)
        return Unchanged(same.article_id) if is_equal and not is_first_page else Revise(same.article_id)
    equal = [k for k in known if k.content_hash == text_hash]
    if (tied := _same_page(page, site, text_hash, known)) is not None:
        return tied
    at_home = next((k for k in equal if k.site == site and _is_comparable(page, k)), None)
    if at_home is not None:
        return _repeated(page, at_home) or Alias(at_home.article_id, "same_text")
    return StoreNew(equal_texts(page, text_hash, known))


def equal_texts(page: Extraction, text_hash: uuid.UUID, known: Sequence[Known]) -> tuple[int, ...]:
    """The articles with the page's very text, where it is long enough to say something."""
    if page.word_count < MIN_WORDS_TO_COMPARE:
        return ()
    return tuple(k.article_id for k in known if k.content_hash == text_hash)


def was_fetched(extractor: str) -> bool:
    """Whether a text was read from a page, or imported, and not from what a feed said instead of it."""
    return extractor != FROM_FEED


def says_less(page: Extraction, same: Known) -> bool:
    """Whether a feed's words are of an article whose page is known, or a headline is of one whose text is."""
    is_feed_of_page = was_fetched(same.extractor) and not was_fetched(page.extractor)
    return is_feed_of_page or (page.text_origin == "none" and same.text_origin != "none")


def is_closed(page: Extraction, same: Known) -> bool:
    """Whether the page is now the short beginning before a paywall, and was whole before.

    That says nothing of the article: a publisher closed it, or our login ended. A notice that it was withdrawn counts as an edit.
    """
    was_whole = same.kind not in {"paywalled_excerpt", "headline"}
    return page.kind == "paywalled_excerpt" and was_whole and 2 * page.word_count <= same.word_count


def _of_feed(page: Extraction, site: str, text_hash: uuid.UUID, known: Sequence[Known]) -> Known | None:
    """Returns the article that a feed's words and a page of its own site are both of.

    For the feed's words that is what their address leads to. For a page it is what was known from the feed alone, if its address
    leads to the page, if its text is the same, or if the page names it as canonical and has its headline.
    """
    if not was_fetched(page.extractor):
        return next((each for each in known if each.is_alias and each.site == site), None)
    for each in known:
        if was_fetched(each.extractor) or each.site != site:
            continue
        is_named = each.claim == "canonical" and folded(each.title or "") == folded(page.title or "")
        is_same_text = each.content_hash == text_hash and page.word_count >= MIN_WORDS_TO_COMPARE
        if each.claim == "moved" or is_named or is_same_text:
            return each
    return None


def claimed_key(page: Extraction) -> uuid.UUID | None:
    """Identity of the page of the same site that this one names as canonical, if it names another that may be an article."""
    if not page.canonical_url:
        return None
    named = canonical_decision(page.url, page.canonical_url, is_article=True, was_fetched=True)
    return url_key(named.url) if named.verdict == "alias" else None


def named_addresses(page: Extraction, decision: Decision) -> list[tuple[str, Literal["canonical", "amp"]]]:
    """Other addresses of the stored page: its AMP form by its own word, its canonical one where the text has proved it."""
    addresses: list[tuple[str, Literal["canonical", "amp"]]] = []
    if page.amp_url and site_of(page.amp_url) == site_of(page.url) and not is_home(page.amp_url):
        addresses.append((page.amp_url, "amp"))
    if page.canonical_url and isinstance(decision, Alias) and decision.why == "canonical":
        addresses.append((page.canonical_url, "canonical"))
    return addresses


def _moved(page: Extraction, site: str, text_hash: uuid.UUID, known: Sequence[Known]) -> Known | None:
    """Returns the article whose address, on the same site, now redirects to this page, if the texts agree.

    Without that a site that sends all its old articles to one page would have each of them changed to that.
    """
    for each in known:
        if each.claim == "moved" and each.site == site and each.text is not None:
            is_same = each.content_hash == text_hash or _proved_containment(page, each) >= ALIAS_CONTAINMENT
            return each if is_same else None
    return None


def _known_by_hearsay(page: Extraction, site: str, text_hash: uuid.UUID, known: Sequence[Known]) -> Known | None:
    """Returns the article with this text, or that names this page, of an address that only other sites named (/a?from=them)."""
    tied = _same_page(page, site, text_hash, known)
    named = tied.article_id if tied is not None and tied.why == "canonical" else None
    for each in (k for k in known if k.is_hearsay and k.site == site):
        is_named = each.article_id == named and each.canonical_key == url_key(page.url)
        if is_named or (each.content_hash == text_hash and _is_comparable(page, each)):
            return each
    return None


def _same_page(page: Extraction, site: str, text_hash: uuid.UUID, known: Sequence[Known]) -> Alias | None:
    """The article that this page is under another address: one of them names it as canonical or AMP, and the texts agree."""
    claim = claimed_key(page)
    for each in known:
        if each.claim is None or each.claim == "moved" or each.site != site or each.text is None:
            continue
        if each.claim == "part":
            if _proved_containment(page, each) >= ALIAS_CONTAINMENT:
                return Alias(each.article_id, "part")
            continue
        named = claim or each.canonical_key
        bodies = {k.content_hash for k in known if named and k.canonical_key == named} | (
            {text_hash} if claim else set()
        )
        stands_there = claim is None or each.canonical_key != claim
        decision = canonical_decision(
            page.url,
            each.url if stands_there else page.canonical_url or each.url,
            containment=_proved_containment(page, each),
            bodies_sharing=len(bodies),
            is_article=stands_there,
        )
        if decision.verdict == "alias":
            return Alias(each.article_id, each.claim)
    return None


def _proved_containment(page: Extraction, known: Known) -> float:
    """Returns the share of the shorter text that is in the longer; 0 for two texts of one template."""
    own, other = Document(page.url, page.text[:LONGEST_PROVED]), Document(known.url, known.text or "")
    shared = len(own.compared.shingles & other.compared.shingles)
    share = shared / max(1, min(len(own.compared.shingles), len(other.compared.shingles)))
    return 0.0 if share >= ALIAS_CONTAINMENT and compare(own, other).reason == "template" else share


def _repeated(page: Extraction, known: Known) -> Reject | None:
    """Returns the refusal of a page that its host serves at unrelated addresses: it is not an article and never was."""
    if not known.repeated_at or folded(known.title or "") != folded(page.title or ""):
        return None
    if not is_repeated(page, (known.url, *known.repeated_at)):
        return None
    return Reject("repeated_body", f"the same as {known.url} and {len(known.repeated_at)} others", known.article_id)


def _is_comparable(page: Extraction, known: Known) -> bool:
    """Long enough that an equal text means the same article; a short one must share its headline too."""
    return known.word_count >= MIN_WORDS_TO_COMPARE or folded(known.title or "") == folded(page.title or "")
