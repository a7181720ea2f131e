"""Whether Dateline's packages are its own: `crawler`, `pipelines`, `scheduler`, and `sql` are names that others use, too."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import dateline

PACKAGES = ("crawler", "pipelines", "scheduler", "sql")


def foreign_package(error: ImportError) -> str | None:
    """Returns what has replaced one of our packages and the cure; None if the error has another cause."""
    name = (error.name or "").partition(".")[0]
    if name not in PACKAGES:
        return None
    others = sorted(set(packages_distributions().get(name, ())) - {"dateline"})
    found = find_spec(name)
    place = Path(found.origin).parent if found and found.origin else None
    if others:
        culprit = f"the package {others[0]} has installed its own '{name}' in its place"
    elif place is not None and place.parent != Path(dateline.__file__).parent.parent:
        culprit = f"Python finds another '{name}' first, in {place}"
    else:
        return None
    return f"can't import Dateline's '{name}': {culprit}. Install Dateline into an environment of its own: pipx install"
