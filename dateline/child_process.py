"""How every Python child of this program starts: with this interpreter, and without the current folder on its path."""

from __future__ import annotations

import sys


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours with these arguments.

    -P: `python -m` searches the current folder first, and a folder `sql/` there would replace ours and run as our code.
    """
    return [sys.executable, "-P", "-m", module, *arguments]
