"""The changes to one source that need no form of their own: each takes a form and says what it did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from dateline.console.pages.operations.names import unknown_source
from dateline.console.request import MissingPageError
from dateline.text import storable
from sql.analysts.console_actions import Writer

Action = Callable[[Writer, Mapping[str, str]], Awaitable[str]]


async def wake(writer: Writer, form: Mapping[str, str]) -> str:
    """Make all watched pages of the source due now."""
    _known(form, await writer.wake(name_of(form)))
    if await writer.is_paused(name_of(form)):
        return "Its watched pages are due now, but it is paused: it is visited when you resume it."
    return "Its watched pages are due now. The service visits them within seconds while a worker is running."


async def pause(writer: Writer, form: Mapping[str, str]) -> str:
    """Stop visiting the source until it is resumed."""
    _known(form, await writer.set_paused(name_of(form), is_paused=True))
    return "Paused. No visits until you resume it."


async def resume(writer: Writer, form: Mapping[str, str]) -> str:
    """Visit the source again."""
    _known(form, await writer.set_paused(name_of(form), is_paused=False))
    return "Resumed. Its visits continue."


def name_of(form: Mapping[str, str]) -> str:
    """The source that a form is about."""
    return storable(form.get("name", ""), 100)


def _known(form: Mapping[str, str], is_known: bool) -> None:
    if not is_known:
        raise MissingPageError(unknown_source(name_of(form), []))


ACTIONS: dict[str, Action] = {"/source/wake": wake, "/source/pause": pause, "/source/resume": resume}
