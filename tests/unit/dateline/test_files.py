"""Files that people wrote: whatever the editor put around them, no line is lost."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest

from dateline.config import load
from dateline.errors import UsageError
from dateline.files import decode_text, json_entries, json_value, web_addresses, written_whole
from dateline.unicode_text import utf8_lines
from scheduler.commands.crawl import read_targets

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
TEXT = "https://a.test/Łódź\nhttps://b.test/東京\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_is_read_in_any_encoding(encoding: str, end: str) -> None:
    content = TEXT.replace("\n", end).encode(encoding)
    assert decode_text(content) == TEXT
    assert b"".join(utf8_lines(io.BytesIO(content))).decode().replace("\r\n", "\n") == TEXT


def test_a_legacy_charset_is_detected() -> None:
    assert decode_text("Zürich, Genève und Neuchâtel für alle\n".encode("cp1252")).startswith("Zürich, Genève")


def test_lines_of_utf16_are_not_split_within_a_character() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice("a\u0a0a\n\u0d0a𝄞Ċ") for _ in range(3_000))
    assert b"".join(utf8_lines(io.BytesIO(text.encode("utf-16")))).decode() == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_list_of_urls_loses_no_line(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert [target.name for target in read_targets([str(path)])] == TEXT.split()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_configuration_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "dateline.toml"
    path.write_bytes("delay_s = 2.5\r\n".encode(encoding))
    assert load({}, data_dir=tmp_path).delay_s == 2.5


ONE, TWO = "https://a.test/1.html", "https://b.test/2,3(x).html?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{ONE}\n{TWO}", [ONE, TWO]),
        (f"<{ONE}>\n<{TWO}>", [ONE, TWO]),
        (f'"{ONE}",\n"{TWO}"', [ONE, TWO]),
        (f"{ONE},\n{TWO};", [ONE, TWO]),
        (f"- {ONE}\n* {TWO}", [ONE, TWO]),
        (f"1. [one]({ONE})\n2. [two]({TWO})", [ONE, TWO]),
        (f"{ONE} {TWO}", [ONE, TWO]),
        (f"{ONE},{TWO}", [ONE, TWO]),
        (f"{ONE}\tremark\n{TWO}  # remark", [ONE, TWO]),
        (f"see {ONE}.\n\n# {TWO}", [ONE]),
        (f"\u00a0{ONE}\u200b\n\x1a", [ONE]),
        ("- a.test/1.html\n<b.test/2>", ["a.test/1.html", "b.test/2"]),
        ("nonsense here", ["nonsense here"]),
    ],
)
def test_addresses_are_found_in_lists_as_people_keep_them(text: str, found: list[str]) -> None:
    assert web_addresses(text) == found


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_of_a_table_the_cells_that_are_addresses_are_read(sign: str) -> None:
    text = f'url{sign}title\n{ONE}{sign}"One, {TWO}"\n"{TWO}"{sign}Two\n'
    assert web_addresses(text, is_table=True) == [ONE, TWO]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ('[{"a": 1}, {"a": 2}]', "entry"),
        ('[\n{"a": 1},\n{"a": 2}\n]', "entry"),
        ('{"a": 1}\n{"a": 2}\n', "line"),
        ('{"a": 1},\n{"a": 2},\n', "line"),
    ],
)
def test_entries_of_lists_and_of_lines_are_read_and_told_apart(text: str, unit: str) -> None:
    said, entries = json_entries(iter(text.encode().splitlines(keepends=True)))
    assert (said, [json_value(one) for one in entries]) == (unit, [{"a": 1}, {"a": 2}])


def test_one_object_in_many_lines_is_read_and_broken_ones_keep_their_lines() -> None:
    unit, entries = json_entries(iter([b"{\n", b'"a": 1\n', b"}\n"]))
    assert (unit, [json_value(one) for one in entries]) == ("entry", [{"a": 1}])
    unit, entries = json_entries(iter([b"{broken\n", b'{"a": 1}\n']))
    assert (unit, list(entries)) == ("line", [b"{broken\n", b'{"a": 1}\n'])


def test_half_a_character_in_json_is_read() -> None:
    assert json_value(b'{"a": "x\\ud83d"}') == {"a": "x\ud83d"}
    with pytest.raises(ValueError, match="surrogate"):
        json_value(b'{"a": "\\ud83d"')


def test_a_file_is_written_whole_and_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe, link, file = tmp_path / "pipe", tmp_path / "link", tmp_path / "file"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with written_whole(pipe) as out:
            out.write(b"through")
        assert os.read(reader, 100) == b"through"
        assert pipe.is_fifo()
    finally:
        os.close(reader)
    file.write_bytes(b"old")
    link.symlink_to(file)
    with written_whole(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    with pytest.raises(ZeroDivisionError), written_whole(file) as out:
        out.write(b"half" + bytes(1 // (out.tell() - out.tell())))
    assert (file.read_bytes(), sorted(tmp_path.iterdir())) == (b"new", [file, link, pipe])
    with pytest.raises(UsageError, match="no/such can't be written"), written_whole(tmp_path / "no/such"):
        pass
