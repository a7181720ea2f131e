"""The container engine of this machine, set up for tests alone: Debian's podman and buildah over runc, as root.

Its images, containers, networks and locks live in a folder of their own, so that nothing here sees or removes what
else the machine runs. Overlay mounts are used where the kernel allows them on that folder, else plain copies (vfs).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = ("podman", "buildah", "runc", "debootstrap", "iptables")
PODMAN_PROGRAMS = ("netavark", "aardvark-dns", "catatonit")  # its network, the network's names, `init: true`
PODMAN_FOLDERS = ("/usr/lib/podman", "/usr/libexec/podman")
DEBIAN_PACKAGES = (*PROGRAMS, *PODMAN_PROGRAMS)


def obstacles() -> list[str]:
    """Why containers can't run here, in words; empty where they can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    absent += [name for name in PODMAN_PROGRAMS if not any(Path(f, name).exists() for f in PODMAN_FOLDERS)]
    found = [f"{' and '.join(absent)} not installed"] if absent else []
    if os.name != "posix" or os.geteuid() != 0:
        found.append("not running as root")
    return found


@dataclass(frozen=True, slots=True)
class Engine:
    """Runs podman and buildah with this folder's configuration and nothing of the machine's own."""

    environment: dict[str, str] = field(repr=False)
    project: str
    """What containers, volumes and networks of this folder are named after."""

    def run(self, *command: str | Path, stdin: int | None = None, timeout_s: float = 900) -> str:
        """What the command printed; EngineError, with its words in the message, when it failed."""
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        if done.returncode:
            raise EngineError(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def podman(self, *arguments: str | Path, timeout_s: float = 120) -> str:
        """What this podman command printed."""
        return self.run("podman", *arguments, timeout_s=timeout_s)

    def succeeds(self, *arguments: str) -> bool:
        """Whether this podman command ended well."""
        try:
            self.podman(*arguments)
        except EngineError:
            return False
        return True

    def has_image(self, name: str) -> bool:
        """Whether an image of this name is in the folder."""
        return self.succeeds("image", "exists", name)


class EngineError(Exception):
    """An engine's command failed; the message holds the command and what it said."""


def engine_in(folder: Path) -> Engine:
    """An engine whose whole state is `folder` (and a short run folder beside the system's)."""
    folder.mkdir(parents=True, exist_ok=True)
    driver = "overlay" if _overlay_works(folder) else "vfs"
    # Sockets live in the run folder: their paths must stay below 108 bytes (unix(7)), and the folder is worthless
    # after a restart of the machine.
    name = hashlib.sha256(f"{folder} {driver}".encode()).hexdigest()[:8]
    run = Path(tempfile.gettempdir(), f"dateline-{name}")
    storage, containers = folder / "storage.conf", folder / "containers.conf"
    storage.write_text(_storage_conf(folder / driver, run, driver))
    containers.write_text(_containers_conf(folder, run))
    configured = {
        "CONTAINERS_STORAGE_CONF": str(storage),
        "CONTAINERS_CONF": str(containers),
        "BUILDAH_ISOLATION": "chroot",  # needs no cgroups, which a build inside a container may not have
        "BUILDAH_FORMAT": "docker",  # the OCI format has no HEALTHCHECK
    }
    return Engine({**os.environ, **configured}, project=f"dateline-{name}")


def _storage_conf(root: Path, run: Path, driver: str) -> str:
    return f'[storage]\ndriver = "{driver}"\ngraphroot = "{root}"\nrunroot = "{run}"\n'


def _containers_conf(folder: Path, run: Path) -> str:
    """Podman without systemd. Limits are given, because its own default is above what a nested root may grant."""
    return f"""\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "k8s-file"
http_proxy = false

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/libpod"
helper_binaries_dir = {json.dumps(list(PODMAN_FOLDERS))}
init_path = "/usr/bin/catatonit"

[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""


def _overlay_works(folder: Path) -> bool:
    """Whether an overlay can be mounted on this folder's file system (not, for one, on top of another overlay)."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name in ("lower", "upper", "work", "merged"):
            Path(scratch, name).mkdir()
        options = f"lowerdir={scratch}/lower,upperdir={scratch}/upper,workdir={scratch}/work"
        merged = f"{scratch}/merged"
        mounted = subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o", options, merged], capture_output=True, check=False
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", merged], check=True)
        return mounted.returncode == 0
