"""What kind of page it is, with the evidence: real articles are stored, everything else ends in the ledger.

Walls, errors and excerpts are only believed on pages with little text: an article about captchas is an article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.types.article import Kind
from pipelines.extract.jsonld import ARTICLE_TYPES
from pipelines.extract.metadata import Metadata
from pipelines.extract.text.phrases import CALL, WALL

_WALL_TEXT = 1_200
_EXCERPT_TEXT = 1_500
_SHORT_TEXT = 600
_WALL_LINES = 300
_MARKED_WALL_TEXT = 150
_LONGEST_WALL_PHRASE_TEXT = 600
_SECTION_TEASERS = 10
_HOME_TEASERS = 5
_LIVE_TIMES = 5
_SECTION_NAME = re.compile(r"[^\W\d_]{2,24}")
"""The last segment of a section's address: one word without digits ("sport"); an article's has several, or a number."""


def _any_of(phrases: str) -> re.Pattern[str]:
    return re.compile(phrases, re.IGNORECASE)


_BLOCKED = _any_of(
    r"just a moment|attention required|access (?:to this page has been )?denied|pardon our interruption"
    r"|are you (?:a )?(?:robot|human)|verify (?:that )?you are (?:a )?human|security check|checking your browser"
    r"|unusual traffic|request (?:was |has been )?blocked|you have been blocked|bot (?:detection|verification)"
    r"|please enable (?:js|javascript|cookies)|too many requests|403 forbidden"
)
_CONSENT = _any_of(
    r"before you continue|we value your privacy|your privacy choices|consent (?:required|choices)"
    r"|cookie (?:consent|settings|wall)|privacy (?:gate|wall)|accept (?:all )?cookies|zustimmung"
    r"|(?:switch|turn) off your ad.?block|disable (?:your )?ad.?block|adblocker (?:deaktivieren|ausschalten)"
    r"|désactive[rz] votre bloqueur|desactiv[ae] (?:tu|su|el) bloqueador"
    r"|(?:of )?legal drinking age|age verification|are you (?:over|at least) \d\d|altersprüfung|verificación de edad"
    r"|vérification de l.âge|verifica dell.età|sind sie (?:schon )?(?:über )?1[68]\b"
    r"|unavailable (?:due to|for) legal reasons|not available in your (?:country|region|location|area)"
    r"|mit werbung (?:weiterlesen|und (?:tracking|cookies))|votre consentement|accepter et (?:continuer|fermer)"
    r"|aceptar (?:y continuar|cookies)|accetta e continua|cookies? accepteren|samtykke"
)
_NOT_FOUND = _any_of(
    r"\b404\b|\bnot found\b|page (?:does(?:n.t| not)|no longer) exist|(?:page|site) has (?:been )?moved\b"
    r"|domain (?:name )?(?:may be|is) (?:for sale|parked)"
    r"|(?:page|article|story) (?:is |has been )?(?:no longer available|removed|deleted|unavailable)"
    r"|can.?t (?:be found|find (?:that|the|this) page)"
    r"|seite (?:wurde )?(?:leider )?nicht (?:mehr )?(?:gefunden|verfügbar)|page (?:introuvable|non trouvée)"
    r"|página (?:que .{2,24} )?n(?:o|ão) (?:encontrada|existe)|pagina (?:non trovata|niet gevonden)"
    r"|siden (?:finnes|findes) ikke|sidan (?:finns|hittades) inte|stránka (?:nenalezena|neexistuje)"
    r"|nie znaleziono strony|страница не найдена|сторінк[ау] не (?:знайдено|існує)|страницата не (?:е намерена|съществува)"
    r"|sivua ei löy|oldal nem található|pagina nu (?:a fost găsită|există)|η σελίδα δεν (?:βρέθηκε|υπάρχει)|sayfa bulunamadı"
    r"|siden (?:blev|ble) ikke fun|stránka sa nenašla|strani(?:ca|ce) ni(?:je)? (?:pronađena|mogoče najti)|lehte ei leitud"
    r"|الصفحة غير موجودة|صفحه.{0,12} یافت نشد|הדף (?:לא נמצא|אינו קיים)|पृष्ठ नहीं मिला|ページ(?:が|は)見つかりません|ไม่พบหน้า"
    r"|페이지를 찾을 수 없|页面不存在|頁面不存在|找不到(?:页面|網頁|该页|頁面)|không tìm thấy trang|halaman tidak ditemukan"
    r"|huoltokatko|údržba (?:webu|serveru)|karbantartás alatt|in manutenzione|en maintenance|en mantenimiento"
    r"|(?:internal server|unexpected|technical|application) error"
    r"|(?:an|some) error (?:has )?occurr?ed|something went wrong"
    r"|(?:service|site|page|website) (?:is )?(?:currently |temporarily )?unavailable|bad gateway|gateway time-?out"
    r"|(?:down for|under|scheduled) maintenance|wartungsarbeiten|(?:ein|technischer) fehler (?:ist )?aufgetreten"
    r"|une erreur (?:est survenue|s.est produite)|(?:se ha producido|ha ocurrido) un error|si è verificato un errore"
)
_ASKS_FOR_SCRIPTS = _any_of(
    r"(?:enabled?|activate|turn on|allow|requires?|without|needs?)\W+(?:\w+\W+){0,3}java ?script"
    r"|java ?script\W+(?:\w+\W+){0,4}(?:enabled?|disabled|required|activ\w+|aktivieren|deaktiviert|erforderlich|requis|necesario)"
    r"|(?:activez|activer|active|activa|habilite|attiva|włącz|schakel|slå på|aktivér|включите)\W+(?:\w+\W+){0,2}java ?script"
)
_LOGIN = _any_of(
    r"\b(?:log|sign)[ -]?in\b|\banmeld|einloggen|se connecter|connexion|iniciar sesi|\baccedi\b|inloggen|logga in"
    r"|logg inn|log ind|zaloguj|авторизац"
)
_SHELL_TEXT = 300
"""Characters that a page may show and still be a shell; its menus and footers are drawn by scripts, too."""
_SCRIPTS = "boolean(.//script[@src or string-length(.) > 200])"
_ANY_SCRIPT = "boolean(.//script[not(contains(@type, 'json'))])"
_EMPTY_ROOT = (
    "boolean(.//*[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='___gatsby' or @id='svelte' or @id='main-app'"
    " or @data-reactroot or @ng-app or @ng-version or self::app-root][not(normalize-space(.))])"
)
_NOSCRIPT = ".//noscript//text()"
_SHOWN = (
    ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template or ancestor::head)]"
)
_ENTRY_FORM = "boolean(.//form[.//input[@type='password']])"
_OPINION = frozenset(
    [
        *("opinion", "opinions", "op-ed", "oped", "editorial", "editorials", "column", "columns", "columnists"),
        *("commentary", "commentisfree", "viewpoint", "viewpoints", "kommentar", "kommentare", "meinung", "meinungen"),
        *("gastkommentar", "gastbeitrag", "leitartikel", "opinión", "columnas", "tribuna", "tribune", "tribunes"),
        *("débats", "opinioni", "editoriali", "opinião", "opiniao", "colunas", "opinie", "commentaar", "debatt"),
        *("ledare", "leder", "kronikk", "komentarze", "komentáře", "názory", "мнения", "blogs-opinion"),
    ]
)
_LIVE = _any_of(r"/(?:live|en-direct|en-vivo|minuto-a-minuto)(?:[-/]|$)|live-?(?:blog|updates?|ticker)|newsblog")
_GALLERY = _any_of(
    r"/(?:photo-?)?(?:gallery|galleries|photos|pictures|galerie|galeria|fotos|fotogaleria|fotogallery|diaporama)(?:[-/]|$)"
    r"|bildergalerie|fotostrecke|in-pictures"
)
_VIDEO = _any_of(r"/(?:videos?|watch|mediathek)(?:[-/]|$)")
_CHALLENGE = (
    "boolean(.//*[@id='challenge-form' or @id='cf-wrapper' or @id='challenge-running' or @id='px-captcha'"
    " or @id='captcha-container' or contains(@class, 'g-recaptcha') or contains(@class, 'h-captcha')])"
)
_PAYWALL_CLASSES = ("paywall", "premium-content")
_TEASERS = "count(.//h2//a[@href] | .//h3//a[@href] | .//a[@href]//h2 | .//a[@href]//h3)"

Verdict = tuple[Kind, tuple[str, ...]]
"""A kind and what decided it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as it was read: its tree (asked only where there is doubt, since a walk costs), metadata and text."""

    root: HtmlElement
    metadata: Metadata
    text: str
    whole: Callable[[], HtmlElement]
    """The page with its scripts and forms, which reading the body removes from `root`; it is parsed again."""

    @property
    def og_type(self) -> str:
        return (self.metadata.markup.meta("og:type") or "").lower()

    @property
    def path(self) -> str:
        return urlsplit(self.metadata.markup.url).path.lower()

    @property
    def is_marked_article(self) -> bool:
        """Whether the page calls itself an article anywhere."""
        is_typed = bool(self.metadata.types & set(ARTICLE_TYPES)) or self.og_type in {"article", "news"}
        return is_typed or bool(self.metadata.markup.meta("article:published_time"))

    @property
    def is_marked_by_type_alone(self) -> bool:
        """Whether og:type is all that says "article": content systems put it on every page."""
        return not (self.metadata.types & set(ARTICLE_TYPES) or self.metadata.markup.meta("article:published_time"))

    @property
    def has_date(self) -> bool:
        return self.metadata.dates.published is not None

    @property
    def has_teasers_date(self) -> bool:
        """Whether the date may be that of a teaser: found in the text, or the first of several marked times."""
        published, times = self.metadata.dates.published, self.metadata.markup.time_count
        origin = published.origin if published else None
        return origin == "text" or (origin == "microdata" and times >= _LIVE_TIMES)

    @property
    def headline(self) -> str:
        return " ".join((self.metadata.markup.title, *self.metadata.markup.headings[:2], self.metadata.title or ""))

    @property
    def words(self) -> str:
        """Headline, address and the beginning of the text."""
        return f"{self.headline} {self.path} {self.text[:200]}"

    def has(self, expression: str) -> bool:
        return bool(self.root.xpath(expression))

    @property
    def has_paywall(self) -> bool:
        """Whether any element of the page, as it came, is named for a paywall."""
        markup = self.metadata.markup
        is_named = any(name in markup.elements.classes_text for name in _PAYWALL_CLASSES)
        return is_named or any("paywall" in (each.get("id") or "") for each in markup.elements.of(having=["id"]))

    def teasers(self) -> int:
        return int(self.root.xpath(_TEASERS))


def decide_kind(
    root: HtmlElement,
    metadata: Metadata,
    text: str,
    *,
    whole: Callable[[], HtmlElement],
) -> Verdict:
    """The page's kind and what decided it."""
    page = _Read(root, metadata, text, whole)
    for decide in (_shell, _wall, _section, _work, _excerpt, _opinion):
        if found := decide(page):
            return found
    return "article", (f"json-ld {min(metadata.types)}" if metadata.types else "text",)


