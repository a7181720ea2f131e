"""A request for a page: its validated parameters, access to the archive, and the current time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dateline.console.prefix import prefixed
from dateline.text import storable
from sql.search.reading import Reader

MAX_PARAMETER = 4_000
MAX_ID = 2**63 - 1


class MissingPageError(Exception):
    """The requested thing does not exist; the message names it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a page. An invalid parameter counts as not given."""

    params: Mapping[str, str]
    reader: Reader
    now: dt.datetime
    ending: str = ""
    """"", ".json" or ".csv": the kind of answer, which links to further rows keep."""
    user_id: int | None = None
    """Who asks, for what each user has of their own; None without users."""
    is_operator: bool = False

    def text(self, name: str, default: str = "", limit: int = MAX_PARAMETER) -> str:
        """A parameter as text that PostgreSQL accepts."""
        return storable(self.params.get(name, default), limit).strip()

    def maybe(self, name: str) -> str | None:
        """A text parameter; None where it is empty."""
        return self.text(name) or None

    def number(self, name: str, default: int, *, low: int = 0, high: int = MAX_ID) -> int:
        """A parameter as a whole number within bounds."""
        found = self.maybe_number(name)
        return default if found is None else max(low, min(high, found))

    def maybe_number(self, name: str) -> int | None:
        """A parameter as a whole number that a bigint holds; None where it is not a number."""
        text = self.text(name, limit=30)
        is_number = text.isascii() and text.removeprefix("-").isdigit()
        return int(text) if is_number and abs(int(text)) <= MAX_ID else None

    def choice(self, name: str, options: Sequence[str]) -> str:
        """A parameter that is one of the options; the first option where it is not."""
        text = self.text(name)
        return text if text in options else options[0]

    def is_on(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.text(name) in ("1", "on", "yes", "true")

    def instant(self, name: str) -> dt.datetime | None:
        """A parameter as an instant or the beginning of a day, UTC where it names no zone."""
        text = self.text(name, limit=40)
        try:
            found = dt.datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
            return found.astimezone(dt.UTC) if 1000 <= found.year < 9998 else None
        except (ValueError, OverflowError):
            return None

    def link(self, path: str, **changes: object) -> str:
        """The address of a page with these parameters and the changes; a parameter that becomes None is left out."""
        wanted = {name: value for name, value in ({**self.params, **changes}).items() if value not in (None, "")}
        return address(path, **wanted)

    def onward(self, path: str, **changes: object) -> str:
        """The address of further rows, as the same kind of answer as this one."""
        return self.link(path + self.ending, **changes)


def address(path: str, **params: object) -> str:
    """The address of a page with these parameters, below the proxy's prefix."""
    given = {name: value for name, value in params.items() if value is not None}
    return prefixed(f"{path}?{urlencode(given)}" if given else path)
