"""PostgreSQL's own programs: make a cluster, start and stop its server, as the right account and with a bounded log."""

from __future__ import annotations

import locale
import os
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import psutil

from dateline.errors import ConfigError, DatabaseError
from sql.server.locks import LockedFile
from sql.server.placement import MAJOR, MARKER, SOCKET_NAME, Placement
from sql.server.server_settings import ENFORCED, INITIAL

ROLE = DATABASE = "dateline"
TIMEOUT_S = 120  # a slow disk that replays a crash's log; a healthy start takes 0.1 s
LOG_BYTES = 8 * 1024 * 1024
LEAST_MEMORY = 1 << 30
SHARED_MEMORY_BYTES = 256 * 1024 * 1024  # Docker gives 64 MB of /dev/shm, which a parallel query outgrows


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says (miscadmin.h: pid, data folder, start, port, socket folder, address, memory, status)."""

    pid: int
    socket_dir: Path

    @classmethod
    def read(cls, cluster: Path) -> Postmaster | None:
        """The server that the file names, alive or not; None without a file, or with a half-written one."""
        try:
            lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return cls(abs(int(lines[0])), Path(lines[4]))
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def lives_in(self, cluster: Path) -> bool:
        """Whether that pid is a process that works in this cluster; a recycled pid does not."""
        try:
            process = psutil.Process(self.pid)
            if process.uids().real != cluster.stat().st_uid:
                return False
            return Path(process.cwd()) == cluster.resolve()
        except psutil.AccessDenied:
            return True
        except psutil.NoSuchProcess:
            return False

    def has_socket(self) -> bool:
        """Whether its socket is where it says, or it has not said yet: else no new connection can reach it.

        A server whose folder was removed ends by itself within a minute, and removes what is at its socket's path: by then the
        socket of a later server of the same folder.
        """
        return self.socket_dir == Path() or (self.socket_dir / SOCKET_NAME).exists()


def server_url(socket_dir: Path) -> str:
    """The URL of Dateline's database behind this socket."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_dir), safe='')}&port={ENFORCED['port']}"


def _run(
    placement: Placement,
    program: str,
    *arguments: str,
    output: BinaryIO | int,
    give: tuple[int, ...] = (),
    stdin: str = "",
    is_bounded: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's account, with nothing of the caller's environment (secrets).

    The cluster is named by PGDATA, since pg_ctl hands `-D` on through a shell in double quotes.
    """
    account = placement.account
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(placement.cluster)}
    command = [str(placement.bin_dir / program), *arguments]
    return subprocess.run(  # noqa: S603 - our own programs
        _with_bounded_memory(command) if is_bounded else command,
        input=stdin, stdout=output, stderr=subprocess.STDOUT, text=True, check=False, cwd="/", pass_fds=give,
        env=environment, start_new_session=True, timeout=2 * TIMEOUT_S,
        user=account.uid if account else None, group=account.gid if account else None,
        extra_groups=() if account else None,
    )  # fmt: skip


def make_cluster(placement: Placement, *, durable: bool) -> None:
    """Make the cluster if there is none; one of another major version is refused, and none is made where one has vanished."""
    marker = marker_of(placement)
    if placement.cluster.exists():
        _refuse_other_version(placement.cluster)
        _mark(marker)
        return
    if marker.exists():
        raise ConfigError(
            f"{placement.data_dir} had a database in {placement.cluster}, which is gone: bring it back (mount its disk, restore a"
            f" backup), or delete {marker} to begin with an empty one",
            subject=str(placement.cluster),
        )
    for half in placement.home.glob("incoming-*"):
        shutil.rmtree(half, ignore_errors=True)
    fresh = placement.home / f"incoming-{secrets.token_hex(4)}"
    fresh.mkdir(mode=0o700)
    if placement.account is not None:
        os.chown(fresh, placement.account.uid, placement.account.gid)
    settings = [part for name, value in INITIAL.items() for part in ("-c", f"{name}={value}")]
    _require(placement, "initdb", "--pgdata", str(fresh), "--username", ROLE, "--encoding=UTF8",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *_character_type(), "--data-checksums",
             "--auth-local=trust", "--auth-host=reject", "--no-instructions",
             *settings, *([] if durable else ["--no-sync"]))  # fmt: skip
    fsync = f"fsync={'on' if durable else 'off'}"
    create = f"CREATE DATABASE {DATABASE}\n"
    closed = "".join(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC\n" for name in ("postgres", "template1"))
    _require(placement, "postgres", "--single", "-D", str(fresh), "-c", fsync, "postgres", stdin=create + closed)
    fresh.rename(placement.cluster)
    _mark(marker)


def marker_of(placement: Placement) -> Path:
    """The path of a data folder's MARKER."""
    return placement.data_dir / MARKER


def _mark(marker: Path) -> None:
    if not marker.exists():
        with suppress(OSError):
            marker.write_text("There is a database here: see postgres/ or postgres.location.\n", encoding="utf-8")


def _character_type() -> list[str]:
    """An option for initdb by which to_tsvector and others that ask the C library know the letters of all scripts.

    Dateline's own search needs it not (dateline.fold); so a system without this locale does as well.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return []
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return ["--lc-ctype=C.UTF-8"]


def _require(placement: Placement, program: str, *arguments: str, stdin: str = "") -> None:
    """Run a program that must succeed; what it says becomes the error's text."""
    done = _run(placement, program, *arguments, output=subprocess.PIPE, stdin=stdin)
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise DatabaseError(f"{program} failed with exit code {done.returncode}: {last}", subject=str(placement.home))


def _refuse_other_version(cluster: Path) -> None:
    try:
        major = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{cluster} holds no PostgreSQL cluster (PG_VERSION is missing): restore it from a backup, or remove it",
            subject=str(cluster),
        ) from error
    if major != str(MAJOR):
        raise ConfigError(
            f"{cluster} was made by PostgreSQL {major}; this Dateline brings PostgreSQL {MAJOR}, which can't open it. "
            f"Use the Dateline release that made it; or dump it with PostgreSQL {major} and load that in a new folder; "
            f"or run a PostgreSQL {major} on it yourself and set DATELINE_DATABASE_URL",
            subject=str(cluster),
        )


