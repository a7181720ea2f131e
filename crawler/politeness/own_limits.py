"""This machine's own limits of open files and memory: where they end a fetch, no host is to blame."""

from __future__ import annotations

import errno
import os

from crawler.exchange import NoFetch

OWN_LIMITS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def own_limit(detail: str) -> NoFetch:
    """The reason where this machine has no room for a connection."""
    return NoFetch("local_limit", f"{detail} on this machine: raise its limit of open files (ulimit -n)")


def is_out_of_files() -> bool:
    """Whether this process has reached its limit of open files.

    A lookup that fails for that reason reports an unknown name, so only this check tells the two apart.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in OWN_LIMITS
    return False
