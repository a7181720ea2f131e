"""`dateline export`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError
from dateline.files import format_of, is_special
from dateline.text import quantity
from dateline.unicode_text import decode_unicode
from sql.export.formats import FORMATS, CsvStyle, Format

if TYPE_CHECKING:
    import psycopg

    from sql.export.export import Moment, Question

ENDINGS = {name: (f".{name}",) for name in FORMATS} | {"jsonl": (".jsonl", ".ndjson")}

HELP_LINES = """Export articles, other views, a search, or a query.

    Without VIEW, the view articles of schema news is exported. Several VIEWs are written as files into the folder given
    with -o, all from one snapshot. Each file gets a FILE.manifest.json with its SQL, row count, sha256, snapshot and
    versions. The name `stories` exports one row per article (url, story_id); `news.stories` one row per story.
    """


@click.command(help=HELP_LINES)
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--query", "words", metavar="QUERY", help="Export the articles that this search finds.")
@click.option(
    "--sql",
    "sql_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Export the result of the query in this file.",
)
@click.option("-e", "statement", metavar="SELECT …", help="Export the result of this query.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), help="File format.  [default: by the ending of -o, else csv]"
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write, or folder for several views.  [default: standard output]",
)
@click.option(
    "--no-defuse",
    "is_plain",
    is_flag=True,
    help="Do not put a ' before CSV text that a spreadsheet would run as a formula.",
)
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, by which spreadsheets recognise UTF-8.")
@click.option(
    "--excel",
    is_flag=True,
    help="CSV for Excel: a byte order mark, CRLF line ends, and cells cut to the 32,767 characters that Excel shows.",
)
@click.option(
    "--wacz",
    "wacz_words",
    metavar="QUERY",
    help="Write the archived pages of the articles that this search finds as a WACZ file, which replay tools open.",
)
@click.option(
    "--datapackage",
    "is_package",
    is_flag=True,
    help="Describe the files in FOLDER/datapackage.json, with columns, hashes and licence. Needs -o FOLDER.",
)
@click.option(
    "--license", "licence", metavar="NAME|URL", help="Licence that datapackage.json names, such as CC-BY-4.0."
)
@click.option(
    "--without-text",
    is_flag=True,
    help="Leave texts and summaries out, for those who may share numbers but not texts. Headlines stay.",
)
@click.option(
    "--word-counts",
    is_flag=True,
    help="In place of each text, how often each word is in it, without their order. Summaries are left out.",
)
@pass_context
def export(
    context: Context,
    views: tuple[str, ...],
    words: str | None,
    sql_file: Path | None,
    statement: str | None,
    form: Format | None,
    output: Path | None,
    is_plain: bool,
    bom: bool,
    excel: bool,
    wacz_words: str | None,
    is_package: bool,
    licence: str | None,
    without_text: bool,
    word_counts: bool,
) -> None:
    """Write the export that the options describe."""
    is_textless = without_text or word_counts
    if wacz_words is not None:
        from dateline.cli.archive.export_wacz import export_wacz

        if is_textless:
            raise UsageError("--wacz writes whole pages, texts included: leave out --without-text and --word-counts")
        if views or form or is_package or any(one is not None for one in (words, sql_file, statement)):
            raise UsageError("--wacz takes the query itself: give only -o FILE.wacz with it")
        export_wacz(context, wacz_words, output)
        return
    from dateline.cli.archive.export_files import write_json
    from sql.database import connect
    from sql.export.datapackage import descriptor
    from sql.export.export import Question, search_question, snapshot, view_question, without_texts

    _refuse_unclear(views, words, sql_file, statement, is_textless=is_textless)
    is_folder = len(views) > 1 or is_package
    if is_folder and (output is None or _names_file(output)):
        what = "A data package is a folder" if is_package else "Several views are written into a folder"
        raise UsageError(f"{what}: add -o FOLDER")
    if licence is not None and not is_package:
        raise UsageError("--license is for data packages: add --datapackage")
    _refuse_no_licence(licence)
    chosen = cast(Format, format_of(output, ENDINGS, named=form, several=is_folder))
    if chosen != "csv" and (bom or excel):
        raise UsageError(f"--bom and --excel are for CSV, not for {chosen}")
    style = CsvStyle(defuse=not is_plain, bom=bom or excel, excel=excel)
    _refuse_unwritable(chosen, output)
    with context.database() as url, connect(url) as connection, snapshot(connection) as moment, _stopped_cleanly():
        asked: dict[str, Question]
        if words is not None:
            asked = {"articles": search_question(connection, words)}
        elif statement is not None or sql_file is not None:
            asked = {"query": Question(statement if statement is not None else _sql_in(sql_file or Path()))}
        else:
            asked = {view: view_question(connection, view) for view in views or ("articles",)}
        manifests = []
        for name, asked_for in asked.items():
            question = without_texts(connection, asked_for, word_counts=word_counts) if is_textless else asked_for
            path = _file_of(name, output, chosen) if is_folder else output
            manifests.append(_write(connection, url, moment, question, path, chosen, style))
        if is_package and output is not None:
            title = f"Articles found by: {words}" if words is not None else f"News archive: {', '.join(asked)}"
            write_json(output / "datapackage.json", descriptor(manifests, title=title, licence=licence))
        if words is not None:
            _remark(connection, words)


def _remark(connection: psycopg.Connection[Any], words: str) -> None:
    """Say of a search what `dateline search` says of it, too."""
    from dateline.cli.archive.search import remark_archive, say_all
    from dateline.search.query import parse

    asked = parse(words)
    say_all(asked.notices)
    remark_archive(connection, asked)


def _sql_in(path: Path) -> str:
    """The query in a file; a guessed charset could ask for other words than were meant."""
    try:
        return decode_unicode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", subject=str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}, line {line}: is not UTF-8; save the file as UTF-8", subject=str(path)) from error


def _refuse_no_licence(licence: str | None) -> None:
    """A UsageError for what is neither a name nor the address of a web page."""
    from dateline.urls.links import absolute_url

    if licence is None:
        return
    is_address = ":" in licence or "/" in licence
    if not licence.strip() or not licence.isprintable() or (is_address and absolute_url(licence, "") is None):
        raise UsageError(
            f"--license {licence!r} names no licence: give a name such as CC-BY-4.0, or the https:// address of its text"
        )


def _refuse_unclear(
    views: Sequence[str],
    words: str | None,
    sql_file: Path | None,
    statement: str | None,
    *,
    is_textless: bool,
) -> None:
    """Raise a UsageError unless exactly one thing to export is given, and what it is without texts is known."""
    if is_textless and (statement is not None or sql_file is not None):
        raise UsageError(
            "--without-text and --word-counts are for views and searches: a query chooses its own columns"
            " (news.word_counts(text) counts words)"
        )
    by_words = words is not None and tuple(views) == ("articles",)
    if sum([bool(views), words is not None, sql_file is not None, statement is not None]) > 1 and not by_words:
        raise UsageError("Give only one of VIEW, --query, --sql and -e")


def _refuse_unwritable(form: Format, output: Path | None) -> None:
    """A UsageError for a format that can't be written here, before the database is asked for anything."""
    if FORMATS[form].is_text:
        return
    from sql.export.parquet import require

    require()
    if (output is None or str(output) == "-") and sys.stdout.isatty():
        raise UsageError("Parquet is binary: write it to a file with -o FILE.parquet")


