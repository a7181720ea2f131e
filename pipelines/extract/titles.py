"""The editors' headline, chosen between what JSON-LD, meta tags, h1 and <title> say, without the outlet's name."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from dateline.text import folded, only_letters

_SEPARATOR = re.compile(
    r"\s+[|–—\-«»‹›<>~•·:/_]+\s+|\s*[|•｜：]\s*|\s+::\s+|(?<=\w):\s+|(?<=[\u3040-\u9fff\uac00-\ud7af？！」』）])[_－—-]+"
)
_NAME_BEHIND = re.compile(r"(?:,\s+|\s+\(|【)([^,()【】]{3,60})[)】]?$")
"""A name behind a comma or in brackets."""
_KICKER_END = re.compile(r"[:.!?–—|-]\s+|\"\s*:\s+")
_SECTION_WORDS_TEXT = """
    news national world politics sport sports business opinion travel lifestyle entertainment health politik panorama
    jobs local wirtschaft kultur nachrichten welt inland deutschland ausland international internacional deportes economia
"""
_SECTION_WORDS = frozenset(_SECTION_WORDS_TEXT.split())
_BAR = re.compile(r"\s+[|｜]\s+")
_GENRES_TEXT = """
    analysis analyse analisis exclusive exklusiv live breaking watch video podcast interview editorial comment kommentar
    meinung column kolumne review explainer explained letters reportage debate tribune chronique entrevista entretien
"""
_GENRES = _SECTION_WORDS | frozenset(_GENRES_TEXT.split())
"""What a kicker before a bar names: more than these may be the headline's own words ("Water | two ways to power")."""
_LONGEST_TAIL = 60
_SHORTEST_TITLE = 8
_MOST_HEADINGS = 3
_ELLIPSES = ("...", "…")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")
_SHORTEST_HEADLINE = 3
_MOST_WORDS_OF_NAME = 5
"""A headline may hold the outlet's name among its words; a spelling of the name is short."""
_MOST_WORDS = 0.5
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)


