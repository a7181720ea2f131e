"""Settings, read once at start; nothing reads the environment after that. Import from here.

settings   the list of settings, declared once
rules      the forms and limits of their values
reading    from the file and the environment, with every mistake
advice     what is unwise, or wrong between settings
redact     settings and addresses as they may be shown
"""

from __future__ import annotations

from dateline.config.advice import advice, problems
from dateline.config.reading import Read, load, read, suggestion
from dateline.config.redact import hide_password, shown, url_origin
from dateline.config.settings import Settings

__all__ = [
    "Read",
    "Settings",
    "advice",
    "hide_password",
    "load",
    "problems",
    "read",
    "shown",
    "suggestion",
    "url_origin",
]
