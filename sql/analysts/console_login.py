"""The console's own login for its SQL page: a member of dateline_analyst, one a data folder, made when the console starts."""

from __future__ import annotations

import hashlib
import hmac

import psycopg

from dateline.errors import DatelineError
from sql.analysts.logins import add_analyst, analyst_url, list_analysts
from sql.database import connect

LOCK = 0x636F6E73
"""Two consoles that start at once make one login."""


def console_login(url: str, secret: bytes, *, timeout_s: float) -> str | None:
    """The URL of that login; None where it can't be made here. The password is made of the secret, so it outlives a restart."""
    name = login_name(secret)
    password = hmac.digest(secret, b"sql login", "sha256").hex()
    try:
        with connect(url, autocommit=True, application_name="dateline-console") as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            if name not in {analyst.name for analyst in list_analysts(connection)}:
                return add_analyst(connection, name, url, timeout_s=timeout_s, password=password).url
            return analyst_url(url, name, password)
    except (DatelineError, psycopg.Error):
        return None


def login_name(secret: bytes) -> str:
    """The login of the data folder that has this secret."""
    return f"console_{hashlib.sha256(secret).hexdigest()[:12]}"
