"""The built packages: they hold all that Dateline needs, and work in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
PACKAGES = ("dateline/", "crawler/", "pipelines/", "scheduler/", "sql/")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the checkout, without what is generated."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


@pytest.fixture(scope="module")
def built(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel, built from a copy of the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    return build(source, tmp_path_factory.mktemp("dist"))


def build(source: Path, target: Path) -> Path:
    """Build both packages into the folder, as `make wheel` does."""
    command = f"from setuptools import build_meta as b; b.build_sdist({str(target)!r}); b.build_wheel({str(target)!r})"
    run([sys.executable, "-c", command], cwd=source)
    return target


def run(command: list[str], *, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing of this checkout in its environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment into which the wheel and the locked packages were installed."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", str(folder)], cwd=folder)
    programs = folder / "bin"
    pip = [str(programs / "pip"), "install", "--quiet", "--no-deps"]
    run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], cwd=folder)
    run([*pip, str(next(built.glob("*.whl")))], cwd=folder)
    return programs


def members(built: Path) -> set[str]:
    """The names of the wheel's files, without its metadata."""
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    return {name for name in names if ".dist-info/" not in name}


def test_the_wheel_holds_the_files_of_its_packages_and_no_others(built: Path, tracked: list[str]) -> None:
    assert members(built) == {name for name in tracked if name.startswith(PACKAGES)}


def test_a_wheel_built_from_the_source_distribution_is_the_same(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as packed:
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert members(build(unpacked, tmp_path / "again")) == members(built)


def test_the_demonstration_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = run([str(installed / "dateline"), "demo"], cwd=tmp_path)
    assert "Next steps with real sources" in done.stdout
    assert list(tmp_path.iterdir()) == [], "the demonstration leaves nothing behind"


def test_a_package_that_overwrites_one_of_ours_is_named(installed: Path, tmp_path: Path) -> None:
    project = tmp_path / "sqlmagic"
    (project / "sql").mkdir(parents=True)
    (project / "sql" / "__init__.py").write_text('"""Not Dateline\'s."""\n')
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "sqlmagic"\nversion = "1"\n[tool.setuptools]\npackages = ["sql"]\n'
    )
    wheel = next(build(project, tmp_path / "dist").glob("*.whl"))
    ours = installed.parent / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    kept = (ours / "sql" / "__init__.py").read_bytes()
    pip = str(installed / "pip")
    run([pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], cwd=tmp_path)
    try:
        done = run([str(installed / "dateline"), "status"], cwd=tmp_path, check=False)
    finally:
        run([pip, "uninstall", "--quiet", "--yes", "sqlmagic"], cwd=tmp_path)
        (ours / "sql" / "__init__.py").write_bytes(kept)
    assert done.returncode == 2
    assert done.stderr == (
        "dateline: can't import Dateline's 'sql': the package sqlmagic has installed its own 'sql' in its place."
        " Install Dateline into an environment of its own: pipx install\n"
    )
