"""The list of settings: name, type, default, section, help and the values that each accepts are declared together.

`dateline config show` prints it. `rules` applies the limits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dateline.config import rules

UNSET_CONTACT = "no contact configured"


def _section(title: str) -> Callable[..., Any]:
    """A function that declares the fields of one section of Settings.

    least, most: the smallest and the largest value that are accepted; choices: all that are; form: what is wrong with a
    text, in words; is_secret: the value is never shown.
    """

    def setting(
        default: Any,
        text: str,
        *,
        least: float | None = None,
        most: float = rules.MOST,
        choices: Iterable[str] = (),
        form: rules.ValueRule | None = None,
        is_secret: bool = False,
    ) -> Any:
        limits = {"least": least, "most": most, "choices": tuple(choices), "form": form}
        return field(
            default=default,
            repr=not is_secret,
            metadata={"help": text, "section": title, "is_secret": is_secret} | limits,
        )

    return setting


_storage = _section("Storage")
_identity = _section("How publishers see us")
_network = _section("What may be fetched")
_pace = _section("Pace and limits of fetching")
_schedule = _section("Visits and re-checks")
_parsing = _section("Parsing and extraction")
_retention = _section("Archive and retention")
_endpoints = _section("Health, metrics and WebSub callbacks")
_console = _section("Console and analysts")
_mail = _section("Mail and alarms")
_log = _section("Log")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Environment names are DATELINE_ + the upper-case field name."""

    data_dir: Path = _storage(Path(), "folder of the embedded database, the archive and logs (--data-dir)")
    database_url: str | None = _storage(None, "PostgreSQL >= 15 to use in place of the embedded one", is_secret=True)

    contact: str = _identity("", "address or URL that publishers can write to; part of the User-Agent")
    user_agent: str = _identity("", "whole User-Agent; by default Dateline/VERSION (+CONTACT)")

    allow_networks: tuple[str, ...] = _network(
        (), "networks that may be fetched from although they are not public (CIDR)"
    )
    proxy_networks: tuple[str, ...] = _network(
        (), "networks in which sources' proxies may be although they are not public"
    )
    resolve: tuple[str, ...] = _network(
        (), "addresses to use in place of DNS: host=address:port, *.suffix=address:port or @file"
    )
    allowed_ports: tuple[int, ...] = _network(
        (), "ports that may be fetched from besides 80 and 443", least=1, most=rules.PORT
    )

    delay_s: float = _pace(1.0, "seconds between two requests to one host", least=0, most=rules.DAY_S)
    concurrency: int = _pace(1, "requests at once to one host", least=1, most=1000)
    hosts_at_once: int = _pace(32, "hosts that one worker visits at once", least=1, most=10_000)
    timeout_s: float = _pace(30.0, "seconds for one URL in total, redirects included", least=0.1, most=3600)
    max_bytes: int = _pace(10 * 1024 * 1024, "bytes of one page after decompression", least=1, most=2**30)
    max_attempts: int = _pace(5, "tries at a URL before it counts as failed", least=1, most=1000)
    max_pages_a_day: int = _pace(
        5000, "page fetches per day (UTC) from one host; no limit where its delay is 0", least=1
    )

    wayback_url: str = _pace(
        "https://web.archive.org/cdx/search/cdx",
        "index of captures that `dateline backfill --wayback` reads",
        form=rules.index_url,
    )

    max_visits_a_day: int = _schedule(
        0, "visits per day in total to pages on the adaptive schedule; 0 means no limit", least=0
    )
    recheck_ages: tuple[str, ...] = _schedule(
        ("1h", "6h", "1d", "3d", "7d"), "ages at which stored articles are fetched again; empty: never", form=rules.age
    )
    recheck_share: float = _schedule(
        0.25, "share of max_pages_a_day that a source's re-checks may take", least=0, most=1
    )
    recheck_max_a_day: int = _schedule(20_000, "re-checks per day in total", least=0)
    sitemap_recent_days: int = _schedule(
        7, "how old a watched sitemap's entries may be; 0 is any age (crawls: any age)", least=0, most=rules.DAYS
    )

    extraction_workers: int = _parsing(0, "processes that parse pages; 0 is one per core", least=0, most=1000)
    parse_deadline_s: float = _parsing(15.0, "seconds of CPU time until a parse is killed", least=0.0001, most=3600)
    parse_memory_mb: int = _parsing(1024, "address space of a parsing process, MB", least=64, most=2**20)
    entities_deadline_s: float = _parsing(
        60.0, "seconds of CPU time that a plug-in may take to load, or to read an article", least=0.1, most=3600
    )
    entities_memory_mb: int = _parsing(4096, "address space of the process of plug-ins, MB", least=64, most=2**20)
    obey_reservations: tuple[str, ...] = _parsing(
        (),
        f"publishers' reservations that keep a page out: {', '.join(rules.RESERVATIONS)}",
        choices=rules.RESERVATIONS,
    )
    tdmrep: bool = _parsing(
        False,
        "ask each host once a day for /.well-known/tdmrep.json; always so if tdm-reservation is obeyed",
    )
    chromium: str = _parsing("", "path of the browser for sources with render = true; by default the first on the path")
    render_timeout_s: float = _parsing(60.0, "seconds for one page in the browser", least=1, most=600)
    render_memory_mb: int = _parsing(1500, "memory of the browser and its processes, MB", least=128, most=2**20)
    learn_boilerplate: bool = _parsing(True, "leave out of texts what a host repeats on its articles (kept as removed)")

    archive: bool = _retention(True, "keep every page as fetched in the WARC archive")
    archive_retention_days: int = _retention(
        0, "days until archive files are deleted; 0 keeps them", least=0, most=rules.DAYS
    )
    archive_max_gb: float = _retention(
        0.0, "size of the archive at which its oldest files are deleted; 0 means no limit", least=0
    )
    archive_store: str = _retention(
        "",
        "where finished archive files go so that all machines read them: s3://BUCKET/PREFIX; empty keeps them in the data folder",
        form=rules.bucket,
    )
    archive_store_endpoint: str = _retention(
        "", "URL of an S3-compatible service other than Amazon's", form=rules.endpoint
    )
    archive_store_region: str = _retention("us-east-1", "region of the object storage")
    archive_store_key_id: str = _retention(
        "", "access key of the object storage; without one AWS_ACCESS_KEY_ID or the machine's role is used"
    )
    archive_store_secret_key: str = _retention("", "secret of that access key", is_secret=True)
    archive_store_minutes: int = _retention(
        10, "minutes after which an archive file is finished and moved to the object storage", least=1, most=1440
    )
    records_retention_days: int = _retention(
        90,
        "days that records of visits and fetches are kept; a fetch whose page is in the archive stays as long as that",
        least=1,
        most=rules.DAYS,
    )
    min_free_mb: int = _retention(512, "free disk space below which fetching pauses, MB", least=0)

    health_host: str = _endpoints("127.0.0.1", "address of the health and metrics endpoints", form=rules.host)
    health_port: int = _endpoints(
        8766, "port of the health and metrics endpoints; 0 turns them off", least=0, most=rules.PORT
    )
    health_hosts: tuple[str, ...] = _endpoints(
        (), "further host names with a dot under which health and metrics may be asked for", form=rules.host
    )
    trusted_proxies: tuple[str, ...] = _endpoints(
        (),
        "networks of proxies before console and callbacks, whose X-Forwarded-For, -Proto and -Prefix are believed (CIDR)",
        form=rules.network,
    )
    callback_url: str = _endpoints(
        "",
        "public base URL of the WebSub callbacks, https://host; without one no hub is contacted",
        form=rules.public_url,
    )
    callback_host: str = _endpoints(
        "127.0.0.1", "address at which callbacks are served, best behind a proxy that speaks TLS", form=rules.host
    )
    callback_port: int = _endpoints(8767, "port at which callbacks are served", least=0, most=rules.PORT)

    console_host: str = _console(
        "127.0.0.1", "address of the console; beyond this machine only with a password or users", form=rules.host
    )
    console_port: int = _console(8765, "port of the console; 0 turns it off", least=0, most=rules.PORT)
    console_password: str = _console(
        "",
        "shared password of the console, an operator's; without one and without users only this machine is served",
        is_secret=True,
    )
    console_requests_a_minute: int = _console(
        1200, "requests per minute of one token or user to the console's data and /api; 0 means no limit", least=0
    )
    console_exports_gb: float = _console(
        5.0,
        "GB that all exports of programs may take; beyond that, the token or user with the most loses its oldest",
        least=0.001,
    )
    console_exports_days: float = _console(7.0, "days for which such an export is kept", least=0.01, most=3650)
    console_hosts: tuple[str, ...] = _console(
        (), "further host names under which browsers may open the console", form=rules.host
    )
    console_prefix: str = _console(
        "", "path below which a proxy serves the console, such as /news", form=rules.path_prefix
    )
    console_sql_url: str | None = _console(
        None, "read-only login for the console's SQL page; by default one of its own", is_secret=True
    )
    analyst_timeout_s: float = _console(
        300.0, "seconds after which a statement of an analyst's login is cancelled", least=0.001, most=2_000_000
    )

    mail_server: str = _mail(
        "", "SMTP server that takes our mail, host or host:port; without one no mail is sent", form=rules.server
    )
    mail_security: str = _mail(
        "starttls",
        "starttls (port 587), tls from the first byte (465), or none (25; for a server on this machine only)",
        choices=("starttls", "tls", "none"),
    )
    mail_user: str = _mail("", "login at the mail server; without one we do not log in")
    mail_password: str = _mail("", "password of the login", is_secret=True)
    mail_ca_file: str = _mail("", "file of certificates (PEM) to trust for the mail server in place of the system's")
    mail_from: str = _mail(
        "", "our address as the sender of mail, such as News <news@example.org>", form=rules.mail_sender
    )
    mail_digest_at: str = _mail("07:00", "time of day at which daily digests are sent", form=rules.clock_time)
    mail_time_zone: str = _mail("UTC", "time zone of mail_digest_at and alarm_quiet_hours", form=rules.time_zone)
    alarm_mail: tuple[str, ...] = _mail(
        (),
        "addresses of operators who get alarms by mail, with the least severity after it if wanted (critical, warning)",
        form=rules.alarm_mail,
    )
    alarm_quiet_hours: str = _mail(
        "",
        "hours in which no alarm is sent, such as 22:00-07:00; what begins in them is sent afterwards",
        form=rules.clock_span,
    )
    alarm_webhook: str = _mail("", "URL that gets alarms by webhook", form=rules.webhook, is_secret=True)
    alarm_webhook_template: str = _mail(
        "", "service whose form these messages have; empty: JSON of our own", choices=("", *rules.CHAT_SERVICES)
    )
    alarm_webhooks: tuple[str, ...] = _mail(
        (),
        "further webhooks: a URL each, with a template and the least severity after it if wanted (critical, warning)",
        form=rules.alarm_hook,
        is_secret=True,
    )
    alarm_webhook_secret: str = _mail("", "key that signs these messages", form=rules.webhook_secret, is_secret=True)

    log_level: str = _log("info", "debug, info, warning or error", choices=("debug", "info", "warning", "error"))
    log_format: str = _log("auto", "json, text, or auto: text on a terminal", choices=("json", "text", "auto"))

    @property
    def archive_dir(self) -> Path:
        """The folder of the WARC files."""
        return self.data_dir / "archive"

    @property
    def secrets_dir(self) -> Path:
        """The folder in which each file is a secret of a source's login or proxy, by its name."""
        return self.data_dir / "secrets"

    @property
    def effective_user_agent(self) -> str:
        """The User-Agent that is sent: product token, version, and how to reach the operator (RFC 9110, 10.1.5)."""
        from dateline import __version__

        return self.user_agent or f"Dateline/{__version__} (+{self.contact or UNSET_CONTACT})"

    @property
    def effective_extraction_workers(self) -> int:
        """Parsing processes: as set, or one per core that this process may use."""
        return self.extraction_workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else "12")
