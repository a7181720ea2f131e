"""How the time of functions that read foreign text grows with it.

The functions are found by their signatures, so that a new one is tested without being listed. Each reads every
adversarial text at n and at 4n characters. Linear time makes the ratio 4, n log n 4.7, a square 16.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import importlib
import inspect
import pkgutil
import random
import time
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from crawler.discovery.limits import DiscoveryLimits
from crawler.politeness.guard import GuardRules
from crawler.politeness.robots_parser import read_robots
from dateline.types.article import Hints
from pipelines.boilerplate.strip import ScopeModel

PACKAGES = (
    *("dateline.urls", "dateline.text", "dateline.html", "dateline.instants", "dateline.search"),
    *("crawler.discovery", "crawler.politeness", "crawler.source_finder", "crawler.fetch.content_encoding"),
    *("crawler.fetch.freshness", "crawler.archive.warc_records", "pipelines", "scheduler.websub.protocol"),
    "dateline.sources.opml",
)
SHORT, LONGEST = (2_000, 8_000), (250_000, 1_000_000)
"""Within the longest URL (8,192 characters), where a cap hides nothing, and the longest text that anything is given."""
FEW = 3
IN_THE_LOOP = (
    "robots rules",
    "dateline.urls.",
    "dateline.text.",
    "crawler.politeness.",
    "crawler.fetch.",
    "scheduler.websub.",
)
"""What the event loop calls with foreign text."""
WORST_RATIO = 8.0
"""Twice the linear ratio: clocks and caches are not exact. A square gives 16."""
TOO_SHORT_S = 0.03
"""A shorter time is not compared: it says more about the machine than about the function."""
NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)

UNITS = (
    *("a", "@", "a@", "a.", ".", "/", "//", "a/", " ", "\t", "\n", "a ", "A ", "-", "a-", "_", "+", "0", "1.", "12:"),
    *(
        "2026-",
        "&",
        "&a=b&",
        "&amp;",
        "%",
        "%25",
        "%2f",
        "?",
        "#",
        ";",
        ";sid=",
        ",",
        ", ",
        "(",
        "[",
        "{",
        '{"a":',
        "[{",
    ),
    *(
        '"',
        "'",
        "<",
        "<a ",
        "<a href=x>",
        "<b>",
        "<!--",
        "<![CDATA[",
        "]]>",
        "<p>",
        "</p>",
        "<?",
        "&#x41;",
        "=",
        "*",
        "*a",
    ),
    *("$", "\\", ":", "http://", "https://a.b/", "www.", "m.", "amp.", "xn--a.", "amp-", ".amp", ".amp.html", "/amp"),
    *(
        "/index.html",
        "/index",
        "?url=http://",
        "/a/b",
        "utm_a=b&",
        "a=1&",
        "\u00e9",
        "e\u0301",
        "\u0301",
        "\u6587",
        "\u0e01",
    ),
    *(
        "By ",
        "and ",
        "a and ",
        "author ",
        "editor, ",
        "a, editor ",
        "posted ",
        "Jan ",
        "1 May ",
        "12:00 ",
        "am ",
        "ago ",
    ),
    *(
        "\u200b",
        "\ufeff",
        "\u2028",
        "\x00",
        "\ud800",
        "NOT ",
        "OR ",
        '"a" ',
        "a* ",
        "x(",
        "\r\n",
        "\r",
        "a\n\n",
        "Ab Cd ",
    ),
)
PREFIXES = {"url": "https://news.example/", "reference": "https://news.example/", "asked": "https://news.example/"}


def _with_rules(text: str) -> bool:
    """A robots.txt of one rule that is this text, asked for a path that is this text."""
    file = read_robots(f"User-agent: *\nDisallow: /{text}\nDisallow: /*{text[:4000]}\n".encode("utf-8", "replace"), "*")
    return file.allows("/" + text[:8000])


def _functions() -> Iterator[tuple[str, Callable[[str], object]]]:
    yield "robots rules", _with_rules
    for module in _modules():
        for name, value in vars(module).items():
            function = inspect.unwrap(value) if callable(value) else None
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            if not inspect.iscoroutinefunction(function) and (call := _call_of(function)) is not None:
                yield f"{module.__name__}.{name}", call


def _modules() -> Iterator[Any]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        yield module
        for found in pkgutil.walk_packages(getattr(module, "__path__", ()), package + "."):
            yield importlib.import_module(found.name)


FIXED: dict[Any, object] = {
    dt.datetime: NOW,
    DiscoveryLimits: DiscoveryLimits(),
    GuardRules: GuardRules.parse((), (), ()),
    Hints: Hints(),
    ScopeModel: ScopeModel(0, {}),
    int: 0,
    float: 0.0,
    bool: False,
}
BY_NAME: dict[str, object] = {
    "max_bytes": 1 << 20,
    "kind": "auto",
    "content_type": "text/html",
    "size": 4,
    "via": "rss",
}


def _call_of(function: Callable[..., object]) -> Callable[[str], object] | None:
    """Calls the function with a text in each place that takes foreign text; None if some argument can't be made."""
    hints = typing.get_type_hints(function)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    makers = [(p, _maker(p.name, hints.get(p.name))) for p in needed]
    if not any(maker for _, maker in makers) or any(maker is None and not _is_fixed(p, hints) for p, maker in makers):
        return None

    def call(text: str) -> object:
        places, named = [], {}
        for parameter, maker in makers:
            value = maker(text) if maker else BY_NAME.get(parameter.name, FIXED.get(hints[parameter.name]))
            if parameter.kind is parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                places.append(value)
        found = function(*places, **named)
        return list(found) if isinstance(found, Iterator) else found

    return call


