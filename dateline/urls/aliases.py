"""Whether two URLs belong to one page: redirects, rel=canonical, home pages and lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from dateline.urls import rules
from dateline.urls.identity import normalise_url, site_of, url_key
from dateline.urls.wrappers import with_scheme

SHARED_BY_TOO_MANY = 3
"""A URL that this many different bodies name as canonical is a template's mistake: a home page, a series' first part."""

ALIAS_CONTAINMENT = 0.65
"""The containment from which two texts of one site are copies (`pipelines.copies.match`)."""

DAY_IN_PATH = re.compile(r"/(?:19|20)\d\d[/-]?[01]\d(?:[/-]?[0-3]\d)?/[^/]*[^/\d]{3}")
LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CanonicalDecision:
    """What a page's rel=canonical means; `url` is absolute, `reason` a short text for `dateline explain`."""

    verdict: Literal["same", "alias", "syndication_hint", "ignored"]
    url: str
    reason: str


def canonical_decision(
    fetched: str,
    canonical: str,
    *,
    was_fetched: bool = False,
    containment: float | None = None,
    bodies_sharing: int = 1,
    is_article: bool = False,
) -> CanonicalDecision:
    """Whether a page's rel=canonical is an alias of it.

    An alias is on the same registrable domain, is neither a home page nor a list, and is proved: it `was_fetched` and
    gave this page, or its text has enough `containment` with this one. A URL on another domain only hints at syndication.
    `bodies_sharing` counts the different bodies that name it; with `is_article` (it is stored as one) its shape is ignored.
    """
    url = _resolved(canonical, fetched)
    if url is None:
        return CanonicalDecision("ignored", canonical, "not a web address")
    if canonical == fetched or url_key(url) == url_key(fetched):
        return CanonicalDecision("same", url, "same identity")
    if is_home(url) or (not is_article and is_home_or_section(url)) or _is_interstitial(url):
        return CanonicalDecision("ignored", url, "home or section")
    if bodies_sharing >= SHARED_BY_TOO_MANY:
        return CanonicalDecision("ignored", url, "shared by many bodies")
    if site_of(url) != site_of(fetched):
        return CanonicalDecision("syndication_hint", url, "another domain")
    if was_fetched:
        return CanonicalDecision("alias", url, "fetched")
    if containment is not None and containment >= ALIAS_CONTAINMENT:
        return CanonicalDecision("alias", url, "same text")
    return CanonicalDecision("ignored", url, "unproven")


def redirect_is_trusted(asked: str, final: str, *, is_article: bool = False) -> bool:
    """Whether a redirect led to the requested page, and not to a home page, a list, or a login, consent or error page.

    With `is_article` (the page is plainly one) an address with the shape of a list does not count against it.
    """
    if url_key(asked) == url_key(final):
        return True
    if is_home(final) or (not is_article and is_home_or_section(final) and not is_home_or_section(asked)):
        return False
    return not _is_interstitial(final)


def is_home(url: str) -> bool:
    """Whether the URL is a site's home page, or that of one of its languages (`/en`)."""
    segments, query = _segments(url)
    return not query and (not segments or (len(segments) == 1 and LANGUAGE.fullmatch(segments[0]) is not None))


def is_home_or_section(url: str) -> bool:
    """Whether the URL is a home page's or a list's rather than an article's, judged by its shape alone."""
    segments, query = _segments(url)
    if not segments:
        return not query
    if any(character.isdigit() for character in query) or DAY_IN_PATH.search("/" + "/".join(segments)):
        return False
    return any(s.lower() in rules.SECTION_WORDS for s in segments[:-1]) or _is_list_name(segments[-1].lower())


def _is_list_name(segment: str) -> bool:
    """Whether a path's last segment is a list's name: few words, and no long number."""
    name = re.sub(r"\.[a-z]{3,5}\Z", "", segment)
    words = [word for word in re.split(r"[-_ +]+", name) if word]
    if re.search(r"\d{4}", name) or (re.search(r"\d", name) and len(name) > 8) or len(name) > 30:
        return False
    return len(words) <= 2 or (len(words) == 3 and not rules.JOINING_WORDS.isdisjoint(words))


def _segments(url: str) -> tuple[list[str], str]:
    address, _, query = normalise_url(url).partition("#")[0].partition("?")
    return [segment for segment in address.partition("/")[2].split("/") if segment], query


def _is_interstitial(url: str) -> bool:
    """Whether the URL is a login, consent or error page's."""
    segments, _ = _segments(url)
    names = {segment.lower().partition(".")[0] for segment in segments[:3]}
    label = normalise_url(url).partition(".")[0]
    gates = rules.LOGIN_WORDS | rules.CONSENT_WORDS
    return label in gates or not names.isdisjoint(gates | rules.ERROR_WORDS)


def _resolved(canonical: str, base: str) -> str | None:
    try:
        url = urljoin(with_scheme(base), canonical.strip())
        parts = urlsplit(url)
        return url if parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None
