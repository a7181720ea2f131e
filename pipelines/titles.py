"""The headline that a reader sees, voted between what JSON-LD, meta tags, <title> and h1 say, without the outlet's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from dateline.text import folded

_SEPARATOR = re.compile(r"\s+[|–—\-»›•·:/]+\s+|\s*[|»›•]\s*|\s+::\s+")
_SECTION_WORDS = frozenset(
    "news national world politics sport sports business opinion travel lifestyle entertainment health politik panorama "
    "wirtschaft kultur nachrichten welt deutschland inland ausland international internacional deportes economia".split()
)
_LONGEST_TAIL = 60
_SHORTEST_TITLE = 8


def choose_title(
    headline: str, social: Sequence[str], page_title: str, headings: Sequence[str], site_names: Iterable[str], url: str
) -> tuple[str | None, tuple[str, ...]]:
    """The title and its truly different alternatives.

    `headline` is JSON-LD's, `social` og:title and its kin in order of trust, `headings` the page's h1s.
    """
    outlets = {loose(name) for name in site_names if name} | {_host_word(url)}
    outlets.discard("")
    votes: dict[str, list[tuple[float, str]]] = {}
    for weight, text in _ballots(headline, social, page_title, headings):
        clean = without_outlet(text, outlets)
        if clean:
            votes.setdefault(loose(clean), []).append((weight, clean))
    if not votes:
        return None, ()
    # dicts keep order: of equals, the ballot that was cast first wins
    ranked = sorted(votes.values(), key=lambda ballots: -sum(weight for weight, _ in ballots))
    best = ranked[0][0][1]
    return best, tuple(ballots[0][1] for ballots in ranked[1:] if loose(ballots[0][1]) != loose(best))


def _ballots(headline: str, social: Sequence[str], page_title: str, headings: Sequence[str]) -> list[tuple[float, str]]:
    ballots = [(2.0, headline)] if headline else []
    ballots += [(1.9 if i == 0 else 0.9, text) for i, text in enumerate(social) if text]
    ballots += [(1.6 if i == 0 else 0.5, text) for i, text in enumerate(headings[:3]) if text]
    if page_title:
        ballots.append((0.7, page_title))
    return ballots


def loose(text: str) -> str:
    """The text as titles are compared: letters and digits alone, case folded."""
    return re.sub(r"\W+", "", folded(text))


def without_outlet(title: str, outlets: set[str]) -> str:
    """The title without the outlet's name at either end, and without the section that stands between it and the title."""
    title = " ".join(title.split())
    while (cut := _cut_once(title, outlets)) != title:
        title = cut
    return title


def _cut_once(title: str, outlets: set[str]) -> str:
    breaks = list(_SEPARATOR.finditer(title))
    if not breaks:
        return title
    last, first = breaks[-1], breaks[0]
    tail, head = title[last.end() :], title[: first.start()]
    if _is_outlet(tail, outlets) and last.start() >= 1:
        rest = title[: last.start()]
        return _without_section(rest)
    if _is_outlet(head, outlets) and len(title) - first.end() >= _SHORTEST_TITLE:
        return title[first.end() :]
    return title


def _without_section(title: str) -> str:
    breaks = list(_SEPARATOR.finditer(title))
    if breaks and loose(title[breaks[-1].end() :]) in _SECTION_WORDS:
        return title[: breaks[-1].start()]
    return title


def _is_outlet(part: str, outlets: set[str]) -> bool:
    name = loose(part)
    if not name or len(part) > _LONGEST_TAIL:
        return False
    return any(name == outlet or _is_variant(name, outlet) for outlet in outlets)


def _is_variant(name: str, outlet: str) -> bool:
    """Whether two spellings mean one outlet: "SZ.de" and "sz", "The Daily Lantern" and "dailylantern.com"."""
    bare_name, bare_outlet = _bare(name), _bare(outlet)
    if not bare_name or not bare_outlet:
        return False
    return bare_name == bare_outlet or (
        min(len(bare_name), len(bare_outlet)) >= 4 and (bare_name in bare_outlet or bare_outlet in bare_name)
    )


def _bare(name: str) -> str:
    return re.sub(r"^(the|die|der|das|le|la|el|il)(?=\w{4})|(com|de|net|org|couk|online)$", "", name)


def _host_word(url: str) -> str:
    """The registrable part of the host, roughly: "www.daily-lantern.co.uk" → "dailylantern"."""
    labels = (urlsplit(url).hostname or "").split(".")
    labels = [label for label in labels[:-1] if label not in {"www", "m", "amp", "co", "com", "news", "edition"}]
    return loose(labels[-1]) if labels else ""