def _names_file(output: Path) -> bool:
    has_ending = output.suffix.lower() in {ending for known in ENDINGS.values() for ending in known}
    return str(output) == "-" or output.is_file() or (has_ending and not output.is_dir())


def _file_of(view: str, folder: Path | None, form: Format) -> Path:
    folder = folder or Path()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot create folder {folder}: {error.strerror}", subject=str(folder)) from error
    return folder / f"{view.removeprefix('news.')}.{form}"


def _write(
    connection: psycopg.Connection[Any],
    url: str,
    moment: Moment,
    question: Question,
    output: Path | None,
    form: Format,
    style: CsvStyle,
) -> dict[str, Any]:
    """Write one file and its manifest, which is returned."""
    from dateline.cli.archive.export_files import manifest, opened, write_json
    from sql.export.export import prepare, written

    asked = prepare(connection, question)
    is_file = output is not None and str(output) != "-" and not is_special(output)
    rows = 0
    with opened(output) as out, _progress(str(output) if is_file else form) as report:
        for more in written(connection, url, moment, asked, out, form, style=style):
            rows += more
            report(rows, out.size)
    name = output.name if output is not None else "-"
    described = manifest(name, form, question, asked, moment, out, rows=rows, style=style)
    if output is not None and is_file:
        write_json(output.with_name(output.name + ".manifest.json"), described)
        click.echo(f"{quantity(rows, 'row')} written to {output}", err=True)
    return described


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that shows the rows and bytes so far, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda rows, size: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    shown = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda rows, size: progress.update(task, description=f"{what}: {rows:,} rows, {size / 1e6:,.0f} MB")


@contextmanager
def _stopped_cleanly() -> Iterator[None]:
    """SIGTERM ends the export as Ctrl-C does: the query is cancelled, and no partial file is left."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
