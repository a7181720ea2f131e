"""Put into the service's processes from outside (PYTHONPATH): places to pause at, and protections to switch off.

The service itself has no switch for any of this. `kill_spec` says how a run asks for it.
"""

from __future__ import annotations

from pathlib import Path

import kill_clock  # noqa: F401 - these register what they change
import kill_places  # noqa: F401
import kill_protections  # noqa: F401
from import_patches import install
from kill_spec import SPEC


def failed(module: str, error: Exception) -> None:
    """Leave a mark that a hook does not fit the module any more: the run fails with it."""
    (Path(SPEC["folder"]) / "hook-error").write_text(f"{module}: {error!r}")


if SPEC:
    install(failed=failed)
