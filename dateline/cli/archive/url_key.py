"""`dateline url-key URL…`: the identity of a URL."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from dateline import urls
from dateline.files import decode_text
from dateline.lists import web_addresses


@click.command("url-key")
@click.argument("targets", metavar="URL…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line, with the normalised URL.")
def url_key_command(targets: tuple[str, ...], as_json: bool) -> None:
    """Print the key of each URL, one per line. URLs with the same key count as the same page.

    A redirector's URL or that of an AMP cache is shown with the key of its target, which Dateline fetches in its place.

    Give - to read URLs from standard input, one per line.
    """
    for url in _each(targets):
        meant = urls.unwrap(url)
        key = str(urls.url_key(meant))
        record = {"url": url, "url_key": key, "normalised": urls.normalise_url(meant)}
        click.echo(json.dumps(record) if as_json else key)


def _each(targets: tuple[str, ...]) -> Iterator[str]:
    for target in targets:
        if target == "-":
            yield from web_addresses(decode_text(sys.stdin.buffer.read()))
        else:
            yield target