ON_MARKUP = re.compile(r"html|xml|\bcss|entit|escap|encod|markup|code|charact|zeichen|nbsp", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TitleClaims:
    """What the page calls itself, unchanged: JSON-LD's headline, og:title and its kin in order of trust, h1s, <title>.

    `is_news`: JSON-LD calls it a piece of news.
    `subheadings`: the first h2s, which show the headline where a page has no h1 for it.
    `is_told_apart`: JSON-LD has an alternativeHeadline too, so its headline is the one that was printed.
    """

    headline: str = ""
    social: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    subheadings: tuple[str, ...] = ()
    page_title: str = ""
    is_told_apart: bool = False
    is_news: bool = False


def choose_title(claims: TitleClaims, site_names: Iterable[str], url: str) -> tuple[str | None, tuple[str, ...]]:
    """The title and its truly different alternatives."""
    outlets = ({loose(name) for name in site_names if name} | {host_word(url), loose(urlsplit(url).netloc)}) - {""}
    claims = _decoded(claims)
    clean = TitleClaims(
        headline=_clean(claims.headline, outlets),
        social=tuple(filter(None, (_clean(text, outlets) for text in claims.social))),
        headings=tuple(filter(None, (_clean(text, outlets) for text in claims.headings[:_MOST_HEADINGS]))),
        page_title=_clean(_as_shown(claims, outlets), outlets),
        is_told_apart=claims.is_told_apart,
        is_news=claims.is_news,
    )
    if not (clean.headline or clean.social or clean.headings):
        clean = dataclasses.replace(clean, page_title=_of_path(claims.page_title) or clean.page_title)
    if not (best := _elect(clean)):
        best = next((text for text in _in_order(claims) if text.strip()), "")
        if len(_words(best)) <= _SHORTEST_HEADLINE:
            best = next((text for text in claims.subheadings if len(_words(text)) >= _SHORTEST_HEADLINE), best)
        return best or None, ()
    best = _without_kicker(_spelling(best, clean), clean)
    others = {loose(text): text for text in reversed(_in_order(clean)) if not _says(text, best)}
    return best, tuple(reversed(others.values()))


def _of_path(page_title: str) -> str:
    """The headline in a <title> that names sections and outlet by one mark ("Post » Island » …"); empty where it does not."""
    parts, marks = _SEPARATOR.split(page_title), {cut[0].strip() for cut in _SEPARATOR.finditer(page_title)}
    *shorter, longest = sorted(len(_words(part)) for part in parts)
    is_path = len(parts) > 2 and len(marks) == 1 and 2 * max(shorter) < longest > _SHORTEST_HEADLINE
    headline = max(parts, key=lambda part: len(_words(part)))
    return headline if is_path and not headline[:1].islower() else ""


def _decoded(claims: TitleClaims) -> TitleClaims:
    """The claims with entities that were escaped once too often; a heading on markup that shows them to readers means them."""
    shown = {match for text in claims.headings if ON_MARKUP.search(text) for match in _ENTITY.findall(text)}

    def decoded(text: str) -> str:
        return html.unescape(text) if set(_ENTITY.findall(text)) - shown else text

    return dataclasses.replace(
        claims,
        headline=decoded(claims.headline),
        social=tuple(map(decoded, claims.social)),
        headings=tuple(map(decoded, claims.headings)),
        page_title=decoded(claims.page_title),
    )


def _as_shown(claims: TitleClaims, outlets: Set[str]) -> str:
    """The <title> as a heading shows it: without the outlet's name before, or where no h1 does without what is behind it."""
    page_title, first = claims.page_title, _SEPARATOR.search(claims.page_title)
    long = (text for text in claims.subheadings if len(_words(text)) > _SHORTEST_HEADLINE and not claims.headings)
    shown = next((text for text in long if _is_cut_at(page_title, loose(text))), page_title)
    if first is None or loose(page_title[: first.start()]) not in outlets:
        return shown
    rest = page_title[first.end() :]
    return rest if loose(rest) in map(loose, claims.subheadings) else shown


def _in_order(claims: TitleClaims) -> tuple[str, ...]:
    """All claims, the most trusted first."""
    texts = (claims.headline, *claims.social, *claims.headings, claims.page_title)
    return tuple(text for text in texts if text)


def _clean(text: str, outlets: Set[str]) -> str:
    """The claim without the outlet's name; empty when it is nothing else."""
    cut = without_outlet(text, outlets)
    return "" if _bare(loose(cut)) in map(_bare, outlets) else cut


def _elect(claims: TitleClaims) -> str:
    """The headline of the editors: of news JSON-LD's or og:title, elsewhere the heading that readers see.

    <title> is written for search engines, so of two claims the one that differs from it is the editors' own. Sites that are no
    newspapers write og:title and JSON-LD for search engines, too.
    """
    headline, shared = claims.headline, next(iter(claims.social), "")
    heading = next(iter(claims.headings), "")
    if not headline:
        if heading and _is_cut_at(shared, loose(heading)):
            return heading
        seen = "" if _differs_in_kicker(heading, shared) else _seen(claims)
        return seen or shared or _heading_or_title(claims)
    if headline.endswith(_ELLIPSES):
        stem = loose(headline)
        headline = next((text for text in (shared, heading) if loose(text).startswith(stem)), headline)
    if not claims.is_news and not claims.is_told_apart:
        return _seen(claims) or headline
    if not shared or claims.is_told_apart or loose(shared) == loose(headline):
        return headline
    is_alone = loose(shared) == loose(heading) == loose(claims.page_title)
    return shared if is_alone or loose(claims.page_title) == loose(headline) else headline


def _seen(claims: TitleClaims) -> str:
    """The heading that is the page's headline: it shares most of its words with another claim, or all others are slogans."""
    others = [_words(text) for text in (claims.headline, *claims.social[:1], claims.page_title) if text]
    headings = [text for text in claims.headings if not _before_name(text, claims.page_title)]
    shares = {text: max((_share(_words(text), other) for other in others), default=0.0) for text in headings}
    best = max(headings, key=lambda text: shares[text], default="")
    return best if len(_words(best)) >= _SHORTEST_HEADLINE and shares[best] >= _MOST_WORDS else ""


def _heading_or_title(claims: TitleClaims) -> str:
    """The first heading, or <title> where that heading is a section's or the site's name and <title> is a headline."""
    heading, title = next(iter(claims.headings), ""), claims.page_title
    if before := _before_name(heading, title):
        return before
    is_short = len(_words(heading)) <= _SHORTEST_HEADLINE < len(_words(title))
    return heading if heading and (not is_short or _share(_words(heading), _words(title))) else title


def _before_name(heading: str, title: str) -> str:
    """The headline in a <title> whose next part is the short heading, the outlet's or section's name; empty where it is none."""
    parts = zip(_SEPARATOR.finditer(title), _SEPARATOR.split(title)[1:], strict=True)
    before = next((title[: cut.start()] for cut, part in parts if loose(part) == loose(heading)), "")
    return before if len(_words(before)) >= _SHORTEST_HEADLINE >= len(_words(heading)) else ""


def _differs_in_kicker(heading: str, shared: str) -> bool:
    """Whether two claims are one headline under two kickers."""
    return any(_has_other_kicker(heading, shared[cut.end() :]) for cut in _KICKER_END.finditer(shared))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(folded(text)))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the shorter one's words that the other has, too."""
    return len(one & other) / max(1, min(len(one), len(other)))


