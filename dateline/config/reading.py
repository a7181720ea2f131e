"""Settings as a person gives them: `dateline.toml` in the data folder, overridden by the environment (DATELINE_NAME).

`read()` collects every mistake with its line or variable, `load()` raises them as one error.

Why not pydantic-settings (2.16): comma-separated lists, DATELINE_NAME_FILE, the password that joins the database URL and
errors that name the file or variable would all be code of our own there too, for five more packages and 0.2 s at each start
of a command.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlsplit, urlunsplit

from dateline.config import rules
from dateline.config.advice import unprotected_mail
from dateline.config.settings import Settings
from dateline.errors import ConfigError
from dateline.unicode_text import decode_unicode


@dataclass(slots=True)
class Read:
    """Settings as far as they could be read, where each value comes from (a line or variable), and all mistakes."""

    settings: Settings
    places: dict[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def load(environ: Mapping[str, str], *, data_dir: Path) -> Settings:
    """Settings from `data_dir`/dateline.toml and then the environment; a ConfigError lists every mistake, one per line."""
    found = read(environ, data_dir=data_dir)
    if found.mistakes:
        raise ConfigError("\n".join(found.mistakes))
    return found.settings


def read(environ: Mapping[str, str], *, data_dir: Path) -> Read:
    """Settings with their defaults in place of values that can't be used, and what is wrong with those."""
    kinds = {name: kind for name, kind in get_type_hints(Settings).items() if name != "data_dir"}
    fields = {item.name: item for item in dataclasses.fields(Settings)}
    found = Read(Settings(data_dir=data_dir))
    values: dict[str, Any] = {}
    for name, place, value in (*_from_file(found, data_dir, kinds), *_from_environment(found, environ, kinds)):
        problems = list(rules.of_value(fields[name], value))
        found.mistakes += [f"{place}: {problem}" for problem in problems]
        values[name] = values.get(name, fields[name].default) if problems else value
        found.places[name] = place
    try:
        values["database_url"] = _with_password(values.get("database_url"), environ)
    except ConfigError as error:
        found.mistakes.append(str(error))
    found.settings = Settings(data_dir=data_dir, **values)
    found.mistakes = rules.in_order([*found.mistakes, *unprotected_mail(found.settings)])
    return found


Given = Iterator[tuple[str, str, Any]]
"""Settings that are given: name, place, value."""


def _from_file(found: Read, data_dir: Path, kinds: Mapping[str, Any]) -> Given:
    """The settings in the file; lines that can't be read, unknown names and wrong types become mistakes."""
    path = data_dir / "dateline.toml"
    try:
        text = decode_unicode(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        found.mistakes.append(f"{path} can't be read: {error}")
        return
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found.mistakes.append(f"{path}:{line}: is not UTF-8: save the file in that encoding")
        return
    parsed, unreadable = rules.parse_toml(text)
    found.mistakes += [f"{path}:{line}: can't be read: {why}" for line, why in unreadable]
    for name, raw in parsed.items():
        place = f"{path}:{rules.line_of(text, name)}"
        value = tuple(raw) if isinstance(raw, list) else raw
        if name not in kinds:
            found.mistakes.append(f"{place}: unknown setting {name!r}. {suggestion(name, kinds)}")
        elif not _fits(value, kinds[name]):
            is_secret = next(item.metadata["is_secret"] for item in dataclasses.fields(Settings) if item.name == name)
            said = "of the wrong type" if is_secret else repr(value)
            found.mistakes.append(f"{place}: {name} is {said}; it takes {_KINDS.get(kinds[name], 'text in quotes')}")
        else:
            yield name, place, value


def _from_environment(found: Read, environ: Mapping[str, str], kinds: Mapping[str, Any]) -> Given:
    """The settings in the environment, by type; what can't be read becomes a mistake."""
    for name, kind in kinds.items():
        variable = f"DATELINE_{name.upper()}"
        try:
            text = _text_of(environ, variable)
            if text is not None:
                yield name, variable, _parse(variable, text, kind)
        except ConfigError as error:
            found.mistakes.append(str(error))


def suggestion(name: str, known: Iterable[str]) -> str:
    """The known name that may have been meant, or where the names are listed."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {close[0]!r}?" if close else "`dateline config show` lists all settings"


_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple[str, ...]: 'a list of texts, such as ["a", "b"]',
    tuple[int, ...]: "a list of whole numbers, such as [8080, 8443]",
}
"""What a value of each type is called in errors about the file; all others are text."""


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(kind)[0]) for one in value)
    if kind in (int, float):  # a bool is an int, too; a whole number is a float, too
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def _text_of(environ: Mapping[str, str], variable: str) -> str | None:
    """DATELINE_NAME, or the first line of the file that DATELINE_NAME_FILE names (how containers hand over secrets)."""
    path = environ.get(f"{variable}_FILE")
    return environ.get(variable) if not path else _first_line(path, f"{variable}_FILE")


def _first_line(path: str, variable: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{variable} names {path}, which can't be read: {why}", subject=path) from error


def _with_password(url: str | None, environ: Mapping[str, str]) -> str | None:
    """The database URL with the password from DATELINE_DATABASE_PASSWORD_FILE put in, where one is given."""
    path = environ.get("DATELINE_DATABASE_PASSWORD_FILE")
    if not url or not path:
        return url
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError("database_url can't be read; write it as postgresql://user@host:5432/name") from error
    password = quote(_first_line(path, "DATELINE_DATABASE_PASSWORD_FILE"), safe="")
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or 'postgres'}:{password}@{place}"))


def _parse(variable: str, text: str, kind: Any) -> Any:
    """The value that an environment variable's text means for a field of that type."""
    if get_origin(kind) is tuple and _BRACKETED.fullmatch(text.strip()):
        said = "can't be used" if "://" in text else f"is {text!r}"  # the address of a webhook is a secret
        raise ConfigError(
            f"{variable} {said}; it takes values with commas between them, without brackets and quotes: a,b"
        )
    try:
        if kind is bool:
            return _BOOLEANS[text.strip().lower()]
        if kind in (int, float):
            return kind(text)
        if get_origin(kind) is tuple:
            return tuple(get_args(kind)[0](part.strip()) for part in text.split(",") if part.strip())
    except (KeyError, ValueError) as error:
        takes = "whole numbers with commas between them" if get_origin(kind) else _KINDS[kind]
        raise ConfigError(f"{variable} is {text!r}; it takes {takes}") from error
    return text or None if kind == str | None else text


_BRACKETED = re.compile(r"\[\s*(?:[\"'0-9].*)?\]", re.DOTALL)
"""A list as TOML and JSON write it."""
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
