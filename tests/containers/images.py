"""The three images of the tests, built where no registry can be reached and kept by a hash of what goes into them.

debootstrap ──► debian (for python:3.13-slim) ──Dockerfile──► dateline
                  └──tests/containers/postgres──► postgres (for postgres:18)
"""

from __future__ import annotations

import configparser
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.containers.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = Path(__file__).resolve().parent / "postgres"
PYTHON_PACKAGES = "python3,python3-venv,ca-certificates"
REPOSITORY = "localhost/dateline-test"
PACKAGE_FILES = ("Dockerfile", "requirements.lock", "requirements-image.lock")
SOURCE_FILES = (".dockerignore", "pyproject.toml", "README.md", "LICENSE")
SOURCE_FOLDERS = ("dateline", "crawler", "pipelines", "scheduler", "sql")


@dataclass(frozen=True, slots=True)
class Images:
    """The names of images that are ready."""

    debian: str
    postgres: str
    dateline: str


def build_images(engine: Engine) -> Images:
    """The images, built unless the folder has them already."""
    debian = _debian(engine)
    return Images(debian=debian, postgres=_postgres(engine, debian), dateline=_dateline(engine, debian))


def _debian(engine: Engine) -> str:
    """A minimal Debian with Python: this machine's release, from the mirror that its apt uses."""
    codename, mirror = _release()
    name = f"{REPOSITORY}/debian:{_digest(codename.encode(), PYTHON_PACKAGES.encode())}"
    if engine.has_image(name):
        return name
    with tempfile.TemporaryDirectory() as folder:
        system = Path(folder, "root")
        engine.run("debootstrap", "--variant=minbase", f"--include={PYTHON_PACKAGES}", codename, system, mirror)
        for cache in (system / "var/cache/apt/archives", system / "var/lib/apt/lists"):
            shutil.rmtree(cache)
            (cache / "partial").mkdir(parents=True)
        with subprocess.Popen(["tar", "-C", system, "-c", "."], stdout=subprocess.PIPE) as tar:
            assert tar.stdout is not None
            engine.run("podman", "import", "--quiet", "-", name, stdin=tar.stdout.fileno())
    return name


def _postgres(engine: Engine, debian: str) -> str:
    name = f"{REPOSITORY}/postgres:{_digest(debian.encode(), *_contents(POSTGRES))}"
    if not engine.has_image(name):
        engine.run("buildah", "bud", "--quiet", "--build-arg", f"BASE={debian}", "--tag", name, POSTGRES)
    return name


def _dateline(engine: Engine, debian: str) -> str:
    """The Dockerfile's image on that base, and its stage of packages kept beside it; older ones are removed."""
    packages = [debian.encode(), *_files(PACKAGE_FILES)]
    sources = [content for folder in SOURCE_FOLDERS for content in _contents(ROOT / folder)]
    stages = {
        "packages": f"{REPOSITORY}/packages:{_digest(*packages)}",
        "": f"{REPOSITORY}/dateline:{_digest(*packages, *_files(SOURCE_FILES), *sources)}",
    }
    if not engine.has_image(stages[""]):
        for target, name in stages.items():
            _build(engine, debian, target, name)
        _keep_only(engine, stages.values())
    return stages[""]


def _build(engine: Engine, debian: str, target: str, name: str) -> None:
    """Builds a stage of the Dockerfile, or all of it; its pip finds packages where this machine's pip finds them."""
    with tempfile.TemporaryDirectory() as folder:
        pip_conf = Path(folder, "pip.conf")
        mounts = _pip_configuration(pip_conf)
        engine.run(
            *("buildah", "bud", "--quiet", "--layers", "--tag", name, *(("--target", target) if target else ())),
            *("--build-arg", f"PYTHON_IMAGE={debian}"),
            *("--secret", f"id=pip.conf,src={pip_conf}"),
            *(word for path in mounts for word in ("--volume", f"{path}:{path}:ro")),
            ROOT,
        )


def _keep_only(engine: Engine, names: Iterable[str]) -> None:
    """Removes what earlier builds of these images left: half a gigabyte each."""
    for name in names:
        repository = name.rpartition(":")[0]
        found = engine.podman("images", "--format", "{{.Repository}}:{{.Tag}}", repository).split()
        for old in set(found) - {name}:
            engine.podman("image", "rm", "--force", old)
    engine.podman("image", "prune", "--force")


def _pip_configuration(target: Path) -> list[Path]:
    """Writes this machine's pip settings as one file; the files and folders that they name are returned."""
    shown = subprocess.run(
        ["python3", "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    settings = dict(_pip_settings(shown))
    configuration = configparser.RawConfigParser()
    configuration["global"] = settings
    with target.open("w") as file:
        configuration.write(file)
    return _outermost({path for name, value in settings.items() for path in _paths_named(name, value)})


def _paths_named(setting: str, value: str) -> Iterator[Path]:
    """What a setting's paths and file: addresses lead to; an index's pages (…/simple) link to files beside it."""
    for place in map(urlsplit, value.split()):
        path = Path(unquote(place.path))
        if place.scheme in ("", "file") and path.is_absolute() and path.exists():
            yield path.parent if "index-url" in setting and path.parent != Path("/") else path


def _pip_settings(shown: str) -> Iterator[tuple[str, str]]:
    """Name and value from lines such as `global.find-links='…'` or `:env:.cert='…'`, environment last as in pip."""
    lines = [line.partition("=") for line in shown.splitlines() if "=" in line]
    for name, _, value in sorted(lines, key=lambda line: line[0].startswith(":env:")):
        yield name.rpartition(".")[2], value.strip("'\"").replace("\\n", " ")


def _outermost(paths: set[Path]) -> list[Path]:
    """The paths that lie in no other of them: file:///mirror/simple and its parent need one mount."""
    return sorted(path for path in paths if not any(parent in paths for parent in path.parents))


def _release() -> tuple[str, str]:
    """This Debian's codename, and the first mirror for it in apt's own list."""
    lines = Path("/etc/os-release").read_text().splitlines()
    codename = next(line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME="))
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return codename, next(line.split()[1] for line in targets.splitlines() if line.split()[0] == codename)


def _files(names: Iterable[str]) -> list[bytes]:
    return [(ROOT / name).read_bytes() for name in names]


def _contents(folder: Path) -> Iterator[bytes]:
    """Path and bytes of each file, in a fixed order, Python's caches left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(folder)).encode()
            yield path.read_bytes()


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:16]