def _spelling(best: str, claims: TitleClaims) -> str:
    """The headline as most claims spell it that have it."""
    texts = _in_order(claims)
    spellings = [best, *(text for text in texts if loose(text) == loose(best))]
    begins = [folded(text) for text in texts]
    return max(spellings, key=lambda spelling: sum(begin.startswith(folded(spelling)) for begin in begins))


def _without_kicker(title: str, claims: TitleClaims) -> str:
    """The title as another claim has it that lacks its kicker, or that only puts another kicker before it."""
    for cut in _KICKER_END.finditer(title):
        rest = title[cut.end() :]
        if len(rest) < _SHORTEST_TITLE or rest[0].islower():
            continue
        if any(loose(shared) == loose(rest) for shared in claims.social[:1]):
            return claims.social[0]
        headings = [text for text in claims.headings[:1] if not claims.headline and loose(text) != loose(title)]
        if any(_has_other_kicker(heading, rest) for heading in headings):
            return rest
    is_heading = not claims.headline and not claims.social and loose(title) in map(loose, claims.headings[:1])
    if is_heading and (bar := _BAR.search(title)) and loose(title[: bar.start()]) in _GENRES:
        return title[bar.end() :]
    # a kicker without a mark, within the same heading
    shared = next(iter((*claims.social[:1], claims.page_title)))
    is_end = bool(shared) and loose(title).endswith(loose(shared)) and loose(shared) == loose(claims.page_title)
    is_short = 0 < len(title.split()) - len(shared.split()) <= _SHORTEST_HEADLINE
    return shared if is_end and is_short else title


def _has_other_kicker(heading: str, title: str) -> bool:
    """Whether the heading is the title after a kicker of its own."""
    return any(loose(heading[cut.end() :]) == loose(title) for cut in _KICKER_END.finditer(heading))


def _says(text: str, title: str) -> bool:
    """Whether a claim is the title itself, perhaps with a section or an outlet after it."""
    return loose(text) == loose(title) or _is_cut_at(text, loose(title))


def _is_cut_at(title: str, stem: str) -> bool:
    """Whether a separator follows the stem in the title."""
    return any(loose(title[: cut.start()]) == stem for cut in _SEPARATOR.finditer(title))


