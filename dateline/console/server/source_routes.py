"""Adding, editing and importing sources, and changes to several at once.

A trial and an import run the command line's own commands in a process of their own; the rest calls what they call.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from psycopg import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dateline.console.pages.operations.explain import WatchedSite
from dateline.console.pages.operations.names import unknown_source
from dateline.console.pages.operations.source_form import (
    KINDS,
    NUMBERS,
    PRESETS,
    WRITE_ONLY,
    SourceForm,
    changed_meanwhile,
    coming_visits,
    fields_of,
    form_of,
    source_of,
    with_access,
)
from dateline.console.request import MissingPageError, address
from dateline.console.server.commands import Commands, Run
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import ConfigError, UsageError
from dateline.explain import unquoted, with_scheme
from dateline.search.query import KINDS as ARTICLE_KINDS
from dateline.sources.toml_files import read_source
from dateline.text import storable
from dateline.types.source import Source
from dateline.urls import site_of
from scheduler.cadence.calendar import parse_schedule
from sql.frontier.sources import get_sources, remove_sources, set_paused, tag_sources, upsert_source, wake_sources

SAMPLES = 3
REFRESH_S = 2


async def _show(console: Console, request: Request, template: str, *, status: int = 200, **more: Any) -> Response:
    known = {"presets": PRESETS, "numbers": NUMBERS, "kinds": KINDS, "article_kinds": ARTICLE_KINDS}
    context = known | dict.fromkeys(("run", "trial", "form", "near", "wrong")) | more
    page = await console.html(request, template, status=status, view=BY_NAME["sources"], **context)
    if isinstance(run := more.get("run"), Run) and run.is_running:
        page.headers["Refresh"] = str(REFRESH_S)
    return page


def _commands(console: Console) -> Commands:
    return console.commands


def _owner(request: Request) -> str:
    return str(request.scope["session"].id)


# --- adding -------------------------------------------------------------------------------------------------------------


async def new(console: Console, request: Request) -> Response:
    """The form for an address; with `run`, what the trial of one found."""
    number = request.query_params.get("run", "")
    run = _commands(console).find(number, owner=_owner(request))
    if number and run is None:
        raise MissingPageError("This trial is over. Try the address again.")
    form = form_of(_draft(run.rows[0]), console.clock()) if run and run.rows else None
    trial = run.rows[0] if run and run.rows else None
    given = run.about["address"] if run else storable(request.query_params.get("url", ""), 2000)
    near = await _sources_near(console, given) if run and run.problem else []
    return await _show(console, request, "source_new", run=run, trial=trial, form=form, given=given, near=near)


async def _sources_near(console: Console, given: str) -> list[WatchedSite]:
    """The sources of an address's site."""
    url = with_scheme(given)
    return await console.reader.rows(WatchedSite, "console", "sources_of_site", {"site": site_of(url)}) if url else []


async def try_address(console: Console, request: Request) -> Response:
    """Start the trial of an address."""
    given = unquoted(storable(request.scope["form"].get("address", ""), 2000).strip())
    if with_scheme(given) is None:
        wrong = f"“{given[:200]}” is not the address of a website." if given else "Enter an address."
        wrong += " Write it as https://example.org/."
        return await _show(console, request, "source_new", status=400, given=given, wrong=wrong)
    arguments = ["sources", "add", "--dry-run", "--json", f"--samples={SAMPLES}", "--", given]
    run = _commands(console).start(arguments, owner=_owner(request), about={"address": given})
    return RedirectResponse(address("/sources/new", run=run.id), 303)


def _draft(trial: dict[str, Any]) -> Source:
    """The source that a trial found, to be completed by the operator."""
    return read_source(trial["source"], check_schedule=parse_schedule)


async def add(console: Console, request: Request) -> Response:
    """Add the source that a form describes."""
    form = request.scope["form"]
    name, fields = storable(form.get("name", ""), 100).strip(), fields_of(form)
    is_known = form.get("known") == "1"
    try:
        source = source_of(name, fields, console.settings.secrets_dir)
        added = await console.in_thread(lambda connection: _added(connection, source, is_known=is_known))
    except (ConfigError, UsageError) as error:
        bad = SourceForm(name, with_access(fields | dict.fromkeys(WRITE_ONLY, "")), str(error).splitlines())
        return await _show(
            console, request, "source_new", status=400, run=None, trial=None, form=bad, given=fields["home"]
        )
    said = f"Source “{added.title}” added. Its watched pages are visited within seconds while the service runs."
    return console.done(request, address("/source", name=added.name), said)


def _added(connection: Connection[Any], source: Source, *, is_known: bool) -> Source:
    if not source.watched:
        raise UsageError("watched pages: name at least one, so that its articles are found")
    known = get_sources(connection, [source.name])
    if known and not is_known:
        raise UsageError(f"name: {source.name!r} is the name of another source ({known[0].home}); choose another")
    if known:
        source = dataclasses.replace(known[0], watched=source.watched)
    upsert_source(connection, source)
    return source


# --- editing ------------------------------------------------------------------------------------------------------------


async def edit(console: Console, request: Request) -> Response:
    """The form of a known source."""
    source = await _known(console, request.query_params.get("name", ""))
    return await _show(console, request, "source_edit", source=source, form=form_of(source, console.clock()))


