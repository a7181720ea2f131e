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

import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from dateline.errors import ConfigError, DatabaseError
from sql.server.locks import LockedFile, exclusive, try_lock
from sql.server.placement import POINTER, ROOT_DIR, Placement, default_data_dir, place
from sql.server.programs import TIMEOUT_S, Postmaster, log_tail, make_cluster, marker_of, server_url, shut_down, spawn

__all__ = ["EmbeddedServer", "default_data_dir", "server_url"]


class EmbeddedServer:
    """This process's share in the server of one data folder. Calls block: in asyncio use a thread.

    `durable=False` gives up fsync, for throw-away test databases only. `bin_dir` names other programs than the
    wheel's, `root_dir` the folder for what can't lie under the data folder when root starts it (see placement.py).
    `say` is called with each step that takes seconds.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        root_dir: Path = ROOT_DIR,
        bin_dir: Path | None = None,
        say: Callable[[str], object] = lambda step: None,
    ) -> None:
        self._data_dir = data_dir
        self._say = say
        self._durable = durable
        self._root_dir = root_dir
        self._bin_dir = bin_dir
        self._placement: Placement | None = None
        self._seat: LockedFile | None = None
        self._pid: int | None = None

    @contextmanager
    def running(self, meanwhile: Callable[[], None] | None = None) -> Iterator[str]:
        """Within the block the server runs; gives its URL. `meanwhile` is called while it starts."""
        try:
            if meanwhile is None:
                yield self.start()
                return
            with ThreadPoolExecutor(1) as threads:
                starting = threads.submit(self.start)
                meanwhile()
            yield starting.result()
        finally:
            self.stop()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where its data is; nothing before it was started."""
        return (self._placement.cluster,) if self._placement is not None else ()

    def start(self) -> str:
        """The URL of the running server, which won't stop before `stop`. Called again, it revives one that died.

        A DatabaseError where its data was and is missing: an empty cluster in its place would hide the loss.
        """
        if self._is_lost():
            raise DatabaseError(f"the database's folder {self.folders[0]} has vanished", subject=str(self.folders[0]))
        try:
            self._placement = placement = place(self._data_dir, root_dir=self._root_dir, bin_dir=self._bin_dir)
            with _transition(placement):
                if self._seat is None or not self._seat.is_held:
                    self._seat = _take_seat(placement.run_dir / "users")
                try:
                    socket_dir = self._ensure_running(placement)
                    self._pid = found.pid if (found := Postmaster.read(placement.cluster)) else None
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
        """Whether a server works in this cluster and has its socket (it need not answer yet); cheap, for frequent use."""
        if self._placement is None:
            return False
        found = Postmaster.read(self._placement.cluster)
        return found is not None and found.lives_in(self._placement.cluster) and found.has_socket()

    def stop(self) -> None:
        """Give the seat up; the last one stops the server. Nothing happens in a forked child, or a second time."""
        if self._is_lost():
            self._abandon()
            return
        if self._placement is not None and self._seat is not None and self._seat.is_held:
            with _transition(self._placement):
                self._leave(self._placement)

    def _is_lost(self) -> bool:
        """Whether it was started, and its cluster's folder is not there any more."""
        return self._seat is not None and not all((folder / "PG_VERSION").exists() for folder in self.folders)

    def _abandon(self) -> None:
        """End a server whose folder has vanished, by a signal: nothing of it can be locked or asked any more."""
        if self._seat is not None and self._seat.is_held and self._pid is not None:
            with suppress(psutil.Error):
                process = psutil.Process(self._pid)
                if process.name() == "postgres":
                    process.send_signal(signal.SIGQUIT)
        self._seat = None

    def _leave(self, placement: Placement) -> None:
        if self._seat is not None:
            self._seat.path.unlink(missing_ok=True)
            self._seat.release()
            self._seat = None
        if not _living_users(placement.run_dir / "users"):
            shut_down(placement)

    def _ensure_running(self, placement: Placement) -> Path:
        """Adopt the server that runs on this cluster, or start one; returns the folder of its socket."""
        if not placement.cluster.exists():
            self._say(f"creating the database in {placement.cluster} (at the first start only; some seconds)")
        make_cluster(placement, durable=self._durable)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            found = Postmaster.read(placement.cluster)
            if found is not None and found.lives_in(placement.cluster):
                if _answers(server_url(found.socket_dir)):
                    return found.socket_dir
                if not found.has_socket():
                    # an earlier server, whose folder was removed, took its socket's path with it when it ended
                    self._say("the database has lost its socket: starting it again")
                    shut_down(placement)
            elif (lock := try_lock(placement.run_dir / "server.lock")) is not None:
                self._say("starting the database")
                try:
                    spawn(placement, lock, durable=self._durable)
                finally:
                    lock.release()
            time.sleep(0.03)
        raise DatabaseError(
            f"PostgreSQL (or what is left of one) holds {placement.cluster} and does not answer; {log_tail(placement.log_file)}",
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
        shut_down(placement)
    marker_of(placement).unlink(missing_ok=True)
    shutil.rmtree(placement.socket_dir, ignore_errors=True)
    shutil.rmtree(placement.home, ignore_errors=True)


def is_made(data_dir: Path) -> bool:
    """Whether this data folder has a database, or has had one."""
    return any((data_dir / name).exists() for name in ("postgres", POINTER))


def running_url(data_dir: Path, *, root_dir: Path = ROOT_DIR) -> str | None:
    """The URL of the server that runs on this data folder; None where none does. Starts and creates nothing."""
    if not is_made(data_dir):
        return None
    placement = place(data_dir, root_dir=root_dir)
    found = Postmaster.read(placement.cluster)
    return server_url(found.socket_dir) if found is not None and found.lives_in(placement.cluster) else None


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


def _hold(data_dir: Path, seconds: float) -> None:
    """Keep a seat; the URL is printed once it is taken. SIGTERM ends it in an orderly way."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with EmbeddedServer(data_dir).running() as url:
        print(url, flush=True)
        time.sleep(seconds)


if __name__ == "__main__":
    _hold(Path(sys.argv[1]), float(sys.argv[2]))
