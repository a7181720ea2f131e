"""The operators' verbs: their paths, what they take and give. The console's server carries them out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from dateline.api.parameters import Asked, Url


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


@dataclass(frozen=True, slots=True)
class Job:
    """Work that was begun: `rows` once it has ended, or `problem`, in a sentence."""

    id: str
    state: Literal["running", "done", "failed"]
    rows: list[Any]
    problem: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence."""

    said: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb, its body and its answer."""

    name: str
    method: Literal["POST", "GET"]
    path: str
    summary: str
    body: type[Asked] | None
    row: Any
    status: int = 200

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
    Operation("visit", "POST", "/sources/{name}/visit", "Make the watched pages of a source due now", None, Done),
)
