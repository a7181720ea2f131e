"""`dateline revisions URL`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError
from pipelines.revisions.diff import Piece, as_json, diff_texts, diff_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.articles.articles import RevisionRow

CONTEXT_CHARACTERS = 60
"""Characters of unchanged text shown before and after a change."""


@click.command()
@click.argument("url")
@click.option(
    "--diff", "with_diff", is_flag=True, help="Show changes of headline and text compared with the previous revision."
)
@click.option(
    "--json", "as_lines", is_flag=True, help="Print one JSON line per revision, with its text or (--diff) its changes."
)
@pass_context
def revisions(context: Context, url: str, with_diff: bool, as_lines: bool) -> None:
    """List an article's revisions, when each was seen, and why.

    The cause "publisher" is an edit by the publisher; it is silent if the page did not update its own modification date.
    Not edits: "boilerplate" (a line was found to be repeated across the site, or not to be) and "re-extraction" (the same
    page, read by a newer extractor).
    """
    from dateline.urls import url_key
    from sql.articles.articles import article_id_of, read_revisions
    from sql.database import connect

    with context.database() as database, connect(database, autocommit=True) as connection:
        article_id = article_id_of(connection, url_key(url))
        if article_id is None:
            raise UsageError(f"No article is stored for {url}. See `dateline explain {url}`", subject=url)
        rows = read_revisions(connection, article_id)
    for before, row in itertools.pairwise([None, *rows]):
        if row is None:
            continue
        if as_lines:
            click.echo(orjson.dumps(_record(url, before, row, with_diff=with_diff), option=orjson.OPT_UTC_Z))
        else:
            _print(before, row, with_diff=with_diff)


def _record(url: str, before: RevisionRow | None, row: RevisionRow, *, with_diff: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"url": url, "number": row.number, "title": row.title, "word_count": row.word_count}
    found |= {"seen_at": row.seen_at, "modified_at": row.modified_at, "cause": row.cause}
    found |= {"is_silent": row.is_silent, "is_present": row.is_present}
    if not with_diff:
        return found | {"text": row.text}
    if before is None:
        return found | {"title_diff": [], "text_diff": []}
    title = as_json(diff_words(before.title or "", row.title or ""))
    return found | {"title_diff": title, "text_diff": as_json(diff_texts(before.text, row.text))}


def _print(before: RevisionRow | None, row: RevisionRow, *, with_diff: bool) -> None:
    silent = ", silent" if row.is_silent else ""
    present = ", current" if row.is_present else ""
    click.echo(
        f"{row.number:>3}  {row.seen_at:%Y-%m-%d %H:%M}Z  {row.cause}{silent}{present}, {row.word_count} words\n     {row.title}"
    )
    if with_diff and before is not None:
        for pieces in (diff_words(before.title or "", row.title or ""), diff_texts(before.text, row.text)):
            if any(piece.op != "equal" for piece in pieces):
                click.echo("     " + _shown(pieces).replace("\n", "\n     "))


def _shown(pieces: Sequence[Piece]) -> str:
    """The changes as [-old-] and {+new+} (wdiff's marks), unchanged text cut short."""
    marks = {"delete": ("[-", "-]"), "insert": ("{+", "+}"), "equal": ("", "")}
    return "".join(marks[piece.op][0] + _cut(piece) + marks[piece.op][1] for piece in pieces)


def _cut(piece: Piece) -> str:
    if piece.op != "equal" or len(piece.text) <= 2 * CONTEXT_CHARACTERS:
        return piece.text
    return f"{piece.text[:CONTEXT_CHARACTERS]} … {piece.text[-CONTEXT_CHARACTERS:]}"
