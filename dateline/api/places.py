"""Where questions are answered: in a database, or by another machine's console over HTTP. Both give the same values."""

from __future__ import annotations

import asyncio
import http.client
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import psycopg

from crawler.politeness.retry_after import asks_to_wait
from dateline.api.endpoints import NO_ADDRESS, Endpoint
from dateline.api.parameters import Asked
from dateline.api.questions import field_names
from dateline.api.reads import Missing, Page
from dateline.api.sql_rows import SqlRows, sql_rows
from dateline.clock import Clock
from dateline.errors import DatabaseError, RemoteError, UsageError
from sql.analysts.queries import AnalystQueries, SqlError
from sql.database import connect, refusal
from sql.search.search import run

TIMEOUT_S = 60.0
TRIES = 6
LONGEST_WAIT_S = 30.0
MOST_BYTES = 512 * 1024 * 1024


class Place(Protocol):
    """Answers questions."""

    def ask(self, endpoint: Endpoint, asked: Asked) -> Any:
        """A page, another answer, or Missing."""
        ...

    def sql(self, statement: str) -> SqlRows:
        """The rows of a read-only statement; a UsageError where PostgreSQL refuses it."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class InDatabase:
    """A database, read over one connection that can't write."""

    def __init__(self, url: str, clock: Clock, stack: ExitStack, *, timeout_s: float | None = None) -> None:
        self._url, self._clock, self._stack, self._timeout_s = url, clock, stack, timeout_s or 0.0
        self._connection = self._open()

    def _open(self) -> psycopg.Connection[Any]:
        connection = connect(self._url, autocommit=True, application_name="dateline-archive")
        connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{self._timeout_s * 1000:.0f}"])
        connection.read_only = True
        return connection

    def ask(self, endpoint: Endpoint, asked: Asked) -> Any:
        """The answer; a lost connection is made again once."""
        if self._connection.closed:
            self._connection = self._open()
        try:
            return _typed(endpoint, run(self._connection, endpoint.plan(asked, self._clock())))
        except (
            psycopg.errors.UndefinedTable,
            psycopg.errors.UndefinedColumn,
            psycopg.errors.InvalidSchemaName,
        ) as error:
            raise DatabaseError(
                "This database has no archive of this version: `dateline db migrate` prepares it"
            ) from error
        except psycopg.errors.QueryCanceled as error:
            raise DatabaseError(f"It took longer than {self._timeout_s:g} s and was stopped") from error
        except psycopg.OperationalError as error:
            why = str(refusal(error))
            raise DatabaseError(f"{why[:1].upper()}{why[1:]}") from error

    def sql(self, statement: str) -> SqlRows:
        """The rows, within the limits of the console's SQL page; as this database's user, read-only."""
        answer = AnalystQueries(self._url).run(statement, run="sql", owner="")
        try:
            with ThreadPoolExecutor(1) as thread:  # a notebook has a running loop of its own
                return sql_rows(thread.submit(asyncio.run, answer).result())
        except SqlError as error:
            raise UsageError(f"sql: {error}") from error

    def close(self) -> None:
        """Close the connection, and stop the bundled server where this process started it."""
        self._connection.close()
        self._stack.close()