def _is_fixed(parameter: inspect.Parameter, hints: dict[str, Any]) -> bool:
    return parameter.name in BY_NAME or hints.get(parameter.name) in FIXED


def _maker(name: str, kind: Any) -> Callable[[str], object] | None:
    if name in BY_NAME:
        return None
    if kind is bytes:
        return lambda text: text.encode("utf-8", "surrogatepass")
    if typing.get_origin(kind) in (Sequence, Iterable) and typing.get_args(kind) == (str,):
        return lambda text: text.split(" ")
    if kind is str or (str in typing.get_args(kind) and typing.get_origin(kind) is not tuple):
        return lambda text: PREFIXES.get(name, "") + text
    return None


FUNCTIONS = dict(_functions())


def _time(call: Callable[[str], object], text: str) -> float:
    """The CPU time of a call that remembers no answer."""
    _forget_answers()
    started = time.process_time()
    with contextlib.suppress(Exception):  # only time counts here
        call(text)
    return time.process_time() - started


@functools.cache
def _caches() -> list[Any]:
    """Caches of answers to texts; a function without parameters holds what it loaded (a list of suffixes) instead."""
    found = (value for module in _modules() for value in vars(module).values() if hasattr(value, "cache_clear"))
    return [value for value in found if inspect.signature(value).parameters]


def _forget_answers() -> None:
    for cache in _caches():
        cache.cache_clear()


def growth(call: Callable[[str], object], unit: str, small: int, large: int) -> tuple[float, float]:
    """The least CPU seconds at the small and the large size; equal where both are too short to be compared.

    The long text is read again only where its time looks too long, since a machine may have been busy.
    """
    short, long = unit * (small // len(unit)), unit * (large // len(unit))
    long_s = _time(call, long)
    if long_s < TOO_SHORT_S:
        return long_s, long_s
    short_s = max(0.002, min(_time(call, short) for _ in range(3)))
    if long_s > WORST_RATIO * short_s:
        long_s = min(long_s, *(_time(call, long) for _ in range(5)))
    return short_s, long_s


def few_units(name: str) -> tuple[str, ...]:
    """Some of the texts, other ones for each function, the same ones each time."""
    return tuple(random.Random(name).sample(UNITS, FEW))


def too_fast_growing(call: Callable[[str], object], small: int, large: int, units: Sequence[str] = UNITS) -> list[str]:
    """The texts for which the time grows faster than the text."""
    found = []
    for unit in units:
        short_s, long_s = growth(call, unit, small, large)
        if long_s > WORST_RATIO * short_s:
            found.append(f"{unit!r}: {short_s:.4f} s for {small:,} characters, {long_s:.4f} s for {large:,}")
    return found
