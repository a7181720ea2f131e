"""`dateline url-key`: a key for each web address, and a message for what is none."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from dateline.cli.archive.url_key import url_key_command


@pytest.mark.parametrize(
    "text",
    [
        *("foo", "", "https://", "ftp://paper.test/x", "mailto:ada@paper.test", "javascript:alert(1).x", "http://[::1"),
        *("https://a b.test/", "no address. at all", "C:\\news\\page.html"),
    ],
)
def test_what_is_no_web_address_is_named_and_gets_no_key(text: str) -> None:
    done = CliRunner().invoke(url_key_command, ["--", text])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{text!r} is not a web address: give one such as https://")


@pytest.mark.parametrize(
    "text",
    [
        "paper.test",
        "paper.test:8080/x",
        "//paper.test/x",
        "HTTP://PAPER.test",
        "http://localhost/x",
        "http://[::1]/a b",
    ],
)
def test_addresses_as_people_write_them_have_keys(text: str) -> None:
    done = CliRunner().invoke(url_key_command, ["--", text])
    assert (done.exit_code, done.stderr, len(done.stdout)) == (0, "", 37)


def test_the_others_of_a_list_are_answered() -> None:
    done = CliRunner().invoke(url_key_command, ["foo", "-"], input="# list\nhttps://paper.test/x\nbar\n")
    assert done.exit_code == 3
    assert done.stdout.count("\n") == 1
    assert [line.partition(" ")[0] for line in done.stderr.splitlines()] == ["'foo'", "'bar'"]
