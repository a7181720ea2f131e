"""One page in, one Extraction out: the facade over metadata, body, cleaning, language, kind and links.

bytes ─parse_html─► tree ─┬─ read_markup, JSON-LD ─► title, authors, instants, section, tags …
                          ├─ outbound anchors
                          └─ read_body ─► clean ─► text ─► language, kind, quality
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
from collections.abc import Callable
from functools import partial
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dateline.errors import ParseError
from dateline.html import parse_html
from dateline.text import storable
from dateline.types.article import STORED_KINDS, Extraction, Hints, Instant
from dateline.types.rights import reserved
from dateline.urls.link_score import list_evidence
from dateline.urls.paging import Paging, read_paging, split_note
from pipelines.extract.anchors import letters, read_anchors
from pipelines.extract.citations import credited_to, quoted_links
from pipelines.extract.kinds import ArticleScore, Verdict, count_page, decide_kind, score_article
from pipelines.extract.language import choose_language
from pipelines.extract.metadata import Metadata, read_metadata
from pipelines.extract.text.blocks import Block, size_of
from pipelines.extract.text.body import FROM_STATE, read_body
from pipelines.extract.text.clean import Surroundings, clean
from pipelines.extract.text.fast import load_stop_words
from pipelines.extract.text.standfirst import LEADS
from pipelines.extract.text.tree import open_frames
from pipelines.extract.titles import loose, without_outlet
from pipelines.version import EXTRACTOR

_SURELY_ARTICLE, _DOUBTFUL_ARTICLE = 0.95, 0.5
"""Above this, a page is not searched for lists of links, which needs another parse: if only a link named it; otherwise."""
_LONGEST_NAME = 500
_SPECIMEN = b"""<!doctype html><html><head><title>The pier</title><link rel=canonical href=/harbour/pier></head><body>
<nav><a href=/>Home</a></nav>
<article><h1>The pier</h1><p>By A Writer, 4 May 2026</p>%s</article></body></html>""" % b"".join(
    b"<p>In round %d the harbour council voted to rebuild the ferry pier before the autumn storms begin.</p>" % number
    for number in range(8)
)


def warm_up() -> None:
    """What a first page would wait for is there: the language model, patterns (1.4 s, 75 MB); once, before forking."""
    load_stop_words()
    instant = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    extract_page(_SPECIMEN, url="https://specimen.invalid/pier", hints=Hints(), now=instant)


def extract_page(body: bytes, *, url: str, hints: Hints, now: dt.datetime) -> Extraction:
    """What the page says, the same for the same arguments; a ParseError for what no parser survives.

    `url` is the page's address after redirects; `now` bounds which instants are believed.
    """
    collects = gc.isenabled()
    gc.disable()  # nearly all of a page's objects go by themselves; looking for others takes 6 % of its time
    try:
        return _extract(body, url, hints, now)
    except (RecursionError, etree.LxmlError, MemoryError) as error:
        raise ParseError(f"page can't be read: {type(error).__name__}", subject=url) from error
    finally:
        if collects:
            gc.enable()


def _is_outlets_name(text: str, title: str | None, metadata: Metadata) -> bool:
    """Whether a text is but the outlet's name, as the page gives it or as its <title> ends: a page without its story."""
    if len(text) > _LONGEST_NAME:
        return False
    own = loose(text)
    ends_title = bool(own and title) and loose(title or "") + own == loose(metadata.markup.title or "")
    return own in metadata.outlets or ends_title


def _is_unnamed(hints: Hints) -> bool:
    """Whether no feed or sitemap named the page as an article: a person, or another page, gave its address."""
    return hints.candidate is not None and hints.candidate.via in ("target", "section")


def _extract(body: bytes, url: str, hints: Hints, now: dt.datetime) -> Extraction:
    root = parse_html(body, hints.content_type)
    open_frames(root)
    metadata = read_metadata(root, url, hints, now)
    paging = read_paging(root, url)
    counts = count_page(metadata)
    found = read_body(root, metadata)
    anchors = read_anchors(root, metadata.markup)
    credit = credited_to(found.blocks, anchors.outbound, metadata)
    authors = metadata.authors
    title = without_outlet(metadata.title, {loose(credit)}) if metadata.title and credit else metadata.title
    around = Surroundings(metadata.all_titles, authors, anchors.own_lines, anchors.other_lines)
    cleaned = clean(found.blocks, around)
    blocks, led = with_standfirst(root, metadata, cleaned.blocks)
    signs = blocks if _is_outlets_name(text_of_blocks(blocks), title, metadata) else ()
    blocks = () if signs else blocks
    text = storable(text_of_blocks(blocks))
    language, doubt = choose_language(hints.language or metadata.declared_language, text)
    score = score_article(counts.showing(text) if FROM_STATE in found.rules else counts, metadata)
    whole = partial(parse_html, body, hints.content_type)
    kind, evidence = _unless_other(decide_kind(root, metadata, text, whole=whole), score, url, hints, whole)
    return Extraction(
        url=url,
        kind=kind,
        title=title,
        text=text,
        kind_evidence=evidence,
        article_probability=score.probability,
        alternative_titles=metadata.alternative_titles,
        authors=authors,
        published=metadata.dates.published,
        modified=metadata.dates.modified,
        language=language,
        declared_language=metadata.declared_language,
        section=metadata.section,
        tags=metadata.tags,
        image_url=metadata.image_url,
        summary=metadata.summary,
        site_name=metadata.site_name,
        canonical_url=metadata.canonical_url,
        amp_url=metadata.amp_url,
        print_url=metadata.print_url,
        is_accessible_for_free=metadata.is_accessible_for_free,
        credited_to=credit,
        links=quoted_links(anchors.outbound, blocks, metadata.markup),
        live_entries=metadata.live_entries,
        directives=reserved(metadata.rights),
        rights=metadata.rights,
        raw_dates=metadata.dates.raw,
        removed=tuple(storable(block.text) for block in (*found.removed, *cleaned.removed, *signs)),
        rules=(*found.rules, *cleaned.rules, *led),
        warnings=(*hints.warnings, *metadata.warnings, *filter(None, (doubt, _split_note(paging)))),
        quality=quality(metadata, blocks),
        extractor=EXTRACTOR,
        paging=paging,
    )


