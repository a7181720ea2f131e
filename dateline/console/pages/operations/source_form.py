"""The form of a source: its fields as text, and back as the fields of a `sources.toml`. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dateline.errors import ConfigError
from dateline.sources.toml_files import WATCHED_FIELDS, read_source, source_fields
from dateline.text import storable
from dateline.types.source import Source
from dateline.urls import site_of
from scheduler.cadence.calendar import next_firing, parse_schedule

PRESETS = {
    "adaptive": "adaptive: learned from what it publishes",
    "every 5m": "every 5 minutes",
    "every 15m": "every 15 minutes",
    "every 1h": "every hour",
    "every 6h": "every 6 hours",
    "0 6 * * *": "daily at 06:00",
    "0 7 * * 1": "Mondays at 07:00",
}
KINDS = {kind: name for name, kind in WATCHED_FIELDS.items()}
"""The field of `sources.toml` for each kind of watched page."""
NUMBERS = {
    "delay_s": "Seconds between requests",
    "concurrency": "Requests at once",
    "max_pages_a_day": "Pages per day, at most",
    "max_visits_a_day": "Visits per day, at most",
}
WRITE_ONLY = ("cookies_file", "headers", "proxy")
"""Parts of a login and the way to the site: they can be set and removed here, and are never shown."""
LINES = ("languages", "tags")
MOST_TEXT = 60_000


@dataclass(frozen=True, slots=True)
class SourceForm:
    """The fields of the form as text, what is wrong with them, and the next visits that the schedule means.

    `version` stands for what was stored when the form was opened; the form sends it back.
    """

    name: str
    fields: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    visits: list[dt.datetime] = field(default_factory=list)
    version: str = ""

    @property
    def is_preset(self) -> bool:
        """Whether the schedule is one of the presets."""
        return self.fields.get("schedule", "adaptive") in PRESETS

    @property
    def has_limits(self) -> bool:
        """Whether the fields of limits are shown unfolded: one is set, or something is wrong."""
        return bool(self.problems or not self.fields.get("obey_robots") or any(map(self.fields.get, NUMBERS)))

    @property
    def has_access(self) -> bool:
        """The same for login and proxy."""
        names = ("user_agent", "proxy_resolves", *WRITE_ONLY, *(f"{name}_is_set" for name in WRITE_ONLY))
        return bool(self.problems or any(map(self.fields.get, names)))


def form_of(source: Source, now: dt.datetime) -> SourceForm:
    """The form as it is shown first."""
    polite = source.politeness
    fields = {
        "title": source.title,
        "home": source.home,
        "country": source.country or "",
        "languages": ", ".join(source.languages),
        "tags": ", ".join(source.tags),
        "schedule": source.schedule,
        "timezone": source.timezone,
        "obey_robots": "1" if polite.obey_robots else "",
        "watched": "\n".join(f"{page.kind} {page.url}" for page in source.watched),
    }
    fields |= {name: _number(getattr(polite, name)) for name in NUMBERS} | {"user_agent": polite.user_agent or ""}
    fields = with_access(fields | {"proxy_resolves": "1" if polite.proxy_resolves else ""}, source)
    version = hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()[:16]
    return SourceForm(source.name, fields, visits=coming_visits(source.schedule, source.timezone, now), version=version)


def with_access(fields: Mapping[str, str], source: Source | None = None) -> dict[str, str]:
    """The fields with all that are write-only, and with `…_is_set` for each of these that the source has."""
    known = {one for one in WRITE_ONLY if source and getattr(source.politeness, one)}
    is_set = {f"{one}_is_set": "1" if one in known else "" for one in WRITE_ONLY}
    return dict.fromkeys(WRITE_ONLY, "") | dict(fields) | is_set


def fields_of(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that a browser sent. A preset counts unless the custom schedule is another than the form `shown` had."""
    names = ("title", "home", "country", "languages", "tags", "timezone", "obey_robots", "watched", *NUMBERS)
    names = (*names, "user_agent", "proxy_resolves", *WRITE_ONLY, *(f"no_{one}" for one in WRITE_ONLY))
    found = {name: storable(form.get(name, ""), MOST_TEXT).strip() for name in names}
    custom, preset = storable(form.get("custom", ""), 200).strip(), storable(form.get("preset", ""), 200).strip()
    is_preset = bool(preset) and custom == storable(form.get("shown", ""), 200).strip()
    return found | {"schedule": preset if is_preset else custom or preset or "adaptive"}


