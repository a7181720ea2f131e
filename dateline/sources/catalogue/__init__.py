"""The shipped catalogue: real outlets, one `sources.toml` a country (file name: its ISO 3166-1 code).

Addresses are facts from the publisher list of flairNLP/fundus (MIT licence, August 2026). Feeds and news sitemaps are
watched where an outlet has them; full sitemaps, which list whole archives, only where it has neither.
"""

from __future__ import annotations

from importlib.resources import files

from dateline.sources.toml_files import matching, read_sources_toml
from dateline.types.source import Source


def load_catalogue(country: str | None = None, language: str | None = None, tag: str | None = None) -> list[Source]:
    """The outlets of the catalogue that match all that is given, by country and name."""
    return matching(_all(), country=country, language=language, tag=tag)


def _all() -> list[Source]:
    paths = sorted((path for path in files(__name__).iterdir() if path.name.endswith(".toml")), key=lambda p: p.name)
    return [s for path in paths for s in read_sources_toml(path.read_text(encoding="utf-8"), file=path.name)]
