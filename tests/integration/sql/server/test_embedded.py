"""The embedded server's life: shared, killed, revived, closed to others, as root and as a user."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from dateline.errors import ConfigError, DatabaseError
from sql.server.embedded import EmbeddedServer
from sql.server.locks import exclusive, try_lock
from sql.server.placement import MAX_SOCKET_PATH, SOCKET_NAME, Placement, copied_bin_dir, place
from sql.server.programs import Postmaster
from sql.server.server_settings import ENFORCED

IS_ROOT = os.geteuid() == 0
DEADLINE_S = 60


@pytest.fixture(scope="module")
def folder(short_dir: Path) -> Path:
    """A data folder that the server's account may enter; tests leave it whole and its server stopped."""
    path = Path(tempfile.mkdtemp(dir=short_dir))
    path.chmod(0o755)
    return path


@pytest.fixture
def server(folder: Path, root_dir: Path) -> EmbeddedServer:
    return EmbeddedServer(folder, durable=False, root_dir=root_dir)


@pytest.fixture
def other_users(folder: Path, root_dir: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts processes that use the server until their standard input is closed."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        script = (
            "import sys; from pathlib import Path; from sql.server.embedded import EmbeddedServer\n"
            f"server = EmbeddedServer(Path({str(folder)!r}), durable=False, root_dir=Path({str(root_dir)!r}))\n"
            "with server.running() as url:\n"
            "    print(url, flush=True); sys.stdin.read()\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=DEADLINE_S)
    return process.returncode


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def postmaster_of(folder: Path, root_dir: Path) -> Postmaster | None:
    """The living server of this data folder."""
    cluster = placement_of(folder, root_dir).cluster
    found = Postmaster.read(cluster)
    return found if found and found.lives_in(cluster) else None


def placement_of(folder: Path, root_dir: Path) -> Placement:
    return place(folder, root_dir=root_dir)


def pid_of(folder: Path, root_dir: Path) -> int:
    found = postmaster_of(folder, root_dir)
    assert found is not None
    return found.pid


@contextlib.contextmanager
def edited(path: Path, text: str) -> Iterator[None]:
    """Within the block the file holds another text."""
    before = path.read_text()
    path.write_text(text)
    yield
    path.write_text(before)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_runs_inside_the_block_and_not_after(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    with server.running() as url:
        assert ask(url, "SELECT current_database()") == "dateline"
        assert postmaster_of(folder, root_dir)
    assert postmaster_of(folder, root_dir) is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    with server.running() as url:
        assert ask(url, "SELECT 1") == 1


def test_cluster_is_durable_utf8_with_checksums_and_closed(folder: Path, root_dir: Path) -> None:
    with EmbeddedServer(folder, root_dir=root_dir).running() as url, psycopg.connect(url) as connection:
        settings: dict[str, str] = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
        locale = connection.execute(
            "SELECT datlocprovider::text, datlocale, pg_encoding_to_char(encoding), upper('éß') FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
        parsed = connection.execute("SELECT to_tsvector('simple', '“Hafen” l’été')::text").fetchone()
        socket = placement_of(folder, root_dir).socket_dir
        assert socket.stat().st_mode & 0o777 == 0o700
        assert (socket / SOCKET_NAME).stat().st_mode & 0o777 == 0o700
        connections = psutil.Process(pid_of(folder, root_dir)).net_connections(kind="inet")
    assert locale == ("b", "C.UTF-8", "UTF8", "Éß")
    assert parsed == ("'hafen':1 'l':2 'été':3",)
    assert connections == []
    expected = {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    expected |= {"io_method": "sync"}
    assert settings["data_checksums"] == "on"
    assert {name: settings[name] for name in expected} == expected


def test_server_knows_nothing_of_its_starters_environment(
    server: EmbeddedServer, folder: Path, root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_PROXY_PASSWORD", "sesame")
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with server.running() as url:
        environment = psutil.Process(pid_of(folder, root_dir)).environ()
        assert ask(url, "SHOW port") == ENFORCED["port"]
    assert "DATELINE_PROXY_PASSWORD" not in environment
    assert "/nowhere" not in environment.values()


def test_second_process_keeps_it_alive(
    server: EmbeddedServer,
    folder: Path,
    root_dir: Path,
    other_users: Callable[[], subprocess.Popen[str]],
) -> None:
    with server.running() as url:
        pid = pid_of(folder, root_dir)
        other = other_users()
        assert other.stdout is not None
        assert other.stdout.readline().strip() == url
    assert pid_of(folder, root_dir) == pid
    assert finish(other) == 0
    assert postmaster_of(folder, root_dir) is None


def test_starts_at_once_make_one_server(
    folder: Path, root_dir: Path, other_users: Callable[[], subprocess.Popen[str]]
) -> None:
    crowd = [other_users() for _ in range(4)]
    urls = {process.stdout.readline() for process in crowd if process.stdout}
    assert len(urls) == 1
    pid = pid_of(folder, root_dir)
    for process in crowd:
        assert pid_of(folder, root_dir) == pid
        assert finish(process) == 0
    assert postmaster_of(folder, root_dir) is None


def test_killed_user_does_not_count(
    server: EmbeddedServer,
    folder: Path,
    root_dir: Path,
    other_users: Callable[[], subprocess.Popen[str]],
) -> None:
    other = other_users()
    assert other.stdout is not None
    other.stdout.readline()
    pid = pid_of(folder, root_dir)
    other.kill()
    other.wait()
    assert pid_of(folder, root_dir) == pid, "nobody is left to stop it"
    with server.running():
        assert pid_of(folder, root_dir) == pid, "adopted"
    assert postmaster_of(folder, root_dir) is None


def test_fork_of_a_user_does_not_count(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    with server.running():
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writer)
            with contextlib.suppress(BaseException):
                server.stop()  # does nothing here: the seat is the parent's
                os.read(reader, 1)
            os._exit(0)
        os.close(reader)
        assert postmaster_of(folder, root_dir)
    assert postmaster_of(folder, root_dir) is None, "stopped although the child lives"
    os.close(writer)
    assert os.waitpid(child, 0)[1] == 0


def test_killed_server_is_revived_with_every_committed_row(folder: Path, root_dir: Path) -> None:
    server = EmbeddedServer(folder, root_dir=root_dir)
    with server.running() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        with contextlib.closing(psycopg.connect(url)) as busy:
            busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 3000000)")  # outlives its postmaster
            pid = pid_of(folder, root_dir)
            os.kill(pid, signal.SIGKILL)
            assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
            assert server.start() == url
            assert pid_of(folder, root_dir) != pid
        assert ask(url, "SELECT count(*) FROM kept") == 1000
    assert postmaster_of(folder, root_dir) is None


def test_a_server_that_lost_its_socket_is_started_again(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    """An earlier server of the same path, whose folder was removed, took it away when it ended."""
    with server.running() as url:
        before = pid_of(folder, root_dir)
        (placement_of(folder, root_dir).socket_dir / SOCKET_NAME).unlink()
        assert not server.is_running()
        assert server.start() == url
        assert pid_of(folder, root_dir) != before
        assert ask(url, "SELECT 1") == 1
        assert server.is_running()


def test_nothing_is_started_beside_processes_of_a_killed_server(
    server: EmbeddedServer, folder: Path, root_dir: Path
) -> None:
    with server.running():
        path = placement_of(folder, root_dir).run_dir / "server.lock"
        assert try_lock(path) is None, "the server and all its processes hold it"
    with exclusive(path, timeout_s=DEADLINE_S, purpose="looking"):
        assert postmaster_of(folder, root_dir) is None


def test_stale_pid_file_with_a_recycled_pid(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    with server.running() as url:
        placement = placement_of(folder, root_dir)
        left_behind = (placement.cluster / "postmaster.pid").read_text().splitlines()
    owner = placement.account.uid if placement.account else None
    with subprocess.Popen(["/bin/sleep", "600"], user=owner) as stranger:
        left_behind[0] = str(stranger.pid)
        (placement.cluster / "postmaster.pid").write_text("\n".join([*left_behind, ""]))
        try:
            with server.running() as again:
                assert again == url
                assert pid_of(folder, root_dir) != stranger.pid
            assert stranger.poll() is None, "the stranger was left alone"
        finally:
            stranger.kill()


def test_cluster_of_another_major_version_is_refused(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    with server.running():
        pass
    with edited(placement_of(folder, root_dir).cluster / "PG_VERSION", "14\n"):
        with pytest.raises(ConfigError, match=r"made by PostgreSQL 14; .* or dump it with PostgreSQL 14"):
            server.start()
        assert postmaster_of(folder, root_dir) is None


def test_the_error_has_the_end_of_the_log(server: EmbeddedServer, folder: Path, root_dir: Path) -> None:
    with server.running():
        pass
    with (
        edited(placement_of(folder, root_dir).cluster / "postgresql.conf", "moon_phase = full\n"),
        pytest.raises(DatabaseError, match="moon_phase"),
    ):
        server.start()
    assert list(placement_of(folder, root_dir).run_dir.glob("users/*")) == []


def test_interrupted_initdb_leaves_no_half_cluster(folder: Path, root_dir: Path) -> None:
    home = placement_of(folder / "new", root_dir).home
    (home / "incoming-dead" / "base").mkdir(parents=True)
    with EmbeddedServer(folder / "new", durable=False, root_dir=root_dir).running() as url:
        assert ask(url, "SELECT 1") == 1
    assert list(home.glob("incoming-*")) == []


def test_works_in_a_folder_closed_to_others(short_dir: Path, root_dir: Path) -> None:
    closed = Path(tempfile.mkdtemp(dir=short_dir))  # mode 0700
    before = {path: path.stat() for path in (closed, *closed.parents)}
    server = EmbeddedServer(closed / "sub" / "data", durable=False, root_dir=root_dir)
    for _ in range(2):
        with server.running() as url, psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS visit (n int)")
            connection.execute("INSERT INTO visit VALUES (1)")
    with server.running() as url:
        assert ask(url, "SELECT count(*) FROM visit") == 2, "the same cluster each time"
    after = {path: path.stat() for path in before}
    assert all((before[p].st_mode, before[p].st_uid) == (after[p].st_mode, after[p].st_uid) for p in before)
    assert (closed / "sub" / "data" / "logs" / "postgresql.log").stat().st_size > 0
    home = placement_of(closed / "sub" / "data", root_dir).home
    assert home.is_relative_to(root_dir if IS_ROOT else closed)
    assert (closed / "sub" / "data" / "postgres.location").exists() == IS_ROOT


def test_folder_with_a_name_too_long_for_a_socket_and_odd_letters(folder: Path, root_dir: Path) -> None:
    odd = folder / ('it\'s "here", $HOME, 100 % ' + "x" * 80)
    with EmbeddedServer(odd, durable=False, root_dir=root_dir).running() as url:
        socket = placement_of(odd, root_dir).socket_dir
        assert len(os.fsencode(socket / SOCKET_NAME)) <= MAX_SOCKET_PATH
        assert ask(url, "SELECT 1") == 1
    socket.rmdir()


def test_works_as_an_ordinary_user(short_dir: Path, root_dir: Path) -> None:
    """By root: in a process that became `nobody` after its imports, since it may not enter a closed clone."""
    folder = Path(tempfile.mkdtemp(dir=short_dir))
    become = ""
    bin_dir = "None"
    if IS_ROOT:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        become = f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})"
        bin_dir = f"Path({str(copied_bin_dir(root_dir / 'runtime'))!r})"
    script = f"""
import os, psycopg
from pathlib import Path
from sql.server.embedded import EmbeddedServer
{become}
assert os.geteuid() != 0
folder = Path({str(folder)!r})
with EmbeddedServer(folder, durable=False, bin_dir={bin_dir}).running() as url:
    with psycopg.connect(url) as connection:
        print(connection.execute("SELECT 'answered'").fetchone()[0])
    print({{path.stat().st_uid for path in folder.rglob("*")}} == {{os.geteuid()}})
    print((folder / "postgres" / "cluster" / "postmaster.pid").exists())
print((folder / "postgres" / "cluster" / "postmaster.pid").exists())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )
    assert (done.stdout.split(), done.stderr) == (["answered", "True", "True", "False"], "")