class OverHttp:
    """A console's `/api/v1`. The token is sent to no other address: a redirect is an error."""

    def __init__(
        self,
        base: str,
        token: str | None,
        *,
        timeout_s: float | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        says = "Give the console's address such as https://host or https://host/news, and token=…"
        try:
            parts = urlsplit(base)
            self._port = parts.port
        except ValueError as error:
            raise UsageError(says) from error
        if parts.username or parts.password or not parts.hostname or parts.query:
            raise UsageError(says)
        token = (
            token.strip() if isinstance(token, str) else token
        )  # one that was read from a file ends with a line break
        if token is not None and (not isinstance(token, str) or not re.fullmatch("[!-~]+", token)):
            raise UsageError("This is not a token: `dateline token add NAME` prints one")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._path = parts.hostname, parts.path.rstrip("/").removesuffix("/api/v1")
        self._named = parts.netloc
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._sleep, self._timeout_s = sleep, timeout_s or TIMEOUT_S
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, endpoint: Endpoint, asked: Asked) -> Any:
        """The answer. Waits where the server asks for it, and tries a lost connection again."""
        given = {k: v for k, v in msgspec.to_builtins(asked).items() if v is not None}
        path = endpoint.path
        for name in [name for name in given if f"{{{name}}}" in path]:
            path = path.replace(f"{{{name}}}", quote(str(given.pop(name)), safe=""))
        address = f"{self._path}/api/v1{path}" + (f"?{urlencode(given)}" if given else "")
        status, body = self._answered("GET", address)
        if status == 404 and (said := _problem(body)) and not said.startswith(NO_ADDRESS):
            return Missing(said)
        self._check(status, body)
        try:
            return _typed(endpoint, _page(body) if endpoint.is_list else msgspec.json.decode(body))
        except (ValueError, KeyError, TypeError) as error:
            raise RemoteError(self._not_ours(body)) from error

    def sql(self, statement: str) -> SqlRows:
        """The rows. The token needs scope sql."""
        status, body = self._answered("POST", f"{self._path}/api/v1/sql", msgspec.json.encode({"sql": statement}))
        self._check(status, body)
        try:
            return msgspec.json.decode(body, type=SqlRows)
        except ValueError as error:
            raise RemoteError(self._not_ours(body)) from error

    def _check(self, status: int, body: bytes) -> None:
        if status == 422:
            raise UsageError(_detail(body))
        if status != 200:
            raise RemoteError(f"{self._named} answered {status}: {_detail(body)}", status=status)

    def _not_ours(self, body: bytes) -> str:
        """What to say of an answer that no console of this version gives."""
        return (
            f"{self._named} is not a Dateline console, or has another version: its answer begins"
            f" {body[:40].decode('utf-8', 'replace')!r}"
        )

    def _answered(self, method: str, address: str, given: bytes | None = None) -> tuple[int, bytes]:
        for attempt in range(TRIES):
            wait = min(2.0**attempt / 2, LONGEST_WAIT_S)
            try:
                status, after, body = self._exchange(method, address, given)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if attempt == TRIES - 1 or isinstance(error, ConnectionRefusedError):
                    said = f"Can't reach {self._named}: {getattr(error, 'strerror', None) or str(error) or type(error).__name__}"
                    raise RemoteError(said, is_temporary=True) from error
            else:
                if not asks_to_wait(status) or attempt == TRIES - 1:
                    return status, body
                wait = min(float(after), LONGEST_WAIT_S) if after.isdigit() else wait
            self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _exchange(self, method: str, address: str, given: bytes | None) -> tuple[int, str, bytes]:
        if self._connection is None:
            self._connection = self._kind(self._host, self._port, timeout=self._timeout_s)
        headers = self._headers | ({"Content-Type": "application/json"} if given is not None else {})
        self._connection.request(method, address, given, headers)
        answer = self._connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise RemoteError(f"{self._named} sent more than {MOST_BYTES:,} bytes")
        return answer.status, answer.headers.get("Retry-After", ""), body

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _page(body: bytes) -> Page:
    found = msgspec.json.decode(body)
    return Page(found["items"], found["next"], tuple(found["notices"]))


def _detail(body: bytes) -> str:
    """What a problem says; the beginning of anything else."""
    return _problem(body) or body[:200].decode("utf-8", "replace").strip() or "no reason given"


def _problem(body: bytes) -> str:
    """What a problem says (RFC 9457); empty where this is none."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any])["detail"])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        return ""


def _typed(endpoint: Endpoint, answer: Any) -> Any:
    """The answer with rows of their types, whether they came as JSON or from the database."""
    if isinstance(answer, Page):
        items = [_row(endpoint, item) for item in answer.items]
        return Page(items, answer.next, answer.notices, answer.is_waiting or (not items and bool(answer.notices)))
    return answer if isinstance(answer, Missing) else _row(endpoint, answer)


def _row(endpoint: Endpoint, item: Any) -> Any:
    if isinstance(item, dict) and field_names(endpoint):
        return msgspec.convert(item, endpoint.row)
    return item
