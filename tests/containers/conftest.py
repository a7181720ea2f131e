"""Images and services for the tests of this folder; `make test-containers` runs them where an engine is at hand."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.engine import Engine, engine_in, obstacles
from tests.containers.images import ROOT, Images, build_images
from tests.containers.stack import Stack, stack_of


@pytest.fixture(scope="session")
def engine() -> Engine:
    assert not obstacles(), f"no container engine: {'; '.join(obstacles())}"
    return engine_in(Path(os.environ.get("DATELINE_CONTAINERS_DIR", ROOT / "build/containers")).resolve())


@pytest.fixture(scope="session")
def images(engine: Engine) -> Images:
    return build_images(engine)


@pytest.fixture(scope="module")
def stack(engine: Engine, images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Nothing runs yet; whatever was started is gone afterwards, however the tests end."""
    services = stack_of(engine, images, password_folder(tmp_path_factory.mktemp("secrets")))
    services.remove()
    try:
        yield services
    finally:
        services.remove()


def password_folder(folder: Path) -> Path:
    """The folder, with a password in it that unprivileged users of a container can read."""
    password = folder / "database-password"
    password.write_text(secrets.token_hex(24) + "\n")
    password.chmod(0o644)
    return folder