def _split_note(paging: Paging | None) -> str | None:
    if paging is not None and paging.first_url:
        return f"this is page {paging.number} of {paging.last} of {paging.first_url}"
    return split_note(1, paging.last) if paging is not None and paging.number == 1 and paging.next_url else None


def _unless_other(
    decided: Verdict, score: ArticleScore, url: str, hints: Hints, whole: Callable[[], HtmlElement]
) -> Verdict:
    """Returns the kind that was decided, unless the page is a list of articles or does not look like an article."""
    if decided[0] not in STORED_KINDS or hints.is_named_article:
        return decided
    other: Verdict = ("not_article", (f"article probability {score.probability:.2f}", *score.reasons))
    is_unnamed = _is_unnamed(hints)
    if not score.is_article and not is_unnamed:
        return other
    least = _SURELY_ARTICLE if is_unnamed else 0 if score.is_declared else _DOUBTFUL_ARTICLE
    is_doubtful = score.probability < least
    if is_doubtful and (listed := list_evidence(whole(), url)):
        return "section", listed
    return decided if score.is_article else other


def with_standfirst(
    root: HtmlElement, metadata: Metadata, blocks: tuple[Block, ...]
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks led by what the page shows above them and they lack, and the name of the rule that found it."""
    have = "".join(letters(block.text) for block in blocks)
    for name, find in LEADS.items():
        found = find(root, metadata.markup, metadata.descriptions, metadata.all_titles, have)
        if found:
            return (Block(found), *blocks), (name,)
    return blocks, ()


def text_of_blocks(blocks: tuple[Block, ...]) -> str:
    """The blocks as paragraphs, one empty line between two."""
    return "\n\n".join(block.text for block in blocks)


def quality(metadata: Metadata, blocks: tuple[Block, ...]) -> float:
    """How much of an article was found, 0 to 1: text by length, then title, date, authors, language."""
    length = size_of(blocks)
    parts = (
        0.4 * min(1.0, length / 1500),
        0.1 * min(1.0, len(blocks) / 3),
        0.2 * bool(metadata.title),
        0.2 * bool(metadata.dates.published),
        0.1 * bool(metadata.authors),
    )
    return round(sum(parts), 3)


def to_record(extraction: Extraction, id: str | None = None) -> dict[str, Any]:
    """The JSON object that `dateline extract` prints for a page."""
    published, modified = extraction.published, extraction.modified
    return {
        "id": id,
        "url": extraction.url,
        "title": extraction.title,
        "text": extraction.text,
        "authors": list(extraction.authors),
        "published_at": _iso(published),
        "modified_at": _iso(modified),
        "language": extraction.language,
        "section": extraction.section,
        "tags": list(extraction.tags),
        "image_url": extraction.image_url,
        "summary": extraction.summary,
        "site_name": extraction.site_name,
        "kind": extraction.kind,
        "warnings": list(extraction.warnings),
        "canonical_url": extraction.canonical_url,
        "alternative_titles": list(extraction.alternative_titles),
        "published_precision": published.precision if published else None,
        "published_origin": published.origin if published else None,
        "modified_precision": modified.precision if modified else None,
        "modified_origin": modified.origin if modified else None,
        "raw_dates": list(extraction.raw_dates),
        "credited_to": extraction.credited_to,
        "is_accessible_for_free": extraction.is_accessible_for_free,
        "links": [{"url": link.url, "text": link.text} for link in extraction.links],
        "live_entries": [
            {"title": entry.title, "text": entry.text, "published_at": _iso(entry.published)}
            for entry in extraction.live_entries
        ],
        "directives": list(extraction.directives),
        "rights": [dataclasses.asdict(each) for each in extraction.rights],
        "kind_evidence": list(extraction.kind_evidence),
        "article_probability": extraction.article_probability,
        "quality": extraction.quality,
        "extractor": extraction.extractor,
        "removed": list(extraction.removed),
        "rules": list(extraction.rules),
        "word_count": extraction.word_count,
    }


def _iso(instant: Instant | None) -> str | None:
    return instant.at.isoformat() if instant else None
