"""The headline that a reader sees, voted between what JSON-LD, meta tags, <title> and h1 say, without the outlet's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from urllib.parse import urlsplit

from dateline.text import folded

_SEPARATOR = re.compile(r"\s+[|–—\-»›•·:/]+\s+|\s*[|»›•｜：]\s*|\s+::\s+")
_KICKER_END = re.compile(r"[:.!?–—|-]\s+|\"\s*:\s+")
_SECTION_WORDS = frozenset(
    [
        *("news", "national", "world", "politics", "sport", "sports", "business", "opinion", "travel", "lifestyle"),
        *("entertainment", "health", "politik", "panorama", "wirtschaft", "kultur", "nachrichten", "welt", "inland"),
        *("deutschland", "ausland", "international", "internacional", "deportes", "economia"),
    ]
)
_WEIGHTS = (2.6, 1.0, 0.6, 1.0, 0.5, 0.4)
"""Of JSON-LD, og:title, its kin, the first h1, further h1s, <title>: the best of 720 settings on the even pages."""
_LONGEST_TAIL = 60
_SHORTEST_TITLE = 8


def choose_title(
    headline: str, social: Sequence[str], page_title: str, headings: Sequence[str], site_names: Iterable[str], url: str
) -> tuple[str | None, tuple[str, ...]]:
    """The title and its truly different alternatives.

    `headline` is JSON-LD's, `social` og:title and its kin in order of trust, `headings` the page's h1s.
    """
    outlets = {loose(name) for name in site_names if name} | {host_word(url)}
    outlets.discard("")
    votes: dict[str, list[tuple[float, str]]] = {}
    for weight, text in _ballots(headline, social, page_title, headings):
        clean = without_outlet(text, outlets)
        if clean:
            votes.setdefault(loose(clean), []).append((weight, clean))
    if not votes:
        return None, ()
    votes = _merged(votes)
    # dicts keep order: of equals, the ballot that was cast first wins
    ranked = sorted(votes.values(), key=lambda ballots: -sum(weight for weight, _ in ballots))
    best = _without_kicker(_spelling(ranked[0]), without_outlet(social[0], outlets) if social else "")
    return best, tuple(ballots[0][1] for ballots in ranked[1:] if loose(ballots[0][1]) != loose(best))


def _spelling(ballots: list[tuple[float, str]]) -> str:
    """The headline without its tail, as the most trusted of those spells it who have no tail."""
    stem = min((loose(text) for _, text in ballots), key=len)
    return max((ballot for ballot in ballots if loose(ballot[1]) == stem), key=lambda ballot: ballot[0])[1]


def _without_kicker(title: str, shared: str) -> str:
    """The title as it is shared (og:title), where the other claims only put a kicker before it."""
    starts = (title[cut.end() :] for cut in _KICKER_END.finditer(title))
    return shared if shared and loose(shared) in {loose(rest) for rest in starts} else title


def _merged(votes: dict[str, list[tuple[float, str]]]) -> dict[str, list[tuple[float, str]]]:
    """The votes with "Title - Section" counted for "Title", where both stand for election."""
    merged: dict[str, list[tuple[float, str]]] = {}
    for key in sorted(votes, key=len):
        stem = next((short for short in merged if key.startswith(short) and _is_cut_at(votes[key][0][1], short)), key)
        merged.setdefault(stem, []).extend(votes[key])
    return {key: merged[key] for key in votes if key in merged}


def _is_cut_at(title: str, stem: str) -> bool:
    """Whether a separator stands where the stem ends in the title."""
    return any(loose(title[: cut.start()]) == stem for cut in _SEPARATOR.finditer(title))


def _ballots(headline: str, social: Sequence[str], page_title: str, headings: Sequence[str]) -> list[tuple[float, str]]:
    ballots = [(_WEIGHTS[0], headline)] if headline else []
    ballots += [(_WEIGHTS[1] if i == 0 else _WEIGHTS[2], text) for i, text in enumerate(social) if text]
    ballots += [(_WEIGHTS[3] if i == 0 else _WEIGHTS[4], text) for i, text in enumerate(headings[:3]) if text]
    return [*ballots, (_WEIGHTS[5], page_title)] if page_title else ballots


def loose(text: str) -> str:
    """The text as titles are compared: letters and digits alone, case folded."""
    return re.sub(r"\W+", "", folded(text))


def without_outlet(title: str, outlets: Set[str]) -> str:
    """The title without the outlet's name at either end, and without the section that stands between it and the title."""
    title = " ".join(title.split())
    while (cut := _cut_once(title, outlets)) != title:
        title = cut
    return title


def _cut_once(title: str, outlets: Set[str]) -> str:
    name, _, said = title.partition(": ")
    if loose(name) in outlets and len(said) >= _SHORTEST_TITLE:
        return said
    breaks = list(_SEPARATOR.finditer(title))
    if not breaks:
        return title
    last, first = breaks[-1], breaks[0]
    tail, head = title[last.end() :], title[: first.start()]
    if is_outlet(tail, outlets) and last.start() >= 1:
        rest = title[: last.start()]
        return _without_section(rest)
    if is_outlet(head, outlets) and len(title) - first.end() >= _SHORTEST_TITLE:
        return title[first.end() :]
    return title


def _without_section(title: str) -> str:
    breaks = list(_SEPARATOR.finditer(title))
    if breaks and loose(title[breaks[-1].end() :]) in _SECTION_WORDS:
        return title[: breaks[-1].start()]
    return title


def is_outlet(part: str, outlets: Set[str]) -> bool:
    """Whether these words are the outlet's name, in whatever spelling."""
    name = loose(part)
    if not name or len(part) > _LONGEST_TAIL:
        return False
    return any(name == outlet or _is_variant(name, outlet) for outlet in outlets if outlet)


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


def host_word(url: str) -> str:
    """The registrable part of the host, roughly: "www.daily-lantern.co.uk" → "dailylantern"."""
    labels = (urlsplit(url).hostname or "").split(".")
    labels = [label for label in labels[:-1] if label not in {"www", "m", "amp", "co", "com", "news", "edition"}]
    return loose(labels[-1]) if labels else ""
