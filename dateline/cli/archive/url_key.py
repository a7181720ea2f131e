"""`dateline url-key URL…`: the identity of a URL."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

import click

from dateline import urls
from dateline.files import decode_text
from dateline.lists import web_addresses

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:(?!\d)", re.IGNORECASE)
"""Such as that of mailto:a@b.c; behind a host's colon is a port."""


@click.command("url-key")
@click.argument("targets", metavar="URL…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line, with the normalised URL.")
def url_key_command(targets: tuple[str, ...], as_json: bool) -> None:
    """Print the key of each URL, one per line. URLs with the same key count as the same page.

    A redirector's URL or that of an AMP cache is shown with the key of its target, which Dateline fetches in its place.

    Give - to read URLs from standard input, one per line. Exits with 2 if none is a URL, 3 if some are not.
    """
    given = list(_each(targets))
    read = 0
    for url in given:
        if not is_address(url):
            click.echo(f"{url!r} is not a web address: give one such as https://example.org/page", err=True)
            continue
        read += 1
        meant = urls.unwrap(url)
        key = str(urls.url_key(meant))
        record = {"url": url, "url_key": key, "normalised": urls.normalise_url(meant)}
        click.echo(json.dumps(record) if as_json else key)
    if read < len(given):
        sys.exit(3 if read else 2)


def is_address(text: str) -> bool:
    """Whether it names a page on the web: by http or https, or without a scheme by a host with a dot in it."""
    scheme, separator, _ = text.strip().partition("://")
    host = urls.host_of(text)
    if not host or re.search(r"\s", host) or (separator and scheme.lower() not in {"http", "https"}):
        return False
    return bool(separator) or ("." in host and not _OTHER_SCHEME.match(text.strip()))


def _each(targets: tuple[str, ...]) -> Iterator[str]:
    for target in targets:
        if target == "-":
            yield from web_addresses(decode_text(sys.stdin.buffer.read()))
        else:
            yield target
