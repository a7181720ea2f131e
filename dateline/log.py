"""Logging: structlog on top of the standard library; one line per event, as JSON for machines or short text for people.

`bind(...)` adds context (source, visit, URL) to all log lines of an asyncio task.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from functools import cache, cached_property
from typing import Any, TextIO

NOISY = (
    "scrapy",
    "twisted",
    "trafilatura",
    "htmldate",
    "asyncio",
    "filelock",
    "apscheduler",
    "procrastinate",
    "uvicorn",
    "charset_normalizer",
)
RETRYING = ("psycopg.pool", "apscheduler")
"""Loggers that log each try while the database is down, many times per second; the code that waits for it logs that once."""
TOKEN_PREFIX = "dateline_"  # noqa: S105 - a prefix only
"""What the tokens of programs begin with, by which scanners of code and logs find them."""
_NAMED = r"\$\{\w{1,100}\}"
_CREDENTIALS = re.compile(
    rf"(?<=://)(?!{_NAMED}(?::{_NAMED})?@[^/\s@]*(?:[/\s]|\Z))"
    r"(?:[^/?#\s@:\[\"'<>]{0,100}:(?!\d{0,5}(?:[/?#\s]|\Z))[^\s\"<>]{0,200}@|[^/\s]*@)"
)
"""All before the last @ of a host, since a password may have one, too, or a slash. Names of secrets (`${NAME}`) stay."""
_TOKENS = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}")


def without_credentials(text: str) -> str:
    """The text with user name and password removed from every URL in it, and without tokens of ours."""
    return _TOKENS.sub("***", _CREDENTIALS.sub("***@", text))


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with user name and password removed from every URL in it, and without tokens of ours."""
    for key, value in event.items():
        if isinstance(value, str) and ("://" in value or TOKEN_PREFIX in value):
            event[key] = without_credentials(value)
    return event


def _visible_only(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with strangers' words as a terminal may show them; a traceback keeps its lines, set in so that none looks like
    an event."""
    from dateline.text import visible

    for key, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if key in ("exception", "stack") else [value]
            event[key] = "\n    ".join(visible(line) for line in lines)
    return event


def configure(*, level: str = "info", fmt: str = "auto", stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging to `stream` (standard error) as JSON lines or short text."""
    out = stream or sys.stderr
    _configure_structlog.cache_clear()
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Lines(as_json=fmt == "json" or (fmt == "auto" and not out.isatty()), colors=out.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for name in RETRYING:
        logging.getLogger(name).setLevel(logging.ERROR)
    _Logger.is_configured = True


class _Lines(logging.Formatter):
    """structlog's formatter, made for the first line: importing structlog takes longer than most commands, which log nothing."""

    def __init__(self, *, as_json: bool, colors: bool) -> None:
        super().__init__()
        self._as_json, self._colors = as_json, colors

    def format(self, record: logging.LogRecord) -> str:
        """One event as JSON or as text for people."""
        return str(self._formatter.format(record))

    @cached_property
    def _formatter(self) -> Any:
        import structlog

        as_text = (_visible_only, structlog.dev.ConsoleRenderer(colors=self._colors))
        renderers: Any = (structlog.processors.JSONRenderer(),) if self._as_json else as_text
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_processors(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *renderers,
            ],
        )


def _shared_processors() -> list[Any]:
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]


@cache
def _configure_structlog() -> None:
    import structlog

    structlog.configure(
        processors=[
            *_shared_processors(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _Logger:
    """structlog's logger of a name, made for its first line."""

    is_configured = False

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog

        if _Logger.is_configured:
            _configure_structlog()
        return getattr(structlog.stdlib.get_logger(self._name), method)


def get(name: str) -> Any:
    """The logger with this name."""
    return _Logger(name)


def bind(**values: Any) -> AbstractContextManager[Any]:
    """Add these values to every log line of this task within the block."""
    import structlog

    return structlog.contextvars.bound_contextvars(**values)