def spawn(placement: Placement, lock: LockedFile, *, durable: bool) -> None:
    """Start the server, which inherits the lock; returns when it takes connections."""
    _forget_stale_pids(placement)
    settings = ENFORCED | {
        "unix_socket_directories": '"{}"'.format(str(placement.socket_dir).replace('"', '""')),
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    if _lacks_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    with _open_log(placement.log_file) as log:
        began = log.tell()
        done = _run(
            placement, "pg_ctl", "start", "--silent", "--wait", f"--timeout={TIMEOUT_S}", "-o", options,
            output=log, give=(lock.descriptor,), is_bounded=True,
        )  # fmt: skip
    found = Postmaster.read(placement.cluster)
    if done.returncode != 0 and not (found and found.lives_in(placement.cluster)):
        raise DatabaseError(
            f"PostgreSQL did not start in {placement.cluster}; {log_tail(placement.log_file, began)}",
            subject=str(placement.cluster),
        )


def _with_bounded_memory(command: Sequence[str]) -> list[str]:
    """Returns the command with a bound on the private memory of each of its processes, whatever work_mem a session sets.

    A query that wants more ends with an error of its own; the system would kill it, and PostgreSQL end all sessions.
    """
    most = max(LEAST_MEMORY, psutil.virtual_memory().total // 8)
    return ["/bin/sh", "-c", 'ulimit -d "$0"; exec "$@"', str(most // 1024), *command]


def _forget_stale_pids(placement: Placement) -> None:
    """Remove the lock files of a dead server whose pid another process has now, or an unreaped zombie.

    Called only when no process holds server.lock and the pid does not work in this cluster. Files with a pid that is
    gone are left to PostgreSQL, which learns from them whether the dead server's memory is still in use.
    """
    for path in (placement.cluster / "postmaster.pid", placement.socket_dir / f"{SOCKET_NAME}.lock"):
        with suppress(FileNotFoundError, IndexError, ValueError):
            if psutil.pid_exists(abs(int(path.read_text(encoding="utf-8").splitlines()[0]))):
                path.unlink()


def shut_down(placement: Placement) -> None:
    """Stop the server in an orderly way; what is not running is stopped."""
    found = Postmaster.read(placement.cluster)
    if found is None or not found.lives_in(placement.cluster):
        return
    done = _run(
        placement, "pg_ctl", "stop", "--silent", "--wait", f"--timeout={TIMEOUT_S}", "--mode=fast",
        output=subprocess.PIPE,
    )  # fmt: skip
    if done.returncode != 0 and found.lives_in(placement.cluster):
        raise DatabaseError(f"PostgreSQL did not stop: {done.stdout.strip()}", subject=str(placement.cluster))


def _lacks_shared_memory() -> bool:
    """Whether POSIX shared memory on this Linux is too small for parallel queries."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return shutil.disk_usage("/dev/shm").total < SHARED_MEMORY_BYTES  # noqa: S108 - only measured
    except OSError:
        return True


def _open_log(path: Path) -> BinaryIO:
    """The log, for appending; a long one is put aside first (one older file is kept)."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    log = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o640), "ab")
    log.seek(0, os.SEEK_END)
    return log


def log_tail(path: Path, began: int = 0, *, lines: int = 15) -> str:
    """The log's last lines, for an error's text."""
    with path.open("rb") as log:
        log.seek(max(began, path.stat().st_size - 8192))
        tail = log.read().decode(errors="replace").strip().splitlines()[-lines:]
    return f"the end of {path} says:\n" + "\n".join(f"    {line}" for line in tail)
