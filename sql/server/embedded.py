"""The embedded PostgreSQL: one server a data folder, started on demand, shared by processes, stopped by the last.

    start:  lock → take a seat → [cluster there? else initdb] → [running? adopt : start] → unlock → URL
    stop:   lock → leave the seat → [no seat held by the living? stop the server] → unlock

- A seat is a locked file in run/users: of a process that was killed, the kernel lets the lock go.
- The server itself holds run/server.lock, inherited by all its processes: so one that is starting, crashing or in
  another PID namespace is never taken for dead, and a second one never started beside it.
- A new cluster is made under another name and renamed when complete: an initdb that was killed leaves no half of one.
- Connections come through a socket in a folder of mode 0700, so its owner and root need no password; TCP is off.

`python -m sql.server.embedded DATA_DIR SECONDS` prints the URL and keeps a seat for that long.
"""

from __future__ import annotations

import locale
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import psutil
import psycopg

from dateline.errors import ConfigError, DatabaseError
from sql.server.locks import LockedFile, exclusive, try_lock
from sql.server.placement import MAJOR, POINTER, ROOT_DIR, SOCKET_NAME, Placement, default_data_dir, place

__all__ = ["EmbeddedServer", "default_data_dir"]

ROLE = DATABASE = "dateline"
TIMEOUT_S = 120  # a slow disk that replays a crash's log; a healthy start takes 0.1 s
LOG_BYTES = 8 * 1024 * 1024
SHARED_MEMORY_BYTES = 256 * 1024 * 1024  # Docker gives 64 MB of /dev/shm, which a parallel query outgrows

INITIAL = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "100",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
"""Written to postgresql.conf once, for its owner to change (or ALTER SYSTEM)."""

ENFORCED = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "logging_collector": "off",
    "full_page_writes": "on",
}
"""Given on the command line at each start, where nothing overrides them."""


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


class EmbeddedServer:
    """This process's share in the server of one data folder. Calls block: in asyncio use a thread.

    `durable=False` gives up fsync, for throw-away test databases only. `bin_dir` names other programs than the
    wheel's, `root_dir` the folder for what can't lie under the data folder when root starts it (see placement.py).
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = True, root_dir: Path = ROOT_DIR, bin_dir: Path | None = None
    ) -> None:
        self._data_dir = data_dir
        self._durable = durable
        self._root_dir = root_dir
        self._bin_dir = bin_dir
        self._placement: Placement | None = None
        self._seat: LockedFile | None = None

    @contextmanager
    def running(self) -> Iterator[str]:
        """Within the block the server runs; gives its URL."""
        url = self.start()
        try:
            yield url
        finally:
            self.stop()

    def start(self) -> str:
        """The URL of the running server, which won't stop before `stop`. Called again, it revives one that died."""
        try:
            self._placement = placement = place(self._data_dir, root_dir=self._root_dir, bin_dir=self._bin_dir)
            with _transition(placement):
                if self._seat is None or not self._seat.is_held:
                    self._seat = _take_seat(placement.run_dir / "users")
                try:
                    socket_dir = self._ensure_running(placement)
                except BaseException:
                    self._leave(placement)
                    raise
        except PermissionError as error:
            raise ConfigError(
                f"{error.filename} belongs to another account than this process's: start Dateline as the same user as "
                "before, or choose another --data-dir",
                subject=error.filename,
            ) from error
        return server_url(socket_dir)

    def is_running(self) -> bool:
        """Whether a server works in this cluster (it need not answer yet); cheap, to be asked again and again."""
        if self._placement is None:
            return False
        found = Postmaster.read(self._placement.cluster)
        return found is not None and found.lives_in(self._placement.cluster)

    def stop(self) -> None:
        """Give the seat up; the last one stops the server. Nothing happens in a forked child, or a second time."""
        if self._placement is not None and self._seat is not None and self._seat.is_held:
            with _transition(self._placement):
                self._leave(self._placement)

    def _leave(self, placement: Placement) -> None:
        if self._seat is not None:
            self._seat.path.unlink(missing_ok=True)
            self._seat.release()
            self._seat = None
        if not _living_users(placement.run_dir / "users"):
            _shut_down(placement)

    def _ensure_running(self, placement: Placement) -> Path:
        """Adopt the server that runs on this cluster, or start one; returns the folder of its socket."""
        _make_cluster(placement, durable=self._durable)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            found = Postmaster.read(placement.cluster)
            if found is not None and found.lives_in(placement.cluster):
                if _answers(server_url(found.socket_dir)):
                    return found.socket_dir
            elif (lock := try_lock(placement.run_dir / "server.lock")) is not None:
                try:
                    _spawn(placement, lock, durable=self._durable)
                finally:
                    lock.release()
            time.sleep(0.03)
        raise DatabaseError(
            f"PostgreSQL (or what is left of one) holds {placement.cluster} and does not answer; {_log_tail(placement.log_file)}",
            subject=str(placement.cluster),
            is_temporary=True,
        )


def remove_cluster(data_dir: Path, *, root_dir: Path = ROOT_DIR) -> None:
    """Delete a throw-away data folder's database, wherever it was placed; others' folders stay as they are.

    A DatabaseError where somebody still uses it.
    """
    placement = place(data_dir, root_dir=root_dir)
    with _transition(placement):
        if _living_users(placement.run_dir / "users"):
            raise DatabaseError(f"the database of {data_dir} is in use", subject=str(data_dir))
        _shut_down(placement)
    shutil.rmtree(placement.socket_dir, ignore_errors=True)
    shutil.rmtree(placement.home, ignore_errors=True)


