"""The errors that Dateline raises, as one small tree.

DatelineError
├── UsageError            a command or request that can't be carried out as given: the command line exits with 2
│   └── QueryError        a search that can't be read; it names the position and the cure
├── ConfigError           a setting is missing or wrong; the message names it and the cure
├── DatabaseError         the database can't be reached, is too old, or has an unknown schema
│   └── MigrationError    a migration failed, or its file was changed after it ran
├── FetchError            one HTTP exchange failed (`is_temporary`: another try can help)
│   └── NoFetch           the same inside the crawler, where it becomes a NotFetched (crawler.exchange)
├── ParseError            foreign bytes could not be read: this ends the work on their page only
│   └── ParserPoolError   a worker was killed or died (reason: parse_timeout, parse_memory, parse_crash)
├── RemoteError           another machine's Dateline can't be reached, or refuses who asks
├── RenderError           the browser could not render a page
└── ArchiveError          the WARC archive can't be written or read

Expected outcomes (not modified, a duplicate, blocked by robots.txt, a paywall) are values, never errors.
An error's message says what is wrong, with what, and, where the reader can do something, the cure.
"""

from __future__ import annotations


class DatelineError(Exception):
    """Base of all errors of Dateline: what went wrong, and with what (`subject`: a URL, file or id)."""

    is_temporary: bool = False

    def __init__(self, message: str, *, subject: str | None = None, is_temporary: bool | None = None) -> None:
        super().__init__(message)
        self.subject = subject
        if is_temporary is not None:
            self.is_temporary = is_temporary


class UsageError(DatelineError):
    """A command or request that can't be carried out as given. `advice` names commands, so the console shows `problem` only."""

    def __init__(self, problem: str, *, subject: str | None = None, advice: str = "") -> None:
        super().__init__(f"{problem}. {advice}" if advice else problem, subject=subject)
        self.problem = problem


class QueryError(UsageError):
    """A search that can't be read: `position` counts characters of `query` from 0, `cure` says what to write instead."""

    def __init__(self, problem: str, *, query: str, position: int, cure: str) -> None:
        near = "".join(c if c.isprintable() else " " for c in query[max(0, position - 40) : position + 40])
        arrow = " " * min(position, 40) + "^"
        super().__init__(f"{problem} (character {position + 1}); {cure}\n    {near}\n    {arrow}", subject=query)
        self.problem, self.query, self.position, self.cure = problem, query, position, cure


class ConfigError(DatelineError):
    """A setting is missing or wrong."""


class DatabaseError(DatelineError):
    """The database can't be reached, is too old, or has a schema that this version does not know."""


class MigrationError(DatabaseError):
    """A migration failed, or its file was changed after it ran."""


class FetchError(DatelineError):
    """One HTTP exchange failed; `reason` is the word that the ledger stores."""

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        subject: str | None = None,
        is_temporary: bool = True,
        status: int | None = None,
    ) -> None:
        super().__init__(message, subject=subject, is_temporary=is_temporary)
        self.reason = reason
        self.status = status


class ParseError(DatelineError):
    """Foreign bytes that could not be read."""

    reason: str = "parse_error"


class ParserPoolError(ParseError):
    """The worker of a parse was killed (time, memory) or died."""

    def __init__(self, message: str, *, reason: str, subject: str | None = None) -> None:
        super().__init__(message, subject=subject)
        self.reason = reason


class RemoteError(DatelineError):
    """Another machine's Dateline can't be reached, or refuses who asks; `status` is that of HTTP, where there was an answer."""

    def __init__(self, message: str, *, status: int | None = None, is_temporary: bool = False) -> None:
        super().__init__(message, is_temporary=is_temporary)
        self.status = status


class RenderError(DatelineError):
    """A page could not be rendered in the browser."""


class ArchiveError(DatelineError):
    """The archive of fetched pages can't be written or read."""
