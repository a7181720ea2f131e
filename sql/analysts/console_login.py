"""Logins of a data folder's own, made when they are first needed: the console's for its SQL page, and that of `dateline psql`."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Any

import psycopg

from dateline.errors import DatelineError
from sql import query
from sql.analysts.logins import add_analyst, analyst_url, list_analysts, make_login
from sql.database import connect, url_parts

LOCK = 0x636F6E73
"""Two processes that start at once make one login."""
SECRET_BYTES = 32


def console_login(url: str, folder: Path, *, timeout_s: float) -> str | None:
    """The URL of a member of dateline_analyst; None where it can't be made here.

    The password is made of the folder's secret, so it outlives a restart. Without a secret that is kept, each start would
    leave a login of its own behind.
    """
    if (secret := kept_secret(folder)) is None:
        return None
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
    """The console's login of the data folder that has this secret."""
    return f"console_{hashlib.sha256(secret).hexdigest()[:12]}"


def reader_login(url: str, folder: Path) -> dict[str, Any] | None:
    """How to connect as a member of dateline_reader, who can read all and write nothing; None where that can't be done here."""
    if (secret := kept_secret(folder)) is None:
        return None
    name = f"reader_{hashlib.sha256(secret).hexdigest()[:12]}"
    login = url_parts(url) | {"user": name, "password": hmac.digest(secret, b"reader", "sha256").hex()}
    try:
        with connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            if connection.execute(query("analysts", "role"), {"name": name}).fetchone() is None:
                make_login(connection, name, login["password"], role="dateline_reader", limit=-1, settings=())
        psycopg.connect(**login).close()  # the server may let no new login in
    except (DatelineError, psycopg.Error):
        return None
    return login


def signing_secret(folder: Path) -> bytes:
    """The secret that signs sessions, kept in the data folder so that sessions survive a restart; else a temporary one."""
    return kept_secret(folder) or secrets.token_bytes(32)


def kept_secret(folder: Path) -> bytes | None:
    """The data folder's secret, made if it has none; None where it can't be kept."""
    path = folder / "console.key"
    with contextlib.suppress(OSError):
        known = path.read_bytes()
        if len(known) >= SECRET_BYTES:
            return known
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _made_once(path)
    except OSError:
        return None


def _made_once(path: Path) -> bytes:
    """The file's secret. Of processes that find none at the same time, the first makes it and the others read it."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = file.read()
        if len(known) >= SECRET_BYTES:
            return known
        made = secrets.token_bytes(SECRET_BYTES)
        file.seek(0)
        file.write(made)
        return made
