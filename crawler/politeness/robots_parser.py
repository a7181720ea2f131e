"""Reads a robots.txt for one crawler: rules, delay, sitemaps. Pure, linear in the bytes, and run in the parser pool.

Groups follow RFC 9309: consecutive User-agent lines begin a group, and only Allow and Disallow end such a run ("other
records MUST NOT interfere", 2.2.4: a Crawl-delay or Sitemap between two User-agent lines separates nothing). Protego's
parser was not used: it keeps each rule once per agent of a group, ends a group at a Crawl-delay, and its result for
500 KB takes as long to unpickle as to parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dateline.text import storable_line

MAX_BYTES = 500 * 1024
"""RFC 9309, 2.5: at least 500 KiB must be parsed; the rest is not read."""
_MOST_SITEMAPS = 1_000
_MOST_USAGES, _LONGEST_USAGE, _MOST_LICENSES = 200, 500, 10
MOST_WILD = 2_000
"""Rules with wildcards that are matched as they are written; each costs up to 10 µs for every URL. Of those beyond, which no
real file of the corpora has, an Allow is dropped and a Disallow holds for all that begins like it, up to its wildcard."""

_PRODUCT = re.compile(r"[A-Za-z_-]+")
_NORMAL = re.compile(r"[A-Za-z0-9._~/?=&:;,@!'()+-]*")
_TO_QUOTE = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7c\x7e]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DELAY = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*(?:s|secs?|seconds?)?", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://|/", re.IGNORECASE)
_SPELLINGS = {
    **dict.fromkeys(("user-agent", "useragent", "user agent"), "user-agent"),
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
    "allow": "allow",
    **dict.fromkeys(("crawl-delay", "crawldelay", "crawl delay"), "crawl-delay"),
    **dict.fromkeys(("sitemap", "site-map"), "sitemap"),
    "content-signal": "content-signal",
    "content-usage": "content-usage",
    "license": "license",
}
"""Record names by spelling (RFC 9309, 2.2: parsers may be lenient). These are the spellings of Google's parser, which also
accepts a blank in place of the colon. The last three say how pages may be used: contentsignals.org, IETF
draft-ietf-aipref-attach, rslstandard.org."""
_LINE = re.compile(rf"[ \t]*({'|'.join(_SPELLINGS)})[ \t]*[:\t ]([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Usage:
    """A Content-Signal or Content-Usage record: the (normalised) pattern of its paths, and its value as written."""

    record: str
    pattern: str
    value: str


@dataclass(frozen=True)
class RobotsFile:
    """The rules of a robots.txt for one crawler. `allowed` and `disallowed` are normalised; crawl_delay_s is as written."""

    allowed: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()
    crawl_delay_s: float = 0.0
    sitemaps: tuple[str, ...] = ()
    usages: tuple[Usage, ...] = ()
    licenses: tuple[str, ...] = ()

    def usages_of(self, path: str) -> Iterator[Usage]:
        """What is said of the use of a path with its query: of each record, the longest pattern that matches counts."""
        normal = normal_path(path)
        found = [each for each in self.usages if matches(each.pattern, normal)]
        longest = {each.record: len(each.pattern) for each in sorted(found, key=lambda each: len(each.pattern))}
        yield from (each for each in found if len(each.pattern) == longest[each.record])

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be fetched: the longest matching rule decides; in a tie, Allow (2.2.2)."""
        normal = normal_path(path)
        if normal == "/robots.txt":
            return True
        length, is_allowed = self._by_prefix(normal)
        for pattern, says in self._wild:
            if len(pattern) < length or (len(pattern) == length and is_allowed):
                break
            if matches(pattern, normal):
                return says
        return is_allowed

    def _by_prefix(self, path: str) -> tuple[int, bool]:
        prefixes, rules = self._plain
        if path.startswith(prefixes):
            for pattern, says in rules:
                if path.startswith(pattern):
                    return len(pattern), says
        return -1, True

    @cached_property
    def _ordered(self) -> list[tuple[str, bool]]:
        """All rules, longest first, Allow before Disallow."""
        rules = [*((pattern, True) for pattern in self.allowed), *((pattern, False) for pattern in self.disallowed)]
        return sorted(dict.fromkeys(rules), key=lambda rule: (-len(rule[0]), not rule[1]))

    @cached_property
    def _plain(self) -> tuple[tuple[str, ...], list[tuple[str, bool]]]:
        rules = [rule for rule in self._ordered if not _is_wild(rule[0])]
        return tuple(pattern for pattern, _ in rules), rules

    @cached_property
    def _wild(self) -> list[tuple[str, bool]]:
        return [rule for rule in self._ordered if _is_wild(rule[0])]


def read_robots(body: bytes, token: str) -> RobotsFile:
    """The rules for the crawler with this product token: its own groups combined, else the groups for all."""
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\r", "\n")
    reader = _Reader(token.lower())
    for line in text.split("\n"):
        if found := _LINE.match(line):
            reader.take(_SPELLINGS[found[1].lower()], found[2].strip())
    return reader.file()