def running_url(data_dir: Path, *, root_dir: Path = ROOT_DIR) -> str | None:
    """The URL of the server that runs on this data folder; None where none does. Starts and creates nothing."""
    if not any((data_dir / name).exists() for name in ("postgres", POINTER)):
        return None
    placement = place(data_dir, root_dir=root_dir)
    found = Postmaster.read(placement.cluster)
    return server_url(found.socket_dir) if found is not None and found.lives_in(placement.cluster) else None


def server_url(socket_dir: Path) -> str:
    """The URL of Dateline's database behind this socket."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_dir), safe='')}&port={ENFORCED['port']}"


# --- who is there ----------------------------------------------------------------------------------------------------


def _transition(placement: Placement) -> AbstractContextManager[None]:
    """All starts and stops of one cluster happen one after the other."""
    return exclusive(placement.run_dir / "lock", timeout_s=2 * TIMEOUT_S, purpose="starting or stopping PostgreSQL")


def _take_seat(users: Path) -> LockedFile:
    seat = try_lock(users / f"{os.getpid()}-{secrets.token_hex(4)}")
    if seat is None:
        raise DatabaseError(f"a new file in {users} is locked by someone else", subject=str(users))
    return seat


def _living_users(users: Path) -> int:
    """How many seats are held; those of the dead are removed."""
    living = 0
    for path in users.iterdir():
        seat = try_lock(path, create=False)
        if seat is None:
            living += 1
        else:
            path.unlink(missing_ok=True)
            seat.release()
    return living


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


# --- the server's programs -------------------------------------------------------------------------------------------


def _run(
    placement: Placement,
    program: str,
    *arguments: str,
    output: BinaryIO | int,
    give: tuple[int, ...] = (),
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's account, with nothing of the caller's environment (secrets).

    The cluster is named by PGDATA, since pg_ctl hands `-D` on through a shell in double quotes.
    """
    account = placement.account
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(placement.cluster)}
    return subprocess.run(  # noqa: S603 - our own programs, no shell
        [placement.bin_dir / program, *arguments],
        input=stdin, stdout=output, stderr=subprocess.STDOUT, text=True, check=False, cwd="/", pass_fds=give,
        env=environment, start_new_session=True, timeout=2 * TIMEOUT_S,
        user=account.uid if account else None, group=account.gid if account else None,
        extra_groups=() if account else None,
    )  # fmt: skip


def _make_cluster(placement: Placement, *, durable: bool) -> None:
    """Make the cluster if there is none; one of another major version is refused."""
    if placement.cluster.exists():
        _refuse_other_version(placement.cluster)
        return
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
    _require(placement, "postgres", "--single", "-D", str(fresh), "-c", fsync, "postgres", stdin=create)
    fresh.rename(placement.cluster)


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


def _spawn(placement: Placement, lock: LockedFile, *, durable: bool) -> None:
    """Start the server, which inherits the lock; returns when it takes connections."""
    _forget_stale_pids(placement)
    settings = ENFORCED | {
        "unix_socket_directories": '"{}"'.format(str(placement.socket_dir).replace('"', '""')),
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
    }
    if _lacks_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    with _open_log(placement.log_file) as log:
        began = log.tell()
        done = _run(
            placement, "pg_ctl", "start", "--silent", "--wait", f"--timeout={TIMEOUT_S}", "-o", options,
            output=log, give=(lock.descriptor,),
        )  # fmt: skip
    found = Postmaster.read(placement.cluster)
    if done.returncode != 0 and not (found and found.lives_in(placement.cluster)):
        raise DatabaseError(
            f"PostgreSQL did not start in {placement.cluster}; {_log_tail(placement.log_file, began)}",
            subject=str(placement.cluster),
        )


def _forget_stale_pids(placement: Placement) -> None:
    """Remove the lock files of a dead server whose pid another process has now, or an unreaped zombie.

    Called only when no process holds server.lock and the pid does not work in this cluster. Files with a pid that is
    gone are left to PostgreSQL, which learns from them whether the dead server's memory is still in use.
    """
    for path in (placement.cluster / "postmaster.pid", placement.socket_dir / f"{SOCKET_NAME}.lock"):
        with suppress(FileNotFoundError, IndexError, ValueError):
            if psutil.pid_exists(abs(int(path.read_text(encoding="utf-8").splitlines()[0]))):
                path.unlink()


def _shut_down(placement: Placement) -> None:
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


def _log_tail(path: Path, began: int = 0, *, lines: int = 15) -> str:
    """The log's last lines, for an error's text."""
    with path.open("rb") as log:
        log.seek(max(began, path.stat().st_size - 8192))
        tail = log.read().decode(errors="replace").strip().splitlines()[-lines:]
    return f"the end of {path} says:\n" + "\n".join(f"    {line}" for line in tail)


def _hold(data_dir: Path, seconds: float) -> None:
    """Keep a seat; the URL is printed once it is taken. SIGTERM ends it in an orderly way."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with EmbeddedServer(data_dir).running() as url:
        print(url, flush=True)
        time.sleep(seconds)


if __name__ == "__main__":
    _hold(Path(sys.argv[1]), float(sys.argv[2]))
