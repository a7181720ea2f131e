"""`make test-containers`: the tests of this folder, or, where containers can't run, a loud word and success.

`--require` makes that word a failure, for CI; anything else is passed to pytest.
"""

from __future__ import annotations

import sys

import pytest

from tests.containers.engine import DEBIAN_PACKAGES, obstacles

FRAME = "=" * 100


def main(arguments: list[str]) -> int:
    """The exit code."""
    is_required = "--require" in arguments
    if why := obstacles():
        print(FRAME, "NOT RUN: the container tests. Here " + "; ".join(why) + ".", sep="\n")
        print(f"They want Debian, root, and: apt-get install {' '.join(DEBIAN_PACKAGES)}", FRAME, sep="\n")
        return 1 if is_required else 0
    rest = [word for word in arguments if word != "--require"]
    paths = [] if any(word.startswith("tests/") for word in rest) else ["tests/containers"]
    return pytest.main(["-m", "containers", "--durations=5", *paths, *rest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
