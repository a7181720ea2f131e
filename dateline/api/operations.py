"""The operators' verbs: their paths, what they take and give. The console's server carries them out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from dateline.api.parameters import Asked, Url, Words
from dateline.api.sql_rows import SqlRows
from sql.export.formats import Format
from sql.service.access import TokenScope


class NewSource(Asked, frozen=True, kw_only=True):
    """A source to be found at an address and added."""

    url: Annotated[str, Meta(min_length=1, max_length=2000, description="A home page, section, feed or sitemap.")]
    name: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(description="Its short name; else made from the address.")
    ] = None
    is_dry_run: Annotated[bool, Meta(description="Only tell what would be added.")] = False


class NewFetch(Asked, frozen=True, kw_only=True):
    """A URL to be fetched now."""

    url: Url


class Statement(Asked, frozen=True, kw_only=True):
    """A statement for PostgreSQL."""

    sql: Annotated[
        str, Meta(min_length=1, max_length=20_000, description="One SELECT over the views of schema news, or EXPLAIN.")
    ]


class NewExport(Asked, frozen=True, kw_only=True):
    """A file to be written: of a search (`q`) or of a view."""

    q: Words = ""
    view: Annotated[str, Meta(max_length=63, description="A view of schema news, such as articles.")] = ""
    format: Annotated[Format, Meta(description="parquet needs the extra `parquet` where the console runs.")] = "csv"
    texts: Annotated[
        Literal["whole", "none", "counts"],
        Meta(description="whole: as stored. none: left out. counts: how often each word is in them."),
    ] = "whole"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that was started: `rows` once it has ended, or `problem`, in a sentence."""

    id: str
    state: Literal["running", "done", "failed"]
    rows: list[Any]
    problem: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export: `rows`, `bytes` and `sha256` once it is done, or `problem`, in a sentence. It is kept until `expires_at`."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    q: str
    view: str
    format: Format
    texts: Literal["whole", "none", "counts"]
    created_at: dt.datetime
    expires_at: dt.datetime
    rows: int | None
    bytes: int | None
    sha256: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence."""

    said: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb, its body, its answer (None: a file), and the scope that it needs."""

    name: str
    method: Literal["POST", "GET", "DELETE"]
    path: str
    summary: str
    body: type[Asked] | None
    row: Any
    status: int = 200
    scope: TokenScope = "operate"

    @property
    def path_names(self) -> list[str]:
        """The names in its path."""
        return re.findall(r"\{(\w+)\}", self.path)


OPERATIONS = (
    Operation("add_source", "POST", "/sources", "Find the feeds of a site and add it, as a job", NewSource, Job, 202),
    Operation("job", "GET", "/jobs/{id}", "A job, for the token that began it", None, Job),
    Operation("fetch", "POST", "/fetches", "Fetch a URL as soon as its host may be asked", NewFetch, Done, 202),
    Operation("pause", "POST", "/sources/{name}/pause", "Stop visiting a source", None, Done),
    Operation("resume", "POST", "/sources/{name}/resume", "Visit a source again", None, Done),
    Operation("sql", "POST", "/sql", "The rows of a statement, in at most 30 s", Statement, SqlRows, 200, "sql"),
    Operation("visit", "POST", "/sources/{name}/visit", "Make the watched pages of a source due now", None, Done),
    Operation(
        "add_export",
        "POST",
        "/exports",
        "Write a search or a view as a file, as a job",
        NewExport,
        ExportJob,
        202,
        "read",
    ),
    Operation(
        "exports",
        "GET",
        "/exports",
        "The exports of this token or user, oldest first",
        None,
        list[ExportJob],
        200,
        "read",
    ),
    Operation(
        "export", "GET", "/exports/{id}", "An export, for the token that asked for it", None, ExportJob, 200, "read"
    ),
    Operation(
        "export_file", "GET", "/exports/{id}/file", "The file of an export that is done", None, None, 200, "read"
    ),
    Operation(
        "remove_export", "DELETE", "/exports/{id}", "Stop an export, and delete its file", None, Done, 200, "read"
    ),
)