class _Reader:
    """Collects the rules from the records of a file."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._agents: set[str] = set()
        self._has_rules = self._is_in_group = False
        self._rules: dict[str, tuple[list[str], list[str]]] = {}
        self._delays: dict[str, float] = {}
        self._sitemaps: dict[str, None] = {}
        self._usages: dict[str, list[Usage]] = {}
        self._licenses: dict[str, None] = {}

    def take(self, record: str, value: str) -> None:
        """Read one record."""
        match record:
            case "user-agent":
                self._take_agent(value)
            case "allow" | "disallow":
                self._has_rules = True
                self._take_rule(value, is_allowed=record == "allow")
            case "crawl-delay" if _DELAY.fullmatch(value):
                seconds = float(_DELAY.sub(r"\1", value).replace(",", "."))
                for agent in self._agents:
                    self._delays.setdefault(agent, seconds)
            case "content-signal" | "content-usage":
                self._take_usage(record, value)
            case "license" if _ADDRESS.match(value) and len(self._licenses) < _MOST_LICENSES:
                self._licenses[storable_line(value, _LONGEST_USAGE)] = None
            case "sitemap" if value and len(self._sitemaps) < _MOST_SITEMAPS:
                self._sitemaps[storable_line(value)] = None

    def file(self) -> RobotsFile:
        """The rules collected so far."""
        who = self._token if self._token in self._rules else "*"
        allowed, disallowed = self._rules.get(who, ([], []))
        delay = self._delays.get(who, 0.0)
        return RobotsFile(
            tuple(_bounded(allowed)),
            tuple(_bounded(disallowed, is_cut=True)),
            delay,
            tuple(self._sitemaps),
            tuple(self._usages.get(who, ())),
            tuple(self._licenses),
        )

    def _take_agent(self, value: str) -> None:
        self._is_in_group = True
        if self._has_rules:
            self._agents, self._has_rules = set(), False
        product = _PRODUCT.match(value)
        name = "*" if value.split(maxsplit=1)[:1] == ["*"] else product.group().lower() if product else ""
        if name in ("*", self._token):
            self._agents.add(name)
            self._rules.setdefault(name, ([], []))

    def _take_rule(self, value: str, *, is_allowed: bool) -> None:
        if self._agents and value.startswith(("/", "*")):
            pattern = normal_pattern(value)
            for agent in self._agents:
                self._rules[agent][0 if is_allowed else 1].append(pattern)

    def _take_usage(self, record: str, value: str) -> None:
        """A record before any User-agent line is for all."""
        first, *rest = value.split(maxsplit=1) or [""]
        pattern, stated = (first, "".join(rest)) if first.startswith(("/", "*")) else ("", value)
        usage = Usage(record, normal_pattern(pattern), storable_line(stated, _LONGEST_USAGE))
        for agent in self._agents or ({"*"} if not self._is_in_group else ()):
            usages = self._usages.setdefault(agent, [])
            if len(usages) < _MOST_USAGES:
                usages.append(usage)


def _bounded(patterns: list[str], *, is_cut: bool = False) -> Iterator[str]:
    """The patterns, with half of MOST_WILD among them; the wild ones beyond are cut at their wildcard or dropped."""
    wild = 0
    for pattern in patterns:
        wild += _is_wild(pattern)
        if not _is_wild(pattern) or wild <= MOST_WILD // 2:
            yield pattern
        elif is_cut:
            yield pattern.removesuffix("$").partition("*")[0]


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or pattern.endswith("$")


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern with * or a final $ matches a path with its query, both in normal form (2.2.2, 2.2.3).

    Each part is taken at its first occurrence, so no backtracking is needed.
    """
    is_anchored = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not parts:
        return not is_anchored or path == first
    place = len(first)
    for part in parts[:-1]:
        found = path.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    last = parts[-1]
    return len(path) - len(last) >= place and path.endswith(last) if is_anchored else path.find(last, place) >= 0


def normal_pattern(pattern: str) -> str:
    """A rule's path in normal form; a $ that is not at its end is an ordinary character."""
    end = "$" if pattern.endswith("$") else ""
    return _normal(pattern.removesuffix("$")).replace("$", "%24") + end


def normal_path(path: str) -> str:
    """A path with its query in normal form, in which * and $ are ordinary characters."""
    return _normal(path).replace("*", "%2A").replace("$", "%24")


def _normal(text: str) -> str:
    """The text with non-ASCII octets escaped, escapes in upper case, and unreserved characters unescaped (2.2.2)."""
    if _NORMAL.fullmatch(text):
        return text
    quoted = _TO_QUOTE.sub(lambda char: "".join(f"%{octet:02X}" for octet in char[0].encode("utf-8", "replace")), text)
    return _ESCAPE.sub(lambda escape: _unescaped(escape[1]), quoted)


def _unescaped(digits: str) -> str:
    char = chr(int(digits, 16))
    return char if char in _UNRESERVED else f"%{digits.upper()}"