def _shell(page: _Read) -> Verdict | None:
    """A page that is empty until a browser has run its scripts."""
    if len(page.text) > _SHELL_TEXT or page.has(_CHALLENGE):
        return None
    whole = page.whole()
    if sum(len(text.strip()) for text in whole.xpath(_SHOWN)) > _SHELL_TEXT:
        return None
    asks = _ASKS_FOR_SCRIPTS.search(" ".join(whole.xpath(_NOSCRIPT))[:2_000])
    if asks and whole.xpath(_ANY_SCRIPT):
        return "needs_javascript", (f"noscript says “{asks[0].lower()}”",)
    is_root = whole.xpath(_SCRIPTS) and whole.xpath(_EMPTY_ROOT)
    return ("needs_javascript", ("an empty root for scripts to fill",)) if is_root else None


def _login(page: _Read) -> Verdict | None:
    """A form for a password where an article should be."""
    is_wordy = len(page.text) > _SHORT_TEXT or page.is_marked_article
    if page.text.strip() and (is_wordy or not _LOGIN.search(page.words)):
        return None  # many a site has such a form in its header
    return ("login", ("a form asks for a password",)) if page.whole().xpath(_ENTRY_FORM) else None


def _wall(page: _Read) -> Verdict | None:
    """A page in an article's place."""
    if len(page.text) > (_MARKED_WALL_TEXT if page.is_marked_article else _WALL_TEXT):
        return None
    headline = page.headline
    walls: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("blocked", _BLOCKED),
        ("soft_404", _NOT_FOUND),
        ("consent_wall", _CONSENT),
    )
    for kind, pattern in walls:
        if match := pattern.search(headline):
            return kind, (f"headline says “{match[0].lower()}”",)
    for kind, pattern in walls:
        if len(page.text) <= _LONGEST_WALL_PHRASE_TEXT and (match := pattern.search(page.text)):
            return kind, (f"short text says “{match[0].lower()}”",)
    if len(page.text) <= _SHORT_TEXT and page.has(_CHALLENGE):
        return "blocked", ("challenge element",)
    return _login(page)


