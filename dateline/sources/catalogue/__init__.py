"""The bundled catalogue: real outlets, one file per country (named by its ISO 3166-1 code) in the format of `sources.toml`.

The URLs come from the publisher list of flairNLP/fundus (MIT licence, August 2026). An outlet's feeds and news sitemaps are
watched; its full sitemap, which lists the whole archive, only if it has neither.
"""

from __future__ import annotations

from importlib.resources import files

from dateline.sources.toml_files import read_sources_toml
from dateline.types.source import Source


def load_catalogue() -> list[Source]:
    """The outlets of the catalogue, ordered by country."""
    paths = sorted((path for path in files(__name__).iterdir() if path.name.endswith(".toml")), key=lambda p: p.name)
    return [s for path in paths for s in read_sources_toml(path.read_text(encoding="utf-8"), file=path.name)]
