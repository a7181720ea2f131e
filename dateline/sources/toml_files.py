"""Reads and writes `sources.toml`; pure: text to `Source` objects and back.

    [[source]]
    name = "obersee-bote"                      # a slug: the source's identity
    title = "Obersee Bote"
    home = "https://obersee-bote.test/"
    country = "ch"                             # ISO 3166-1 alpha-2
    languages = ["de"]                         # ISO 639-1
    tags = ["regional"]
    feeds = ["https://obersee-bote.test/rss"]  # also wordpress, news_sitemaps, sitemaps, sections, home_pages, pages (any kind)
    schedule = "adaptive"                      # or "every 15m", or a cron line of five fields
    timezone = "Europe/Zurich"
    paused = false
    [source.politeness]
    delay_s = 2.0                              # also concurrency, obey_robots, max_pages_a_day,
    #                                          # max_visits_a_day, ca_file = "desk-ca.pem" (trusted for its own site),
    #                                          # fetch_pages = false (its articles are what its feeds say),
    #                                          # cookies_file, headers, proxy, proxy_resolves, user_agent
    [source.extraction]
    language = "de"                            # also site_names, store_all = true,
    #                                          # render = true (pages that need scripts are drawn in a browser)

Only name and home are required. Reading reports every mistake with its line, field and cure, or returns all sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Table

from dateline.config.rules import in_order, parse_toml
from dateline.errors import ConfigError
from dateline.sources import access_fields
from dateline.sources.fields import (
    Problem,
    boolean,
    certificates,
    changed_fields,
    country,
    languages,
    line_of_text,
    lines_of_text,
    number,
    slug,
    unknown_fields,
    urls,
    web_address,
    whole_number,
)
from dateline.types.source import ExtractionOverrides, FeedKind, Politeness, Source, WatchedPage

WATCHED_FIELDS: dict[str, FeedKind] = {
    "feeds": "feed",
    "wordpress": "wordpress",
    "news_sitemaps": "news_sitemap",
    "sitemaps": "sitemap",
    "sections": "section",
    "home_pages": "home",
    "pages": "auto",
}
"""The field with the watched pages of each kind, in the order of a source's pages."""

Field = Callable[[Any], Any]
FIELDS: dict[str, Field] = {
    "name": slug,
    "title": line_of_text,
    "home": web_address,
    "country": country,
    "languages": languages,
    "tags": lines_of_text,
    "schedule": line_of_text,
    "timezone": line_of_text,
    "paused": boolean,
}
"""The readers of a source's plain fields."""
_POLITENESS: dict[str, Field] = {
    "delay_s": number,
    "concurrency": whole_number,
    "obey_robots": boolean,
    "max_pages_a_day": whole_number,
    "max_visits_a_day": whole_number,
    "ca_file": certificates,
    "fetch_pages": boolean,
    "cookies_file": access_fields.cookies_file,
    "headers": access_fields.headers,
    "proxy": access_fields.proxy,
    "proxy_resolves": boolean,
    "user_agent": access_fields.user_agent,
}
_EXTRACTION: dict[str, Field] = {
    "language": lambda value: languages([value])[0],
    "site_names": lines_of_text,
    "store_all": boolean,
    "render": boolean,
}
TABLES = {"politeness": _POLITENESS, "extraction": _EXTRACTION}
LISTS = frozenset({"languages", "tags", "site_names", *WATCHED_FIELDS})
"""The fields that are lists."""
_ALL = {**FIELDS, **dict.fromkeys(WATCHED_FIELDS, urls), **TABLES}
_PATHS = {"ca_file", "cookies_file"}
_MOST_REPORTED = 20