async def save(console: Console, request: Request) -> Response:
    """Change a source as its form says; `show` only shows the next visits."""
    form = request.scope["form"]
    known = await _known(console, form.get("name", ""))
    stored, version = form_of(known, console.clock()), form.get("version", "")
    fields, problems, visits = fields_of(form), list[str](), []
    try:
        changed = source_of(known.name, fields, console.settings.secrets_dir, known)
        visits = coming_visits(changed.schedule, changed.timezone, console.clock())
    except ConfigError as error:
        problems = str(error).splitlines()
    if not problems and "show" not in form and (problems := changed_meanwhile(fields, version, stored)):
        version = stored.version
    if problems or "show" in form:
        kept = fields | (dict.fromkeys(WRITE_ONLY, "") if problems else {})
        shown = SourceForm(known.name, with_access(kept, known), problems, visits, version)
        return await _show(console, request, "source_edit", status=400 if problems else 200, source=known, form=shown)
    upserted = await console.in_thread(lambda connection: upsert_source(connection, changed))
    said = "Saved." if upserted.is_changed else "Nothing was changed."
    return console.done(request, address("/source", name=known.name), said)


async def _known(console: Console, name: str) -> Source:
    wanted = storable(name, 100)
    found = await console.in_thread(lambda connection: get_sources(connection, [wanted]))
    if not found:
        raise MissingPageError(unknown_source(wanted, []))
    return found[0]


# --- several at once ------------------------------------------------------------------------------------------------------

DONE = {
    "pause": "paused",
    "resume": "resumed",
    "wake": "due now",
    "tag": "tagged",
    "untag": "untagged",
    "remove": "removed",
}


async def change_several(console: Console, request: Request) -> Response:
    """Pause, resume, visit, tag or remove the sources that are ticked; a removal asks first."""
    form = request.scope["form"]
    names = [storable(key.removeprefix("pick:"), 100) for key in form if key.startswith("pick:")]
    what, tags = (
        form.get("do", ""),
        [one.strip() for one in storable(form.get("tag", ""), 100).split(",") if one.strip()],
    )
    back = address("/sources")
    if what not in DONE or not names:
        return console.done(request, back, "Tick the sources to change, then choose what to do.", is_bad=True)
    if what in ("tag", "untag") and not tags:
        return console.done(request, back, "Enter a tag first.", is_bad=True)
    if what == "remove" and form.get("sure") != "1":
        asked = await _show(console, request, "source_remove", names=names)
        asked.headers["Cache-Control"] = "private, no-cache"  # what a form answers without it can't be gone back to
        return asked
    changed = await console.in_thread(lambda connection: _changed(connection, what, names, tags))
    number = f"{len(changed)} source{'' if len(changed) == 1 else 's'}"
    kept = " The articles stay in the archive." if what == "remove" else ""
    tagged = f" with “{', '.join(tags)}”" if what in ("tag", "untag") else ""
    gone = len(set(names) - changed)
    missed = f" {gone} had been removed before." if gone else ""
    return console.done(request, back, f"{number} {DONE[what]}{tagged}.{kept}{missed}", is_bad=not changed)


def _changed(connection: Connection[Any], what: str, names: list[str], tags: list[str]) -> set[str]:
    if what in ("pause", "resume"):
        return set_paused(connection, names, is_paused=what == "pause")
    if what == "remove":
        return remove_sources(connection, names)
    if what == "wake":
        return wake_sources(connection, names)
    return set[str]().union(*(tag_sources(connection, names, tag, is_added=what == "tag") for tag in tags))


# --- importing ------------------------------------------------------------------------------------------------------------

FILTERS = ("country", "language", "tag")


async def importing(console: Console, request: Request) -> Response:
    """The form for a file or the catalogue; with `run`, what an import would change, or changed."""
    number = request.query_params.get("run", "")
    run = _commands(console).find(number, owner=_owner(request))
    if number and run is None:
        raise MissingPageError("This preview is over. Import the file again.")
    return await _show(console, request, "source_import", run=run)


async def import_sources(console: Console, request: Request) -> Response:
    """Start the preview of an import; with `run`, the import that was previewed."""
    form, commands = request.scope["form"], _commands(console)
    previewed = commands.find(form.get("run", ""), owner=_owner(request))
    if previewed is not None:
        about, given = previewed.about | {"is_done": "1"}, previewed.input
    else:
        given = form.get("file", "").encode("utf-8", "replace")
        about = {name: storable(form.get(name, ""), 100).strip() for name in FILTERS}
        about |= {"origin": "-" if given.strip() else "catalogue", "is_done": ""}
    arguments = ["sources", "import", about["origin"], "--json"]
    arguments += [f"--{name}={about[name]}" for name in FILTERS if about.get(name)]
    if not about["is_done"]:
        arguments.append("--dry-run")
    run = commands.start(arguments, owner=_owner(request), about=about, given=given)
    console.titles_until = 0.0
    return RedirectResponse(address("/sources/import", run=run.id), 303)


ROUTES = (
    ("/sources/new", "GET", new),
    ("/sources/try", "POST", try_address),
    ("/sources/add", "POST", add),
    ("/sources/edit", "GET", edit),
    ("/sources/save", "POST", save),
    ("/sources/bulk", "POST", change_several),
    ("/sources/import", "GET", importing),
    ("/sources/import", "POST", import_sources),
)
