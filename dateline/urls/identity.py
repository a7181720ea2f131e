"""One page, one key: URL normalisation on top of `ural`, hosts and registrable domains.

url → host, path and query normalised → ural → repeated until stable → hash

A redirector's or cache's URL has a key of its own: what answers there is its host's page, never the target's
(`wrappers.unwrap` gives the target, to be asked for itself).
"""

from __future__ import annotations

import functools
import ipaddress
import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import xxhash

from dateline.urls import rules
from dateline.urls.hosts import folded_host
from dateline.urls.wrappers import with_scheme

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff]")
OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
AMPERSAND = re.compile(r"&amp(?:;|%3B)", re.IGNORECASE)
SETTLED = re.compile(r"(?:https?://)?[A-Za-z0-9.-]+(?:/[\w,~-][\w.,~-]*)*/?(?:\?[\w.=&-]*)?(?:#[\w.=&-]*)?", re.ASCII)
"""URLs for which one round is enough: decoding leaves nothing in them that another round would change."""
ENCODED_SLASH, SLASH_MARK = re.compile("%2f", re.IGNORECASE), "\ue000"
_LOUD_START = re.compile(r"(https?)://([^/?#@:\[\]]+)(:\d+)?(?=/|\Z)", re.IGNORECASE)
"""Scheme, host and port. Addresses with credentials or an IPv6 host stay as they are."""
MAX_ROUNDS = 6
"""Two rounds were enough for all URLs seen; nested percent-encoding takes one round per level."""


@dataclass(frozen=True, slots=True)
class UrlIdentity:
    """What the ledger knows a URL by."""

    key: uuid.UUID
    host: str
    site: str


def identify(urls: Iterable[str]) -> dict[str, UrlIdentity]:
    """The identities of URLs. Thousands of them take seconds: call it in the parser pool."""
    return {url: UrlIdentity(url_key(url), host_of(url), site_of(url)) for url in urls}


@functools.lru_cache(maxsize=4_096)
def url_key(url: str) -> uuid.UUID:
    """The identity of the page that a URL means: xxh3 (128 bits) of the normalised URL; never raises."""
    return uuid.UUID(bytes=xxhash.xxh3_128_digest(normalise_url(url).encode("utf-8", "surrogatepass")))


def normalise_url(url: str) -> str:
    """The URL without its scheme and everything else that does not choose the page; for comparison, not for fetching.

    Idempotent, independent of the order of parameters; never raises; linear in the text. Text that is not a web address,
    or longer than one can be, is returned without outer white space and control characters, otherwise unchanged.
    """
    url = _stripped(url)
    if len(url) > rules.MAX_URL_LENGTH:
        return url
    current = url
    for _ in range(MAX_ROUNDS):
        current = _stripped(current)
        try:
            plainer = _plain(current)
        except (ValueError, AttributeError, TypeError):
            # ural and urllib raise on ports out of range, on brackets, on empty hosts
            return current
        if plainer == current or SETTLED.fullmatch(current):
            return plainer
        current = plainer
    return url


def without_tracking(url: str) -> str:
    """The URL without parameters of campaigns, clicks and sessions, and with its host as it is usually written.

    An article is shown by it.
    """
    address, _, fragment = url.partition("#")
    path, _, query = address.partition("?")
    path = _LOUD_START.sub(_as_usual, rules.SESSION_IN_PATH.sub("", path), count=1)
    kept = "&".join(part for part in query.split("&") if not _is_tracking(part))
    is_told = bool(fragment) and not all(map(_is_tracking, fragment.split("&")))
    return path + (f"?{kept}" if kept else "") + (f"#{fragment}" if is_told else "")


def _as_usual(start: re.Match[str]) -> str:
    scheme, host, port = start[1].lower(), start[2].lower(), start[3] or ""
    return f"{scheme}://{host}" + ("" if (scheme, port) in {("http", ":80"), ("https", ":443")} else port)


def _is_tracking(part: str) -> bool:
    name = part.removeprefix("amp;").partition("=")[0].lower()
    return name in rules.EMPTY_PARAMETERS or name == "xtor" or name.startswith(rules.EMPTY_PREFIXES)


def host_of(url: str) -> str:
    """The lower-case host in IDNA form, with its port unless that is the scheme's default; "" if there is none."""
    try:
        parts = urlsplit(with_scheme(_stripped(url)))
        host, port = _bracketed(_ascii_host(parts.hostname or "")), parts.port
    except ValueError:
        return ""
    if len(host) > rules.MAX_HOST_LENGTH:
        return ""
    is_default = port is None or port == {"http": 80, "https": 443}.get(parts.scheme)
    return host if is_default or not host else f"{host}:{port}"


def site_of(url: str) -> str:
    """The registrable domain of a URL's host: its public suffix and one label more.

    Private suffixes count (`someone.github.io` is a site). An unknown last label counts as a suffix, as in the list's own
    algorithm, so hosts below .test have sites; an IP address or a single label is its own site.
    """
    return site_of_host(re.sub(r"(?<!:):\d+\Z", "", host_of(url)))


@functools.lru_cache(maxsize=16_384)
def site_of_host(host: str) -> str:
    """Like `site_of`, for a lower-case host without a port."""
    if "." not in host or _is_address(host):
        return host
    found = _suffixes().extract_str(host)
    if found.suffix:
        return found.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])


@functools.cache
def _suffixes() -> Any:
    """The public suffix list as bundled: no fetch, no cache folder. Imported on first use: commands that only read need none."""
    import tldextract

    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


