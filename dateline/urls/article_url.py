"""How much a URL looks like an article's: points from its shape alone, with the reason for each.

Articles have long slugs, numbers or dates; lists have one or two plain words, or a word such as "tag".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Score:
    """Points for being an article, and the reasons for them."""

    points: int
    reasons: tuple[str, ...]

    def __add__(self, other: Score) -> Score:
        return Score(self.points + other.points, self.reasons + other.reasons)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVICE_NAMES = _words(
    """login log-in logon signin sign-in sign-up signup register registrieren registration anmelden anmeldung subscribe
    subscription subscriptions subscriber abo abos abonnement abonnements abonnieren abonnes suscripcion suscribete
    assine assinatura abbonamenti abbonati account konto my-account profile profil user users cart checkout newsletter
    newsletters privacy privacy-policy privacy-notice datenschutz datenschutzerklaerung privacidad politica-de-privacidad
    confidentialite impressum imprint mentions-legales aviso-legal note-legali legal terms terms-of-use terms-of-service
    terms-and-conditions conditions cgu cgv agb nutzungsbedingungen cookies cookie cookie-policy contact contact-us
    contacts kontakt contacto contato contatti contactez-nous about about-us uber-uns ueber-uns quienes-somos chi-siamo
    qui-sommes-nous o-nas o-nama careers advertise advertising mediadaten publicidad pubblicita werbung help hilfe faq
    ayuda aide rss feed feeds sitemap search suche buscar busca recherche ricerca cerca wp-login.php wp-admin wp-json
    share sharer epaper e-paper e-edition app apps shop store accessibility redaktion masthead staff crosswords
    crossword sudoku horoscope horoscopes horoskop tv-guide tv-programm weather wetter meteo preferences logout"""
)
"""Path segments of services: a URL at or below one is not an article."""

LIST_NAMES = _words(
    """tag tags topic topics thema themen tema temas argomento argomenti category categories kategorie categoria
    categorias categorie rubrik rubrique rubriques section sections author authors autor autoren autores auteur auteurs
    autore autori contributor contributors columnist reporter reporters journalist journalists byline people
    person archive archives archiv archivo archivio page pages seite pagina hashtag keyword keywords label serie series
    collection collections dossier dossiers ressort sekce listing subjects personen persone all latest"""
)
"""Path segments of lists: a URL right below one is a list too, unless it has an article's number or date."""

_ARTICLE_NAMES = _words(
    """article articles artikel articulo articolo artigo story stories nachricht noticia noticias a d s n nyheter
    news-story beitrag meldung post posts news cikk clanek makale haber berita"""
)
_CONJUNCTIONS = _words("and und y et e og och ja en i the of de")
_INDEX_NAMES = _words("index default home start main galleries gallery photos videos video podcasts podcast live")
_ARTICLE_PARAMETERS = _words(
    """id artid aid art_id article article_id articleid articleview idxno newsid news_id nid p sid story storyid no seq
    seq_code oid tx_ttnews[tt_news]"""
)
_PAGE_EXTENSION = re.compile(r"\.(?:html?|shtml|xhtml|php|aspx?|cms|ece|jsp|do|amp)$", re.IGNORECASE)
_FILE_EXTENSION = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|mp[34]|m4[av]|webm|mov|avi|zip|gz|xml|rss|atom|json|css|js|txt|csv|xlsx?"
    r"|docx?|pptx?|epub|ics|apk|exe|dmg|m3u8|woff2?)$",
    re.IGNORECASE,
)
_DAY_IN_PATH = re.compile(r"(?<!\d)(?:19|20)\d\d([-/_.]?)(?:0?[1-9]|1[0-2]|[a-z]{3})\1(?:0?[1-9]|[12]\d|3[01])(?!\d)")
_MONTH_IN_PATH = re.compile(r"/(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2]|[a-z]{3})(?=/)")
_DATE_SEGMENT = re.compile(
    r"(?:19|20)\d\d(?:[-_.]?\d{1,2}){0,2}|\d{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)|(?<![0-9a-zA-Z])\d{4}(?![0-9a-zA-Z])")
