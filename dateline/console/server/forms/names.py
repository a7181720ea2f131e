"""Importing, removing and downloading the names that are followed."""

from __future__ import annotations

import asyncio
import dataclasses

from starlette.requests import Request
from starlette.responses import Response

from dateline.console.pages.archive import names as pages
from dateline.console.request import address
from dateline.console.server.commands import sentence
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import UsageError
from dateline.names.builtin import builtin
from dateline.names.name_list import read_names, write_names
from dateline.text import quantity, storable_line
from sql.names.names import Names


async def import_names(console: Console, request: Request) -> Response:
    """Add the names of a CSV text or of the list that comes with Dateline; the page says which lines are wrong."""
    form = request.scope["form"]
    given, is_builtin = form.get("file", ""), form.get("builtin") == "places"
    try:
        lines = await asyncio.to_thread(builtin, "places") if is_builtin else await asyncio.to_thread(read_names, given)
    except UsageError as error:
        page = dataclasses.replace(await pages.read(console.ask(request)), trouble=sentence([str(error)]), file=given)
        return await console.html(request, "names", status=400, view=BY_NAME["names"], page=page)
    await console.writer.through(lambda pool: Names(pool).put(lines, now=console.clock()))
    said = f"{quantity(len({line.id for line in lines}), 'name')} imported."
    return console.done(request, address("/names"), f"{said} All articles are looked through while the service runs.")


async def remove(console: Console, request: Request) -> Response:
    """Follow a name no more; its mentions go with it."""
    name = storable_line(request.scope["form"].get("id", ""), 200)
    gone = await console.writer.through(lambda pool: Names(pool).remove([name]))
    return console.done(request, address("/names"), f"{name} removed." if gone else f"{name} had been removed before.")


async def download(console: Console, request: Request) -> Response:
    """The whole list, as the file that an import takes."""
    lines = await console.reader.through(lambda pool: Names(pool).lines())
    disposition = {"Content-Disposition": 'attachment; filename="name-list.csv"'}
    return Response("".join(write_names(lines)), media_type="text/csv; charset=utf-8", headers=disposition)


ROUTES = (
    ("/names/import", "POST", import_names),
    ("/names/remove", "POST", remove),
    ("/names/list.csv", "GET", download),
)