def source_of(name: str, fields: Mapping[str, str], secrets_dir: Path, known: Source | None = None) -> Source:
    """The source that the fields mean; what the form does not show stays as it was known. A ConfigError lists mistakes.

    Cookies files are those in `secrets_dir`: the console names no other file of the machine.
    """
    table: dict[str, Any] = source_fields(known) if known else {}
    table |= {"name": name, "title": fields["title"] or name, "home": fields["home"], "schedule": fields["schedule"]}
    table["timezone"] = fields["timezone"] or "UTC"
    table["country"] = fields["country"].lower()
    table |= {one: [part.strip() for part in fields[one].split(",") if part.strip()] for one in LINES}
    table["languages"] = [one.lower() for one in table["languages"]]
    table |= {one: list[str]() for one in WATCHED_FIELDS} | _watched(fields["watched"])
    polite = dict(table.get("politeness", {}))
    polite |= {one: _value(fields[one], one) for one in NUMBERS} | {"obey_robots": fields["obey_robots"] == "1"}
    polite |= {"proxy_resolves": fields["proxy_resolves"] == "1", "user_agent": fields["user_agent"] or None}
    polite |= {one: None for one in WRITE_ONLY if fields[f"no_{one}"]} | _access(fields, secrets_dir)
    table["politeness"] = {one: value for one, value in polite.items() if value is not None}
    if not table["country"]:
        del table["country"]
    changed = read_source(table, check_schedule=parse_schedule)
    if known and site_of(changed.home) != site_of(known.home) and (polite.get("headers") or polite.get("cookies_file")):
        raise ConfigError(f"home: its login is for {site_of(known.home)}; remove the login first")
    return changed


def changed_meanwhile(sent: Mapping[str, str], version: str, stored: SourceForm) -> list[str]:
    """What to say where the source is neither as it was when the form was opened nor as the form wants it; nothing else."""
    others = {name: now for name, now in stored.fields.items() if sent.get(name, now).split() != now.split()}
    if version in ("", stored.version) or not others:
        return []
    stands = "; ".join(
        f"{name.replace('_', ' ')}: {' '.join(now.split())[:80] or 'empty'}" for name, now in others.items()
    )
    return [
        "This source was changed after the form was opened, so nothing was saved. What is stored and differs from the form: "
        f"{stands}. Save again to replace it."
    ]


def coming_visits(schedule: str, timezone: str, now: dt.datetime, number: int = 3) -> list[dt.datetime]:
    """The next visits that a fixed schedule means; none for an adaptive one. A ConfigError if it can't be read."""
    parsed = parse_schedule(schedule, timezone or "UTC")
    visits: list[dt.datetime] = []
    while not parsed.is_adaptive and len(visits) < number:
        visits.append(next_firing(parsed, visits[-1] if visits else now))
    return visits


def _access(fields: Mapping[str, str], secrets_dir: Path) -> dict[str, Any]:
    """What was written into the write-only fields."""
    found: dict[str, Any] = {}
    if file := fields["cookies_file"]:
        if file != Path(file).name:
            raise ConfigError("cookies_file: write the name of a file in the folder `secrets` of the data folder")
        found["cookies_file"] = str((secrets_dir / file).absolute())
    if lines := fields["headers"].splitlines():
        pairs = (line.partition(":") for line in lines if line.strip())
        found["headers"] = {name.strip(): value.strip() for name, _, value in pairs}
    return found | ({"proxy": fields["proxy"]} if fields["proxy"] else {})


def _watched(text: str) -> dict[str, list[str]]:
    """The watched pages by the field of their kind: one per line, kind and URL, or a URL alone."""
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, _, url = line.partition(" ")
        if not url:
            kind, url = "auto", line
        if kind not in KINDS:
            raise ConfigError(
                f"watched pages: {kind!r} is not a kind of page; write one of {', '.join(KINDS)}, then a URL"
            )
        found.setdefault(KINDS[kind], []).append(url.strip())
    return found


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _value(text: str, name: str) -> float | int | str | None:
    if not text:
        return None
    try:
        return float(text) if name == "delay_s" else int(text)
    except ValueError:
        return text  # the field's reader says what is wrong with it
