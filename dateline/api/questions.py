"""From texts to a checked question, and from its answer to JSON. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import orjson

from dateline.api.endpoints import Endpoint
from dateline.api.parameters import Asked
from dateline.api.reads import Page
from dateline.errors import UsageError
from dateline.text import storable

A = TypeVar("A", bound=Asked)
INSTANTS = ("since", "until")
VERBATIM = ("sql",)
"""Texts of which every character counts; others are cleaned, since they are compared with what is stored."""
_AT = re.compile(r" - at `\$\.?(?P<name>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


def question(kind: type[A], given: Mapping[str, object]) -> A:
    """The parameters as checked values; a UsageError names the one that is wrong. Blank texts count as not given."""
    if unknown := next((name for name in given if name not in kind.__struct_fields__), None):
        known = kind.__struct_fields__
        cure = f"Choose from: {', '.join(known)}" if known else "It takes none"
        raise UsageError(f"{unknown[:100]}: unknown parameter. {cure}")
    texts = {name: _as_given(name, value) for name, value in given.items() if value is not None and value != ""}
    try:
        msgspec.convert(texts, kind, strict=False)  # limits count what was sent; what is kept may be shorter
        cleaned = {k: storable(v, 4000) if isinstance(v, str) and k not in VERBATIM else v for k, v in texts.items()}
        kept = {k: v for k, v in cleaned.items() if not isinstance(v, str) or v.strip()}
        made = msgspec.convert(kept, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(_said(str(error), kind)) from error
    if void := next(
        (name for name in kept if getattr(made, name) is None), None
    ):  # msgspec reads the word null as none
        raise UsageError(_said(f" - at `$.{void}`", kind))
    return made


def _as_given(name: str, value: object) -> object:
    """An instant also as a date, without a zone (then UTC), or with its plus sign lost; anything else as it is."""
    if isinstance(value, bool) and name == "id":
        return "not a number"  # msgspec reads True as 1
    if name not in INSTANTS:
        return value
    if not isinstance(value, str):  # msgspec reads numbers as seconds since 1970
        return "not an instant"
    text = re.sub(r"[ ](\d\d:\d\d)$", r"+\1", value.strip())
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f"{text}T00:00:00Z"
    if re.match(r"\d{4}-", text) is None:  # msgspec reads numbers as seconds since 1970
        return "not an instant"
    return f"{text}Z" if re.fullmatch(r"\d{4}-\d\d-\d\d[T ][\d:.]+", text) else text


def _said(text: str, kind: type[Asked]) -> str:
    """msgspec's message as ours: the parameter first, and what it may be."""
    known = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    if found := _MISSING.search(text):
        return f"{found['name']}: is required: {_may_be(known[found['name']])}"
    if found := _AT.search(text):
        return f"{found['name']}: {_may_be(known.get(found['name'].partition('[')[0], {}))}"
    return text


def _may_be(schema: Mapping[str, Any]) -> str:
    """What a value may be, as a sentence that says what to do."""
    if "anyOf" in schema:
        return _may_be(schema["anyOf"][0])
    if choices := schema.get("enum"):
        return f"choose from {', '.join(choices)}"
    if schema.get("format") == "date-time":
        return "give an instant such as 2026-05-04T12:00:00Z, or a date such as 2026-05-04"
    if schema.get("type") == "integer":
        return f"give a whole number from {schema['minimum']:,} to {schema['maximum']:,}"
    if schema.get("type") == "boolean":
        return "give true or false"
    return f"give a text of at most {schema.get('maxLength', 4000):,} characters"


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


def preferred(accept: str, kinds: Sequence[str]) -> str | None:
    """The kind that the header Accept prefers, the first of equals; None where it takes none of them (RFC 9110, 12.5.1)."""
    weights = {}
    for kind, *more in ([one.strip() for one in part.split(";")] for part in accept.lower().split(",")):
        if "/" in kind:
            weights[kind] = next((_weight(one[2:]) for one in more if one.startswith("q=")), 1.0)
    if not weights:
        return kinds[0]

    def weight(kind: str) -> float:
        return next((weights[n] for n in (kind, f"{kind.partition('/')[0]}/*", "*/*") if n in weights), 0.0)

    best = max(kinds, key=weight)
    return best if weight(best) > 0 else None


def _weight(text: str) -> float:
    """A weight from 0 to 1; 1 where it can't be read."""
    return float(text) if re.fullmatch(r"[01](?:\.\d{0,3})?", text) else 1.0
