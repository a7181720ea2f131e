"""Saving, renaming and removing queries under a name. Each user, readers too, changes only their own."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from dateline.console.request import address
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import UsageError
from dateline.text import storable, storable_line
from sql.analysts.saved import NameTakenError, SavedQueries, SavedQuery

LONGEST = 100_000


def saved_of(form: Mapping[str, str]) -> SavedQuery:
    """The query that a form describes."""
    return SavedQuery(
        storable_line(form.get("name", ""), 200),
        "sql" if form.get("kind") == "sql" else "search",
        storable(form.get("query", form.get("sql", "")), LONGEST).strip(),
        "best" if form.get("order") == "best" else "newest",
        form.get("copies") == "1",
    )


async def save(console: Console, request: Request) -> Response:
    """Keep a search or statement. Where its name is taken, a page asks whether to replace what has it."""
    form, owner = request.scope["form"], request.scope["access"].user_id
    wanted = saved_of(form)
    replaces = form.get("replace") == "1" or (bool(wanted.name) and form.get("opened") == wanted.name)
    try:
        await console.writer.through(
            lambda pool: SavedQueries(pool, owner).save(wanted, replaces=replaces, now=console.clock())
        )
    except UsageError as error:
        more = {"wanted": wanted, "trouble": str(error), "is_taken": isinstance(error, NameTakenError)}
        return await console.html(request, "saved_again", status=400, view=BY_NAME["saved"], **more)
    return console.done(request, address(f"/{wanted.kind}", saved=wanted.name), f"Saved as “{wanted.name}”.")


async def rename(console: Console, request: Request) -> Response:
    """Give a saved query another name."""
    form, owner = request.scope["form"], request.scope["access"].user_id
    name, new_name = (storable_line(form.get(one, ""), 200) for one in ("name", "new_name"))
    try:
        done = await console.writer.through(lambda pool: SavedQueries(pool, owner).rename(name, new_name))
    except UsageError as error:
        return console.done(request, address("/saved"), f"“{name}” was not renamed. {error}", is_bad=True)
    said = f"“{name}” is called “{new_name}” now." if done else f"No saved query is called “{name}”."
    return console.done(request, address("/saved"), said, is_bad=not done)


async def remove(console: Console, request: Request) -> Response:
    """Delete a saved query; one that no longer exists is not an error."""
    name, owner = storable_line(request.scope["form"].get("name", ""), 200), request.scope["access"].user_id
    done = await console.writer.through(lambda pool: SavedQueries(pool, owner).remove(name))
    return console.done(
        request, address("/saved"), f"“{name}” removed." if done else f"“{name}” had been removed before."
    )


ROUTES = (
    ("/saved/save", "POST", save),
    ("/saved/rename", "POST", rename),
    ("/saved/remove", "POST", remove),
)
