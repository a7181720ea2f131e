"""Files that people wrote: whatever the editor put around them, no line is lost."""

from __future__ import annotations

import io
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dateline.config import load
from dateline.errors import UsageError
from dateline.files import decode_text, format_of, written_whole
from dateline.unicode_text import utf8_lines
from scheduler.commands.targets import read_targets

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


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.unicode_text.LONGEST_LINE", 1 << 20)
    lines = utf8_lines(io.BytesIO(b"{}\n" + b"x" * (2 << 20)))
    assert next(lines) == b"{}\n"
    with pytest.raises(OSError, match="a line is longer than 1 MB"):
        next(lines)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_list_of_urls_loses_no_line(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert [target.name for target in read_targets([str(path)])] == TEXT.split()


@pytest.mark.parametrize(
    ("name", "named", "form"),
    [
        ("a.opml", None, "opml"),
        ("a.toml", "toml", "toml"),
        ("a.list", "opml", "opml"),
        ("a", "opml", "opml"),
        ("a", None, "toml"),
        ("/dev/fd.opml", "toml", "toml"),
        ("a.OPML", "toml", "a.OPML is named as opml, but --format is toml: give only one"),
    ],
)
def test_a_file_holds_what_its_name_says(name: str, named: str | None, form: str) -> None:
    endings = {"toml": (".toml",), "opml": (".opml", ".xml")}
    try:
        assert format_of(Path(name), endings, named=named) == form
    except UsageError as error:
        assert str(error) == form


def test_a_list_of_urls_may_come_through_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pipe.write_text, TEXT)
        assert [target.name for target in read_targets([str(pipe)])] == TEXT.split()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert [target.name for target in read_targets(["-"])] == TEXT.split()


def test_a_list_without_a_url_is_refused(tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("# nothing yet\n\n")
    with pytest.raises(UsageError, match=r"urls\.txt contains no URL"):
        read_targets([str(tmp_path / "urls.txt")])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_configuration_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "dateline.toml"
    path.write_bytes("delay_s = 2.5\r\n".encode(encoding))
    assert load({}, data_dir=tmp_path).delay_s == 2.5


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