def read_sources_toml(
    text: str, *, file: str = "sources.toml", check_schedule: Callable[[str, str], object] | None = None
) -> list[Source]:
    """The sources of a file, in its order.

    A ConfigError lists the mistakes, one per line, as FILE:LINE: source "NAME", field: what is wrong and how to fix it.
    `check_schedule(schedule, timezone)` raises a ConfigError for a schedule that can't be read.
    """
    document, unreadable = parse_toml(text)
    tables = document.pop("source", [])
    unreadable_lines = [f"{file}:{line}: is not valid TOML: {why}" for line, why in unreadable]
    if document or not isinstance(tables, list):
        stray = ", ".join(document) or "source"
        outside = f"{file}: found {stray} outside of a [[source]] table; write each source as a [[source]] table"
        raise ConfigError("\n".join([*unreadable_lines, outside]), subject=file)
    reader = _Reader(file, text, check_schedule)
    reader.problems += unreadable_lines
    sources = [reader.source(number, table) for number, table in enumerate(tables)]
    reader.check_names(sources)
    if reader.problems:
        problems = in_order(reader.problems)
        more = [f"… and {len(problems) - _MOST_REPORTED} more"] if len(problems) > _MOST_REPORTED else []
        raise ConfigError("\n".join(problems[:_MOST_REPORTED] + more), subject=file)
    return sources