def _plain(url: str) -> str:
    """One round: the URL with host, path and query normalised."""
    if OTHER_SCHEME.match(url):
        return url
    parts = urlsplit(with_scheme(url))
    host = _plain_host(parts.hostname or "")
    if not host:
        raise ValueError("no host")
    cleaned = _cleaned_by_ural(_plain_path(parts.path), parts.fragment)
    netloc = host if parts.port in {None, 80, 443} else f"{host}:{parts.port}"
    query = "&".join(_plain_items(parts.query, site_of_host(host))) if parts.query else ""
    joined = urlunsplit(cleaned._replace(netloc=netloc, query=query)).removeprefix("//")
    return joined if joined.isascii() else unicodedata.normalize("NFC", joined)


def _stripped(url: str) -> str:
    return UNSEEN.sub("", url).strip()


def _cleaned_by_ural(path: str, fragment: str) -> SplitResult:
    """Path and fragment without dot segments, doubled and trailing slashes, needless percent-encoding.

    An encoded slash stays: it is data and does not separate segments (RFC 3986, 2.2). Host and query are not left to ural:
    it removes `m.` and `amp.` in the middle of hosts ("t-m.com"), and drops numeric `sid` and `s`, and a bare /amp.
    """
    kept = ENCODED_SLASH.sub(SLASH_MARK, path)
    url = urlunsplit(SplitResult("http", "host", kept, "", fragment))
    from ural.normalize_url import normalize_url  # here, since it takes longer than most commands

    cleaned = normalize_url(url, normalize_amp=False, strip_index=False, infer_redirection=False, unsplit=False)
    assert isinstance(cleaned, SplitResult)
    return cleaned._replace(path=cleaned.path.replace(SLASH_MARK, "%2F").replace(" ", "%20"))


@functools.lru_cache(maxsize=16_384)
def _plain_host(host: str) -> str:
    """The host without labels for a variant of the site (www, m, amp); its registrable domain is left unchanged."""
    host = _readable(host)
    if len(host) > rules.MAX_HOST_LENGTH:
        raise ValueError("longer than a host can be")
    site = site_of_host(host)
    labels = host.removesuffix(site).rstrip(".").split(".") if host.endswith("." + site) else []
    while labels:
        kept = [label for label in labels if not rules.FORM_LABELS.match(label)]
        if kept:
            kept[0] = kept[0].removeprefix("amp-") or kept[0]
        if kept == labels:
            break
        labels = kept
    return _bracketed(".".join([*labels, site]))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _readable(host: str) -> str:
    return ".".join(_decoded(label) for label in folded_host(host).split("."))


def _decoded(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna").lower() if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _ascii_host(host: str) -> str:
    return ".".join(_encoded(label) for label in folded_host(host).split("."))


def _encoded(label: str) -> str:
    try:
        return label if label.isascii() else label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _plain_path(path: str) -> str:
    """The path without session, AMP marks and a directory's index page; a bare /amp stays: it may be a page."""
    if ";" in path:
        path = rules.SESSION_IN_PATH.sub("", path)
    for _ in range(MAX_ROUNDS):
        before, path = path, rules.INDEX_FILE.sub("", path.rstrip("/"))
        if "amp" in path.lower():
            path = _without_amp(path)
        if path == before:
            return path
    raise ValueError("a path with more marks than any page has")


def _without_amp(path: str) -> str:
    segments = [segment for segment in rules.AMP_FILE.sub("", path).split("/") if segment]
    kept = [segment for segment in segments if segment.lower() != "amp"]
    return "/" + "/".join(kept or segments)


def _plain_items(query: str, site: str) -> Iterator[str]:
    """The parameters that choose the page, sorted, without repetition."""
    from ural.quote import safely_unquote_qsl, upper_quoted

    query = AMPERSAND.sub("&", upper_quoted(query)).replace("+", "%20").replace(" ", "%20")
    parts = [part.partition("=") for part in query.split("&") if part]
    items = safely_unquote_qsl([(key, value if equals else None) for key, equals, value in parts])
    kept = {(key, value) for key, value in items if not _says_nothing(key.lower(), (value or "").lower(), site)}
    for key, value in sorted(kept, key=lambda item: (item[0], item[1] or "", item[1] is None)):
        yield key if value is None else f"{key}={value}"


def _says_nothing(key: str, value: str, site: str) -> bool:
    if (
        key in rules.EMPTY_PARAMETERS
        or key in rules.SITE_PARAMETERS.get(site, ())
        or key.startswith(rules.EMPTY_PREFIXES)
    ):
        return True
    if key in rules.EMPTY_UNLESS_NUMERIC:
        return not value.isdigit()
    if key in rules.EMPTY_WITH_VALUE:
        return not value or value in rules.EMPTY_WITH_VALUE[key]
    if key in rules.FORM_PARAMETERS and value in rules.FORM_VALUES:
        return True
    if value in rules.AMP_VALUES and key not in rules.SEARCHES:
        return True
    from ural.normalize_url import IRRELEVANT_QUERY_COMBOS

    # ural treats ?s=20 as Twitter's share code on every site
    return key != "s" and _is_dropped_by_ural(key, value if key in IRRELEVANT_QUERY_COMBOS else "")


@functools.lru_cache(maxsize=4_096)
def _is_dropped_by_ural(key: str, value: str) -> bool:
    from ural.normalize_url import should_strip_query_item

    return bool(should_strip_query_item((key, value)))
