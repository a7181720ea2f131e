"""Which alarms there are about a source: pure decisions over its facts and what is usual for it, each with its sentence.

quiet          an improbable silence while we were looking          warning
not_stored     the same, but it names new URLs and none is stored   critical
failing        no valid response from any page, improbably long     critical
page_failing   one of its pages, for a day or more                  notice
silent         it answers, and nothing was ever stored              warning
empty_texts, missing_dates, short_texts                             critical, warning, warning
signed_out   it has a login, and its pages are walls as never before critical
needs_browser  its pages show their text only to a browser          notice
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.monitoring.expectations import (
    ALARMS_A_WEEK,
    Text,
    Usual,
    Worse,
    failing_chance,
    usual_failures,
    window_of,
    worse,
)
from sql.service.alarms import SourceFacts, Undrawn

HOUR_S = 3600.0
FAILED_VISITS, FAILING_H = 3, 1.0
"""So many visits in a row must have failed, for so long."""
SILENT_H = 24.0
NAMED = 3
"""A silent source that names so many new URLs is not silent: they are not stored."""
SEVERITY = {
    "quiet": "warning",
    "not_stored": "critical",
    "failing": "critical",
    "page_failing": "notice",
    "silent": "warning",
    "empty_texts": "critical",
    "missing_dates": "warning",
    "short_texts": "warning",
    "needs_browser": "notice",
    "signed_out": "critical",
}
WALLS, OF_PAGES = 5, 8
"""So many walls among so many of the newest pages may mean that a login has ended."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that holds now."""

    source_id: int
    kind: str
    since: dt.datetime
    evidence: Mapping[str, Any]
    sentence: str

    def row(self) -> dict[str, Any]:
        """The alarm as a row."""
        return {
            "source_id": self.source_id,
            "kind": self.kind,
            "severity": SEVERITY[self.kind],
            "since": self.since.isoformat(),
            "evidence": dict(self.evidence),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Dated:
    """A page's text and when its URL was found."""

    at: dt.datetime
    text: Text


def may_be_quiet(source: SourceFacts, usual: Usual) -> bool:
    """Whether a source needs a closer look: had we been looking all the time, its silence would be improbable."""
    return _is_quiet(source, usual, None) is not None


def quiet(
    source: SourceFacts, usual: Usual, looked: Mapping[int, float], named: int = 0, reason: str | None = None
) -> Alarm | None:
    """The alarm of a silent source; `looked` names the hours in which we looked less than the whole, `named` the new URLs."""
    expected = _is_quiet(source, usual, looked)
    if expected is None or source.last_article_at is None or source.last_ok_at is None:
        return None
    silent_h = (source.last_ok_at - source.last_article_at).total_seconds() / HOUR_S
    kind = "not_stored" if named >= NAMED else "quiet"
    rarely = usual.gaps.as_rare_as(expected) if usual.gaps else 0.0
    evidence = {
        "silent_h": round(silent_h, 1), "expected_articles": round(expected, 1), "new_urls": named, "reason": reason,
        "as_long_a_week": float(f"{rarely:.2g}"),
    }  # fmt: skip
    sentence = f"No article in {span(silent_h)} of checks; about {expected:.0f} expected"
    more = (
        f"; it named {named} new URLs, and none is stored (mostly: {(reason or 'no reason given').replace('_', ' ')})."
        if kind == "not_stored"
        else "."
    )
    return Alarm(source.id, kind, source.last_article_at, evidence, sentence + more)


def _is_quiet(source: SourceFacts, usual: Usual, looked: Mapping[int, float] | None) -> float | None:
    """Articles expected in the silence, where that is improbable or already an alarm."""
    if usual.gaps is None or source.last_article_at is None or source.last_ok_at is None:
        return None
    last = source.last_article_at.timestamp()
    expected = usual.expected(last / HOUR_S, source.last_ok_at.timestamp() / HOUR_S, looked)
    is_raised = any(abs(source.standing.get(kind, 0) - last) < 1 for kind in ("quiet", "not_stored"))
    return expected if is_raised or expected > usual.gaps.limit else None


def failing(source: SourceFacts, now: dt.datetime) -> Alarm | None:
    """The alarm of a source without valid responses, or of one of its pages."""
    if not source.pages or not source.failing:
        return None
    since = source.last_ok_at or source.created_at
    hours = (now - since).total_seconds() / HOUR_S
    if source.failing >= source.pages:
        return _all_fail(source, since, hours)
    long = source.long_failing or []
    if not long or source.failing_since is None:
        return None
    since = source.failing_since
    sentence = f"{len(long)} of its {source.pages} watched pages {'fails' if len(long) == 1 else 'fail'}, the first for"
    sentence += f" {span((now - since).total_seconds() / HOUR_S)}: {long[0]}"
    return Alarm(
        source.id, "page_failing", since, {"pages": source.pages, "failing": len(long), "urls": long[:5]}, sentence
    )


def _all_fail(source: SourceFacts, since: dt.datetime, hours: float) -> Alarm | None:
    visits, failed = source.past_visits
    usually = usual_failures(visits, failed)
    chance = failing_chance(source.failed_visits, usually) * max(1.0, visits / 4)
    is_new = "failing" not in source.standing
    if is_new and (source.failed_visits < FAILED_VISITS or hours < FAILING_H or chance > ALARMS_A_WEEK):
        return None
    pages = {1: "Its watched page fails", 2: "Both watched pages fail"}.get(
        source.pages, f"All {source.pages} watched pages fail"
    )
    why = (source.last_outcome or "no answer").replace("_", " ")
    evidence = {
        "failed_visits": source.failed_visits, "usual_share": round(usually, 3), "outcome": source.last_outcome,
        "as_many_a_week": float(f"{chance:.2g}"),
    }  # fmt: skip
    ever = f"no valid response for {span(hours)}" if source.last_ok_at else "never a valid response"
    return Alarm(source.id, "failing", since, evidence, f"{pages} ({why}): {ever}, {source.failed_visits} visits.")


def silent(source: SourceFacts, now: dt.datetime) -> Alarm | None:
    """The alarm of a source that answers and of which nothing was ever stored."""
    watched_h = (now - source.created_at).total_seconds() / HOUR_S
    if source.last_article_at or source.last_ok_at is None or watched_h < SILENT_H:
        return None
    sentence = f"It answers, but nothing was stored since it was added {span(watched_h)} ago."
    return Alarm(source.id, "silent", source.created_at, {"watched_h": round(watched_h)}, sentence)


def worse_texts(source: SourceFacts, usual: Usual, recent: Sequence[Dated]) -> list[Alarm]:
    """The alarms of a source whose newest pages (oldest first) lack what its pages usually have."""
    found = worse(usual, [one.text for one in recent], frozenset(source.standing))
    return [_worse_texts(source, usual, recent, one) for one in found]


def _worse_texts(source: SourceFacts, usual: Usual, recent: Sequence[Dated], one: Worse) -> Alarm:
    shown = [page for page in recent if page.text.words or one.kind == "empty_texts"]
    since = shown[one.place].at
    if one.kind in source.standing:
        since = dt.datetime.fromtimestamp(source.standing[one.kind], dt.UTC)
    evidence = {
        "faults": one.faults,
        "of": one.of,
        "usual_share": round(one.usual, 3),
        "chance": float(f"{one.chance:.2g}"),
    }
    usually = f"usual is {100 * one.usual:.0f} %"
    sentence = {
        "empty_texts": f"{one.faults} of its last {one.of} pages gave no text; {usually}.",
        "missing_dates": f"{one.faults} of its last {one.of} articles have no date; {usually}.",
    }.get(one.kind)
    if sentence is None:
        lengths = sorted(page.text.words for page in shown[-window_of(usual.pages_a_week) :])
        median = lengths[len(lengths) // 2]
        evidence |= {"median_words": median, "usual_words": round(usual.words)}
        sentence = f"Its texts got shorter: the median of the last {one.of} articles is {median} words"
        sentence += f", usual is {usual.words:.0f}."
    return Alarm(source.id, one.kind, since, evidence, sentence)


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of a source with a login, and whether it was whole: else it was a wall, or the excerpt before one."""

    at: dt.datetime
    is_whole: bool


def signed_out(source: SourceFacts, pages: Sequence[Opened], cookies_file: str | None) -> Alarm | None:
    """The alarm of a source whose newest pages (oldest first) are walls, at least twice as often as its earlier pages were.

    What is not known of earlier pages counts as half and half: without any, and where none was ever whole, all new pages must be
    walls.
    """
    newest = pages[-OF_PAGES:]
    walls = [one for one in newest if not one.is_whole]
    if len(walls) < WALLS:
        return None
    raised = source.standing.get("signed_out")
    since = walls[0].at if raised is None else dt.datetime.fromtimestamp(raised, dt.UTC)
    was_open = any(one.is_whole for one in pages)
    earlier = [one for one in pages[:-OF_PAGES] if one.at < since] if was_open else []
    closed = sum(not one.is_whole for one in earlier)
    is_usual = (closed + 1) / (len(earlier) + 2) > len(walls) / len(newest) / 2
    if is_usual and (earlier or raised is None):
        return None
    before = f"before, {closed} of {len(earlier)} were" if earlier else "none was ever whole"
    cure = (
        f"sign in with a browser and replace {cookies_file} by the cookies of that session"
        if cookies_file
        else "renew the secrets that its headers name"
    )
    sentence = (
        f"{len(walls)} of its last {len(newest)} pages are walls or excerpts; {before}. Its login seems to have ended:"
    )
    evidence = {"walls": len(walls), "of": len(newest), "earlier_walls": closed, "earlier": len(earlier)}
    return Alarm(source.id, "signed_out", since, evidence, f"{sentence} {cure}.")


def needs_browser(source: SourceFacts, pages: Undrawn) -> Alarm:
    """The proposal to draw a source's pages in a browser; it is never switched on by itself."""
    raised = source.standing.get("needs_browser")
    since = pages.since if raised is None else dt.datetime.fromtimestamp(raised, dt.UTC)
    sentence = f"{pages.undrawn} of its last {pages.pages} pages show their text only to a browser that runs scripts:"
    sentence += f" dateline sources set {source.name} render=true draws them in one (docs/how-to/render-pages.md)."
    return Alarm(source.id, "needs_browser", since, {"undrawn": pages.undrawn, "of": pages.pages}, sentence)


def span(hours: float) -> str:
    """A duration in words."""
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
