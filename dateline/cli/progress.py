"""Progress on standard error: shown on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counter(unit: str) -> Iterator[Callable[..., None]]:
    """A function that adds to a count of `unit` and may describe the latest: `advance(count=1, description="")`."""
    if not sys.stderr.isatty():
        yield lambda count=1, description="": None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        SpinnerColumn(),
        TextColumn(f"{{task.completed}} {unit}"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda count=1, description="": progress.update(task, advance=count, description=description)
