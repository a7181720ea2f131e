"""Hooks: code put into the service's processes from outside, which changes modules of the product as they are imported."""

from __future__ import annotations

import os
from pathlib import Path


def python_path(folder: Path) -> str:
    """The PYTHONPATH of processes that are to load the hooks of a folder, whose `sitecustomize` Python imports first."""
    return os.pathsep.join((str(folder), str(Path(__file__).parent)))