_CODE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SLUG_BREAK = re.compile(r"[-_+,.;: ]+")
_WIDE_SCRIPT = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def score_url(url: str) -> Score:
    """The score of an absolute URL's shape."""
    parts = urlsplit(url)
    path = unquote(parts.path).lower()
    segments = [segment.strip() for segment in path.split("/") if segment.strip()]
    evidence = [*_of_query(parts), *(_of_path(path, segments) if segments else [(-3, "no path")])]
    return Score(sum(points for points, _ in evidence), tuple(reason for _, reason in evidence))


def _of_path(path: str, segments: list[str]) -> list[tuple[int, str]]:
    last = _PAGE_EXTENSION.sub("", segments[-1])
    if last in _INDEX_NAMES and len(segments) > 1:
        return _of_path(path, segments[:-1]) if last == "index" else [(-2, "an index page")]
    evidence = [*_of_names(segments, last), *_of_slug(segments, last), *_of_dates(path, segments)]
    if _FILE_EXTENSION.search(segments[-1]):
        evidence.append((-9, "a file"))
    if _PAGE_EXTENSION.search(segments[-1]):
        evidence.append((1, "a page extension"))
    if any(segment.isdecimal() and len(segment) >= 6 for segment in segments):
        evidence.append((4, "a number of its own"))
    elif any(_is_number(segment) for segment in segments):
        evidence.append((2, "a number"))
    return evidence


def _of_names(segments: list[str], last: str) -> list[tuple[int, str]]:
    evidence = []
    if last in SERVICE_NAMES:
        evidence.append((-6, "a service"))
    elif not SERVICE_NAMES.isdisjoint(segments[:-1]):  # some outlets file articles under "weather" or "legal"
        evidence.append((-3, "below a service"))
    if last in LIST_NAMES or (len(segments) > 1 and segments[-2] in LIST_NAMES):
        evidence.append((-4, "a list"))
    if not _ARTICLE_NAMES.isdisjoint(segments[:-1]):
        evidence.append((1, "below a word for article"))
    return evidence


def _of_slug(segments: list[str], last: str) -> list[tuple[int, str]]:
    """Points for the last segment; a page number or code may follow the slug in a segment of its own."""
    words, wide = _slug_words(last), len(_WIDE_SCRIPT.findall(last))
    if words >= 4 or wide >= 8 or (len(segments) > 1 and _slug_words(segments[-2]) >= 5):
        return [(3, "a long slug")]
    if words == 3 or (words == 2 and len(last) >= 20) or wide >= 5:
        return [(2 if words == 3 and len(last) >= 22 else 1, "a slug")]
    return [(-2, "a plain word")] if not any(letter.isdigit() for letter in last) else []


def _slug_words(segment: str) -> int:
    """How many words a slug has; "arts-and-culture" has two, as sections' names do."""
    words = [word for word in _SLUG_BREAK.split(segment) if any(letter.isalpha() for letter in word)]
    return sum(word not in _CONJUNCTIONS for word in words)


def _of_dates(path: str, segments: list[str]) -> list[tuple[int, str]]:
    if len(segments) > 1 and all(_DATE_SEGMENT.fullmatch(segment) for segment in segments[-2:]):
        return [(-6, "ends in a date")]
    if _YEAR.fullmatch(segments[-1]):
        return [(-6, "ends in a year")]
    if _DAY_IN_PATH.search(path):
        return [(4, "a day")]
    return [(3, "a month")] if _MONTH_IN_PATH.search(path) else []


def _of_query(parts: SplitResult) -> list[tuple[int, str]]:
    items = parse_qsl(parts.query, max_num_fields=None)[:50] if parts.query else []
    if any(name.lower() in _ARTICLE_PARAMETERS and value.isdecimal() for name, value in items):
        return [(3 if len(parts.path) > 1 else 5, "an article parameter")]
    return (
        [(-4, "a page of a list")]
        if any(name.lower() in {"page", "paged", "q", "s", "query"} for name, _ in items)
        else []
    )


def _is_number(segment: str) -> bool:
    """Whether it holds an article's number or code: five digits, four that are not a year, or a mix such as "c4gj8qz0"."""
    numbers = [number for number in _NUMBER.findall(segment) if not _YEAR.fullmatch(number)]
    return bool(numbers) or any(_CODE.fullmatch(word) for word in re.split(r"[-_.,;]", segment))
