"""What kind of page it is, with the evidence: real articles are stored, everything else ends in the ledger.

Walls and errors are only believed on pages with little text: an article about captchas is an article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.article import Kind
from pipelines.jsonld import ARTICLE_TYPES
from pipelines.metadata import Metadata

_WALL_TEXT = 1_200
_EXCERPT_TEXT = 1_500
_SHORT_TEXT = 600

_BLOCKED = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|pardon our interruption|are you (?:a )?(?:robot|human)"
    r"|verify (?:that )?you are (?:a )?human|security check|checking your browser|unusual traffic|request (?:was |has been )?blocked"
    r"|you have been blocked|bot (?:detection|verification)|please enable (?:js|javascript|cookies)|too many requests|403 forbidden|ddos.guard",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we value your privacy|your privacy choices|consent (?:required|choices)|cookie (?:consent|settings|wall)|privacy (?:gate|wall)"
    r"|accept (?:all )?cookies|zustimmung|mit werbung weiterlesen|mit werbung und (?:tracking|cookies)|wir (?:brauchen|benötigen) ihre (?:zustimmung|einwilligung)"
    r"|votre consentement|accepter et (?:continuer|fermer)|aceptar (?:y continuar|cookies)|accetta e continua|cookies? accepteren|samtykke",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"\b404\b|page (?:was )?not (?:be )?found|not found|no longer (?:available|exists)|page (?:doesn.?t|does not) exist|can.?t find (?:that|the|this) page"
    r"|seite (?:wurde )?(?:leider )?nicht gefunden|nicht (?:mehr )?(?:gefunden|verfügbar)|page (?:introuvable|non trouvée)|página no encontrada"
    r"|no (?:se ha )?encontrad[ao]|pagina non trovata|pagina niet gevonden|página não encontrada|siden (?:finnes|findes) ikke|sidan (?:finns|hittades) inte"
    r"|stránka nenalezena|nie znaleziono strony|страница не найдена|article (?:has been )?(?:removed|deleted|unavailable)",
    re.IGNORECASE,
)
_OPINION = frozenset(
    "opinion opinions op-ed oped editorial editorials columnists columns column commentary commentisfree kommentar kommentare meinung meinungen "
    "gastkommentar gastbeitrag leitartikel opinión opinion-y-analisis columnas tribuna tribune tribunes débats opinions-et-debats opinioni "
    "editoriali opinião opiniao colunas opinie commentaar debatt ledare leder kronikk komentarze komentáře názory мнения blogs-opinion viewpoint".split()
)
_LIVE = re.compile(
    r"/(?:live|liveblog|live-blog|live-updates|liveticker|live-news|newsblog|en-direct|en-vivo|minuto-a-minuto)(?:[-/]|$)|liveblog|live-updates|liveticker|newsblog",
    re.I,
)
_GALLERY = re.compile(
    r"/(?:gallery|galleries|photo-gallery|photos|pictures|in-pictures|bilder|bildergalerie|fotostrecke|galerie|diaporama|fotogaleria|galeria|fotos|fotogallery)(?:[-/]|$)|fotostrecke|bildergalerie|in-pictures",
    re.I,
)
_VIDEO = re.compile(r"/(?:video|videos|watch|av|mediathek|videok)(?:[-/]|$)", re.I)
_CHALLENGES = (
    "challenge-form",
    "cf-wrapper",
    "cf-challenge-running",
    "px-captcha",
    "challenge-running",
    "captcha-container",
)
_SECTION_TYPES = frozenset({"collectionpage", "searchresultspage"})


@dataclass(frozen=True, slots=True)
class PageSigns:
    """What the decision rests on, counted on the whole page before its tree is stripped."""

    metadata: Metadata
    path: str
    has_challenge: bool
    has_paywall: bool
    is_article_marked: bool
    teasers: int
    words_seen: str

    @classmethod
    def of(cls, root: HtmlElement, metadata: Metadata) -> Self:
        """The signs of one page."""
        markup = metadata.markup
        og_type = (markup.meta("og:type") or "").lower()
        return cls(
            metadata=metadata,
            path=urlsplit(markup.url).path.lower(),
            has_challenge=any(root.get_element_by_id(name, None) is not None for name in _CHALLENGES),
            has_paywall=bool(
                root.xpath(
                    "boolean(.//*[contains(@class,'paywall') or contains(@id,'paywall') or contains(@class,'piano-') or contains(@class, 'premium-content')])"
                )
            ),
            is_article_marked=bool(metadata.types & set(ARTICLE_TYPES))
            or og_type in {"article", "news"}
            or bool(markup.meta("article:published_time")),
            teasers=int(
                root.xpath(
                    "count(.//h2//a[@href] | .//h3//a[@href] | .//a[@href]//h2 | .//a[@href]//h3 | .//article//a[@href]//h4)"
                )
            ),
            words_seen=" ".join((markup.title, *markup.headings[:2])),
        )


def decide_kind(signs: PageSigns, text: str) -> tuple[Kind, tuple[str, ...]]:
    """The page's kind and what decided it."""
    for decide in (_wall, _section, _work, _excerpt, _opinion):
        if found := decide(signs, text):
            return found
    return "article", ("json-ld type" if signs.metadata.types else "text",)


