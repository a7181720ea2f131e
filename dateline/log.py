"""Logging: structlog on top of the standard library; one line per event, as JSON for machines or short text for people.

`bind(...)` adds context (source, visit, URL) to all log lines of an asyncio task.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog

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
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*@")


def without_credentials(text: str) -> str:
    """The text with user name and password removed from every URL in it."""
    return _CREDENTIALS.sub("***@", text)


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with user name and password removed from every URL in it."""
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = without_credentials(value)
    return event


def configure(*, level: str = "info", fmt: str = "auto", stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging to `stream` (standard error) as JSON lines or short text."""
    out = stream or sys.stderr
    as_json = fmt == "json" or (fmt == "auto" and not out.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for name in RETRYING:
        logging.getLogger(name).setLevel(logging.ERROR)


def get(name: str) -> Any:
    """The logger with this name."""
    return structlog.stdlib.get_logger(name)


def bind(**values: Any) -> AbstractContextManager[Any]:
    """Add these values to every log line of this task within the block."""
    return structlog.contextvars.bound_contextvars(**values)