@lru_cache(maxsize=1_024)
def loose(text: str) -> str:
    """The text as titles are compared: letters and digits alone, case folded."""
    return only_letters(folded(text))


def without_outlet(title: str, outlets: Set[str]) -> str:
    """The title without the outlet's name at either end, and without the section between it and the title."""
    title = " ".join(title.split())
    while (cut := _cut_once(title, outlets)) != title:
        title = cut
    return title


def _cut_once(title: str, outlets: Set[str]) -> str:
    breaks = list(_SEPARATOR.finditer(title))
    named = _NAME_BEHIND.search(title)
    if named and loose(named[1]) in outlets and len(_words(title[: named.start()])) > _SHORTEST_HEADLINE:
        return title[: named.start()]
    if not breaks:
        return title
    for one, other in itertools.pairwise(breaks):  # a slogan may follow the name
        is_name = loose(title[one.end() : other.start()]) in outlets
        if is_name and len(_words(title[: one.start()])) >= _SHORTEST_HEADLINE:
            return _without_section(title[: one.start()])
    last, first = breaks[-1], breaks[0]
    tail, head = title[last.end() :], title[: first.start()]
    if is_outlet(tail, outlets) and last.start() >= 1:
        rest = title[: last.start()]
        closing = last[0].strip() if last[0].strip() == "»" and rest.count("«") > rest.count("»") else ""
        return _without_section(f"{rest} {closing}".strip())
    if _is_name_before(head, first[0], title[first.end() :], outlets) and len(title) - first.end() >= _SHORTEST_TITLE:
        return title[first.end() :]
    return title


def _is_name_before(head: str, separator: str, rest: str, outlets: Set[str]) -> bool:
    """Whether a title begins with the outlet's own name, which can be left out.

    A single word before a colon or dash may be the town that the headline is about. Lower case after a colon continues a
    sentence about the outlet.
    """
    if separator.strip() == ":" and rest[:1].islower():
        return False
    if "." in head and _bare(loose(head)) in map(_bare, outlets):
        return True
    return loose(head) in outlets and (separator.strip() in {"|", "｜", "»", "•", "·", "::"} or len(head.split()) > 1)


def _without_section(title: str) -> str:
    breaks = list(_SEPARATOR.finditer(title))
    if breaks and all(loose(part) in _SECTION_WORDS for part in title[breaks[-1].end() :].split(",")):
        return title[: breaks[-1].start()]
    return title


def is_outlet(part: str, outlets: Set[str]) -> bool:
    """Whether these words are the outlet's name, in whatever spelling."""
    name = loose(part)
    if not name or len(part) > _LONGEST_TAIL:
        return False
    is_short = len(part.split()) <= _MOST_WORDS_OF_NAME
    return any(name == outlet or (is_short and _is_variant(name, outlet)) for outlet in outlets if outlet)


def _is_variant(name: str, outlet: str) -> bool:
    """Whether two spellings mean one outlet: "SZ.de" and "sz", "The Daily Lantern" and "dailylantern.com"."""
    bare_name, bare_outlet = _bare(name), _bare(outlet)
    if not bare_name or not bare_outlet:
        return False
    short, long = sorted((bare_name, bare_outlet), key=len)
    return short == long or (len(short) >= 4 and short in long)


def _bare(name: str) -> str:
    return re.sub(r"^(www|the|die|der|das|le|la|el|il)(?=\w{4})|(com|de|net|org|couk|online)$", "", name)


def host_word(url: str) -> str:
    """The registrable part of the host, roughly: "www.daily-lantern.co.uk" → "dailylantern"."""
    labels = (urlsplit(url).hostname or "").split(".")
    labels = [label for label in labels[:-1] if label not in {"www", "m", "amp", "co", "com", "news", "edition"}]
    return loose(labels[-1]) if labels else ""