Verdict = tuple[Kind, tuple[str, ...]] | None


def _wall(signs: PageSigns, text: str) -> Verdict:
    if len(text) > _WALL_TEXT or (signs.is_article_marked and len(text) > _SHORT_TEXT / 4):
        return None
    if signs.has_challenge:
        return "blocked", ("challenge element",)
    seen = f"{signs.words_seen} {signs.metadata.title or ''}"
    for kind, pattern in (("blocked", _BLOCKED), ("soft_404", _NOT_FOUND), ("consent_wall", _CONSENT)):
        if match := pattern.search(seen):
            return kind, (f"title says “{match[0].lower()}”",)  # type: ignore[return-value]
    if len(text) > _SHORT_TEXT:
        return None
    for kind, pattern in (("blocked", _BLOCKED), ("soft_404", _NOT_FOUND), ("consent_wall", _CONSENT)):
        if match := pattern.search(text):
            return kind, (f"short text says “{match[0].lower()}”",)  # type: ignore[return-value]
    return None


def _section(signs: PageSigns, text: str) -> Verdict:
    if signs.is_article_marked:
        return None
    if signs.metadata.types & _SECTION_TYPES:
        return "section", ("json-ld CollectionPage",)
    segments = [segment for segment in signs.path.split("/") if segment]
    if signs.teasers >= 10 and len(text) < _EXCERPT_TEXT and not signs.metadata.dates.published and len(segments) <= 2:
        return "section", (f"{signs.teasers} headlines that are links", "no date")
    if not segments and signs.teasers >= 5:
        return "section", ("home page", f"{signs.teasers} headlines that are links")
    return None


def _work(signs: PageSigns, text: str) -> Verdict:
    types, og_type = signs.metadata.types, (signs.metadata.markup.meta("og:type") or "").lower()
    if "liveblogposting" in types or signs.metadata.live_entries:
        return "live_blog", ("json-ld LiveBlogPosting",)
    if _LIVE.search(signs.path) and len(signs.metadata.markup.times) >= 5:
        return "live_blog", ("address", f"{len(signs.metadata.markup.times)} times")
    if "videoobject" in types and len(text) < _EXCERPT_TEXT:
        return "video", ("json-ld VideoObject",)
    if (og_type.startswith("video") or _VIDEO.search(signs.path)) and len(text) < _EXCERPT_TEXT:
        return "video", ("og:type" if og_type.startswith("video") else "address",)
    if types & {"imagegallery", "mediagallery"}:
        return "gallery", ("json-ld ImageGallery",)
    if _GALLERY.search(signs.path) and len(text) < _EXCERPT_TEXT:
        return "gallery", ("address",)
    return None


def _excerpt(signs: PageSigns, text: str) -> Verdict:
    is_cut = text.rstrip().endswith(("...", "…", "[…]"))
    if signs.metadata.is_accessible_for_free is False and (len(text) < _EXCERPT_TEXT or is_cut):
        return "paywalled_excerpt", ("isAccessibleForFree false", f"{len(text)} characters")
    if signs.has_paywall and len(text) < _SHORT_TEXT:
        return "paywalled_excerpt", ("paywall element", f"{len(text)} characters")
    return None


def _opinion(signs: PageSigns, _: str) -> Verdict:
    if "opinionnewsarticle" in signs.metadata.types:
        return "opinion", ("json-ld OpinionNewsArticle",)
    if _OPINION & set(signs.path.split("/")[:-1]):
        return "opinion", ("address",)
    section = (signs.metadata.section or "").lower().split("/")
    return ("opinion", ("section",)) if _OPINION & {part.strip() for part in section} else None