def _section(page: _Read) -> Verdict | None:
    """A home or section page: headlines that are links, and no date but those of its teasers."""
    segments = [segment for segment in page.path.split("/") if segment]
    is_name = bool(_SECTION_NAME.fullmatch(segments[-1])) if segments else True
    if page.is_marked_article and not (is_name and page.is_marked_by_type_alone):
        return None
    if {"collectionpage", "searchresultspage"} & set(page.metadata.page_types):
        return "section", ("json-ld CollectionPage",)
    if (
        (page.has_date and not (is_name and page.has_teasers_date))
        or len(segments) > 2
        or len(page.text) > 2 * _EXCERPT_TEXT
    ):
        return None
    teasers = page.teasers()
    if teasers >= (_SECTION_TEASERS if segments else _HOME_TEASERS):
        return "section", (
            f"{teasers} headlines that are links",
            "no date but its teasers'" if page.has_date else "no date",
        )
    return None


def _work(page: _Read) -> Verdict | None:
    """Live blogs, videos and galleries, by type first and by address where there is little text."""
    types, times = page.metadata.types, page.metadata.markup.time_count
    if "liveblogposting" in types or page.metadata.live_entries:
        return "live_blog", ("json-ld LiveBlogPosting",)
    if _LIVE.search(page.path) and times >= _LIVE_TIMES:
        return "live_blog", ("address", f"{times} times")
    if types & {"imagegallery", "mediagallery"}:
        return "gallery", ("json-ld ImageGallery",)
    if len(page.text) >= _EXCERPT_TEXT:
        return None
    if "videoobject" in types:
        return "video", ("json-ld VideoObject",)
    if page.og_type.startswith("video") or _VIDEO.search(page.path):
        return "video", ("og:type" if page.og_type.startswith("video") else "address",)
    return ("gallery", ("address",)) if _GALLERY.search(page.path) else None


def _excerpt(page: _Read) -> Verdict | None:
    """The free beginning of an article that is for subscribers."""
    is_cut = page.text.rstrip().endswith(("...", "…", "[…]"))
    if page.metadata.is_accessible_for_free is False and (len(page.text) < _EXCERPT_TEXT or is_cut):
        return "paywalled_excerpt", ("isAccessibleForFree false", f"{len(page.text)} characters")
    if len(page.text) < _SHORT_TEXT and page.has_paywall:
        return "paywalled_excerpt", ("paywall element", f"{len(page.text)} characters")
    lines = page.text.splitlines() if len(page.text) < _WALL_LINES else []
    if lines and all(WALL.match(line) or CALL.match(line) for line in lines):
        return "paywalled_excerpt", ("text asks to subscribe", f"{len(page.text)} characters")
    return None


def _opinion(page: _Read) -> Verdict | None:
    if "opinionnewsarticle" in page.metadata.types:
        return "opinion", ("json-ld OpinionNewsArticle",)
    if _OPINION & set(page.path.split("/")[:-1]):
        return "opinion", ("address",)
    section = {part.strip() for part in (page.metadata.section or "").lower().split("/")}
    return ("opinion", ("section",)) if _OPINION & section else None
