"""The changes that the console makes: each action takes a form and returns the address to go to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from dateline.console.request import MissingPageError, address
from dateline.text import storable
from sql.analysts.console_actions import Writer

Action = Callable[[Writer, Mapping[str, str]], Awaitable[str]]


async def wake(writer: Writer, form: Mapping[str, str]) -> str:
    """Make all watched pages of the source due now."""
    return _done(form, await writer.wake(_name(form)), "woken")


async def pause(writer: Writer, form: Mapping[str, str]) -> str:
    """Stop visiting the source until it is resumed."""
    return _done(form, await writer.set_paused(_name(form), is_paused=True), "paused")


async def resume(writer: Writer, form: Mapping[str, str]) -> str:
    """Visit the source again."""
    return _done(form, await writer.set_paused(_name(form), is_paused=False), "resumed")


def _name(form: Mapping[str, str]) -> str:
    return storable(form.get("name", ""), 100)


def _done(form: Mapping[str, str], is_known: bool, what: str) -> str:
    if not is_known:
        raise MissingPageError(f"No source is called {_name(form)!r}.")
    return address("/source", name=_name(form), done=what)


ACTIONS: dict[str, Action] = {"/source/wake": wake, "/source/pause": pause, "/source/resume": resume}
