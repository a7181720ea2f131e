"""Names that come with Dateline: countries, and the cities that time zones are named after, in twelve languages.

They are of the Unicode Common Locale Data Repository as Babel packs it (Unicode License v3). Countries have the ids iso-DE,
cities tz-Europe/Berlin. A name counts in articles in its language only: "Chine" is China in French texts alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel import Locale

from dateline.errors import UsageError
from dateline.names.name_list import NameLine
from dateline.text import storable_line

LANGUAGES = ("en", "ar", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "tr", "zh")
BUILTIN = ("places",)
_LATIN = frozenset({"en", "de", "es", "fr", "it", "pt", "tr"})
_REGIONS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
_NOT_COUNTRIES = frozenset({"AC", "AQ", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
_NOT_CITIES = frozenset(
    {
        "America/Nome",
        "Indian/Christmas",
        "Indian/Reunion",
        "Pacific/Easter",
        "Pacific/Midway",
        "Pacific/Wake",
    }
)
"""Places whose names are other words more often."""
_ALSO: dict[tuple[str, str], tuple[str, ...]] = {
    ("US", "en"): ("US", "USA", "United States of America"),
    ("GB", "en"): ("UK", "Britain", "Great Britain"),
    ("MM", "en"): ("Burma",),
    ("HK", "en"): ("Hong Kong",),
    ("AE", "en"): ("UAE",),
    ("CZ", "en"): ("Czech Republic",),
    ("TR", "en"): ("Turkey",),
    ("CI", "en"): ("Ivory Coast",),
    ("US", "de"): ("USA",),
    ("GB", "de"): ("Großbritannien",),
    ("CZ", "de"): ("Tschechische Republik",),
    ("US", "es"): ("EE. UU.", "EEUU"),
    ("US", "fr"): ("USA",),
    ("GB", "fr"): ("Grande-Bretagne",),
    ("US", "it"): ("USA",),
    ("GB", "it"): ("Gran Bretagna",),
    ("US", "pt"): ("EUA",),
    ("US", "ru"): ("США",),
    ("GB", "ru"): ("Британия",),
    ("US", "tr"): ("ABD",),
    ("GB", "tr"): ("İngiltere",),
    ("US", "ja"): ("米国",),
    ("GB", "ja"): ("英国",),
}
"""What news call a country where CLDR has only another name."""


def builtin(name: str) -> list[NameLine]:
    """The list of that name; a UsageError names those that there are."""
    if name not in BUILTIN:
        raise UsageError(f"Unknown built-in list {name!r}. Choose from: {', '.join(BUILTIN)}", subject=name)
    return [line for language in LANGUAGES for line in (*_countries(language), *_cities(language))]


def _countries(language: str) -> Iterator[NameLine]:
    for code, given in sorted(Locale(language).territories.items()):
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES:
            yield NameLine(f"iso-{code}", "place", _plain(given), _ALSO.get((code, language), ()), language)


def _plain(given: str) -> str:
    """A name without what is in brackets behind it, which is another name: Виргинские о-ва (США)."""
    return re.split("[(（]", storable_line(given))[0].strip()


def _cities(language: str) -> Iterator[NameLine]:
    for zone in sorted(
        {zone for code in LANGUAGES for zone, names in Locale(code).time_zones.items() if "city" in names}
    ):
        region, _, place = zone.partition("/")
        if region not in _REGIONS or "/" in place or zone in _NOT_CITIES:
            continue
        own = Locale(language).time_zones.get(zone, {}).get("city")
        plain = Locale("en").time_zones.get(zone, {}).get("city") or place.replace("_", " ")
        name = own or (plain if language in _LATIN else None)
        if name:
            yield NameLine(f"tz-{zone}", "place", _plain(str(name)), (), language)
