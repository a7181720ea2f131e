"""The errors that Dateline raises, one small tree.

DatelineError
├── UsageError            what was asked can't be done as asked: the command line exits with 2
│   └── QueryError        a search that can't be read; it names the place and the cure
├── ConfigError           a setting is missing or wrong; the message names it and its cure
├── DatabaseError         the database can't be reached, is too old, or has another schema
│   └── MigrationError    a migration failed, or a file that ran was changed afterwards
├── FetchError            one HTTP exchange failed (`is_temporary` tells whether another try can help)
├── ParseError            foreign bytes that could not be read: the page ends, its neighbours do not
│   └── ParserPoolError         a parse that was killed or died (reason: parse_timeout, parse_memory, parse_crash)
└── ArchiveError          the WARC archive can't be written or read

Expected outcomes (not modified, a duplicate, blocked by robots.txt, a paywall) are values, never errors.
"""

from __future__ import annotations


class DatelineError(Exception):
    """Something that Dateline itself can name: what it is about (`subject`, a URL, file or id) and what went wrong."""

    is_temporary: bool = False

    def __init__(self, message: str, *, subject: str | None = None, is_temporary: bool | None = None) -> None:
        super().__init__(message)
        self.subject = subject
        if is_temporary is not None:
            self.is_temporary = is_temporary


class UsageError(DatelineError):
    """What was asked can't be done as asked."""


class QueryError(UsageError):
    """A search that can't be read: `position` counts characters of `query` from 0, `cure` says what to write instead."""

    def __init__(self, problem: str, *, query: str, position: int, cure: str) -> None:
        self.problem, self.query, self.position, self.cure = problem, query, position, cure
        near = "".join(c if c.isprintable() else " " for c in query[max(0, position - 40) : position + 40])
        arrow = " " * min(position, 40) + "^"
        super().__init__(f"{problem} (character {position + 1}); {cure}\n    {near}\n    {arrow}", subject=query)


class ConfigError(DatelineError):
    """A setting is missing or wrong."""


class DatabaseError(DatelineError):
    """The database can't be reached, is too old, or has a schema that this version does not know."""


class MigrationError(DatabaseError):
    """A migration failed, or a file that already ran was changed afterwards."""


class FetchError(DatelineError):
    """One HTTP exchange failed; `reason` is the word that the ledger keeps."""

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
    """A parse in a worker process that was killed (time, memory) or died."""

    def __init__(self, message: str, *, reason: str, subject: str | None = None) -> None:
        super().__init__(message, subject=subject)
        self.reason = reason


class ArchiveError(DatelineError):
    """The archive of fetched pages can't be written or read."""
