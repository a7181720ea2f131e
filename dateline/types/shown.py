"""What feeds and mails show of an article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol


class Shown(Protocol):
    """The fields of an article that readers of a feed or a mail see."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def summary(self) -> str | None: ...
    @property
    def beginning(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def authors(self) -> Sequence[str]: ...
    @property
    def published_at(self) -> dt.datetime | None: ...
