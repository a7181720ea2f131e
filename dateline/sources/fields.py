"""Readers of a source's fields: each returns the value, or raises a Problem that names the cure."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from dateline.text import SHORT_NAME, storable_line
from dateline.types.source import ExtractionOverrides, Politeness
from dateline.urls.links import absolute_url

_TWO_LETTERS = re.compile(r"[a-z]{2}")
_LONGEST_LINE = 1_000
_LONGEST_FILE = 1_000_000
_FEED_SCHEME = re.compile(r"(?:feed|rss|pcast|itpc):(?=https?:)", re.IGNORECASE)
_FEED_SCHEMES = {"feed": "http", "rss": "http", "pcast": "http", "itpc": "http", "feeds": "https"}
_BARE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|$)")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_TRANSLITERATED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "þ": "th",
        "ð": "d",
        "Ð": "D",
    }
)


class Problem(Exception):
    """What is wrong with a field, and how to fix it."""


def slugify(title: str) -> str:
    """A name made from a title: "Süddeutsche Zeitung" → "suddeutsche-zeitung"; "" if no character can be used."""
    plain = unicodedata.normalize("NFKD", title.translate(_TRANSLITERATED)).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:100].rstrip("-")


def unique_slug(title: str, taken: Container[str], *, fallback: str = "source") -> str:
    """A name made from a title that is not taken yet; gets a number at its end if needed."""
    slug = slugify(title) or fallback
    if slug not in taken:
        return slug
    return next(name for number in range(2, 1_000_000) if (name := f"{slug[:92]}-{number}") not in taken)


def slug(value: Any) -> str:
    """A source's name."""
    text = line_of_text(value)
    if not SHORT_NAME.fullmatch(text):
        raise Problem(
            f"{text!r} is not a name; use lower-case letters, digits, dots and dashes, such as {slugify(text) or 'my-paper'!r}"
        )
    return text


def line_of_text(value: Any) -> str:
    """One non-empty line of text."""
    if not isinstance(value, str):
        raise Problem(f'must be text in quotes, such as "…", not {value!r}')
    if not value or value != storable_line(value, _LONGEST_LINE):
        raise Problem(
            f"{value[:60]!r} must be one non-empty line of at most {_LONGEST_LINE} characters, without blanks around it"
        )
    return value


def lines_of_text(value: Any) -> tuple[str, ...]:
    """A list of lines, without repetition."""
    return _each(value, line_of_text)


def _each(value: Any, read: Callable[[Any], str]) -> tuple[str, ...]:
    """What is read of each item of a list, without repetition; a Problem lists all items that can't be read."""
    if not isinstance(value, list):
        raise Problem(f'must be a list, such as ["…"], not {value!r}')
    found, problems = [], []
    for item in value:
        try:
            found.append(read(item))
        except Problem as problem:
            problems.append(str(problem))
    if problems:
        raise Problem("; ".join(problems))
    return tuple(dict.fromkeys(found))


def web_address(value: Any) -> str:
    """An absolute http(s) URL, unchanged."""
    text = line_of_text(value)
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in {"http", "https"} or absolute_url(text, text) is None or " " in text:
        cure = "" if separator else f", such as {'https://' + text.split()[0]!r}"
        raise Problem(f"{text!r} must be a whole http or https address{cure}")
    if "@" in urlsplit(text).netloc:
        raise Problem("credentials in a URL are never sent or stored: remove them")
    return text


def written_address(raw: str, home: str = "") -> str:
    """The http(s) address in the forms that people and feed readers write; a Problem says why there is none."""
    text = _FEED_SCHEME.sub("", raw.strip(), count=1)
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() in _FEED_SCHEMES:
        text = f"{_FEED_SCHEMES[scheme.lower()]}://{rest}"
    elif text.startswith("//"):
        text = f"https:{text}"
    elif not separator and _BARE_HOST.match(text):
        text = f"https://{text}"
    elif not separator and home and text.startswith(("/", "?", ".")):
        text = urljoin(home, text)
    return web_address(text.replace(" ", "%20"))


def urls(value: Any) -> tuple[str, ...]:
    """A list of URLs, without repetition."""
    return _each(value, web_address)


def country(value: Any) -> str:
    """An ISO 3166-1 alpha-2 code in lower case."""
    text = line_of_text(value)
    if not _TWO_LETTERS.fullmatch(text):
        cure = f"write {text.lower()!r}" if _TWO_LETTERS.fullmatch(text.lower()) else 'such as "de"'
        raise Problem(f"{text!r} is not a country code; use two lower-case letters (ISO 3166-1): {cure}")
    return text


def languages(value: Any) -> tuple[str, ...]:
    """ISO 639-1 codes in lower case."""
    codes = lines_of_text(value)
    for code in codes:
        if not _TWO_LETTERS.fullmatch(code):
            raise Problem(f'{code!r} is not a language code; use two lower-case letters (ISO 639-1), such as "de"')
    return codes


def boolean(value: Any) -> bool:
    """A boolean: true or false."""
    if not isinstance(value, bool):
        raise Problem(f"must be true or false, not {value!r}")
    return value


def number(value: Any) -> float:
    """A number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise Problem(f"must be a number, 0 or more, not {value!r}")
    return float(value)


def whole_number(value: Any) -> int:
    """A whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 31:
        raise Problem(f"must be a whole number, 1 or more, not {value!r}")
    return value


def certificates(value: Any) -> str:
    """The certificates (PEM) in a text or a file."""
    from cryptography.x509 import load_pem_x509_certificates

    text = value if isinstance(value, str) and _PEM.search(value) else _certificate_file(value)
    found = _PEM.findall(text)
    try:
        load_pem_x509_certificates("\n".join(found).encode())
    except ValueError as error:
        raise Problem("contains no certificate that can be read; give a file in PEM format") from error
    return "\n".join(found) + "\n"


def _certificate_file(value: Any) -> str:
    path = Path(line_of_text(value)).expanduser()
    try:
        return path.read_bytes()[:_LONGEST_FILE].decode("ascii", "replace")
    except OSError as error:
        raise Problem(
            f"can't read {path}: {error.strerror}; give the path of a file with certificates (PEM)"
        ) from error


def unknown_fields(found: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each unknown field, with the known field that may have been meant."""
    names = list(known)
    for field in found:
        if field not in names:
            close = difflib.get_close_matches(field, names, 1)
            cure = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(names)}"
            yield field, f"is an unknown field; {cure}"


def changed_fields(overrides: Politeness | ExtractionOverrides) -> dict[str, Any]:
    """The fields that differ from their defaults, tuples as lists."""
    plain = dataclasses.asdict(type(overrides)())
    values = dataclasses.asdict(overrides)
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value != plain[key]
    }