class _Reader:
    """Reads tables one by one and collects their mistakes in `problems`."""

    def __init__(self, file: str, text: str, check_schedule: Callable[[str, str], object] | None) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._starts = [number for number, line in enumerate(self._lines) if line.split("#")[0].strip() == "[[source]]"]
        self._check_schedule = check_schedule
        self.problems: list[str] = []

    def source(self, number: int, table: Mapping[str, Any]) -> Source:
        """The source of one table, as far as it could be read."""
        self._number, self._name = number, str(table.get("name", "without a name"))
        for field, problem in unknown_fields(table, _ALL):
            self._report(field, problem)
        for field in ("name", "home"):
            if field not in table:
                self._report(field, "is missing; every source needs one")
        values = self._read(table, FIELDS)
        home, name = values.get("home", ""), values.get("name", "")
        watched = self._read(table, dict.fromkeys(WATCHED_FIELDS, urls))
        source = Source(
            name=name,
            title=values.get("title", name),
            home=home,
            country=values.get("country"),
            languages=values.get("languages", ()),
            tags=values.get("tags", ()),
            watched=watched_pages(watched),
            schedule=values.get("schedule", "adaptive"),
            timezone=values.get("timezone", "UTC"),
            politeness=Politeness(**self._table(table, "politeness")),
            extraction=ExtractionOverrides(**self._table(table, "extraction")),
            is_paused=values.get("paused", False),
        )
        self._check(source)
        return source

    def _check(self, source: Source) -> None:
        if self._check_schedule is None:
            return
        checks = {"schedule": (source.schedule, "UTC"), "timezone": ("adaptive", source.timezone)}
        for field, given in checks.items():
            try:
                self._check_schedule(*given)
            except ConfigError as error:
                self._report(field, str(error))

    def _table(self, table: Mapping[str, Any], name: str) -> dict[str, Any]:
        inner = table.get(name, {})
        if not isinstance(inner, dict):
            self._report(name, f"must be a table; write it as [source.{name}]")
            return {}
        for field, problem in unknown_fields(inner, TABLES[name]):
            self._report(field, problem)
        for field in _PATHS & inner.keys():
            path = inner[field]
            if isinstance(path, str) and path and "\n" not in path:  # relative to this file
                inner = {**inner, field: str(Path(self._file).parent / Path(path).expanduser())}
        return self._read(inner, TABLES[name])

    def _read(self, table: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
        values = {}
        for field, read in fields.items():
            if field in table:
                try:
                    values[field] = read(table[field])
                except Problem as problem:
                    self._report(field, str(problem))
        return values

    def check_names(self, sources: Iterable[Source]) -> None:
        """Report a name that occurs twice, at its second occurrence."""
        seen: set[str] = set()
        for self._number, source in enumerate(sources):
            self._name = source.name
            if source.name and source.name in seen:
                self._report("name", "occurs twice in this file; names must be unique")
            seen.add(source.name)

    def _report(self, field: str, problem: str) -> None:
        self.problems.append(f'{self._file}:{self._line_of(field)}: source "{self._name}", {field}: {problem}')

    def _line_of(self, field: str) -> int:
        """The line of a field of the current table; the line of its header if the field can't be found."""
        if self._number >= len(self._starts):
            return 1
        start = self._starts[self._number]
        end = self._starts[self._number + 1] if self._number + 1 < len(self._starts) else len(self._lines)
        for row in range(start, end):
            key = self._lines[row].partition("=")[0].strip().strip("\"'")
            if key in {field, f"[source.{field}]"}:
                return row + 1
        return start + 1


class _FormReader(_Reader):
    """Reads the fields of a form, which has no lines."""

    def _report(self, field: str, problem: str) -> None:
        self.problems.append(f"{field}: {problem}")


def read_source(table: Mapping[str, Any], *, check_schedule: Callable[[str, str], object]) -> Source:
    """The source that a table's fields mean; a ConfigError lists the mistakes, one per line, as FIELD: what is wrong."""
    reader = _FormReader("form", "", check_schedule)
    source = reader.source(0, table)
    if reader.problems:
        raise ConfigError("\n".join(reader.problems), subject=source.name)
    return source


def watched_pages(fields: Mapping[str, Iterable[str]]) -> tuple[WatchedPage, ...]:
    """The watched pages that the fields list, each URL once, in the order of `WATCHED_FIELDS`."""
    pages: dict[str, WatchedPage] = {}
    for field, kind in WATCHED_FIELDS.items():
        for url in fields.get(field, ()):
            pages.setdefault(url, WatchedPage(url, kind))
    return tuple(pages.values())


def write_sources_toml(sources: Iterable[Source], *, base: str = "") -> str:
    """The text of a file with exactly these sources; fields with their default value are left out.

    With `base`, an earlier text of the file, order, comments and layout are kept where nothing changed; new sources are
    added at its end.
    """
    document = tomlkit.parse(base)
    wanted = {source.name: source_fields(source) for source in sources}
    tables = document.get("source")
    if not isinstance(tables, AoT):
        document.pop("source", None)
        tables = tomlkit.aot()
        document.append("source", tables)
        tables = cast(AoT, document["source"])
    for place in reversed(range(len(tables))):
        fields = wanted.pop(str(tables[place].get("name")), None)
        if fields is None:
            del tables[place]
        else:
            _update(tables[place], fields)
    for fields in wanted.values():
        tables.append(_new_table(fields))
    if not len(tables):
        document.pop("source")
    return tomlkit.dumps(document)


def _new_table(fields: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    _update(table, fields)
    return table


def _update(table: Table, fields: Mapping[str, Any]) -> None:
    """Make the table contain exactly these fields, changing only those that differ."""
    for gone in [key for key in table if key not in fields]:
        table.remove(gone)
    for key, value in fields.items():
        if key in table and table[key] == value:
            continue
        if isinstance(value, dict) and isinstance(table.get(key), Table):
            _update(cast(Table, table[key]), value)
        elif isinstance(value, dict) and key not in TABLES:
            table[key] = tomlkit.inline_table()
            cast(InlineTable, table[key]).update(value)
        else:
            table[key] = _array(value) if isinstance(value, list) else value


def _array(values: list[str]) -> Array:
    array = tomlkit.array()
    array.extend(values)
    # long lists are easier to read with one value per line
    return array.multiline(multiline=sum(map(len, values)) > 90)


def source_fields(source: Source) -> dict[str, Any]:
    """The fields of a source's table as plain values, without those that have their default."""
    fields: dict[str, Any] = {
        "name": source.name,
        "title": source.title if source.title != source.name else "",
        "home": source.home,
        "country": source.country or "",
        "languages": list(source.languages),
        "tags": list(source.tags),
    }
    for field, kind in WATCHED_FIELDS.items():
        fields[field] = [page.url for page in source.watched if page.kind == kind]
    fields["schedule"] = source.schedule if source.schedule != "adaptive" else ""
    fields["timezone"] = source.timezone if source.timezone != "UTC" else ""
    fields["paused"] = source.is_paused
    fields["politeness"] = changed_fields(source.politeness)
    fields["extraction"] = changed_fields(source.extraction)
    return {key: value for key, value in fields.items() if value}


def matching(
    sources: Iterable[Source], *, country: str | None = None, language: str | None = None, tag: str | None = None
) -> list[Source]:
    """The sources that match all given conditions; codes may be in any case."""
    return [
        source
        for source in sources
        if (country is None or source.country == country.lower())
        and (language is None or language.lower() in source.languages)
        and (tag is None or tag in source.tags)
    ]
