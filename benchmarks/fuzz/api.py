"""`make fuzz-api`: calls made from the OpenAPI description, valid, at the limits and hostile, of which none may answer 500.

Also checked: each answer's status and type are described, and each error is problem+json.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from benchmarks import results

HOSTILE = (
    "", "\0", "a\0b", "'", '"', "\\", "%", "%00", "../../etc/passwd", "' OR 1=1 --", "\ud7ff\uffff", "\U0001f4f0", "ß" * 300,
    "x" * 5000, "-1", "0", "1e400", "NaN", "9" * 5000, "9223372036854775808", "null", "true", "[]", "{}", "title:(", '"', "((((",
    "a OR", "date:9999..0", "kind:headline", "2026-13-45", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "s", "s-1", "s1.2",
    "n1.2", "n999999999999999999.1", "r.1", "r1e999.5", "c2026-01-01T00:00:00+00:00.5", "c.1",
    "o1.2", "o9.9.9", "o99999999999999999999.1.1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A request."""

    method: str
    path: str
    query: str
    body: bytes
    operation: str


def calls(document: dict[str, Any], dice: random.Random) -> Iterator[Call]:
    """Calls without end, of each operation in turn."""
    operations = [(path, method, one) for path, of in document["paths"].items() for method, one in of.items()]
    while True:
        for path, method, one in operations:
            query = []
            for parameter in one["parameters"]:
                if parameter["in"] == "path":
                    text = _text(parameter["schema"], dice) or "0"
                    path = path.replace(f"{{{parameter['name']}}}", quote(text, safe=""))  # noqa: PLW2901
                elif parameter["required"] or dice.random() < 0.4:
                    query.append((parameter["name"], _text(parameter["schema"], dice)))
            if dice.random() < 0.05:
                query.append((dice.choice(("unknown", "limit", "q", "fields")), dice.choice(HOSTILE)))
            body = _body(one, dice) if "requestBody" in one else b""
            yield Call(method.upper(), f"/api/v1{path}", urlencode(query, errors="replace"), body, one["operationId"])


def _text(schema: dict[str, Any], dice: random.Random) -> str:
    """A value as text: mostly a valid one."""
    return dice.choice(HOSTILE) if dice.random() < 0.35 else str(_value(schema, dice))


def _value(schema: dict[str, Any], dice: random.Random) -> Any:
    if "anyOf" in schema:
        return _value(dice.choice(schema["anyOf"][:1]), dice)
    if "enum" in schema:
        return dice.choice(schema["enum"])
    if schema.get("type") == "integer":
        low, high = schema.get("minimum", 0), schema.get("maximum", 10)
        return dice.choice((low, high, low - 1, high + 1, dice.randint(1, 60)))
    if schema.get("format") == "date-time":
        return dice.choice((f"{dt.date(2026, 5, dice.randint(1, 31))}", "2026-05-04T10:00:00+02:00"))
    if schema.get("type") == "boolean":
        return dice.random() < 0.5
    return dice.choice(
        ("ferry", "council -pier", "harb*", "https://morning-courier.example/news/1-1", "id,url,title", "x.example")
    )


def _body(one: dict[str, Any], dice: random.Random) -> bytes:
    # a valid address would be fetched by a command of its own
    if dice.random() < 0.2 or one["operationId"] == "add_source":
        return dice.choice(
            (b"", b"{", b"[]", b"null", b'{"url": 1}', b"\xff", b'{"url": "a", "url": "b"}', b"{}" * 40_000)
        )
    schema = one["requestBody"]["content"]["application/json"]["schema"]["properties"]
    return orjson.dumps({name: dice.choice(HOSTILE) for name in schema if dice.random() < 0.9}, default=str)


def wrong_with(document: dict[str, Any], call: Call, status: int, kind: str, body: bytes) -> str:
    """What is wrong with an answer, "" where nothing is."""
    if status >= 500:
        return f"{status} {body[:200]!r}"
    if status >= 400 and kind != "application/problem+json":
        return f"{status} as {kind}"
    if status >= 400 and orjson.loads(body)["status"] != status:
        return "the problem names another status"
    if status == 404 and "Nothing has this address" in body.decode():
        return ""
    described = next(o for of in document["paths"].values() for o in of.values() if o["operationId"] == call.operation)
    is_described = str(status) in described["responses"]
    return "" if is_described or status in (304, 405, 413, 415) else f"{status} is not described"


async def play(app: Any, headers: dict[str, str], number: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Statuses by number, and what was wrong."""
    from tests.browser.test_http import Client

    client = Client(app, more={**headers, "content-type": "application/json"})
    document = (await client.get("/api/v1/openapi.json")).json()
    statuses, wrong = Counter[int](), []
    made = calls(document, random.Random(seed))
    for _ in range(number):
        call = next(made)
        answer = await client.ask(call.method, call.path, call.query, call.body)
        statuses[answer.status] += 1
        if said := wrong_with(document, call, answer.status, answer.headers.get("content-type", ""), answer.body):
            wrong.append(f"{call.method} {call.path[:200]}?{call.query[:300]} {call.body[:100]!r}: {said}")
    return statuses, wrong


async def main(number: int, seed: int) -> int:
    """Play against a filled archive on the bundled PostgreSQL."""
    from dateline.config import Settings
    from dateline.console.server.serve import console_app
    from sql.schema.migrate import migrate
    from sql.server.embedded import EmbeddedServer
    from tests.browser.archive import fill

    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer(Path(folder) / "db", durable=False).running() as url,
    ):
        migrate(url)
        await fill(url, dt.datetime.now(dt.UTC), days=6, quiet=6)
        settings = Settings(data_dir=Path(folder), console_requests_a_minute=0)
        async with console_app(settings, url) as app:
            statuses, wrong = await play(app, {}, number, seed)
    print(f"{number} calls:", ", ".join(f"{many} x {status}" for status, many in sorted(statuses.items())))
    for said in wrong[:20]:
        print(said)
    results.write("fuzz-api", {"calls": number, "wrong": len(wrong)}, ({"wrong": said} for said in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.calls, given.seed)))
