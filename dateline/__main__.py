"""`python -m dateline`."""

import sys
from pathlib import Path

# `python -m` puts the current folder first; what lies there must not replace a package of ours
if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).parents[1]:
    del sys.path[0]

from dateline.cli import main

main()
