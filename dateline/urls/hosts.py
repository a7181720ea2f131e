"""Host names as browsers read them (UTS 46): compatible letters, other full stops, and letters that stand for nothing."""

from __future__ import annotations

import re
import unicodedata

_NOTHING = re.compile("[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")
"""RFC 3454, table B.1: the name that is asked for has none of them, so with them an address would only seem another."""


def folded_host(host: str) -> str:
    """The name in lower case, as it is asked for; labels stay in their own script."""
    if not host.isascii():
        host = unicodedata.normalize("NFKC", _NOTHING.sub("", host)).replace("\u3002", ".")
    return re.sub(r"\.{2,}", ".", host.lower()).strip(". ")
