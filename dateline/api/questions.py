"""From texts to a checked question, and from its answer to JSON. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import orjson

from dateline.api.endpoints import Endpoint
from dateline.api.parameters import Asked
from dateline.api.reads import Page
from dateline.errors import UsageError
from dateline.text import storable

A = TypeVar("A", bound=Asked)
_AT = re.compile(r" - at `\$\.?(?P<name>[^`]*)`$")


def question(kind: type[A], given: Mapping[str, object]) -> A:
    """The parameters as checked values; a UsageError names the one that is wrong. Empty texts count as not given."""
    texts = {name: _as_given(name, value) for name, value in given.items()}
    try:
        return msgspec.convert({k: v for k, v in texts.items() if v not in ("", None)}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(_said(str(error), kind)) from error


def _as_given(name: str, value: object) -> object:
    """A text that PostgreSQL accepts; an instant also as a date, without a zone (then UTC), or with its plus sign lost."""
    if not isinstance(value, str):
        return value
    text = storable(value, 4000)
    if name not in ("since", "until"):
        return text
    text = re.sub(r"[ ](\d\d:\d\d)$", r"+\1", text.strip())
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f"{text}T00:00:00Z"
    return f"{text}Z" if re.fullmatch(r"\d{4}-\d\d-\d\d[T ][\d:.]+", text) else text


def _said(text: str, kind: type[Asked]) -> str:
    """msgspec's message as ours: the parameter first, and what it may be."""
    found = _AT.search(text)
    if found is None:
        return text.replace("Object ", "The request ")
    name, wrong = found["name"], text[: found.start()]
    if "RFC3339" in wrong:
        wrong = "give an instant such as 2026-05-04T12:00:00Z, or a date such as 2026-05-04"
    elif choices := _choices(kind, name):
        wrong = f"choose from {', '.join(choices)}"
    return f"{name}: {wrong}"


def _choices(kind: type[Asked], name: str) -> list[str]:
    """The words that a parameter may be, if it is one of a few."""
    hint = get_type_hints(kind).get(name)
    return [word for one in (hint, *get_args(hint)) if get_origin(one) is Literal for word in get_args(one)]


def field_names(endpoint: Endpoint) -> tuple[str, ...]:
    """The fields of a row; none where the answer has keys of its own."""
    return tuple(one.name for one in dataclasses.fields(endpoint.row)) if dataclasses.is_dataclass(endpoint.row) else ()


def wanted_fields(endpoint: Endpoint, asked: Asked) -> tuple[str, ...]:
    """The fields that `fields` names, () for all; a UsageError lists the known ones."""
    text = getattr(asked, "fields", None)
    if not text:
        return ()
    names = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    known = field_names(endpoint)
    for name in names:
        if name not in known:
            raise UsageError(f"fields: unknown field {name[:100]!r}. Choose from: {', '.join(known)}")
    return names


def chosen(item: Any, names: Sequence[str]) -> Any:
    """A row with these fields only; all for ()."""
    if not names:
        return item
    if isinstance(item, Mapping):
        return {name: item[name] for name in names}
    return {name: getattr(item, name) for name in names}


def as_json(answer: Any, names: Sequence[str]) -> bytes:
    """The answer: a page as `items`, `next` and `notices`; anything else as it is."""
    if isinstance(answer, Page):
        items = [chosen(item, names) for item in answer.items]
        return dumps({"items": items, "next": answer.next, "notices": answer.notices})
    return dumps(chosen(answer, names))


def dumps(value: Any) -> bytes:
    """JSON with instants in UTC (RFC 3339)."""
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z)
